"""The learning rate that shrinks by the same factor at every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrcourse import _validate
from lrcourse.schedules._schedule import Schedule, decay, rate


@dataclass(frozen=True)
class Exponential(Schedule):
    r"""Geometric decay.

    .. math:: \eta_t = \eta\,\gamma^{t/k}

    Unit: step or epoch. It has no boundary and no end; the sum of all its rates is finite,
    :math:`\eta/(1-\gamma)` for :math:`k = 1`, so that it can freeze before it has converged. Equal
    to ``torch.optim.lr_scheduler.ExponentialLR`` (with :math:`k = 1`) up to the rounding that torch
    accumulates.

    Parameters
    ----------
    lr : float
        Initial learning rate η, not negative.
    gamma : float
        Factor γ in (0, 1].
    decay_steps : int
        Steps k in which the rate shrinks by `gamma`, at least 1.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number of its kind, or out of range.

    References
    ----------
    R. Ge, S. Kakade, R. Kidambi, P. Netrapalli, "The step decay schedule", 2019, arXiv:1904.12838.

    Examples
    --------
    >>> schedule = Exponential(0.1, gamma=0.5)
    >>> schedule(0), schedule(1), schedule(2)
    (0.1, 0.05, 0.025)
    """

    lr: float
    gamma: float
    decay_steps: int = 1

    def __post_init__(self) -> None:
        self._set(
            lr=rate("lr", self.lr),
            gamma=decay("gamma", self.gamma),
            decay_steps=_validate.integer("decay_steps", self.decay_steps, minimum=1),
        )

    def _rate(self, t: Any, xp: Any) -> Any:
        return self.lr * xp.power(self.gamma, t / self.decay_steps)
