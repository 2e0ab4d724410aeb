"""One average lags and one does not; both leave a constant alone."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcourse.finder import ema, smooth_log_lr

LOSSES = st.lists(st.floats(-100, 100), min_size=1, max_size=40)


@given(values=LOSSES, momentum=st.floats(0, 0.999))
def test_ema_is_the_corrected_recursion_and_starts_at_the_first_value(values, momentum):
    smoothed = ema(values, momentum=momentum)
    assert smoothed[0] == pytest.approx(values[0], rel=1e-12, abs=1e-12)
    n = len(values)
    weights = momentum ** np.arange(n - 1, -1, -1)
    np.testing.assert_allclose(smoothed[-1], weights @ values / weights.sum(), atol=1e-7)


def test_the_first_value_is_exact_where_division_is():
    values = np.random.default_rng(0).normal(size=200)
    assert all(
        ema([v], momentum=m)[0] == pytest.approx(v, rel=1e-15) for v in values for m in (0.9, 0.98)
    )


@given(value=st.floats(-100, 100), momentum=st.floats(0, 0.99))
def test_a_constant_stays(value, momentum):
    np.testing.assert_allclose(ema([value] * 7, momentum=momentum), value, atol=1e-9)
    rates = np.geomspace(1e-3, 1, 7)
    np.testing.assert_allclose(smooth_log_lr(rates, [value] * 7), value, atol=1e-9)


def test_ema_lags_and_the_other_does_not():
    rates = np.geomspace(1e-4, 1e2, 601)
    losses = np.log10(rates / 0.1) ** 2
    assert abs(np.log10(rates[smooth_log_lr(rates, losses).argmin()] / 0.1)) < 0.02
    assert rates[ema(losses).argmin()] > 0.1 * 10**0.3


def test_reversing_the_rates_reverses_the_smoothed_losses():
    rates = np.geomspace(1e-3, 1e3, 50)
    losses = np.random.default_rng(1).normal(size=50)
    forward = smooth_log_lr(rates, losses)
    np.testing.assert_allclose(smooth_log_lr(rates, losses[::-1]), forward[::-1])


@given(losses=st.lists(st.floats(-10, 10), min_size=12, max_size=12), shift=st.floats(0.01, 100))
def test_only_ratios_of_rates_matter(losses, shift):
    rates = np.geomspace(1e-3, 1, 12)
    np.testing.assert_allclose(
        smooth_log_lr(shift * rates, losses), smooth_log_lr(rates, losses), atol=1e-9
    )


def test_noise_shrinks_with_the_length_of_the_ramp():
    rng = np.random.default_rng(2)
    spreads = [smooth_log_lr(np.geomspace(1e-4, 1, n), rng.normal(size=n)).std() for n in (50, 800)]
    assert spreads[1] < spreads[0] / 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ema([[1.0]]), "values must have 1 dimension(s), got shape (1, 1)"),
        (lambda: ema([1.0], momentum=1.0), "momentum must be in [0, 1), got 1.0"),
        (lambda: smooth_log_lr([1.0, 2.0], [1.0]), "must be equally long, got 2 and 1"),
        (lambda: smooth_log_lr([-1.0], [1.0]), "learning_rates must be positive, got [-1.0]"),
        (lambda: smooth_log_lr([1.0], [np.nan]), "losses must be finite, got [nan]"),
        (lambda: smooth_log_lr([1.0], [1.0], decades=0), "decades must be positive, got 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
