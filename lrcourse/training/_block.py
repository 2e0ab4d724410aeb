"""A block: some seeds times some variants (rate and momentum), trained as one program."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
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


def train(engine: Engine, job: Job, progress: Callable[[int], None]) -> Trained:
    """Train a block to the end; `progress` is told the run-steps done since its last call."""
    size = job.shape[0] * job.shape[1]
    out = Trained(
        loss=np.full((*job.shape, job.steps - job.start), np.nan),
        diverged_at=np.full(job.shape, -1, dtype=np.int64),
        metrics={n: np.full((*job.shape, len(job.checkpoints)), np.nan) for n in _metrics(job)},
    )
    alive, all_alive = np.ones(job.shape, dtype=bool), True
    frozen: dict[Any, dict[str, NDArray[Any]]] = {}
    limit = np.full(job.shape, np.inf)

    def freeze(runs: NDArray[np.bool_], at: NDArray[np.int64] | int) -> None:
        nonlocal alive, all_alive
        out.diverged_at[runs] = at
        alive, all_alive = alive & ~runs, False
        if job.keep_params:
            weights = engine.weights()
            for run in zip(*np.nonzero(runs), strict=True):
                frozen[run] = {name: value[run].copy() for name, value in weights.items()}
        engine.forget(runs)

    if job.past:
        engine.resume(job.past)
        limit = _limit(job.past.first_loss, job.diverged_above)
        if (gone := job.past.diverged_at >= 0).any():
            freeze(gone, job.past.diverged_at[gone])
    told, last = job.start, time.monotonic()
    for step in range(job.start, job.steps + 1):
        if step in job.checkpoints:
            _measure(engine, job, out, alive, job.checkpoints.index(step))
        if step == job.steps or not (all_alive or alive.any()):
            break
        losses = engine.gradients(step)
        if step == 0:
            limit = _limit(losses, job.diverged_above)
        out.loss[..., step - job.start] = losses if all_alive else np.where(alive, losses, np.nan)
        fine = losses <= limit
        if not fine.all() and (newly := alive & ~fine).any():
            freeze(newly, step)
        engine.update(job.rates[step] if all_alive else np.where(alive, job.rates[step], 0.0))
        if time.monotonic() - last > 0.1:
            progress((step + 1 - told) * size)
            told, last = step + 1, time.monotonic()
    if job.keep_params:
        out.params = engine.weights()
        engine.forget(~alive)  # what a diverged run gathered since is nobody's state
        out.slots = engine.slots()
        for run, weights in frozen.items():
            for name, value in weights.items():
                out.params[name][run] = value
    progress((job.steps - told) * size)
    return out


def _limit(losses: NDArray[Any], diverged_above: float) -> Array:
    if not np.isfinite(losses).all():
        raise ValueError(f"data must give a finite loss at step 0, got {losses.ravel()[0]}")
    return diverged_above * np.maximum(losses.astype(np.float64), np.finfo(np.float64).tiny)


def _metrics(job: Job) -> list[str]:
    kinds = ["loss", "accuracy"] if job.model.loss_name == "cross entropy" else ["loss"]
    return [f"{name}_{kind}" for name in job.judged_on for kind in kinds] if job.checkpoints else []


def _measure(
    engine: Engine, job: Job, out: Trained, alive: NDArray[np.bool_], checkpoint: int
) -> None:
    sets = {"train": job.train, "val": job.validation}
    for name in job.judged_on:
        rows = sets[name]
        assert rows is not None
        for kind, values in zip(("loss", "accuracy"), engine.evaluate(rows), strict=True):
            if values is not None:
                out.metrics[f"{name}_{kind}"][..., checkpoint] = np.where(alive, values, np.nan)
