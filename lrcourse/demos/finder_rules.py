"""Range tests, the rules that read a rate off them, and what the rates are worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.claims.trials.chapter08 import STEPS
from lrcourse.demos._finder_runs import (
    HIGHEST,
    LENGTHS,
    LOWEST,
    RATES,
    TASKS,
    TESTS,
    FinderRuns,
    finder_runs,
)
from lrcourse.demos._grid import pack
from lrcourse.demos.base import Choice, Demo, Setting
from lrcourse.finder import RangeTest, Suggestion, ema, smooth_log_lr
from lrcourse.finder._reading import DECADES, SHORTEST, Reading, _falls, _finite, _open
from lrcourse.finder._rules import SLIDE_THRESHOLD, SLIDE_WIDTH, _descents

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RULE_NAMES = {
    "steepest": "steepest slope",
    "valley": "valley",
    "slide": "slide",
    "minimum_over_ten": "minimum over ten",
    "before_the_rise": "just before the rise",
    "blow_up_over_ten": "blow-up over ten",
    "minimum_over_three": "minimum over three",
}
LAGGING = ("steepest", "valley", "slide", "minimum_over_ten")
TASK_NAMES = {"digits": "digits", "digits-adam": "digits, Adam", "spirals": "spirals"}
AS_GOOD = 1.1  # up to this factor of the least loss
INK, MINE, GOOD, RACE = "#1f2328", "#b03a00", "#1a7431", "#0a66b7"


class FinderRules(Demo):
    """Range tests of three small networks, seven rules to read them, and the true sweep below.

    Each task has six range tests of four lengths, on seeds of their own, and a sweep of 37
    constant rates trained for 400 steps with six seeds each. A rule reads a rate off a range test;
    the sweep says what it is worth. The smoothing of the rules can be made weaker or stronger than
    published.

    Parameters
    ----------
    task : {"digits", "digits-adam", "spirals"}
    rule : str
        A name in `lrcourse.finder.RULES`.
    ramp_steps : float
        Length of the range test, from 50 to 400; the nearest of those that were run is taken.
    smoothing : float
        Memory of the lagging average, and width of the window of the other rules, over what the
        rules have as published; from 0.05 to 4.
    test : float
        Which of the six range tests, from 1.
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
    >>> demo = FinderRules(task="digits-adam", rule="before_the_rise")
    >>> demo.suggestion.learning_rate > demo.good[1]
    True
    >>> demo.verdict
    'Too high'
    """

    module = "finder_rules"

    task = Choice("digits", options=tuple(TASKS))
    rule = Choice("before_the_rise", options=tuple(RULE_NAMES))
    ramp_steps = Setting(100, low=LENGTHS[0], high=LENGTHS[-1])
    smoothing = Setting(1, low=0.05, high=4)
    test = Setting(1, low=1, high=TESTS)
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
    def length(self) -> int:
        """The length of the range test in steps."""
        ratios = np.abs(np.log(np.array(LENGTHS) / self.ramp_steps))
        return LENGTHS[int(ratios.argmin())]

    @property
    def range_test(self) -> RangeTest:
        """The range test that is shown."""
        place: int = round(self.test) - 1
        return self._runs.tests[self.length][place]

    @property
    def suggestion(self) -> Suggestion | None:
        """What the chosen rule reads off it, None if nothing."""
        return read(self.range_test, self.rule, self.smoothing)

    @property
    def good(self) -> tuple[float, float]:
        """The interval around the best rate where the mean loss is at most 1.1 times the least."""
        return _dip(self._runs.losses.mean(axis=1))

    @property
    def best_rate(self) -> float:
        """The rate of the sweep with the least mean loss."""
        return float(RATES[self._runs.losses.mean(axis=1).argmin()])

    @property
    def verdict(self) -> str:
        """How the suggestion lies to the good interval."""
        found = self.suggestion
        if found is None:
            return "No answer"
        low, high = self.good
        rate = found.learning_rate
        return "Too low" if rate < low else "Too high" if rate > high else "Good"

    def losses(self) -> Array:
        """Return the validation losses of the sweep, shape (37 rates, 6 seeds)."""
        return self._runs.losses

    def loss_at(self, rate: float) -> float:
        """Return the mean loss of a training at a rate, between those of the sweep.

        Parameters
        ----------
        rate : float

        Returns
        -------
        float
            Straight over the logarithm of the rate; beyond the sweep, that of its end.
        """
        means = self._runs.losses.mean(axis=1)
        return float(np.interp(np.log(rate), np.log(RATES), means))

    def regret(self, rate: float) -> float:
        """Return how many times the least loss is reached at a rate; 1 is best.

        Parameters
        ----------
        rate : float

        Returns
        -------
        float
        """
        return self.loss_at(rate) / float(self._runs.losses.mean(axis=1).min())

    def alt_text(self) -> str:
        """Say in words what the picture shows."""
        found, (low, high) = self.suggestion, self.good
        first, _, last = self._runs.race
        says = (
            "reads nothing"
            if found is None
            else f"reads {found.learning_rate:.2g}; a training at that rate ends at "
            f"{self.regret(found.learning_rate):.2g} times the least loss"
        )
        others = {name: read(self.range_test, name, self.smoothing) for name in RULE_NAMES}
        listed = ", ".join(
            f"{RULE_NAMES[name]} {'nothing' if one is None else f'{one.learning_rate:.2g}'}"
            for name, one in others.items()
        )
        return (
            f"Above, a range test of {self.length} steps on {TASK_NAMES[self.task]}: loss against "
            f"learning rate. Below, the validation loss after {STEPS} steps at constant rates. The "
            f"rule “{RULE_NAMES[self.rule]}” {says}. Rates from {low:.2g} to {high:.2g} end within "
            f"a factor of {AS_GOOD} of the best, {self.best_rate:.2g}. All rules: {listed}. The "
            f"tournament says {first:.2g} to {last:.2g}."
        )

    def figure(self) -> Figure:
        """Return the picture of the present state."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7, 5.2), dpi=80, layout="constrained")
        ramp, truth = figure.subplots(2, 1, sharex=True)
        self._draw_ramp(ramp)
        self._draw_truth(truth)
        for name in RULE_NAMES:
            found = read(self.range_test, name, self.smoothing)
            if found is not None:
                mine = name == self.rule
                for axes in (ramp, truth):
                    axes.axvline(
                        found.learning_rate,
                        color=MINE if mine else INK,
                        linestyle=":" if mine else "-",
                        linewidth=2 if mine else 0.6,
                        alpha=1 if mine else 0.5,
                    )
        found = self.suggestion
        rate = "nothing" if found is None else f"{found.learning_rate:.2g}"
        figure.suptitle(
            f"{TASK_NAMES[self.task]}: “{RULE_NAMES[self.rule]}” reads {rate} (dotted; thin lines: "
            "the other rules)",
            fontsize=11,
        )
        return figure

    @property
    def _runs(self) -> FinderRuns:
        return finder_runs(self.task, self.seed)

    def _train(self) -> None:
        self.runs = {
            "rates": RATES.tolist(),
            "lengths": list(LENGTHS),
            "horizon": STEPS,
            "tasks": {task: _packed(finder_runs(task, self.seed)) for task in TASKS},
        }

    def _draw_ramp(self, axes: Axes) -> None:
        test = self.range_test
        axes.plot(test.learning_rates, test.losses, color=INK, alpha=0.3, linewidth=1)
        reading = reading_of(test, self.rule in LAGGING, self.smoothing)
        if reading is not None:
            axes.plot(reading.learning_rates, reading.losses, color=INK)
        start = float(test.losses[0])
        room = start - float(test.losses[np.isfinite(test.losses)].min())
        axes.set_ylim(max(0.0, start - 1.2 * room), start + room)
        axes.set_ylabel(f"loss, ramp of {self.length} steps")

    def _draw_truth(self, axes: Axes) -> None:
        losses, (first, _, last) = self._runs.losses, self._runs.race
        axes.axvspan(*self.good, color=GOOD, alpha=0.15, linewidth=0)
        axes.plot(RATES, losses, ".", color=INK, alpha=0.3, markersize=4)
        axes.plot(RATES, losses.mean(axis=1), color=INK)
        floor = axes.get_ylim()[0]
        axes.plot([first, last], [floor, floor], color=RACE, linewidth=4)
        axes.set(xscale="log", xlim=(LOWEST, HIGHEST), xlabel="learning rate η")
        axes.set_ylabel(f"loss after {STEPS} steps")


