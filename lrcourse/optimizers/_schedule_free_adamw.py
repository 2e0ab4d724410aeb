"""Schedule-Free AdamW: averaging in place of Adam's momentum and of a decaying rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrcourse import _validate
from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._schedule_free import ScheduleFreeState, advance, start
from lrcourse.optimizers._tree import tree_map
from lrcourse.optimizers._weight_decay import add_penalty


@dataclass(frozen=True)
class ScheduleFreeAdamW:
    r"""Schedule-Free AdamW.

    `ScheduleFreeSGD` along the direction :math:`g / (\sqrt{\hat s} + \epsilon) + \lambda y`, with
    :math:`\hat s` the bias-corrected mean of the squared gradient. Adam's mean of the gradient is
    gone: interpolating between z and x does its work.

    As there, the parameters of `step` are **y**, where the gradient must be taken, and the model to
    judge and to keep is **x**, `evaluation_point`.

    Parameters
    ----------
    beta1 : float
        The interpolation, in [0, 1): `momentum` of `ScheduleFreeSGD`.
    beta2 : float
        Decay of the mean square, in [0, 1).
    epsilon : float
        Added to the square root, above 0.
    weight_decay : float
        λ, not negative, decoupled; the decay is taken at y.
    r, weight_lr_power : float
        Exponents of the averaging weights, as in `ScheduleFreeSGD`.

    Raises
    ------
    ValueError
        If an option is outside its range.

    Notes
    -----
    This is the form of the package. The paper's algorithm folds the bias correction into the
    learning rate instead, so its first points weigh less in the average.

    References
    ----------
    A. Defazio et al., "The road less scheduled", NeurIPS 2024, arXiv:2405.15682, and the package
    ``schedulefree`` 1.4.1 (``AdamWScheduleFree``).

    Examples
    --------
    >>> import numpy as np
    >>> rule = ScheduleFreeAdamW()
    >>> params = np.zeros(2)
    >>> params, state = rule.step(params, np.array([1000.0, 0.001]), rule.init(params), 0.1)
    >>> rule.evaluation_point(state).round(4)
    array([-0.1, -0.1])
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0
    r: float = 0.0
    weight_lr_power: float = 2.0

    def __post_init__(self) -> None:
        _validate.fraction("beta1", self.beta1)
        _validate.fraction("beta2", self.beta2)
        _validate.positive("epsilon", self.epsilon)
        _validate.non_negative("weight_decay", self.weight_decay)
        _validate.non_negative("r", self.r)
        _validate.non_negative("weight_lr_power", self.weight_lr_power)

    def init(self, params: Any) -> ScheduleFreeState:
        """Return the state before the first step: x and z where the parameters are."""
        return start(params, square=tree_map(lambda p: 0 * p, params))

    def step(
        self, params: Any, grads: Any, state: ScheduleFreeState, lr: Any
    ) -> tuple[Any, ScheduleFreeState]:
        """Return y and the state after one step, as `Optimizer.step` says; `grads` are at y."""
        rate = checked_rate(lr)
        square = tree_map(
            lambda s, g: self.beta2 * s + (1 - self.beta2) * g * g, state.square, grads
        )
        bias = 1 - self.beta2 ** (state.steps + 1)
        scaled = tree_map(lambda g, s: g / ((s / bias) ** 0.5 + self.epsilon), grads, square)
        return advance(
            state,
            add_penalty(scaled, params, self.weight_decay),
            rate,
            momentum=self.beta1,
            r=self.r,
            weight_lr_power=self.weight_lr_power,
            square=square,
        )

    def evaluation_point(self, state: ScheduleFreeState) -> Any:
        """Return x, the averaged parameters: evaluate and keep these, never differentiate there."""
        return state.average
