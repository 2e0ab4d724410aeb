"""Early stopping of a network that overfits, at many learning rates, against three clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import traitlets

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.demos._grid import pack
from lrcourse.demos._stopping_runs import CHECKS, METRICS, RATES, steps_between, stopping_runs
from lrcourse.demos.base import Choice, Demo, Setting
from lrcourse.monitoring import EarlyStopping

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAMES = {"val_loss": "validation loss", "val_accuracy": "validation accuracy"}
MODES: dict[str, Literal["min", "max"]] = {"val_loss": "min", "val_accuracy": "max"}
AXES = {
    "steps": "steps (log scale)",
    "train_loss": "training loss, falling",
    "distance": "rate × steps (log scale)",
}
INK, MINE, BEST = "#1f2328", "#b03a00", "#0a66b7"


class Stop(NamedTuple):
    """What early stopping does on one curve; checks are counted from 0.

    Parameters
    ----------
    stopped : int or None
        The check at which it stops; None if the curve ends first.
    kept : int
        The check whose weights it keeps.
    """

    stopped: int | None
    kept: int


class WhenToStop(Demo):
    """A small network that overfits, at 7 learning rates, and a rule that says when to stop.

    The network (40-64-10, mini-batches of 50) learns 500 one-dimensional images, of which 30 % had
    their label drawn anew. At every rate it goes equally far: rate times steps is 80, with a check
    of the training loss, the validation loss and the validation accuracy each time that product has
    grown by 1. There are 4 runs with data and initial weights of their own, the same at all rates;
    curves are those of the first.

    Parameters
    ----------
    learning_rate : float
        From 0.01 to 1; the nearest that was trained is taken.
    patience : float
        Checks in a row without improvement after which to stop, from 1 to 20, rounded.
    axis : {"steps", "train_loss", "distance"}
        What the curves are drawn against: the number of steps, the training loss, or the rate
        times the number of steps.
    watch : {"val_loss", "val_accuracy"}
        What the rule looks at.
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
    >>> demo = WhenToStop(learning_rate=0.1, patience=20)
    >>> late = demo.kept_step
    >>> demo.patience = 1
    >>> demo.kept_step < late
    True
    """

    module = "when_to_stop"

    learning_rate = Setting(0.1, low=RATES[0], high=RATES[-1])
    patience = Setting(5, low=1, high=20)
    axis = Choice("steps", options=tuple(AXES))
    watch = Choice("val_loss", options=tuple(NAMES))
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
    def rate(self) -> float:
        """The learning rate that was trained and is nearest."""
        return RATES[int(np.abs(np.log(np.array(RATES) / self.learning_rate)).argmin())]

    @property
    def rule(self) -> EarlyStopping:
        """The rule that stops the runs."""
        return EarlyStopping(round(self.patience), mode=MODES[self.watch])

    @property
    def stopped_step(self) -> int | None:
        """After how many steps the first run is stopped; None if it never is."""
        check = self.stops()[self._chosen, 0].stopped
        return None if check is None else check * steps_between(self.rate)

    @property
    def kept_step(self) -> int:
        """The step of the first run whose weights are kept."""
        return int(self.stops()[self._chosen, 0].kept * steps_between(self.rate))

    @property
    def best_step(self) -> int:
        """The step of the first run at which what is watched was best, known only afterwards."""
        return int(self._best(self._watched()[0]) * steps_between(self.rate))

    @property
    def cost(self) -> float:
        """By how much what is watched was better at `best_step` than at `kept_step`."""
        curve = self._watched()[0]
        kept = self.stops()[self._chosen, 0].kept
        return float(abs(curve[self._best(curve)] - curve[kept]))

    def results(self, metric: str) -> Array:
        """Return a metric, shape (7 rates, 4 runs, 81 checks).

        Parameters
        ----------
        metric : {"train_loss", "val_loss", "val_accuracy"}

        Returns
        -------
        ndarray

        Raises
        ------
        ValueError
            If there is no such metric.
        """
        if metric not in METRICS:
            raise ValueError(f"metric must be one of {', '.join(METRICS)}, got {metric!r}")
        return np.stack([sweep.metrics[metric] for sweep in stopping_runs(self.seed)])

    def stops(self) -> Any:
        """Return what the rule does in every run: an array of `Stop`, shape (7 rates, 4 runs)."""
        curves = self.results(self.watch)
        found = np.empty(curves.shape[:2], dtype=object)
        for place in np.ndindex(*found.shape):
            found[place] = stop(curves[place], self.rule)
        return found

    def kept_values(self, metric: str) -> Array:
        """Return a metric at the checks that the rule keeps, shape (7 rates, 4 runs)."""
        kept = np.vectorize(lambda each: each.kept, otypes=[int])(self.stops())
        return np.take_along_axis(self.results(metric), kept[..., None], axis=2)[..., 0]

    def kept_steps(self) -> Array:
        """Return the steps of the checks that the rule keeps, shape (7 rates, 4 runs)."""
        kept = np.vectorize(lambda each: each.kept, otypes=[int])(self.stops())
        return np.asarray(kept * np.array([steps_between(rate) for rate in RATES])[:, None])

    def alt_text(self) -> str:
        """Say in words what the picture shows."""
        name = NAMES[self.watch]
        curve = self._watched()[0]
        kept = curve[self.stops()[self._chosen, 0].kept]
        values, steps = self.kept_values(self.watch), self.kept_steps()
        end = (
            "the rule never stops"
            if self.stopped_step is None
            else f"the rule stops after {self.stopped_step} steps"
        )
        others = "; ".join(
            f"{values[r].mean():.3g} after {steps[r].mean():.0f} steps at rate {RATES[r]:g}"
            for r in (0, RATES.index(0.1), len(RATES) - 1)
        )
        return (
            f"Validation curves of one network at {len(RATES)} learning rates against "
            f"{AXES[self.axis]}. At rate {self.rate:g}, with a patience of {self.rule.patience} "
            f"checks, {end} and keeps step {self.kept_step}: {name} {kept:.3g}. The best was "
            f"{curve[self._best(curve)]:.3g} at step {self.best_step}. Kept on average: {others}."
        )

    def figure(self) -> Figure:
        """Return the picture of the present state."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 3.4), dpi=90, layout="constrained")
        for axes, metric in zip(figure.subplots(1, 2), NAMES, strict=True):
            self._draw(axes, metric)
        end = "never stops" if self.stopped_step is None else f"stops at {self.stopped_step}"
        figure.suptitle(
            f"Rate {self.rate:g}, patience {self.rule.patience}: {end}, keeps step "
            f"{self.kept_step} (dot), best {self.best_step} (ring)",
            fontsize=11,
        )
        return figure

    @property
    def _chosen(self) -> int:
        return RATES.index(self.rate)

    def _watched(self) -> Array:
        """Return what the rule looks at, at the chosen rate, shape (4 runs, 81 checks)."""
        return np.asarray(self.results(self.watch)[self._chosen])

    def _best(self, curve: Array) -> int:
        return int(np.nanargmin(curve) if self.rule.mode == "min" else np.nanargmax(curve))

    def _places(self, rate: int) -> Array:
        """Return where the checks of the first run at a rate stand on the axis."""
        if self.axis == "train_loss":
            return np.asarray(self.results("train_loss")[rate, 0])
        checks = np.arange(CHECKS + 1.0)
        return checks * steps_between(RATES[rate]) if self.axis == "steps" else checks

    def _draw(self, axes: Axes, metric: str) -> None:
        curves = self.results(metric)[:, 0]
        for rate, curve in enumerate(curves):
            mine = rate == self._chosen
            style = (INK, 2.2, 3) if mine else (INK, 0.7, 2)
            axes.plot(
                self._places(rate)[1:], curve[1:], color=style[0], linewidth=style[1],
                alpha=1 if mine else 0.5, zorder=style[2],
            )  # fmt: skip
        x, curve = self._places(self._chosen), curves[self._chosen]
        end, kept = self.stops()[self._chosen, 0]
        best = self._best(self._watched()[0])
        axes.plot(x[best], curve[best], "o", color=BEST, markersize=11, fillstyle="none", mew=2)
        axes.plot(x[kept], curve[kept], "o", color=MINE, markersize=6, zorder=4)
        if end is not None:
            axes.axvline(x[end], color=MINE, linestyle=":", linewidth=2)
        axes.set(xlabel=AXES[self.axis], ylabel=NAMES[metric])
        if self.axis == "train_loss":
            axes.invert_xaxis()
        else:
            axes.set_xscale("log")

    def _train(self) -> None:
        grids = {name: pack(self.results(name)) for name in METRICS}
        every = [steps_between(rate) for rate in RATES]
        self.runs = {"rates": list(RATES), "every": every, "grids": grids}


def stop(curve: Array, rule: EarlyStopping) -> Stop:
    """Return where a rule stops on a curve, and what it keeps.

    Parameters
    ----------
    curve : ndarray
        One value for each check.
    rule : EarlyStopping

    Returns
    -------
    Stop

    Examples
    --------
    >>> stop(np.array([0.9, 0.5, 0.6, 0.7, 0.4]), EarlyStopping(patience=2))
    Stop(stopped=3, kept=1)
    """
    state = rule.init()
    for check, value in enumerate(curve):
        state = rule.update(state, check, value)
        if state.should_stop:
            return Stop(check, state.best_step or 0)
    return Stop(None, state.best_step or 0)
