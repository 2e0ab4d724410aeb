"""What holds for every schedule, whatever its arguments."""

from __future__ import annotations

import json
import math
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import lrcourse.schedules
from lrcourse.schedules import (
    Constant,
    CosineAnnealing,
    CosineWarmRestarts,
    CosineWarmup,
    Cyclic,
    Exponential,
    ExponentialWarmup,
    InverseSquareRoot,
    LinearToZero,
    LinearWarmup,
    MultiStep,
    Noam,
    OneCycle,
    Piecewise,
    Polynomial,
    StepDecay,
    WarmupStableDecay,
    from_dict,
    join,
    table,
    to_dict,
    warmup,
)

LRS = st.floats(1e-6, 10)
SHARES = st.floats(0, 1)
GAMMAS = st.floats(0.05, 1)
COUNTS = st.integers(1, 200)


@st.composite
def decays(draw):
    """Schedules that never rise, with their first and lowest rate."""
    lr, total = draw(LRS), draw(COUNTS)
    end = lr * draw(SHARES)
    kind = draw(st.integers(0, 7))
    if kind == 0:
        return Constant(lr), lr, lr
    if kind == 1:
        return StepDecay(lr, total, draw(GAMMAS)), lr, 0
    if kind == 2:
        milestones = sorted(draw(st.lists(st.integers(1, 300), max_size=5)))
        return MultiStep(lr, milestones, draw(GAMMAS)), lr, 0
    if kind == 3:
        return Exponential(lr, draw(GAMMAS), total), lr, 0
    if kind == 4:
        return InverseSquareRoot(lr, total), lr, 0
    if kind == 5:
        return Polynomial(lr, total, draw(st.floats(0.1, 5)), end), lr, end
    if kind == 6:
        return LinearToZero(lr, total), lr, 0
    return CosineAnnealing(lr, total, end), lr, end


@st.composite
def climbs(draw):
    """Warm-ups, with their first rate, their peak and the step of the peak."""
    lr, steps = draw(LRS), draw(COUNTS)
    kind = draw(st.sampled_from((LinearWarmup, ExponentialWarmup, CosineWarmup)))
    start = lr * draw(st.floats(1e-3, 1))
    return kind(lr, steps, start), start, lr, steps


@st.composite
def others(draw):
    """The schedules that rise and fall, with their lowest and highest rate."""
    lr, total = draw(LRS), draw(COUNTS)
    low = lr * draw(SHARES)
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return CosineWarmRestarts(lr, total, draw(st.integers(1, 3)), low), low, lr
    if kind == 1:
        mode = draw(st.sampled_from(("triangular", "triangular2", "exp_range")))
        return Cyclic(low, lr, total, draw(COUNTS), mode, draw(GAMMAS)), low, lr
    if kind == 2:
        three = draw(st.booleans())
        shape = draw(st.sampled_from(("cos", "linear")))
        share = draw(st.floats(0.2, 0.5))
        return OneCycle(lr, total + 9, share, shape, 25.0, 1e4, three), lr / 25e4, lr
    if kind == 3:
        steps = draw(COUNTS)
        shape = draw(st.sampled_from(("linear", "sqrt", "cosine", "exponential")))
        low = max(low, lr * 1e-3)
        return WarmupStableDecay(lr, 2 * total + steps, total, total, shape, low, low), low, lr
    if kind == 4:
        values = draw(st.lists(LRS, min_size=1, max_size=5))
        boundaries = range(3, 3 + 7 * (len(values) - 1), 7)
        return Piecewise(values, tuple(boundaries)), min(values), max(values)
    peak = draw(st.floats(0.01, 1)) * (total * 64) ** -0.5
    return Noam(64, total, peak / (total * 64) ** -0.5), 0, peak * 1.0000001


SINGLE = st.one_of(
    decays().map(lambda drawn: drawn[0]),
    climbs().map(lambda drawn: drawn[0]),
    others().map(lambda drawn: drawn[0]),
)


