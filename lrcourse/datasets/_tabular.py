"""Real data sets as tables of inputs and targets, from scikit-learn."""

from __future__ import annotations

import numpy as np

from lrcourse.datasets._dataset import Dataset


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


def diabetes() -> Dataset:
    """Return 10 measurements of 442 patients, and how far their diabetes went in a year.

    The inputs come centred and scaled; the targets are raw, from 25 to 346.

    Returns
    -------
    Dataset
        Inputs of shape (442, 10).

    References
    ----------
    B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, "Least angle regression", 2004; as packed with
    scikit-learn.

    Examples
    --------
    >>> data = diabetes()
    >>> data.inputs.shape, data.targets.min(), data.targets.max()
    ((442, 10), np.float64(25.0), np.float64(346.0))
    """
    from sklearn.datasets import load_diabetes  # slow to import

    bunch = load_diabetes()
    return Dataset("diabetes", bunch.data.astype(np.float64), bunch.target.astype(np.float64))
