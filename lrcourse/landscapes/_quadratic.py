"""The bowl: a loss whose curvature is the same everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array


@dataclass(frozen=True, eq=False)
class Quadratic:
    r"""A quadratic bowl, :math:`L(w) = \tfrac12 (w - w^*)^\top H (w - w^*)`.

    Parameters
    ----------
    spectrum : array_like, shape (d,)
        Eigenvalues of H, none negative, at least one positive.
    basis : array_like, shape (d, d), optional
        Orthonormal eigenvectors of H as columns; the coordinate axes if left out.
    minimum : array_like, shape (d,), optional
        :math:`w^*`, the origin if left out.

    Raises
    ------
    ValueError
        If the spectrum is empty, has a negative or non-finite entry or no positive one, `basis`
        is not orthonormal, or a shape does not fit.

    Examples
    --------
    >>> bowl = Quadratic([1.0, 4.0])
    >>> bowl.gradient([1.0, 1.0])
    array([1., 4.])
    >>> bowl.largest_curvature
    4.0
    """

    spectrum: Array
    basis: Array
    minimum: Array

    def __init__(
        self,
        spectrum: ArrayLike,
        basis: ArrayLike | None = None,
        minimum: ArrayLike | None = None,
    ) -> None:
        eigenvalues = _validate.finite_array("spectrum", spectrum, ndim=1)
        if (eigenvalues < 0).any() or not (eigenvalues > 0).any():
            raise ValueError(
                f"spectrum must have no negative and at least one positive entry, got {spectrum!r}"
            )
        d = len(eigenvalues)
        axes = np.eye(d) if basis is None else _validate.finite_array("basis", basis, ndim=2)
        if axes.shape != (d, d) or not np.allclose(axes.T @ axes, np.eye(d), atol=1e-10):
            raise ValueError(f"basis must be {d} orthonormal columns, got {basis!r}")
        centre = np.zeros(d) if minimum is None else _validate.finite_array("minimum", minimum)
        if centre.shape != (d,):
            raise ValueError(f"minimum must have shape ({d},), got {centre.shape}")
        object.__setattr__(self, "spectrum", eigenvalues)
        object.__setattr__(self, "basis", axes)
        object.__setattr__(self, "minimum", centre)

    @classmethod
    def random(
        cls,
        dimension: int,
        condition_number: float,
        *,
        largest_curvature: float = 1.0,
        rng: np.random.Generator,
    ) -> Quadratic:
        """Return a bowl in random directions with a given largest and smallest curvature.

        The curvatures between the two extremes are log-uniform, the eigenvectors are uniformly
        random and the minimum is standard normal.

        Parameters
        ----------
        dimension : int
            Number of parameters, at least 2.
        condition_number : float
            Largest over smallest curvature, at least 1.
        largest_curvature : float
            Positive.
        rng : numpy.random.Generator
            The source of all randomness.

        Returns
        -------
        Quadratic

        Raises
        ------
        ValueError
            If an argument is out of its range.

        Examples
        --------
        >>> import numpy as np
        >>> bowl = Quadratic.random(5, 100.0, rng=np.random.default_rng(0))
        >>> round(bowl.condition_number, 6), bowl.hessian().shape
        (100.0, (5, 5))
        """
        dimension = _validate.integer("dimension", dimension, minimum=2)
        condition_number = _validate.positive("condition_number", condition_number)
        if condition_number < 1:
            raise ValueError(f"condition_number must be at least 1, got {condition_number!r}")
        largest = _validate.positive("largest_curvature", largest_curvature)
        rng = _validate.generator("rng", rng)
        between = rng.uniform(0, 1, dimension - 2)
        exponents = np.concatenate([[0.0], between, [1.0]])
        # QR of a normal matrix is uniform over rotations once the signs of R are fixed
        # (F. Mezzadri, "How to generate random matrices from the classical compact groups", 2007).
        q, r = np.linalg.qr(rng.normal(size=(dimension, dimension)))
        return cls(
            spectrum=largest * condition_number**-exponents,
            basis=q * np.sign(np.diag(r)),
            minimum=rng.normal(size=dimension),
        )

    @property
    def largest_curvature(self) -> float:
        """The largest eigenvalue of the Hessian."""
        return float(self.spectrum.max())

    @property
    def condition_number(self) -> float:
        """Largest over smallest eigenvalue; inf if the smallest is 0."""
        smallest = float(self.spectrum.min())
        return self.largest_curvature / smallest if smallest > 0 else np.inf

    def loss(self, w: ArrayLike) -> float | Array:
        """Return the loss at one point or many.

        Parameters
        ----------
        w : array_like, shape (..., d)

        Returns
        -------
        float, or ndarray of shape (...)

        Raises
        ------
        ValueError
            If the last axis of `w` is not d long.
        """
        along = self._coordinates(w)
        value = 0.5 * (self.spectrum * along * along).sum(axis=-1)
        return float(value) if value.ndim == 0 else value

    def gradient(self, w: ArrayLike) -> Array:
        """Return the gradient at one point or many.

        Parameters
        ----------
        w : array_like, shape (..., d)

        Returns
        -------
        ndarray, shape (..., d)

        Raises
        ------
        ValueError
            If the last axis of `w` is not d long.
        """
        return (self.spectrum * self._coordinates(w)) @ self.basis.T

    def hessian(self) -> Array:
        """Return the Hessian, shape (d, d): the same at every point."""
        return (self.basis * self.spectrum) @ self.basis.T

    def _coordinates(self, w: ArrayLike) -> Array:
        """Return the distance from the minimum along each eigenvector."""
        point = _validate.numeric_array("w", w)
        if point.ndim == 0 or point.shape[-1] != len(self.spectrum):
            d = len(self.spectrum)
            raise ValueError(f"w must have {d} entries on its last axis, got shape {point.shape}")
        return (point - self.minimum) @ self.basis
