"""Warm up, stay, cool down: a schedule that need not know from the start when it will end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from lrcourse import _validate
from lrcourse.schedules._schedule import Schedule, choice, rate, rate_up_to

Cooldown = Literal["linear", "sqrt", "cosine", "exponential"]


@dataclass(frozen=True)
class WarmupStableDecay(Schedule):
    r"""WSD: linear warm-up, a constant stretch, and a cool-down.

    .. math:: \eta_t = \begin{cases}
        \eta_s + (\eta - \eta_s)\,t/W & t < W \\
        \eta & W \le t \le T - C \\
        \eta_T + (\eta - \eta_T)\,f(u) & u = (\min(t, T) - T + C)/C
        \end{cases}

    with the cool-down f(u) falling from 1 to 0:

    ===========  ==============================================================
    linear       :math:`1 - u`
    sqrt         :math:`1 - \sqrt{u}`
    cosine       :math:`(1 + \cos \pi u)/2`
    exponential  not f: :math:`\eta_t = \eta\,(\eta_T/\eta)^u`, for η_T > 0
    ===========  ==============================================================

    Until the cool-down the schedule does not depend on T. Unit: step. Boundary: the peak is reached
    at ``step == warmup_steps``, the last step at the peak is ``total_steps - cooldown_steps``, and
    the last value is reached at ``step == total_steps`` and kept.

    Parameters
    ----------
    lr : float
        Peak learning rate η, not negative.
    total_steps : int
        T, at least 1.
    warmup_steps : int
        W, 0 or more.
    cooldown_steps : int
        C, at least 1; W + C is at most T.
    cooldown : {"linear", "sqrt", "cosine", "exponential"}
        Shape of the cool-down.
    start, end_lr : float
        First and last learning rate, in [0, `lr`].

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind or out of range, or the phases do not fit into T.

    References
    ----------
    S. Hu et al., "MiniCPM", 2024, arXiv:2404.06395; the shapes: A. Hägele et al., "Scaling laws and
    compute-optimal training beyond fixed training durations", 2024, arXiv:2405.18392.

    Examples
    --------
    >>> schedule = WarmupStableDecay(0.1, total_steps=100, warmup_steps=10, cooldown_steps=20)
    >>> schedule(0), schedule(10), schedule(80), schedule(90), schedule(100), schedule(1000)
    (0.0, 0.1, 0.1, 0.05, 0.0, 0.0)
    """

    lr: float
    total_steps: int
    warmup_steps: int
    cooldown_steps: int
    cooldown: Cooldown = "linear"
    start: float = 0.0
    end_lr: float = 0.0

    def __post_init__(self) -> None:
        lr = rate("lr", self.lr)
        self._set(
            lr=lr,
            total_steps=_validate.integer("total_steps", self.total_steps, minimum=1),
            warmup_steps=_validate.integer("warmup_steps", self.warmup_steps, minimum=0),
            cooldown_steps=_validate.integer("cooldown_steps", self.cooldown_steps, minimum=1),
            cooldown=choice("cooldown", self.cooldown, ("linear", "sqrt", "cosine", "exponential")),
            start=rate_up_to("start", self.start, "lr", lr),
            end_lr=rate_up_to("end_lr", self.end_lr, "lr", lr),
        )
        if self.warmup_steps + self.cooldown_steps > self.total_steps:
            raise ValueError(
                f"warmup_steps + cooldown_steps must be at most total_steps = {self.total_steps}, "
                f"got {self.warmup_steps} + {self.cooldown_steps}"
            )
        if self.cooldown == "exponential" and self.end_lr == 0:
            raise ValueError(f"end_lr of an exponential must be positive, got {self.end_lr}")

    def _rate(self, t: Any, xp: Any) -> Any:
        cooling = xp.maximum(xp.minimum(t, self.total_steps) - self._cooldown_start, 0)
        share = cooling / self.cooldown_steps
        if self.cooldown == "exponential":
            cooled = self.lr * xp.power(self.end_lr / self.lr, share)
        else:
            cooled = self.end_lr + (self.lr - self.end_lr) * self._fall(share, xp)
        risen = self.start + (self.lr - self.start) * (t / max(self.warmup_steps, 1))
        rising_or_flat = xp.where(t < self.warmup_steps, risen, self.lr)
        return xp.where(t <= self._cooldown_start, rising_or_flat, cooled)

    def _fall(self, share: Any, xp: Any) -> Any:
        if self.cooldown == "linear":
            return 1 - share
        if self.cooldown == "sqrt":
            return 1 - xp.sqrt(share)
        return (1 + xp.cos(math.pi * share)) / 2

    @property
    def _cooldown_start(self) -> int:
        return self.total_steps - self.cooldown_steps
