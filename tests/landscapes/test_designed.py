"""The two landscapes that were made for and against large steps."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.landscapes import Needle, RippledBowl


def test_the_bowl_keeps_its_ripples_and_its_middle():
    bowl = RippledBowl(curvature=0.4, height=0.3, frequency=5.0)
    assert bowl.loss(0.0) == 0
    assert bowl.loss(np.pi / 5) == pytest.approx(0.2 * (np.pi / 5) ** 2 + 0.6)
    assert bowl.global_minimum() == pytest.approx(0, abs=1e-12)
    assert bowl.hessian(0.0) == pytest.approx(0.4 + 0.3 * 25)


def test_ripples_that_are_too_flat_leave_one_valley():
    bowl = RippledBowl(curvature=1.0, height=0.01, frequency=2.0)
    assert bowl.minima() == [0.0]
    np.testing.assert_array_equal(bowl.basin([-3.0, 0.0, 8.0]), 0)


def test_the_hole_is_narrow_and_deep():
    needle = Needle()
    bowl, hole = needle.minima()
    assert needle.loss(hole) < needle.loss(bowl)
    assert needle.hessian(hole) > 100 * needle.hessian(bowl)
    assert needle.loss(4.0) == pytest.approx(0.08 * 16 - 2.2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RippledBowl(curvature=0.0), "curvature must be positive, got 0.0"),
        (lambda: RippledBowl(height=-1.0), "height must be positive, got -1.0"),
        (lambda: RippledBowl(frequency=np.nan), "frequency must be finite, got nan"),
        (lambda: Needle(width=0.0), "width must be positive, got 0.0"),
        (lambda: Needle(position=0.5), "position must be 4 widths from 0, got 0.5"),
        (lambda: Needle(depth=0.01), "depth must make the hole the deeper one .* got 0.01"),
        (lambda: Needle(depth=1.0), "depth must make the hole the deeper one .* got 1.0"),
    ],
)
def test_bad_input_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
