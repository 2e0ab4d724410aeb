"""A block: some seeds times some variants (rate and momentum), trained as one program."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.models import Model

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Examples as an engine takes them: inputs (n, d), targets as the loss takes them."""

    inputs: NDArray[Any]
    targets: NDArray[Any]


@dataclass(frozen=True)
class Past:
    """Where runs stand that go on: the steps they took, and what is known of them."""

    steps: int
    slots: dict[str, NDArray[Any]]  # the optimizer's state, (seeds, variants, ...)
    first_loss: Array  # before the first step, (seeds, variants)
    diverged_at: NDArray[np.int64]  # as in `Trained`


@dataclass(frozen=True)
class Job:
    """All that a block needs, and that another process can be sent.

    Rows and batches come by seed; rates have shape (steps, seeds, variants), momenta (seeds,
    variants). Initial weights have shape (seeds, variants, ...), or (seeds, 1, ...) if variants
    share them.
    """

    model: Model
    optimizer: Any
    train: Sequence[Rows]
    validation: Sequence[Rows] | None
    init: dict[str, NDArray[Any]]
    batches: Sequence[Indices]
    rates: Array
    momenta: Array
    checkpoints: tuple[int, ...]
    judged_on: tuple[str, ...]
    diverged_above: float
    dtype: str
    device: str | None
    keep_params: bool
    past: Past | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Number of seeds and of variants."""
        return self.rates.shape[1], self.rates.shape[2]

    @property
    def steps(self) -> int:
        """Number of steps."""
        return len(self.rates)

    @property
    def start(self) -> int:
        """Number of steps that were taken before."""
        return self.past.steps if self.past else 0


@dataclass
class Trained:
    """What came out of a block; the leading axes are seeds and variants."""

    loss: Array  # (seeds, variants, steps from the start on)
    diverged_at: NDArray[np.int64]  # (seeds, variants), -1 where it did not
    metrics: dict[str, Array] = field(default_factory=dict)  # (seeds, variants, checkpoints)
    # Both (seeds, variants, ...), and empty unless they are kept:
    params: dict[str, NDArray[Any]] = field(default_factory=dict)
    slots: dict[str, NDArray[Any]] = field(default_factory=dict)


class Engine(ABC):
    """Holds the weights of a block, computes their losses and gradients, and takes the steps."""

    @abstractmethod
    def gradients(self, step: int) -> NDArray[Any]:
        """Return the losses (seeds, variants) on this step's batch, and keep the gradients."""

    @abstractmethod
    def update(self, rates: Array) -> None:
        """Take one step along the gradients; rates have shape (seeds, variants)."""

    @abstractmethod
    def forget(self, runs: NDArray[np.bool_]) -> None:
        """Set weights, gradients and state of these runs to 0."""

    @abstractmethod
    def evaluate(self, rows: Sequence[Rows]) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """Return loss and accuracy (seeds, variants) on all of the rows of each seed."""

    @abstractmethod
    def weights(self) -> dict[str, NDArray[Any]]:
        """Return copies of the weights, (seeds, variants, ...), shaped as the model has them."""

    @abstractmethod
    def slots(self) -> dict[str, NDArray[Any]]:
        """Return copies of the optimizer's state, (seeds, variants, ...)."""

    @abstractmethod
    def resume(self, past: Past) -> None:
        """Give the optimizer the state that it had; the weights have theirs from the start."""


