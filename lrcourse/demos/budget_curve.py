"""The U-curve of results against learning rates, and how it moves as the budget of steps grows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.demos._budget_runs import BUDGETS, RATES, REPLICATES, budget_runs
from lrcourse.demos._grid import pack, unpack
from lrcourse.demos.base import Choice, Demo, Setting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

METRICS = {
    "val_loss": "validation loss",
    "val_accuracy": "validation accuracy",
    "train_loss": "training loss",
    "train_accuracy": "training accuracy",
}
HEIGHTS = {
    "val_loss": (1.0, 3.0),
    "val_accuracy": (0.0, 0.7),
    "train_loss": (0.0, 3.0),
    "train_accuracy": (0.0, 1.0),
}
INK, MINE, DIVERGED = "#1f2328", "#b03a00", "#b3261e"


class BudgetCurve(Demo):
    """A small network at 41 learning rates, judged after each of 26 budgets of steps.

    The network (40-64-10, mini-batches of 16) learns one-dimensional images; every replicate has
    images, initial weights and mini-batches of its own. Shows the result at each rate when the
    budget is spent, how the best rate moves with the budget, and how many times sooner the best
    rates reach what the chosen rate reaches.

    Parameters
    ----------
    steps : float
        The budget, from 10 to 3200; the nearest of the budgets that were judged is taken.
    learning_rate : float
        The rate to compare with the best, from 0.001 to 10; the nearest that was trained is taken.
    metric : {"val_loss", "val_accuracy", "train_loss", "train_accuracy"}
        What a rate is judged by.
    seed : int
        Base seed of the runs, not negative. Another one trains again, for some seconds.

    Raises
    ------
    TypeError, ValueError
        If `seed` is not an integer of at least 0.
    traitlets.TraitError
        If another value is out of its range.

    Examples
    --------
    >>> curve = BudgetCurve(steps=100, metric="val_loss")
    >>> brief = curve.best_rate
    >>> curve.steps = 3200
    >>> curve.best_rate < brief
    True
    """

    module = "budget_curve"

    steps = Setting(320, low=BUDGETS[0], high=BUDGETS[-1])
    learning_rate = Setting(0.01, low=RATES[0], high=RATES[-1])
    metric = Choice("val_loss", options=tuple(METRICS))
    seed = traitlets.Int(0).tag(sync=True)
    runs = traitlets.Dict().tag(sync=True)

    def __init__(self, *, seed: int = 0, **settings: Any) -> None:
        _validate.integer("seed", seed, minimum=0)
        super().__init__(**settings)
        self.seed = seed
        self._train()
        # From the browser, when there is a kernel: it goes on showing the old runs until then.
        self.observe(lambda _: self._train(), "seed")

    @property
    def budget(self) -> int:
        """The number of steps after which the runs are judged."""
        return BUDGETS[_nearest(BUDGETS, self.steps)]

    @property
    def rate(self) -> float:
        """The learning rate that is compared with the best."""
        return RATES[_nearest(RATES, self.learning_rate)]

    @property
    def best_rate(self) -> float:
        """The rate with the best mean when the budget is spent, of those where no run diverged."""
        return RATES[self._best(self._budget_index)]

    @property
    def price(self) -> float:
        """How many times sooner the best rates were where the chosen rate is now.

        NaN if a run at the chosen rate has diverged. Nothing is known of the time before the first
        budget: if they were there already then, the price is at least this.
        """
        means = self._means()
        mine = means[RATES.index(self.rate), self._budget_index]
        envelope = np.array([means[self._best(b), b] for b in range(len(BUDGETS))])
        return self.budget / steps_until(envelope * self._sign, mine * self._sign)

    def results(self) -> Array:
        """Return the metric, shape (41 rates, 4 replicates, 26 budgets); NaN of a diverged run."""
        values = budget_runs(self.seed).metrics[self.metric]
        return values.reshape(len(RATES), REPLICATES, len(BUDGETS))

    def alt_text(self) -> str:
        """Say in words what the picture shows."""
        name = METRICS[self.metric]
        means = self._means()[:, self._budget_index]
        best, mine = (float(means[RATES.index(rate)]) for rate in (self.best_rate, self.rate))
        later = RATES[self._best(len(BUDGETS) - 1)]
        stable = [rate for rate, mean in zip(RATES, means, strict=True) if np.isfinite(mean)]
        words = (
            "a run has diverged"
            if np.isnan(mine)
            else f"it is {mine:.3g}, which the best rates had {self.price:.2g} times sooner"
        )
        return (
            f"A small network at {len(RATES)} learning rates from {RATES[0]:g} to {RATES[-1]:g}. "
            f"After {self.budget} steps the best {name} is {best:.3g}, at rate "
            f"{self.best_rate:g}; at rate {self.rate:g} {words}. Runs diverge above rate "
            f"{stable[-1]:g}. After {BUDGETS[-1]} steps the best rate is {later:g}."
        )

    def figure(self) -> Figure:
        """Return the picture of the present state."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 3.6), dpi=110, layout="constrained")
        curve, track = figure.subplots(1, 2)
        self._draw_curve(curve)
        self._draw_track(track)
        figure.suptitle(
            f"{self.budget} steps: best rate {self.best_rate:g} by {METRICS[self.metric]} "
            f"(dashed), yours {self.rate:g} (dotted), diverged (×)",
            fontsize=11,
        )
        return figure

    @property
    def _sign(self) -> int:
        return -1 if self.metric.endswith("accuracy") else 1

    @property
    def _budget_index(self) -> int:
        return BUDGETS.index(self.budget)

    def _means(self) -> Array:
        """Return means of what the browser has, rounded: so both call the same rate the best."""
        return np.asarray(unpack(self.runs["grids"][self.metric]).mean(axis=1))

    def _best(self, budget: int) -> int:
        return int(np.nanargmin(self._means()[:, budget] * self._sign))

    def _train(self) -> None:
        metrics = budget_runs(self.seed).metrics
        shape = (len(RATES), REPLICATES, len(BUDGETS))
        grids = {name: pack(metrics[name].reshape(shape)) for name in METRICS}
        self.runs = {"rates": list(RATES), "budgets": list(BUDGETS), "grids": grids}

    def _draw_curve(self, axes: Axes) -> None:
        now = self.results()[:, :, self._budget_index]
        axes.plot(RATES, now, ".", color=INK, alpha=0.3, markersize=4)
        axes.plot(RATES, now.mean(axis=1), color=INK)
        axes.axvline(self.best_rate, color=INK, linestyle="--", linewidth=1)
        axes.axvline(self.rate, color=MINE, linestyle=":", linewidth=2)
        lost = [rate for rate, row in zip(RATES, now, strict=True) if np.isnan(row).any()]
        low, high = HEIGHTS[self.metric]
        axes.plot(lost, [high - 0.03 * (high - low)] * len(lost), "x", color=DIVERGED)
        axes.set(xscale="log", ylim=(low, high), xlabel="learning rate η")
        axes.set_ylabel(METRICS[self.metric])

    def _draw_track(self, axes: Axes) -> None:
        best = [RATES[self._best(b)] for b in range(len(BUDGETS))]
        axes.plot(BUDGETS, best, "o-", color=INK, markersize=3)
        axes.plot(self.budget, self.best_rate, "o", color=INK, markersize=9, fillstyle="none")
        axes.axhline(self.rate, color=MINE, linestyle=":", linewidth=2)
        axes.set(xscale="log", yscale="log", ylim=(RATES[0], RATES[-1]))
        axes.set(xlabel="budget (steps)", ylabel="best learning rate")


def steps_until(series: Array, target: float) -> float:
    """Return after how many steps a series over `BUDGETS` is first down to a target.

    Between two budgets it runs straight over the logarithm of the steps. NaN if the target is.

    Parameters
    ----------
    series : ndarray
        One value for each of `BUDGETS`.
    target : float

    Returns
    -------
    float
    """
    there = np.flatnonzero(series <= target)
    if len(there) == 0:
        return float("nan")
    after = int(there[0])
    if after == 0:
        return float(BUDGETS[0])
    before = after - 1
    part = (series[before] - target) / (series[before] - series[after])
    low, high = np.log(BUDGETS[before]), np.log(BUDGETS[after])
    return float(np.exp(low + part * (high - low)))


def _nearest(numbers: tuple[float, ...], value: float) -> int:
    return int(np.abs(np.log(np.array(numbers) / value)).argmin())
