"""The trials of chapter 5, "Generalisation on trial": a small and a large rate, side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.claims.trials._equal_loss import at_equal_loss
from lrcourse.claims.trials._few_examples import few_digits, few_waves, mislabelled, probed
from lrcourse.claims.trials._tables import compared, measurements, run_seeds
from lrcourse.datasets import Split
from lrcourse.models import MLP, ConvNet, Model
from lrcourse.optimizers import GradientDescent
from lrcourse.training import sweep

SMALL, LARGE = 0.025, 0.2
RATIO = round(LARGE / SMALL)
BATCH_SIZE = 16
BUDGET = 600  # the "same steps"
LOSS = 0.2  # the "same training loss"
NOISE = 0.3  # share of the training labels that are drawn anew

CONVNET, DIGITS_MLP = ConvNet(), MLP((64, 32, 10))


@dataclass(frozen=True)
class Setting:
    """A network, its data, and for how long it must train until the small rate gets to `LOSS`.

    The large rate is judged every `every` steps, the small one every `RATIO` times as many: both
    at the same distances travelled, so that neither has more chances to find its loss low.
    """

    model: Model
    data: Callable[[np.random.Generator], Split]
    steps: int
    every: int = 40

    @property
    def checkpoints(self) -> list[int]:
        """Return the steps at which the runs are judged: later on, as often as the small needs."""
        dense = range(0, self.steps // 2 + 1, self.every)
        return sorted({*dense, *range(0, self.steps + 1, RATIO * self.every), BUDGET})


SETTINGS: Mapping[str, Setting] = {
    "ConvNet, waves": Setting(CONVNET, lambda rng: few_waves(300, rng=rng), 2240),
    "ConvNet, noisy waves": Setting(
        CONVNET, lambda rng: mislabelled(few_waves(300, rng=rng), NOISE, rng=rng), 3520
    ),
    "MLP, digits": Setting(DIGITS_MLP, lambda rng: few_digits(200, rng=rng), 960, every=10),
    "MLP, noisy digits": Setting(
        DIGITS_MLP, lambda rng: mislabelled(few_digits(500, rng=rng), NOISE, rng=rng), 8000
    ),
}

PROBED: Mapping[str, Setting] = {
    "digits": Setting(
        DIGITS_MLP, lambda rng: probed(few_digits(500, rng=rng), NOISE, rng=rng), 8000
    ),
    "waves": Setting(CONVNET, lambda rng: probed(few_waves(300, rng=rng), NOISE, rng=rng), 2880),
}


@dataclass(frozen=True)
class Curve:
    """Training loss and accuracy of all replicates at one rate, each (replicates, checkpoints)."""

    steps: NDArray[np.int64]
    losses: Array
    accuracies: Array
    spacing: int  # steps from one look at the loss to the next

    def after(self, steps: int) -> Array:
        """Return the accuracy after so many steps."""
        return self.accuracies[:, self.steps == steps][:, 0]

    def at_loss(self, loss: float) -> Array:
        """Return the accuracy at the first look that finds the training loss below `loss`."""
        looks = self.steps % self.spacing == 0
        return at_equal_loss(self.losses[:, looks], self.accuracies[:, looks], loss)


def _race(setting: Setting, seeds: list[int]) -> tuple[Curve, Curve]:
    """Train at the small and at the large rate, from the same weights on the same batches."""
    result = sweep(
        setting.model,
        lambda seed: setting.data(np.random.default_rng(seed)),
        GradientDescent(),
        [SMALL, LARGE],
        steps=setting.steps,
        seeds=seeds,
        batch_size=BATCH_SIZE,
        checkpoints=setting.checkpoints,
        progress=False,
    )
    losses, accuracies = (
        result.metrics[name].reshape(2, len(seeds), -1) for name in ("train_loss", "val_accuracy")
    )
    small, large = (
        Curve(result.checkpoints, losses[arm], accuracies[arm], spacing)
        for arm, spacing in enumerate((RATIO * setting.every, setting.every))
    )
    return small, large


# --- C4.1: does a small learning rate generalise better?


def generalisation(seed: int) -> pd.DataFrame:
    """Compare validation accuracies after the same steps, and at the same training loss."""
    tables = []
    for place, setting in SETTINGS.items():
        small, large = _race(setting, run_seeds(seed))
        at_small, at_large = small.at_loss(LOSS), large.at_loss(LOSS)
        tables += [
            compared(f"same training loss, {place}", at_large, at_small),
            compared(f"same steps, {place}", large.after(BUDGET), small.after(BUDGET)),
            measurements(f"both get there, {place}", np.isfinite(at_small + at_large)),
        ]
    return pd.concat(tables)


# --- C4.2: does a small learning rate keep away from noise?


def learning_by_heart(seed: int) -> pd.DataFrame:
    """Compare which shares of the wrong labels in its training set a network has learnt."""
    tables = []
    for place, setting in PROBED.items():
        small, large = _race(setting, run_seeds(seed, stream=1))
        at_small, at_large = small.at_loss(LOSS), large.at_loss(LOSS)
        tables += [
            compared(f"same steps, {place}", large.after(BUDGET), small.after(BUDGET)),
            compared(f"same training loss, {place}", at_large, at_small),
            measurements(f"both get there, {place}", np.isfinite(at_small + at_large)),
            measurements(f"small rate at that loss, {place}", at_small),
        ]
        if setting.steps >= RATIO * BUDGET:
            patient = small.after(RATIO * BUDGET)
            tables.append(compared(f"eight times the steps, {place}", large.after(BUDGET), patient))
    return pd.concat(tables)
