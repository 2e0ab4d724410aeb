"""Heavy ball: keep a fraction of the last step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrcourse import _validate
from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._tree import tree_map


@dataclass(frozen=True)
class HeavyBall:
    r"""Polyak's heavy ball.

    .. math:: v \leftarrow \beta v - \eta \nabla L(w), \qquad w \leftarrow w + v

    The velocity is the last step, learning rate included. ``torch.optim.SGD(momentum=β)`` keeps it
    without the rate, and so does `SGD`: the two agree as long as the learning rate is constant, and
    only then.

    Parameters
    ----------
    momentum : float
        The fraction β of the last step that is kept, in [0, 1). With 0 this is gradient descent.

    Raises
    ------
    ValueError
        If `momentum` is outside [0, 1).

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.

    Examples
    --------
    >>> import numpy as np
    >>> rule = HeavyBall(momentum=0.5)
    >>> params = np.array([1.0])
    >>> state = rule.init(params)
    >>> for _ in range(2):
    ...     params, state = rule.step(params, np.array([1.0]), state, 0.1)
    >>> params, state  # the second step is -0.1 and half of the first
    (array([0.75]), array([-0.15]))
    """

    momentum: float

    def __post_init__(self) -> None:
        _validate.fraction("momentum", self.momentum)

    def init(self, params: Any) -> Any:
        """Return the state before the first step: a velocity of 0, shaped like `params`."""
        return tree_map(lambda p: 0 * p, params)

    def step(self, params: Any, grads: Any, state: Any, lr: Any) -> tuple[Any, Any]:
        """Return the parameters and the velocity after one step, as `Optimizer.step` says."""
        rate = checked_rate(lr)
        velocity = tree_map(lambda v, g: self.momentum * v - rate * g, state, grads)
        return tree_map(lambda p, v: p + v, params, velocity), velocity
