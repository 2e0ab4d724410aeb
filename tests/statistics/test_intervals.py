"""Intervals against scipy, and against how often they cover."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lrcourse.statistics import Interval, mean_interval, paired_interval, share_interval

samples = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30)


@given(samples, st.sampled_from([0.8, 0.95, 0.99]))
def test_mean_interval_equals_scipy(values, level):
    interval = mean_interval(values, level=level)
    expected = np.mean(values)
    half = stats.sem(values) * stats.t.ppf((1 + level) / 2, len(values) - 1)
    assert interval.low == pytest.approx(expected - half, abs=1e-9)
    assert interval.high == pytest.approx(expected + half, abs=1e-9)


@given(st.integers(1, 60), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_share_interval_equals_scipy(trials, data, level):
    successes = data.draw(st.integers(0, trials))
    interval = share_interval(successes, trials, level=level)
    expected = stats.binomtest(successes, trials).proportion_ci(level, method="wilson")
    assert interval.low == pytest.approx(expected.low, abs=1e-9)
    assert interval.high == pytest.approx(expected.high, abs=1e-9)
    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1


def test_mean_interval_covers_as_often_as_it_says():
    rng = np.random.default_rng(0)
    samples = rng.normal(3.0, 2.0, size=(2000, 6))
    for level in (0.8, 0.95):
        intervals = [mean_interval(sample, level=level) for sample in samples]
        hits = sum(interval.low <= 3.0 <= interval.high for interval in intervals)
        share = share_interval(hits, len(samples), level=0.999)
        assert share.low <= level <= share.high


def test_missing_values_are_counted_not_hidden():
    interval = mean_interval([1.0, np.nan, 3.0, np.inf])
    assert (interval.n, interval.missing, interval.estimate) == (2, 2, 2.0)


def test_a_pair_with_a_missing_value_is_left_out_as_a_pair():
    interval = paired_interval([1.0, 5.0, np.nan, np.inf], [0.0, 3.0, 100.0, np.inf])
    assert (interval.estimate, interval.n, interval.missing) == (1.5, 2, 2)


def test_pairing_removes_what_the_pairs_share():
    rng = np.random.default_rng(1)
    shared = 100 * rng.normal(size=20)
    interval = paired_interval(shared + 1 + 0.1 * rng.normal(size=20), shared)
    assert interval.inside(0.8, 1.2)


def test_inside_and_outside_are_about_the_whole_interval():
    interval = Interval(0.5, 0.4, 0.6, n=9)
    assert interval.inside(0.4, 0.6)
    assert not interval.inside(0.45, 1.0)
    assert interval.outside(0.7, 1.0)
    assert interval.outside(0.0, 0.3)
    assert not interval.outside(0.6, 1.0)


@pytest.mark.parametrize(
    ("interval", "text"),
    [
        (Interval(1.00142, 1.00132, 1.00153, 20), "1.0014 [1.0013, 1.0015]"),
        (Interval(1.0, 1.0 - 1e-16, 1.0 + 1e-16, 20), "1.00 [1.00, 1.00]"),
        (Interval(-1e-9, -2e-9, 1e-9, 20), "0.0000 [0.0000, 0.0000]"),
        (Interval(50.0, 20.0, 80.0, 20), "50.00 [20.00, 80.00]"),
    ],
)
def test_text_has_as_many_digits_as_the_width_warrants(interval, text):
    assert str(interval) == text


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"values must hold at least two finite .*got \[1.0\]"):
        mean_interval([1.0])
    with pytest.raises(ValueError, match=r"at least two finite numbers, got \[nan, 1.0\]"):
        mean_interval([np.nan, 1.0])
    with pytest.raises(ValueError, match=r"level must be below 1, got 95"):
        mean_interval([1.0, 2.0], level=95)
    with pytest.raises(ValueError, match=r"level must be positive, got 0"):
        share_interval(1, 2, level=0)
    with pytest.raises(ValueError, match=r"equally long, got 2 and 3 values"):
        paired_interval([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match=r"successes must be at most trials = 2, got 3"):
        share_interval(3, 2)
    with pytest.raises(ValueError, match=r"trials must be at least 1, got 0"):
        share_interval(0, 0)
    with pytest.raises(TypeError, match=r"successes must be an integer, got 0.5"):
        share_interval(0.5, 2)  # type: ignore[arg-type]
