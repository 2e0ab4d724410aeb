"""Half a cosine down, once or again and again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lrcourse import _validate
from lrcourse.schedules._schedule import Schedule, rate, rate_up_to

LAST_STEP = 2**62


@dataclass(frozen=True)
class CosineAnnealing(Schedule):
    r"""One half wave of a cosine, from the initial rate down to the last.

    .. math:: \eta_t = \eta_T + \tfrac12 (\eta_0 - \eta_T)
        \left(1 + \cos\frac{\pi \min(t, T)}{T}\right)

    It never rises. Unit: step or epoch. Boundary: the last value is reached at
    ``step == total_steps`` and kept. ``torch.optim.lr_scheduler.CosineAnnealingLR`` agrees up to
    there (within the rounding it accumulates), and then rises again; Keras, optax and timm stay, as
    this does.

    Parameters
    ----------
    lr : float
        Initial learning rate η₀, not negative.
    total_steps : int
        T, at least 1; torch's ``T_max``.
    end_lr : float
        Last learning rate, in [0, `lr`]; torch's ``eta_min``.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number of its kind, or out of range.

    References
    ----------
    I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017,
    arXiv:1608.03983, equation 5 with a single cycle.

    Examples
    --------
    >>> schedule = CosineAnnealing(0.1, total_steps=10)
    >>> schedule(0), round(schedule(5), 12), schedule(10), schedule(1000)
    (0.1, 0.05, 0.0, 0.0)
    """

    lr: float
    total_steps: int
    end_lr: float = 0.0

    def __post_init__(self) -> None:
        lr = rate("lr", self.lr)
        self._set(
            lr=lr,
            total_steps=_validate.integer("total_steps", self.total_steps, minimum=1),
            end_lr=rate_up_to("end_lr", self.end_lr, "lr", lr),
        )

    def _rate(self, t: Any, xp: Any) -> Any:
        angle = math.pi * xp.minimum(t, self.total_steps) / self.total_steps
        return self.end_lr + (self.lr - self.end_lr) * (1 + xp.cos(angle)) / 2


@dataclass(frozen=True)
class CosineWarmRestarts(Schedule):
    r"""A cosine that jumps back to the initial rate at the end of each period.

    .. math:: \eta_t = \eta_{\min} + \tfrac12 (\eta_0 - \eta_{\min})
        \left(1 + \cos\frac{\pi\,T_{cur}}{T_i}\right), \qquad
        T_i = T_0\,m^i

    with :math:`T_{cur}` the steps since the last restart. Unit: step or epoch. Boundary: the period
    is half open, the step at which it is full is the first of the next, so the lowest rate itself
    never occurs. It never ends. Bit for bit equal to
    ``torch.optim.lr_scheduler.CosineAnnealingWarmRestarts``.

    Parameters
    ----------
    lr : float
        Learning rate η₀ at each restart, not negative.
    period : int
        Steps T₀ of the first period, at least 1.
    multiplier : int
        m, at least 1: each period is so many times as long as the one before.
    min_lr : float
        The rate that a period approaches, in [0, `lr`].

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number of its kind, or out of range.

    References
    ----------
    I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017,
    arXiv:1608.03983, equation 5.

    Examples
    --------
    >>> schedule = CosineWarmRestarts(0.1, period=10, multiplier=2)
    >>> schedule(0), round(schedule(9), 6), schedule(10), round(schedule(29), 6), schedule(30)
    (0.1, 0.002447, 0.1, 0.000616, 0.1)
    """

    lr: float
    period: int
    multiplier: int = 1
    min_lr: float = 0.0

    def __post_init__(self) -> None:
        lr = rate("lr", self.lr)
        self._set(
            lr=lr,
            period=_validate.integer("period", self.period, minimum=1),
            multiplier=_validate.integer("multiplier", self.multiplier, minimum=1),
            min_lr=rate_up_to("min_lr", self.min_lr, "lr", lr),
        )

    @cached_property
    def _restarts(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The first step and the length of each period up to `LAST_STEP`: 62 at most, in integers.

        A logarithm would do, were it not for its rounding just before a restart.
        """
        starts, lengths = [0], [self.period]
        while starts[-1] + lengths[-1] < LAST_STEP:
            starts.append(starts[-1] + lengths[-1])
            lengths.append(lengths[-1] * self.multiplier)
        return tuple(starts), tuple(min(length, LAST_STEP) for length in lengths)

    def _rate(self, t: Any, xp: Any) -> Any:
        if self.multiplier == 1:
            since, length = t % self.period, self.period
        else:
            starts, lengths = self._restarts
            current = xp.bisect(starts, t) - 1
            since, length = t - xp.pick(starts, current), xp.pick(lengths, current)
        angle = math.pi * since / length
        return self.min_lr + (self.lr - self.min_lr) * (1 + xp.cos(angle)) / 2
