"""The runs behind `WhenToStop`: a small network that overfits, at rates that differ a lot."""

from __future__ import annotations

from functools import cache

import numpy as np

from lrcourse.datasets import Split, wave1d
from lrcourse.demos._grid import kept
from lrcourse.models import MLP
from lrcourse.optimizers import GradientDescent
from lrcourse.training import Sweep, sweep

NETWORK = MLP((40, 64, 10))
TRAINING, HELD_OUT, WRONG, BATCH_SIZE = 500, 1000, 0.3, 50
REPLICATES = 4
# Whole numbers of steps between two checks at every rate, if a check comes after a distance of 1.
RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
CHECKS = 80
METRICS = ("train_loss", "val_loss", "val_accuracy")


def steps_between(rate: float) -> int:
    """Return after how many steps at this rate the next check comes."""
    return round(1 / rate)


@cache
def stopping_runs(seed: int) -> tuple[Sweep, ...]:
    """Train equally far at each rate: the rate times the number of steps is the same."""
    return tuple(_run(rate, seed) for rate in RATES)


def _run(rate: float, seed: int) -> Sweep:
    return kept(f"when-to-stop-rate{rate:g}-seed{seed}", lambda: _train(rate, seed))


def _train(rate: float, seed: int) -> Sweep:
    words = np.random.SeedSequence(seed).generate_state(REPLICATES)
    every = steps_between(rate)
    return sweep(
        NETWORK,
        _waves,
        GradientDescent(),
        [rate],
        steps=CHECKS * every,
        seeds=[int(word) for word in words],
        batch_size=BATCH_SIZE,
        checkpoints=range(0, CHECKS * every + 1, every),
        progress=False,
    )


def _waves(seed: int) -> Split:
    rng = np.random.default_rng(seed)
    images = wave1d(TRAINING + HELD_OUT, seed=seed).with_label_noise(WRONG, rng=rng)
    return images.split(HELD_OUT / len(images), rng=rng).standardised()
