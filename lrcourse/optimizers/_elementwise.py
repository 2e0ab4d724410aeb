"""The two elementwise functions that numbers, NumPy arrays and torch tensors spell differently."""

from __future__ import annotations

from typing import Any

import numpy as np


def maximum(first: Any, second: Any) -> Any:
    """Return the larger of two leaves, entry by entry; either may be a number.

    Examples
    --------
    >>> maximum(0.1, 0.2), maximum(np.array([1.0, 4.0]), np.array([2.0, 3.0]))
    (0.2, array([2., 4.]))
    """
    if isinstance(first, int | float) and isinstance(second, int | float):
        return max(first, second)
    if hasattr(second, "clamp"):  # a tensor: its `maximum` takes no numbers
        return second.clamp(min=first)
    return first.clamp(min=second) if hasattr(first, "clamp") else np.maximum(first, second)


def sign(leaf: Any) -> Any:
    """Return -1, 0 or 1, entry by entry.

    Examples
    --------
    >>> sign(np.array([-2.0, 0.0, 0.5]))
    array([-1.,  0.,  1.])
    """
    return leaf.sign() if hasattr(leaf, "sign") else np.sign(leaf)
