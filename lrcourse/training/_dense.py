"""The engine of the MLP family: forward and backward written out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrcourse.models import MLP
from lrcourse.models._model import Params
from lrcourse.training._block import Job
from lrcourse.training._numpy_engine import NumpyEngine, Values

LAYER_NORM_EPSILON = 1e-5  # as torch.nn.LayerNorm has it


@dataclass(frozen=True)
class Layer:
    """The arrays of one layer for batches of one size, and the views of them, made once.

    What a layer reads is what the one below it has written.
    """

    weight: Values
    weight_turned: Values
    grad: Values
    below: Values  # (seeds, variants, units, batch), with a row of ones if there is a bias
    below_turned: Values
    positive: Values  # where `below` is
    hidden: Values  # without that row
    room: Values  # `hidden` with it: as a whole it is contiguous, and faster
    slope: Values  # by what is below
    delta: Values  # the same without the row of ones


class DenseEngine(NumpyEngine):
    """Layers of matrix products; a bias is one more column of its matrix, which meets a 1."""

    def __init__(self, job: Job) -> None:
        assert isinstance(job.model, MLP)
        self.model = job.model
        self._by_batch: dict[int, list[Layer]] = {}
        super().__init__(job)

    def _packed(self, values: Params) -> Params:
        if not self.model.bias:
            return values
        pairs = [(values[f"weight{n}"], values[f"bias{n}"]) for n in range(self.model.layers)]
        return {
            f"weight{n}": np.concatenate([weight, bias[..., None]], axis=-1)
            for n, (weight, bias) in enumerate(pairs)
        }

    def weights(self) -> dict[str, Values]:
        named = {}
        for layer, fan_in in enumerate(self.model.sizes[:-1]):
            matrix = self.params[f"weight{layer}"].copy()
            named[f"weight{layer}"] = matrix[..., :fan_in]
            if self.model.bias:
                named[f"bias{layer}"] = matrix[..., fan_in]
        return named

    def _layers(self, batch: int) -> list[Layer]:
        if batch not in self._by_batch:
            self._by_batch[batch] = list(self._make_layers(batch))
        return self._by_batch[batch]

    def _make_layers(self, batch: int) -> Iterator[Layer]:
        seeds, variants = self.runs
        bias = int(self.model.bias)

        def room(units: int, *, runs: int = variants) -> Values:
            return np.ones((seeds, runs, units, batch), self.dtype)

        below = room(self.model.sizes[0] + bias, runs=1)
        for layer, (fan_in, units) in enumerate(itertools.pairwise(self.model.sizes)):
            weight = self.params[f"weight{layer}"]
            above = room(units + bias if layer < self.model.layers - 1 else units)
            slope = np.empty((seeds, variants, *below.shape[2:]), self.dtype)
            yield Layer(
                weight=weight,
                weight_turned=weight.swapaxes(2, 3),
                grad=self.grads[f"weight{layer}"],
                below=below,
                below_turned=below.swapaxes(2, 3),
                positive=np.empty(slope.shape, dtype=bool),
                hidden=above[:, :, :units],
                room=above,
                slope=slope,
                delta=slope[:, :, :fan_in],
            )
            below = above

    def _forward(self, x: Values) -> tuple[Values, Any]:
        *inner, last = layers = self._layers(x.shape[1])
        layers[0].below[:, 0, : x.shape[2]] = x.swapaxes(1, 2)
        norms: list[Any] = []  # of each inner layer, what it was divided by and what came out
        for layer in inner:
            np.matmul(layer.weight, layer.below, out=layer.hidden)
            if self.model.layer_norm:
                norms.append((_normalise(layer.hidden), layer.hidden.copy()))
            if self.model.activation == "relu":
                self._rectify(layer.room)  # a row of ones stays one
            elif self.model.activation == "tanh":
                np.tanh(layer.hidden, out=layer.hidden)
        np.matmul(last.weight, last.below, out=last.hidden)
        return last.hidden, (layers, norms)

    def _backward(self, delta: Values, tape: Any) -> None:
        (first, *others), norms = tape
        for layer in reversed(others):
            np.matmul(delta, layer.below_turned, out=layer.grad)
            np.matmul(layer.weight_turned, delta, out=layer.slope)
            slope, below = layer.slope, layer.below
            if self.model.activation == "relu":
                slope *= np.greater(below, 0, out=layer.positive)
            elif self.model.activation == "tanh":
                slope *= 1 - below * below
            delta = layer.delta
            if norms:
                spread, normed = norms.pop()
                share = (delta * normed).mean(axis=2, keepdims=True)
                delta -= delta.mean(axis=2, keepdims=True)
                delta -= normed * share
                delta /= spread
        np.matmul(delta, first.below_turned, out=first.grad)


def _normalise(hidden: Values) -> Values:
    """Normalise over the units in place; return the deviations."""
    hidden -= hidden.mean(axis=2, keepdims=True)
    spread = np.sqrt((hidden * hidden).mean(axis=2, keepdims=True) + LAYER_NORM_EPSILON)
    hidden /= spread
    return np.asarray(spread)
