"""Batches in, losses out, with errors that say whose fault it was."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

Loss = Callable[[Any, Any], Any]


def rewindable(name: str, batches: Any) -> None:
    """Raise unless `batches` can be read again from the start: a list or a loader."""
    if isinstance(batches, Iterator) or not isinstance(batches, Iterable):
        raise TypeError(
            f"{name} must be a list of batches or a loader, to be read again, got {batches!r}"
        )
    if isinstance(batches, Sized) and len(batches) == 0:
        raise ValueError(f"{name} must hold at least one batch, got {batches!r}")


def endless(name: str, batches: Iterable[Any]) -> Generator[Any, None, None]:
    """Yield batches for ever, pass after pass; raise if a pass has none."""
    while True:
        empty = True
        for batch in batches:
            empty = False
            yield batch
        if empty:
            raise ValueError(f"{name} must hold at least one batch, got {batches!r}")


def trainable(model: Any) -> torch.device:
    """Return the device of `model`; raise unless it is a module with something to train."""
    import torch

    if not isinstance(model, torch.nn.Module):
        raise TypeError(f"model must be a torch.nn.Module, got {model!r}")
    parameters = list(model.parameters())
    if any(torch.nn.parameter.is_lazy(p) for p in parameters):
        raise ValueError(f"model must be initialised: pass it one batch first, got {model!r}")
    if not any(p.requires_grad for p in parameters):
        raise ValueError(f"model must have parameters that require gradients, got {model!r}")
    return parameters[0].device


class Objective:
    """A model and its loss, as one function of a batch.

    Parameters
    ----------
    model : torch.nn.Module
    loss : callable
    """

    def __init__(self, model: torch.nn.Module, loss: Loss) -> None:
        if not callable(loss):
            raise TypeError(f"loss must be callable, got {loss!r}")
        self.device = trainable(model)
        self.model = model
        self._loss = loss
        self._seen = False

    def __call__(self, batch: Any) -> torch.Tensor:
        """Return the loss of one batch, a tensor of one number; of the first, check the shapes."""
        import torch

        if not isinstance(batch, tuple | list) or len(batch) != 2:
            raise TypeError(f"batches must hold pairs (inputs, targets), got {_kind(batch)}")
        inputs, targets = _to(batch[0], self.device), _to(batch[1], self.device)
        if isinstance(inputs, dict):
            outputs = self.model(**inputs)
        elif isinstance(inputs, tuple | list):
            outputs = self.model(*inputs)
        else:
            outputs = self.model(inputs)
        value = (self._loss if self._seen else self._checked)(outputs, targets)
        if not isinstance(value, torch.Tensor) or value.numel() != 1:
            raise TypeError(f"loss must return a tensor of one number, got {_kind(value)}")
        self._seen = True
        return value.reshape(())

    def step(self, stream: Iterator[Any], optimizer: torch.optim.Optimizer, batches: int) -> float:
        """Take one step on the mean of some batches; return their mean loss before it.

        With a loss that is not finite, no step is taken.
        """
        optimizer.zero_grad()
        total = 0.0
        for _ in range(batches):
            value = self(next(stream))
            total += float(value.detach()) / batches
            if not math.isfinite(total):
                return total
            (value / batches).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return total

    def held_out(self, batches: Iterable[Any]) -> float:
        """Return the mean loss an example in eval mode; each submodule's mode is kept."""
        import torch

        modes = [(part, part.training) for part in self.model.modules()]
        self.model.eval()
        total = count = 0.0
        try:
            with torch.no_grad():
                for batch in batches:
                    weight = len(batch[1])
                    total += weight * float(self(batch))
                    count += weight
        finally:
            for part, mode in modes:
                part.training = mode
        if count == 0:
            raise ValueError(f"held_out must hold at least one batch, got {batches!r}")
        return total / count

    def _checked(self, outputs: Any, targets: Any) -> Any:
        """Return the loss; where shapes do not fit, also by silent broadcasting, say so."""
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Using a target size")
            try:
                return self._loss(outputs, targets)
            except (RuntimeError, ValueError, IndexError, UserWarning) as error:
                raise ValueError(
                    f"targets must fit the outputs and the loss: got targets {_kind(targets)} "
                    f"for outputs {_kind(outputs)}: {error}"
                ) from error


def _to(value: Any, device: torch.device) -> Any:
    import torch

    if isinstance(value, torch.Tensor):
        return value.to(device)
    if isinstance(value, dict):
        return {key: _to(item, device) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_to(item, device) for item in value)
    return value


def _kind(value: Any) -> str:
    import torch

    if isinstance(value, torch.Tensor):
        return f"of shape {tuple(value.shape)} and type {value.dtype}"
    return f"{type(value).__name__} {value!r}"[:200]
