"""Stochastic gradient descent with momentum as torch has it: the rate stays out of the buffer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from lrcourse import _validate
from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._tree import tree_map
from lrcourse.optimizers._weight_decay import add_penalty


class SGDState(NamedTuple):
    """The momentum buffer, and the steps taken."""

    buffer: Any
    steps: int


@dataclass(frozen=True)
class SGD:
    r"""Gradient descent with momentum in the form of ``torch.optim.SGD``.

    .. math::

        g \leftarrow \nabla L(w) + \lambda w, \qquad
        b \leftarrow \beta b + (1 - \tau) g, \qquad
        w \leftarrow w - \eta b

    The first step has no τ: it starts from b = g. With `nesterov` the step is
    :math:`-\eta (g + \beta b)`; with momentum 0 it is :math:`-\eta g`.

    The buffer is a sum of gradients, so a new learning rate acts at once on all of it.
    `HeavyBall`'s velocity is a sum of *steps*, in which old gradients keep the rate of their day.
    The two agree for a constant rate; `velocity_from_buffer` and `buffer_from_velocity` lead from
    one to the other when it changes.

    Parameters
    ----------
    momentum : float
        β in [0, 1).
    dampening : float
        τ in [0, 1].
    nesterov : bool
        Whether to look ahead; needs a momentum and no dampening.
    weight_decay : float
        λ, not negative: the gradient of the penalty λ‖w‖²/2 is added to the loss's.

    Raises
    ------
    ValueError
        If an option is outside its range, or `nesterov` comes without momentum or with dampening.
    TypeError
        If `nesterov` is not a bool.

    References
    ----------
    ``torch.optim.SGD``; the Nesterov form: I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the
    importance of initialization and momentum in deep learning", ICML 2013.

    Examples
    --------
    >>> import numpy as np
    >>> rule = SGD(momentum=0.5)
    >>> params = np.array([1.0])
    >>> state = rule.init(params)
    >>> for _ in range(2):
    ...     params, state = rule.step(params, np.array([1.0]), state, 0.1)
    >>> params, state  # the second step is 0.1 times the buffer
    (array([0.75]), SGDState(buffer=array([1.5]), steps=2))
    """

    momentum: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        _validate.fraction("momentum", self.momentum)
        if not 0 <= _validate.finite("dampening", self.dampening) <= 1:
            raise ValueError(f"dampening must be in [0, 1], got {self.dampening!r}")
        _validate.non_negative("weight_decay", self.weight_decay)
        if _validate.flag("nesterov", self.nesterov) and (self.momentum == 0 or self.dampening > 0):
            raise ValueError(
                "nesterov needs a momentum above 0 and a dampening of 0, got "
                f"nesterov=True, momentum={self.momentum!r}, dampening={self.dampening!r}"
            )

    def init(self, params: Any) -> SGDState:
        """Return the state before the first step: a buffer of 0, shaped like `params`."""
        return SGDState(buffer=tree_map(lambda p: 0 * p, params), steps=0)

    def step(self, params: Any, grads: Any, state: SGDState, lr: Any) -> tuple[Any, SGDState]:
        """Return the parameters and the buffer after one step, as `Optimizer.step` says."""
        rate = checked_rate(lr)
        grads = add_penalty(grads, params, self.weight_decay)
        undamped = self.momentum == 0 or state.steps == 0
        share = 1 if undamped else 1 - self.dampening
        buffer = tree_map(lambda b, g: self.momentum * b + share * g, state.buffer, grads)
        direction = buffer
        if self.nesterov:
            direction = tree_map(lambda g, b: g + self.momentum * b, grads, buffer)
        moved = tree_map(lambda p, d: p - rate * d, params, direction)
        return moved, SGDState(buffer, state.steps + 1)
