"""Many schedules at once, for runs that are trained together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.schedules._schedule import Schedule


def table(schedules: Sequence[Schedule], steps: int) -> Array:
    """Return the learning rate of each run at each step.

    Parameters
    ----------
    schedules : sequence of Schedule
        One for each run.
    steps : int
        How many steps, from 0 on; at least 1.

    Returns
    -------
    ndarray of shape (steps, runs)
        Row t is the vector of learning rates of step t.

    Raises
    ------
    TypeError
        If there is something among the schedules that is none.
    ValueError
        If there is no schedule, or `steps` is less than 1.

    Examples
    --------
    >>> from lrcourse.schedules import Constant, LinearToZero
    >>> table([Constant(0.1), LinearToZero(0.1, total_steps=2)], steps=3)
    array([[0.1 , 0.1 ],
           [0.1 , 0.05],
           [0.1 , 0.  ]])
    """
    times = np.arange(_validate.integer("steps", steps, minimum=1))
    if not isinstance(schedules, Sequence) or not all(
        isinstance(schedule, Schedule) for schedule in schedules
    ):
        raise TypeError(f"schedules must be a sequence of schedules, got {schedules!r}")
    if not schedules:
        raise ValueError(f"schedules must not be empty, got {schedules!r}")
    return np.stack([schedule(times) for schedule in schedules], axis=1)
