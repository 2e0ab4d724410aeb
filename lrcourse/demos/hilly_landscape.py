"""Balls on a landscape of one parameter with several valleys, and where they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import traitlets

from lrcourse._validate import Array
from lrcourse.demos._noise import normals
from lrcourse.demos.base import Choice, Demo, Setting
from lrcourse.landscapes import Curve, Fourier, Needle, RippledBowl
from lrcourse.optimizers import GradientDescent, critical_learning_rate

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BALLS = 200
STEPS = 500
EVERY = 5  # odd, or a ball that jumps between two places would look as if it stood still
FOLLOWED = slice(6, None, 12)  # the balls whose way is drawn
FARTHEST_START, FARTHEST_SHOWN = 6.0, 7.0  # on a landscape that does not repeat
NOTICEABLE = 0.02  # difference between two shares

# The first random landscapes of the trial of this chapter at base seed 0: nobody chose them.
LANDSCAPES: Mapping[str, Curve] = MappingProxyType(
    {
        **{
            f"random-{number + 1}": Fourier.random(rng=np.random.default_rng([0, 0, number]))
            for number in range(6)
        },
        "rippled-bowl": RippledBowl(),
        "needle": Needle(),
    }
)
INK, DEEPEST, OTHER = "#1f2328", "#0a66b7", "#b03a00"

Result = Literal["gain", "loss", "no gain"]


class HillyLandscape(Demo):
    """Gradient descent of 200 balls, evenly spread at first, for 500 steps.

    Shows where they end, the way of some of them, and the share of balls in the deepest valley,
    step by step, against the share that started there.

    Parameters
    ----------
    landscape : str
        ``random-1`` to ``random-6``, ``rippled-bowl`` or ``needle``.
    learning_rate : float
        η as a multiple of 2/λ at the sharpest minimum, from 0.01 to 8.
    noise : float
        Deviation of the noise on every slope, as a multiple of the deviation of the slope itself,
        from 0 to 2.
    schedule : str
        ``constant``, or ``decay`` for a straight line to 0.

    Raises
    ------
    traitlets.TraitError
        If a value is out of its range.

    References
    ----------
    R. Kleinberg, Y. Li, Y. Yuan, "An Alternative View: When Does SGD Escape Local Minima?", ICML,
    2018.

    Examples
    --------
    >>> hills = HillyLandscape(learning_rate=0.01)
    >>> hills.result, hills.share_at_start, float(hills.shares()[-1])
    ('no gain', 0.285, 0.285)
    >>> HillyLandscape(learning_rate=1, noise=1, schedule="decay").result
    'gain'
    """

    module = "hilly_landscape"

    landscape = Choice("random-5", options=tuple(LANDSCAPES))
    learning_rate = Setting(0.05, low=0.01, high=8)
    noise = Setting(0, low=0, high=2)
    schedule = Choice("constant", options=("constant", "decay"))

    _landscapes = traitlets.Dict().tag(sync=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._landscapes = {name: _for_the_browser(curve) for name, curve in LANDSCAPES.items()}

    @property
    def curve(self) -> Curve:
        """The present landscape."""
        return LANDSCAPES[self.landscape]

    @property
    def rate(self) -> float:
        """The learning rate itself, in front of the slope, at the first step."""
        return float(self.learning_rate * critical_learning_rate(sharpest(self.curve)))

    @property
    def share_at_start(self) -> float:
        """The share of balls that start in the deepest valley: how wide it is."""
        return float(self._in_deepest(starts(self.curve)).mean())

    @property
    def result(self) -> Result:
        """Whether the deepest valley has gained balls, or lost them, by at least 2 % of all."""
        return self._result(self.shares()[-1])

    def path(self) -> Array:
        """Return where the balls are at every fifth step, shape (101, 200), the start included."""
        points = starts(self.curve)
        scatter = self.noise * self.curve.gradient(points).std()
        first = self.rate  # the curve is searched for its sharpest valley: once, not at every step
        rule = GradientDescent()
        path = [points]
        for step, noise in enumerate(_noise()):
            slope = self.curve.gradient(points) + scatter * noise
            rate = first * (1 - step / STEPS) if self.schedule == "decay" else first
            points, _ = rule.step(points, slope, None, rate)
            if (step + 1) % EVERY == 0:
                path.append(points)
        return np.stack(path)

    def shares(self) -> Array:
        """Return the share of balls in the deepest valley at every fifth step, shape (101,)."""
        return np.asarray(self._in_deepest(self.path()).mean(axis=1))

    def alt_text(self) -> str:
        """Say in words what the picture shows."""
        path = self.path()
        begin, *_, end = self._in_deepest(path).mean(axis=1)
        valleys = self.curve.basin(path)
        stayed = (valleys[0] == valleys[-1]).mean()
        over_time = "falling to 0" if self.schedule == "decay" else "constant"
        return (
            f"{BALLS} balls roll down the landscape {self.landscape}, which has "
            f"{len(self.curve.minima())} valleys: learning rate {self.learning_rate:.3g} times "
            f"2/λ, {over_time}, noise {self.noise:.3g}. {begin:.0%} start in the deepest valley, "
            f"and {end:.0%} are there after {STEPS} steps: {self._result(end)}. {stayed:.0%} are "
            "in the valley where they started."
        )

    def figure(self) -> Figure:
        """Return the picture of the present state."""
        from matplotlib.figure import Figure

        path = self.path()
        figure = Figure(figsize=(8, 4.4), dpi=110, layout="constrained")
        axes = figure.subplot_mosaic([["curve", "shares"], ["ways", "valleys"]])
        self._draw_curve(axes["curve"], path[-1])
        self._draw_ways(axes["ways"], path)
        self._draw_shares(axes["shares"], self._in_deepest(path).mean(axis=1))
        self._draw_valleys(axes["valleys"], path)
        begin, *_, end = self._in_deepest(path).mean(axis=1)
        figure.suptitle(
            f"{self._result(end).capitalize()}: {begin:.0%} of the balls start in the deepest "
            f"valley, {end:.0%} end there (η = {self.learning_rate:.3g} × 2/λ)",
            fontsize=11,
        )
        return figure

    def _in_deepest(self, points: Array) -> Array:
        return np.asarray(self.curve.basin(points) == self.curve.global_basin)

    def _result(self, share: float) -> Result:
        change = share - self.share_at_start
        if abs(change) < NOTICEABLE:
            return "no gain"
        return "gain" if change > 0 else "loss"

    def _draw_curve(self, axes: Axes, points: Array) -> None:
        x = np.linspace(*shown(self.curve), 400)
        axes.plot(x, self.curve.loss(x), color=INK, linewidth=1.2)
        deepest = self._in_deepest(x)
        axes.fill_between(
            x, 0, 1, where=deepest, transform=axes.get_xaxis_transform(), color=DEEPEST, alpha=0.12
        )
        for inside, colour in ((True, DEEPEST), (False, OTHER)):
            balls = self._place(points[self._in_deepest(points) == inside])
            axes.plot(balls, self.curve.loss(balls), "o", color=colour, alpha=0.3)
        axes.set(xlim=shown(self.curve), xlabel="parameter w", ylabel="loss")

    def _draw_ways(self, axes: Axes, path: Array) -> None:
        steps = np.arange(0, STEPS + 1, EVERY)
        inside = self._in_deepest(path[-1])
        for ball in range(BALLS)[FOLLOWED]:
            colour = DEEPEST if inside[ball] else OTHER
            axes.plot(self._place(path[:, ball]), steps, ".", color=colour, markersize=2)
        axes.set(xlim=shown(self.curve), ylim=(STEPS, 0), xlabel="parameter w", ylabel="step")

    def _draw_shares(self, axes: Axes, shares: Array) -> None:
        axes.plot(np.arange(0, STEPS + 1, EVERY), shares, color=DEEPEST, label="in deepest valley")
        axes.axhline(shares[0], color=OTHER, linestyle=":", label="at the start")
        axes.set(xlim=(0, STEPS), ylim=(0, 1), xlabel="step", ylabel="share of balls")
        axes.legend(frameon=False, fontsize=9)

    def _draw_valleys(self, axes: Axes, path: Array) -> None:
        minima = self.curve.minima()
        valleys = self.curve.basin(path[[0, -1]])
        begin, end = (np.bincount(row, minlength=len(minima)) / BALLS for row in valleys)
        width = (shown(self.curve)[1] - shown(self.curve)[0]) / 45
        colours = [DEEPEST if i == self.curve.global_basin else OTHER for i in range(len(minima))]
        axes.bar(minima - width / 2, begin, width, fill=False, edgecolor=INK, label="start")
        axes.bar(minima + width / 2, end, width, color=colours, label="end")
        axes.set(xlim=shown(self.curve), ylim=(0, 1), xlabel="parameter w", ylabel="share of balls")
        axes.legend(frameon=False, fontsize=9)

    def _place(self, points: Array) -> Array:
        """Bring points into the picture."""
        if self.curve.period is not None:
            return np.asarray(points % self.curve.period)
        return np.clip(points, *shown(self.curve))


def starts(curve: Curve) -> Array:
    """Return where the balls start: evenly spread over one period, or around the middle."""
    low, high = _begins(curve)
    return low + (high - low) * ((np.arange(BALLS) + 0.5) / BALLS)


def shown(curve: Curve) -> tuple[float, float]:
    """Return the part of a landscape that is drawn."""
    return (-FARTHEST_SHOWN, FARTHEST_SHOWN) if curve.period is None else (0.0, curve.period)


def sharpest(curve: Curve) -> float:
    """Return the curvature of the sharpest minimum."""
    return float(curve.hessian(curve.minima()).max())


def _begins(curve: Curve) -> tuple[float, float]:
    return (-FARTHEST_START, FARTHEST_START) if curve.period is None else (0.0, curve.period)


@cache
def _noise() -> Array:
    return normals(STEPS * BALLS, seed=0).reshape(STEPS, BALLS)


def _for_the_browser(curve: Curve) -> dict[str, Any]:
    parameters = {
        key: value.tolist() if isinstance(value, np.ndarray) else value
        for key, value in asdict(curve).items()  # type: ignore[call-overload]
    }
    return {
        "kind": type(curve).__name__,
        **parameters,
        "period": curve.period,
        "begins": list(_begins(curve)),
        "shown": list(shown(curve)),
        "minima": curve.minima().tolist(),
        "hilltops": curve.hilltops().tolist(),
        "deepest": curve.global_basin,
        "lowest": float(curve.loss(curve.global_minimum())),
        "sharpest": sharpest(curve),
        "scatter": float(curve.gradient(starts(curve)).std()),
    }
