"""The trials of chapter 11, "Monitoring": when to stop, what a turn means, and cycles."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.claims.trials._tables import compared, generators, measurements, run_seeds
from lrcourse.datasets import Dataset, Split, digits, wave1d
from lrcourse.landscapes import Curve, Fourier
from lrcourse.models import MLP, Model
from lrcourse.monitoring import EarlyStopping
from lrcourse.optimizers import GradientDescent, critical_learning_rate
from lrcourse.schedules import Constant, Cyclic, LinearToZero, Schedule, table
from lrcourse.training import Sweep, sweep

ROWS = 1300
BATCH_SIZE = 16
DISTANCE = 120.0  # learning rate × steps: equally far along at every rate
CHECKS = 60
PATIENCE = 10  # checks
WORSE = 0.1  # by how much a validation loss must rise above its lowest, to count
RATES = (0.01, 0.03, 0.1, 0.3)

NETWORK = MLP((64, 32, 10))


def _steps(rate: float) -> int:
    return round(DISTANCE / rate)


def _checkpoints(steps: int) -> NDArray[np.int64]:
    return np.linspace(0, steps, CHECKS + 1).round().astype(np.int64)


def _mislabelled(data: Dataset, share: float, *, seed: int) -> Split:
    """Return a few rows with a share of the labels drawn anew, and test rows without a fault."""
    rng = np.random.default_rng(seed)
    parts = data.sample(ROWS / len(data), rng=rng).split(0.25, 0.4, rng=rng).standardised()
    train, validation = (
        part.with_label_noise(share, rng=rng) for part in (parts.train, parts.validation)
    )
    return Split(train, validation, parts.test)


# --- C8.1: does early stopping prevent overfitting?


@dataclass(frozen=True)
class Task:
    """A network that is trained far too long.

    Parameters
    ----------
    model : Model
    data : callable
        Maps a seed to rows to train on, to validate on and to test on.
    rate : float
    """

    model: Model
    data: Callable[[int], Split]
    rate: float

    def histories(self, seeds: Sequence[int]) -> tuple[Sweep, Sweep]:
        """Return the same runs twice: judged by validation rows, and by test rows."""
        data = cache(self.data)

        def judged_by(part: str) -> Sweep:
            return sweep(
                self.model,
                lambda seed: Split(data(seed).train, getattr(data(seed), part)),
                GradientDescent(),
                [self.rate],
                steps=_steps(self.rate),
                seeds=seeds,
                batch_size=BATCH_SIZE,
                checkpoints=_checkpoints(_steps(self.rate)).tolist(),
                progress=False,
            )

        # A run is the same, bit for bit, whatever it is judged by.
        return judged_by("validation"), judged_by("test")


def early_stopping(seed: int) -> pd.DataFrame:
    """Stop by the validation set, and compare the test accuracy with that of training on."""
    tables = []
    for name, task in _tasks().items():
        watched, tested = task.histories(run_seeds(seed))
        accuracy = np.nan_to_num(tested.metrics["val_accuracy"], nan=1 / task.model.outputs)
        by_loss = _kept(watched.metrics["val_loss"], EarlyStopping(PATIENCE))
        by_accuracy = _kept(watched.metrics["val_accuracy"], EarlyStopping(PATIENCE, mode="max"))
        stopped = _at(accuracy, by_loss)
        tables += [
            compared(name, accuracy[:, -1], stopped, kept=by_loss / CHECKS),
            compared(f"hindsight, {name}", stopped, accuracy.max(axis=1)),
            compared(
                f"by accuracy, {name}",
                accuracy[:, -1],
                _at(accuracy, by_accuracy),
                kept=by_accuracy / CHECKS,
            ),
            compared(
                f"loss, {name}",
                _at(tested.metrics["val_loss"], by_loss),
                tested.metrics["val_loss"][:, -1],
                by="ratio",
            ),
        ]
    return pd.concat(tables)


def _tasks() -> Mapping[str, Task]:
    """Return everything that is trained too long, with its name."""

    def images(share: float) -> Callable[[int], Split]:
        return lambda seed: _mislabelled(digits(), share, seed=seed)

    def waves(seed: int) -> Split:
        return _mislabelled(wave1d(ROWS, seed=seed), 0.3, seed=seed)

    return MappingProxyType(
        {
            "wrong labels": Task(NETWORK, images(0.3), 0.1),
            "wrong labels, higher rate": Task(NETWORK, images(0.3), 0.3),
            "wrong labels, hard task": Task(MLP((40, 64, 64, 10)), waves, 0.1),
            "right labels": Task(NETWORK, images(0.0), 0.1),
        }
    )


def _kept(histories: Array, rule: EarlyStopping) -> NDArray[np.intp]:
    """Return the check of each run whose weights early stopping keeps, shape (seeds,)."""
    best = []
    for history in histories:
        state = rule.init()
        for check, value in enumerate(history):
            state = rule.update(state, check, value)
            if state.should_stop:
                break
        best.append(state.best_step)
    return np.array(best)


def _at(histories: Array, checks: NDArray[np.intp]) -> Array:
    """Return the value of each history at its own check, shape (seeds,)."""
    return np.take_along_axis(histories, checks[:, None], axis=1)[:, 0]


# --- C8.2: does a validation loss that gets worse speak against the learning rate?


@dataclass(frozen=True, eq=False)
class Turn:
    """Runs at one rate, and where their validation loss is lowest.

    Parameters
    ----------
    steps : ndarray of int, shape (checks,)
    train_loss, val_loss, val_accuracy : ndarray, shape (seeds, checks)
    """

    steps: NDArray[np.int64]
    train_loss: Array
    val_loss: Array
    val_accuracy: Array

    @property
    def check(self) -> NDArray[np.intp]:
        """The check with the lowest validation loss, shape (seeds,)."""
        return np.asarray(np.nanargmin(self.val_loss, axis=1))

    @property
    def step(self) -> NDArray[np.int64]:
        """The step of that check, shape (seeds,)."""
        return self.steps[self.check]

    def at(self, history: Array) -> Array:
        """Return a history's value at the turn, shape (seeds,)."""
        return _at(history, self.check)

    def worsens(self, until: float = np.inf) -> NDArray[np.bool_]:
        """Say which validation losses have risen by a certain step, shape (seeds,).

        A run that diverges has got worse, too.
        """
        seen = self.val_loss[:, self.steps <= until]
        return np.asarray(~(seen[:, -1] <= np.nanmin(seen, axis=1) + WORSE))