def reading_of(test: RangeTest, lagging: bool, smoothing: float) -> Reading | None:
    """Return the smoothed curve that rules read, with more or less smoothing than published.

    Parameters
    ----------
    test : RangeTest
    lagging : bool
        Whether by the lagging average, less the first tenth and the last five points, or by the
        window on both sides.
    smoothing : float
        1 is as published.

    Returns
    -------
    Reading or None
        None if the curve never falls.
    """
    n = _finite(test)
    if n < SHORTEST or not _falls(test, n):
        return None
    rates, lowest = test.learning_rates, float(test.learning_rates[0])
    if not lagging:
        curve = smooth_log_lr(rates[:n], test.curve[:n], decades=DECADES * smoothing)
        return Reading(rates[:n], curve, lowest, _open(test, n))
    asked = test.ramp.steps if test.ramp else len(rates)
    part = slice(asked // 10, min(n, len(rates) - 5))
    if len(rates[part]) < SHORTEST:
        return None
    curve = ema(test.curve[:n], momentum=1 - 0.02 / smoothing)[part]
    return Reading(rates[part], curve, lowest, _open(test, n))


def read(test: RangeTest, rule: str, smoothing: float) -> Suggestion | None:
    """Read a range test by a rule; with a smoothing of 1, as `lrcourse.finder.suggest` does.

    Parameters
    ----------
    test : RangeTest
    rule : str
    smoothing : float

    Returns
    -------
    Suggestion or None
    """
    reading = reading_of(test, rule in LAGGING, smoothing)
    index = None if reading is None else _place(reading, rule)
    if reading is None or index is None:
        return None
    divisor = 10.0 if rule.endswith("ten") else 3.0 if rule.endswith("three") else 1.0
    return reading.suggestion(rule, index, divisor)


def _place(reading: Reading, rule: str) -> int | None:
    """Return where on the curve a rule looks."""
    losses = reading.losses
    if rule == "steepest":
        slopes = np.diff(losses) / np.diff(np.log(reading.learning_rates))
        return int(slopes.argmin()) if slopes.min() < 0 else None
    if rule == "valley":
        lengths = _descents(losses)
        end = int(lengths.argmax())
        third = int(lengths[end]) / 3
        start = end - int(lengths[end])
        return max(0, start + int(third) + int(third / 2)) if lengths[end] > 1 else None
    if rule == "slide":
        if len(losses) <= SLIDE_WIDTH:
            return None
        slopes = np.gradient(losses)
        gaps = np.abs(slopes[SLIDE_WIDTH:] - slopes[:-SLIDE_WIDTH])
        alike = np.flatnonzero(gaps <= SLIDE_THRESHOLD)
        return min(int(alike[-1]) + 1, len(gaps) - 1) if len(alike) else 0
    if rule == "blow_up_over_ten":
        return None if reading.open_end else len(losses) - 1
    return int(losses.argmin())


def _dip(means: Array) -> tuple[float, float]:
    """Return where the dip around the least mean reaches `AS_GOOD` times it, on each side."""
    logs, best = np.log(RATES), int(means.argmin())
    limit = AS_GOOD * means[best]

    def edge(step: int) -> float:
        k = best
        while 0 <= k + step < len(means) and means[k + step] <= limit:
            k += step
        if not 0 <= k + step < len(means):
            return float(RATES[k])
        part = (limit - means[k]) / (means[k + step] - means[k])
        return float(np.exp(logs[k] + part * (logs[k + step] - logs[k])))

    return edge(-1), edge(1)


def _packed(runs: FinderRuns) -> dict[str, Any]:
    """Return what the browser gets of one task."""
    return {
        "losses": pack(runs.losses),
        "race": list(runs.race),
        "tests": [
            {
                "stopped": [test.stopped_early for test in tests],
                "ends": [len(test.losses) for test in tests],
                "data": np.concatenate([test.losses for test in tests]).astype("<f4").tobytes(),
            }
            for tests in runs.tests.values()
        ],
    }
