"""The trials of chapter 6, "Too small: the price": small networks on a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lrcourse._validate import Array
from lrcourse.claims.trials._tables import compared, measurements, run_seeds
from lrcourse.claims.trials._tasks import Draw, handwriting, training_rows, waves
from lrcourse.claims.trials.chapter04 import log_log_slope
from lrcourse.datasets import Dataset, Split
from lrcourse.models import MLP, ConvNet, Model, logistic
from lrcourse.optimizers import Adam, GradientDescent, HeavyBall
from lrcourse.training import Best, Sweep, sweep

BATCH_SIZE = 16
TENFOLD = (0.003, 0.03, 0.3, 3.0, 30.0)
FIRST = 20  # steps that count as "at first"

GRID = np.geomspace(0.003, 3, 13)
TUNING = 8  # seeds that the best rate is chosen by; none of them is judged

SHARES = (1.0, 1 / 3, 1 / 10, 1 / 30)  # of the largest rate of a journey
LOOKS = 20  # at the training loss, evenly spaced on the way

WAVE_NET = MLP((40, 64, 64, 10))
DIGIT_NET = MLP((64, 64, 10))


@dataclass(frozen=True)
class Task:
    """A model, and what it trains on."""

    model: Model
    data: Callable[[int], Dataset | Split]

    def train(
        self,
        optimizer: Any,
        rates: ArrayLike,
        steps: int,
        seeds: Sequence[int],
        checkpoints: Sequence[int] | None = None,
    ) -> Sweep:
        """Return the runs at every rate, each seed with data of its own."""
        return sweep(
            self.model,
            self.data,
            optimizer,
            rates,
            steps=steps,
            seeds=seeds,
            batch_size=BATCH_SIZE,
            checkpoints=checkpoints,
            progress=False,
        )


# --- C0.2: is a larger rate faster at first?

AT_FIRST: Mapping[str, Task] = {
    "network on waves": Task(WAVE_NET, waves(500, 20)),
    "network on digits": Task(DIGIT_NET, handwriting()),
    "convolutions on waves": Task(ConvNet(), waves(500, 20)),
    "logistic regression on digits": Task(logistic(64, 10), handwriting()),
}


def first_steps(seed: int) -> pd.DataFrame:
    """Take a few steps at rates that grow tenfold, and see which loss is the lowest."""
    tables = []
    for name, task in AT_FIRST.items():
        result = task.train(GradientDescent(), TENFOLD, FIRST, run_seeds(seed))
        losses = result.metrics["train_loss"].reshape(len(TENFOLD), -1)
        for slower, faster, rate in zip(losses, losses[1:], TENFOLD[1:], strict=False):
            # The loss of a run that diverged is NaN, which is not less.
            tables.append(compared(f"up to {rate:g}, {name}", slower, faster, by="less"))
    return pd.concat(tables)


# --- C3.3: do small, steady steps learn more effectively?

WAVES = Task(WAVE_NET, waves(2000))
BUDGETS: Mapping[str, tuple[Task, int]] = {
    "network on waves": (WAVES, 320),
    "network on waves, three times the steps": (WAVES, 960),
    "network on digits": (Task(DIGIT_NET, handwriting()), 320),
    "convolutions on waves": (Task(ConvNet(), waves(1000)), 320),
}
PATIENCE = 10  # times the budget, for the rate that is ten times smaller


def small_steps(seed: int) -> pd.DataFrame:
    """Race the best rate for a budget, chosen on other seeds, against a tenth of it."""
    tables: list[pd.DataFrame] = []
    for name, (task, steps) in BUDGETS.items():
        best = best_rate(task, steps, run_seeds(seed, stream=1, replicates=TUNING))
        rates = best.learning_rate / 10, best.learning_rate
        marks = (steps, PATIENCE * steps) if not tables else (steps,)
        small, tuned = _accuracies(task, rates, marks, run_seeds(seed))
        race = [compared(name, tuned[0], small[0])]
        if len(marks) > 1:
            race.append(compared("ten times the steps", tuned[0], small[1]))
            race.append(compared("ten times the steps for both", tuned[1], small[1]))
        chosen = {"tuned_rate": best.learning_rate, "at_edge": best.at_edge}
        tables += [table.assign(**chosen) for table in race]
    return pd.concat(tables)


def best_rate(task: Task, steps: int, seeds: Sequence[int]) -> Best:
    """Return the constant rate with the best validation accuracy when the budget is spent."""
    return task.train(GradientDescent(), GRID, steps, seeds).best("val_accuracy")


def _accuracies(
    task: Task, rates: Sequence[float], marks: Sequence[int], seeds: Sequence[int]
) -> Array:
    """Return validation accuracies, (rates, marks, seeds); a diverged run gets nothing right."""
    result = task.train(GradientDescent(), rates, marks[-1], seeds, marks)
    accuracy = np.nan_to_num(result.metrics["val_accuracy"], nan=0.0)
    return accuracy.reshape(len(rates), len(seeds), len(marks)).swapaxes(1, 2)


# --- C5.1: is too small a rate unbearably slow?


@dataclass(frozen=True)
class Journey:
    """How far to go: down to a training loss, at shares of a rate, for at most a while.

    Parameters
    ----------
    model : Model
    data : callable
        Maps a seed to its rows.
    optimizer
        A rule that `sweep` takes.
    rate : float
        The largest rate.
    target : float
        The training loss to reach.
    steps : int
        How long a run at the largest rate may take; others get as many more as they are slower.
    """

    model: Model
    data: Draw
    optimizer: Any
    rate: float
    target: float
    steps: int


JOURNEYS: Mapping[str, Journey] = {
    "network on digits": Journey(DIGIT_NET, handwriting(), GradientDescent(), 0.1, 0.5, 60),
    "network on digits, momentum": Journey(DIGIT_NET, handwriting(), HeavyBall(0.9), 0.01, 0.5, 60),
    "network on digits, Adam": Journey(DIGIT_NET, handwriting(), Adam(), 0.003, 0.5, 80),
    "network on waves": Journey(WAVE_NET, waves(500, 20), GradientDescent(), 0.1, 1.8, 90),
}


def price_of_small(seed: int) -> pd.DataFrame:
    """Count the steps to a given loss, at rates down to a thirtieth."""
    tables = []
    for name, journey in JOURNEYS.items():
        counts = journey_lengths(journey, run_seeds(seed))
        slopes = [log_log_slope(SHARES, steps) for steps in counts.T]
        tables.append(measurements(name, slopes))
        tables.append(compared(f"a thirtieth, {name}", counts[0], counts[-1], by="ratio"))
    return pd.concat(tables)


def journey_lengths(journey: Journey, seeds: Sequence[int]) -> Array:
    """Return how many steps each run needs, shape (shares, seeds); inf where it did not arrive."""
    task = Task(journey.model, training_rows(journey.data))
    limits = [round(journey.steps / share) for share in SHARES]
    # The same looks for the same way at every rate: what is lost between two looks cancels out.
    looks = [np.linspace(0, limit, LOOKS + 1).round().astype(int) for limit in limits]
    marks = np.unique(looks)
    rates = journey.rate * np.array(SHARES)
    result = task.train(journey.optimizer, rates, limits[-1], seeds, marks.tolist())
    losses = result.metrics["train_loss"].reshape(len(SHARES), len(seeds), -1)
    return np.array(
        [
            [steps_to(own, run[np.isin(marks, own)], journey.target) for run in runs]
            for own, runs in zip(looks, losses, strict=True)
        ]
    )


def steps_to(steps: ArrayLike, losses: ArrayLike, target: float) -> float:
    """Return after how many steps a loss first reaches a target, along straight lines.

    Parameters
    ----------
    steps, losses : array_like, shape (n,)
        When the run was looked at, and its loss then; NaN after it has diverged.
    target : float

    Returns
    -------
    float
        inf if the run never reaches the target.

    Examples
    --------
    >>> steps_to([0, 10, 20], [2.0, 1.0, 0.5], 1.5), steps_to([0, 10], [2.0, 1.0], 0.5)
    (5.0, inf)
    """
    steps, losses = np.asarray(steps, dtype=np.float64), np.asarray(losses, dtype=np.float64)
    arrived = np.flatnonzero(losses <= target)
    if len(arrived) == 0:
        return float("inf")
    last = arrived[0]
    if last == 0:
        return float(steps[0])
    ends = slice(last - 1, last + 1)
    return float(np.interp(-target, -losses[ends], steps[ends]))
