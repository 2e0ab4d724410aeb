"""The curve of a range test with what each rule reads off it."""

from __future__ import annotations

import numpy as np

from lrcourse import plotting
from lrcourse.finder._record import RangeTest
from lrcourse.finder._smoothing import smooth_log_lr
from lrcourse.finder._suggestion import RULES, suggest

MARKERS = ("o", "s", "^", "v", "D", "P", "X")


def plot(range_test: RangeTest) -> plotting.Picture:
    """Draw loss against learning rate, and mark the suggestion of every rule.

    Each suggestion sits on the curve at the rate that the rule suggests, which is not always the
    rate that it read. A rule that reads nothing has no mark and says so in the legend; one whose
    reading is on the edge is marked hollow.

    Parameters
    ----------
    range_test : RangeTest

    Returns
    -------
    lrcourse.plotting.Picture
        With the suggestions in its description.

    Raises
    ------
    TypeError
        If `range_test` is none.

    Examples
    --------
    >>> rates = np.geomspace(1e-4, 10, 101)
    >>> picture = plot(RangeTest(rates, np.log10(rates) ** 2))
    >>> "minimum_over_three 0.33" in picture.alt
    True
    """
    found = {name: suggest(range_test, name) for name in RULES}
    import matplotlib.pyplot as plt

    good = np.isfinite(range_test.curve)
    rates, losses = range_test.learning_rates[good], range_test.curve[good]
    words = []
    with plotting.style():
        figure, axes = plt.subplots(figsize=(5.4, 4.9))
        axes.plot(rates, losses, color=plotting.INK, alpha=0.25, linewidth=1, label="raw loss")
        smoothed = smooth_log_lr(rates, losses) if len(rates) else losses
        axes.plot(rates, smoothed, color=plotting.INK, label="smoothed without lag")
        for i, (name, suggestion) in enumerate(found.items()):
            words.append(f"{name} nothing")
            label, point = words[-1], (np.nan, np.nan)
            if suggestion is not None:
                rate = suggestion.learning_rate
                edge = ", on the edge" if suggestion.at_edge else ""
                words[-1] = label = f"{name} {plotting.number(rate)}{edge}"
                point = (rate, float(np.interp(np.log(rate), np.log(rates), smoothed)))
            colour = plotting.COLOURS[i % len(plotting.COLOURS)]
            axes.plot(
                [point[0]],
                [point[1]],
                MARKERS[i],
                color=colour,
                markerfacecolor="none" if suggestion and suggestion.at_edge else colour,
                label=label.replace("on the edge", "edge"),
            )
        axes.set(xscale="log", xlabel="learning rate (logarithmic)", ylabel="loss of a batch")
        if len(smoothed):  # a blow-up of many orders of magnitude must not hide the descent
            low, start = float(smoothed.min()), float(smoothed[0])
            room = max(start - low, 1e-9)
            axes.set_ylim(low - 0.15 * room, min(float(smoothed.max()), start + room) + 0.15 * room)
        figure.legend(loc="outside lower center", ncols=2, fontsize=9.5, columnspacing=1.2)
    end = "stopped early" if range_test.stopped_early else "went to the end of the ramp"
    span = " to ".join(plotting.number(float(range_test.learning_rates[i])) for i in (0, -1))
    alt = (
        f"Loss against learning rate, from {span}; the test {end}. Suggestions: {'; '.join(words)}."
    )
    return plotting.Picture(figure, alt=alt)
