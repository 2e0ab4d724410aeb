"""The runs behind `Scoreboard`, and where among them each benefit is found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from lrcourse._validate import Array
from lrcourse.claims.trials._few_examples import few_waves
from lrcourse.claims.trials.chapter12 import BATCH_SIZE, ROWS, TIES, scores
from lrcourse.datasets import Split
from lrcourse.demos._grid import kept
from lrcourse.models import ConvNet
from lrcourse.optimizers import GradientDescent
from lrcourse.training import Sweep, sweep

RATES = (0.001, 0.002, 0.004, 0.008, 0.016, 0.03, 0.06, 0.12, 0.25, 0.5, 1.0, 2.0, 4.0)
BUDGETS = (100, 200, 400, 800, 1600)
REPLICATES = 6
LOOK = 25  # steps between two looks at whole data sets, early; later four times as many
BENEFITS = tuple(TIES)


@dataclass(frozen=True)
class Board:
    """Each benefit at each rate after each budget.

    Parameters
    ----------
    shares : ndarray, shape (budgets, benefits, rates)
        In what share of the replicates no rate has more of the benefit, but for a tie.
    together : ndarray, shape (budgets, rates)
        In what share of the replicates that is so for every benefit.
    means : ndarray, shape (budgets, benefits, rates)
        What stands behind it; lower is better. NaN where not all replicates got there.
    """

    shares: Array
    together: Array
    means: Array


@cache
def board(seed: int) -> Board:
    """Train every rate, and hold each against all others after every budget."""
    result = kept(f"scoreboard-seed{seed}", lambda: _train(seed))
    arms = np.split(np.arange(len(result.runs)), len(RATES))
    found = [[scores(result, arm, budget) for arm in arms] for budget in BUDGETS]
    # Budgets, rates, benefits, replicates.
    values = np.array([[[s[name] for name in BENEFITS] for s in row] for row in found])
    ties = np.array(list(TIES.values()))[:, None]
    wins = np.isfinite(values) & (values <= values.min(axis=1, keepdims=True) + ties)
    # Who never gets to the common training loss has no step, and no accuracy, to show for it.
    late = np.isinf(values[:, :, :1]) & np.array([["at equal loss" in n] for n in BENEFITS])
    means = np.where(late, np.inf, values).mean(axis=-1)
    return Board(
        shares=wins.mean(axis=-1).swapaxes(1, 2),
        together=wins.all(axis=2).mean(axis=-1),
        means=np.where(np.isfinite(means), means, np.nan).swapaxes(1, 2),
    )


def _train(seed: int) -> Sweep:
    words = np.random.SeedSequence(seed).generate_state(REPLICATES)
    return sweep(
        ConvNet(),
        _waves,
        GradientDescent(),
        RATES,
        steps=BUDGETS[-1],
        seeds=[int(word) for word in words],
        batch_size=BATCH_SIZE,
        checkpoints=sorted({*range(0, 801, LOOK), *range(0, BUDGETS[-1] + 1, 4 * LOOK)}),
        progress=False,
    )


def _waves(seed: int) -> Split:
    return few_waves(ROWS, rng=np.random.default_rng(seed))
