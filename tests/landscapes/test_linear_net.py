"""The two-layer linear network against torch and against the equations of its paper."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lrcourse.landscapes import LinearNet
from lrcourse.optimizers import GradientDescent, trajectory

NET = LinearNet(6)


@pytest.fixture
def point():
    return NET.start(rng=np.random.default_rng(1))


def torch_loss(w):
    return (w[:6] @ w[6:] / 6**0.5) ** 2 / 2


def test_loss_gradient_and_curvature_are_those_of_torch(point):
    w = torch.tensor(point, requires_grad=True)
    loss = torch_loss(w)
    loss.backward()
    assert NET.loss(point) == pytest.approx(loss.item())
    np.testing.assert_allclose(NET.gradient(point), w.grad.numpy())
    hessian = torch.autograd.functional.hessian(torch_loss, w.detach())
    top = float(torch.linalg.eigvalsh(hessian)[-1])
    assert abs(NET.curvature(point) - top) <= abs(NET.output(point)) / 6**0.5 + 1e-12


def test_at_zero_output_the_curvature_is_the_sharpness():
    point = np.array([1.0, 0, 0, 0, 0, 0, 0, 2.0, 0, 0, 0, 0])
    hessian = torch.autograd.functional.hessian(torch_loss, torch.tensor(point))
    assert NET.output(point) == 0
    assert NET.curvature(point) == pytest.approx(float(torch.linalg.eigvalsh(hessian)[-1]))


@pytest.mark.parametrize("rate", [0.1, 0.9, 2.0])
def test_a_step_obeys_the_published_equations(point, rate):
    """Lewkowycz et al. 2020, equations 5 and 6."""
    _, after = trajectory(NET.gradient, point, GradientDescent(), rate, 1)
    f, lam, n = NET.output(point), NET.curvature(point), 6
    assert NET.output(after) == pytest.approx(f * (1 - rate * lam + rate**2 * f**2 / n))
    assert NET.curvature(after) == pytest.approx(lam + rate * f**2 / n * (rate * lam - 4))


def test_many_points_at_once(point):
    points = np.stack([point, 2 * point, -point]).reshape(3, 1, 12)
    assert NET.loss(points).shape == (3, 1)
    assert NET.gradient(points).shape == (3, 1, 12)
    np.testing.assert_allclose(NET.gradient(points)[1, 0], NET.gradient(2 * point))


def test_starts_have_a_curvature_near_two():
    starts = [LinearNet(400).start(rng=np.random.default_rng(seed)) for seed in range(50)]
    assert LinearNet(400).curvature(starts).mean() == pytest.approx(2, abs=0.05)


def test_bad_input_is_named(point):
    with pytest.raises(ValueError, match="width must be at least 1, got 0"):
        LinearNet(0)
    with pytest.raises(ValueError, match=r"w must have 12 entries on its last axis, .*\(3,\)"):
        NET.loss([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="curvature must be positive, got 0"):
        NET.catapult_window(0)
    with pytest.raises(TypeError, match=r"rng must be a numpy.random.Generator, got None"):
        NET.start(rng=None)
