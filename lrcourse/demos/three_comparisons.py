"""A small and a large learning rate, compared in three ways that do not agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import traitlets
from scipy import stats

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.demos._comparison_runs import (
    BUDGETS,
    HELD_OUT,
    LARGE_RATES,
    LOOKS,
    REPLICATES,
    SHARES,
    SMALL_RATES,
    comparison_runs,
)
from lrcourse.demos._grid import pack
from lrcourse.demos.base import Choice, Demo, Setting
from lrcourse.statistics import Interval, paired_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RATES = SMALL_RATES + LARGE_RATES
METRICS = ("train_loss", "val_accuracy")
COMPARISONS = {
    "steps": "equal steps",
    "loss": "equal training loss",
    "best": "each at its best",
}
SMALL, LARGE = "#0a66b7", "#b03a00"
INK = "#1f2328"


class Looks(NamedTuple):
    """What was found at looks at several runs.

    The last axis of each array are the looks, if there are several; the one before, the runs.
    """

    steps: Array
    loss: Array
    accuracy: Array


class ThreeComparisons(Demo):
    """A small network at a small and a large learning rate, compared in three ways.

    The network (64-64-10, mini-batches of 16) learns 500 handwritten digits, whose labels are all
    true or partly drawn anew. Twelve replicates have digits, initial weights and mini-batches of
    their own, the same at every rate, so that rates are compared in pairs. A pair is compared when
    the budget of steps is spent; or at the lowest training loss that both runs reach within the
    budget; or each at the best stopping point of its rate, as the other eleven runs show it.

    Parameters
    ----------
    comparison : {"steps", "loss", "best"}
        At equal steps, at equal training loss, or each at its best.
    label_noise : {"some", "none"}
        Whether four in ten of the training labels are drawn anew.
    small_rate : float
        From 0.005 to 0.02; the nearest that was trained is taken.
    large_rate : float
        From 0.05 to 0.2; the nearest that was trained is taken.
    steps : float
        The budget, from 64 to 2048; the nearest after which the runs were judged is taken.
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
    >>> demo = ThreeComparisons(comparison="steps")
    >>> demo.difference.low > 0  # the small rate is ahead
    True
    >>> demo.comparison = "best"
    >>> demo.difference.high < 0  # the large rate is ahead
    True
    """

    module = "three_comparisons"

    comparison = Choice("steps", options=tuple(COMPARISONS))
    label_noise = Choice("some", options=("some", "none"))
    small_rate = Setting(0.005, low=SMALL_RATES[0], high=SMALL_RATES[-1])
    large_rate = Setting(0.1, low=LARGE_RATES[0], high=LARGE_RATES[-1])
    steps = Setting(724, low=BUDGETS[0], high=BUDGETS[-1])
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
    def rates(self) -> tuple[float, float]:
        """The small and the large learning rate."""
        return _nearest(SMALL_RATES, self.small_rate), _nearest(LARGE_RATES, self.large_rate)

    @property
    def budget(self) -> int:
        """The number of steps that each run has."""
        return int(_nearest(BUDGETS, self.steps))

    @property
    def difference(self) -> Interval:
        """The accuracy of the small rate minus that of the large one, with its 95 % interval."""
        return self._difference(self.comparison)

    def results(self, metric: str) -> Array:
        """Return a metric, shape (10 rates, 12 replicates, 33 looks); NaN of a diverged run.

        Parameters
        ----------
        metric : {"train_loss", "val_accuracy"}

        Raises
        ------
        ValueError
            If there is no such metric.
        """
        if metric not in METRICS:
            raise ValueError(f"metric must be one of {', '.join(METRICS)}, got {metric!r}")
        return _results(metric, self.label_noise, self.seed)

    def compared(self) -> tuple[Looks, Looks]:
        """Return where the runs of the small and of the large rate are compared, by replicate."""
        return self._compared(self.comparison)

    def alt_text(self) -> str:
        """Say in words what the picture shows."""
        small, large = self.rates
        share = SHARES[self.label_noise]
        labels = f"{share:.0%} of its training labels drawn anew" if share else "true labels"
        way = COMPARISONS[self.comparison]
        words = []
        for key, name in COMPARISONS.items():
            interval = self._difference(key)
            points = 100 * np.array([interval.estimate, interval.low, interval.high])
            words.append("{}: {:+.1f} points, from {:+.1f} to {:+.1f}".format(name, *points))
        return (
            f"Validation accuracy of a small network with {labels}, at learning rates {small:g} "
            f"and {large:g}, up to {self.budget} steps. Marked: {way}. "
            f"Small minus large, mean of {REPLICATES} pairs with 95 % interval. "
            f"{'; '.join(words)}."
        )

    def figure(self) -> Figure:
        """Return the picture of the present state."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 3.6), dpi=110, layout="constrained")
        curves, forest = figure.subplots(1, 2, width_ratios=(1.2, 1))
        self._draw_curves(curves)
        self._draw_forest(forest)
        small, large = self.rates
        figure.suptitle(
            f"{COMPARISONS[self.comparison]}: rate {small:g} (dashed) and {large:g} (dotted), "
            f"{self.budget} steps",
            fontsize=11,
        )
        return figure

    def _train(self) -> None:
        grids = {
            noise: {metric: pack(_results(metric, noise, self.seed)) for metric in METRICS}
            for noise in SHARES
        }
        self.runs = {
            "rates": list(RATES),
            "small": list(SMALL_RATES),
            "large": list(LARGE_RATES),
            "looks": list(LOOKS),
            "budgets": list(BUDGETS),
            "quantile": float(stats.t.ppf(0.975, REPLICATES - 1)),
            "share": SHARES["some"],
            "held_out": HELD_OUT,
            "grids": grids,
        }

    def _compared(self, comparison: str) -> tuple[Looks, Looks]:
        k = LOOKS.index(self.budget) + 1
        small, large = (
            Looks(
                np.array(LOOKS[:k]),
                *(self.results(name)[RATES.index(rate), :, :k] for name in METRICS),
            )
            for rate in self.rates
        )
        return compare(small, large, comparison)

    def _difference(self, comparison: str) -> Interval:
        small, large = self._compared(comparison)
        return paired_interval(small.accuracy, large.accuracy)

    def _draw_curves(self, axes: Axes) -> None:
        by_loss = self.comparison == "loss"
        k = LOOKS.index(self.budget) + 1
        styles = zip(self.rates, self.compared(), (SMALL, LARGE), ("--", ":"), strict=True)
        for rate, points, colour, dashes in styles:
            r = RATES.index(rate)
            loss, accuracy = (self.results(name)[r].mean(axis=0) for name in METRICS)
            x = loss if by_loss else np.array(LOOKS)
            axes.plot(x, 100 * accuracy, dashes, color=colour, alpha=0.25)
            axes.plot(x[:k], 100 * accuracy[:k], dashes, color=colour, linewidth=2)
            at = points.loss if by_loss else points.steps
            axes.plot(at, 100 * points.accuracy, ".", color=colour, alpha=0.4)
            centre = at.mean() if by_loss else np.exp(np.log(at).mean())
            axes.plot(
                centre, 100 * points.accuracy.mean(), "o", color=colour, markersize=9,
                markerfacecolor="white", markeredgewidth=2,
            )  # fmt: skip
        axes.set(ylim=(0, 100), ylabel="validation accuracy (%)")
        if by_loss:
            axes.set(xlim=(2.75, 0), xlabel="training loss (falls to the right)")
        else:
            axes.set(xscale="log", xlim=(BUDGETS[0], BUDGETS[-1] * 1.12), xlabel="steps")

    def _draw_forest(self, axes: Axes) -> None:
        for place, key in enumerate(COMPARISONS):
            interval = self._difference(key)
            colour = INK if key == self.comparison else "#8c959f"
            low, high = 100 * interval.low, 100 * interval.high
            axes.plot([low, high], [place, place], color=colour, linewidth=3)
            axes.plot(100 * interval.estimate, place, "D", color=colour, markersize=7)
        axes.axvline(0, color=INK, linewidth=1)
        axes.set(yticks=range(3), ylim=(2.5, -0.5), xlabel="small minus large (points)")
        axes.set_yticklabels(COMPARISONS.values())
        axes.set_ylabel("compared by")


