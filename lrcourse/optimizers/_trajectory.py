"""Run an update rule and keep every point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.optimizers._optimizer import Optimizer


def trajectory(
    gradient: Callable[[Array], Array],
    start: ArrayLike,
    optimizer: Optimizer[Any],
    learning_rate: ArrayLike,
    steps: int,
) -> Array:
    """Return the points that an optimiser visits, the start included.

    Many runs go side by side as leading axes of `start`; each can have its own learning rate.

    Parameters
    ----------
    gradient : callable
        Maps points of shape (..., d) to gradients of the same shape.
    start : array_like, shape (..., d)
        Where to begin; not changed.
    optimizer : Optimizer
        The update rule.
    learning_rate : array_like
        One rate, or one for each run, of a shape that broadcasts against `start`: (..., 1).
    steps : int
        How many steps to take, at least 0.

    Returns
    -------
    ndarray, shape (steps + 1, ..., d)
        ``[0]`` is the start. A run that diverges goes on to inf and nan, without a warning.

    Raises
    ------
    ValueError
        If `start` is empty or not finite, `learning_rate` is negative or not finite, or `steps`
        is negative.
    TypeError
        If `steps` is not an integer, or `gradient` not callable.

    Examples
    --------
    On x²/2 a rate of 1.5 overshoots, and halves the distance at each step:

    >>> from lrcourse.optimizers import GradientDescent, trajectory
    >>> trajectory(lambda x: x, [8.0], GradientDescent(), 1.5, 3).ravel()
    array([ 8., -4.,  2., -1.])
    """
    if not callable(gradient):
        raise TypeError(f"gradient must be callable, got {gradient!r}")
    point = _validate.finite_array("start", start)
    rate = _validate.non_negative_array("learning_rate", learning_rate)
    steps = _validate.integer("steps", steps, minimum=0)
    points = np.empty((steps + 1, *point.shape))
    points[0] = point
    state = optimizer.init(point)
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps):
            point, state = optimizer.step(point, gradient(point), state, rate)
            points[t + 1] = point
    return points
