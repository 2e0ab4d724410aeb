"""The trials of chapter 10, "Warm-up": starts that need one, and starts that do not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.claims.trials._tables import compared, measurements, run_seeds
from lrcourse.datasets import Dataset, Split, reversal, wave1d
from lrcourse.models import MLP, Model, Transformer
from lrcourse.monitoring import sharpness
from lrcourse.optimizers import Adam, GradientDescent
from lrcourse.schedules import LinearToZero, LinearWarmup, Schedule, table, warmup
from lrcourse.training import streams, sweep

STEPS = 500
TRANSFORMER_STEPS = 200
TRANSFORMERS = 10  # replicates: they are slow
TUNING = 8  # seeds on which a peak is chosen; judged on others
WARMUP = 0.1  # of all steps
LAST = 20  # steps over which the loss at the end is a mean
IMAGES = 3000
CURVATURE_IMAGES = 200

PLAIN = GradientDescent()
SHALLOW = MLP((40, 64, 64, 10))
DEEP = MLP((40, *[48] * 8, 10))
HOT = MLP(DEEP.sizes, gain=1.4)  # every initial weight 40 % too large


# --- C2.4: is it best to start slowly and to increase the learning rate?


@dataclass(frozen=True)
class Contest:
    """Schedules on one network, each at the peak that suits it.

    Parameters
    ----------
    model : MLP
    batch_size : int
    peaks : tuple of float
        Rising; the grid on which each schedule is tuned.
    data : callable
        Maps a seed to rows to train on and rows to judge by.
    """

    model: MLP
    batch_size: int
    peaks: tuple[float, ...]
    data: Callable[[int], Split]

    def best_peaks(self, schedules: Sequence[Schedule], seeds: list[int]) -> NDArray[np.intp]:
        """Return which peak gives each schedule the best mean accuracy over some seeds."""
        shape = len(schedules), len(self.peaks)
        every_schedule = [schedule for schedule in schedules for _ in self.peaks]
        every_peak = np.tile(self.peaks, len(schedules))
        accuracy = self.accuracies(every_schedule, every_peak, seeds).mean(axis=1)
        return np.asarray(accuracy.reshape(shape).argmax(axis=1))

    def accuracies(self, schedules: Sequence[Schedule], peaks: Array, seeds: list[int]) -> Array:
        """Return the accuracy at the end of each schedule at its peak, shape (schedules, seeds).

        A run that diverged is as good as guessing.
        """
        result = sweep(
            self.model,
            self.data,
            PLAIN,
            peaks,
            steps=STEPS,
            seeds=seeds,
            batch_size=self.batch_size,
            schedule=np.repeat(table(schedules, STEPS), len(seeds), axis=1),
            progress=False,
        )
        accuracy = result.metrics["val_accuracy"].reshape(len(peaks), len(seeds))
        return np.nan_to_num(accuracy, nan=1 / self.model.outputs)


def slow_starts(seed: int) -> pd.DataFrame:
    """Let the rate fall from the start, rise before it falls, or rise all the way.

    Each at the peak that suits it, found on other seeds.
    """
    data = cache(_images)
    contests = {
        "hot start": Contest(HOT, 32, (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64), data),
        "deep network": Contest(DEEP, 32, (0.05, 0.1, 0.2, 0.4, 0.8), data),
        "shallow network": Contest(SHALLOW, 16, (0.075, 0.15, 0.3, 0.6, 1.2), data),
    }
    schedules = (_falling(STEPS), _warmed_up(STEPS), LinearWarmup(1.0, STEPS, start=1 / STEPS))
    tables = []
    for name, contest in contests.items():
        best = contest.best_peaks(schedules, run_seeds(seed, stream=1, replicates=TUNING))
        peaks = np.asarray(contest.peaks)[best]
        at_edge = np.isin(best, (0, len(contest.peaks) - 1))
        accuracy = contest.accuracies(schedules, peaks, run_seeds(seed))
        for contrast, control, treated in (
            (f"warm-up, {name}", 0, 1),
            (f"rising all the way, {name}", 1, 2),
        ):
            tables.append(
                compared(
                    contrast,
                    accuracy[control],
                    accuracy[treated],
                    peak_of_control=peaks[control],
                    peak_of_treated=peaks[treated],
                    at_edge=at_edge[control] or at_edge[treated],
                )
            )
    return pd.concat(tables)


def _falling(steps: int) -> Schedule:
    return LinearToZero(1.0, steps)


def _warmed_up(steps: int) -> Schedule:
    """Return the same straight line down after a warm-up, whose first step is not at rate 0."""
    rising = round(WARMUP * steps)
    return warmup(LinearToZero(1.0, steps - rising), rising, start=1 / rising)


def _images(seed: int) -> Split:
    return wave1d(IMAGES, seed=seed).split(1 / 3, rng=np.random.default_rng(seed))


# --- C8.3: does a warm-up stabilise the start?


@dataclass(frozen=True)
class Start:
    """A start at one peak, to be made with a warm-up and without.

    Parameters
    ----------
    model : Model
    peak : float
    optimizer : Optimizer
    data : callable
        Maps a seed to the training set.
    steps, batch_size : int
    replicates : int, optional
    """

    model: Model
    peak: float
    optimizer: Any
    data: Callable[[int], Dataset]
    steps: int
    batch_size: int
    replicates: int | None = None

    def final_losses(self, seeds: list[int]) -> Array:
        """Return the loss at the end, without and with a warm-up, shape (2, seeds).

        It is capped at that of guessing, which is also what a diverged run gets.
        """
        schedules = table([_falling(self.steps), _warmed_up(self.steps)], self.steps)
        result = sweep(
            self.model,
            self.data,
            self.optimizer,
            [self.peak, self.peak],
            steps=self.steps,
            seeds=seeds,
            batch_size=self.batch_size,
            schedule=np.repeat(schedules, len(seeds), axis=1),
            checkpoints=[],
            progress=False,
        )
        guessing = np.log(self.model.outputs)
        final = result.loss[:, -LAST:].mean(axis=1).reshape(2, len(seeds))
        return np.asarray(np.minimum(np.nan_to_num(final, nan=guessing), guessing))


def stable_starts(seed: int) -> pd.DataFrame:
    """Train with a warm-up and without, at the same peak and on the same batches."""
    tables = []
    for name, start in _starts().items():
        seeds = run_seeds(seed, replicates=start.replicates)
        without, warmed_up = start.final_losses(seeds)
        tables.append(compared(name, warmed_up, without))  # what the warm-up saves
        if start.optimizer is PLAIN:  # Adam's limit is not 2 / λ
            curvature = np.array([_curvature_at_start(start.model, one) for one in seeds])
            product = start.peak * curvature
            tables.append(measurements(f"product, {name}", product, curvature=curvature))
    return pd.concat(tables)


def _starts() -> Mapping[str, Start]:
    images = cache(lambda seed: _images(seed).train)

    def network(model: MLP, peak: float, optimizer: Any = PLAIN) -> Start:
        return Start(model, peak, optimizer, images, STEPS, 32)

    def transformer(*, pre_norm: bool) -> Start:
        model = Transformer(12, 8, width=24, heads=4, depth=3, pre_norm=pre_norm)

        def sequences(seed: int) -> Dataset:
            return reversal(16 * TRANSFORMER_STEPS, seed=seed, vocabulary=model.vocabulary)

        return Start(model, 0.02, Adam(), sequences, TRANSFORMER_STEPS, 16, TRANSFORMERS)

    return MappingProxyType(
        {
            "transformer, norm after": transformer(pre_norm=False),
            "transformer, norm before": transformer(pre_norm=True),
            "hot start": network(HOT, 0.2),
            "hot start, small peak": network(HOT, 0.002),
            "deep network": network(DEEP, 0.2),
            "shallow network": network(SHALLOW, 0.6),
            "shallow network, Adam": network(SHALLOW, 0.01, Adam()),
        }
    )


@cache
def _curvature_at_start(model: Model, seed: int) -> float:
    """Return the largest curvature of the loss on some images before the first step."""
    import torch

    module = model.module(model.init(streams(seed).init))
    images = wave1d(CURVATURE_IMAGES, seed=seed)
    inputs = torch.tensor(images.inputs, dtype=torch.float32)
    targets = torch.tensor(model.targets_of(images))
    return sharpness(
        lambda: model.loss(module(inputs), targets), module.parameters(), tolerance=0.01
    )
