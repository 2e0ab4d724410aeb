"""The smallest network whose curvature changes while it trains, and that can be solved by hand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array


@dataclass(frozen=True)
class LinearNet:
    r"""Two linear layers on one example, :math:`L = \tfrac12 f^2`, :math:`f = u \cdot v/\sqrt n`.

    The input is 1 and the target 0. One step of gradient descent with rate η changes the output f
    and the curvature :math:`\lambda = (\|u\|^2 + \|v\|^2)/n` by

    .. math::
        f \leftarrow f\,(1 - \eta\lambda + \eta^2 f^2/n), \qquad
        \lambda \leftarrow \lambda + \frac{\eta f^2}{n}\,(\eta\lambda - 4),

    so a wide network, n → ∞, knows three phases. With ηλ < 2 at the start it converges as on a
    quadratic bowl. With 2 < ηλ < 4 the loss first grows; then it is large enough to reduce λ, until
    ηλ < 2, and it converges: the *catapult*. With ηλ > 4 both f and λ grow without end.

    Parameters
    ----------
    width : int
        n, at least 1. Parameters are points of 2n entries, u before v.

    Raises
    ------
    TypeError, ValueError
        If `width` is not a positive integer.

    References
    ----------
    A. Lewkowycz et al., "The large learning rate phase of deep learning: the catapult mechanism",
    2020, arXiv:2003.02218, section 2.

    Examples
    --------
    >>> net = LinearNet(2)
    >>> net.loss([1.0, 1.0, 2.0, 0.0])
    array(1.)
    >>> net.curvature([1.0, 1.0, 2.0, 0.0])
    array(3.)
    >>> net.catapult_window(4.0)
    (0.5, 1.0)
    """

    width: int

    def __post_init__(self) -> None:
        _validate.integer("width", self.width, minimum=1)

    def start(self, *, rng: np.random.Generator) -> Array:
        """Return random parameters, all standard normal, shape (2n,)."""
        return _validate.generator("rng", rng).normal(size=2 * self.width)

    def output(self, w: ArrayLike) -> Array:
        """Return f at points of shape (..., 2n)."""
        u, v = self._layers(w)
        return np.asarray((u * v).sum(axis=-1) / np.sqrt(self.width))

    def loss(self, w: ArrayLike) -> Array:
        """Return the loss at points of shape (..., 2n)."""
        return np.asarray(self.output(w) ** 2 / 2)

    def gradient(self, w: ArrayLike) -> Array:
        """Return the gradient at points of shape (..., 2n)."""
        u, v = self._layers(w)
        f = self.output(w)[..., None]
        return np.asarray(np.concatenate([f * v, f * u], axis=-1) / np.sqrt(self.width))

    def curvature(self, w: ArrayLike) -> Array:
        r"""Return λ at points of shape (..., 2n).

        It is the largest eigenvalue of the Hessian where f = 0; elsewhere they differ by at most
        :math:`\vert f\vert/\sqrt n`.
        """
        u, v = self._layers(w)
        return np.asarray(((u * u).sum(axis=-1) + (v * v).sum(axis=-1)) / self.width)

    @staticmethod
    def catapult_window(curvature: float) -> tuple[float, float]:
        """Return the rates between which a wide network's loss rises and converges: 2/λ and 4/λ.

        Parameters
        ----------
        curvature : float
            λ at the start, positive.

        Returns
        -------
        tuple of float

        Raises
        ------
        ValueError
            If `curvature` is not positive and finite.
        """
        curvature = _validate.positive("curvature", curvature)
        return 2 / curvature, 4 / curvature

    def _layers(self, w: ArrayLike) -> tuple[Array, Array]:
        point = _validate.numeric_array("w", w)
        if point.ndim == 0 or point.shape[-1] != 2 * self.width:
            raise ValueError(
                f"w must have {2 * self.width} entries on its last axis, got shape {point.shape}"
            )
        return point[..., : self.width], point[..., self.width :]
