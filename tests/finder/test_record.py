"""The ramp and the record of a range test: frozen, checked values."""

from __future__ import annotations

import dataclasses
import pickle
import re

import numpy as np
import pytest

from lrcourse.finder import Ramp, RangeTest


def test_the_ramp_is_geometric_and_reaches_both_ends():
    rates = Ramp(lowest=1e-5, highest=2.0, steps=37).learning_rates
    assert rates[0] == 1e-5
    assert rates[-1] == 2.0
    np.testing.assert_allclose(rates[1:] / rates[:-1], (2.0 / 1e-5) ** (1 / 36))


@pytest.mark.parametrize(
    ("setting", "error", "message"),
    [
        ({"lowest": -0.1}, ValueError, "lowest must be positive, got -0.1"),
        ({"lowest": float("nan")}, ValueError, "lowest must be finite, got nan"),
        ({"highest": 0}, ValueError, "highest must be positive, got 0"),
        ({"lowest": 1.0, "highest": 0.5}, ValueError, "highest must exceed lowest = 1.0, got 0.5"),
        ({"steps": 0}, ValueError, "steps must be at least 2, got 0"),
        ({"steps": 1}, ValueError, "steps must be at least 2, got 1"),
        ({"steps": 10.0}, TypeError, "steps must be an integer, got 10.0"),
        ({"stop_factor": 1}, ValueError, "stop_factor must be above 1, got 1"),
        ({"stop_factor": -4}, ValueError, "stop_factor must be positive, got -4"),
        ({"accumulation_steps": 0}, ValueError, "accumulation_steps must be at least 1, got 0"),
        ({"steps_per_rate": -1}, ValueError, "steps_per_rate must be at least 1, got -1"),
    ],
)
def test_bad_ramps_are_refused(setting, error, message):
    with pytest.raises(error, match=re.escape(message)):
        Ramp(**setting)


def test_a_record_is_frozen_and_keeps_its_own_numbers():
    losses = np.array([3.0, 2.0, np.nan])
    record = RangeTest([0.1, 1.0, 10.0], losses, stopped_early=True, ramp=Ramp())
    losses[0] = 0.0
    assert record.losses[0] == 3.0
    with pytest.raises(ValueError, match="read-only"):
        record.losses[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        record.learning_rates[0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.stopped_early = False
    again = pickle.loads(pickle.dumps(record))
    np.testing.assert_array_equal(again.losses, record.losses)
    assert again.ramp == record.ramp


def test_the_rules_read_the_held_out_losses_if_there_are_any():
    record = RangeTest([0.1, 1.0], [3.0, 2.0], [5.0, 4.0])
    assert record.curve.tolist() == [5.0, 4.0]
    assert RangeTest([0.1, 1.0], [3.0, 2.0]).curve.tolist() == [3.0, 2.0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.1, 1.0], [1.0]), "losses must have one value a learning rate, (2,), got shape (1,)"),
        (([0.1, 1.0], [1.0, 2.0], [1.0]), "held_out_losses must have one value a learning rate"),
        (([0.1], [1.0]), "learning_rates must hold at least two rates in a row, got [0.1]"),
        (([[0.1, 1.0]], [[1.0, 2.0]]), "at least two rates in a row, got [[0.1, 1.0]]"),
        (([1.0, 0.1], [1.0, 2.0]), "learning_rates must rise, got [1.0, 0.1]"),
        (([-1.0, 0.1], [1.0, 2.0]), "learning_rates must be positive, got [-1.0, 0.1]"),
        (([0.1, np.nan], [1.0, 2.0]), "learning_rates must be finite, got [0.1, nan]"),
    ],
)
def test_bad_records_are_refused(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        RangeTest(*arguments)


def test_losses_that_are_no_numbers_are_refused():
    with pytest.raises(TypeError, match="losses must be numeric, got"):
        RangeTest([0.1, 1.0], ["low", "high"])
