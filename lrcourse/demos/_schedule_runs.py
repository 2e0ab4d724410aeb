"""The runs behind `ScheduleRace`: a small network under each schedule, at many peak rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from types import MappingProxyType

import numpy as np

from lrcourse._validate import Array
from lrcourse.datasets import Split, wave1d
from lrcourse.demos._grid import kept
from lrcourse.models import MLP
from lrcourse.optimizers import SGD
from lrcourse.schedules import (
    Constant,
    CosineAnnealing,
    CosineWarmRestarts,
    Exponential,
    LinearToZero,
    MultiStep,
    Schedule,
    WarmupStableDecay,
)
from lrcourse.training import Sweep, sweep

# Each begins at the factor 1, or climbs to it.
SHAPES: Mapping[str, Callable[[int], Schedule]] = MappingProxyType(
    {
        "constant": lambda steps: Constant(1.0),
        "step": lambda steps: MultiStep(1.0, (steps // 2, 3 * steps // 4), gamma=0.1),
        "exponential": lambda steps: Exponential(1.0, 0.01, decay_steps=steps),
        "cosine": lambda steps: CosineAnnealing(1.0, steps),
        "linear": lambda steps: LinearToZero(1.0, steps),
        "restarts": lambda steps: CosineWarmRestarts(1.0, steps // 4),
        "wsd": lambda steps: WarmupStableDecay(
            1.0, steps, warmup_steps=steps // 20, cooldown_steps=steps // 5
        ),
    }
)
NETWORK = MLP((40, 64, 64, 10))
TRAINING, HELD_OUT, BATCH_SIZE = 2000, 1000, 16
STEPS, REPLICATES = 600, 4
PEAKS = tuple(float(f"{peak:.2g}") for peak in np.geomspace(0.02, 4, 15))


@cache
def preset_runs() -> Sweep:
    """Train under every schedule of `SHAPES`."""
    steps = np.arange(STEPS)
    return kept("schedule-race", lambda: train([make(STEPS)(steps) for make in SHAPES.values()]))


def train(factors: list[Array]) -> Sweep:
    """Train with each array of factors at every peak: (schedules, peaks, replicates) runs."""
    rows = np.repeat(np.stack(factors, axis=1), len(PEAKS) * REPLICATES, axis=1)
    return sweep(
        NETWORK,
        _waves,
        SGD(),
        PEAKS * len(factors),
        steps=STEPS,
        seeds=REPLICATES,
        batch_size=BATCH_SIZE,
        schedule=rows,
        progress=False,
    )


@lru_cache(maxsize=REPLICATES)
def _waves(seed: int) -> Split:
    images = wave1d(TRAINING + HELD_OUT, seed=seed)
    return images.split(HELD_OUT / len(images), rng=np.random.default_rng(seed))
