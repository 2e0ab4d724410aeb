"""Grids of results for the browser: sweeps kept on disk, numbers packed into 16 bits each."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lrcourse._kept import code_digest, directory
from lrcourse._validate import Array
from lrcourse.training import Sweep

ZERO, MISSING = 0, 2**16 - 1
STEPS = MISSING - 2  # between the codes of the smallest and of the largest number


def pack(values: ArrayLike) -> dict[str, Any]:
    """Return a grid in 16 bits a number, evenly spaced in the logarithm; for a trait.

    Parameters
    ----------
    values : array_like
        Of any shape; not negative. NaN, and inf, come back as NaN; zero as zero.

    Returns
    -------
    dict
        What ``unpackGrid`` in draw.js reads: ``data`` (bytes, little-endian), ``shape``, the
        smallest positive number ``low``, and ``step``, by which the logarithm grows from one code
        to the next. A number is off by at most a factor of ``exp(step / 2)``.

    Raises
    ------
    ValueError
        If a number is negative.

    Examples
    --------
    >>> packed = pack([[0.1, 1.0], [0.0, np.nan]])
    >>> len(packed["data"]), packed["shape"]
    (8, [2, 2])
    >>> unpack(packed).round(6).tolist()
    [[0.1, 1.0], [0.0, nan]]
    """
    values = np.asarray(values, dtype=np.float64)
    known = np.isfinite(values)
    if (values[known] < 0).any():
        raise ValueError(f"values must not be negative, got {float(values[known].min())!r}")
    codes = np.where(known, ZERO, MISSING)
    positive = known & (values > 0)
    logs = np.log(values[positive])
    low, high = (logs.min(), logs.max()) if logs.size else (0.0, 0.0)
    step = (high - low) / STEPS
    codes[positive] = 1 + (np.rint((logs - low) / step) if step else 0)
    return {
        "data": codes.astype("<u2").tobytes(),
        "shape": list(values.shape),
        "low": float(np.exp(low)),
        "step": float(step),
    }


def unpack(packed: dict[str, Any]) -> Array:
    """Return the numbers as the browser reads them.

    Parameters
    ----------
    packed : dict
        What `pack` returned.

    Returns
    -------
    ndarray
    """
    codes = np.frombuffer(packed["data"], dtype="<u2").astype(np.float64).reshape(packed["shape"])
    values = packed["low"] * np.exp(packed["step"] * (codes - 1))
    return np.where(codes == ZERO, 0.0, np.where(codes == MISSING, np.nan, values))


def kept(name: str, train: Callable[[], Sweep]) -> Sweep:
    """Return a sweep, trained now or on an earlier day by the same code.

    Parameters
    ----------
    name : str
        Names the file in the folder of the trials' tables.
    train : callable
        Trains it; everything that it depends on is imported by the module where it is defined.

    Returns
    -------
    Sweep
    """
    path = directory() / f"{name}-{code_digest(train.__module__)}.npz"
    if path.is_file():
        return Sweep.load(path)
    sweep = train()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.npz")  # a reader never sees half a file
        sweep.save(part).replace(path)
    except OSError:  # a read-only home costs time, not the result
        pass
    return sweep
