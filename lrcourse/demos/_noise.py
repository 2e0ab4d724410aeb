"""Normal noise that Python and the browser draw alike: a counter, mixed, then Box and Muller."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lrcourse._validate import Array

GAMMA = 0x6D2B79F5


def normals(count: int, *, seed: int) -> Array:
    """Return standard normal numbers, the same as ``normals`` in draw.js.

    Parameters
    ----------
    count : int
        Even.
    seed : int
        Below 2³².

    Returns
    -------
    ndarray, shape (count,)

    References
    ----------
    T. Ettinger, mulberry32, 2017. G. E. P. Box and M. E. Muller, "A Note on the Generation of
    Random Normal Deviates", 1958.

    Examples
    --------
    >>> normals(4, seed=0).round(4)
    array([1.6264, 0.0034, 1.051 , 1.3763])
    """
    words = _mulberry32(count, seed).reshape(-1, 2)
    radius = np.sqrt(-2 * np.log((words[:, 0] + 1.0) / 2**32))
    angle = 2 * np.pi * (words[:, 1] / 2**32)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()


def _mulberry32(count: int, seed: int) -> NDArray[np.uint32]:
    """Return `count` random words; the n-th is a function of n alone."""
    low = np.uint32(0xFFFFFFFF)
    a = ((np.arange(1, count + 1, dtype=np.uint64) * np.uint64(GAMMA)) + np.uint64(seed)) & low
    a = a.astype(np.uint32)
    t = (a ^ (a >> np.uint32(15))) * (a | np.uint32(1))
    t ^= t + (t ^ (t >> np.uint32(7))) * (t | np.uint32(61))
    return np.asarray(t ^ (t >> np.uint32(14)))