class Survivors:
    """Which runs of a block are still trained; those that diverge are frozen where they stand."""

    def __init__(self, engine: Engine, job: Job) -> None:
        self._engine, self._job = engine, job
        self._alive, self._all = np.ones(job.shape, dtype=bool), True
        self._frozen: dict[Any, dict[str, NDArray[Any]]] = {}
        self.diverged_at = np.full(job.shape, -1, dtype=np.int64)

    @property
    def any(self) -> bool:
        """Whether there are some."""
        return self._all or bool(self._alive.any())

    def only(self, values: NDArray[Any], otherwise: float = np.nan) -> NDArray[Any]:
        """Return values (seeds, variants), replaced where a run has diverged."""
        return values if self._all else np.where(self._alive, values, otherwise)

    def drop(self, runs: NDArray[np.bool_], at: NDArray[np.int64] | int) -> None:
        """Freeze those of these runs that had not diverged before; `at` is the step."""
        runs = self._alive & runs
        if not runs.any():
            return
        self.diverged_at = np.where(runs, at, self.diverged_at)
        self._alive, self._all = self._alive & ~runs, False
        if self._job.keep_params:
            weights = self._engine.weights()
            for run in zip(*np.nonzero(runs), strict=True):
                self._frozen[run] = {name: value[run].copy() for name, value in weights.items()}
        self._engine.forget(runs)

    def weights(self) -> dict[str, NDArray[Any]]:
        """Return the weights of all runs, of a diverged one those at which it diverged."""
        weights = self._engine.weights()
        for run, values in self._frozen.items():
            for name, value in values.items():
                weights[name][run] = value
        return weights

    def slots(self) -> dict[str, NDArray[Any]]:
        """Return the optimizer's state, 0 where a run has diverged."""
        self._engine.forget(~self._alive)
        return self._engine.slots()


def train(engine: Engine, job: Job, progress: Callable[[int], None]) -> Trained:
    """Train a block to the end; `progress` is told the run-steps done since its last call."""
    size = job.shape[0] * job.shape[1]
    runs = Survivors(engine, job)
    loss = np.full((*job.shape, job.steps - job.start), np.nan)
    metrics = {n: np.full((*job.shape, len(job.checkpoints)), np.nan) for n in _metrics(job)}
    limit = np.full(job.shape, np.inf)
    if job.past:
        engine.resume(job.past)
        limit = _limit(job.past.first_loss, job.diverged_above)
        runs.drop(job.past.diverged_at >= 0, job.past.diverged_at)
    told, last = job.start, time.monotonic()
    for step in range(job.start, job.steps + 1):
        if step in job.checkpoints:
            for name, values in _judged(engine, job):
                metrics[name][..., job.checkpoints.index(step)] = runs.only(values)
        if step == job.steps or not runs.any:
            break
        losses = engine.gradients(step)
        if step == 0:
            limit = _limit(losses, job.diverged_above)
        loss[..., step - job.start] = runs.only(losses)
        if not (fine := losses <= limit).all():
            runs.drop(~fine, step)
        engine.update(runs.only(job.rates[step], 0.0))
        if time.monotonic() - last > 0.1:
            progress((step + 1 - told) * size)
            told, last = step + 1, time.monotonic()
    progress((job.steps - told) * size)
    kept = (runs.weights(), runs.slots()) if job.keep_params else ({}, {})
    return Trained(loss, runs.diverged_at, metrics, *kept)


def _limit(losses: NDArray[Any], diverged_above: float) -> Array:
    if not np.isfinite(losses).all():
        raise ValueError(f"data must give a finite loss at step 0, got {losses.ravel()[0]}")
    return diverged_above * np.maximum(losses.astype(np.float64), np.finfo(np.float64).tiny)


def _metrics(job: Job) -> list[str]:
    kinds = ["loss", "accuracy"] if job.model.loss_name == "cross entropy" else ["loss"]
    return [f"{name}_{kind}" for name in job.judged_on for kind in kinds] if job.checkpoints else []


def _judged(engine: Engine, job: Job) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield each metric, (seeds, variants), of the data sets that the job names."""
    sets = {"train": job.train, "val": job.validation}
    for name in job.judged_on:
        rows = sets[name]
        assert rows is not None
        for kind, values in zip(("loss", "accuracy"), engine.evaluate(rows), strict=True):
            if values is not None:
                yield f"{name}_{kind}", values
