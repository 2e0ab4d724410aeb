"""Warm-up against a start that is too sharp: loss, ηλ/2, and the peaks that a run survives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.demos._grid import pack
from lrcourse.demos._warm_up_runs import (
    GAINS,
    MARKS,
    PEAKS,
    REPLICATES,
    STEPS,
    WARMUPS,
    rates,
    warm_up_runs,
)
from lrcourse.demos.base import Choice, Demo, Setting
from lrcourse.monitoring import lr_to_stability_ratio

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEARNED = 1.0  # a loss; that of guessing among ten classes is 2.3
LOSSES, RATIOS = (0.003, 300.0), (0.01, 1000.0)  # what the panels show
LOOKS = {"none": ("#b03a00", ":"), "short": ("#0a66b7", "--"), "long": ("#1f2328", "-")}
DIVERGED = "#b3261e"


class WarmUp(Demo):
    """A deep network from three starts, with and without a warm-up, at twelve peak rates.

    The network (40, eight layers of 32, 10; all 64 images at every step) learns one-dimensional
    images. Its initial weights are those of He, 20 % smaller or 40 % larger. The rate falls on a
    straight line to zero, from the start or after a warm-up. Shows the loss and ηλ/2 over the
    steps, and at which peaks every run learns.

    Parameters
    ----------
    start : {"small", "usual", "large"}
        The size of the initial weights.
    peak : float
        The peak of the learning rate, from 0.01 to 2; the nearest that was trained is taken.
    warmup : {"none", "short", "long"}
        0, 10 or 40 steps of the 160.
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
    >>> demo = WarmUp(start="large", warmup="none")
    >>> without = demo.learnable[1]
    >>> demo.warmup = "short"
    >>> demo.learnable[1] > 3 * without
    True
    """

    module = "warm_up"

    start = Choice("large", options=tuple(GAINS))
    peak = Setting(0.18, low=PEAKS[0], high=PEAKS[-1])
    warmup = Choice("none", options=tuple(WARMUPS))
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
    def peak_rate(self) -> float:
        """The peak that was trained, nearest to the one asked for."""
        return PEAKS[self._peak]

    @property
    def fate(self) -> str:
        """What becomes of the runs: "diverged", "learned", "too small" or "too large"."""
        worst = self._worst()
        if np.isnan(worst[self._peak]):
            return "diverged"
        if worst[self._peak] < LEARNED:
            return "learned"
        return "too small" if self._peak < np.nanargmin(worst) else "too large"

    @property
    def learnable(self) -> tuple[float, float]:
        """The smallest and the largest peak around the best at which every run has learned.

        No run fails between the two. Both are NaN if at every peak some run fails.
        """
        worst = self._worst()
        learned = worst < LEARNED
        low = high = int(np.nanargmin(worst))
        if not learned[low]:
            return float("nan"), float("nan")
        while low > 0 and learned[low - 1]:
            low -= 1
        while high < len(PEAKS) - 1 and learned[high + 1]:
            high += 1
        return PEAKS[low], PEAKS[high]

    def losses(self) -> Array:
        """Return the loss before each step of the first replicate, (3 warm-ups, 12 peaks, steps).

        NaN after a run has diverged.
        """
        return self._grids(self.start)["loss"]

    def ratios(self) -> Array:
        """Return ηλ/2 at some of the steps of the first replicate, (3 warm-ups, 12 peaks, marks).

        NaN after a run has diverged.
        """
        return self._grids(self.start)["ratio"]

    def final_losses(self) -> Array:
        """Return the loss at the last step, (3 warm-ups, 12 peaks, 3 replicates)."""
        return self._grids(self.start)["final"]

    def alt_text(self) -> str:
        """Say in words what the picture shows."""
        warmup, peak = self._warmup, self._peak
        gone = int(np.isnan(self.final_losses()[warmup, peak]).sum())
        end = (
            f"{gone} of {REPLICATES} runs {'diverges' if gone == 1 else 'diverge'}"
            if gone
            else f"the worst of {REPLICATES} runs ends at a loss of {self._worst()[peak]:.2g}"
        )
        low, high = self.learnable
        return (
            f"A network with {self.start} initial weights, peak rate {self.peak_rate:g}, "
            f"{_length(self.warmup)}. At the first step ηλ/2 is "
            f"{self.ratios()[warmup, peak, 0]:.2g}; {end}. With this warm-up every run learns at "
            f"peaks from {low:g} to {high:g}."
        )

    def figure(self) -> Figure:
        """Return the picture of the present state."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 3.4), dpi=90, layout="constrained")
        loss, ratio, final = figure.subplots(1, 3)
        self._draw_run(loss, np.arange(STEPS), self.losses(), LOSSES, "training loss")
        self._draw_run(ratio, np.array(MARKS), self.ratios(), RATIOS, "ηλ/2")
        ratio.axhline(1.0, color="#57606a", linewidth=1)
        self._draw_final(final)
        figure.suptitle(
            f"{self.start} initial weights, peak {self.peak_rate:g}, {_length(self.warmup)}: "
            f"{self.fate}",
            fontsize=11,
        )
        handles, labels = loss.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9)
        return figure

    @property
    def _peak(self) -> int:
        return int(np.abs(np.log(np.array(PEAKS) / self.peak)).argmin())

    @property
    def _warmup(self) -> int:
        return list(WARMUPS).index(self.warmup)

    def _worst(self) -> Array:
        """Return the worst loss at each peak, NaN where a run has diverged."""
        return np.asarray(self.final_losses()[self._warmup].max(axis=1))

    def _grids(self, start: str) -> dict[str, Array]:
        sweep = warm_up_runs(start, self.seed)
        shape = (len(WARMUPS), len(PEAKS), REPLICATES)
        loss = sweep.loss.reshape(*shape, STEPS)
        sharpness = sweep.metrics["sharpness"].reshape(*shape, len(MARKS))[:, :, 0]
        rate = rates()[list(MARKS)].T[:, None] * np.array(PEAKS)[:, None]
        ratio = lr_to_stability_ratio(rate, sharpness)
        return {"loss": loss[:, :, 0], "ratio": ratio, "final": loss[..., -1]}

    def _train(self) -> None:
        self.runs = {
            "peaks": list(PEAKS),
            "marks": list(MARKS),
            "shares": rates()[list(MARKS)].T.tolist(),
            "warmups": list(WARMUPS.values()),
            "grids": {
                start: {name: pack(values) for name, values in self._grids(start).items()}
                for start in GAINS
            },
        }

    def _draw_run(
        self, axes: Axes, steps: Any, grid: Array, heights: tuple[float, float], name: str
    ) -> None:
        for index, (word, (colour, dash)) in enumerate(LOOKS.items()):
            mine = word == self.warmup
            axes.plot(
                steps + 1,
                np.minimum(grid[index, self._peak], 1e9),
                color=colour,
                linestyle=dash,
                linewidth=2 if mine else 1,
                alpha=1 if mine else 0.5,
                label=_length(word),
            )
        axes.set(xscale="log", yscale="log", xlim=(1, STEPS), ylim=heights)
        axes.set(xlabel="step", ylabel=name)

    def _draw_final(self, axes: Axes) -> None:
        final = self.final_losses()
        for index, (word, (colour, dash)) in enumerate(LOOKS.items()):
            worst = final[index].max(axis=1)
            mine = word == self.warmup
            axes.plot(PEAKS, worst, color=colour, linestyle=dash, alpha=1 if mine else 0.5)
            if mine:
                axes.plot(PEAKS, final[index], ".", color=colour, alpha=0.5)
                lost = np.isnan(worst)
                axes.plot(np.array(PEAKS)[lost], np.full(lost.sum(), 4.0), "x", color=DIVERGED)
        axes.axhline(LEARNED, color="#57606a", linewidth=1)
        axes.axvline(self.peak_rate, color="#57606a", linestyle=":")
        axes.set(xscale="log", yscale="log", ylim=(0.003, 6), xlabel="peak learning rate η")
        axes.set_ylabel("loss at the end, worst run")


def _length(word: str) -> str:
    return f"{WARMUPS[word]} steps of warm-up" if WARMUPS[word] else "no warm-up"
