"""The engine of the ConvNet: a convolution is a matrix product over its windows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lrcourse.models import ConvNet
from lrcourse.models._convnet import STRIDE
from lrcourse.training._block import Job
from lrcourse.training._numpy_engine import NumpyEngine, Values


class ConvolutionalEngine(NumpyEngine):
    """Convolutions, (seeds, variants, channels, points, batch), then one dense layer."""

    def __init__(self, job: Job) -> None:
        assert isinstance(job.model, ConvNet)
        self.model = job.model
        self.last = len(self.model.kernels)
        super().__init__(job)

    def _forward(self, x: Values) -> tuple[Values, Any]:
        batch, channels = x.shape[1], self.model.channels
        hidden = x.swapaxes(1, 2)[:, None, None]
        tape: list[Any] = []
        for layer, kernel in enumerate(self.model.kernels):
            below, points = hidden, -(-hidden.shape[-2] // STRIDE)
            shape = (kernel, points, batch)
            if layer == 0:  # the same for every variant
                windows = np.zeros((*below.shape[:-2], *shape), self.dtype)
            else:
                windows = self._room(("windows", layer), channels, *shape)
            for tap, seen, at in _taps(kernel, below.shape[-2]):
                windows[..., tap, at, :] = below[..., seen, :]
            flat = windows.reshape(*windows.shape[:-4], -1, points * batch)
            hidden = self._room(layer, channels, points, batch)
            room = hidden.reshape(*self.runs, channels, -1)
            weight = self.params[f"weight{layer}"].reshape(*self.runs, channels, -1)
            np.matmul(weight, flat, out=room)
            room += self.params[f"bias{layer}"][..., None]
            self._rectify(room)
            tape.append((below, windows, flat))
        top = hidden.reshape(*self.runs, -1, batch)
        outputs = self._room(self.last, self.model.classes, batch)
        np.matmul(self.params[f"weight{self.last}"], top, out=outputs)
        outputs += self.params[f"bias{self.last}"][..., None]
        tape.append((hidden, None, top))
        return outputs, tape

    def _backward(self, delta: Values, tape: Any) -> None:
        hidden, _, top = tape[self.last]
        _sum(delta, out=self.grads[f"bias{self.last}"])
        np.matmul(delta, top.swapaxes(2, 3), out=self.grads[f"weight{self.last}"])
        slope = self._room(("slope", self.last), *top.shape[2:])
        np.matmul(self.params[f"weight{self.last}"].swapaxes(2, 3), delta, out=slope)
        for layer in reversed(range(self.last)):
            slope = slope.reshape(hidden.shape)
            slope *= hidden > 0
            delta = slope.reshape(*self.runs, self.model.channels, -1)
            hidden, windows, flat = tape[layer]
            _sum(delta, out=self.grads[f"bias{layer}"])
            out = self.grads[f"weight{layer}"].reshape(*self.runs, self.model.channels, -1)
            np.matmul(delta, flat.swapaxes(2, 3), out=out)
            if layer == 0:
                return
            weight = self.params[f"weight{layer}"].reshape(out.shape)
            by_window = self._room(("by window", layer), *windows.shape[2:])
            np.matmul(weight.swapaxes(2, 3), delta, out=by_window.reshape(flat.shape))
            slope = self._room(("slope", layer), *hidden.shape[2:])
            slope[...] = 0
            for tap, seen, at in _taps(self.model.kernels[layer], hidden.shape[-2]):
                slope[..., seen, :] += by_window[..., tap, at, :]


def _sum(delta: Values, *, out: Values) -> None:
    """Sum over points and batch; a product is faster than a sum."""
    np.matmul(delta, np.ones((delta.shape[-1], 1), delta.dtype), out=out[..., None])


def _taps(kernel: int, points: int) -> Iterator[tuple[int, slice, slice]]:
    """Yield each weight of a kernel with the points it sees, and the windows that it sees them in.

    A window's other points are padding.
    """
    for tap in range(kernel):
        shift = tap - kernel // 2  # window i sees the point STRIDE * i + shift
        first = max(0, -(shift // STRIDE))
        last = min((points - 1 - shift) // STRIDE, -(-points // STRIDE) - 1)
        start = STRIDE * first + shift
        yield tap, slice(start, STRIDE * last + shift + 1, STRIDE), slice(first, last + 1)
