"""A wide bowl with ripples: the global minimum is in the middle, small valleys are everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.landscapes._curve import Curve, zeros


@dataclass(frozen=True)
class RippledBowl(Curve):
    r"""A bowl with ripples, :math:`L(x) = \tfrac{c}{2} x^2 + h\,(1 - \cos kx)`.

    Made so that large steps win: they do not see the ripples, and the bowl leads them to the global
    minimum at 0.

    Parameters
    ----------
    curvature : float
        c of the bowl, positive.
    height : float
        h, half the height of a ripple, positive.
    frequency : float
        k, in radians, positive.

    Raises
    ------
    ValueError
        If an argument is not positive and finite.

    Examples
    --------
    >>> bowl = RippledBowl()
    >>> len(bowl.minima()), round(abs(bowl.global_minimum()), 6)
    (13, 0.0)
    """

    curvature: float = 0.3
    height: float = 0.25
    frequency: float = 7.0

    def __post_init__(self) -> None:
        for name in ("curvature", "height", "frequency"):
            _validate.positive(name, getattr(self, name))

    def loss(self, x: ArrayLike) -> Array:
        """Return the loss at each entry of `x`, of any shape."""
        x = _validate.numeric_array("x", x)
        ripples = self.height * (1 - np.cos(self.frequency * x))
        return np.asarray(self.curvature / 2 * x * x + ripples)

    def gradient(self, x: ArrayLike) -> Array:
        """Return the slope at each entry of `x`, of any shape."""
        x = _validate.numeric_array("x", x)
        steepest = self.height * self.frequency
        return np.asarray(self.curvature * x + steepest * np.sin(self.frequency * x))

    def hessian(self, x: ArrayLike) -> Array:
        """Return the curvature at each entry of `x`, of any shape."""
        x = _validate.numeric_array("x", x)
        sharpest = self.height * self.frequency**2
        return np.asarray(self.curvature + sharpest * np.cos(self.frequency * x))

    def stationary_points(self) -> Array:
        """Return all minima and hilltops, from left to right."""
        ratio = self.curvature / (self.height * self.frequency**2)
        if ratio >= 1:  # the ripples are too flat to make a hilltop
            return np.zeros(1)
        # Beyond `farthest` the bowl is steeper than any ripple. Up to there the slope is monotone
        # from one inflection to the next.
        farthest = 1.01 * self.height * self.frequency / self.curvature
        turns = 2 * np.pi * np.arange(np.ceil(self.frequency * farthest / (2 * np.pi)) + 1)
        first = np.arccos(-ratio)
        right = np.concatenate([turns + first, turns[1:] - first]) / self.frequency
        inflections = np.concatenate([-right, right])
        inside = inflections[np.abs(inflections) < farthest]
        return zeros(self.gradient, np.sort(np.concatenate([[-farthest, farthest], inside])))
