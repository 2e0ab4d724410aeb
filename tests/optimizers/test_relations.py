"""What the rules have to do with each other, and with the sentences of their docstrings."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcourse.optimizers import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    GradientDescent,
    HeavyBall,
    Lion,
    Nesterov,
    RMSProp,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)

START = np.array([1.0, -0.4, 0.05])


def slope(w):
    return w**3 - 2 * w + 0.3


def run(rule, rates, gradients=None, start=START):
    """Return all points, and the last state."""
    params, state, points = start, rule.init(start), []
    for t, lr in enumerate(rates):
        grads = slope(params) if gradients is None else gradients[t]
        params, state = rule.step(params, grads, state, lr)
        points.append(params)
    return np.array(points), state


CHANGING = 0.1 * np.random.default_rng(3).uniform(size=60)
SAME = [
    ("SGD without momentum is gradient descent", SGD(), GradientDescent(), CHANGING),
    ("SGD without momentum has no dampening", SGD(dampening=0.7), GradientDescent(), CHANGING),
    ("AdamW without decay is Adam", AdamW(weight_decay=0.0), Adam(), CHANGING),
    (
        "AdamW without decay is Adam, AMSGrad too",
        AdamW(weight_decay=0.0, amsgrad=True),
        Adam(amsgrad=True),
        CHANGING,
    ),
    ("SGD's momentum is the heavy ball", SGD(momentum=0.9), HeavyBall(0.9), [0.05] * 60),
    (
        "SGD's Nesterov is Nesterov",
        SGD(momentum=0.9, nesterov=True),
        Nesterov(0.9),
        [0.05] * 60,
    ),
    (
        "Schedule-Free at momentum 0 walks as gradient descent",
        ScheduleFreeSGD(0.0),
        SGD(),
        CHANGING,
    ),
    (
        "Schedule-Free AdamW with a huge ε is Schedule-Free SGD",
        ScheduleFreeAdamW(epsilon=1e12),
        ScheduleFreeSGD(weight_lr_power=2.0),
        None,
    ),
]


@pytest.mark.parametrize(("sentence", "rule", "other", "rates"), SAME)
def test_two_rules_are_one(sentence, rule, other, rates):
    if rates is None:
        rates = np.full(60, 0.05)
        points, _ = run(rule, 1e12 * rates)
    else:
        points, _ = run(rule, rates)
    np.testing.assert_allclose(points, run(other, rates)[0], rtol=1e-9)


@pytest.mark.parametrize("other", [HeavyBall(0.9), Nesterov(0.9)])
def test_the_forms_of_momentum_part_when_the_rate_changes(other):
    rule = SGD(momentum=0.9, nesterov=isinstance(other, Nesterov))
    rates = [0.05] * 10 + [0.01] * 10
    gap = np.abs(run(rule, rates)[0] - run(other, rates)[0]).max(axis=1)
    assert gap[9] < 1e-12
    assert gap[10] > 1e-3


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.floats(-3, 3))
def test_adaptive_rules_do_not_see_the_scale_of_the_gradient(seed, exponent):
    gradients = np.random.default_rng(seed).normal(size=(30, 3))
    for rule in (Adam(epsilon=1e-300), RMSProp(epsilon=1e-300), Adagrad(epsilon=1e-300), Lion()):
        plain, _ = run(rule, CHANGING[:30], gradients)
        scaled, _ = run(rule, CHANGING[:30], 10**exponent * gradients)
        np.testing.assert_allclose(scaled, plain, rtol=1e-7, atol=1e-12)


def test_lion_moves_every_coordinate_by_the_rate():
    points, _ = run(Lion(), CHANGING)
    moves = np.abs(np.diff(np.concatenate([START[None], points]), axis=0))
    np.testing.assert_allclose(moves, CHANGING[:, None] * np.ones(3), rtol=1e-9)


def test_rmsprop_starts_ten_times_as_far_as_its_rate():
    points, _ = run(RMSProp(), [0.01])
    np.testing.assert_allclose(np.abs(points[0] - START), 0.1, rtol=1e-6)


def test_adagrads_steps_shrink_as_one_over_the_root_of_time():
    gradients = np.full((400, 3), 5.0)
    points, _ = run(Adagrad(), [0.1] * 400, gradients)
    moves = -np.diff(np.concatenate([START[None], points]), axis=0)[:, 0]
    np.testing.assert_allclose(moves, 0.1 / np.sqrt(np.arange(1, 401)), rtol=1e-9)


def test_amsgrad_never_speeds_up_again():
    gradients = np.concatenate([np.full((1, 3), 100.0), np.full((300, 3), 1.0)])
    plain, _ = run(Adam(beta2=0.9), [0.01] * 301, gradients)
    cautious, state = run(Adam(beta2=0.9, amsgrad=True), [0.01] * 301, gradients)
    assert (state.largest >= 0.1 * 100**2 * (1 - 1e-12)).all()
    last = np.abs(np.diff(plain[-2:], axis=0)), np.abs(np.diff(cautious[-2:], axis=0))
    np.testing.assert_allclose(last[0], 0.01, rtol=1e-3)
    np.testing.assert_allclose(last[1], 0.01 / np.sqrt(1000), rtol=1e-3)


def test_coupled_decay_is_scaled_away_and_decoupled_is_not():
    gradients = np.tile([1.0, 100.0], (1, 1))
    start = np.array([10.0, 10.0])

    def decay(make):
        with_decay, _ = run(make(0.1), [0.01], gradients, start)
        without, _ = run(make(0.0), [0.01], gradients, start)
        return (without - with_decay)[0]

    np.testing.assert_allclose(decay(lambda d: Adam(weight_decay=d)), 0, atol=1e-8)
    np.testing.assert_allclose(decay(lambda d: AdamW(weight_decay=d)), 0.01 * 0.1 * 10)
    np.testing.assert_allclose(decay(lambda d: Lion(weight_decay=d)), 0.01 * 0.1 * 10)


def test_centered_rmsprop_survives_a_gradient_without_variance():
    gradients = np.tile(np.random.default_rng(0).uniform(1, 2, size=200), (400, 1))
    start = np.zeros(200)
    points, state = run(RMSProp(alpha=0.9, centered=True), [1e-9] * 400, gradients, start)
    assert (state.square - state.mean**2 < 0).any()  # by rounding: torch's root is NaN here
    assert np.isfinite(points).all()


class TestScheduleFree:
    @settings(deadline=None)
    @given(st.integers(1, 40), st.floats(0, 3))
    def test_the_evaluation_point_is_the_weighted_mean_of_the_base(self, steps, r):
        rule = ScheduleFreeSGD(momentum=0.7, r=r)
        params, state, bases = START, rule.init(START), []
        largest, weights = 0.0, []
        for t, lr in enumerate(CHANGING[:steps], start=1):
            params, state = rule.step(params, slope(params), state, lr)
            bases.append(state.base)
            largest = max(largest, lr)
            weights.append(t**r * largest**2)
        expected = np.average(bases, axis=0, weights=weights)
        np.testing.assert_allclose(rule.evaluation_point(state), expected, rtol=1e-9)
        np.testing.assert_allclose(params, 0.3 * state.base + 0.7 * expected, rtol=1e-9)

    def test_before_the_first_step_all_points_are_one(self):
        for rule in (ScheduleFreeSGD(), ScheduleFreeAdamW()):
            np.testing.assert_array_equal(rule.evaluation_point(rule.init(START)), START)

    @pytest.mark.parametrize("rule", [ScheduleFreeSGD(), ScheduleFreeAdamW()])
    def test_a_rate_of_0_changes_nothing_and_weighs_nothing(self, rule):
        params, state = rule.step(START, slope(START), rule.init(START), 0.0)
        np.testing.assert_allclose(params, START, rtol=1e-15)
        np.testing.assert_array_equal(rule.evaluation_point(state), START)
        assert state.weight_sum == 0

    @pytest.mark.parametrize("rule", [ScheduleFreeSGD(), ScheduleFreeAdamW()])
    def test_runs_side_by_side_equal_runs_alone(self, rule):
        rates = np.array([[0.01], [0.1]])
        together, _ = run(rule, [rates] * 30, start=np.stack([START, START]))
        for row, rate in enumerate(rates[:, 0]):
            alone, _ = run(rule, [rate] * 30)
            np.testing.assert_allclose(together[:, row], alone, rtol=1e-12)

    @pytest.mark.parametrize("make", [np.float32, np.float64])
    def test_the_average_is_a_tensor_of_the_same_kind(self, make):
        start = torch.tensor(START.astype(make))
        for rule in (ScheduleFreeSGD(), ScheduleFreeAdamW(), Adam(amsgrad=True), Lion()):
            params, state = rule.step(start, slope(start), rule.init(start), np.float64(0.1))
            assert params.dtype == start.dtype
            if hasattr(rule, "evaluation_point"):
                assert rule.evaluation_point(state).dtype == start.dtype

    def test_the_average_beats_the_last_point_of_noisy_descent(self):
        rng = np.random.default_rng(0)
        noise = rng.normal(size=(1000, 200))
        rule = ScheduleFreeSGD()
        params = plain = np.ones(200)
        state = rule.init(params)
        for e in noise:
            params, state = rule.step(params, params + e, state, 0.2)
            plain = plain - 0.2 * (plain + e)
        assert np.mean(rule.evaluation_point(state) ** 2) < 0.1 * np.mean(plain**2)
