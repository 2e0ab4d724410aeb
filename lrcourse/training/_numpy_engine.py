"""What the engines share whose backward pass is written out, in NumPy.

Activations are feature-major, (seeds, variants, units, batch). Every matrix product and every sum
has the shape of one run, so that a run is the same, bit for bit, whichever runs stand beside it.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.models._model import Params
from lrcourse.training._block import Engine, Job, Past, Rows
from lrcourse.training._rules import make_rule

CHUNK = 512  # rows evaluated at once

Values = NDArray[Any]


class NumpyEngine(Engine):
    """The runs of a block as stacked weights, (seeds, variants, ...)."""

    def __init__(self, job: Job) -> None:
        self.job, self.dtype = job, np.dtype(job.dtype)
        self.runs = job.shape
        packed = self._packed(job.init)
        self._shapes = {name: value.shape[2:] for name, value in packed.items()}
        # One row holds all weights of a run: the update rule takes few and long steps.
        rows = [value.reshape(*value.shape[:2], -1) for value in packed.values()]
        weights = np.empty((*self.runs, sum(row.shape[-1] for row in rows)), self.dtype)
        weights[...] = np.concatenate(rows, axis=-1)
        self.slopes = np.zeros_like(weights)
        self.params, self.grads = self._named(weights), self._named(self.slopes)
        # Where a probability is next to nothing, its products are denormal numbers, and processors
        # take a hundred times as long over these. The gradient has this least probability instead.
        self._hopeless = self.dtype.type(0.7 * math.log(np.finfo(self.dtype).tiny))
        self._rooms: dict[Any, Values] = {}
        self.rule = make_rule(job.optimizer, job.momenta, np, [weights], self._cast)

    def _packed(self, values: Params) -> Params:
        """Return a model's weights, (..., shape), as the engine keeps them in `params`."""
        return values

    @abstractmethod
    def _forward(self, x: Values) -> tuple[Values, Any]:
        """Return outputs (seeds, variants, units, batch) for x (seeds, batch, d), and a tape."""

    @abstractmethod
    def _backward(self, delta: Values, tape: Any) -> None:
        """Fill `grads`, from the gradient by the outputs; may overwrite it and the tape."""

    def gradients(self, step: int) -> Values:
        rows = [batches[step] for batches in self.job.batches]
        x, y = self._batch(self.job.train, rows)
        outputs, tape = self._forward(x)
        losses, delta = self._loss(outputs, y)
        self._backward(delta, tape)
        return losses

    def update(self, rates: Array) -> None:
        self.rule.step([self.slopes], rates)

    def forget(self, runs: NDArray[np.bool_]) -> None:
        self.rule.forget([self.slopes], np.nonzero(runs))

    def evaluate(self, rows: Sequence[Rows]) -> tuple[Values, Values | None]:
        n = len(rows[0].targets)
        loss, correct = np.zeros(self.runs), np.zeros(self.runs)
        for start in range(0, n, CHUNK):
            x, y = self._batch(rows, [slice(start, start + CHUNK)] * len(rows))
            outputs, _ = self._forward(x)
            if self._classes:
                correct += (outputs.argmax(axis=2) == y[:, None]).sum(axis=-1)
            loss += self._loss(outputs, y)[0].astype(np.float64) * y.shape[1]
        return loss / n, correct / n if self._classes else None

    def weights(self) -> dict[str, Values]:
        return {name: value.copy() for name, value in self.params.items()}

    def slots(self) -> dict[str, Values]:
        return {name: value.copy() for name, value in self.rule.slots().items()}

    def resume(self, past: Past) -> None:
        self.rule.resume(past.slots, past.steps)

    @property
    def _classes(self) -> bool:
        return self.job.model.loss_name == "cross entropy"

    def _batch(self, rows: Sequence[Rows], picks: Sequence[Any]) -> tuple[Values, Values]:
        """Return inputs and targets of every seed, (seeds, batch, ...)."""
        if len(rows) == 1:
            return rows[0].inputs[picks[0]][None], rows[0].targets[picks[0]][None]
        pairs = [(r.inputs[pick], r.targets[pick]) for r, pick in zip(rows, picks, strict=True)]
        x, y = zip(*pairs, strict=True)
        return np.stack(x), np.stack(y)

    def _loss(self, outputs: Values, y: Values) -> tuple[Values, Values]:
        """Return losses (seeds, variants), and their gradient by the outputs, in their place."""
        batch = outputs.shape[-1]
        if not self._classes:
            outputs -= y.swapaxes(1, 2)[:, None]
            size = batch * outputs.shape[2]
            losses = _dot(outputs, outputs) / size
            outputs *= 2 / size
            return losses, outputs
        hot = _shares(outputs.shape[2], batch, self.dtype).take(y, axis=1)
        hot = hot.swapaxes(0, 1)[:, None]  # (seeds, 1, classes, batch)
        outputs -= outputs.max(axis=2, keepdims=True)
        losses = -_dot(outputs, hot)
        np.maximum(outputs, self._hopeless, out=outputs)
        np.exp(outputs, out=outputs)
        total = outputs.sum(axis=2, keepdims=True)
        losses += np.log(total).sum(axis=(2, 3)) / batch
        total *= batch
        outputs /= total
        outputs -= hot
        return losses, outputs

    def _rectify(self, hidden: Values) -> None:
        """Apply ReLU in place; against an array of zeros NumPy is three times as fast."""
        np.maximum(hidden, _zeros(hidden.shape[2:], self.dtype), out=hidden)

    def _room(self, name: Any, *shape: int) -> Values:
        """Return the array of this name and shape, made once, of zeros; it is not cleared."""
        if (name, shape) not in self._rooms:
            self._rooms[name, shape] = np.zeros((*self.runs, *shape), self.dtype)
        return self._rooms[name, shape]

    def _cast(self, per_run: Array) -> Values:
        return per_run.astype(self.dtype)

    def _named(self, flat: Values) -> dict[str, Values]:
        """Return each weight's view, (seeds, variants, ...), of rows that hold all of them."""
        ends = np.cumsum([math.prod(shape) for shape in self._shapes.values()])
        parts = np.split(flat, ends[:-1], axis=-1)
        return {
            name: part.reshape(*self.runs, *shape)
            for (name, shape), part in zip(self._shapes.items(), parts, strict=True)
        }


@cache
def _zeros(shape: tuple[int, ...], dtype: Any) -> Values:
    return np.zeros(shape, dtype=dtype)


@cache
def _shares(classes: int, batch: int, dtype: Any) -> Values:
    """Return what an example of each class, a column, has in the mean over the batch."""
    return np.eye(classes, dtype=dtype) / batch


def _dot(a: Values, b: Values) -> Values:
    """Return the sums over units and batch of a product; `einsum` would sum in blocks of runs."""
    flat = (*a.shape[:2], 1, -1), (*b.shape[:2], -1, 1)
    return np.asarray(np.matmul(a.reshape(flat[0]), b.reshape(flat[1]))[..., 0, 0])
