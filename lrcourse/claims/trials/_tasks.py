"""What trials of networks share: data of its own for every seed."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from lrcourse.datasets import Dataset, Split, digits, wave1d

Draw = Callable[[int], Split]
KEPT = 32  # draws of a task: a trial trains on each more than once


def waves(rows: int, held_out: int = 1000) -> Draw:
    """Return a function of the seed that makes one-dimensional images, with some held out."""

    @lru_cache(maxsize=KEPT)
    def draw(seed: int) -> Split:
        made = wave1d(rows + held_out, seed=seed)
        return made.split(held_out / (rows + held_out), rng=np.random.default_rng(seed))

    return draw


def handwriting(label_noise: float = 0.0) -> Draw:
    """Return a function of the seed that halves the digits; the noise is on the training labels."""

    @lru_cache(maxsize=KEPT)
    def draw(seed: int) -> Split:
        rng = np.random.default_rng(seed)
        parts = digits().standardised().split(0.5, rng=rng)
        return Split(parts.train.with_label_noise(label_noise, rng=rng), parts.validation)

    return draw


def training_rows(task: Draw) -> Callable[[int], Dataset]:
    """Return the same task without what it holds out, which costs time to judge by."""
    return lambda seed: task(seed).train
