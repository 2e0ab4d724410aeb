"""Linear regression against torch, and its curvature against rescaling."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lrcourse.datasets import Dataset, breast_cancer
from lrcourse.models import LinearRegression


@pytest.fixture
def model():
    rng = np.random.default_rng(0)
    return LinearRegression(rng.normal(size=(12, 3)), rng.normal(size=12))


def torch_loss(model, w, rows=slice(None)):
    x, y = torch.tensor(np.asarray(model.inputs)), torch.tensor(np.asarray(model.targets))
    error = x[rows] @ w[:-1] + w[-1] - y[rows]
    return 0.5 * (error**2).mean()


@pytest.mark.parametrize("rows", [None, np.array([3, 1, 7])])
def test_loss_and_gradient_equal_torch(model, rows):
    w = torch.tensor(np.random.default_rng(1).normal(size=4), requires_grad=True)
    torch_loss(model, w, slice(None) if rows is None else rows).backward()
    np.testing.assert_allclose(model.gradient(w.detach().numpy(), rows), w.grad.numpy(), rtol=1e-10)
    assert model.loss(w.detach().numpy()) == pytest.approx(torch_loss(model, w).item())


def test_hessian_equals_torch(model):
    expected = torch.autograd.functional.hessian(
        lambda w: torch_loss(model, w), torch.zeros(4, dtype=torch.float64)
    )
    np.testing.assert_allclose(model.hessian(), expected.numpy(), rtol=1e-10, atol=1e-12)


def test_the_minimiser_has_no_slope():
    model = LinearRegression.on(breast_cancer().standardised())
    np.testing.assert_allclose(model.gradient(model.minimiser()), 0, atol=1e-12)


@given(st.floats(0.01, 100))
def test_curvature_grows_with_the_square_of_the_inputs(scale):
    inputs = np.random.default_rng(2).normal(size=(30, 4))
    inputs -= inputs.mean(axis=0)  # so that the intercept's own curvature, 1, stands apart
    targets = np.arange(30.0)
    without = LinearRegression(inputs, targets).hessian()[:-1, :-1]
    with_scale = LinearRegression(scale * inputs, targets).hessian()[:-1, :-1]
    np.testing.assert_allclose(with_scale, scale**2 * without, rtol=1e-10, atol=1e-12)


def test_many_weights_at_once(model):
    weights = np.random.default_rng(3).normal(size=(5, 4))
    assert model.loss(weights)[2] == pytest.approx(model.loss(weights[2]))
    np.testing.assert_allclose(model.gradient(weights)[2], model.gradient(weights[2]))


def test_bad_input_is_named(model):
    with pytest.raises(ValueError, match="inputs and targets must be equally long, got 2 and 1"):
        LinearRegression([[1.0], [2.0]], [1.0])
    with pytest.raises(ValueError, match=r"targets must be finite, got \[1.0, nan\]"):
        LinearRegression([[1.0], [2.0]], [1.0, np.nan])
    with pytest.raises(ValueError, match=r"w must have 4 entries .*got shape \(3,\)"):
        model.gradient(np.ones(3))
    for rows in ([0.5], [], [True, False]):
        with pytest.raises(
            TypeError, match=r"rows must be a non-empty list of integers, got array"
        ):
            model.gradient(np.ones(4), np.array(rows))
    for row in (-1, model.rows):  # the last row is not to be had by counting from the end
        with pytest.raises(
            ValueError, match=rf"rows must be from 0 to {model.rows - 1}, got .*{row}"
        ):
            model.gradient(np.ones(4), np.array([0, row]))
    with pytest.raises(ValueError, match=r"targets must vary, got only np.float64\(2.0\)"):
        LinearRegression.on(Dataset("flat", np.ones((3, 1)), np.full(3, 2.0)))
