"""Checks of arguments: each returns the clean value, or raises and says which argument it was."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def finite_array(name: str, value: ArrayLike, *, ndim: int | None = None) -> Array:
    """Return `value` as a float64 array; raise unless it is non-empty, finite and `ndim`-d."""
    array = numeric_array(name, value)
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


def non_negative(name: str, value: float) -> float:
    """Return `value` as a float; raise unless it is one finite number of at least 0."""
    return float(non_negative_array(name, _scalar(name, value)))


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


def flag(name: str, value: bool) -> bool:
    """Return `value` as a bool; raise unless it is one: 0 and 1 are refused."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def generator(name: str, value: np.random.Generator) -> np.random.Generator:
    """Return `value`; raise unless it is a NumPy generator: no global randomness."""
    if not isinstance(value, np.random.Generator):
        raise TypeError(f"{name} must be a numpy.random.Generator, got {value!r}")
    return value


def numeric_array(name: str, value: ArrayLike) -> Array:
    """Return `value` as a float64 array, which may hold inf and nan; raise if it is no number."""
    try:
        array = np.asarray(value)
    except ValueError as error:  # rows of different lengths
        raise TypeError(f"{name} must be numeric, got {value!r}") from error
    if array.dtype.kind not in "biuf" and array.size > 0:
        raise TypeError(f"{name} must be numeric, got {value!r}")
    return np.asarray(array, dtype=np.float64)


def table(inputs: ArrayLike, targets: ArrayLike) -> tuple[Array, Array]:
    """Return inputs (n, d) and targets (n,) as arrays; raise unless they are finite and fit."""
    rows, column = finite_array("inputs", inputs, ndim=2), finite_array("targets", targets, ndim=1)
    if len(rows) != len(column):
        raise ValueError(
            f"inputs and targets must be equally long, got {len(rows)} and {len(column)}"
        )
    return rows, column


def _scalar(name: str, value: Any) -> Any:
    if np.ndim(value) != 0:
        raise TypeError(f"{name} must be one number, got {value!r}")
    return value
