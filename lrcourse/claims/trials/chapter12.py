"""The trial of chapter 12, "The article as a whole": one rate, and every benefit at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.claims.trials._equal_loss import at_equal_loss
from lrcourse.claims.trials._few_examples import few_waves
from lrcourse.claims.trials._tables import Flags, measurements, run_seeds
from lrcourse.datasets import Split
from lrcourse.models import ConvNet
from lrcourse.optimizers import GradientDescent
from lrcourse.training import Best, Sweep, sweep

SMALLEST, SMALL = 0.001, 0.01  # the article's own example of a small rate, and ten times that
GRID = tuple(0.0125 * 2**k for k in range(8))
TOO_LARGE = 8  # times the tuned rate
REPLICATES, TUNING_REPLICATES = 16, 4
ROWS, BATCH_SIZE = 300, 16
BUDGET = 600
PATIENCE = 8  # times the budget, for the small rate to get to `LOSS`
LOSS = 0.2
LOOK = 30  # steps between two looks while the tuned rate is on its way; later ten times as many

# By how much the best may be missed and the benefit still counts. Everything is better if lower.
TIES = {
    "speed": 0.0,  # steps to the loss `LOSS`
    "no divergence": 0.0,
    "steadiness": 0.01,  # climbs of the training loss from look to look, added up
    "lowest training loss": 0.01,
    "accuracy": 0.01,  # both as errors
    "accuracy at equal loss": 0.01,
}


def all_benefits(seed: int) -> pd.DataFrame:
    """Compare a small, a tuned and a too large rate in everything that the article promises."""
    best = _tuned(seed)
    rates = (SMALLEST, SMALL, best.learning_rate, TOO_LARGE * best.learning_rate)
    seeds = run_seeds(seed, stream=1, replicates=REPLICATES)
    result = _train(rates, seeds, PATIENCE * BUDGET, _looks())
    arms = np.split(np.arange(len(result.runs)), len(rates))
    smallest, small, tuned, large = (scores(result, arm, BUDGET) for arm in arms)
    patient = scores(result, arms[1], PATIENCE * BUDGET)

    here = won(small, tuned, large)
    given_time = won(patient, tuned, large)
    del given_time["speed"]
    table = pd.concat(
        [
            measurements("all", _all(here)),
            *(
                measurements(
                    name, wins, small=small[name], tuned=tuned[name], too_large=large[name]
                )
                for name, wins in here.items()
            ),
            measurements("all, in eight times the steps", _all(given_time)),
            measurements("all, smallest rate", _all(won(smallest, tuned, large))),
            measurements("all, tuned rate", _all(won(tuned, small, large))),
        ]
    )
    return table.assign(tuned_rate=best.learning_rate, at_edge=best.at_edge)


def _tuned(seed: int) -> Best:
    """Return the rate with the best accuracy after the budget, on seeds of its own."""
    seeds = run_seeds(seed, stream=2, replicates=TUNING_REPLICATES)
    return _train(GRID, seeds, BUDGET, [BUDGET]).best("val_accuracy")


def _looks() -> list[int]:
    """Return the steps at which the runs are judged."""
    dense = range(0, BUDGET * 3 // 2 + 1, LOOK)
    return sorted({*dense, *range(0, BUDGET * PATIENCE + 1, 10 * LOOK)})


def _train(rates: Sequence[float], seeds: list[int], steps: int, looks: list[int]) -> Sweep:
    return sweep(
        ConvNet(),
        _data,
        GradientDescent(),
        rates,
        steps=steps,
        seeds=seeds,
        batch_size=BATCH_SIZE,
        checkpoints=looks,
        progress=False,
    )


def _data(seed: int) -> Split:
    return few_waves(ROWS, rng=np.random.default_rng(seed))


def scores(result: Sweep, arm: NDArray[np.int64], budget: int) -> dict[str, Array]:
    """Return what each run of an arm has to show after its budget; a diverged run gets the worst.

    A run that never gets to the common training loss has an accuracy of 0 there.
    """
    losses, accuracies = (result.metrics[name][arm] for name in ("train_loss", "val_accuracy"))
    looks = result.checkpoints
    seen = looks <= budget
    climbs = np.maximum(np.diff(losses[:, seen]), 0).sum(axis=1)
    return {
        "speed": np.nan_to_num(at_equal_loss(losses, looks, LOSS), nan=np.inf),
        "no divergence": result.diverged[arm].astype(float),
        "steadiness": np.nan_to_num(climbs, nan=np.inf),
        "lowest training loss": np.nan_to_num(losses[:, seen][:, -1], nan=np.inf),
        "accuracy": 1 - np.nan_to_num(accuracies[:, seen][:, -1]),
        "accuracy at equal loss": 1 - np.nan_to_num(at_equal_loss(losses, accuracies, LOSS)),
    }


def won(scores: dict[str, Array], *rivals: dict[str, Array]) -> dict[str, Flags]:
    """Say in which replicates no rival is better, or only by so little that it is a tie."""
    return {
        name: np.asarray(scores[name] <= np.min([rival[name] for rival in rivals], axis=0) + tie)
        for name, tie in TIES.items()
    }


def _all(won: dict[str, Flags]) -> Flags:
    return np.asarray(np.all(list(won.values()), axis=0))
