"""Data sets as tables of inputs and targets, from scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lrcourse import _validate
from lrcourse._validate import Array


@dataclass(frozen=True, eq=False)
class Dataset:
    """Inputs and targets, row by row.

    Parameters
    ----------
    name : str
    inputs : ndarray, shape (n, d)
    targets : ndarray, shape (n,)

    Raises
    ------
    ValueError
        If there is no row, an entry is not finite, or the lengths differ.
    """

    name: str
    inputs: Array
    targets: Array

    def __post_init__(self) -> None:
        _validate.table(self.inputs, self.targets)

    def standardised(self) -> Dataset:
        """Return the data with every input column at mean 0 and standard deviation 1.

        A column that never changes becomes 0. The targets stay as they are.

        Returns
        -------
        Dataset

        Examples
        --------
        >>> data = breast_cancer().standardised()
        >>> data.inputs.mean(axis=0).round(6).max() == 0
        np.True_
        """
        centred = self.inputs - self.inputs.mean(axis=0)
        spread = self.inputs.std(axis=0)
        varies = spread > 0
        scaled = np.where(varies, centred / np.where(varies, spread, 1.0), 0.0)
        return replace(self, name=f"{self.name}, standardised", inputs=scaled)

    def sample(self, fraction: float, *, rng: np.random.Generator) -> Dataset:
        """Return a random part of the rows, drawn without replacement.

        Parameters
        ----------
        fraction : float
            Share of the rows, above 0 and at most 1; rounded down to whole rows.
        rng : numpy.random.Generator
            The source of all randomness.

        Returns
        -------
        Dataset

        Raises
        ------
        ValueError
            If `fraction` is outside (0, 1], or so small that no row is left.

        Examples
        --------
        >>> import numpy as np
        >>> len(digits().sample(0.5, rng=np.random.default_rng(0)).targets)
        898
        """
        fraction = _validate.positive("fraction", fraction)
        if fraction > 1:
            raise ValueError(f"fraction must be at most 1, got {fraction!r}")
        rows = int(fraction * len(self.targets))
        if rows == 0:
            raise ValueError(f"fraction must leave at least one row, got {fraction!r}")
        chosen = _validate.generator("rng", rng).permutation(len(self.targets))[:rows]
        return replace(self, inputs=self.inputs[chosen], targets=self.targets[chosen])


def digits() -> Dataset:
    """Return 1,797 images of handwritten digits, 8 × 8 pixels from 0 to 16, and the digit.

    Returns
    -------
    Dataset
        Inputs of shape (1797, 64), targets 0 to 9.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical recognition of handwritten digits", UCI machine learning
    repository, 1998; as packed with scikit-learn.

    Examples
    --------
    >>> data = digits()
    >>> data.inputs.shape, data.inputs.max()
    ((1797, 64), np.float64(16.0))
    """
    from sklearn.datasets import load_digits  # slow to import

    bunch = load_digits()
    return Dataset("digits", bunch.data.astype(np.float64), bunch.target.astype(np.float64))


def breast_cancer() -> Dataset:
    """Return 30 measurements of 569 tumours, and whether each was benign (1) or malignant (0).

    The columns have very different units: their standard deviations span a factor of 200,000.

    Returns
    -------
    Dataset
        Inputs of shape (569, 30), targets 0 and 1.

    References
    ----------
    W. Wolberg, O. Mangasarian, N. Street, W. Street, "Breast cancer Wisconsin (diagnostic)", UCI
    machine learning repository, 1993; as packed with scikit-learn.

    Examples
    --------
    >>> breast_cancer().inputs.shape
    (569, 30)
    """
    from sklearn.datasets import load_breast_cancer  # slow to import

    bunch = load_breast_cancer()
    return Dataset("breast cancer", bunch.data.astype(np.float64), bunch.target.astype(np.float64))
