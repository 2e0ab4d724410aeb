"""A schedule that the reader draws, in a race against the best constant learning rate."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import traitlets

from lrcourse._validate import Array
from lrcourse.demos._grid import pack
from lrcourse.demos._noise import normals
from lrcourse.demos._schedule_runs import (
    PEAKS,
    REPLICATES,
    SHAPES,
    preset_runs,
    train,
)
from lrcourse.demos._schedule_runs import STEPS as NETWORK_STEPS
from lrcourse.demos.base import Choice, Demo, Setting, _is_number_between
from lrcourse.landscapes import Quadratic
from lrcourse.optimizers import GradientDescent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEPS = 400
BOWL = Quadratic(np.geomspace(0.01, 1, 10))
START = np.sqrt(2 / (len(BOWL.spectrum) * BOWL.spectrum))  # a tenth of the loss in each direction
RATES = tuple(float(f"{rate:.3g}") for rate in np.geomspace(0.01, 20, 133))
SINGLE_RUNS = 3
DRAW = 1.05  # a smaller factor between two losses is no victory
KNOTS = 5
INK, MINE, CONSTANT = "#1f2328", "#b03a00", "#0a66b7"
NAMES = {
    "drawn": "drawn",
    "constant": "constant",
    "step": "step",
    "exponential": "exponential",
    "cosine": "cosine",
    "linear": "straight line to 0",
    "restarts": "cosine with warm restarts",
    "wsd": "warm up, stay, cool down",
}

Result = Literal["win", "loss", "draw", "diverged"]


class Levels(traitlets.TraitType):  # type: ignore[type-arg]
    """Five numbers from 0 to 1 that the reader can drag."""

    def __init__(self, default: tuple[float, ...]) -> None:
        super().__init__(default)
        self.tag(sync=True, setting=True)

    def validate(self, obj: Any, value: Any) -> tuple[float, ...]:
        """Return `value` as a tuple of floats, or raise."""
        if (
            not isinstance(value, tuple | list)
            or len(value) != KNOTS
            or not all(_is_number_between(level, 0, 1) for level in value)
        ):
            raise traitlets.TraitError(
                f"{self.name} must be {KNOTS} numbers from 0 to 1, got {value!r}"
            )
        return tuple(float(level) for level in value)

    @property
    def limits(self) -> list[list[float]]:
        """The interval of each, as the browser is told them."""
        return [[0.0, 1.0]] * KNOTS


class ScheduleRace(Demo):
    """Noisy gradient descent on a bowl: a schedule against the best constant rate.

    The bowl has ten directions, with curvatures from 0.01 to 1, and each holds a tenth of the loss
    at first, which is 1. Mean losses are exact, not averages of runs. Beside them stands what the
    same schedules do for a small network (40-64-64-10, SGD on mini-batches of 16), trained at 15
    peaks.

    Parameters
    ----------
    schedule : str
        ``drawn``, ``constant``, ``step``, ``exponential``, ``cosine``, ``linear``, ``restarts`` or
        ``wsd``.
    points : tuple of float
        Of a drawn schedule: the rate over the peak at the start, after each quarter of the steps,
        and at the end, each from 0 to 1. Straight lines join them.
    peak : float
        The learning rate where the schedule is at 1, from 0.01 to 20. A constant rate diverges
        above 2.
    noise : float
        Standard deviation of the noise on the slope in each direction, from 0 to 0.3.

    Raises
    ------
    traitlets.TraitError
        If a value is out of its range.

    Examples
    --------
    >>> race = ScheduleRace(schedule="linear", peak=1.3)
    >>> race.result, race.best_constant
    ('win', 0.447)
    >>> ScheduleRace(schedule="linear", peak=13).result
    'diverged'
    """

    module = "schedule_race"

    schedule = Choice("drawn", options=tuple(NAMES))
    points = Levels((1.0, 1.0, 1.0, 0.5, 0.0))
    peak = Setting(0.45, low=RATES[0], high=RATES[-1])
    noise = Setting(0.1, low=0, high=0.3)
    runs = traitlets.Dict().tag(sync=True)

    _problem = traitlets.Dict().tag(sync=True)
    _asked: traitlets.List[float] = traitlets.List().tag(sync=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._problem = {
            "curvatures": BOWL.spectrum.tolist(),
            "start": START.tolist(),
            "steps": STEPS,
            "rates": list(RATES),
            "singleRuns": SINGLE_RUNS,
        }
        accuracy = preset_runs().metrics["val_accuracy"]
        self.runs = {
            "schedules": list(SHAPES),
            "peaks": list(PEAKS),
            "accuracy": pack(accuracy.reshape(len(SHAPES), len(PEAKS), REPLICATES)),
        }
        # From the browser, when there is a kernel.
        self.observe(lambda _: self.train_drawing(), "_asked")

    @property
    def best_constant(self) -> float:
        """The constant rate with the lowest mean loss after the last step."""
        return RATES[int(np.argmin(_constant_valley(self.noise)))]

    @property
    def best_peak(self) -> float:
        """The peak at which the present schedule has the lowest mean loss after the last step."""
        return RATES[int(np.argmin(self.valley()))]

    @property
    def advantage(self) -> float:
        """How many times lower the mean loss is than that of the best constant rate."""
        return float(self.constant_losses()[-1] / self.losses()[-1])

    @property
    def result(self) -> Result:
        """Who wins, by at least 5 %; diverged is what ends above its start."""
        if self.losses()[-1] > 1:
            return "diverged"
        if self.advantage >= DRAW:
            return "win"
        return "loss" if self.advantage <= 1 / DRAW else "draw"

    @property
    def walked(self) -> float:
        """The sum of the rates of all steps."""
        return float(self.peak * self.factors().sum())

    def factors(self, steps: int = STEPS) -> Array:
        """Return the rate at each of a number of steps, over the peak."""
        if self.schedule == "drawn":
            return _joined(self.points, steps)
        return np.asarray(SHAPES[self.schedule](steps)(np.arange(steps)))

    def losses(self) -> Array:
        """Return the mean loss after 0 to 400 steps, exactly; inf beyond all numbers."""
        return mean_losses(self.peak * self.factors(), self.noise)

    def constant_losses(self) -> Array:
        """Return the mean loss at the best constant rate, likewise."""
        return mean_losses(np.full(STEPS, self.best_constant), self.noise)

    def valley(self) -> Array:
        """Return the mean loss after the last step at each of the 133 peaks."""
        return np.asarray(mean_losses(np.outer(self.factors(), RATES), self.noise)[-1])

    def single_losses(self) -> Array:
        """Return the loss of three single runs after 0 to 400 steps, shape (401, 3)."""
        noise = self.noise * normals(STEPS * SINGLE_RUNS * len(START), seed=0)
        point, rule = np.tile(START, (SINGLE_RUNS, 1)), GradientDescent()
        path = [point]
        with np.errstate(over="ignore", invalid="ignore"):
            for factor, kick in zip(
                self.factors(), noise.reshape(STEPS, *point.shape), strict=True
            ):
                point, _ = rule.step(
                    point, BOWL.spectrum * point + kick, None, self.peak * float(factor)
                )
                path.append(point)
            return 0.5 * np.square(path) @ BOWL.spectrum

    def train_drawing(self) -> None:
        """Train the network by the drawn schedule, at every peak; takes a few seconds."""
        accuracy = train([_joined(self.points, NETWORK_STEPS)]).metrics["val_accuracy"]
        self.runs = {
            **self.runs,
            "points": list(self.points),
            "drawn": pack(accuracy.reshape(1, len(PEAKS), REPLICATES)),
        }

    def alt_text(self) -> str:
        """Say in words what the picture shows."""
        mine, best = self.losses(), self.constant_losses()
        words = {
            "win": f"the schedule wins by a factor of {self.advantage:.3g}",
            "loss": f"the constant rate wins by a factor of {1 / self.advantage:.3g}",
            "draw": "a draw",
            "diverged": "the schedule ends above its start",
        }
        return (
            f"A schedule ({NAMES[self.schedule]}) with peak {self.peak:.3g} on a bowl with noise "
            f"{self.noise:.3g}: mean loss {mine[-1]:.3g} after {STEPS} steps, against "
            f"{best[-1]:.3g} at the best constant rate, {self.best_constant:.3g}: "
            f"{words[self.result]}. The best peak of this schedule is {self.best_peak:.3g}. "
            + self._network_words()
        )

    def figure(self) -> Figure:
        """Return the picture of the present state."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.4, 5), dpi=78, layout="constrained")
        axes = figure.subplot_mosaic([["schedule", "loss"], ["valley", "network"]])
        self._draw_schedule(axes["schedule"])
        self._draw_losses(axes["loss"])
        self._draw_valley(axes["valley"])
        self._draw_network(axes["network"])
        figure.suptitle(
            f"Mean loss after {STEPS} steps: {self.losses()[-1]:.3g} with the schedule, "
            f"{self.constant_losses()[-1]:.3g} at the best constant rate",
            fontsize=11,
        )
        return figure

    def _network_words(self) -> str:
        best = {name: max(network_means()[name].items(), key=_value) for name in SHAPES}
        listed = ", ".join(f"{NAMES[n]} {acc:.2f} at {peak:g}" for n, (peak, acc) in best.items())
        return f"Best validation accuracy of a network, and its peak: {listed}."

    def _draw_schedule(self, axes: Axes) -> None:
        axes.plot(self.factors(), color=MINE, label=NAMES[self.schedule])
        axes.axhline(
            self.best_constant / self.peak, color=CONSTANT, linestyle="--", label="best constant"
        )
        axes.set(ylim=(0, 1.15), xlabel="step", ylabel="rate / peak")
        axes.legend(frameon=False, fontsize=9)

    def _draw_losses(self, axes: Axes) -> None:
        axes.plot(self.single_losses(), color=MINE, linewidth=0.7, alpha=0.3)
        axes.plot(self.losses(), color=MINE)
        axes.plot(self.constant_losses(), color=CONSTANT, linestyle="--")
        axes.set(yscale="log", ylim=shown(self.noise), xlabel="step", ylabel="loss")

    def _draw_valley(self, axes: Axes) -> None:
        axes.plot(RATES, np.minimum(self.valley(), 1e9), color=MINE)
        constant = np.minimum(_constant_valley(self.noise), 1e9)
        axes.plot(RATES, constant, color=CONSTANT, linestyle="--")
        axes.axvline(self.peak, color=MINE, linestyle=":")
        axes.set(xscale="log", yscale="log", ylim=shown(self.noise))
        axes.set(xlabel="peak rate", ylabel=f"mean loss after {STEPS} steps")

    def _draw_network(self, axes: Axes) -> None:
        for name, means in network_means().items():
            chosen = name == self.schedule
            colour = CONSTANT if name == "constant" else MINE if chosen else INK
            style = "--" if name == "constant" else "-"
            faint = name != "constant" and not chosen
            width, alpha = (0.8, 0.35) if faint else (1.8, 1.0)
            axes.plot(*zip(*means.items(), strict=True), style, color=colour, lw=width, alpha=alpha)
        axes.set(xscale="log", ylim=(0, 0.75))
        axes.set(xlabel="peak rate (network)", ylabel="validation accuracy")


