"""Many tests at once: the step-down correction of Holm."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array


def holm_adjusted(p_values: ArrayLike) -> Array:
    """Return p-values adjusted for their number, by Holm's step-down rule.

    Reject what is at most α after the adjustment: the chance of one or more false rejections among
    all of them is then at most α, however the tests depend on each other.

    Parameters
    ----------
    p_values : array_like, shape (n,)
        Each from 0 to 1.

    Returns
    -------
    ndarray, shape (n,)
        In the order given, each at least the p-value that it comes from, at most 1.

    Raises
    ------
    TypeError, ValueError
        If the p-values are not numbers from 0 to 1.

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6, 1979.

    Examples
    --------
    >>> holm_adjusted([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.06, 0.06]
    """
    p = _validate.numeric_array("p_values", p_values).ravel()
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError(f"p_values must be from 0 to 1, got {p_values!r}")
    order = np.argsort(p, kind="stable")
    stepped = np.minimum(1.0, p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(stepped)
    return adjusted
