"""A small convolutional network for one-dimensional images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrcourse import _validate
from lrcourse.models._model import Model, Params

if TYPE_CHECKING:
    import torch

STRIDE = 2


@dataclass(frozen=True)
class ConvNet(Model):
    r"""Convolutions of stride 2 with ReLU, then one linear layer; cross entropy.

    Initial weights are normal with deviation :math:`g\sqrt{2/\text{fan-in}}`, and
    :math:`g\sqrt{1/\text{fan-in}}` in the last layer; initial biases are 0.

    Parameters
    ----------
    length : int
        Points of an image: the input columns.
    classes : int
    channels : int
        Channels after every convolution.
    kernels : tuple of int
        Width of each convolution, odd; the padding keeps the centre.
    gain : float
        The factor g on every initial weight, above 0.

    Raises
    ------
    TypeError, ValueError
        If a number is not a positive integer, a kernel is even, or `gain` is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> params = ConvNet().init(np.random.default_rng(0))
    >>> params["weight1"].shape, params["weight3"].shape  # as torch.nn.Conv1d and torch.nn.Linear
    ((12, 12, 5), (10, 60))
    """

    length: int = 40
    classes: int = 10
    channels: int = 12
    kernels: tuple[int, ...] = (5, 5, 3)
    gain: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "kernels", tuple(self.kernels))
        for name in ("length", "classes", "channels"):
            _validate.integer(name, getattr(self, name), minimum=1)
        for kernel in self.kernels:
            if _validate.integer("kernels", kernel, minimum=1) % 2 == 0:
                raise ValueError(f"kernels must be odd, got {self.kernels!r}")
        if not self.kernels:
            raise ValueError(f"kernels must name at least one width, got {self.kernels!r}")
        _validate.positive("gain", self.gain)

    @property
    def inputs(self) -> int:
        """Number of input columns: the length of an image."""
        return self.length

    @property
    def outputs(self) -> int:
        """Number of classes."""
        return self.classes

    def init(self, rng: np.random.Generator) -> Params:
        """Return initial values: ``weight0`` (channels, 1, kernel), ``bias0``, …, the last linear.

        Parameters
        ----------
        rng : numpy.random.Generator
            The source of all randomness.

        Returns
        -------
        dict of ndarray
        """
        rng = _validate.generator("rng", rng)
        params: Params = {}
        points, channels = self.length, 1
        for layer, kernel in enumerate(self.kernels):
            deviation = self.gain * (2 / (channels * kernel)) ** 0.5
            shape = (self.channels, channels, kernel)
            params[f"weight{layer}"] = deviation * rng.normal(size=shape)
            params[f"bias{layer}"] = np.zeros(self.channels)
            points, channels = -(-points // STRIDE), self.channels
        layer, fan_in = len(self.kernels), points * channels
        deviation = self.gain * (1 / fan_in) ** 0.5
        params[f"weight{layer}"] = deviation * rng.normal(size=(self.classes, fan_in))
        params[f"bias{layer}"] = np.zeros(self.classes)
        return params

    def forward(self, params: Mapping[str, torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
        """Return outputs of shape (n, classes) in torch, for inputs of shape (n, length)."""
        import torch
        import torch.nn.functional as F

        hidden = inputs[:, None, :]
        for layer, kernel in enumerate(self.kernels):
            weight, bias = params[f"weight{layer}"], params[f"bias{layer}"]
            hidden = F.conv1d(hidden, weight, bias, stride=STRIDE, padding=kernel // 2)
            hidden = torch.relu(hidden)
        last = len(self.kernels)
        return F.linear(hidden.flatten(1), params[f"weight{last}"], params[f"bias{last}"])
