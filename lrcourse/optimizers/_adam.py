"""Adam: each coordinate divided by its own recent gradient size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from lrcourse import _validate
from lrcourse.optimizers._elementwise import maximum
from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._tree import tree_map
from lrcourse.optimizers._weight_decay import add_penalty


class AdamState(NamedTuple):
    """Running means of the gradient and of its square, the steps taken, the largest square."""

    mean: Any
    square: Any
    steps: int
    largest: Any = None


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
    weight_decay : float
        λ, not negative: λw is added to the gradient (coupled; `AdamW` has the other kind).
    amsgrad : bool
        Whether to divide by the largest mean square so far, so that no coordinate speeds up again.

    Raises
    ------
    ValueError
        If an option is outside its range.
    TypeError
        If `amsgrad` is not a bool.

    References
    ----------
    D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.
    AMSGrad: S. J. Reddi, S. Kale, S. Kumar, "On the convergence of Adam and beyond", ICLR 2018; the
    maximum is taken before the bias correction, as in ``torch.optim.Adam``.

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
    weight_decay: float = 0.0
    amsgrad: bool = False

    def __post_init__(self) -> None:
        _validate.fraction("beta1", self.beta1)
        _validate.fraction("beta2", self.beta2)
        _validate.positive("epsilon", self.epsilon)
        _validate.non_negative("weight_decay", self.weight_decay)
        _validate.flag("amsgrad", self.amsgrad)

    def init(self, params: Any) -> AdamState:
        """Return the state before the first step: both means 0, shaped like `params`."""
        zeros = tree_map(lambda p: 0 * p, params)
        return AdamState(zeros, zeros, steps=0, largest=zeros if self.amsgrad else None)

    def step(self, params: Any, grads: Any, state: AdamState, lr: Any) -> tuple[Any, AdamState]:
        """Return the parameters and the means after one step, as `Optimizer.step` says."""
        rate = checked_rate(lr)
        steps = state.steps + 1
        grads = add_penalty(grads, params, self.weight_decay)
        mean = tree_map(lambda m, g: self.beta1 * m + (1 - self.beta1) * g, state.mean, grads)
        square = tree_map(
            lambda s, g: self.beta2 * s + (1 - self.beta2) * g * g, state.square, grads
        )
        largest = tree_map(maximum, state.largest, square) if self.amsgrad else None
        mean_bias = 1 - self.beta1**steps
        square_bias = 1 - self.beta2**steps

        def update(p: Any, m: Any, s: Any) -> Any:
            return p - rate * (m / mean_bias) / ((s / square_bias) ** 0.5 + self.epsilon)

        moved = tree_map(update, params, mean, largest if self.amsgrad else square)
        return moved, AdamState(mean, square, steps, largest)