def turning(seed: int) -> pd.DataFrame:
    """Train on wrong labels at four rates, equally far, and see where validation gets worse."""
    data = cache(lambda seed: _mislabelled(digits(), 0.3, seed=seed))
    runs = {rate: _turn(data, rate, run_seeds(seed)) for rate in RATES}
    lower, higher = runs[0.01], runs[0.1]
    turns = np.log([np.maximum(run.step, 1) for run in runs.values()])
    cut = _turn(data, 0.1, run_seeds(seed), cut_at=higher.step)
    return pd.concat(
        [
            measurements("cured by a tenth of the rate", higher.worsens() & ~lower.worsens()),
            *(measurements(f"worsens at {rate}", run.worsens()) for rate, run in runs.items()),
            measurements("cured, same steps", higher.worsens() & ~lower.worsens(until=_steps(0.1))),
            compared(
                "training loss at the turn",
                lower.at(lower.train_loss),
                higher.at(higher.train_loss),
                by="ratio",
            ),
            measurements("steps to the turn", np.polyfit(np.log(RATES), turns, 1)[0]),
            compared(
                "accuracy at the turn",
                lower.at(lower.val_accuracy),
                higher.at(higher.val_accuracy),
            ),
            compared("accuracy at the end", lower.val_accuracy[:, -1], higher.val_accuracy[:, -1]),
            compared("cut at the turn", higher.val_accuracy[:, -1], cut.val_accuracy[:, -1]),
            compared(
                "stopped at the turn", cut.val_accuracy[:, -1], higher.at(higher.val_accuracy)
            ),
        ]
    )


