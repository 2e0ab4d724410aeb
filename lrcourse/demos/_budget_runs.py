"""The runs behind `BudgetCurve`: one small network, many rates, judged again and again."""

from __future__ import annotations

from functools import cache

import numpy as np

from lrcourse.datasets import Split, wave1d
from lrcourse.demos._grid import kept
from lrcourse.models import MLP
from lrcourse.optimizers import GradientDescent
from lrcourse.training import Sweep, sweep

NETWORK = MLP((40, 64, 10))
TRAINING, HELD_OUT, BATCH_SIZE = 1000, 500, 16
REPLICATES = 4


def _rounded(low: float, high: float, count: int) -> tuple[float, ...]:
    """Return rising numbers of two digits, about evenly spaced in their logarithm."""
    return tuple(float(f"{value:.2g}") for value in np.geomspace(low, high, count))


RATES = _rounded(1e-3, 10, 41)
BUDGETS = tuple(int(steps) for steps in _rounded(10, 3200, 26))


@cache
def budget_runs(seed: int) -> Sweep:
    """Train at every rate, and judge after every budget; each replicate has data of its own."""
    return kept(f"budget-curve-seed{seed}", lambda: _train(seed))


def _train(seed: int) -> Sweep:
    words = np.random.SeedSequence(seed).generate_state(REPLICATES)
    return sweep(
        NETWORK,
        _waves,
        GradientDescent(),
        RATES,
        steps=BUDGETS[-1],
        seeds=[int(word) for word in words],
        batch_size=BATCH_SIZE,
        checkpoints=BUDGETS,
    )


def _waves(seed: int) -> Split:
    images = wave1d(TRAINING + HELD_OUT, seed=seed)
    return images.split(HELD_OUT / len(images), rng=np.random.default_rng(seed))
