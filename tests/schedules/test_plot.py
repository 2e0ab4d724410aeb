"""A drawing of several schedules: each line can be told from the others."""

from __future__ import annotations

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

from lrcourse.schedules import Constant, plot


def test_lines_can_be_told_apart_and_the_legend_covers_none():
    names = [f"level {k}" for k in range(1, 9)]
    figure = plot({name: Constant(0.1 * k) for k, name in enumerate(names)}, 10)
    [axes] = figure.axes
    assert len({(line.get_color(), line.get_linestyle()) for line in axes.lines}) == len(names)
    assert axes.get_legend() is None
    [legend] = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == names
    figure.canvas.draw()
    assert legend.get_window_extent().y0 >= axes.get_window_extent().y1
    plt.close(figure)