def _turn(
    data: Callable[[int], Split],
    rate: float,
    seeds: Sequence[int],
    cut_at: NDArray[np.int64] | None = None,
) -> Turn:
    """Train at a rate, of which only a tenth is left from each run's own step `cut_at` on."""
    steps = _steps(rate)
    result = sweep(
        NETWORK,
        data,
        GradientDescent(),
        [rate],
        steps=steps,
        seeds=seeds,
        batch_size=BATCH_SIZE,
        schedule=None if cut_at is None else np.where(np.arange(steps)[:, None] < cut_at, 1, 0.1),
        checkpoints=_checkpoints(steps).tolist(),
        progress=False,
    )
    names = ("train_loss", "val_loss", "val_accuracy")
    return Turn(result.checkpoints, *(result.metrics[name] for name in names))


# --- C8.4: do cyclic learning rates escape local minima?

BALLS = 100  # a landscape
ROLLS = 2000  # steps of a ball
CYCLES = 4
BASE = 0.01  # of a cycle, as a share of its top


@dataclass(frozen=True)
class Top:
    """The highest rate of a roll, and the noise in it.

    Parameters
    ----------
    rate : float
        As a share of 2/λ at the sharpest minimum of the landscape.
    noise : float
        Deviation of the noise on every slope, as a share of the deviation of the slope itself.
    """

    rate: float
    noise: float


TOPS: Mapping[str, Top] = MappingProxyType(
    {
        "noise": Top(2.0, 1.0),
        "less noise": Top(2.0, 0.5),
        "no noise": Top(0.95, 0.0),
        "no noise, unstable": Top(2.0, 0.0),
    }
)


def cycles(seed: int) -> pd.DataFrame:
    """Let balls roll out of the valley of a local minimum, at rates that cycle and that do not."""
    roads = {
        "low": Constant(BASE),
        "cycles": Cyclic(BASE, 1.0, step_size_up=ROLLS // (2 * CYCLES)),
        "falls": LinearToZero(1.0, ROLLS),
        "high": Constant(1.0),
    }
    hills = [Fourier.random(rng=rng) for rng in generators(seed)]
    tables = []
    for stream, (name, top) in enumerate(TOPS.items(), start=1):
        pairs = zip(hills, generators(seed, stream), strict=True)
        rolled = [_escapes(curve, top, list(roads.values()), rng=rng) for curve, rng in pairs]
        ends, snapshots = (np.transpose(part) for part in zip(*rolled, strict=True))
        escaped = dict(zip(roads, ends, strict=True))
        tables.append(compared(f"cycles, {name}", escaped["low"], escaped["cycles"]))
        tables.append(compared(f"falls once, {name}", escaped["falls"], escaped["cycles"]))
        tables.append(compared(f"stays high, {name}", escaped["high"], escaped["cycles"]))
        best = dict(zip(roads, snapshots, strict=True))["cycles"]
        tables.append(compared(f"snapshots, {name}", escaped["falls"], best))
    return pd.concat(tables)


def _escapes(
    curve: Curve, top: Top, schedules: Sequence[Schedule], *, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return, for each schedule, the share of balls that escape to a deeper valley.

    All begin in a valley that is not the deepest. The first share is of balls that *end* deeper
    than they began; the second of balls that are deeper at the end of any one cycle, which is the
    best that snapshots can do. All schedules share the noise.
    """
    places = rng.uniform(0, Fourier.period, 100 * BALLS)
    starts = places[curve.basin(places) != curve.global_basin][:BALLS]
    depth = curve.loss(curve.minima())
    begun = depth[curve.basin(starts)]
    sharpest = curve.hessian(curve.minima()).max()
    rates = table(schedules, ROLLS) * top.rate * critical_learning_rate(sharpest)
    noise = top.noise * curve.gradient(places).std()
    points, rule = np.tile(starts, (len(schedules), 1)), GradientDescent()
    deeper = np.zeros((CYCLES, *points.shape), dtype=bool)
    for step in range(ROLLS):
        slope = curve.gradient(points) + noise * rng.normal(size=len(starts))
        points, _ = rule.step(points, slope, None, rates[step][:, None])
        if (step + 1) % (ROLLS // CYCLES) == 0:
            cycle = step // (ROLLS // CYCLES)
            deeper[cycle] = depth[curve.basin(points)] < begun
    return deeper[-1].mean(axis=1), deeper.any(axis=0).mean(axis=1)
