"""Two valleys in one dimension, one deeper than the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.landscapes._curve import Curve

STEEPEST_TILT = 2 / (3 * np.sqrt(3))


@dataclass(frozen=True)
class DoubleWell(Curve):
    r"""A double well, :math:`L(x) = \tfrac14 (x^2-1)^2 + c\,x`.

    With tilt :math:`c = 0` the minima are at ±1, both with curvature 2. A positive tilt makes the
    left one the global minimum.

    Parameters
    ----------
    tilt : float
        c, of absolute value below :math:`2/(3\sqrt 3) \approx 0.385`: beyond, one well is gone.

    Raises
    ------
    ValueError
        If `tilt` is not finite, or so large that only one minimum is left.

    Examples
    --------
    >>> well = DoubleWell()
    >>> well.minima()
    array([-1.,  1.])
    >>> well.hessian(1.0)
    array(2.)
    """

    tilt: float = 0.0

    def __post_init__(self) -> None:
        if abs(_validate.finite("tilt", self.tilt)) >= STEEPEST_TILT:
            raise ValueError(
                f"tilt must be below {STEEPEST_TILT:.4f} in absolute value, got {self.tilt!r}"
            )

    def loss(self, x: ArrayLike) -> Array:
        """Return the loss at each entry of `x`, of any shape."""
        x = _validate.numeric_array("x", x)
        return np.asarray((x * x - 1) ** 2 / 4 + self.tilt * x)

    def gradient(self, x: ArrayLike) -> Array:
        """Return the slope at each entry of `x`, of any shape."""
        x = _validate.numeric_array("x", x)
        return np.asarray(x * (x * x - 1) + self.tilt)

    def hessian(self, x: ArrayLike) -> Array:
        """Return the curvature at each entry of `x`, of any shape."""
        x = _validate.numeric_array("x", x)
        return np.asarray(3 * x * x - 1)

    def stationary_points(self) -> Array:
        """Return left minimum, hilltop and right minimum, shape (3,), in this order."""
        return np.sort(np.roots([1.0, 0.0, -1.0, self.tilt]).real)
