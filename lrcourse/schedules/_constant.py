"""The learning rate that never changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrcourse.schedules._schedule import Schedule, rate


@dataclass(frozen=True)
class Constant(Schedule):
    r"""The same learning rate at every step.

    .. math:: \eta_t = \eta

    Unit: step or epoch. It has no boundary and no end. Equal to ``torch.optim`` without a
    scheduler.

    Parameters
    ----------
    lr : float
        Learning rate η, not negative.

    Raises
    ------
    TypeError
        If `lr` is not a number.
    ValueError
        If `lr` is negative or not finite.

    References
    ----------
    H. Robbins, S. Monro, "A stochastic approximation method", 1951, show why gradient noise asks
    for more than this.

    Examples
    --------
    >>> schedule = Constant(0.1)
    >>> schedule(0), schedule(10**6)
    (0.1, 0.1)
    """

    lr: float

    def __post_init__(self) -> None:
        self._set(lr=rate("lr", self.lr))

    def _rate(self, t: Any, xp: Any) -> Any:
        return xp.fill(t, self.lr)
