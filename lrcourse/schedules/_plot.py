"""Schedules, drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from lrcourse import _validate
from lrcourse.schedules._schedule import Schedule

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DASHES = ("-", "--", ":", "-.")


def plot(
    schedule: Schedule | Mapping[str, Schedule], total_steps: int, *, unit: str = "step"
) -> Figure:
    """Return a figure of one schedule, or of several by their names.

    Parameters
    ----------
    schedule : Schedule or mapping of str to Schedule
        What to draw; the names of a mapping make a legend.
    total_steps : int
        Drawn are the steps 0 to `total_steps`, both included; at least 1.
    unit : str
        What a step is, for the axis: ``"step"`` or ``"epoch"``.

    Returns
    -------
    matplotlib.figure.Figure
        In the style of `lrcourse.plotting`; close it, or hand it to ``plotting.Picture``.

    Raises
    ------
    TypeError
        If `schedule` is neither.
    ValueError
        If there is nothing to draw, or `total_steps` is less than 1.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from lrcourse.schedules import CosineAnnealing
    >>> figure = plot(CosineAnnealing(0.1, total_steps=10), 10)
    >>> [round(float(y), 6) for y in figure.axes[0].lines[0].get_ydata()[[0, -1]]]
    [0.1, 0.0]
    >>> plt.close(figure)
    """
    times = np.arange(_validate.integer("total_steps", total_steps, minimum=1) + 1)
    named = schedule if isinstance(schedule, Mapping) else {"": schedule}
    if not all(isinstance(value, Schedule) for value in named.values()):
        raise TypeError(f"schedule must be a schedule or a mapping to schedules, got {schedule!r}")
    if not named:
        raise ValueError(f"schedule must not be empty, got {schedule!r}")

    import matplotlib.pyplot as plt

    from lrcourse.plotting import COLOURS, style

    with style():
        figure, axes = plt.subplots()
        for index, (name, value) in enumerate(named.items()):
            dashes = DASHES[(index + index // len(COLOURS)) % len(DASHES)]
            axes.plot(times, value(times), label=name, linestyle=dashes)
        axes.set(xlabel=unit, ylabel="learning rate", xlim=(0, total_steps))
        axes.set_ylim(bottom=0)
        if isinstance(schedule, Mapping):
            figure.legend(loc="outside upper center", ncols=2)
    return figure
