"""What a range test is told to do, and what it saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrcourse import _validate
from lrcourse._validate import Array


@dataclass(frozen=True)
class Ramp:
    r"""A geometric ramp: :math:`\eta_i = \eta_{low} (\eta_{high}/\eta_{low})^{i/(n-1)}`.

    Parameters
    ----------
    lowest, highest : float
        First and last learning rate, both reached.
    steps : int
        Number n of rates, at least 2.
    stop_factor : float or None
        Stop once the smoothed loss has risen to this many times its lowest value (exactly: when it
        exceeds the lowest value by factor − 1 times its size); above 1. None climbs to the top,
        and stops only where the loss is no number any more.
    accumulation_steps : int
        Batches whose gradients are averaged for one optimiser step.
    steps_per_rate : int
        Optimiser steps at each rate.

    Raises
    ------
    TypeError, ValueError
        If a value is no number of the right kind, or out of its range.

    Examples
    --------
    >>> Ramp(lowest=0.001, highest=10.0, steps=5).learning_rates.round(3).tolist()
    [0.001, 0.01, 0.1, 1.0, 10.0]
    """

    lowest: float = 1e-6
    highest: float = 10.0
    steps: int = 100
    stop_factor: float | None = 4.0
    accumulation_steps: int = 1
    steps_per_rate: int = 1

    def __post_init__(self) -> None:
        lowest = _validate.positive("lowest", self.lowest)
        highest = _validate.positive("highest", self.highest)
        if highest <= lowest:
            raise ValueError(f"highest must exceed lowest = {lowest}, got {self.highest!r}")
        _validate.integer("steps", self.steps, minimum=2)
        _validate.integer("accumulation_steps", self.accumulation_steps, minimum=1)
        _validate.integer("steps_per_rate", self.steps_per_rate, minimum=1)
        if (
            self.stop_factor is not None
            and _validate.positive("stop_factor", self.stop_factor) <= 1
        ):
            raise ValueError(f"stop_factor must be above 1, got {self.stop_factor!r}")

    @property
    def learning_rates(self) -> Array:
        """The rates, from the lowest to the highest, shape (steps,)."""
        return np.geomspace(self.lowest, self.highest, self.steps)


@dataclass(frozen=True, eq=False)
class RangeTest:
    """A curve of loss against learning rate, as recorded by `lr_range_test` or by anyone else.

    Parameters
    ----------
    learning_rates : array_like, shape (n,)
        Positive and rising, n at least 2.
    losses : array_like, shape (n,)
        Raw training losses. Entry i was measured at the rate of step i, *before* the update with
        that rate. The last ones may be inf or nan.
    held_out_losses : array_like, shape (n,), optional
        Losses on data that was not trained on, each *after* the update with its rate.
    stopped_early : bool
        Whether the loss blew up before the ramp was at its end.
    ramp : Ramp, optional
        What was asked for; unknown for a curve from elsewhere.

    Raises
    ------
    TypeError, ValueError
        If the lengths differ, there are fewer than two points, or the rates are not positive and
        rising.

    Examples
    --------
    >>> curve = RangeTest([0.01, 0.1, 1.0], [2.0, 1.0, 5.0])
    >>> curve.curve.tolist(), curve.stopped_early
    ([2.0, 1.0, 5.0], False)
    """

    learning_rates: Array
    losses: Array
    held_out_losses: Array | None = None
    stopped_early: bool = False
    ramp: Ramp | None = None

    def __post_init__(self) -> None:
        rates = _validate.positive_array("learning_rates", self.learning_rates).copy()
        if rates.ndim != 1 or len(rates) < 2:
            raise ValueError(
                f"learning_rates must hold at least two rates in a row, got {self.learning_rates!r}"
            )
        if (np.diff(rates) <= 0).any():
            raise ValueError(f"learning_rates must rise, got {self.learning_rates!r}")
        for name in ("losses", "held_out_losses"):
            value = getattr(self, name)
            if value is None and name == "held_out_losses":
                continue
            losses = _validate.numeric_array(name, value).copy()
            if losses.shape != rates.shape:
                raise ValueError(
                    f"{name} must have one value a learning rate, {rates.shape}, got shape "
                    f"{losses.shape}"
                )
            losses.setflags(write=False)
            object.__setattr__(self, name, losses)
        rates.setflags(write=False)
        object.__setattr__(self, "learning_rates", rates)

    @property
    def curve(self) -> Array:
        """The losses that the rules read, raw: held-out if there are any, else training."""
        return self.losses if self.held_out_losses is None else self.held_out_losses
