"""Tasks with few examples, some of them wrong: where learning and generalising part company."""

from __future__ import annotations

import numpy as np

from lrcourse.datasets import Dataset, Split, digits, wave1d

VALIDATION = 500  # rows
PROBES = 40  # wrong labels asked about: of 300 rows, three tenths drawn anew, at least so many are


def few_waves(n: int, *, rng: np.random.Generator) -> Split:
    """Return `n` waves to train on, and others to validate on, of ten new curves."""
    images, templates = (int(seed) for seed in rng.integers(2**32, size=2))
    data = wave1d(n + VALIDATION, seed=images, templates=templates)
    return data.split(VALIDATION / len(data), rng=rng)


def few_digits(n: int, *, rng: np.random.Generator) -> Split:
    """Return `n` digits to train on, and others to validate on, standardised."""
    data = digits()
    unused = len(data) - n - VALIDATION
    return data.split(VALIDATION / len(data), unused / len(data), rng=rng).standardised()


def mislabelled(parts: Split, share: float, *, rng: np.random.Generator) -> Split:
    """Return the parts with a share of the *training* labels drawn anew."""
    return Split(parts.train.with_label_noise(share, rng=rng), parts.validation)


def probed(parts: Split, share: float, *, rng: np.random.Generator) -> Split:
    """Return the training set with label noise, judged on examples that it has wrong.

    The "validation" set is rows of the training set under their wrong labels: a network is accurate
    there as far as it has learnt them by heart.
    """
    train = parts.train.with_label_noise(share, rng=rng)
    wrong = np.flatnonzero(train.targets != parts.train.targets)[:PROBES]
    return Split(train, Dataset("wrong labels", train.inputs[wrong], train.targets[wrong]))
