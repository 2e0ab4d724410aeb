"""One schedule after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lrcourse.schedules._schedule import Schedule, increasing


@dataclass(frozen=True, repr=False)
class Joined(Schedule):
    """What `join` returns: schedules, and the steps at which one hands over to the next.

    Unit: that of its schedules. Boundary: the step equal to a boundary belongs to the next.

    Parameters
    ----------
    schedules : sequence of Schedule
        At least one.
    boundaries : sequence of int
        First step of each schedule but the first, positive and increasing.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or the lengths do not fit.

    Examples
    --------
    >>> from lrcourse.schedules import Constant
    >>> Joined((Constant(0.1), Constant(0.01)), (5,))
    join((Constant(lr=0.1), Constant(lr=0.01)), (5,))
    """

    schedules: Sequence[Schedule]
    boundaries: Sequence[int]

    def __post_init__(self) -> None:
        if not isinstance(self.schedules, Sequence) or not all(
            isinstance(schedule, Schedule) for schedule in self.schedules
        ):
            raise TypeError(f"schedules must be a sequence of schedules, got {self.schedules!r}")
        boundaries = increasing("boundaries", self.boundaries)
        if len(self.schedules) != len(boundaries) + 1:
            raise ValueError(
                f"schedules must be one longer than boundaries, got {len(self.schedules)} for "
                f"{boundaries}"
            )
        if boundaries and boundaries[0] == 0:
            raise ValueError(f"boundaries must be at least 1, got {boundaries}")
        self._set(schedules=tuple(self.schedules), boundaries=boundaries)

    def __repr__(self) -> str:
        return f"join({self.schedules!r}, {self.boundaries!r})"

    def _rate(self, t: Any, xp: Any) -> Any:
        joined = self.schedules[0]._rate(t, xp)
        for schedule, boundary in zip(self.schedules[1:], self.boundaries, strict=True):
            own = schedule._rate(xp.maximum(t - boundary, 0), xp)
            joined = xp.where(t < boundary, joined, own)
        return joined


def join(schedules: Sequence[Schedule], boundaries: Sequence[int]) -> Joined:
    r"""Return a schedule that follows one after another.

    .. math:: \eta_t = \eta^{(i)}_{t - b_i}, \qquad b_i \le t < b_{i+1}, \quad b_0 = 0

    Each schedule starts from its own step 0. Boundary: a boundary is the first step of the next
    schedule, ``step >= boundary``, as in optax' ``join_schedules`` and torch's ``SequentialLR``.
    It is continuous where ``schedules[i](b[i] - b[i - 1]) == schedules[i + 1](0)``, and jumps
    where not.

    Parameters
    ----------
    schedules : sequence of Schedule
        At least one.
    boundaries : sequence of int
        First step of each schedule but the first, counted from the beginning of all: positive,
        increasing, one fewer than there are schedules.

    Returns
    -------
    Schedule

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or the lengths do not fit.

    References
    ----------
    DeepMind, optax, ``join_schedules``, 2020.

    Examples
    --------
    >>> from lrcourse.schedules import Constant, LinearToZero
    >>> schedule = join((Constant(0.1), LinearToZero(0.1, 10)), (5,))
    >>> schedule(0), schedule(5), schedule(10), schedule(15)
    (0.1, 0.1, 0.05, 0.0)
    """
    return Joined(schedules, boundaries)
