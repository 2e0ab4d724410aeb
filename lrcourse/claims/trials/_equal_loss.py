"""Runs compared where their training loss is the same, not where their step is."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lrcourse._validate import Array


def at_equal_loss(losses: Array, values: ArrayLike, threshold: float) -> Array:
    """Return each run's value when its loss is first below a threshold, NaN if it never is.

    Parameters
    ----------
    losses : ndarray, shape (runs, checkpoints)
        A loss of NaN, after a run has diverged, is not below anything.
    values : array_like, shape (runs, checkpoints) or (checkpoints,)
        What is asked for, such as the validation accuracy, or the step.
    threshold : float

    Returns
    -------
    ndarray, shape (runs,)

    Examples
    --------
    >>> at_equal_loss(np.array([[2.0, 0.9, 0.4], [2.0, 1.9, 1.8]]), [0, 10, 20], 1.0)
    array([10., nan])
    """
    below = losses < threshold
    first = below.argmax(axis=1)
    then = np.broadcast_to(np.asarray(values), losses.shape)[np.arange(len(losses)), first]
    return np.where(below.any(axis=1), then, np.nan)
