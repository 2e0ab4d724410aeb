"""The learning-rate range test, without a trace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from lrcourse.finder._batches import Loss, Objective, endless, rewindable
from lrcourse.finder._record import Ramp, RangeTest
from lrcourse.finder._restore import restored

if TYPE_CHECKING:
    import torch

STOP_MOMENTUM = 0.95  # of the average that says when the loss has blown up


def lr_range_test(
    model: torch.nn.Module,
    loss: Loss,
    batches: Iterable[Any],
    optimizer: torch.optim.Optimizer,
    *,
    lowest: float = 1e-6,
    highest: float = 10.0,
    steps: int = 100,
    stop_factor: float | None = 4.0,
    accumulation_steps: int = 1,
    steps_per_rate: int = 1,
    held_out: Iterable[Any] | None = None,
) -> RangeTest:
    """Train while the learning rate climbs, record the loss, and undo it all.

    Afterwards everything is bit for bit as before, also if the test was interrupted or an
    exception was raised in its middle: parameters and buffers, gradients, the train or eval mode of
    every submodule, the optimiser's state and groups, any scheduler (none is ever stepped),
    Python's, NumPy's and torch's random streams (CPU and CUDA), the generators of the loader and
    of its samplers. Training after the test equals training without it.

    Parameters
    ----------
    model : torch.nn.Module
        Trained as it stands; put into train mode first if it is in eval mode.
    loss : callable
        ``loss(outputs, targets)`` gives a tensor of one number.
    batches : iterable of (inputs, targets)
        A list or a loader; one that is shorter than the ramp is read again. Inputs are one tensor,
        or a tuple or dict of the model's arguments, and are moved to the model's device.
    optimizer : torch.optim.Optimizer
        Of any kind that steps without a closure. Its groups keep the ratios of their rates; the
        group with the largest gets the rate of the ramp.
    lowest, highest : float
        First and last rate of the geometric ramp.
    steps : int
        Number of rates.
    stop_factor : float or None
        Stop once the smoothed loss has risen to this many times its lowest; None never does.
    accumulation_steps : int
        Batches whose gradients are averaged for one optimiser step.
    steps_per_rate : int
        Optimiser steps at each rate; the loss is their mean.
    held_out : iterable of (inputs, targets), optional
        Data to measure a second loss on, after the step at each rate, in eval mode.

    Returns
    -------
    RangeTest
        Up to the step at which the loss blew up. A loss that is not finite is recorded too, as the
        last one.

    Raises
    ------
    TypeError
        If `model` is no module, `batches` can be read only once or holds no pairs, or the loss is
        not one number.
    ValueError
        If a setting is out of range, the model has nothing to train, the optimiser trains none of
        it, a loader is empty, targets do not fit the outputs, or the loss of the very first step is
        not finite.

    References
    ----------
    L. N. Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3.3; the
    geometric ramp and the early stop: S. Gugger, "How do you find a good learning rate", 2018.

    Examples
    --------
    >>> import torch
    >>> inputs = torch.linspace(-1, 1, 32)[:, None]
    >>> model = torch.nn.Linear(1, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> before = model.weight.item()
    >>> found = lr_range_test(
    ...     model, torch.nn.MSELoss(), [(inputs, inputs**2)], optimizer, lowest=1e-3, highest=100
    ... )
    >>> found.stopped_early, model.weight.item() == before, optimizer.param_groups[0]["lr"]
    (True, True, 0.1)
    """
    import torch

    ramp = Ramp(lowest, highest, steps, stop_factor, accumulation_steps, steps_per_rate)
    objective = Objective(model, loss)
    _check_optimizer(model, optimizer)
    rewindable("batches", batches)
    if held_out is not None:
        rewindable("held_out", held_out)

    modules = [model, loss] if isinstance(loss, torch.nn.Module) else [model]
    loaders = [loader for loader in (batches, held_out) if loader is not None]
    with (
        restored(modules, optimizer, loaders),
        closing(endless("batches", batches)) as stream,
        torch.enable_grad(),
    ):
        if not model.training:
            model.train()
        return _climb(objective, stream, optimizer, ramp, held_out)


def _climb(
    objective: Objective,
    stream: Iterator[Any],
    optimizer: torch.optim.Optimizer,
    ramp: Ramp,
    held_out: Iterable[Any] | None,
) -> RangeTest:
    """Return what was recorded up to where the loss blew up."""
    losses: list[float] = []
    unseen: list[float] = []
    shares = _shares(optimizer)
    blown_up = _BlowUp(ramp.stop_factor)
    stopped = False
    for rate in ramp.learning_rates:
        for group, share in zip(optimizer.param_groups, shares, strict=True):
            _set_rate(group, float(rate) * share)
        values: list[float] = []
        while len(values) < ramp.steps_per_rate and np.isfinite(values).all():
            values.append(objective.step(stream, optimizer, ramp.accumulation_steps))
        if not losses and not np.isfinite(values[0]):
            raise ValueError(f"loss must be finite at the first step, got {values[0]}")
        losses.append(float(np.mean(values)))
        if held_out is not None:
            fine = np.isfinite(losses[-1])
            unseen.append(objective.held_out(held_out) if fine else float("nan"))
        stopped = blown_up((unseen or losses)[-1])
        if stopped:
            break
    return RangeTest(
        ramp.learning_rates[: len(losses)],
        np.array(losses),
        np.array(unseen) if unseen else None,
        stopped,
        ramp,
    )


class _BlowUp:
    """Says when the smoothed loss has risen too far above its lowest value."""

    def __init__(self, factor: float | None) -> None:
        self._factor = factor
        self._average = self._weight = 0.0
        self._lowest = float("inf")

    def __call__(self, loss: float) -> bool:
        if not np.isfinite(loss):
            return True
        self._average = STOP_MOMENTUM * self._average + (1 - STOP_MOMENTUM) * loss
        self._weight = STOP_MOMENTUM * self._weight + (1 - STOP_MOMENTUM)
        smoothed = self._average / self._weight
        self._lowest = min(self._lowest, smoothed)
        if self._factor is None:
            return False
        return smoothed - self._lowest > (self._factor - 1) * abs(self._lowest)


def _check_optimizer(model: torch.nn.Module, optimizer: Any) -> None:
    groups = getattr(optimizer, "param_groups", None)
    if not isinstance(groups, list):
        raise TypeError(f"optimizer must be a torch.optim.Optimizer, got {optimizer!r}")
    trained = {id(p) for group in groups for p in group["params"]}
    if not any(id(p) in trained for p in model.parameters() if p.requires_grad):
        raise ValueError(f"optimizer must train parameters of model, got {optimizer!r}")


def _shares(optimizer: torch.optim.Optimizer) -> list[float]:
    """Return each group's rate as a share of the largest."""
    rates = [float(group["lr"]) for group in optimizer.param_groups]
    largest = max(rates)
    return [rate / largest if largest > 0 else 1.0 for rate in rates]


def _set_rate(group: dict[str, Any], rate: float) -> None:
    import torch

    if isinstance(group["lr"], torch.Tensor):
        group["lr"].fill_(rate)
    else:
        group["lr"] = rate