@st.composite
def composed(draw):
    """Any schedule at all, joined ones included."""
    first, second = draw(SINGLE), draw(SINGLE)
    kind = draw(st.integers(0, 2))
    if kind == 0:
        return first
    if kind == 1:
        return join((first, second), (draw(COUNTS),))
    return join((warmup(first, draw(COUNTS)), second), (draw(COUNTS) + 200,))


ANY = composed()
STEPS = st.integers(0, 10**6)


quick = settings(deadline=None, max_examples=150)
SLACK = 1e-12


@quick
@given(ANY, st.lists(st.integers(0, 3000), min_size=1, max_size=40))
@example(StepDecay(0.1, 1, 0.999), [4094, 4095, 4096, 10_000])
@example(CosineWarmRestarts(0.1, 3, 2), [2, 3, 8, 9, 20, 21, 10**9, 2**61])
@example(Cyclic(0.1, 0.3, 1, 1, "triangular2"), [1, 2**12 + 1, 10**9 + 1])
def test_an_array_of_steps_gives_what_each_step_gives(schedule, steps):
    one_by_one = [schedule(step) for step in steps]
    assert all(type(rate) is float for rate in one_by_one)
    array = schedule(np.array(steps))
    np.testing.assert_array_equal(array, one_by_one)
    assert array.dtype == np.float64
    np.testing.assert_array_equal(schedule(np.array([steps, steps]))[1], one_by_one)


@quick
@given(ANY, STEPS)
def test_a_rate_is_finite_and_not_negative(schedule, step):
    assert 0 <= schedule(step) < math.inf


@quick
@given(decays(), st.integers(1, 600))
def test_decays_start_at_lr_never_rise_and_stay_within_bounds(drawn, last):
    schedule, lr, lowest = drawn
    rates = schedule(np.arange(last + 1))
    np.testing.assert_allclose(rates[0], lr, rtol=SLACK)
    assert (np.diff(rates) <= SLACK * lr).all()
    assert rates.min() >= lowest - SLACK * lr


@quick
@given(climbs())
def test_warmups_never_fall_and_reach_the_peak_exactly(drawn):
    schedule, start, lr, steps = drawn
    rates = schedule(np.arange(steps + 50))
    np.testing.assert_allclose(rates[0], start, rtol=SLACK)
    assert (np.diff(rates) >= -SLACK * lr).all()
    assert (rates[steps:] == lr).all()


@quick
@given(others(), st.integers(1, 2000))
def test_the_others_stay_between_their_levels(drawn, last):
    schedule, low, high = drawn
    rates = schedule(np.arange(last + 1))
    assert rates.min() >= low - SLACK * high
    assert rates.max() <= high * (1 + SLACK)


@pytest.mark.parametrize(
    ("schedule", "last_step", "last"),
    [
        (Polynomial(0.1, 40, 2.0, 0.001), 40, 0.001),
        (LinearToZero(0.1, 40), 40, 0.0),
        (CosineAnnealing(0.1, 40, 0.001), 40, 0.001),
        (OneCycle(0.1, 40), 39, 0.1 / 25 / 1e4),
        (WarmupStableDecay(0.1, 40, 5, 10, end_lr=0.001), 40, 0.001),
        (WarmupStableDecay(0.1, 40, 5, 10, "exponential", end_lr=0.001), 40, 0.001),
        (warmup(CosineAnnealing(0.1, 40), 10), 50, 0.0),
        (LinearWarmup(0.1, 40), 40, 0.1),
        (CosineWarmup(0.1, 40), 40, 0.1),
        (ExponentialWarmup(0.1, 40, 0.001), 40, 0.1),
        (Piecewise((0.1, 0.02), (40,)), 40, 0.02),
        (MultiStep(0.1, (40,), 0.5), 40, 0.05),
    ],
    ids=str,
)
def test_the_last_value_is_reached_where_it_is_said_and_kept(schedule, last_step, last):
    assert schedule(last_step - 1) != pytest.approx(last, rel=1e-9)
    later = schedule(np.arange(last_step, last_step + 500))
    np.testing.assert_allclose(later, last, rtol=SLACK)
    assert len(set(later.tolist())) == 1
    assert schedule(2**50) == later[0]


