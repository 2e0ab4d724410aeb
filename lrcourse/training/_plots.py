"""Pictures of a sweep: the loss while it trains, and where the best rate lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrcourse.plotting import INK, RED, TEAL, Picture, number, style

if TYPE_CHECKING:
    from lrcourse.training._result import Sweep


def plot_loss(sweep: Sweep) -> Picture:
    """Draw the mini-batch loss against the step, the median over the seeds of a setting.

    A curve ends with a cross where the first of its runs diverged.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    settings: Any = sweep.runs.groupby(["learning_rate", "momentum"]).indices
    several = sweep.runs["momentum"].nunique() > 1
    colours = mpl.colormaps["viridis"](np.linspace(0, 0.9, len(settings)))
    with style():
        figure, axes = plt.subplots()
        for ((rate, momentum), runs), colour in zip(settings.items(), colours, strict=True):
            ends = sweep.runs["diverged_at"].iloc[runs].dropna()
            end = int(ends.min()) + 1 if len(ends) else sweep.loss.shape[1]
            curve = np.median(sweep.loss[runs, :end], axis=0)
            label = f"{rate:.3g}" + (f", β = {momentum:g}" if several else "")
            axes.plot(curve, color=colour, label=label if len(settings) <= 8 else None)
            if end < sweep.loss.shape[1]:
                axes.plot(end - 1, curve[-1], "x", color=RED)
        axes.set(xlabel="step", ylabel="loss on the mini-batch", yscale="log")
        if len(settings) <= 8:
            axes.legend(title="learning rate")
        else:
            _colour_bar(figure, axes, sweep)
    low, high = sweep.runs["learning_rate"].min(), sweep.runs["learning_rate"].max()
    return Picture(
        figure,
        alt=f"Loss on the mini-batch against the step for {len(settings)} settings with learning "
        f"rates from {number(low)} to {number(high)}; {int(sweep.diverged.sum())} of "
        f"{len(sweep.runs)} runs diverged.",
    )


def plot_rates(sweep: Sweep, metric: str) -> Picture:
    """Draw a metric against the learning rate, one line a momentum, with intervals over seeds."""
    import matplotlib.pyplot as plt

    summary = sweep.summary(metric)
    stable = summary[(summary["diverged"] == 0) & summary["mean"].notna()]
    words = f"{metric.replace('_', ' ')} against the learning rate"
    with style():
        figure, axes = plt.subplots()
        for momentum, rows in stable.groupby("momentum"):
            (line,) = axes.plot(rows["learning_rate"], rows["mean"], marker=".")
            line.set_label(f"β = {momentum:g}")
            axes.fill_between(
                rows["learning_rate"], rows["low"], rows["high"], color=line.get_color(), alpha=0.2
            )
        broken = summary[summary["diverged"] > 0]
        if len(broken):
            spots = np.full(len(broken), 0.97)
            axes.plot(
                broken["learning_rate"],
                spots,
                "x",
                color=RED,
                transform=axes.get_xaxis_transform(),
                label="a run diverged",
            )
            words += f"; at {len(broken)} of {len(summary)} settings a run diverged"
        if len(stable):
            best = sweep.best(metric)
            edge = ", at the edge of the grid" if best.at_edge else ""
            axes.axvline(best.learning_rate, color=INK, linestyle=":", linewidth=1)
            axes.plot(
                best.learning_rate, best.value, "o", color=TEAL, label=f"best{edge}", zorder=3
            )
            words += f"; best {number(best.value)} at {number(best.learning_rate)}{edge}"
        if (summary["learning_rate"] > 0).all():
            axes.set_xscale("log")
        if len(stable) and "loss" in metric and (stable["mean"] > 0).all():
            axes.set_yscale("log")
        axes.set(xlabel="learning rate", ylabel=metric.replace("_", " "))
        axes.legend()
    return Picture(figure, alt=f"{words[0].upper()}{words[1:]}.")


def _colour_bar(figure: object, axes: object, sweep: Sweep) -> None:
    import matplotlib as mpl

    rates = sweep.runs["learning_rate"]
    if rates.min() <= 0:
        return
    scale = mpl.colors.LogNorm(rates.min(), rates.max())
    colours = mpl.colors.ListedColormap(mpl.colormaps["viridis"](np.linspace(0, 0.9, 256)))
    mappable = mpl.cm.ScalarMappable(norm=scale, cmap=colours)
    figure.colorbar(mappable, ax=axes, label="learning rate")  # type: ignore[attr-defined]
