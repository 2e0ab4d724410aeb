"""Learning rates that fall with the root of time, and so never freeze."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrcourse import _validate
from lrcourse.schedules._schedule import Schedule, rate


@dataclass(frozen=True)
class InverseSquareRoot(Schedule):
    r"""Decay with the inverse square root of the step.

    .. math:: \eta_t = \eta\,\sqrt{\frac{k}{k + t}}

    Unit: step. It has no boundary and no end; at :math:`t = 3k` it is half of what it was. After a
    warm-up of k steps, ``warmup(InverseSquareRoot(lr, k), k)``, it is the schedule of T5 and
    fairseq, :math:`\eta\min(t/k, \sqrt{k/t})`.

    Parameters
    ----------
    lr : float
        Initial learning rate η, not negative.
    timescale : int
        k, at least 1: usually the length of the warm-up before.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number of its kind, or out of range.

    References
    ----------
    C. Raffel et al., "Exploring the limits of transfer learning with a unified text-to-text
    transformer", 2020, arXiv:1910.10683.

    Examples
    --------
    >>> schedule = InverseSquareRoot(0.1, timescale=100)
    >>> schedule(0), schedule(300)
    (0.1, 0.05)
    """

    lr: float
    timescale: int = 1

    def __post_init__(self) -> None:
        self._set(
            lr=rate("lr", self.lr),
            timescale=_validate.integer("timescale", self.timescale, minimum=1),
        )

    def _rate(self, t: Any, xp: Any) -> Any:
        return self.lr * xp.sqrt(self.timescale / (self.timescale + t))


@dataclass(frozen=True)
class Noam(Schedule):
    r"""The Transformer's schedule: linear warm-up, then the inverse square root.

    .. math:: \eta_t = s\,d^{-1/2} \min\left(n^{-1/2},\; n\,W^{-3/2}\right), \qquad n = t + 1

    Unit: step. The paper counts from 1, so the first value is not 0. Boundary: the peak
    :math:`s\,(dW)^{-1/2}` is at :math:`n = W`, that is at step W − 1. It never ends.

    Parameters
    ----------
    d_model : int
        Width d of the model, at least 1.
    warmup_steps : int
        W, at least 1.
    scale : float
        s, not negative.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number of its kind, or out of range.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", 2017, arXiv:1706.03762, section 5.3.

    Examples
    --------
    >>> schedule = Noam(d_model=100, warmup_steps=4)
    >>> schedule(0), schedule(3), schedule(15)
    (0.0125, 0.05, 0.025)
    """

    d_model: int
    warmup_steps: int
    scale: float = 1.0

    def __post_init__(self) -> None:
        self._set(
            d_model=_validate.integer("d_model", self.d_model, minimum=1),
            warmup_steps=_validate.integer("warmup_steps", self.warmup_steps, minimum=1),
            scale=rate("scale", self.scale),
        )

    def _rate(self, t: Any, xp: Any) -> Any:
        n = t + 1
        rising = n * self.warmup_steps**-1.5
        return self.scale * self.d_model**-0.5 * xp.minimum(1 / xp.sqrt(n), rising)
