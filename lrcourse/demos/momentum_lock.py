"""Heavy ball on an ill-conditioned bowl against plain descent at the same effective rate."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from lrcourse._validate import Array
from lrcourse.demos._noise import normals
from lrcourse.demos.base import Choice, Demo, Setting
from lrcourse.landscapes import Quadratic
from lrcourse.optimizers import (
    HeavyBall,
    convergence_factor,
    critical_learning_rate,
    stability_regime,
    trajectory,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEPS = 400
LONGEST = 3000  # steps without noise in which to look for a hundredth
RUNS = 32  # with noise, in one loss curve
LATE = 100  # the last steps, in which the noise floor is read off
START = 4.0  # along the flat direction
NOISE = 0.2  # as a share of the first slope in the steep direction
GOAL = 0.01
MANY = 1e6  # times the first loss: it diverges
LEVELS = (0.01, 0.1, 0.3, 1, 3)
INK, BLUE, ORANGE, MINIMUM = "#1f2328", "#0a66b7", "#b03a00", "#b3261e"

Damping = Literal["over-damped", "oscillating", "diverging"]


class Arm(NamedTuple):
    """One of the runs that are compared: a learning rate and a momentum."""

    rate: float
    momentum: float


class MomentumLock(Demo):
    r"""Heavy ball on :math:`L(w) = \tfrac12(w_1^2/\kappa + w_2^2)`, beside plain descent.

    The steep curvature is 1, so that rates are in units of its inverse: plain descent diverges
    above 2, heavy ball above :math:`2(1+\beta)`. The start is where both directions have the same
    part in the loss, and losses are shares of the first one. Three other runs stand beside the one
    that is set: plain descent at the same effective rate :math:`\eta/(1-\beta)`, plain descent at
    its best rate, and heavy ball at its best rate and momentum (the best without noise). With
    noise, a loss is the mean of 32 runs, and all arms get the same random numbers.

    Parameters
    ----------
    learning_rate : float
        η, from 0.0003 to 4.
    momentum : float
        β, from 0 to 0.99.
    condition_number : float
        κ, from 4 to 300.
    lock : str
        ``on``: in the browser, moving the momentum moves the learning rate to `locked_rate`.
        ``off``: it does not.
    noise : str
        ``on``: normal noise on both slopes, a fifth of the first slope in the steep direction.
        ``off``: none.

    Raises
    ------
    traitlets.TraitError
        If a value is out of its range.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.

    Examples
    --------
    >>> lock = MomentumLock(momentum=0.9, learning_rate=0.03)
    >>> round(lock.effective_rate, 6), lock.regime
    (0.3, 'oscillating')
    >>> round(lock.locked_rate(0.5), 6)
    0.15
    >>> {name: lock.steps_to_goal(name) for name in lock.arms}
    {'momentum': 186, 'same-rate': 195, 'best-plain': 35, 'best-momentum': 15}
    """

    module = "momentum_lock"

    learning_rate = Setting(0.03, low=3e-4, high=4)
    momentum = Setting(0.9, low=0, high=0.99)
    condition_number = Setting(30, low=4, high=300)
    lock = Choice("on", options=("on", "off"))
    noise = Choice("off", options=("off", "on"))

    @property
    def landscape(self) -> Quadratic:
        """The bowl: the flat curvature, then the steep one."""
        return Quadratic([1 / self.condition_number, 1.0])

    @property
    def start(self) -> Array:
        """The first point: both directions have the same part in the loss."""
        return np.array([-START, START / np.sqrt(self.condition_number)])

    @property
    def effective_rate(self) -> float:
        """The length of all steps that one slope leads to, over the slope: η/(1-β)."""
        return float(self.learning_rate / (1 - self.momentum))

    def locked_rate(self, momentum: float) -> float:
        """Return the learning rate that has the present effective rate at another momentum."""
        return self.effective_rate * (1 - momentum)

    @property
    def critical_learning_rate(self) -> float:
        """The learning rate above which the run diverges."""
        return critical_learning_rate(1.0, momentum=self.momentum)

    @property
    def regime(self) -> Damping:
        """The regime of the run: that of its worst direction."""
        words = self.regimes()
        order: tuple[Damping, ...] = ("diverging", "oscillating", "over-damped")
        return next(word for word in order if word in words)

    def regimes(self) -> list[Damping]:
        """Return the regime of the flat and of the steep direction."""
        words = [
            stability_regime(self.learning_rate, curvature, momentum=self.momentum)
            for curvature in self.landscape.spectrum
        ]
        return ["over-damped" if word == "monotone" else word for word in words]

    @property
    def arms(self) -> dict[str, Arm]:
        """The runs that are compared, by name."""
        root = math.sqrt(self.condition_number)
        return {
            "momentum": Arm(self.learning_rate, self.momentum),
            "same-rate": Arm(self.effective_rate, 0.0),
            "best-plain": Arm(2 / (1 + 1 / self.condition_number), 0.0),
            "best-momentum": Arm(
                float(4 / (1 + 1 / root) ** 2), float(((root - 1) / (root + 1)) ** 2)
            ),
        }

    def spectral_radius(self, arm: str = "momentum") -> float:
        """Return the factor on the distance per step, in the long run: the slower direction's."""
        rate, momentum = self.arms[arm]
        return float(convergence_factor(rate, self.landscape.spectrum, momentum=momentum).max())

    def paths(self, arm: str = "momentum") -> Array:
        """Return the visited points, shape (401, runs, 2): 32 runs with noise, one without."""
        rate, momentum = self.arms[arm]
        rule = HeavyBall(momentum)
        kicks = self._kicks()
        points = np.broadcast_to(self.start, kicks.shape[1:])
        state = rule.init(points)
        paths = [points]
        with np.errstate(over="ignore", invalid="ignore"):
            for kick in kicks:
                slopes = self.landscape.gradient(points) + kick
                points, state = rule.step(points, slopes, state, rate)
                paths.append(points)
        return np.stack(paths)

    def losses(self, arm: str = "momentum") -> Array:
        """Return the mean loss of the runs after each step, over the first loss, shape (401,)."""
        with np.errstate(over="ignore", invalid="ignore"):
            losses = np.asarray(self.landscape.loss(self.paths(arm)))
            return np.asarray((losses / self.landscape.loss(self.start)).mean(axis=1))

    def late_loss(self, arm: str = "momentum") -> float:
        """Return the mean loss of the last 100 steps, as a share of the first loss."""
        with np.errstate(over="ignore", invalid="ignore"):
            return float(self.losses(arm)[-LATE:].mean())

    def noise_floor(self, arm: str = "momentum") -> float:
        r"""Return what the mean loss with noise tends to, as a share of the first loss.

        With noise of deviation σ on each slope the mean loss in a direction tends to
        :math:`\frac{\eta\sigma^2}{2(1-\beta)}\,\frac{1+\beta}{2(1+\beta)-\eta\lambda}`; infinite if
        the run diverges.
        """
        rate, momentum = self.arms[arm]
        left = 2 * (1 + momentum) - rate * self.landscape.spectrum
        if (left <= 0).any():
            return float("inf")
        shares = rate * NOISE**2 / (2 * (1 - momentum)) * (1 + momentum) / left
        return float(shares.sum())

    def steps_to_goal(self, arm: str = "momentum") -> int | None:
        """Return after how many steps without noise the loss is at most a hundredth, for good.

        None if not within 3000 steps.
        """
        return _steps_to_goal(self.condition_number, *self.arms[arm])

    def alt_text(self) -> str:
        """Say in words what the picture shows."""
        flat, steep = self.regimes()
        told = (
            f"Heavy ball on a quadratic bowl: condition number {self.condition_number:.3g}, "
            f"learning rate {self.learning_rate:.3g}, momentum {self.momentum:.2g}, effective rate "
            f"{self.effective_rate:.3g}: {flat} in the flat direction, {steep} in the steep one, "
            f"spectral radius {self.spectral_radius():.3g}. "
        )
        if self.noise == "on":
            left = [_share(self.late_loss(arm)) for arm in self.arms]
            return told + (
                f"With noise, the mean loss of the last {LATE} steps is, as a share of the first "
                f"loss, {left[0]} with momentum, {left[1]} for plain descent at the same "
                f"effective rate, {left[2]} at the rate that is best without noise."
            )
        counts = [self._count(arm) for arm in self.arms]
        return told + (
            f"Steps to a hundredth of the loss: {counts[0]} with momentum, {counts[1]} for plain "
            f"descent at the same effective rate, {counts[2]} at its best rate, {counts[3]} for "
            "momentum at its best."
        )

    def figure(self) -> Figure:
        """Return the picture of the present state."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 3.6), dpi=90, layout="constrained")
        axes = figure.subplot_mosaic([["path", "loss"]], width_ratios=[1, 1.1])
        self._draw_paths(axes["path"])
        self._draw_losses(axes["loss"])
        figure.suptitle(
            f"{self.regime.capitalize()}: η = {self.learning_rate:.3g}, β = {self.momentum:.2g}, "
            f"effective rate η/(1−β) = {self.effective_rate:.3g}, κ = {self.condition_number:.3g}",
            fontsize=11,
        )
        return figure

    def _count(self, arm: str) -> str:
        steps = self.steps_to_goal(arm)
        if steps is None:
            return "never" if self.spectral_radius(arm) > 1 else f"more than {LONGEST}"
        return str(steps)

    def _kicks(self) -> Array:
        if self.noise == "off":
            return np.zeros((STEPS, 1, 2))
        return np.asarray(NOISE * self.start[1] * _noise())

    def _draw_paths(self, axes: Axes) -> None:
        x, y = np.meshgrid(np.linspace(-5.5, 5.5, 111), np.linspace(-2.5, 2.5, 81))
        loss = self.landscape.loss(np.stack([x, y], axis=-1)) / self.landscape.loss(self.start)
        axes.contour(x, y, loss, LEVELS, colors="0.6", linewidths=0.8)
        for arm, colour, style in (("same-rate", ORANGE, ":"), ("momentum", BLUE, "-")):
            path = np.clip(np.nan_to_num(self.paths(arm)[:, 0]), -1e3, 1e3)
            axes.plot(*path.T, style, color=colour, linewidth=1.4)
        axes.plot(0, 0, "+", color=MINIMUM, markersize=10, markeredgewidth=2)
        axes.plot(*self.start, "o", color=INK, markersize=7)
        axes.annotate("start", tuple(self.start), (0, 9), textcoords="offset points", ha="center")
        axes.set(xlim=(-5.5, 5.5), ylim=(-2.5, 2.5))
        axes.set(xlabel="$w_1$, the flat direction", ylabel="$w_2$, the steep direction")

    def _draw_losses(self, axes: Axes) -> None:
        for arm, colour, style, label in (
            ("best-plain", INK, "--", "plain, best rate"),
            ("same-rate", ORANGE, ":", "plain, same η/(1−β)"),
            ("momentum", BLUE, "-", "momentum"),
        ):
            losses = np.clip(np.nan_to_num(self.losses(arm), nan=np.inf), 1e-12, 1e12)
            axes.semilogy(losses, style, color=colour, label=label)
        axes.axhline(GOAL, color=INK, linewidth=0.6)
        axes.set(
            xlim=(0, STEPS), ylim=(1e-4, 100), xlabel="step", ylabel="loss, share of the first"
        )
        axes.grid(axis="y", alpha=0.4)
        axes.legend(frameon=False, fontsize=9, loc="upper right")


@cache
def _noise() -> Array:
    return normals(STEPS * RUNS * 2, seed=0).reshape(STEPS, RUNS, 2)


@cache
def _steps_to_goal(condition: float, rate: float, momentum: float) -> int | None:
    bowl = Quadratic([1 / condition, 1.0])
    start = np.array([-START, START / np.sqrt(condition)])
    with np.errstate(over="ignore", invalid="ignore"):
        path = trajectory(bowl.gradient, start, HeavyBall(momentum), rate, LONGEST)
        below = bowl.loss(path) <= GOAL * bowl.loss(start)  # a loss that is not a number is not
    last = np.flatnonzero(~below)[-1]
    return None if last == LONGEST else int(last) + 1


def _share(loss: float) -> str:
    return f"{loss:.2g}" if loss < MANY else "it diverges"
