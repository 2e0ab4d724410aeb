"""The engine of the MLP family: forward and backward written out, in NumPy.

Activations are feature-major, (seeds, variants, units, batch). All variants of a seed see the same
batch, so that layer 0 is one large matrix product a seed, forward and backward.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.models import MLP
from lrcourse.training._block import MULTIPLE, Engine, Job, Rows
from lrcourse.training._rules import make_rule

LAYER_NORM_EPSILON = 1e-5  # as torch.nn.LayerNorm has it
CHUNK = 512  # rows evaluated at once


class DenseEngine(Engine):
    """The runs of a block as stacked weight matrices."""

    def __init__(self, job: Job) -> None:
        assert isinstance(job.model, MLP)
        self.model, self.job, self.dtype = job.model, job, np.dtype(job.dtype)
        seeds, self.real = job.shape
        self.variants = -(-self.real // MULTIPLE) * MULTIPLE
        self.runs = (seeds, self.variants)
        self.inputs = [rows.inputs for rows in job.train]
        self.targets = [rows.targets for rows in job.train]
        self.weight: list[NDArray[Any]] = []
        self.bias: list[NDArray[Any]] = []
        for layer in range(self.model.layers):
            self.weight.append(self._stack([p[f"weight{layer}"] for p in job.init]))
            if self.model.bias:
                self.bias.append(self._stack([p[f"bias{layer}"][:, None] for p in job.init]))
        params = [*self.weight, *self.bias]
        self.grads = [np.zeros_like(p) for p in params]
        self.rates = np.zeros(self.runs)
        self.slopes: dict[tuple[int, ...], NDArray[Any]] = {}
        self.units: dict[int, list[NDArray[Any]]] = {}  # room for activations, by batch size
        self.rule = make_rule(job.optimizer, self._pad(job.momenta), np, params, self._cast)

    def gradients(self, step: int) -> NDArray[Any]:
        rows = [batches[step] for batches in self.job.batches]
        x = np.stack([inputs[r] for inputs, r in zip(self.inputs, rows, strict=True)])
        y = np.stack([targets[r] for targets, r in zip(self.targets, rows, strict=True)])
        outputs, tape = self._forward(x)
        losses, delta = self._loss(outputs, y)
        self._backward(delta, x, tape)
        return losses[:, : self.real]

    def update(self, rates: Array) -> None:
        self.rates[:, : self.real] = rates
        self.rule.step(self.grads, self.rates)

    def forget(self, runs: NDArray[np.bool_]) -> None:
        self.rule.forget(self.grads, np.nonzero(runs))

    def evaluate(self, rows: Sequence[Rows]) -> tuple[NDArray[Any], NDArray[Any] | None]:
        classes = self.model.loss_name == "cross entropy"
        n = len(rows[0].targets)
        loss, correct = np.zeros(self.runs), np.zeros(self.runs)
        for start in range(0, n, CHUNK):
            part = slice(start, start + CHUNK)
            x = np.stack([r.inputs[part] for r in rows])
            y = np.stack([r.targets[part] for r in rows])
            outputs, _ = self._forward(x)
            if classes:
                correct += (outputs.argmax(axis=2) == y[:, None]).sum(axis=-1)
            loss += self._loss(outputs, y)[0].astype(np.float64) * y.shape[1]
        real = np.s_[:, : self.real]
        return (loss / n)[real], (correct / n)[real] if classes else None

    def weights(self) -> dict[str, NDArray[Any]]:
        out = {}
        for layer in range(self.model.layers):
            out[f"weight{layer}"] = self.weight[layer][:, : self.real].copy()
            if self.model.bias:
                out[f"bias{layer}"] = self.bias[layer][:, : self.real, :, 0].copy()
        return out

    def _forward(self, x: NDArray[Any]) -> tuple[NDArray[Any], list[Any]]:
        """Return outputs (seeds, variants, units, batch) for x (seeds, batch, d), and a tape."""
        hidden = x
        tape: list[Any] = []
        for layer, (weight, above) in enumerate(zip(self.weight, self._room(x), strict=True)):
            below, hidden = hidden, above
            if layer == 0:
                flat = weight.reshape(len(x), -1, x.shape[-1])
                out = hidden.reshape(len(x), -1, x.shape[1])
                np.matmul(flat, x.swapaxes(1, 2), out=out)
            else:
                np.matmul(weight, below, out=hidden)
            if self.model.bias:
                hidden += self.bias[layer]
            if layer == self.model.layers - 1:
                tape.append((below, None, None))
                break
            spread = _normalise(hidden) if self.model.layer_norm else None
            normed = hidden.copy() if spread is not None else None
            if self.model.activation == "relu":
                np.maximum(hidden, 0, out=hidden)
            elif self.model.activation == "tanh":
                np.tanh(hidden, out=hidden)
            tape.append((below, normed, spread))
        return hidden, tape

    def _room(self, x: NDArray[Any]) -> list[NDArray[Any]]:
        batch = x.shape[1]
        if batch not in self.units:
            widths = self.model.sizes[1:]
            self.units[batch] = [np.empty((*self.runs, u, batch), self.dtype) for u in widths]
        return self.units[batch]

    def _loss(self, outputs: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return losses (seeds, variants), and their gradient by the outputs, in their place."""
        batch = outputs.shape[-1]
        if self.model.loss_name == "squared error":
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

    def _backward(self, delta: NDArray[Any], x: NDArray[Any], tape: list[Any]) -> None:
        layers = self.model.layers
        for layer in reversed(range(layers)):
            below, _, _ = tape[layer]
            if self.model.bias:
                ones = np.ones((x.shape[1], 1), self.dtype)  # a product is faster than a sum
                np.matmul(delta, ones, out=self.grads[layers + layer])
            if layer == 0:
                flat = self.grads[0].reshape(len(x), -1, x.shape[-1])
                np.matmul(delta.reshape(len(x), -1, x.shape[1]), x, out=flat)
                return
            np.matmul(delta, below.swapaxes(2, 3), out=self.grads[layer])
            room = self.slopes.setdefault(below.shape, np.empty_like(below))
            delta = np.matmul(self.weight[layer].swapaxes(2, 3), delta, out=room)
            _, normed, spread = tape[layer - 1]
            if self.model.activation == "relu":
                delta *= below > 0
            elif self.model.activation == "tanh":
                delta *= 1 - below * below
            if normed is not None:
                share = (delta * normed).mean(axis=2, keepdims=True)
                delta -= delta.mean(axis=2, keepdims=True)
                delta -= normed * share
                delta /= spread

    def _cast(self, per_run: Array) -> NDArray[Any]:
        return per_run.astype(self.dtype)

    def _pad(self, per_run: Array) -> Array:
        return np.pad(per_run, [(0, 0), (0, self.variants - self.real)])

    def _stack(self, by_seed: list[Array]) -> NDArray[Any]:
        """Return every seed's initial value, the same for all its variants."""
        start = np.stack(by_seed)[:, None]
        return np.repeat(start, self.variants, axis=1).astype(self.dtype)


def _normalise(hidden: NDArray[Any]) -> NDArray[Any]:
    """Normalise over the units in place; return the deviations."""
    hidden -= hidden.mean(axis=2, keepdims=True)
    spread = np.sqrt((hidden * hidden).mean(axis=2, keepdims=True) + LAYER_NORM_EPSILON)
    hidden /= spread
    return np.asarray(spread)
