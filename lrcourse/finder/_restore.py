"""Leave everything as it was: same objects, same bits, whatever happens in between.

What can be set aside is set aside, not copied back: the optimiser works on a copy of its state
and its groups, the gradients are taken off, and afterwards the originals, never touched, return.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lrcourse.finder._streams import Streams, parts

if TYPE_CHECKING:
    import torch

REGISTRIES = ("_parameters", "_buffers", "_modules")


@contextmanager
def restored(
    modules: list[torch.nn.Module], optimizer: torch.optim.Optimizer, loaders: list[Any]
) -> Iterator[None]:
    """Undo on exit, also after an exception, whatever training does to the arguments.

    Restored are parameters, buffers, gradients, train or eval mode and the other attributes of
    every submodule; the optimiser's state, groups and attributes; the loaders' attributes and
    iterators; and every random stream. The contents of other containers that a module's own code
    changes in place, such as a list, are not.
    """
    streams = Streams(*loaders)
    state = streams.state()
    attributes = _Attributes([*_submodules(modules), *_loader_parts(loaders), optimizer])
    tensors = _Tensors(modules, optimizer)
    try:
        tensors.take_gradients_off()
        _set_aside(optimizer, loaders)
        yield
    finally:
        attributes.restore()
        tensors.restore()
        streams.set(state)


class _Attributes:
    """The attributes of objects: which there are, and what they refer to."""

    def __init__(self, objects: list[Any]) -> None:
        self._saved = [(vars(thing), dict(vars(thing))) for thing in objects]
        registries = [
            vars(thing)[name] for thing in objects for name in REGISTRIES if name in vars(thing)
        ]
        self._saved += [(registry, dict(registry)) for registry in registries]

    def restore(self) -> None:
        for present, saved in self._saved:
            present.clear()
            present.update(saved)


class _Tensors:
    """The contents of every tensor that a step can change in place, and the gradients."""

    def __init__(self, modules: list[torch.nn.Module], optimizer: torch.optim.Optimizer) -> None:
        import torch

        owned = [p for group in optimizer.param_groups for p in group["params"]]
        for module in _submodules(modules):
            own = vars(module)
            for values in (own, own["_parameters"], own["_buffers"]):
                owned += [value for value in values.values() if isinstance(value, torch.Tensor)]
        unique = list({id(tensor): tensor for tensor in owned}.values())
        self._saved = [(t, t.data, t.detach().clone()) for t in unique]
        self._grads = [(t, t.grad) for t in unique if t.is_leaf]

    def take_gradients_off(self) -> None:
        for tensor, _ in self._grads:
            tensor.grad = None  # the originals are out of reach of zero_grad and backward

    def restore(self) -> None:
        import torch

        with torch.no_grad():
            for tensor, data, copied in self._saved:
                tensor.data = data
                if not _overlapping(data):  # such a view cannot be written to by anyone
                    data.copy_(copied)
        for tensor, grad in self._grads:
            tensor.grad = grad


def _overlapping(tensor: torch.Tensor) -> bool:
    import torch

    if tensor.layout is not torch.strided:
        return False
    return any(
        stride == 0 and size > 1 for stride, size in zip(tensor.stride(), tensor.shape, strict=True)
    )


def _set_aside(optimizer: torch.optim.Optimizer, loaders: list[Any]) -> None:
    copied = {parameter: copy.deepcopy(state) for parameter, state in optimizer.state.items()}
    optimizer.state = defaultdict(dict, copied)
    optimizer.param_groups = [
        {key: value if key == "params" else copy.deepcopy(value) for key, value in group.items()}
        for group in optimizer.param_groups
    ]
    for loader in loaders:
        if getattr(loader, "_iterator", None) is not None:  # workers that persist stay where
            vars(loader)["_iterator"] = None  # they are, and others do the work


def _submodules(modules: list[torch.nn.Module]) -> list[torch.nn.Module]:
    return list({id(part): part for module in modules for part in module.modules()}.values())


def _loader_parts(loaders: list[Any]) -> list[Any]:
    return list({id(part): part for loader in loaders for part in parts(loader)}.values())