@quick
@given(ANY)
def test_a_schedule_survives_the_way_through_json_print_and_pickle(schedule):
    again = from_dict(json.loads(json.dumps(to_dict(schedule))))
    assert again == schedule
    assert hash(again) == hash(schedule)
    assert eval(repr(schedule), vars(lrcourse.schedules)) == schedule
    assert pickle.loads(pickle.dumps(schedule)) == schedule


@quick
@given(ANY, STEPS, st.lists(STEPS, max_size=5))
def test_a_rate_depends_on_the_step_alone(schedule, step, between):
    before, text = schedule(step), repr(schedule)
    for other in between:
        schedule(other)
    assert schedule(step) == before
    assert repr(schedule) == text
    assert from_dict(to_dict(schedule))(step) == before


@quick
@given(SINGLE, SINGLE, COUNTS, st.integers(0, 500))
def test_join_hands_over_at_the_boundary(first, second, boundary, step):
    joined = join((first, second), (boundary,))
    expected = first(step) if step < boundary else second(step - boundary)
    assert joined(step) == expected


@quick
@given(decays(), COUNTS, st.sampled_from(("linear", "exponential", "cosine")))
def test_warmup_is_continuous_and_only_delays(drawn, steps, shape):
    schedule, lr, _ = drawn
    warm = warmup(schedule, steps, start=lr * 1e-2, shape=shape)
    assert warm(steps) == schedule(0)
    times = np.arange(300)
    np.testing.assert_array_equal(warm(times + steps), schedule(times))
    rising = warm(np.arange(steps + 1))
    assert (np.diff(rising) >= -SLACK * lr).all()
    # no step is longer than the steepest of a cosine (π/2 of the mean) or of a geometric ramp
    steepest = max(math.pi / 2 / steps, 1 - 0.01 ** (1 / steps))
    assert np.abs(np.diff(rising)).max() <= lr * steepest * (1 + 1e-9)


@given(st.lists(SINGLE, min_size=1, max_size=4), st.integers(1, 50))
@settings(deadline=None, max_examples=30)
def test_a_table_has_a_column_for_each_run(schedules, steps):
    rates = table(schedules, steps)
    assert rates.shape == (steps, len(schedules))
    for run, schedule in enumerate(schedules):
        np.testing.assert_array_equal(rates[:, run], [schedule(t) for t in range(steps)])


def test_a_schedule_cannot_be_changed():
    schedule = Constant(0.1)
    with pytest.raises(FrozenInstanceError):
        schedule.lr = 0.2
    assert schedule != Constant(0.2)
    assert schedule != LinearToZero(0.1, 10)
    assert Constant(np.float64(0.1)) == schedule
    assert repr(Constant(np.float64(0.1))) == "Constant(lr=0.1)"


@pytest.mark.parametrize("step", [0.0, 1.5, True, "3", None, [0.5], [True]])
def test_a_step_that_is_no_integer_is_refused(step):
    with pytest.raises(TypeError, match="step must be an integer"):
        Constant(0.1)(step)


@pytest.mark.parametrize("step", [-1, np.int64(-1), [3, -1]])
def test_a_negative_step_is_refused(step):
    with pytest.raises(ValueError, match=r"step must not be negative, got .*-1"):
        OneCycle(0.1, 10).momentum(step)


def test_integers_of_numpy_are_steps():
    schedule = LinearToZero(0.1, 4)
    assert schedule(np.uint8(2)) == schedule(np.array(2)) == 0.05
    assert type(schedule(np.int32(2))) is float
    assert schedule(np.empty(0, dtype=int)).shape == (0,)
