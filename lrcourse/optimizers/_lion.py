"""Lion: the sign of a momentum, so that every coordinate moves by the learning rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrcourse import _validate
from lrcourse.optimizers._elementwise import sign
from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._tree import tree_map
from lrcourse.optimizers._weight_decay import shrink


@dataclass(frozen=True)
class Lion:
    r"""Lion, "evolved sign momentum".

    .. math::

        w \leftarrow (1 - \eta\lambda) w - \eta \operatorname{sign}(\beta_1 m + (1 - \beta_1) g),
        \qquad m \leftarrow \beta_2 m + (1 - \beta_2) g

    Whatever the gradient, a coordinate moves by exactly η (decay aside). The steps do not shrink on
    the way to a minimum: only the learning rate can make them small.

    Parameters
    ----------
    beta1 : float
        Share of the momentum in the direction, in [0, 1).
    beta2 : float
        Decay of the momentum, in [0, 1).
    weight_decay : float
        λ, not negative, decoupled as in `AdamW`.

    Raises
    ------
    ValueError
        If an option is outside its range.

    References
    ----------
    X. Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023,
    arXiv:2302.06675, program 1.

    Examples
    --------
    >>> import numpy as np
    >>> rule = Lion()
    >>> params = np.zeros(3)
    >>> params, state = rule.step(params, np.array([1000.0, -0.001, 0.0]), rule.init(params), 0.1)
    >>> params
    array([-0.1,  0.1,  0. ])
    """

    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        _validate.fraction("beta1", self.beta1)
        _validate.fraction("beta2", self.beta2)
        _validate.non_negative("weight_decay", self.weight_decay)

    def init(self, params: Any) -> Any:
        """Return the state before the first step: a momentum of 0, shaped like `params`."""
        return tree_map(lambda p: 0 * p, params)

    def step(self, params: Any, grads: Any, state: Any, lr: Any) -> tuple[Any, Any]:
        """Return the parameters and the momentum after one step, as `Optimizer.step` says."""
        rate = checked_rate(lr)

        def move(p: Any, m: Any, g: Any) -> Any:
            return p - rate * sign(self.beta1 * m + (1 - self.beta1) * g)

        moved = tree_map(move, shrink(params, rate, self.weight_decay), state, grads)
        momentum = tree_map(lambda m, g: self.beta2 * m + (1 - self.beta2) * g, state, grads)
        return moved, momentum
