"""Adagrad: each coordinate divided by the size of all its gradients so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from lrcourse import _validate
from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._tree import tree_map
from lrcourse.optimizers._weight_decay import add_penalty


class AdagradState(NamedTuple):
    """Sum of the squared gradients, and the steps taken."""

    total: Any
    steps: int


@dataclass(frozen=True)
class Adagrad:
    r"""Adagrad.

    .. math::

        S \leftarrow S + g^2, \qquad
        w \leftarrow w - \frac{\eta}{1 + t \gamma} \frac{g}{\sqrt{S} + \epsilon}

    with :math:`t = 0` at the first step. The sum only grows: with gradients of constant size the
    steps shrink like :math:`1/\sqrt{t}`. It is a rule with a schedule built in.

    Parameters
    ----------
    lr_decay : float
        γ per step, not negative: a second decay on top.
    initial_accumulator_value : float
        What S starts from, not negative.
    epsilon : float
        Added to the square root, above 0.
    weight_decay : float
        λ, not negative: λw is added to the gradient (coupled).

    Raises
    ------
    ValueError
        If an option is outside its range.

    References
    ----------
    J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 12, 2011. The form is that of ``torch.optim.Adagrad``.

    Examples
    --------
    >>> import numpy as np
    >>> rule = Adagrad()
    >>> params = np.zeros(1)
    >>> state = rule.init(params)
    >>> for _ in range(4):
    ...     before = params
    ...     params, state = rule.step(params, np.array([7.0]), state, 0.1)
    >>> before - params  # the fourth step is 1/√4 of the first
    array([0.05])
    """

    lr_decay: float = 0.0
    initial_accumulator_value: float = 0.0
    epsilon: float = 1e-10
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        _validate.non_negative("lr_decay", self.lr_decay)
        _validate.non_negative("initial_accumulator_value", self.initial_accumulator_value)
        _validate.positive("epsilon", self.epsilon)
        _validate.non_negative("weight_decay", self.weight_decay)

    def init(self, params: Any) -> AdagradState:
        """Return the state before the first step: the sum at its initial value."""
        start = self.initial_accumulator_value
        return AdagradState(total=tree_map(lambda p: 0 * p + start, params), steps=0)

    def step(
        self, params: Any, grads: Any, state: AdagradState, lr: Any
    ) -> tuple[Any, AdagradState]:
        """Return the parameters and the sum after one step, as `Optimizer.step` says."""
        rate = checked_rate(lr) / (1 + state.steps * self.lr_decay)
        grads = add_penalty(grads, params, self.weight_decay)
        total = tree_map(lambda s, g: s + g * g, state.total, grads)
        moved = tree_map(
            lambda p, g, s: p - rate * g / (s**0.5 + self.epsilon), params, grads, total
        )
        return moved, AdagradState(total, state.steps + 1)
