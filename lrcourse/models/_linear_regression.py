"""Linear regression: the one network whose loss is exactly a quadratic bowl."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.datasets import Dataset


@dataclass(frozen=True, eq=False)
class LinearRegression:
    r"""Least squares with an intercept, :math:`L(w) = \tfrac1{2n} \lVert Xw - y\rVert^2`.

    X is the inputs with a column of ones behind them. The Hessian is :math:`X^\top X/n`: it
    depends on the inputs alone, and grows with the square of their scale.

    Parameters
    ----------
    inputs : array_like, shape (n, d)
    targets : array_like, shape (n,)

    Raises
    ------
    ValueError
        If a shape does not fit or an entry is not finite.

    Examples
    --------
    >>> model = LinearRegression([[1.0], [-1.0]], [2.0, 0.0])
    >>> model.loss([0.0, 0.0]), model.loss([1.0, 1.0])
    (1.0, 0.0)
    >>> model.hessian()
    array([[1., 0.],
           [0., 1.]])
    """

    inputs: ArrayLike
    targets: ArrayLike
    _design: Array = field(init=False, repr=False)
    _targets: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        inputs, targets = _validate.table(self.inputs, self.targets)
        object.__setattr__(self, "_design", np.c_[inputs, np.ones(len(inputs))])
        object.__setattr__(self, "_targets", targets)

    @classmethod
    def on(cls, data: Dataset) -> LinearRegression:
        """Return the model of a data set, with targets brought to mean 0 and deviation 1.

        Parameters
        ----------
        data : Dataset

        Returns
        -------
        LinearRegression

        Raises
        ------
        ValueError
            If all targets are equal.
        """
        spread = data.targets.std()
        if spread == 0:
            raise ValueError(f"targets must vary, got only {data.targets[0]!r}")
        return cls(data.inputs, (data.targets - data.targets.mean()) / spread)

    @property
    def rows(self) -> int:
        """Number of examples, n."""
        return len(self._targets)

    @property
    def weights(self) -> int:
        """Number of weights, intercept included: d + 1."""
        return int(self._design.shape[1])

    def loss(self, w: ArrayLike) -> float | Array:
        """Return the mean squared error over two, on all examples.

        Parameters
        ----------
        w : array_like, shape (..., d + 1)

        Returns
        -------
        float, or ndarray of shape (...)

        Raises
        ------
        ValueError
            If the last axis of `w` is not d + 1 long.
        """
        error = self._error(w, slice(None))
        value = 0.5 * (error * error).mean(axis=-1)
        return float(value) if value.ndim == 0 else value

    def gradient(self, w: ArrayLike, rows: NDArray[np.integer] | None = None) -> Array:
        """Return the gradient of the loss, on all examples or on a mini-batch.

        Parameters
        ----------
        w : array_like, shape (..., d + 1)
        rows : integer array, optional
            Which examples the mini-batch holds; all of them if left out.

        Returns
        -------
        ndarray, shape (..., d + 1)

        Raises
        ------
        TypeError, ValueError
            If the last axis of `w` is not d + 1 long, or `rows` are not rows of the data.
        """
        chosen = slice(None) if rows is None else self._checked(rows)
        error = self._error(w, chosen)
        return np.asarray(error @ self._design[chosen] / error.shape[-1])

    def hessian(self) -> Array:
        """Return the Hessian, shape (d + 1, d + 1): the same at every point."""
        return self._design.T @ self._design / self.rows

    def minimiser(self) -> Array:
        """Return the weights of least loss, of all such the shortest; shape (d + 1,)."""
        return np.asarray(np.linalg.lstsq(self._design, self._targets, rcond=None)[0])

    @property
    def largest_curvature(self) -> float:
        """The largest eigenvalue of the Hessian."""
        return float(np.linalg.eigvalsh(self.hessian())[-1])

    def _checked(self, rows: NDArray[np.integer]) -> NDArray[np.integer]:
        rows = np.asarray(rows)
        if rows.dtype.kind not in "iu" or rows.ndim != 1 or rows.size == 0:
            raise TypeError(f"rows must be a non-empty list of integers, got {rows!r}")
        if not ((rows >= 0) & (rows < self.rows)).all():
            raise ValueError(f"rows must be from 0 to {self.rows - 1}, got {rows!r}")
        return rows

    def _error(self, w: ArrayLike, rows: NDArray[np.integer] | slice) -> Array:
        weights = _validate.numeric_array("w", w)
        if weights.ndim == 0 or weights.shape[-1] != self.weights:
            raise ValueError(
                f"w must have {self.weights} entries on its last axis, got shape {weights.shape}"
            )
        return weights @ self._design[rows].T - self._targets[rows]
