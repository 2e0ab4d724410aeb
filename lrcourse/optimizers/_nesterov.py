"""Nesterov's accelerated gradient: momentum that looks ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrcourse import _validate
from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._tree import tree_map


@dataclass(frozen=True)
class Nesterov:
    r"""Nesterov's momentum.

    .. math:: v \leftarrow \beta v - \eta g, \qquad w \leftarrow w + \beta v - \eta g

    The parameters are the look-ahead point, at which the gradient :math:`g = \nabla L(w)` is taken;
    so is the form of ``torch.optim.SGD(momentum=β, nesterov=True)``, with which it agrees as long
    as the learning rate is constant.

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
    Y. Nesterov, "A method of solving a convex programming problem with convergence rate O(1/k²)",
    1983; the look-ahead form: I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of
    initialization and momentum in deep learning", ICML 2013.

    Examples
    --------
    >>> import numpy as np
    >>> rule = Nesterov(momentum=0.5)
    >>> params, state = rule.step(np.array([1.0]), np.array([1.0]), np.array([0.0]), 0.1)
    >>> params, state  # the first step is already 1 + β times as long as gradient descent's
    (array([0.85]), array([-0.1]))
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
        ahead = tree_map(lambda p, v, g: p + self.momentum * v - rate * g, params, velocity, grads)
        return ahead, velocity
