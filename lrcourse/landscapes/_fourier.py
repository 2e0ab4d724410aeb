"""A hilly landscape that nobody designed: waves of random height, put on top of each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import polynomial
from numpy.typing import ArrayLike, NDArray

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.landscapes._curve import Curve


@dataclass(frozen=True, eq=False)
class Fourier(Curve):
    r"""A periodic loss, :math:`L(x) = \sum_{k=1}^K a_k \cos(kx + \varphi_k)`.

    Its period is 2π: whoever leaves it on the right comes back on the left. All its minima are
    known, since on the unit circle the slope is a polynomial of degree 2K.

    Parameters
    ----------
    amplitudes, phases : array_like, shape (K,)
        :math:`a_k`, not all 0, and :math:`\varphi_k`.

    Raises
    ------
    ValueError
        If they are empty, not finite, or of different lengths, or all amplitudes are 0.

    Examples
    --------
    >>> import numpy as np
    >>> hills = Fourier([0.2, 1.0], [0.0, 0.0])
    >>> hills.minima().round(3)
    array([1.621, 4.662])
    >>> random = Fourier.random(rng=np.random.default_rng(0))
    >>> len(random.minima()), random.basin(random.global_minimum()) == random.global_basin
    (8, np.True_)
    """

    amplitudes: Array
    phases: Array

    period = 2 * np.pi

    def __post_init__(self) -> None:
        for name in ("amplitudes", "phases"):
            array = _validate.finite_array(name, getattr(self, name), ndim=1)
            object.__setattr__(self, name, array)
        if len(self.amplitudes) != len(self.phases):
            raise ValueError(
                "amplitudes and phases must be equally long, "
                f"got {len(self.amplitudes)} and {len(self.phases)}"
            )
        if not self.amplitudes.any():
            raise ValueError(f"amplitudes must not all be 0, got {self.amplitudes!r}")
        waves = self.amplitudes * np.exp(1j * self.phases)
        for order in range(3):
            factors = (1j * np.arange(1, len(waves) + 1)) ** order
            object.__setattr__(self, f"_derivative{order}", np.append(0, factors * waves))

    @classmethod
    def random(cls, harmonics: int = 8, *, rng: np.random.Generator) -> Fourier:
        """Return a random landscape with at least two valleys.

        The amplitudes are normal with deviation 1/k, the phases even; a landscape with one valley
        is drawn anew.

        Parameters
        ----------
        harmonics : int
            K, at least 2.
        rng : numpy.random.Generator
            The source of all randomness.

        Returns
        -------
        Fourier

        Raises
        ------
        TypeError, ValueError
            If an argument is of the wrong kind or out of range.
        """
        k = np.arange(1, _validate.integer("harmonics", harmonics, minimum=2) + 1)
        rng = _validate.generator("rng", rng)
        while True:
            landscape = cls(rng.normal(size=len(k)) / k, rng.uniform(0, 2 * np.pi, len(k)))
            if len(landscape.minima()) > 1:
                return landscape

    def loss(self, x: ArrayLike) -> Array:
        """Return the loss at each entry of `x`, of any shape."""
        return self._waves(0, x)

    def gradient(self, x: ArrayLike) -> Array:
        """Return the slope at each entry of `x`, of any shape."""
        return self._waves(1, x)

    def hessian(self, x: ArrayLike) -> Array:
        """Return the curvature at each entry of `x`, of any shape."""
        return self._waves(2, x)

    def stationary_points(self) -> Array:
        """Return all minima and hilltops in [0, 2π), from left to right."""
        half = self._coefficients(1)[1:]
        roots = np.roots(np.concatenate([half[::-1], [0], half.conj()]))
        # The angles of all roots, also of those off the circle. Between two neighbours the slope
        # has one sign; a stationary point is where it changes.
        angles = np.sort(np.angle(roots) % self.period)
        signs = np.sign(
            self.gradient((angles + np.append(angles[1:], angles[0] + self.period)) / 2)
        )
        return np.asarray(angles[signs != np.roll(signs, 1)])

    def _waves(self, order: int, x: ArrayLike) -> Array:
        """Return the derivative of that order: a polynomial in exp(ix)."""
        x = _validate.numeric_array("x", x)
        circle = np.empty(x.shape, np.complex128)
        circle.real, circle.imag = np.cos(x), np.sin(x)
        return np.asarray(polynomial.polyval(circle, self._coefficients(order)).real)

    def _coefficients(self, order: int) -> NDArray[np.complex128]:
        coefficients: NDArray[np.complex128] = getattr(self, f"_derivative{order}")
        return coefficients
