"""The runs behind `ThreeComparisons`: one small network, with true labels and with wrong ones."""

from __future__ import annotations

from functools import cache

import numpy as np

from lrcourse.datasets import Split, wave1d
from lrcourse.demos._grid import kept
from lrcourse.models import MLP
from lrcourse.optimizers import GradientDescent
from lrcourse.training import Sweep, sweep

NETWORK = MLP((40, 64, 10))
TRAINING, HELD_OUT, BATCH_SIZE = 1000, 1000, 16
IMAGE_NOISE = 0.1  # less than the default: there is more to lose from a wrong label
REPLICATES = 10
SHARES = {"none": 0.0, "some": 0.5}  # of the training labels, drawn anew

SMALL_RATES = (0.0125, 0.018, 0.025, 0.035)
LARGE_RATES = (0.1, 0.14, 0.2, 0.28, 0.4)
BUDGETS = tuple(round(64 * 2 ** (k / 4)) for k in range(24))
# And before: a large rate has within a few steps the loss that a small one has after many.
LOOKS = (0, *(round(2 ** (k / 2)) for k in range(1, 12)), *BUDGETS)


@cache
def comparison_runs(label_noise: str, seed: int) -> Sweep:
    """Train at every rate; at all rates a replicate has the same images, weights and batches."""
    name = f"three-comparisons-{label_noise}-seed{seed}"
    return kept(name, lambda: _train(SHARES[label_noise], seed))


def _train(share: float, seed: int) -> Sweep:
    words = np.random.SeedSequence(seed).generate_state(REPLICATES)
    return sweep(
        NETWORK,
        lambda seed: _waves(share, seed),
        GradientDescent(),
        SMALL_RATES + LARGE_RATES,
        steps=LOOKS[-1],
        seeds=[int(word) for word in words],
        batch_size=BATCH_SIZE,
        checkpoints=LOOKS,
        progress=False,
    )


def _waves(share: float, seed: int) -> Split:
    """Return images of this seed's own; only training labels are ever wrong."""
    rng = np.random.default_rng(seed)
    images = wave1d(TRAINING + HELD_OUT, seed=seed, noise=IMAGE_NOISE)
    parts = images.split(HELD_OUT / len(images), rng=rng)
    return Split(parts.train.with_label_noise(share, rng=rng), parts.validation)
