"""What the engines share whose backward pass is written out, in NumPy.

Activations are feature-major, (seeds, variants, units, batch). All variants of a seed see the same
batch, so that layer 0 is one large matrix product a seed, forward and backward.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.training._block import MULTIPLE, Engine, Job, Rows
from lrcourse.training._rules import make_rule

CHUNK = 512  # rows evaluated at once

Values = NDArray[Any]


class NumpyEngine(Engine):
    """The runs of a block as stacked weights, (seeds, variants, ...)."""

    def __init__(self, job: Job) -> None:
        self.job, self.dtype = job, np.dtype(job.dtype)
        seeds, self.real = job.shape
        self.variants = -(-self.real // MULTIPLE) * MULTIPLE
        self.runs = (seeds, self.variants)
        self.params = {name: self._stack([p[name] for p in job.init]) for name in job.init[0]}
        self.grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        self.slopes = list(self.grads.values())
        self.rates = np.zeros(self.runs)
        self._rooms: dict[Any, Values] = {}
        momenta = np.pad(job.momenta, [(0, 0), (0, self.variants - self.real)])
        self.rule = make_rule(job.optimizer, momenta, np, list(self.params.values()), self._cast)

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
        return losses[:, : self.real]

    def update(self, rates: Array) -> None:
        self.rates[:, : self.real] = rates
        self.rule.step(self.slopes, self.rates)

    def forget(self, runs: NDArray[np.bool_]) -> None:
        self.rule.forget(self.slopes, np.nonzero(runs))

    def evaluate(self, rows: Sequence[Rows]) -> tuple[Values, Values | None]:
        n = len(rows[0].targets)
        loss, correct = np.zeros(self.runs), np.zeros(self.runs)
        for start in range(0, n, CHUNK):
            x, y = self._batch(rows, [slice(start, start + CHUNK)] * len(rows))
            outputs, _ = self._forward(x)
            if self._classes:
                correct += (outputs.argmax(axis=2) == y[:, None]).sum(axis=-1)
            loss += self._loss(outputs, y)[0].astype(np.float64) * y.shape[1]
        real = np.s_[:, : self.real]
        return (loss / n)[real], (correct / n)[real] if self._classes else None

    def weights(self) -> dict[str, Values]:
        return {name: value[:, : self.real].copy() for name, value in self.params.items()}

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
            losses = np.einsum("svub,svub->sv", outputs, outputs) / size
            outputs *= 2 / size
            return losses, outputs
        hot = (y[:, None] == np.arange(outputs.shape[2])[:, None]).astype(self.dtype)
        outputs -= outputs.max(axis=2, keepdims=True)
        losses = -np.einsum("svub,sub->sv", outputs, hot)
        np.exp(outputs, out=outputs)
        total = outputs.sum(axis=2, keepdims=True)
        losses += np.log(total).sum(axis=(2, 3))
        total *= batch
        outputs /= total
        hot /= batch
        outputs -= hot[:, None]
        return losses / batch, outputs

    def _shared_product(self, weight: Values, x: Values, out: Values) -> None:
        """Multiply every variant's `weight` with the `x` of its seed, (seeds, d, batch)."""
        flat = (weight.shape[0], -1)
        np.matmul(weight.reshape(*flat, x.shape[1]), x, out=out.reshape(*flat, x.shape[2]))

    def _shared_slope(self, delta: Values, x: Values, out: Values) -> None:
        """Multiply every variant's `delta` with the transposed `x` of its seed."""
        flat = (delta.shape[0], -1)
        product = delta.reshape(*flat, x.shape[2])
        np.matmul(product, x.swapaxes(1, 2), out=out.reshape(*flat, x.shape[1]))

    def _sum(self, delta: Values, out: Values) -> None:
        """Sum over the batch; a product is faster than a sum."""
        np.matmul(delta, np.ones((delta.shape[-1], 1), self.dtype), out=out[..., None])

    def _rectify(self, hidden: Values) -> None:
        """Apply ReLU in place; against an array of zeros NumPy is three times as fast."""
        np.maximum(hidden, self._room("zeros", *hidden.shape[2:]), out=hidden)

    def _room(self, name: Any, *shape: int) -> Values:
        """Return the array of this name and shape, made once, for every run; it is not cleared."""
        if (name, shape) not in self._rooms:
            self._rooms[name, shape] = np.zeros((*self.runs, *shape), self.dtype)
        return self._rooms[name, shape]

    def _cast(self, per_run: Array) -> Values:
        return per_run.astype(self.dtype)

    def _stack(self, by_seed: list[Array]) -> Values:
        """Return every seed's initial value, the same for all its variants."""
        start = np.stack(by_seed)[:, None]
        return np.repeat(start, self.variants, axis=1).astype(self.dtype)
