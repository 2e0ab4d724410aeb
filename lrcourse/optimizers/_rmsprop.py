"""RMSProp: each coordinate divided by the recent size of its gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from lrcourse import _validate
from lrcourse.optimizers._elementwise import maximum
from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._tree import tree_map
from lrcourse.optimizers._weight_decay import add_penalty


class RMSPropState(NamedTuple):
    """Running means of the squared gradient and of the gradient, and the momentum buffer."""

    square: Any
    mean: Any
    buffer: Any


@dataclass(frozen=True)
class RMSProp:
    r"""RMSProp.

    .. math::

        s \leftarrow \alpha s + (1 - \alpha) g^2, \qquad
        b \leftarrow \beta b + \frac{g}{\sqrt{s} + \epsilon}, \qquad
        w \leftarrow w - \eta b

    With `centered`, s is replaced under the root by :math:`s - m^2`, an estimate of the gradient's
    variance, where m is the running mean of the gradient. Rounding can push the difference below 0;
    it then counts as 0 (torch gives NaN).

    The means start at 0 and are not corrected for it, so the first step has the length
    :math:`\eta / \sqrt{1 - \alpha}`: ten times the learning rate by default.

    Parameters
    ----------
    alpha : float
        Decay α of the means, in [0, 1).
    epsilon : float
        Added to the square root, above 0.
    momentum : float
        β in [0, 1).
    centered : bool
        Whether to divide by the deviation of the gradient instead of its size.
    weight_decay : float
        λ, not negative: λw is added to the gradient (coupled).

    Raises
    ------
    ValueError
        If an option is outside its range.
    TypeError
        If `centered` is not a bool.

    References
    ----------
    T. Tieleman, G. Hinton, "Lecture 6.5: RMSProp", Coursera, 2012. Centered: A. Graves, "Generating
    sequences with recurrent neural networks", 2013, arXiv:1308.0850. The form is that of
    ``torch.optim.RMSprop``.

    Examples
    --------
    >>> import numpy as np
    >>> rule = RMSProp(alpha=0.75)
    >>> params = np.zeros(2)
    >>> params, state = rule.step(params, np.array([1000.0, 0.001]), rule.init(params), 0.1)
    >>> params.round(4)
    array([-0.2, -0.2])
    """

    alpha: float = 0.99
    epsilon: float = 1e-8
    momentum: float = 0.0
    centered: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        _validate.fraction("alpha", self.alpha)
        _validate.positive("epsilon", self.epsilon)
        _validate.fraction("momentum", self.momentum)
        _validate.flag("centered", self.centered)
        _validate.non_negative("weight_decay", self.weight_decay)

    def init(self, params: Any) -> RMSPropState:
        """Return the state before the first step: all 0, shaped like `params`."""
        zeros = tree_map(lambda p: 0 * p, params)
        return RMSPropState(square=zeros, mean=zeros, buffer=zeros)

    def step(
        self, params: Any, grads: Any, state: RMSPropState, lr: Any
    ) -> tuple[Any, RMSPropState]:
        """Return the parameters and the state after one step, as `Optimizer.step` says."""
        rate = checked_rate(lr)
        grads = add_penalty(grads, params, self.weight_decay)

        def average(old: Any, new: Any) -> Any:
            return self.alpha * old + (1 - self.alpha) * new

        def push(b: Any, g: Any, s: Any, m: Any) -> Any:
            spread = maximum(s - m * m, 0 * s) if self.centered else s
            return self.momentum * b + g / (spread**0.5 + self.epsilon)

        square = tree_map(lambda s, g: average(s, g * g), state.square, grads)
        mean = tree_map(average, state.mean, grads)
        buffer = tree_map(push, state.buffer, grads, square, mean)
        moved = tree_map(lambda p, b: p - rate * b, params, buffer)
        return moved, RMSPropState(square, mean, buffer)
