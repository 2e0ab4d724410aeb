"""Patience, improvement and memory of early stopping."""

from __future__ import annotations

import math
from collections import OrderedDict

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcourse.monitoring import EarlyStopping


def run(rule, values):
    """Return the state after the check that stops, or after all, and the number of checks."""
    state = rule.init()
    for step, value in enumerate(values):
        state = rule.update(state, step, value)
        if state.should_stop:
            return state, step + 1
    return state, len(values)


values = st.lists(st.floats(-5, 5) | st.just(math.nan), min_size=1, max_size=40)


@settings(deadline=None)
@given(values, st.integers(1, 5), st.sampled_from([0.0, 0.5]))
def test_it_stops_after_patience_checks_without_improvement(series, patience, min_delta):
    best, best_step, since, stopped_after = math.inf, None, 0, len(series)
    for step, value in enumerate(series):  # written out
        if best - value > min_delta:
            best, best_step, since = value, step, 0
        else:
            since += 1
        if since == patience:
            stopped_after = step + 1
            break
    state, checks = run(EarlyStopping(patience, min_delta), series)
    assert (checks, state.best, state.best_step) == (stopped_after, best, best_step)
    assert state.should_stop == (since == patience)


@settings(deadline=None)
@given(values, st.integers(1, 5))
def test_max_mode_is_min_mode_upside_down(series, patience):
    low, checks = run(EarlyStopping(patience), series)
    high, same = run(EarlyStopping(patience, mode="max"), [-v for v in series])
    assert (high.best_step, same, -high.best) == (low.best_step, checks, low.best)


def test_a_gain_of_exactly_min_delta_does_not_count():
    state, checks = run(EarlyStopping(2, min_delta=0.25), [1.0, 0.75, 0.75])
    assert (state.best, state.best_step, checks) == (1.0, 0, 3)
    state, _ = run(EarlyStopping(2, min_delta=0.25), [1.0, 0.5])
    assert state.best_step == 1


def test_nan_is_never_an_improvement():
    state, checks = run(EarlyStopping(3), [math.nan, math.nan, math.nan, 0.0])
    assert (state.best_step, checks) == (None, 3)
    state, _ = run(EarlyStopping(3), [math.inf, 2.0, math.nan, 1.0])
    assert (state.best_step, state.checks_since) == (3, 0)


def test_once_it_says_stop_it_stays():
    rule = EarlyStopping(1)
    state, _ = run(rule, [1.0, 2.0])
    later = rule.update(state, 2, 0.5)
    assert later.should_stop
    assert later.best_step == 2


def test_the_best_weights_are_a_copy_out_of_reach_of_training():
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    x = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    rule, optimizer = EarlyStopping(5), torch.optim.SGD(model.parameters(), lr=1.0)
    state = rule.update(rule.init(), 0, 1.0, model.state_dict())
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model(x).pow(2).sum().backward()
    optimizer.step()
    state = rule.update(state, 1, 2.0, model.state_dict())
    assert not torch.equal(model.state_dict()["0.weight"], before["0.weight"])
    assert state.best_weights.keys() == before.keys()
    for name, tensor in before.items():
        assert torch.equal(state.best_weights[name], tensor)
    model.load_state_dict(state.best_weights)
    assert torch.equal(model.state_dict()["0.weight"], before["0.weight"])
    assert torch.equal(model.state_dict()["1.num_batches_tracked"], before["1.num_batches_tracked"])


def test_weights_are_arrays_or_trees_too():
    array, tensor = np.ones(3), torch.ones(2, requires_grad=True)
    tree = OrderedDict(w=[array, (tensor * 2,)], n=3)
    state = EarlyStopping(1).update(EarlyStopping(1).init(), 0, 1.0, tree)
    array += 5
    np.testing.assert_array_equal(state.best_weights["w"][0], np.ones(3))
    copied = state.best_weights["w"][1][0]
    assert not copied.requires_grad
    assert torch.equal(copied, torch.tensor([2.0, 2.0]))
    assert state.best_weights["n"] == 3


def test_an_update_changes_nothing_in_the_old_state():
    rule = EarlyStopping(2)
    first = rule.update(rule.init(), 0, 1.0)
    rule.update(first, 1, 5.0)
    rule.update(first, 1, 0.5)
    assert first == (1.0, 0, None, 0, False)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"patience": 0}, ValueError, "patience must be at least 1, got 0"),
        ({"patience": 2.0}, TypeError, "patience must be an integer, got 2.0"),
        ({"patience": 1, "min_delta": -1}, ValueError, "min_delta must not be negative, got -1"),
        ({"patience": 1, "mode": "low"}, ValueError, "mode must be 'min' or 'max', got 'low'"),
    ],
)
def test_bad_options_are_named(options, error, words):
    with pytest.raises(error, match=words):
        EarlyStopping(**options)


def test_bad_values_are_named():
    rule = EarlyStopping(1)
    with pytest.raises(TypeError, match=r"value must be one number, got \[1.0, 2.0\]"):
        rule.update(rule.init(), 0, [1.0, 2.0])
    with pytest.raises(TypeError, match=r"value must be numeric, got 'low'"):
        rule.update(rule.init(), 0, "low")
    with pytest.raises(ValueError, match=r"step must be at least 0, got -1"):
        rule.update(rule.init(), -1, 1.0)
