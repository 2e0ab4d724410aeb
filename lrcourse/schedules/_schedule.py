"""What every schedule is: a frozen value that maps a step to a learning rate."""

from __future__ import annotations

import math
import operator
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrcourse import _validate
from lrcourse._validate import Array


class Scalars:
    """The functions of a formula for one Python number: no array is made, so a step is cheap."""

    bisect = staticmethod(bisect_right)
    cos = staticmethod(math.cos)
    floor = staticmethod(math.floor)
    maximum = staticmethod(max)
    minimum = staticmethod(min)
    power = staticmethod(operator.pow)
    sqrt = staticmethod(math.sqrt)

    @staticmethod
    def fill(step: int, value: float) -> float:
        """Return the value."""
        return value

    @staticmethod
    def pick(counts: Sequence[int], index: int) -> int:
        """Return one integer."""
        return counts[index]

    @staticmethod
    def take(values: Sequence[float] | Array, index: int) -> float:
        """Return one rate."""
        return float(values[index])

    @staticmethod
    def where(condition: bool, yes: float, no: float) -> float:
        """Return one of two values, both of which were computed."""
        return yes if condition else no


class Arrays:
    """The same functions for an array of steps."""

    cos = staticmethod(np.cos)
    floor = staticmethod(np.floor)
    maximum = staticmethod(np.maximum)
    minimum = staticmethod(np.minimum)
    # np.power may use another algorithm than Python's, and be one bit off; this is the C library's
    power = staticmethod(np.float_power)
    sqrt = staticmethod(np.sqrt)
    where = staticmethod(np.where)

    @staticmethod
    def bisect(boundaries: Sequence[int], step: Any) -> Any:
        """Return how many boundaries each step has reached."""
        return np.searchsorted(boundaries, step, side="right")

    @staticmethod
    def fill(step: Any, value: float) -> Any:
        """Return the value once for each step."""
        return np.full(step.shape, value)

    @staticmethod
    def pick(counts: Sequence[int], index: Any) -> Any:
        """Return one integer for each index."""
        return np.asarray(counts)[index]

    @staticmethod
    def take(values: Sequence[float] | Array, index: Any) -> Any:
        """Return one rate for each index."""
        return np.asarray(values)[index]


class Schedule(ABC):
    """A frozen value that maps a step to a learning rate.

    Called with an integer it returns a float, with an array of integers an array of the same
    shape. Steps count from 0; the unit is what the caller counts, batches or epochs, and a schedule
    made for one must be called with the same. A call costs the same at any step, depends on the
    step alone and changes nothing, so that a run can be resumed anywhere.

    Schedules are compared by value, can be hashed, and print as the call that makes them.

    Raises
    ------
    TypeError
        If a step is not an integer.
    ValueError
        If a step is negative.

    Examples
    --------
    >>> from lrcourse.schedules import LinearToZero
    >>> schedule = LinearToZero(0.1, total_steps=4)
    >>> schedule
    LinearToZero(lr=0.1, total_steps=4)
    >>> schedule(0), schedule(4), schedule([0, 2, 9])
    (0.1, 0.0, array([0.1 , 0.05, 0.  ]))
    """

    @overload
    def __call__(self, step: int | np.integer[Any]) -> float: ...
    @overload
    def __call__(self, step: NDArray[Any] | Sequence[Any]) -> Array: ...
    def __call__(self, step: Any) -> Any:
        """Return the learning rate at a step, or at an array of them."""
        return evaluate(self._rate, step)

    @abstractmethod
    def _rate(self, t: Any, xp: Any) -> Any:
        """Return the rate at `t`, valid already; `xp` is `Scalars` or `Arrays`.

        The formula is written once for both. It computes with the same operations in the same
        order as the reference that the class promises to equal.
        """

    def _set(self, **values: Any) -> None:
        """Store what validation made of the arguments: plain floats, integers and tuples."""
        for name, value in values.items():
            object.__setattr__(self, name, value)


def evaluate(formula: Callable[[Any, Any], Any], step: Any) -> Any:
    """Return `formula(step, xp)` as a float or an array; raise unless the steps are counts."""
    if type(step) is int and step >= 0:
        return formula(step, Scalars)
    steps = np.asarray(step)
    if steps.dtype.kind not in "iu":
        raise TypeError(f"step must be an integer or an array of integers, got {step!r}")
    if steps.size and steps.min() < 0:
        raise ValueError(f"step must not be negative, got {step!r}")
    if steps.ndim == 0:
        return formula(int(steps), Scalars)
    return formula(steps.astype(np.int64), Arrays)


def rate(name: str, value: float) -> float:
    """Return `value` as a float; raise unless it is one finite number, not negative."""
    number = _validate.finite(name, value)
    if number < 0:
        raise ValueError(f"{name} must not be negative, got {value!r}")
    return number


def rate_up_to(name: str, value: float, limit_name: str, limit: float) -> float:
    """Return `value` as a float; raise unless it lies in [0, `limit`]."""
    number = rate(name, value)
    if number > limit:
        raise ValueError(f"{name} must be at most {limit_name} = {limit}, got {value!r}")
    return number


def decay(name: str, value: float) -> float:
    """Return `value` as a float; raise unless it is one factor in (0, 1]."""
    number = _validate.finite(name, value)
    if not 0 < number <= 1:
        raise ValueError(f"{name} must be in (0, 1], got {value!r}")
    return number


def choice(name: str, value: str, choices: Sequence[str]) -> str:
    """Return `value`; raise unless it is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value


def increasing(name: str, values: Sequence[int], *, strictly: bool = True) -> tuple[int, ...]:
    """Return `values` as a tuple of integers; raise unless each exceeds the one before."""
    if not isinstance(values, Sequence | np.ndarray):
        raise TypeError(f"{name} must be a sequence of integers, got {values!r}")
    steps = tuple(_validate.integer(name, value, minimum=0) for value in values)
    for before, after in pairwise(steps):
        if after < before or (strictly and after == before):
            raise ValueError(f"{name} must increase, got {values!r}")
    return steps


def rates(name: str, values: ArrayLike) -> tuple[float, ...]:
    """Return `values` as a tuple of floats; raise unless they are rates."""
    array = _validate.non_negative_array(name, values)
    if array.ndim != 1:
        raise ValueError(f"{name} must be a sequence of rates, got {values!r}")
    return tuple(array.tolist())
