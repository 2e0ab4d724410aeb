"""Schedule-Free SGD: an average of the points takes the place of a decaying rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrcourse import _validate
from lrcourse.optimizers._optimizer import checked_rate
from lrcourse.optimizers._schedule_free import ScheduleFreeState, advance, start
from lrcourse.optimizers._weight_decay import add_penalty


@dataclass(frozen=True)
class ScheduleFreeSGD:
    r"""Schedule-Free SGD.

    .. math::

        z \leftarrow z - \eta (\nabla L(y) + \lambda y), \qquad
        x \leftarrow (1 - c) x + c z, \qquad y \leftarrow (1 - \beta) z + \beta x

    Three points, two of which you meet:

    - **y**, the parameters that `step` takes and gives: the gradient must be taken *there*;
    - **x**, `evaluation_point`: the average, the model to judge and to keep;
    - z, in the state: where plain descent stands.

    :math:`c = w_t / \sum_{i \le t} w_i` with :math:`w_t = t^r \max(\eta_1 \dots \eta_t)^p`, so with
    a constant rate and r = 0 the average is the plain mean of the z. The rate needs no decay; a
    warm-up is a schedule that rises and stays, handed to `step` like any other.

    Parameters
    ----------
    momentum : float
        β in [0, 1): how close to the average the gradient is taken. With 0 the parameters are those
        of gradient descent, and `evaluation_point` is their average (Polyak, Ruppert).
    weight_decay : float
        λ, not negative; the decay is taken at y.
    r : float
        Exponent of the step number in the weights, not negative; above 0 late points count more.
    weight_lr_power : float
        p, exponent of the largest rate so far in the weights, not negative.

    Raises
    ------
    ValueError
        If an option is outside its range.

    References
    ----------
    A. Defazio et al., "The road less scheduled", NeurIPS 2024, arXiv:2405.15682, and the package
    ``schedulefree`` 1.4.1 (``SGDScheduleFree``).

    Examples
    --------
    With momentum 0, the average of gradient descent's points after the start:

    >>> import numpy as np
    >>> rule = ScheduleFreeSGD(momentum=0.0)
    >>> params = np.array([8.0])
    >>> state = rule.init(params)
    >>> for _ in range(2):  # 8, 4, 2
    ...     params, state = rule.step(params, params, state, 0.5)
    >>> params, rule.evaluation_point(state)
    (array([2.]), array([3.]))
    """

    momentum: float = 0.9
    weight_decay: float = 0.0
    r: float = 0.0
    weight_lr_power: float = 2.0

    def __post_init__(self) -> None:
        _validate.fraction("momentum", self.momentum)
        _validate.non_negative("weight_decay", self.weight_decay)
        _validate.non_negative("r", self.r)
        _validate.non_negative("weight_lr_power", self.weight_lr_power)

    def init(self, params: Any) -> ScheduleFreeState:
        """Return the state before the first step: x and z where the parameters are."""
        return start(params)

    def step(
        self, params: Any, grads: Any, state: ScheduleFreeState, lr: Any
    ) -> tuple[Any, ScheduleFreeState]:
        """Return y and the state after one step, as `Optimizer.step` says; `grads` are at y."""
        return advance(
            state,
            add_penalty(grads, params, self.weight_decay),
            checked_rate(lr),
            momentum=self.momentum,
            r=self.r,
            weight_lr_power=self.weight_lr_power,
        )

    def evaluation_point(self, state: ScheduleFreeState) -> Any:
        """Return x, the averaged parameters: evaluate and keep these, never differentiate there."""
        return state.average
