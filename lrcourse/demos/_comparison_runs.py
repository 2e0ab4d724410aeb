"""The runs behind `ThreeComparisons`: one small network, with true labels and with wrong ones."""

from __future__ import annotations

from functools import cache

import numpy as np

from lrcourse.datasets import Split, digits
from lrcourse.demos._grid import kept
from lrcourse.models import MLP
from lrcourse.optimizers import GradientDescent
from lrcourse.training import Sweep, sweep

NETWORK = MLP((64, 64, 10))
TRAINING, HELD_OUT, BATCH_SIZE = 500, 1000, 16
REPLICATES = 12
SHARES = {"none": 0.0, "some": 0.4}  # of the training labels, drawn anew

SMALL_RATES = (0.005, 0.007, 0.01, 0.014, 0.02)
LARGE_RATES = (0.05, 0.07, 0.1, 0.14, 0.2)
BUDGETS = tuple(round(64 * 2 ** (k / 4)) for k in range(21))
# And before: a large rate has within a few steps the loss that a small one has after many.
LOOKS = (0, *(round(2 ** (k / 2)) for k in range(1, 12)), *BUDGETS)


@cache
def comparison_runs(label_noise: str, seed: int) -> Sweep:
    """Train at every rate; at all rates a replicate has the same digits, weights and batches."""
    name = f"three-comparisons-{label_noise}-seed{seed}"
    return kept(name, lambda: _train(SHARES[label_noise], seed))


def _train(share: float, seed: int) -> Sweep:
    words = np.random.SeedSequence(seed).generate_state(REPLICATES)
    return sweep(
        NETWORK,
        lambda seed: _few_digits(share, seed),
        GradientDescent(),
        SMALL_RATES + LARGE_RATES,
        steps=LOOKS[-1],
        seeds=[int(word) for word in words],
        batch_size=BATCH_SIZE,
        checkpoints=LOOKS,
        progress=False,
    )


def _few_digits(share: float, seed: int) -> Split:
    """Return digits to train on, and others to judge by; only training labels are ever wrong."""
    rng = np.random.default_rng(seed)
    data = digits()
    unused = len(data) - TRAINING - HELD_OUT
    parts = data.split(HELD_OUT / len(data), unused / len(data), rng=rng).standardised()
    return Split(parts.train.with_label_noise(share, rng=rng), parts.validation)
