"""What every trainable model is: a frozen specification, with initial values and a forward pass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.datasets import Dataset

if TYPE_CHECKING:
    import torch

Loss = Literal["cross entropy", "squared error"]
Params = dict[str, Array]


class Model(ABC):
    """A model as a value: its shape, its initial values, its forward pass; no weights.

    The weights are a dict of arrays, in the order and in the shapes of the layers of ``torch.nn``.
    Implemented by `MLP`, `ConvNet` and `Transformer`.
    """

    @property
    @abstractmethod
    def inputs(self) -> int:
        """Number of input columns."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Number of outputs, or of classes."""

    @property
    def loss_name(self) -> Loss:
        """The loss that is minimised, a mean over the examples."""
        return "cross entropy"

    @abstractmethod
    def init(self, rng: np.random.Generator) -> Params:
        """Return initial values, float64, by name; the same generator gives the same values."""

    @abstractmethod
    def forward(self, params: Mapping[str, torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
        """Return the outputs in torch, as a function of the weights; inputs of shape (n, d)."""

    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the mean loss in torch: ``F.cross_entropy`` or ``F.mse_loss``."""
        import torch.nn.functional as F

        if self.loss_name == "squared error":
            return ((outputs - targets.reshape(outputs.shape)) ** 2).mean()
        return F.cross_entropy(outputs.reshape(-1, self.outputs), targets.reshape(-1))

    def module(self, params: Mapping[str, Array], dtype: str = "float32") -> torch.nn.Module:
        """Return an ordinary ``torch.nn.Module`` with copies of these weights.

        Parameters
        ----------
        params : dict of ndarray
            From `init`, or trained.
        dtype : {"float32", "float64"}

        Returns
        -------
        torch.nn.Module
            Its ``forward`` takes inputs of shape (n, d).

        Raises
        ------
        ValueError
            If a weight is missing, superfluous or of another shape.
        """
        from lrcourse.models._module import Module

        expected = {k: v.shape for k, v in self.init(np.random.default_rng(0)).items()}
        received = {k: np.shape(v) for k, v in params.items()}
        if expected != received:
            raise ValueError(f"params must have the shapes {expected}, got {received}")
        return Module(self, params, dtype)

    def targets_of(self, data: Dataset) -> NDArray[Any]:
        """Return the targets as this model's loss takes them.

        Parameters
        ----------
        data : Dataset

        Returns
        -------
        ndarray
            Integer classes in the shape they came, or floats of shape (n, outputs).

        Raises
        ------
        ValueError
            If the data set does not fit the model.
        """
        if data.inputs.ndim != 2 or data.inputs.shape[1] != self.inputs:
            raise ValueError(
                f"data must have {self.inputs} input columns, got shape {data.inputs.shape}"
            )
        targets = np.asarray(data.targets)
        if self.loss_name == "squared error":
            if targets.size != len(targets) * self.outputs:
                raise ValueError(
                    f"data must have targets of shape (n, {self.outputs}), got {targets.shape}"
                )
            return np.asarray(targets.reshape(-1, self.outputs), dtype=np.float64)
        if targets.shape[1:] != self._target_shape():
            expected = ("n", *self._target_shape())
            raise ValueError(f"data must have targets of shape {expected}, got {targets.shape}")
        wrong = targets[(targets % 1 != 0) | (targets < 0) | (targets >= self.outputs)]
        if wrong.size:
            raise ValueError(
                f"data must have whole targets from 0 to {self.outputs - 1}, got {wrong[0]!r}"
            )
        return targets.astype(np.int64)

    def describe(self) -> dict[str, Any]:
        """Return the specification as plain values that JSON can hold."""
        return {"name": type(self).__name__, **asdict(self)}  # type: ignore[call-overload]

    def _target_shape(self) -> tuple[int, ...]:
        return ()
