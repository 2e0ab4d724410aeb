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
from lrcourse.training._product import Product

LAYER_NORM_EPSILON = 1e-5  # as torch.nn.LayerNorm has it


@dataclass(frozen=True)
class Layer:
    """The products of one layer for batches of one size, and the arrays between them, made once.

    What a layer reads is what the one below it has written.
    """

    forward: Product  # weight and bias times what is below
    by_weight: Product  # delta times what is below
    by_below: Product  # delta times weight
    below: Values  # (seeds, variants, units, batch)
    slope: Values  # by what is below, the same shape
    positive: Values  # where what is below is
    above: Values  # with a row of ones if there is a bias: as a whole it is contiguous, and faster
    hidden: Values  # without that row


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
        slope = room(0)  # nobody asks for the gradient by the inputs
        for layer, (fan_in, units) in enumerate(itertools.pairwise(self.model.sizes)):
            inner = layer < self.model.layers - 1
            weight = self.params[f"weight{layer}"]
            above = room(units + bias if inner else units)
            hidden = above[:, :, :units]
            delta = room(units) if inner else hidden  # the loss writes over the outputs
            yield Layer(
                forward=Product.of(weight, below, hidden),
                by_weight=Product.of(delta, below.swapaxes(2, 3), self.grads[f"weight{layer}"]),
                by_below=Product.of(weight[..., : slope.shape[2]].swapaxes(2, 3), delta, slope),
                below=below[:, :, :fan_in],
                slope=slope,
                positive=np.empty(slope.shape, dtype=bool),
                above=above,
                hidden=hidden,
            )
            below, slope = above, delta

    def _forward(self, x: Values) -> tuple[Values, Any]:
        *inner, last = layers = self._layers(x.shape[1])
        layers[0].below[:, 0] = x.swapaxes(1, 2)
        norms: list[Any] = []  # of each inner layer, what it was divided by and what came out
        for layer in inner:
            layer.forward.compute()
            if self.model.layer_norm:
                norms.append((_normalise(layer.hidden), layer.hidden.copy()))
            if self.model.activation == "relu":
                self._rectify(layer.above)  # a row of ones stays one
            elif self.model.activation == "tanh":
                np.tanh(layer.hidden, out=layer.hidden)
        last.forward.compute()
        return last.hidden, (layers, norms)

    def _backward(self, delta: Values, tape: Any) -> None:
        layers, norms = tape
        assert delta is layers[-1].hidden  # whose products are views of it
        for layer in reversed(layers[1:]):
            layer.by_weight.compute()
            layer.by_below.compute()
            slope, below = layer.slope, layer.below
            if self.model.activation == "relu":
                slope *= np.greater(below, 0, out=layer.positive)
            elif self.model.activation == "tanh":
                slope *= 1 - below * below
            if norms:
                spread, normed = norms.pop()
                share = (slope * normed).mean(axis=2, keepdims=True)
                slope -= slope.mean(axis=2, keepdims=True)
                slope -= normed * share
                slope /= spread
        layers[0].by_weight.compute()


def _normalise(hidden: Values) -> Values:
    """Normalise over the units in place; return the deviations."""
    hidden -= hidden.mean(axis=2, keepdims=True)
    spread = np.sqrt((hidden * hidden).mean(axis=2, keepdims=True) + LAYER_NORM_EPSILON)
    hidden /= spread
    return np.asarray(spread)
