"""The engine of the MLP family: forward and backward written out."""

from __future__ import annotations

from typing import Any

import numpy as np

from lrcourse.models import MLP
from lrcourse.training._block import Job
from lrcourse.training._numpy_engine import NumpyEngine, Values

LAYER_NORM_EPSILON = 1e-5  # as torch.nn.LayerNorm has it


class DenseEngine(NumpyEngine):
    """Layers of matrix products."""

    def __init__(self, job: Job) -> None:
        assert isinstance(job.model, MLP)
        self.model = job.model
        super().__init__(job)

    def _forward(self, x: Values) -> tuple[Values, Any]:
        hidden = x.swapaxes(1, 2)[:, None]
        tape: list[Any] = []
        for layer, units in enumerate(self.model.sizes[1:]):
            below, hidden = hidden, self._room(layer, units, x.shape[1])
            weight = self.params[f"weight{layer}"]
            np.matmul(weight, below, out=hidden)
            if self.model.bias:
                hidden += self.params[f"bias{layer}"][..., None]
            if layer == self.model.layers - 1:
                tape.append((below, None, None))
                break
            spread = _normalise(hidden) if self.model.layer_norm else None
            normed = hidden.copy() if spread is not None else None
            if self.model.activation == "relu":
                self._rectify(hidden)
            elif self.model.activation == "tanh":
                np.tanh(hidden, out=hidden)
            tape.append((below, normed, spread))
        return hidden, tape

    def _backward(self, delta: Values, tape: Any) -> None:
        for layer in reversed(range(self.model.layers)):
            below, _, _ = tape[layer]
            slope = self.grads[f"weight{layer}"]
            if self.model.bias:
                self._sum(delta, self.grads[f"bias{layer}"])
            np.matmul(delta, below.swapaxes(2, 3), out=slope)
            if layer == 0:
                return
            room = self._room(("slope", layer), *below.shape[2:])
            weight = self.params[f"weight{layer}"]
            delta = np.matmul(weight.swapaxes(2, 3), delta, out=room)
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


def _normalise(hidden: Values) -> Values:
    """Normalise over the units in place; return the deviations."""
    hidden -= hidden.mean(axis=2, keepdims=True)
    spread = np.sqrt((hidden * hidden).mean(axis=2, keepdims=True) + LAYER_NORM_EPSILON)
    hidden /= spread
    return np.asarray(spread)
