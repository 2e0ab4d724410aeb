"""Pictures of a sweep: the loss while it trains, and where the best rate lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrcourse._validate import Array
from lrcourse.plotting import INK, RED, SEQUENCE, Picture, number, style

if TYPE_CHECKING:
    from lrcourse.training._result import Sweep

DASHES = ("-", "--", ":", "-.")


def plot_loss(sweep: Sweep) -> Picture:
    """Draw the mini-batch loss against the step, the median over the seeds of a setting.

    The colour tells the rate, the dashes tell the momentum. A curve ends with a cross where
    the first of its runs diverged.
    """
    import matplotlib.pyplot as plt

    settings: Any = sweep.runs.groupby(["learning_rate", "momentum"]).indices
    momenta = sorted(sweep.runs["momentum"].unique())
    several = len(momenta) > 1
    named = len(settings) <= 8
    with style():
        figure, axes = plt.subplots(figsize=(5.4, 4.2 if named else 3.6))
        colours = _colours()(_positions([rate for rate, _ in settings]))
        for ((rate, momentum), runs), colour in zip(settings.items(), colours, strict=True):
            ends = sweep.runs["diverged_at"].iloc[runs].dropna()
            end = int(ends.min()) + 1 if len(ends) else sweep.loss.shape[1]
            curve = np.median(sweep.loss[runs, :end], axis=0)
            label = number(rate) + (f", β = {momentum:g}" if several else "")
            dashes = DASHES[momenta.index(momentum) % len(DASHES)]
            axes.plot(curve, color=colour, linestyle=dashes, linewidth=1.3, label=label)
            if end < sweep.loss.shape[1]:
                axes.plot(end - 1, curve[-1], "x", color=RED)
        axes.set(xlabel="step", ylabel="loss on the mini-batch", yscale="log")
        if named:
            columns = 3 if several else 4
            figure.legend(
                loc="outside upper center", ncols=columns, columnspacing=1, title="learning rate"
            )
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
    name = metric.replace("train_", "training ").replace("val_", "validation ")
    words = f"{name} against the learning rate"
    broken = summary[summary["diverged"] > 0]
    with style():
        figure, axes = plt.subplots(figsize=(5.4, 4.2))
        for row, (momentum, rows) in enumerate(summary.groupby("momentum")):
            fine = rows[rows.index.isin(stable.index)]
            (line,) = axes.plot(fine["learning_rate"], fine["mean"], marker=".")
            line.set_label(f"β = {momentum:g}")
            colour = line.get_color()
            axes.fill_between(
                fine["learning_rate"], fine["low"], fine["high"], color=colour, alpha=0.2
            )
            spots = rows.loc[rows["diverged"] > 0, "learning_rate"]
            if len(spots):  # an empty line that is not clipped takes room at the figure's corner
                axes.plot(  # above the axes, where no metric is
                    spots,
                    np.full(len(spots), 1.03 + 0.05 * row),
                    "x",
                    color=colour,
                    transform=axes.get_xaxis_transform(),
                    clip_on=False,
                )
        if len(broken):
            axes.plot([], [], "x", color=INK, label="a run diverged")
            words += f"; at {len(broken)} of {len(summary)} settings a run diverged"
        if len(stable):
            best = sweep.best(metric)
            edge = ", at the edge of the grid" if best.at_edge else ""
            axes.axvline(best.learning_rate, color=INK, linestyle=":", linewidth=1)
            axes.plot(
                best.learning_rate,
                best.value,
                "o",
                markerfacecolor="none",
                markeredgecolor=INK,
                markersize=10,
                label=f"best, {number(best.learning_rate)}{edge}",
                zorder=3,
            )
            words += f"; best {number(best.value)} at {number(best.learning_rate)}{edge}"
        if (summary["learning_rate"] > 0).all():
            axes.set_xscale("log")
        if len(stable) and "loss" in metric and (stable["mean"] > 0).all():
            axes.set_yscale("log")
        axes.set(xlabel="learning rate", ylabel=name)
        figure.legend(loc="outside upper center", ncols=2, columnspacing=1)
    return Picture(figure, alt=f"{words[0].upper()}{words[1:]}.")


def _colours() -> Any:
    import matplotlib as mpl

    return mpl.colors.LinearSegmentedColormap.from_list("learning rate", SEQUENCE)


def _positions(rates: list[float]) -> Array:
    """Return where each rate is on the scale of colours: 0 for the lowest, 1 for the highest."""
    values = np.array(rates)
    scaled = np.log(values) if values.min() > 0 else values
    width = scaled.max() - scaled.min()
    return (scaled - scaled.min()) / width if width > 0 else np.zeros(len(values))


def _colour_bar(figure: object, axes: object, sweep: Sweep) -> None:
    import matplotlib as mpl

    rates = sweep.runs["learning_rate"]
    if rates.min() <= 0:
        return
    scale = mpl.colors.LogNorm(rates.min(), rates.max())
    mappable = mpl.cm.ScalarMappable(norm=scale, cmap=_colours())
    figure.colorbar(mappable, ax=axes, label="learning rate")  # type: ignore[attr-defined]
