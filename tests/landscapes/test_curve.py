"""What all losses of one parameter share: against differences, fine grids and slow descent."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.landscapes import Curve, DoubleWell, Fourier, Needle, RippledBowl
from lrcourse.landscapes._curve import zeros

CURVES = {
    "double well": DoubleWell(0.2),
    **{f"Fourier {seed}": Fourier.random(rng=np.random.default_rng(seed)) for seed in range(4)},
    "Fourier with 30 waves": Fourier.random(30, rng=np.random.default_rng(5)),
    "Fourier with 2 waves": Fourier([0.2, 1.0], [0.3, 0.7]),
    "rippled bowl": RippledBowl(),
    "bowl with faint ripples": RippledBowl(curvature=2.0, height=0.07, frequency=6.0),
    "bowl with deep ripples": RippledBowl(curvature=0.05, height=1.0, frequency=3.0),
    "needle": Needle(),
    "needle on the left": Needle(curvature=0.5, depth=6.0, width=0.3, position=-3.0),
}


@pytest.fixture(params=CURVES)
def curve(request) -> Curve:
    return CURVES[request.param]


@pytest.fixture
def line(curve):
    """Return a fine grid that holds all valleys: one period, or far to both sides."""
    if curve.period:
        return np.linspace(0, curve.period, 40_001)[:-1]
    far = np.abs(curve.stationary_points()).max() + 1.0
    return np.linspace(-far, far, 40_000)


def test_derivatives_are_those_of_the_loss(curve, line):
    x, h = line[::97].reshape(7, -1) + 0.0123, 1e-5
    slope = (curve.loss(x + h) - curve.loss(x - h)) / (2 * h)
    curvature = (curve.gradient(x + h) - curve.gradient(x - h)) / (2 * h)
    np.testing.assert_allclose(curve.gradient(x), slope, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(curve.hessian(x), curvature, rtol=1e-5, atol=1e-5)
    assert curve.loss(x).shape == x.shape


def test_stationary_points_are_all_there_and_alternate(curve, line):
    points = curve.stationary_points()
    assert (np.diff(points) > 0).all()
    np.testing.assert_allclose(curve.gradient(points), 0, atol=1e-9)
    kinds = np.sign(curve.hessian(points))
    assert (kinds[1:] == -kinds[:-1]).all()
    signs = np.sign(curve.gradient(line))
    after = np.append(signs[1:], signs[0]) if curve.period else signs[1:]
    assert len(points) == (signs[: len(after)] != after).sum()


def test_the_global_minimum_is_the_deepest_point(curve, line):
    assert curve.loss(curve.global_minimum()) <= curve.loss(line).min() + 1e-9
    assert curve.minima()[curve.global_basin] == curve.global_minimum()
    assert sorted([*curve.minima(), *curve.hilltops()]) == list(curve.stationary_points())


def test_a_point_lies_in_the_valley_to_which_slow_descent_leads(curve, line):
    """Steps of a fifth of 1/λ at the sharpest point pass no minimum."""
    start = line[13::400]
    x, rate = start.copy(), 0.2 / np.abs(curve.hessian(line)).max()
    for _ in range(15_000):
        x = x - rate * curve.gradient(x)
    turn = curve.period or np.inf
    apart = np.abs(x[:, None] - curve.minima())
    ends = np.minimum(apart % turn, turn - apart % turn if curve.period else np.inf).argmin(axis=1)
    # Who started on top of a hill, or in a plain, may still be on the way.
    arrived = np.abs(curve.gradient(x)) < 2e-3
    assert arrived.mean() > 0.9
    np.testing.assert_array_equal(curve.basin(start)[arrived], ends[arrived])


def test_basins_wrap_around():
    hills = Fourier([1.0], [np.pi + 0.5])  # minimum at -0.5, hilltop at π - 0.5
    assert hills.minima() == pytest.approx([2 * np.pi - 0.5])
    two = Fourier([0.2, 1.0], [0.0, 0.0])  # hilltops at 0 and π
    x = np.array([-0.1, 0.1, 3.0, 3.3, 6.2, 6.4])
    np.testing.assert_array_equal(two.basin(x), [1, 0, 0, 1, 1, 0])
    turned = Fourier([0.2, 1.0], [0.1, 0.2])  # the same, moved to the left: hilltops last
    np.testing.assert_array_equal(turned.basin(x - 0.1), [1, 0, 0, 1, 1, 0])
    moved = Fourier([0.2, 1.0], [-2.0, -4.0])  # moved by 2: a minimum comes first
    assert moved.minima()[0] < moved.hilltops()[0]
    np.testing.assert_array_equal(moved.basin(x + 2), 1 - two.basin(x))


def test_what_is_no_number_is_in_no_valley(curve):
    np.testing.assert_array_equal(curve.basin([np.nan, np.inf, -np.inf]), [-1, -1, -1])


def test_zeros_are_found_where_the_sign_changes():
    cuts = np.array([-2.0, 0.0, 2.0])
    np.testing.assert_allclose(zeros(lambda x: x * x - 2, cuts), [-(2**0.5), 2**0.5], rtol=1e-15)
    assert len(zeros(lambda x: x * x + 2, cuts)) == 0


def test_text_is_no_point(curve):
    with pytest.raises(TypeError, match="x must be numeric, got 'here'"):
        curve.basin("here")
