"""The quadratic bowl against finite differences, its own Hessian and torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lrcourse.landscapes import Quadratic


@pytest.fixture
def bowl():
    return Quadratic.random(4, 50.0, largest_curvature=3.0, rng=np.random.default_rng(1))


def test_gradient_is_that_of_the_loss(bowl):
    w = np.random.default_rng(2).normal(size=4)
    x = torch.tensor(w, requires_grad=True)
    offset = x - torch.tensor(bowl.minimum)
    loss = 0.5 * offset @ torch.tensor(bowl.hessian()) @ offset
    loss.backward()
    assert bowl.loss(w) == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(bowl.gradient(w), x.grad.numpy(), rtol=1e-10, atol=1e-12)


def test_hessian_has_the_spectrum(bowl):
    np.testing.assert_allclose(
        np.linalg.eigvalsh(bowl.hessian()), np.sort(bowl.spectrum), rtol=1e-10
    )
    assert bowl.largest_curvature == pytest.approx(3.0)
    assert bowl.condition_number == pytest.approx(50.0)


def test_many_points_at_once(bowl):
    points = np.random.default_rng(3).normal(size=(2, 5, 4))
    losses, gradients = bowl.loss(points), bowl.gradient(points)
    assert losses.shape == (2, 5)
    assert losses[1, 3] == pytest.approx(bowl.loss(points[1, 3]), rel=1e-12)
    np.testing.assert_allclose(gradients[1, 3], bowl.gradient(points[1, 3]), rtol=1e-12)


def test_the_minimum_is_flat(bowl):
    assert bowl.loss(bowl.minimum) == 0
    np.testing.assert_array_equal(bowl.gradient(bowl.minimum), np.zeros(4))


def test_random_directions_prefer_none():
    """The first eigenvector has no preferred sign: the mean of many is near 0."""
    rng = np.random.default_rng(0)
    first = np.stack([Quadratic.random(3, 2.0, rng=rng).basis[:, 0] for _ in range(400)])
    assert (np.abs(first.mean(axis=0)) < 4 / np.sqrt(3 * 400)).all()


def test_a_flat_direction_gives_an_infinite_condition_number():
    assert Quadratic([0.0, 1.0]).condition_number == np.inf


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([-1.0, 2.0],), r"spectrum must have no negative .*got \[-1.0, 2.0\]"),
        (([0.0, 0.0],), r"spectrum must have .* at least one positive entry, got \[0.0, 0.0\]"),
        (([],), r"spectrum must not be empty, got \[\]"),
        (([np.nan],), r"spectrum must be finite, got \[nan\]"),
        (([[1.0]],), r"spectrum must have 1 dimension\(s\), got shape \(1, 1\)"),
        (([1.0, 2.0], np.ones((2, 2))), r"basis must be 2 orthonormal columns, got array"),
        (([1.0, 2.0], None, [1.0]), r"minimum must have shape \(2,\), got \(1,\)"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Quadratic(*arguments)


def test_text_is_not_a_spectrum():
    with pytest.raises(TypeError, match=r"spectrum must be numeric, got 'steep'"):
        Quadratic("steep")


def test_bad_random_input_is_named(bowl):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"dimension must be at least 2, got 1"):
        Quadratic.random(1, 2.0, rng=rng)
    with pytest.raises(ValueError, match=r"condition_number must be at least 1, got 0.5"):
        Quadratic.random(2, 0.5, rng=rng)
    with pytest.raises(ValueError, match=r"largest_curvature must be positive, got 0.0"):
        Quadratic.random(2, 2.0, largest_curvature=0.0, rng=rng)
    with pytest.raises(ValueError, match=r"w must have 4 entries on its last axis, got shape \(3"):
        bowl.loss(np.ones(3))
