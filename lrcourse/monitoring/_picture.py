"""The picture of a recorded run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lrcourse.plotting import AMBER, INK, RED, TEAL, VIOLET, Picture, number, style

if TYPE_CHECKING:
    from lrcourse.monitoring._monitor import Monitor


def picture(monitor: Monitor) -> Picture:
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
            rows[0].legend()
        if (table["loss"].dropna() > 0).all():
            rows[0].set_yscale("log")
        if best is not None:
            rows[0].axvline(best, color=AMBER, lw=1, ls=":")
        rows[0].set_ylabel("loss")
        rows[1].plot(steps, table["lr"], INK)
        rows[1].set_ylabel("learning rate")
        if panels == 3:
            rows[2].plot(steps[measured], table["stability_ratio"][measured], VIOLET, marker=".")
            rows[2].axhline(1, color=INK, lw=1, ls=":")
            rows[2].set_ylabel("share of the\nstability limit")
        rows[-1].set_xlabel("step")
        figure.align_ylabels()
    return Picture(figure, alt=_words(monitor))


def _words(monitor: Monitor) -> str:
    table = monitor.table()
    first, last = table.iloc[0], table.iloc[-1]
    words = [
        f"Training loss over steps {first['step']:.0f} to {last['step']:.0f}: from "
        f"{number(first['loss'])} to {number(last['loss'])}, with a learning rate between "
        f"{number(table['lr'].min())} and {number(table['lr'].max())}."
    ]
    if monitor.stopping and monitor.stopping.best_step is not None:
        words.append(
            f"The validation loss was best at step {monitor.stopping.best_step}: "
            f"{number(monitor.stopping.best)}."
        )
    ratios = table["stability_ratio"].dropna()
    if len(ratios):
        words.append(
            f"The rate went from {number(ratios.iloc[0])} to {number(ratios.iloc[-1])} times the "
            "stability limit."
        )
    return " ".join(words)
