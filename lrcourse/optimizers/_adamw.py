"""AdamW: Adam with the weight decay taken out of the gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrcourse import _validate
from lrcourse.optimizers._adam import Adam, AdamState
from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._weight_decay import shrink


@dataclass(frozen=True)
class AdamW:
    r"""AdamW, :math:`w \leftarrow (1 - \eta\lambda) w`, then the step of `Adam` without decay.

    In `Adam` the decay λw goes through the division by the gradient's size, so that weights with
    large gradients decay least. Here all weights decay by the same factor, and it contains the
    learning rate: halve η and the decay per step is halved too.

    Parameters
    ----------
    beta1, beta2 : float
        Decay of the two means, in [0, 1).
    epsilon : float
        Added to the square root, above 0.
    weight_decay : float
        λ, not negative. With 0 this is `Adam`.
    amsgrad : bool
        Whether to divide by the largest mean square so far.

    Raises
    ------
    ValueError
        If an option is outside its range.
    TypeError
        If `amsgrad` is not a bool.

    References
    ----------
    I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019, arXiv:1711.05101.
    The form is that of ``torch.optim.AdamW``, in which the rate multiplies the decay.

    Examples
    --------
    >>> import numpy as np
    >>> rule = AdamW(weight_decay=0.5)
    >>> params = np.array([10.0])
    >>> params, state = rule.step(params, np.array([0.0]), rule.init(params), 0.1)
    >>> params  # without a gradient, only the decay is left
    array([9.5])
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.01
    amsgrad: bool = False

    def __post_init__(self) -> None:
        _validate.non_negative("weight_decay", self.weight_decay)
        self._adam()  # checks the other options

    def init(self, params: Any) -> AdamState:
        """Return the state before the first step, that of `Adam`."""
        return self._adam().init(params)

    def step(self, params: Any, grads: Any, state: AdamState, lr: Any) -> tuple[Any, AdamState]:
        """Return the parameters and the means after one step, as `Optimizer.step` says."""
        shrunk = shrink(params, checked_rate(lr), self.weight_decay)
        return self._adam().step(shrunk, grads, state, lr)

    def _adam(self) -> Adam:
        return Adam(self.beta1, self.beta2, self.epsilon, amsgrad=self.amsgrad)
