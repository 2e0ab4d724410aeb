"""Learning rates that stay level between drops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.schedules._schedule import Schedule, decay, increasing, rate, rates

EXACT_DROPS = 4096


@dataclass(frozen=True)
class StepDecay(Schedule):
    r"""A drop by a factor every so many steps.

    .. math:: \eta_t = \eta\,\gamma^{\lfloor t/k \rfloor}

    Unit: step or epoch (usually epoch). Boundary: the first step at the lower rate is
    :math:`t = k`, that is ``step >= step_size``. It never ends. Bit for bit equal to
    ``torch.optim.lr_scheduler.StepLR`` over the first 4,095 drops, and to a few roundings beyond:
    torch multiplies once a drop, and repeated products round differently from a power.

    Parameters
    ----------
    lr : float
        Initial learning rate η, not negative.
    step_size : int
        Steps k between drops, at least 1.
    gamma : float
        Factor γ of a drop, in (0, 1].

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number of its kind, or out of range.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", 2016,
    arXiv:1512.03385; R. Ge, S. Kakade, R. Kidambi, P. Netrapalli, "The step decay schedule", 2019,
    arXiv:1904.12838.

    Examples
    --------
    >>> schedule = StepDecay(0.1, step_size=30, gamma=0.5)
    >>> schedule(0), schedule(29), schedule(30), schedule(89)
    (0.1, 0.1, 0.05, 0.025)
    """

    lr: float
    step_size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        self._set(
            lr=rate("lr", self.lr),
            step_size=_validate.integer("step_size", self.step_size, minimum=1),
            gamma=decay("gamma", self.gamma),
        )

    def _rate(self, t: Any, xp: Any) -> Any:
        drops = t // self.step_size
        products = _products(self.lr, self.gamma)
        known = xp.take(products, xp.minimum(drops, EXACT_DROPS - 1))
        return known * xp.power(self.gamma, xp.maximum(drops - EXACT_DROPS + 1, 0))


@dataclass(frozen=True)
class MultiStep(Schedule):
    r"""A drop by a factor at each milestone.

    .. math:: \eta_t = \eta\,\gamma^{\#\{m \in \text{milestones} : m \le t\}}

    Unit: step or epoch (usually epoch). Boundary: the first step at the lower rate is the milestone
    itself, ``step >= milestone``; timm drops one step earlier. After the last milestone the rate
    stays. Bit for bit equal to ``torch.optim.lr_scheduler.MultiStepLR``.

    Parameters
    ----------
    lr : float
        Initial learning rate η, not negative.
    milestones : sequence of int
        Steps, from 0 on, in order; a step listed twice drops twice.
    gamma : float
        Factor γ of a drop, in (0, 1].

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind or out of range, or the milestones are out of order.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, "Deep residual learning for image recognition", 2016,
    arXiv:1512.03385.

    Examples
    --------
    >>> schedule = MultiStep(0.1, milestones=(30, 60), gamma=0.5)
    >>> schedule(0), schedule(29), schedule(30), schedule(60), schedule(10**6)
    (0.1, 0.1, 0.05, 0.025, 0.025)
    """

    lr: float
    milestones: Sequence[int]
    gamma: float = 0.1

    def __post_init__(self) -> None:
        self._set(
            lr=rate("lr", self.lr),
            milestones=increasing("milestones", self.milestones, strictly=False),
            gamma=decay("gamma", self.gamma),
        )

    @cached_property
    def _values(self) -> tuple[float, ...]:
        """The rate after each number of drops; drops at the same step are one product, as torch's.

        Of several drops at one step only the value after the last is ever looked up.
        """
        values, current = [self.lr], self.lr
        for index, milestone in enumerate(self.milestones):
            same = self.milestones[: index + 1].count(milestone)
            first = index + 1 - same
            current = values[first] * self.gamma**same
            values.append(current)
        return tuple(values)

    def _rate(self, t: Any, xp: Any) -> Any:
        return xp.take(self._values, xp.bisect(self.milestones, t))


@dataclass(frozen=True)
class Piecewise(Schedule):
    r"""A level for each interval between boundaries.

    .. math:: \eta_t = \text{values}_i, \qquad i = \#\{b \in \text{boundaries} : b \le t\}

    Unit: step or epoch. Boundary: a boundary is the first step of the next level,
    ``step >= boundary``; Keras' ``PiecewiseConstantDecay`` keeps the old level at the boundary
    itself, and changes one step later. After the last boundary the rate stays.

    Parameters
    ----------
    values : sequence of float
        Learning rates, not negative: one more than there are boundaries.
    boundaries : sequence of int
        Steps, from 0 on, increasing.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind or out of range, or the lengths do not fit.

    References
    ----------
    Keras, ``PiecewiseConstantDecay``, for the form; the boundary rule is that of torch and optax.

    Examples
    --------
    >>> schedule = Piecewise((0.1, 0.03, 0.01), boundaries=(10, 20))
    >>> schedule(0), schedule(9), schedule(10), schedule(20), schedule(10**6)
    (0.1, 0.1, 0.03, 0.01, 0.01)
    """

    values: Sequence[float]
    boundaries: Sequence[int]

    def __post_init__(self) -> None:
        self._set(
            values=rates("values", self.values),
            boundaries=increasing("boundaries", self.boundaries),
        )
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"values must be one longer than boundaries, got {self.values} for "
                f"{self.boundaries}"
            )

    def _rate(self, t: Any, xp: Any) -> Any:
        return xp.take(self.values, xp.bisect(self.boundaries, t))


@lru_cache(maxsize=64)
def _products(lr: float, gamma: float) -> Array:
    """Return lr, lr·γ, (lr·γ)·γ, … as repeated multiplication rounds them."""
    factors = np.full(EXACT_DROPS, gamma)
    factors[0] = lr
    products = np.multiply.accumulate(factors)
    products.setflags(write=False)
    return products
