"""Lead momentum from torch's form to Polyak's and back, also when the learning rate changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._tree import tree_map


def velocity_from_buffer(buffer: Any, lr: Any) -> Any:
    r"""Return the velocity with which `HeavyBall` or `Nesterov` goes on where `SGD` stopped.

    .. math:: v = -\eta\, b

    The rate is that of the *next* step. With it, the next steps of both forms coincide; from then
    on they coincide as long as the rate stays. Torch's form under a schedule is therefore the
    heavy ball with this conversion before each step at which the rate changes.

    Parameters
    ----------
    buffer : array, tensor, or a tree of them
        The momentum buffer: a decaying sum of gradients, as in ``SGDState.buffer``.
    lr : float or array
        Learning rate η of the next step.

    Returns
    -------
    like `buffer`

    Raises
    ------
    ValueError
        If `lr` is negative or not finite.

    Examples
    --------
    The same step, −η (β b + g) = β v − η g, from either form:

    >>> import numpy as np
    >>> from lrcourse.optimizers import HeavyBall, SGD, SGDState
    >>> params, grads, buffer = np.array([1.0]), np.array([2.0]), np.array([4.0])
    >>> SGD(momentum=0.5).step(params, grads, SGDState(buffer, 7), 0.125)[0]
    array([0.5])
    >>> HeavyBall(0.5).step(params, grads, velocity_from_buffer(buffer, 0.125), 0.125)[0]
    array([0.5])
    """
    rate = checked_rate(lr)
    return tree_map(lambda b: -rate * b, buffer)


def buffer_from_velocity(velocity: Any, lr: Any) -> Any:
    r"""Return the buffer with which `SGD` goes on where `HeavyBall` or `Nesterov` stopped.

    .. math:: b = -v / \eta

    The rate is that of the *next* step, see `velocity_from_buffer`, whose inverse this is.

    Parameters
    ----------
    velocity : array, tensor, or a tree of them
        The velocity: a decaying sum of steps, learning rate included.
    lr : float or array
        Learning rate η of the next step, above 0.

    Returns
    -------
    like `velocity`

    Raises
    ------
    ValueError
        If `lr` is not positive and finite: at rate 0 no buffer gives a step that is not 0.

    Examples
    --------
    >>> import numpy as np
    >>> buffer_from_velocity(np.array([-0.5]), 0.125)
    array([4.])
    """
    rate = checked_rate(lr)
    if not (np.asarray(rate) > 0).all():
        raise ValueError(f"lr must be positive, got {lr!r}")
    return tree_map(lambda v: -v / rate, velocity)
