"""The double well against finite differences and its closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcourse.landscapes import DoubleWell

tilts = st.floats(-0.38, 0.38)


@given(tilts, st.floats(-2, 2))
def test_derivatives_are_those_of_the_loss(tilt, x):
    well, h = DoubleWell(tilt), 1e-5
    slope = (well.loss(x + h) - well.loss(x - h)) / (2 * h)
    curvature = (well.gradient(x + h) - well.gradient(x - h)) / (2 * h)
    assert well.gradient(x) == pytest.approx(slope, abs=1e-8)
    assert well.hessian(x) == pytest.approx(curvature, abs=1e-8)


@given(tilts)
def test_stationary_points_are_two_valleys_and_a_hilltop(tilt):
    well = DoubleWell(tilt)
    points = well.stationary_points()
    np.testing.assert_allclose(well.gradient(points), 0, atol=1e-9)
    assert (np.sign(well.hessian(points)) == [1, -1, 1]).all()


@given(tilts)
def test_the_global_minimum_is_the_deepest_point(tilt):
    well = DoubleWell(tilt)
    assert well.loss(well.global_minimum()) <= well.loss(np.linspace(-2, 2, 401)).min() + 1e-12


@pytest.mark.parametrize("tilt", [0.4, -1.0, float("nan")])
def test_bad_tilt_is_named(tilt):
    with pytest.raises(ValueError, match=rf"tilt must be .*got {tilt}"):
        DoubleWell(tilt)
