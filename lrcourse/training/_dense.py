"""The engine of the MLP family: forward and backward written out."""

from __future__ import annotations

from typing import Any

import numpy as np

from lrcourse.models import MLP
from lrcourse.models._model import Params
from lrcourse.training._block import Job
from lrcourse.training._numpy_engine import NumpyEngine, Values

LAYER_NORM_EPSILON = 1e-5  # as torch.nn.LayerNorm has it


class DenseEngine(NumpyEngine):
    """Layers of matrix products; a bias is one more column of its matrix, which meets a 1."""

    def __init__(self, job: Job) -> None:
        assert isinstance(job.model, MLP)
        self.model = job.model
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

    def _forward(self, x: Values) -> tuple[Values, Any]:
        batch, last = x.shape[1], self.model.layers - 1
        below = np.empty((len(x), 1, x.shape[2] + self.model.bias, batch), self.dtype)
        below[:, 0, : x.shape[2]], below[:, 0, x.shape[2] :] = x.swapaxes(1, 2), 1
        tape: list[Any] = []
        for layer, units in enumerate(self.model.sizes[1:]):
            rows = units + self.model.bias if layer < last else units
            room = self._room(layer, rows, batch, filled=1)
            hidden = room[:, :, :units]
            np.matmul(self.params[f"weight{layer}"], below, out=hidden)
            if layer == last:
                tape.append((below, None, None))
                break
            spread = _normalise(hidden) if self.model.layer_norm else None
            normed = hidden.copy() if spread is not None else None
            if self.model.activation == "relu":
                self._rectify(room)  # its last row stays 1; as a whole it is contiguous, and faster
            elif self.model.activation == "tanh":
                np.tanh(hidden, out=hidden)
            tape.append((below, normed, spread))
            below = room
        return hidden, tape

    def _backward(self, delta: Values, tape: Any) -> None:
        for layer in reversed(range(self.model.layers)):
            below, _, _ = tape[layer]
            np.matmul(delta, below.swapaxes(2, 3), out=self.grads[f"weight{layer}"])
            if layer == 0:
                return
            room = self._room(("slope", layer), *below.shape[2:])
            np.matmul(self.params[f"weight{layer}"].swapaxes(2, 3), delta, out=room)
            if self.model.activation == "relu":
                room *= below > 0
            elif self.model.activation == "tanh":
                room *= 1 - below * below
            delta = room[:, :, : self.model.sizes[layer]]
            _, normed, spread = tape[layer - 1]
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
