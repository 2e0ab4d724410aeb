"""Convergence, the catapult, divergence, and training at the edge of stability."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.demos._edge_runs import CHECKPOINTS, HIGHEST, LOWEST, PRODUCTS, edge_runs
from lrcourse.demos._grid import pack
from lrcourse.demos.base import Choice, Demo, Setting
from lrcourse.landscapes import LinearNet
from lrcourse.monitoring import Diagnosis, classify, lr_to_stability_ratio
from lrcourse.optimizers import GradientDescent, trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LINEAR_NET = LinearNet(256)
LINEAR_STEPS = 150
LOSSES = {"linear": (1e-8, 1e5), "trained": (1e-3, 10.0)}
HIGHEST_RATIO = 3.2
INK, LIMIT = "#1f2328", "#b3261e"


class EdgeOfStability(Demo):
    """Full-batch gradient descent where the loss may rise: loss and sharpness, step by step.

    One of two networks. *linear*: two linear layers of width 256 on one example, whose steps have
    a formula, at any rate. *trained*: a tanh network (40-32-32-10, squared error) on 100
    one-dimensional images, trained for 1200 steps at 19 rates.

    Parameters
    ----------
    network : {"linear", "trained"}
    learning_rate : float
        The rate times the sharpness at the start, η·λ₀, from 0.1 to 6; of the trained network, the
        nearest that was trained is taken.
    seed : int
        Seed of the initial weights and of the images, not negative. Another one trains again, for
        some seconds.

    Raises
    ------
    TypeError, ValueError
        If `seed` is not an integer of at least 0.
    traitlets.TraitError
        If another value is out of its range.

    References
    ----------
    A. Lewkowycz et al., "The large learning rate phase of deep learning: the catapult mechanism",
    2020, arXiv:2003.02218. J. Cohen et al., "Gradient descent on neural networks typically occurs
    at the edge of stability", ICLR 2021, arXiv:2103.00065.

    Examples
    --------
    >>> edge = EdgeOfStability(learning_rate=3)
    >>> edge.diagnosis.regime
    'catapult'
    >>> edge.learning_rate = 5
    >>> edge.diagnosis.regime
    'diverged'
    """

    module = "edge_of_stability"

    network = Choice("linear", options=("linear", "trained"))
    learning_rate = Setting(3, low=LOWEST, high=HIGHEST)
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
    def product(self) -> float:
        """The rate in effect, times the sharpness at the start: η·λ₀."""
        return self.learning_rate if self.network == "linear" else PRODUCTS[self._run]

    @property
    def rate(self) -> float:
        """The rate itself, η."""
        if self.network == "linear":
            return self.product / float(LINEAR_NET.curvature(self._start()))
        return float(edge_runs(self.seed).runs["learning_rate"].iloc[self._run])

    @property
    def diagnosis(self) -> Diagnosis:
        """What the run did, and why it is called so."""
        if self.network == "linear":
            return classify(self.losses())
        return _diagnosis(self.seed, self._run)

    def steps(self) -> Array:
        """Return the steps after which the sharpness is known."""
        marks = np.arange(LINEAR_STEPS + 1) if self.network == "linear" else CHECKPOINTS
        return np.asarray(marks)

    def losses(self) -> Array:
        """Return the loss before each step; not finite once the run has diverged."""
        if self.network == "linear":
            with np.errstate(over="ignore", invalid="ignore"):  # where it diverges
                return LINEAR_NET.loss(self._path())
        return np.asarray(edge_runs(self.seed).loss[self._run])

    def ratios(self) -> Array:
        """Return the sharpness in units of 2/η after each of `steps`.

        Of the linear network it is the curvature λ, which is the sharpness where the loss is 0.
        """
        if self.network == "linear":
            with np.errstate(over="ignore", invalid="ignore"):
                return lr_to_stability_ratio(self.rate, LINEAR_NET.curvature(self._path()))
        known = edge_runs(self.seed).metrics["sharpness"][self._run]
        return lr_to_stability_ratio(self.rate, known)

    def alt_text(self) -> str:
        """Say in words what the picture shows."""
        ratios = self.ratios()
        kind = "two linear layers" if self.network == "linear" else "a trained tanh network"
        last = ratios[-1]
        end = (
            f"{last:.2g} times 2/η after {self.steps()[-1]} steps"
            if self.diagnosis.regime != "diverged"
            else "without a value at the end"
        )
        return (
            f"Gradient descent on {kind} with η·λ₀ = {self.product:.3g}: loss and sharpness over "
            f"the steps. {self.diagnosis}. The sharpness is {ratios[0]:.2g} times 2/η at the start "
            f"and {end}."
        )

    def figure(self) -> Figure:
        """Return the picture of the present state."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 3.6), dpi=110, layout="constrained")
        loss, sharpness = figure.subplots(1, 2)
        self._draw_loss(loss)
        self._draw_ratios(sharpness)
        figure.suptitle(f"η·λ₀ = {self.product:.3g}: {self.diagnosis.regime}", fontsize=11)
        return figure

    @property
    def _run(self) -> int:
        return int(np.abs(np.log(np.array(PRODUCTS) / self.learning_rate)).argmin())

    def _start(self) -> Array:
        return LINEAR_NET.start(rng=np.random.default_rng(self.seed))

    def _path(self) -> Array:
        return trajectory(
            LINEAR_NET.gradient, self._start(), GradientDescent(), self.rate, LINEAR_STEPS
        )

    def _train(self) -> None:
        start, result = self._start(), edge_runs(self.seed)
        diagnoses = [_diagnosis(self.seed, run) for run in range(len(PRODUCTS))]
        late = result.loss[:, result.loss.shape[1] // 2 :]
        self.runs = {
            "linear": {
                "width": LINEAR_NET.width,
                "steps": LINEAR_STEPS,
                "output": float(LINEAR_NET.output(start)),
                "curvature": float(LINEAR_NET.curvature(start)),
            },
            "trained": {
                "products": list(PRODUCTS),
                "rates": result.runs["learning_rate"].tolist(),
                "checkpoints": list(CHECKPOINTS),
                "loss": pack(result.loss),
                "sharpness": pack(result.metrics["sharpness"]),
                "regimes": [diagnosis.regime for diagnosis in diagnoses],
                # Counted before the losses are rounded to 16 bits.
                "rising": (np.diff(late) > 0).mean(axis=1).tolist(),
            },
        }

    def _draw_loss(self, axes: Axes) -> None:
        losses = self.losses()
        axes.plot(losses / losses[0], color=INK)
        axes.set(xlim=(0, self.steps()[-1]), ylim=LOSSES[self.network])
        axes.set(yscale="log", xlabel="step", ylabel="loss ÷ first loss")

    def _draw_ratios(self, axes: Axes) -> None:
        axes.axhspan(1, HIGHEST_RATIO, color=LIMIT, alpha=0.07)
        axes.axhline(1, color=LIMIT, linestyle="--", linewidth=1.2)
        axes.plot(self.steps(), self.ratios(), ".-", color=INK, markersize=4)
        axes.set(xlim=(0, self.steps()[-1]), ylim=(0, HIGHEST_RATIO))
        axes.set(xlabel="step", ylabel="sharpness in units of 2/η")


def _diagnosis(seed: int, run: int) -> Diagnosis:
    result = edge_runs(seed)
    return classify(
        result.loss[run],
        learning_rate=result.runs["learning_rate"].iloc[run],
        sharpness=result.metrics["sharpness"][run],
    )
