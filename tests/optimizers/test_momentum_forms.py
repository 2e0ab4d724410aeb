"""A trajectory goes on in the other form of momentum and stays itself, whatever the rates."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcourse.optimizers import (
    SGD,
    HeavyBall,
    Nesterov,
    SGDState,
    buffer_from_velocity,
    velocity_from_buffer,
)

rates = st.lists(st.floats(1e-4, 0.1), min_size=4, max_size=40)
momenta = st.floats(0.05, 0.99)


def slope(w):
    return w**3 - 2 * w + 0.3


def rules(momentum, nesterov):
    polyak = Nesterov(momentum) if nesterov else HeavyBall(momentum)
    return SGD(momentum=momentum, nesterov=nesterov), polyak


def points(rule, rates, start):
    params, state = start, rule.init(start)
    for lr in rates:
        params, state = rule.step(params, slope(params), state, lr)
        yield params


START = np.array([1.0, -0.7, 0.2])


@settings(deadline=None)
@given(rates=rates, momentum=momenta, nesterov=st.booleans(), seed=st.integers(0, 1000))
def test_torchs_trajectory_changes_form_at_any_step(rates, momentum, nesterov, seed):
    torch_form, polyak_form = rules(momentum, nesterov)
    switch = np.random.default_rng(seed).integers(0, 2, size=len(rates))
    params, buffer = START, torch_form.init(START).buffer
    for step, (lr, expected) in enumerate(
        zip(rates, points(torch_form, rates, START), strict=True)
    ):
        if switch[step]:
            velocity = velocity_from_buffer(buffer, lr)
            params, velocity = polyak_form.step(params, slope(params), velocity, lr)
            buffer = buffer_from_velocity(velocity, lr)
        else:
            params, state = torch_form.step(params, slope(params), SGDState(buffer, step), lr)
            buffer = state.buffer
        np.testing.assert_allclose(params, expected, rtol=1e-9, atol=1e-12)


@settings(deadline=None)
@given(rates=rates, momentum=momenta, nesterov=st.booleans(), seed=st.integers(0, 1000))
def test_polyaks_trajectory_changes_form_at_any_step(rates, momentum, nesterov, seed):
    torch_form, polyak_form = rules(momentum, nesterov)
    switch = np.random.default_rng(seed).integers(0, 2, size=len(rates))
    params, velocity = START, polyak_form.init(START)
    for step, (lr, expected) in enumerate(
        zip(rates, points(polyak_form, rates, START), strict=True)
    ):
        if switch[step]:
            buffer = buffer_from_velocity(velocity, lr)
            params, state = torch_form.step(params, slope(params), SGDState(buffer, step), lr)
            velocity = velocity_from_buffer(state.buffer, lr)
        else:
            params, velocity = polyak_form.step(params, slope(params), velocity, lr)
        np.testing.assert_allclose(params, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
def test_torch_itself_goes_on_as_a_heavy_ball(nesterov):
    momentum, (before, after) = 0.9, (0.05, 0.01)
    param = torch.nn.Parameter(torch.tensor(START))
    oracle = torch.optim.SGD([param], lr=before, momentum=momentum, nesterov=nesterov)
    for _ in range(20):
        param.grad = slope(param.detach())
        oracle.step()
    oracle.param_groups[0]["lr"] = after
    params = param.detach().numpy().copy()
    velocity = velocity_from_buffer(oracle.state[param]["momentum_buffer"].numpy(), after)
    _, polyak_form = rules(momentum, nesterov)
    for _ in range(20):
        param.grad = slope(param.detach())
        oracle.step()
        params, velocity = polyak_form.step(params, slope(params), velocity, after)
        np.testing.assert_allclose(params, param.detach().numpy(), rtol=1e-12)


def test_with_the_old_rate_the_next_step_would_be_wrong():
    torch_form, polyak_form = rules(0.9, nesterov=False)
    params, state = torch_form.step(START, slope(START), torch_form.init(START), 0.1)
    expected, _ = torch_form.step(params, slope(params), state, 0.01)
    stale = velocity_from_buffer(state.buffer, 0.1)
    wrong, _ = polyak_form.step(params, slope(params), stale, 0.01)
    assert np.abs(wrong - expected).min() > 0.005


@settings(deadline=None)
@given(st.floats(-1e3, 1e3), st.floats(1e-6, 10))
def test_there_and_back(value, lr):
    tree = {"w": np.array([value]), "b": [value]}
    back = buffer_from_velocity(velocity_from_buffer(tree, lr), lr)
    np.testing.assert_allclose(back["w"], tree["w"], rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(back["b"], tree["b"], rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("lr", [-0.1, float("nan"), float("inf"), "fast"])
@pytest.mark.parametrize("convert", [velocity_from_buffer, buffer_from_velocity])
def test_bad_rates_are_named(convert, lr):
    with pytest.raises((TypeError, ValueError), match=rf"lr must be .*got '?{lr}"):
        convert(np.ones(2), lr)


@pytest.mark.parametrize("lr", [0.0, np.array([0.1, 0.0])])
def test_a_rate_of_0_has_no_buffer(lr):
    with pytest.raises(ValueError, match=r"lr must be positive, got .*0"):
        buffer_from_velocity(np.ones(2), lr)
