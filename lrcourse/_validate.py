"""Checks of arguments: each returns the clean value, or raises and says which argument it was."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def finite_array(name: str, value: ArrayLike, *, ndim: int | None = None) -> Array:
    """Return `value` as a float64 array; raise unless it is non-empty, finite and `ndim`-d."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be numeric, got {value!r}") from error
    if ndim is not None and array.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimension(s), got shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got {value!r}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {value!r}")
    return array


def positive_array(name: str, value: ArrayLike) -> Array:
    """Return `value` as a float64 array; raise unless every entry is finite and above 0."""
    array = finite_array(name, value)
    if (array <= 0).any():
        raise ValueError(f"{name} must be positive, got {value!r}")
    return array


def non_negative_array(name: str, value: ArrayLike) -> Array:
    """Return `value` as a float64 array; raise unless every entry is finite and at least 0."""
    array = finite_array(name, value)
    if (array < 0).any():
        raise ValueError(f"{name} must not be negative, got {value!r}")
    return array


def positive(name: str, value: float) -> float:
    """Return `value` as a float; raise unless it is one finite number above 0."""
    return float(positive_array(name, _scalar(name, value)))


def finite(name: str, value: float) -> float:
    """Return `value` as a float; raise unless it is one finite number."""
    return float(finite_array(name, _scalar(name, value)))


def fraction(name: str, value: float) -> float:
    """Return `value` as a float; raise unless it is one number in [0, 1), as a momentum is."""
    number = float(finite_array(name, _scalar(name, value)))
    if not 0 <= number < 1:
        raise ValueError(f"{name} must be in [0, 1), got {value!r}")
    return number


def integer(name: str, value: int, *, minimum: int) -> int:
    """Return `value` as an int; raise unless it is a whole number of at least `minimum`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    if value < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {value!r}")
    return int(value)


def _scalar(name: str, value: Any) -> Any:
    if np.ndim(value) != 0:
        raise TypeError(f"{name} must be one number, got {value!r}")
    return value
