"""The picture of a recorded run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrcourse.plotting import AMBER, INK, RED, TEAL, VIOLET, Picture, number, style

if TYPE_CHECKING:
    from lrcourse.monitoring._monitor import Monitor

LEAST_RATIO = 1e-4  # drawn; a schedule that decays to 0 would stretch the axis for nothing


def picture(monitor: Monitor, unit: str) -> Picture:
    """Draw the losses above the learning rate and the share of the stability limit."""
    import matplotlib.pyplot as plt

    table = monitor.table()
    steps, best = table["step"], monitor.stopping and monitor.stopping.best_step
    measured = table["stability_ratio"].notna()
    panels = 3 if measured.any() else 2
    with style():
        figure, rows = plt.subplots(panels, 1, sharex=True, figsize=(5.4, 1.4 * (panels + 1)))
        rows[0].plot(steps, table["loss"].where(np.isfinite(table["loss"])), TEAL, label="training")
        if table["val_loss"].notna().any():
            known = table[np.isfinite(table["val_loss"])]
            rows[0].plot(known["step"], known["val_loss"], RED, ls="--", label="validation")
        if (table["loss"].dropna() > 0).all():
            rows[0].set_yscale("log")
        if best is not None:
            for axes in rows:
                axes.axvline(best, color=AMBER, lw=1.5, ls=":", label=f"best, {unit} {best}")
        rows[0].set_ylabel("loss")
        handles, labels = rows[0].get_legend_handles_labels()
        if len(handles) > 1:
            figure.legend(handles, labels, loc="outside upper center", ncols=3)
        rows[1].plot(steps, table["lr"], INK)
        rows[1].set_ylabel("learning rate")
        if panels == 3:
            rows[2].plot(steps[measured], table["stability_ratio"][measured], VIOLET, marker=".")
            rows[2].axhline(1, color=INK, lw=1, ls="--")
            ratios = table["stability_ratio"][measured]
            if (
                ratios >= 0
            ).all() and ratios.any():  # far below the limit there is something to see
                rows[2].set_yscale("log", nonpositive="mask")
                rows[2].set_ylim(bottom=max(ratios[ratios > 0].min() / 2, LEAST_RATIO))
            rows[2].set_ylabel("share of the\nstability limit")
        rows[-1].set_xlabel(unit)
        figure.align_ylabels()
    return Picture(figure, alt=_words(monitor, unit))


def _words(monitor: Monitor, unit: str) -> str:
    table = monitor.table()
    first, last = table.iloc[0], table.iloc[-1]
    words = [
        f"Training loss over {unit}s {first['step']:.0f} to {last['step']:.0f}: from "
        f"{number(first['loss'])} to {number(last['loss'])}, with a learning rate between "
        f"{number(table['lr'].min())} and {number(table['lr'].max())}."
    ]
    if monitor.stopping and monitor.stopping.best_step is not None:
        words.append(
            f"The validation loss was best at {unit} {monitor.stopping.best_step}: "
            f"{number(monitor.stopping.best)}."
        )
    ratios = table["stability_ratio"].dropna()
    if len(ratios):
        words.append(
            f"The rate went from {number(ratios.iloc[0])} to {number(ratios.iloc[-1])} times the "
            "stability limit."
        )
    return " ".join(words)
