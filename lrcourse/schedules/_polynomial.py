"""Learning rates that fall to their end along a polynomial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrcourse import _validate
from lrcourse.schedules._schedule import Schedule, rate, rate_up_to


@dataclass(frozen=True)
class Polynomial(Schedule):
    r"""Decay along a power of the time that is left.

    .. math:: \eta_t = \eta_T + (\eta_0 - \eta_T)\left(1 - \frac{\min(t, T)}{T}\right)^p

    Unit: step or epoch. Boundary: the last value is reached at ``step == total_steps`` and kept;
    the last of ``total_steps`` updates, step T − 1, is still above it. Equal to
    ``torch.optim.lr_scheduler.PolynomialLR`` up to the rounding that torch accumulates.

    Parameters
    ----------
    lr : float
        Initial learning rate η₀, not negative.
    total_steps : int
        T, at least 1.
    power : float
        p, positive; 1 is a straight line.
    end_lr : float
        Last learning rate, in [0, `lr`].

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number of its kind, or out of range.

    References
    ----------
    L.-C. Chen et al., "DeepLab", 2016, arXiv:1606.00915: the "poly" policy.

    Examples
    --------
    >>> schedule = Polynomial(0.1, total_steps=10, power=2)
    >>> schedule(0), schedule(5), schedule(10), schedule(1000)
    (0.1, 0.025, 0.0, 0.0)
    """

    lr: float
    total_steps: int
    power: float = 1.0
    end_lr: float = 0.0

    def __post_init__(self) -> None:
        lr = rate("lr", self.lr)
        self._set(
            lr=lr,
            total_steps=_validate.integer("total_steps", self.total_steps, minimum=1),
            power=_validate.positive("power", self.power),
            end_lr=rate_up_to("end_lr", self.end_lr, "lr", lr),
        )

    def _rate(self, t: Any, xp: Any) -> Any:
        left = 1.0 - xp.minimum(t, self.total_steps) / self.total_steps
        return self.end_lr + (self.lr - self.end_lr) * xp.power(left, self.power)


@dataclass(frozen=True)
class LinearToZero(Schedule):
    r"""A straight line down to 0.

    .. math:: \eta_t = \eta_0 \left(1 - \frac{\min(t, T)}{T}\right)

    Unit: step or epoch. Boundary: 0 is reached at ``step == total_steps`` and kept, so every one of
    ``total_steps`` updates moves. It *is* `Polynomial` with power 1 and end 0.

    Parameters
    ----------
    lr : float
        Initial learning rate η₀, not negative.
    total_steps : int
        T, at least 1.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number of its kind, or out of range.

    References
    ----------
    A. Defazio, A. Cutkosky, H. Mehta, K. Mishchenko, "Optimal linear decay learning rate schedules
    and further refinements", 2023, arXiv:2310.07831; S. Bergsma et al., "Straight to zero", 2025,
    arXiv:2502.15938.

    Examples
    --------
    >>> schedule = LinearToZero(0.1, total_steps=4)
    >>> schedule(0), schedule(3), schedule(4), schedule(1000)
    (0.1, 0.025, 0.0, 0.0)
    """

    lr: float
    total_steps: int

    def __post_init__(self) -> None:
        self._set(
            lr=rate("lr", self.lr),
            total_steps=_validate.integer("total_steps", self.total_steps, minimum=1),
        )

    def _rate(self, t: Any, xp: Any) -> Any:
        return self.lr * (1.0 - xp.minimum(t, self.total_steps) / self.total_steps)
