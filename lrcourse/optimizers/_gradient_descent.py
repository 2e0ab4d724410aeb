"""Gradient descent: step downhill, in proportion to the slope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._tree import tree_map


@dataclass(frozen=True)
class GradientDescent:
    r"""Gradient descent, :math:`w \leftarrow w - \eta \nabla L(w)`.

    Called *stochastic* gradient descent when the gradient comes from a mini-batch; the rule is the
    same. On a quadratic it is stable for learning rates below 2/λ, see `critical_learning_rate`.

    References
    ----------
    A. Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées", 1847.

    Examples
    --------
    >>> import numpy as np
    >>> rule = GradientDescent()
    >>> params, state = rule.step(np.array([3.0]), np.array([6.0]), rule.init(None), 0.1)
    >>> params
    array([2.4])
    """

    def init(self, params: Any) -> None:
        """Return the state before the first step: none is needed."""

    def step(self, params: Any, grads: Any, state: None, lr: Any) -> tuple[Any, None]:
        """Return the parameters after one step, as `Optimizer.step` says."""
        rate = checked_rate(lr)
        return tree_map(lambda p, g: p - rate * g, params, grads), None
