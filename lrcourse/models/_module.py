"""A specification as an ordinary torch module. Imports torch, and so is imported late."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from lrcourse._validate import Array
    from lrcourse.models._model import Model


class Module(torch.nn.Module):
    """A model with weights of its own; the forward pass is the specification's."""

    def __init__(self, model: Model, params: Mapping[str, Array], dtype: str) -> None:
        super().__init__()
        self.model = model
        for name, value in params.items():
            weight = torch.tensor(value, dtype=getattr(torch, dtype))
            self.register_parameter(name, torch.nn.Parameter(weight))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return the outputs for inputs of shape (n, d)."""
        return self.model.forward(dict(self.named_parameters()), inputs)
