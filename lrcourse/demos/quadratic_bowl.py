"""Gradient descent with momentum on a bowl with one flat and one steep direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrcourse._validate import Array
from lrcourse.demos.base import Demo, Point, Setting
from lrcourse.landscapes import Quadratic
from lrcourse.optimizers import (
    HeavyBall,
    Regime,
    convergence_factor,
    critical_learning_rate,
    stability_regime,
    trajectory,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEPS = 100
LEVELS = (0.1, 0.3, 1, 3, 10, 30, 100, 300)
INK, FLAT, STEEP, MINIMUM = "#1f2328", "#0a66b7", "#b03a00", "#b3261e"


class QuadraticBowl(Demo):
    r"""Heavy ball on :math:`L(w) = \tfrac12(\lambda_2 w_1^2 + \lambda_1 w_2^2)`, 100 steps.

    The flat curvature is :math:`\lambda_2 = 1`, the steep one :math:`\lambda_1 = \kappa`. Shows the
    path over the contours, the loss of each step, and by which factor a step shrinks each
    direction. The run diverges exactly above the critical rate :math:`2(1+\beta)/\lambda_1`.

    Parameters
    ----------
    learning_rate : float
        η, from 0.001 to 4.
    momentum : float
        β, from 0 to 0.99; 0 is gradient descent.
    condition_number : float
        κ, from 1 to 100.
    start : tuple of float
        First point :math:`(w_1, w_2)`, within ±5 and ±3.

    Raises
    ------
    traitlets.TraitError
        If a value is out of its range.

    References
    ----------
    G. Goh, "Why Momentum Really Works", Distill, 2017.

    Examples
    --------
    >>> bowl = QuadraticBowl(learning_rate=0.21)
    >>> bowl.regime, bowl.critical_learning_rate
    ('diverging', 0.2)
    >>> bowl.momentum = 0.5
    >>> bowl.regime, round(bowl.critical_learning_rate, 3)
    ('oscillating', 0.3)
    """

    module = "quadratic_bowl"

    learning_rate = Setting(0.17, low=1e-3, high=4)
    momentum = Setting(0, low=0, high=0.99)
    condition_number = Setting(10, low=1, high=100)
    start = Point((-4, 2), reach=(5, 3))

    @property
    def landscape(self) -> Quadratic:
        """The bowl of the present condition number."""
        return Quadratic([1.0, self.condition_number])

    @property
    def critical_learning_rate(self) -> float:
        """The learning rate above which the run diverges."""
        return critical_learning_rate(self.condition_number, momentum=self.momentum)

    @property
    def regime(self) -> Regime:
        """The regime of the run: that of its worst direction."""
        words = [
            stability_regime(self.learning_rate, curvature, momentum=self.momentum)
            for curvature in self.landscape.spectrum
        ]
        order: tuple[Regime, ...] = ("diverging", "oscillating", "monotone")
        return next(word for word in order if word in words)

    def path(self) -> Array:
        """Return the visited points, shape (101, 2), the start included."""
        return trajectory(
            self.landscape.gradient,
            self.start,
            HeavyBall(self.momentum),
            self.learning_rate,
            STEPS,
        )

    def losses(self) -> Array:
        """Return the loss at each of the visited points, shape (101,)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self.landscape.loss(self.path()))

    def alt_text(self) -> str:
        """Say in words what the picture shows."""
        losses = self.losses()
        flat, steep = self._factors()
        return (
            "Gradient descent on a quadratic bowl: "
            f"condition number {self.condition_number:.3g}, learning rate "
            f"{self.learning_rate:.3g}, momentum {self.momentum:.2g}, from "
            f"({self.start[0]:g}, {self.start[1]:g}): {self.regime}. The critical rate is "
            f"{self.critical_learning_rate:.3g}. Each step multiplies the distance to the minimum "
            f"by {flat:.3g} in the flat direction and by {steep:.3g} in the steep one. "
            f"The loss goes from {losses[0]:.3g} to {losses[-1]:.3g} in {STEPS} steps."
        )

    def figure(self) -> Figure:
        """Return the picture of the present state."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 4), dpi=110, layout="constrained")
        axes = figure.subplot_mosaic(
            [["path", "loss"], ["path", "factor"]], width_ratios=[1.25, 1], height_ratios=[2, 1]
        )
        self._draw_path(axes["path"])
        self._draw_loss(axes["loss"])
        self._draw_factors(axes["factor"])
        figure.suptitle(
            f"{self.regime.capitalize()}: η = {self.learning_rate:.3g}, β = {self.momentum:.2g}, "
            f"κ = {self.condition_number:.3g}, critical rate {self.critical_learning_rate:.3g}",
            fontsize=11,
        )
        return figure

    def _factors(self) -> Array:
        return convergence_factor(
            self.learning_rate, self.landscape.spectrum, momentum=self.momentum
        )

    def _draw_path(self, axes: Axes) -> None:
        x, y = np.meshgrid(np.linspace(-5.5, 5.5, 111), np.linspace(-4, 4, 81))
        loss = self.landscape.loss(np.stack([x, y], axis=-1))
        contours = axes.contour(x, y, loss, LEVELS, colors="0.6", linewidths=0.8)
        axes.clabel(contours, LEVELS[2:], fontsize=8, fmt="%g", colors="0.35")
        path = np.clip(np.nan_to_num(self.path()), -1e3, 1e3)
        axes.plot(path[:, 0], path[:, 1], "o-", color=INK, markersize=2.5, linewidth=1)
        axes.plot(0, 0, "+", color=MINIMUM, markersize=10, markeredgewidth=2)
        axes.plot(*self.start, "o", color=INK, markersize=9)
        axes.annotate("start", self.start, (0, 9), textcoords="offset points", ha="center")
        axes.set(xlim=(-5.5, 5.5), ylim=(-4, 4), aspect="equal")
        axes.set_xlabel("$w_1$, the flat direction", color=FLAT)
        axes.set_ylabel("$w_2$, the steep direction", color=STEEP)

    def _draw_loss(self, axes: Axes) -> None:
        axes.semilogy(np.clip(np.nan_to_num(self.losses(), nan=np.inf), 1e-12, 1e12), color=INK)
        axes.set(xlim=(0, STEPS), ylim=(1e-8, 1e4), xlabel="step", ylabel="loss")
        axes.set_yticks([1e-8, 1e-4, 1, 1e4])
        axes.grid(axis="y", alpha=0.4)

    def _draw_factors(self, axes: Axes) -> None:
        factors = self._factors()[::-1]
        bars = axes.barh(["steep", "flat"], np.minimum(factors, 2), color=[STEEP, FLAT], height=0.6)
        bars[0].set_hatch("//")
        bars[0].set_edgecolor("white")
        for row, factor in enumerate(factors):
            axes.text(1.96, row, f"{factor:.3g}", ha="right", va="center")
        axes.axvline(1, color=INK, linewidth=2)
        axes.set(xlim=(0, 2), xlabel="factor per step: shrinks | grows")
