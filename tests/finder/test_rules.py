"""The rules against fastai's formulas, and what they must do on every curve."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcourse.finder import RULES, Ramp, RangeTest, minimum_over_three, suggest
from lrcourse.finder import blow_up_over_ten as blow_up

RATES = np.geomspace(1e-6, 10, 100)


def curve(seed=0, *, fall=0.02, best=0.1, noise=0.03, n=100, low=1e-6, high=10.0):
    """Return a loss that falls from 2.3 around `fall`, and rises beyond `best`."""
    rates = np.geomspace(low, high, n)
    rng = np.random.default_rng(seed)
    losses = 0.4 + 1.9 / (1 + (rates / fall) ** 1.5) + 0.2 * (rates / best / 4) ** 2
    losses = losses + noise * rng.normal(size=n)
    blown_up = np.flatnonzero((losses > 4) & (rates > best))
    end = int(blown_up[0]) if len(blown_up) else n
    return RangeTest(rates[:end], losses[:end], stopped_early=end < n, ramp=Ramp(low, high, n))


# --- fastai, transcribed: lr_find's trimming and the four functions, on plain lists ---


def fastai_curve(range_test):
    beta, value, smooth = 0.98, 0.0, []
    for count, loss in enumerate(range_test.losses, start=1):
        value = loss + beta * (value - loss)  # torch.lerp(loss, value, beta)
        smooth.append(value / (1 - beta**count))
    num_it = range_test.ramp.steps
    return list(range_test.learning_rates[num_it // 10 : -5]), smooth[num_it // 10 : -5]


def fastai_valley(lrs, losses):
    n = len(losses)
    max_start, max_end = 0, 0
    lds = [1] * n
    for i in range(1, n):
        for j in range(i):
            if losses[i] < losses[j] and lds[i] < lds[j] + 1:
                lds[i] = lds[j] + 1
            if lds[max_end] < lds[i]:
                max_end = i
                max_start = max_end - lds[max_end]
    sections = (max_end - max_start) / 3
    return lrs[max_start + int(sections) + int(sections / 2)]


def fastai_slide(lrs, losses, lr_diff=15, thresh=0.005):
    loss_grad = np.gradient(losses)
    r_idx = -1
    l_idx = r_idx - lr_diff
    local_min_lr = lrs[l_idx]
    while l_idx >= -len(losses) and abs(loss_grad[r_idx] - loss_grad[l_idx]) > thresh:
        local_min_lr = lrs[l_idx]
        r_idx -= 1
        l_idx -= 1
    return local_min_lr


def fastai_minimum(lrs, losses):
    return lrs[int(np.argmin(losses))] / 10


def fastai_steep(lrs, losses):
    grads = np.diff(losses) / np.diff(np.log(lrs))
    return lrs[int(grads.argmin())]


FASTAI = {
    "valley": fastai_valley,
    "slide": fastai_slide,
    "minimum_over_ten": fastai_minimum,
    "steepest": fastai_steep,
}
CURVES = {
    **{f"stopped {seed}": curve(seed) for seed in range(4)},
    **{f"noisy {seed}": curve(seed, noise=0.15) for seed in range(4)},
    "whole ramp": curve(9, high=0.3),
    "short": curve(3, n=60, low=1e-4),
    "long": curve(5, n=300),
    "late": curve(6, fall=0.5, best=2.0),
}


@pytest.mark.parametrize("rule", FASTAI)
@pytest.mark.parametrize("name", CURVES)
def test_equal_to_fastai(name, rule):
    found = suggest(CURVES[name], rule)
    assert found is not None
    assert found.rule == rule
    assert found.learning_rate == pytest.approx(FASTAI[rule](*fastai_curve(CURVES[name])), rel=1e-9)


def test_the_four_rules_differ_somewhere():
    answers = {rule: [suggest(c, rule).learning_rate for c in CURVES.values()] for rule in FASTAI}
    assert len({tuple(a) for a in answers.values()}) == 4


# --- ours, and what holds for all ---


@pytest.mark.parametrize("seed", range(6))
def test_ours_reads_a_third_of_the_true_minimum(seed):
    clean = curve(noise=0.0)
    truth = clean.learning_rates[clean.losses.argmin()]
    found = minimum_over_three(curve(seed))
    assert found.learning_rate == pytest.approx(found.read_at / 3)
    assert truth / 2 < found.read_at < truth * 2
    assert not found.at_edge


def test_steepest_is_by_the_logarithm_of_the_rate():
    rates = np.geomspace(1e-6, 10, 200)
    losses = 2 / (1 + rates / 0.01)  # in log η steepest at 0.01; in η itself, at the left end
    found = suggest(RangeTest(rates, losses), "steepest")
    assert found.learning_rate > 0.005


@settings(deadline=None, max_examples=30)
@given(
    shift=st.floats(1e-3, 1e3),
    seed=st.integers(0, 100),
    noise=st.sampled_from([0.0, 0.02, 0.1]),
    rule=st.sampled_from(sorted(RULES)),
)
def test_shifting_the_rates_shifts_the_suggestion(shift, seed, noise, rule):
    plain = curve(seed, noise=noise)
    moved = RangeTest(
        plain.learning_rates * shift, plain.losses, None, plain.stopped_early, plain.ramp
    )
    here, there = suggest(plain, rule), suggest(moved, rule)
    assert there.learning_rate == pytest.approx(here.learning_rate * shift, rel=1e-6)
    assert there.at_edge == here.at_edge


@settings(deadline=None, max_examples=30)
@given(
    power=st.floats(0.3, 3),
    seed=st.integers(0, 100),
    rule=st.sampled_from(["steepest", "valley", "slide", "minimum_over_ten"]),
)
def test_stretching_the_logarithms_keeps_the_point_that_is_read(power, seed, rule):
    plain = curve(seed, noise=0.02)
    stretched = RangeTest(
        plain.learning_rates**power, plain.losses, None, plain.stopped_early, plain.ramp
    )
    here, there = suggest(plain, rule), suggest(stretched, rule)
    assert there.read_at == pytest.approx(here.read_at**power, rel=1e-6)


@settings(deadline=None, max_examples=30)
@given(
    factor=st.floats(1e-3, 1e3),
    offset=st.floats(-100, 100),
    seed=st.integers(0, 100),
    rule=st.sampled_from(sorted(RULES.keys() - {"slide"})),
)
def test_units_of_the_loss_do_not_matter_except_to_slide(factor, offset, seed, rule):
    plain = curve(seed)
    other = RangeTest(
        plain.learning_rates, factor * plain.losses + offset, None, plain.stopped_early, plain.ramp
    )
    expected = suggest(plain, rule).read_at
    assert suggest(other, rule).read_at == pytest.approx(expected, rel=1e-6)


def test_slide_depends_on_the_units_of_the_loss():
    plain = curve(0)
    other = RangeTest(plain.learning_rates, 50 * plain.losses, None, True, plain.ramp)
    assert suggest(plain, "slide").read_at != suggest(other, "slide").read_at


NOTHING = {
    "flat": np.full(100, 2.3),
    "rising": np.linspace(1, 5, 100),
    "rising late": 1 + RATES**2,
    "nan": np.full(100, np.nan),
    "nan after three": np.r_[3.0, 2.0, 1.0, np.full(97, np.nan)],
    "inf": np.r_[2.0, np.full(99, np.inf)],
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", NOTHING)
def test_where_nothing_can_be_read_nothing_is_said(name, rule):
    assert suggest(RangeTest(RATES, NOTHING[name]), rule) is None


@pytest.mark.parametrize("rule", RULES)
def test_noise_alone_is_not_read(rule):
    rng = np.random.default_rng(0)
    read = []
    for n in (50, 100, 400):
        rates = np.geomspace(1e-6, 10, n)
        curves = [RangeTest(rates, 2.3 + 0.1 * rng.normal(size=n)) for _ in range(60)]
        read += [suggest(c, rule) is not None for c in curves]
    assert np.mean(read) < 0.02


@pytest.mark.parametrize("rule", RULES)
def test_too_few_points_are_not_read(rule):
    assert suggest(RangeTest([0.1, 0.2, 0.3, 0.4], [4.0, 3.0, 2.0, 1.0]), rule) is None


def test_slide_needs_more_points_than_its_window():
    short = RangeTest(RATES[:20], np.linspace(3, 1, 20), stopped_early=True)
    assert suggest(short, "valley") is not None
    assert suggest(short, "slide") is None


def test_a_valley_that_rises_from_its_start_is_none():
    losses = np.r_[np.full(3, 5.0), np.linspace(1.0, 3.0, 17) ** 3]  # the fall is in the trimming
    assert suggest(RangeTest(RATES[:20], np.r_[9, 8, losses[2:]], ramp=Ramp(steps=30)), "valley")


@pytest.mark.parametrize("rule", ["before_the_rise", "minimum_over_three", "minimum_over_ten"])
def test_a_minimum_at_the_top_of_the_ramp_is_on_the_edge(rule):
    falling = RangeTest(RATES, -np.log10(RATES))
    assert suggest(falling, rule).at_edge
    stopped = RangeTest(RATES, -np.log10(RATES), stopped_early=True)
    assert not suggest(stopped, rule).at_edge


def test_a_suggestion_below_the_ramp_is_on_the_edge():
    rates = np.geomspace(0.1, 10, 100)
    near = RangeTest(rates, np.log10(rates / 0.2) ** 2, stopped_early=True)
    assert suggest(near, "minimum_over_three").at_edge
    assert not suggest(near, "before_the_rise").at_edge


def test_slide_all_the_way_to_the_left_is_on_the_edge():
    rates = np.geomspace(1e-3, 10, 60)
    steep = RangeTest(rates, 1e6 * (np.log10(rates) - 2) ** 4)
    found = suggest(steep, "slide")
    assert found.at_edge
    assert found.learning_rate == rates[6]


def test_a_loss_that_never_blew_up_has_no_blow_up():
    assert blow_up(RangeTest(RATES, np.log10(RATES) ** 2)) is None
    stopped = RangeTest(RATES, np.log10(RATES) ** 2, stopped_early=True)
    assert blow_up(stopped).learning_rate == pytest.approx(1.0)
    losses = np.log10(RATES) ** 2
    losses[90] = np.nan
    assert blow_up(RangeTest(RATES, losses)).read_at == pytest.approx(RATES[89])


def test_the_held_out_curve_is_read():
    found = suggest(RangeTest(RATES, np.ones(100), np.log10(RATES) ** 2), "before_the_rise")
    assert found.learning_rate == pytest.approx(1.0, rel=0.2)


def test_a_rule_of_ones_own_is_called():
    assert suggest(curve(), lambda range_test: None) is None


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((curve(), "best"), ValueError, "rule must be one of steepest, valley"),
        ((curve(), "best"), ValueError, "got 'best'"),
        ((curve(), 3), TypeError, "rule must be a name or a callable, got 3"),
        (([1.0, 2.0],), TypeError, "range_test must be a RangeTest, got [1.0, 2.0]"),
    ],
)
def test_bad_input_is_named(arguments, error, message):
    with pytest.raises(error, match=re.escape(message)):
        suggest(*arguments)
