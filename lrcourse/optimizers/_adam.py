"""Adam: each coordinate divided by its own recent gradient size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from lrcourse import _validate
from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._tree import tree_map


class AdamState(NamedTuple):
    """Running means of the gradient and of its square, and the steps taken."""

    mean: Any
    square: Any
    steps: int


@dataclass(frozen=True)
class Adam:
    r"""Adam, :math:`w \leftarrow w - \eta\, \hat m / (\sqrt{\hat s} + \epsilon)`.

    :math:`\hat m` and :math:`\hat s` are bias-corrected exponential means of the gradient and of
    its square. Multiply every gradient by a constant and, ε aside, the steps stay as they were:
    the learning rate sets the length of a step, not its ratio to the gradient.

    Parameters
    ----------
    beta1, beta2 : float
        Decay of the two means, in [0, 1).
    epsilon : float
        Added to the square root, above 0.

    Raises
    ------
    ValueError
        If a decay is outside [0, 1) or `epsilon` is not positive.

    References
    ----------
    D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.

    Examples
    --------
    The first step has the length of the learning rate, whatever the gradient:

    >>> import numpy as np
    >>> rule = Adam()
    >>> params = np.zeros(2)
    >>> params, state = rule.step(params, np.array([1000.0, 0.001]), rule.init(params), 0.1)
    >>> params.round(4)
    array([-0.1, -0.1])
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        _validate.fraction("beta1", self.beta1)
        _validate.fraction("beta2", self.beta2)
        _validate.positive("epsilon", self.epsilon)

    def init(self, params: Any) -> AdamState:
        """Return the state before the first step: both means 0, shaped like `params`."""
        zeros = tree_map(lambda p: 0 * p, params)
        return AdamState(mean=zeros, square=zeros, steps=0)

    def step(self, params: Any, grads: Any, state: AdamState, lr: Any) -> tuple[Any, AdamState]:
        """Return the parameters and the means after one step.

        Parameters
        ----------
        params, grads : array, tensor, or a tree of them
            The parameters and the gradient at them.
        state : AdamState
            What `init` or the last `step` gave.
        lr : float or array
            Learning rate of this step; an array broadcasts against the parameters.

        Returns
        -------
        params, state
            New objects; the arguments are unchanged.

        Raises
        ------
        ValueError
            If `lr` is negative or not finite, or the trees differ.
        """
        rate = checked_rate(lr)
        steps = state.steps + 1
        mean = tree_map(lambda m, g: self.beta1 * m + (1 - self.beta1) * g, state.mean, grads)
        square = tree_map(
            lambda s, g: self.beta2 * s + (1 - self.beta2) * g * g, state.square, grads
        )
        mean_bias = 1 - self.beta1**steps
        square_bias = 1 - self.beta2**steps

        def update(p: Any, m: Any, s: Any) -> Any:
            return p - rate * (m / mean_bias) / ((s / square_bias) ** 0.5 + self.epsilon)

        return tree_map(update, params, mean, square), AdamState(mean, square, steps)
