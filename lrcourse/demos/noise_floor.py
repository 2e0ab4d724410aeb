"""Mini-batch descent on a bowl: runs that come close to the minimum, and then only bounce."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import traitlets

from lrcourse._validate import Array
from lrcourse.demos._noise import normals
from lrcourse.demos.base import Choice, Demo, Setting
from lrcourse.landscapes import Quadratic
from lrcourse.optimizers import GradientDescent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RUNS = 100
STEPS = 2000
LATE = STEPS // 2  # what is measured is the mean over the steps after this one
CURVATURES = np.array([0.25, 1.0])  # flat, steep
START = (4.0, 3.0)
TARGET = 1.0  # a loss to reach
NEAR = 1.25  # a measured loss within this factor is at the floor
BATCH_SIZES = (1, 16, 256)  # whose floors are drawn
REACH = (3.2, 3.3)  # of the picture of the cloud
LEVELS = (0.1, 0.3, 1, 3)
INK, PREDICTED, RUN = "#1f2328", "#b03a00", "#0a66b7"

Result = Literal["at the floor", "on the way", "below the floor"]


class NoiseFloor(Demo):
    r"""Gradient descent with noisy slopes, 100 runs of 2000 steps, on a bowl with two directions.

    The bowl is :math:`L(w) = \tfrac12(\lambda_2 w_1^2 + \lambda_1 w_2^2)` with :math:`\lambda_2 =
    \tfrac14` and :math:`\lambda_1 = 1`. To both slopes every step adds normal noise of deviation
    :math:`1/\sqrt B`, as the mean over a mini-batch of B examples would. Shows where the runs end,
    their mean loss step by step, and the loss at which they stay against the one predicted.

    Parameters
    ----------
    learning_rate : float
        η, from 0.02 to 1.9; the runs would diverge above 2.
    batch_size : int
        B, from 1 to 256.
    schedule : str
        ``constant``, or ``decay`` for :math:`\eta_t = \eta / (1 + \eta\lambda_2 t / 2)`.

    Raises
    ------
    traitlets.TraitError
        If a value is out of its range, or the batch size not a whole number.

    References
    ----------
    L. Bottou, F. E. Curtis, J. Nocedal, "Optimization Methods for Large-Scale Machine Learning",
    SIAM Review, 2018, section 4.

    Examples
    --------
    >>> noise = NoiseFloor(learning_rate=0.2)
    >>> noise.result, round(noise.floor, 3), round(noise.measured, 3)
    ('at the floor', 0.107, 0.106)
    >>> noise.schedule = "decay"
    >>> noise.result
    'below the floor'
    """

    module = "noise_floor"

    learning_rate = Setting(0.4, low=0.02, high=1.9)
    batch_size = Setting(1, low=1, high=256)
    schedule = Choice("constant", options=("constant", "decay"))

    @traitlets.validate("batch_size")
    def _whole(self, proposal: dict[str, Any]) -> float:
        if proposal["value"] % 1:
            raise traitlets.TraitError(
                f"batch_size must be a whole number, got {proposal['value']!r}"
            )
        return float(proposal["value"])

    @property
    def deviations(self) -> Array:
        """Predicted deviation of the runs around the minimum in each direction, constant rate."""
        return np.asarray(np.sqrt(2 * self._floors() / CURVATURES))

    @property
    def floor(self) -> float:
        """The mean loss at which runs with this batch size stay if the rate is constant."""
        return float(self._floors().sum())

    @property
    def measured(self) -> float:
        """The mean loss of all runs over the last 1000 steps."""
        return float(self.losses()[LATE + 1 :].mean())

    @property
    def result(self) -> Result:
        """Where the measured loss is: within a factor of 1.25 of the floor, above or below it."""
        return _result(self.measured / self.floor)

    @property
    def arrival(self) -> int | None:
        """The first step after which the mean loss of all runs is at most 1; None if there is none.

        The runs begin at 6.5.
        """
        return _arrival(self.losses().mean(axis=1))

    def rates(self) -> Array:
        """Return the learning rate of each step, shape (2000,)."""
        if self.schedule == "constant":
            return np.full(STEPS, self.learning_rate)
        slowed = 1 + self.learning_rate * CURVATURES[0] / 2 * np.arange(STEPS)
        return np.asarray(self.learning_rate / slowed)

    def path(self) -> Array:
        """Return where each run is after each step, shape (2001, 100, 2), the start included."""
        bowl, rule = Quadratic(CURVATURES), GradientDescent()
        deviation = 1 / np.sqrt(self.batch_size)
        path = np.empty((STEPS + 1, RUNS, 2))
        path[0] = START
        for step, (rate, noise) in enumerate(zip(self.rates(), _noise(), strict=True)):
            slope = bowl.gradient(path[step]) + deviation * noise
            path[step + 1], _ = rule.step(path[step], slope, None, rate)
        return path

    def losses(self) -> Array:
        """Return the loss of each run after each step, shape (2001, 100), the start included."""
        return np.asarray(Quadratic(CURVATURES).loss(self.path()))

    def alt_text(self) -> str:
        """Say in words what the picture shows."""
        path = self.path()
        losses = np.asarray(Quadratic(CURVATURES).loss(path))
        measured, arrival = losses[LATE + 1 :].mean(), _arrival(losses.mean(axis=1))
        spread = path[-1].std(axis=0)
        over_time = "constant" if self.schedule == "constant" else "decaying"
        reached = "never comes" if arrival is None else f"takes {arrival} steps to come"
        return (
            f"{RUNS} runs of noisy gradient descent on a bowl: learning rate "
            f"{self.learning_rate:.3g}, {over_time}, mini-batches of {self.batch_size:.0f}. "
            f"{_result(measured / self.floor).capitalize()}: the mean loss over the last "
            f"{STEPS - LATE} steps is {measured:.3g}; the predicted floor of the constant rate is "
            f"{self.floor:.3g}. The mean loss {reached} down to {TARGET:g}. At the end the runs "
            f"are a cloud of deviation {spread[0]:.2g} by {spread[1]:.2g} around the minimum."
        )

    def figure(self) -> Figure:
        """Return the picture of the present state."""
        from matplotlib.figure import Figure

        path = self.path()
        losses = np.asarray(Quadratic(CURVATURES).loss(path))
        measured = float(losses[LATE + 1 :].mean())
        figure = Figure(figsize=(7.6, 4.2), dpi=100, layout="constrained")
        axes = figure.subplot_mosaic([["cloud", "loss"], ["cloud", "floor"]])
        self._draw_cloud(axes["cloud"], path[-1])
        self._draw_loss(axes["loss"], losses)
        self._draw_floor(axes["floor"], measured)
        figure.suptitle(
            f"{_result(measured / self.floor).capitalize()}: η = {self.learning_rate:.3g} "
            f"({self.schedule}), B = {self.batch_size:.0f}, late loss {measured:.3g}, "
            f"floor {self.floor:.3g}",
            fontsize=11,
        )
        return figure

    def _floors(self) -> Array:
        return floors(self.learning_rate, self.batch_size)

    def _draw_cloud(self, axes: Axes, points: Array) -> None:
        from matplotlib.patches import Ellipse

        x, y = np.meshgrid(*(np.linspace(-reach, reach, 81) for reach in REACH))
        loss = Quadratic(CURVATURES).loss(np.stack([x, y], axis=-1))
        axes.contour(x, y, loss, LEVELS, colors="0.6", linewidths=0.8)
        axes.plot(*points.T, ".", color=RUN, markersize=4)
        width, height = 4 * self.deviations
        predicted = Ellipse((0, 0), width, height, fill=False, edgecolor=PREDICTED)
        predicted.set(linestyle="--", linewidth=1.5)
        axes.add_patch(predicted)
        axes.set(xlim=(-REACH[0], REACH[0]), ylim=(-REACH[1], REACH[1]), aspect="equal")
        axes.set(xlabel="$w_1$, the flat direction", ylabel="$w_2$, the steep direction")

    def _draw_loss(self, axes: Axes, losses: Array) -> None:
        shown = np.unique(np.geomspace(1, STEPS, 120).astype(int))
        axes.loglog(shown, losses[shown, 0], color=RUN, linewidth=0.7, label="one run")
        axes.loglog(shown, losses[shown].mean(axis=1), color=INK, label="mean of all")
        axes.axhline(self.floor, color=PREDICTED, linestyle="--", label="predicted floor")
        axes.set(xlim=(1, STEPS), ylim=(1e-6, 100), xlabel="step", ylabel="loss")
        axes.legend(frameon=False, fontsize=8, loc="lower left")
        axes.minorticks_off()

    def _draw_floor(self, axes: Axes, measured: float) -> None:
        rates = np.geomspace(0.01, 1.95, 60)
        for size in BATCH_SIZES:
            predicted = floors(rates[:, None], size).sum(axis=1)
            axes.loglog(rates, predicted, color="0.7", linewidth=0.8)
            axes.text(0.011, 1.3 * predicted[0], f"B = {size}", fontsize=7, va="bottom")
        present = floors(rates[:, None], self.batch_size).sum(axis=1)
        axes.loglog(rates, present, "--", color=PREDICTED)
        axes.loglog(self.learning_rate, measured, "o", color=INK, fillstyle="none")
        axes.set(xlim=(0.01, 2), ylim=(1e-6, 100), xlabel="learning rate η")
        axes.set_ylabel("late loss")
        axes.minorticks_off()


def floors(learning_rate: Any, batch_size: float) -> Array:
    """Return what each direction adds to the floor: ησ²/(2B(2 − ηλ)) with σ = 1."""
    return np.asarray(learning_rate / (2 * batch_size * (2 - learning_rate * CURVATURES)))


def _result(ratio: float) -> Result:
    if ratio > NEAR:
        return "on the way"
    return "at the floor" if ratio >= 1 / NEAR else "below the floor"


def _arrival(means: Array) -> int | None:
    there = means <= TARGET
    return int(there.argmax()) if there.any() else None


@cache
def _noise() -> Array:
    return normals(STEPS * RUNS * 2, seed=0).reshape(STEPS, RUNS, 2)
