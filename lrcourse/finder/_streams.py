"""Random streams: found, saved and put back."""

from __future__ import annotations

import copy
import random
from typing import Any

import numpy as np

PARTS = ("sampler", "batch_sampler", "dataset", "transform")


def parts(batches: Any) -> list[Any]:
    """Return a loader with all that it draws its batches with, each object once."""
    found: list[Any] = []
    queue = [batches]
    while queue:
        part = queue.pop()
        if hasattr(part, "__dict__") and not any(part is other for other in found):
            found.append(part)
            queue.extend(vars(part).get(name) for name in PARTS)
    return found


class Streams:
    """Every stream that a training run may draw from: the global ones and those of its loaders.

    Python's, NumPy's and torch's global generators, CUDA's on every device, and any generator that
    is an attribute of a loader, its samplers, its data set or that one's transform.
    """

    def __init__(self, *loaders: Any) -> None:
        import torch

        kinds = (torch.Generator, np.random.Generator, np.random.RandomState, random.Random)
        owners = [part for loader in loaders for part in parts(loader)]
        values = [value for owner in owners for value in vars(owner).values()]
        self._own = list({id(v): v for v in values if isinstance(v, kinds)}.values())

    def state(self) -> tuple[Any, ...]:
        """Return the state of every stream."""
        import torch

        cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else None
        own = [_state(generator) for generator in self._own]
        legacy = np.random.get_state()  # noqa: NPY002 - others draw from it
        return random.getstate(), legacy, torch.get_rng_state(), cuda, own

    def set(self, state: tuple[Any, ...]) -> None:
        """Put every stream back to where it was."""
        import torch

        python, legacy, cpu, cuda, own = state
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
        torch.set_rng_state(cpu)
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)
        for generator, saved in zip(self._own, own, strict=True):
            _set(generator, saved)

    def seed(self, seed: int) -> None:
        """Start every stream anew from one seed."""
        import torch

        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        torch.manual_seed(seed)  # all CUDA devices too
        for generator in self._own:
            if isinstance(generator, torch.Generator):
                generator.manual_seed(seed)
            elif isinstance(generator, np.random.Generator):
                fresh = type(generator.bit_generator)(seed)
                generator.bit_generator.state = fresh.state
            else:
                generator.seed(seed)


def _state(generator: Any) -> Any:
    import torch

    if isinstance(generator, torch.Generator):
        return generator.get_state()
    if isinstance(generator, np.random.Generator):
        return copy.deepcopy(generator.bit_generator.state)
    if isinstance(generator, np.random.RandomState):
        return generator.get_state()
    return generator.getstate()


def _set(generator: Any, state: Any) -> None:
    import torch

    if isinstance(generator, torch.Generator | np.random.RandomState):
        generator.set_state(state)
    elif isinstance(generator, np.random.Generator):
        generator.bit_generator.state = state
    else:
        generator.setstate(state)
