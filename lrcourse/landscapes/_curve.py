"""What every loss of one parameter has: valleys, hilltops between them, and a deepest valley."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrcourse import _validate
from lrcourse._validate import Array


class Curve(ABC):
    """A loss of one parameter, cut into its valleys.

    Points come as arrays of any shape, one ball an entry. Implemented by `DoubleWell`, `Fourier`,
    `RippledBowl` and `Needle`.

    Examples
    --------
    >>> from lrcourse.landscapes import DoubleWell
    >>> well = DoubleWell(tilt=0.1)
    >>> well.basin([-0.5, 0.5]), well.global_basin
    (array([0, 1]), 0)
    """

    period: ClassVar[float | None] = None  # distance after which the loss repeats, if it does

    @abstractmethod
    def loss(self, x: ArrayLike) -> Array:
        """Return the loss at each entry of `x`, of any shape."""

    @abstractmethod
    def gradient(self, x: ArrayLike) -> Array:
        """Return the slope at each entry of `x`, of any shape."""

    @abstractmethod
    def hessian(self, x: ArrayLike) -> Array:
        """Return the curvature at each entry of `x`, of any shape."""

    @abstractmethod
    def stationary_points(self) -> Array:
        """Return all minima and hilltops from left to right; of one period, from 0 on."""

    def minima(self) -> Array:
        """Return all minima, from left to right."""
        points = self.stationary_points()
        return points[self.hessian(points) > 0]

    def hilltops(self) -> Array:
        """Return all maxima, from left to right: where one valley ends and the next begins."""
        points = self.stationary_points()
        return points[self.hessian(points) <= 0]

    @property
    def global_basin(self) -> int:
        """The number of the deepest valley, from 0 on the left; of equally deep ones the first."""
        return int(np.argmin(self.loss(self.minima()).round(12)))

    def global_minimum(self) -> float:
        """Return the deepest minimum; of equally deep ones the leftmost."""
        return float(self.minima()[self.global_basin])

    def basin(self, x: ArrayLike) -> NDArray[np.int64]:
        """Say in which valley each entry of `x` lies: to which minimum infinitely small steps lead.

        Parameters
        ----------
        x : array_like
            Of any shape.

        Returns
        -------
        ndarray of int, of the shape of `x`
            An index into `minima`; a hilltop counts to the valley on its left. It is -1 where `x`
            is not finite.

        Raises
        ------
        TypeError
            If `x` is not numeric.
        """
        x = _validate.numeric_array("x", x)
        hilltops, minima = self.hilltops(), self.minima()
        finite = np.isfinite(x)
        place = np.where(finite, x, 0.0)
        if self.period is not None:
            place = place % self.period
        passed = np.searchsorted(hilltops, place)
        if self.period is not None:  # the valley around 0 may begin at the last hilltop
            passed = (passed - int(hilltops[0] < minima[0])) % len(minima)
        return np.where(finite, passed, -1)


def zeros(function: Callable[[Array], Array], cuts: Array) -> Array:
    """Return where a function is 0, given cuts such that it is monotone from each to the next.

    Parameters
    ----------
    function : callable
    cuts : ndarray, shape (n,)
        Rising; outside them the function has no zero.

    Returns
    -------
    ndarray
        Rising, to the last bits of their precision, by bisection.
    """
    low, high = cuts[:-1], cuts[1:]
    sides = np.sign(function(low)), np.sign(function(high))
    crosses = sides[0] * sides[1] < 0
    low, high, left = low[crosses], high[crosses], sides[0][crosses]
    for _ in range(100):
        middle = (low + high) / 2
        before = np.sign(function(middle)) == left
        low, high = np.where(before, middle, low), np.where(before, high, middle)
    return np.asarray((low + high) / 2)
