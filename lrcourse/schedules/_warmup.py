"""Ways to begin gently, and to put such a beginning before any schedule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from lrcourse import _validate
from lrcourse.schedules._join import Joined, join
from lrcourse.schedules._schedule import Schedule, choice, rate, rate_up_to

Shape = Literal["linear", "exponential", "cosine"]


@dataclass(frozen=True)
class LinearWarmup(Schedule):
    r"""A straight line up to the peak, which is kept.

    .. math:: \eta_t = \eta_s + (\eta - \eta_s)\,\frac{\min(t, W)}{W}

    Unit: step. Boundary: the first value is `start`, the peak is reached at
    ``step == warmup_steps``. This is the convention *t/W* of optax, Keras and torch's ``LinearLR``.
    The other convention, *(t + 1)/W*, whose first step is not wasted on a rate of 0 and whose peak
    comes one step earlier, is ``LinearWarmup(lr, W - 1, start=lr / W)``.

    Parameters
    ----------
    lr : float
        Peak learning rate η, not negative.
    warmup_steps : int
        W, at least 1.
    start : float
        First learning rate, in [0, `lr`].

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number of its kind, or out of range.

    References
    ----------
    P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017,
    arXiv:1706.02677, section 2.2.

    Examples
    --------
    >>> schedule = LinearWarmup(0.1, warmup_steps=4)
    >>> schedule(0), schedule(1), schedule(4), schedule(1000)
    (0.0, 0.025, 0.1, 0.1)
    """

    lr: float
    warmup_steps: int
    start: float = 0.0

    def __post_init__(self) -> None:
        lr = rate("lr", self.lr)
        self._set(
            lr=lr,
            warmup_steps=_validate.integer("warmup_steps", self.warmup_steps, minimum=1),
            start=rate_up_to("start", self.start, "lr", lr),
        )

    def _rate(self, t: Any, xp: Any) -> Any:
        share = xp.minimum(t, self.warmup_steps) / self.warmup_steps
        risen = self.start + (self.lr - self.start) * share
        return xp.where(t < self.warmup_steps, risen, self.lr)


@dataclass(frozen=True)
class ExponentialWarmup(Schedule):
    r"""Growth by the same factor at every step up to the peak, which is kept.

    .. math:: \eta_t = \eta_s \left(\frac{\eta}{\eta_s}\right)^{\min(t, W)/W}

    Unit: step. Boundary: the first value is `start`, the peak is reached at
    ``step == warmup_steps``. It is also the ramp of a learning rate range test.

    Parameters
    ----------
    lr : float
        Peak learning rate η, positive.
    warmup_steps : int
        W, at least 1.
    start : float
        First learning rate, positive and at most `lr`.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number of its kind, or out of range.

    References
    ----------
    L. N. Smith, "Cyclical learning rates for training neural networks", 2017, arXiv:1506.01186, for
    the range test.

    Examples
    --------
    >>> schedule = ExponentialWarmup(0.1, warmup_steps=2, start=0.001)
    >>> schedule(0), round(schedule(1), 12), schedule(2), schedule(1000)
    (0.001, 0.01, 0.1, 0.1)
    """

    lr: float
    warmup_steps: int
    start: float

    def __post_init__(self) -> None:
        lr = _validate.positive("lr", self.lr)
        _validate.positive("start", self.start)
        self._set(
            lr=lr,
            warmup_steps=_validate.integer("warmup_steps", self.warmup_steps, minimum=1),
            start=rate_up_to("start", self.start, "lr", lr),
        )

    def _rate(self, t: Any, xp: Any) -> Any:
        share = xp.minimum(t, self.warmup_steps) / self.warmup_steps
        risen = self.start * xp.power(self.lr / self.start, share)
        return xp.where(t < self.warmup_steps, xp.minimum(risen, self.lr), self.lr)


@dataclass(frozen=True)
class CosineWarmup(Schedule):
    r"""Half a cosine up to the peak, which is kept: slow, fast, slow.

    .. math:: \eta_t = \eta_s + \tfrac12 (\eta - \eta_s)
        \left(1 - \cos\frac{\pi \min(t, W)}{W}\right)

    Unit: step. Boundary: the first value is `start`, the peak is reached at
    ``step == warmup_steps``.

    Parameters
    ----------
    lr : float
        Peak learning rate η, not negative.
    warmup_steps : int
        W, at least 1.
    start : float
        First learning rate, in [0, `lr`].

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number of its kind, or out of range.

    References
    ----------
    The first phase of the one-cycle policy as fastai draws it: J. Howard, S. Gugger, "fastai",
    2020.

    Examples
    --------
    >>> schedule = CosineWarmup(0.1, warmup_steps=10)
    >>> schedule(0), round(schedule(5), 12), schedule(10), schedule(1000)
    (0.0, 0.05, 0.1, 0.1)
    """

    lr: float
    warmup_steps: int
    start: float = 0.0

    def __post_init__(self) -> None:
        lr = rate("lr", self.lr)
        self._set(
            lr=lr,
            warmup_steps=_validate.integer("warmup_steps", self.warmup_steps, minimum=1),
            start=rate_up_to("start", self.start, "lr", lr),
        )

    def _rate(self, t: Any, xp: Any) -> Any:
        angle = math.pi * xp.minimum(t, self.warmup_steps) / self.warmup_steps
        risen = self.start + (self.lr - self.start) * (1 - xp.cos(angle)) / 2
        return xp.where(t < self.warmup_steps, risen, self.lr)


def warmup(
    schedule: Schedule, warmup_steps: int, *, start: float = 0.0, shape: Shape = "linear"
) -> Joined:
    """Return the schedule with a warm-up before it.

    The warm-up climbs from `start` to ``schedule(0)``; the schedule then begins with its own step 0
    at ``step == warmup_steps``. So it is only delayed, never cut: a cosine of T steps after W steps
    of warm-up ends at W + T, as in Keras; optax counts W into T, timm (by default) cuts the first W
    steps of the cosine off and jumps.

    Parameters
    ----------
    schedule : Schedule
        What comes after.
    warmup_steps : int
        W, at least 1.
    start : float
        First learning rate, in [0, ``schedule(0)``]; positive if the shape is exponential.
    shape : {"linear", "exponential", "cosine"}
        Whether the climb is that of `LinearWarmup`, `ExponentialWarmup` or `CosineWarmup`.

    Returns
    -------
    Schedule
        ``join((climb, schedule), (warmup_steps,))``.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or out of range.

    References
    ----------
    P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017,
    arXiv:1706.02677, section 2.2.

    Examples
    --------
    >>> from lrcourse.schedules import CosineAnnealing
    >>> schedule = warmup(CosineAnnealing(0.1, total_steps=10), 4)
    >>> schedule(0), schedule(2), schedule(4), schedule(14)
    (0.0, 0.05, 0.1, 0.0)
    """
    if not isinstance(schedule, Schedule):
        raise TypeError(f"schedule must be a schedule, got {schedule!r}")
    climbs: dict[str, type[LinearWarmup | ExponentialWarmup | CosineWarmup]] = {
        "linear": LinearWarmup,
        "exponential": ExponentialWarmup,
        "cosine": CosineWarmup,
    }
    climb = climbs[choice("shape", shape, tuple(climbs))]
    return join((climb(schedule(0), warmup_steps, start), schedule), (warmup_steps,))
