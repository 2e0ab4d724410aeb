"""Where a run's randomness comes from: one seed gives its initial weights and its mini-batches."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrcourse import _validate


class Streams(NamedTuple):
    """The two independent generators of a run."""

    init: np.random.Generator
    batches: np.random.Generator


def streams(seed: int) -> Streams:
    """Return the generators of initial weights and of mini-batches that belong to a seed.

    Parameters
    ----------
    seed : int
        At least 0.

    Returns
    -------
    Streams

    Raises
    ------
    TypeError, ValueError
        If `seed` is not an integer of at least 0.

    Examples
    --------
    >>> bool(streams(3).init.normal() == streams(3).init.normal())
    True
    """
    return Streams(*np.random.default_rng(_validate.integer("seed", seed, minimum=0)).spawn(2))


def mini_batches(
    rows: int, batch_size: int | None, steps: int, *, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Return which rows each step sees.

    Every epoch goes through the rows in a new random order, without replacement. Rows that do not
    fill a batch at the end of an epoch are left out of that epoch.

    Parameters
    ----------
    rows : int
        Number of training examples.
    batch_size : int or None
        Examples a step, at most `rows`; None is full batch, all rows in their own order.
    steps : int
    rng : numpy.random.Generator
        The source of all randomness.

    Returns
    -------
    ndarray of int, shape (steps, batch_size)

    Raises
    ------
    TypeError, ValueError
        If a number is not an integer of at least 1, or the batch is larger than the data.

    Examples
    --------
    >>> import numpy as np
    >>> batches = mini_batches(5, 2, 4, rng=np.random.default_rng(0))
    >>> batches.shape, len(set(batches[:2].ravel()))  # an epoch is two steps
    ((4, 2), 4)
    """
    rows = _validate.integer("rows", rows, minimum=1)
    steps = _validate.integer("steps", steps, minimum=1)
    rng = _validate.generator("rng", rng)
    if batch_size is None:
        return np.tile(np.arange(rows), (steps, 1))
    batch_size = _validate.integer("batch_size", batch_size, minimum=1)
    if batch_size > rows:
        raise ValueError(f"batch_size must be at most the {rows} rows, got {batch_size!r}")
    per_epoch = rows // batch_size
    epochs = -(-steps // per_epoch)
    order = [rng.permutation(rows)[: per_epoch * batch_size] for _ in range(epochs)]
    return np.concatenate(order).reshape(-1, batch_size)[:steps]