def mean_losses(rates: Array, noise: float) -> Array:
    """Return the mean loss after 0, 1, … steps, the mean over all possible noise.

    In each direction the second moment of the distance to the minimum follows
    m ← (1 - ηλ)² m + η²σ², and the mean loss is half the sum of λm.

    Parameters
    ----------
    rates : ndarray, shape (steps, ...)
        A learning rate for each step; further axes are runs side by side.
    noise : float
        σ.

    Returns
    -------
    ndarray, shape (steps + 1, ...)
        inf where the numbers do not suffice.
    """
    curvature = BOWL.spectrum.reshape(-1, *[1] * (rates.ndim - 1))
    moment = START.reshape(curvature.shape) ** 2 * np.ones(rates.shape[1:])
    moments = [moment]
    with np.errstate(over="ignore", invalid="ignore"):
        for rate in rates:
            moment = (1 - rate * curvature) ** 2 * moment + (rate * noise) ** 2
            moments.append(moment)
        losses = 0.5 * np.tensordot(moments, BOWL.spectrum, axes=(1, 0))
    return np.nan_to_num(losses, nan=np.inf, posinf=np.inf)


def network_means() -> dict[str, dict[float, float]]:
    """Return the mean validation accuracy of the network by schedule and peak; none if diverged."""
    values = preset_runs().metrics["val_accuracy"].reshape(len(SHAPES), len(PEAKS), REPLICATES)
    means = values.mean(axis=2)
    return {
        name: {peak: float(m) for peak, m in zip(PEAKS, row, strict=True) if np.isfinite(m)}
        for name, row in zip(SHAPES, means, strict=True)
    }


def shown(noise: float) -> tuple[float, float]:
    """Return the range of losses that is drawn."""
    if noise < 0.02:
        return 1e-10, 3.0
    return (1e-4 if noise < 0.06 else 1e-3), 3.0


@lru_cache(maxsize=64)
def _constant_valley(noise: float) -> Array:
    return np.asarray(mean_losses(np.tile(RATES, (STEPS, 1)), noise)[-1])


def _joined(levels: tuple[float, ...], steps: int) -> Array:
    """Return straight lines between levels that are evenly spaced over the steps."""
    return np.asarray(np.interp(np.arange(steps), np.linspace(0, steps, KNOTS), levels))


def _value(item: tuple[float, float]) -> float:
    return item[1]