def compare(small: Looks, large: Looks, comparison: str) -> tuple[Looks, Looks]:
    """Return where the runs at two rates are compared, one point for each run.

    Between two looks a run goes straight: loss, accuracy and steps change in proportion. A stopping
    point is chosen on the other runs at the rate: the best of many looks at the same run would be
    better than what one gets from stopping there again.

    Parameters
    ----------
    small, large : Looks
        Up to the budget: steps of shape (looks,), the others (runs, looks).
    comparison : {"steps", "loss", "best"}

    Returns
    -------
    tuple of Looks
        Arrays of shape (runs,).

    Examples
    --------
    >>> steps = np.array([0, 10, 20])
    >>> slow = Looks(steps, np.array([[2.4, 2.2, 2.0]]), np.array([[0.1, 0.1, 0.2]]))
    >>> fast = Looks(steps, np.array([[2.4, 2.1, 1.7]]), np.array([[0.1, 0.2, 0.6]]))
    >>> [round(float(points.accuracy[0]), 3) for points in compare(slow, fast, "loss")]
    [0.2, 0.3]
    """
    if comparison == "steps":
        return _at(small, -1), _at(large, -1)
    if comparison == "best":
        return _at(small, _best_of_the_others(small)), _at(large, _best_of_the_others(large))
    targets = np.maximum(small.loss.min(axis=1), large.loss.min(axis=1))
    return _at_loss(small, targets), _at_loss(large, targets)


def _at(runs: Looks, index: int | Array) -> Looks:
    """Return a look at each run."""
    rows = np.arange(len(runs.loss))
    steps = np.broadcast_to(runs.steps, runs.loss.shape)
    return Looks(*(values[rows, index] for values in (steps, runs.loss, runs.accuracy)))


def _best_of_the_others(runs: Looks) -> Array:
    """Return, for each run, the look at which the other runs are best on average."""
    hits = np.rint(runs.accuracy * HELD_OUT)  # whole numbers, of which ties are ties
    return np.asarray((hits.sum(axis=0) - hits).argmax(axis=1))


def _at_loss(runs: Looks, targets: Array) -> Looks:
    """Return where each run's loss is first down to its target."""
    after = (runs.loss <= targets[:, None]).argmax(axis=1)
    before, there = _at(runs, np.maximum(after - 1, 0)), _at(runs, after)
    drop = before.loss - there.loss
    part = np.divide(before.loss - targets, drop, out=np.zeros_like(drop), where=drop != 0)
    return Looks(*(a + part * (b - a) for a, b in zip(before, there, strict=True)))


def _results(metric: str, label_noise: str, seed: int) -> Array:
    values = comparison_runs(label_noise, seed).metrics[metric]
    return values.reshape(len(RATES), REPLICATES, len(LOOKS))


def _nearest(numbers: tuple[float, ...], value: float) -> float:
    return numbers[int(np.abs(np.log(np.array(numbers) / value)).argmin())]
