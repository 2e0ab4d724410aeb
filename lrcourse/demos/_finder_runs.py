"""The runs behind `FinderRules`: range tests of several lengths, and what each rate is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from lrcourse._validate import Array
from lrcourse.claims.trials.chapter08 import STEPS
from lrcourse.claims.trials.chapter08 import TASKS as TRIED
from lrcourse.demos._grid import kept
from lrcourse.finder import Ramp, RangeTest, SweepTrainer, ema, tournament
from lrcourse.finder._range_test import STOP_MOMENTUM
from lrcourse.training import Sweep

TASKS = {"digits": "digits", "digits-adam": "digits, Adam", "spirals": "spirals"}
LOWEST, HIGHEST = 1e-5, 10.0
RATES = np.geomspace(LOWEST, HIGHEST, 37)  # of the sweep, six a decade
LENGTHS = (50, 100, 200, 400)  # of the ramps, in steps
REPLICATES, TESTS, PLAYERS = 6, 6, 5  # seeds of the sweep, the range tests, the tournament


@dataclass(frozen=True)
class FinderRuns:
    """What was trained on one task.

    Parameters
    ----------
    losses : ndarray, shape (37, 6)
        Validation loss at the end of each training, that before it at most.
    tests : mapping
        The range tests of each length.
    race : tuple of float
        What a tournament gives: the low end of its interval, its rate, the high end.
    """

    losses: Array
    tests: Mapping[int, tuple[RangeTest, ...]]
    race: tuple[float, float, float]


@cache
def finder_runs(task: str, seed: int) -> FinderRuns:
    """Train at every rate, run range tests of every length, and hold a tournament.

    Each has seeds of its own, for the weights, the batches and the split or draw of the data.
    """
    words = np.random.SeedSequence(seed).generate_state(REPLICATES + TESTS + PLAYERS)
    seeds = [int(word) for word in words]
    fresh, rest = seeds[REPLICATES : REPLICATES + TESTS], seeds[REPLICATES + TESTS :]
    name = f"finder-rules-{task}-seed{seed}"
    true = kept(name, lambda: _sweep(task, seeds[:REPLICATES]))

    def tests_of(length: int) -> tuple[RangeTest, ...]:
        climbs = kept(f"{name}-ramp{length}", lambda: _ramps(task, length, fresh))
        return tuple(as_stopped(losses, ramp_of(length)) for losses in climbs.loss)

    first, last = true.metrics["val_loss"].T
    losses = np.fmin(first, last).reshape(len(RATES), REPLICATES)  # NaN gives way
    tests = {length: tests_of(length) for length in LENGTHS}
    return FinderRuns(losses, tests, _tournament(task, rest))


def ramp_of(length: int) -> Ramp:
    """Return the ramp of a range test of this many steps."""
    return Ramp(lowest=LOWEST, highest=HIGHEST, steps=length)


def as_stopped(losses: Array, ramp: Ramp) -> RangeTest:
    """Return a climb to the top of a ramp as `lr_range_test` would have recorded it.

    Losses are rounded to 32 bits: as the browser gets them.
    """
    losses = losses.astype(np.float32).astype(np.float64)
    smoothed = ema(losses, momentum=STOP_MOMENTUM)
    lowest = np.fmin.accumulate(smoothed)
    assert ramp.stop_factor is not None
    with np.errstate(invalid="ignore"):
        risen = smoothed - lowest > (ramp.stop_factor - 1) * np.abs(lowest)
    over = np.flatnonzero(risen | ~np.isfinite(losses))
    end = int(over[0]) + 1 if len(over) else len(losses)
    rates = ramp.learning_rates[:end]
    return RangeTest(rates, losses[:end], stopped_early=len(over) > 0, ramp=ramp)


def _sweep(task: str, seeds: list[int]) -> Sweep:
    return TRIED[TASKS[task]].sweep(RATES, STEPS, seeds, checkpoints=(0, STEPS))


def _ramps(task: str, length: int, seeds: list[int]) -> Sweep:
    schedule = ramp_of(length).learning_rates
    return TRIED[TASKS[task]].sweep([1.0], length, seeds, schedule=schedule, checkpoints=())


def _tournament(task: str, seeds: list[int]) -> tuple[float, float, float]:
    tried = TRIED[TASKS[task]]
    trainer = SweepTrainer(tried.model, tried.data, tried.optimizer, batch_size=tried.batch_size)
    found = tournament(trainer, horizon=STEPS, seeds=seeds)
    if found.low is None or found.learning_rate is None or found.high is None:
        raise RuntimeError(f"no rate trains {task!r} with seeds {seeds}: {found.reason}")
    return found.low, found.learning_rate, found.high
