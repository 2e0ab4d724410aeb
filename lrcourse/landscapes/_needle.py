"""A wide bowl beside a narrow hole that is deeper: the global minimum is sharp."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.landscapes._curve import Curve, zeros


@dataclass(frozen=True)
class Needle(Curve):
    r"""A bowl and a hole, :math:`L(x) = \tfrac{c}{2} x^2 - d\,e^{-u^2/2}`, :math:`u = (x-p)/w`.

    Made so that large steps lose: they jump across the hole, or out of it.

    Parameters
    ----------
    curvature : float
        c of the bowl, positive.
    depth, width : float
        d and w of the hole, positive.
    position : float
        p, at least four widths from the middle of the bowl, which is 0.

    Raises
    ------
    ValueError
        If an argument is out of range, or the hole is no valley, or not the deeper one.

    Examples
    --------
    >>> needle = Needle()
    >>> round(needle.global_minimum(), 2), needle.hessian(needle.minima()).round(2)
    (3.99, array([ 0.16, 67.78]))
    """

    curvature: float = 0.16
    depth: float = 2.2
    width: float = 0.18
    position: float = 4.0

    def __post_init__(self) -> None:
        for name in ("curvature", "depth", "width"):
            _validate.positive(name, getattr(self, name))
        if abs(_validate.finite("position", self.position)) < 4 * self.width:
            raise ValueError(f"position must be 4 widths from 0, got {self.position!r}")
        minima = self.minima()
        if len(minima) < 2 or abs(self.global_minimum() - self.position) > self.width:
            raise ValueError(
                f"depth must make the hole the deeper one of two valleys, got {self.depth!r}"
            )

    def loss(self, x: ArrayLike) -> Array:
        """Return the loss at each entry of `x`, of any shape."""
        x = _validate.numeric_array("x", x)
        return np.asarray(self.curvature / 2 * x * x - self._hole(x))

    def gradient(self, x: ArrayLike) -> Array:
        """Return the slope at each entry of `x`, of any shape."""
        x = _validate.numeric_array("x", x)
        return np.asarray(self.curvature * x + self._hole(x) * self._across(x) / self.width)

    def hessian(self, x: ArrayLike) -> Array:
        """Return the curvature at each entry of `x`, of any shape."""
        x = _validate.numeric_array("x", x)
        bend = (1 - self._across(x) ** 2) / self.width**2
        return np.asarray(self.curvature + self._hole(x) * bend)

    def stationary_points(self) -> Array:
        """Return all minima and hilltops, from left to right."""
        # The curvature of the hole falls and rises in u²: it is monotone between these places.
        turns = np.array([0.0, 3**0.5, 40.0]) * self.width
        places = np.concatenate([self.position - turns[::-1], self.position + turns[1:]])
        far = np.abs(places).max() + 1  # beyond, there is the bowl alone
        inflections = zeros(self.hessian, places)
        return zeros(self.gradient, np.concatenate([[-far], inflections, [far]]))

    def _across(self, x: Array) -> Array:
        return (x - self.position) / self.width

    def _hole(self, x: Array) -> Array:
        return np.asarray(self.depth * np.exp(-0.5 * self._across(x) ** 2))
