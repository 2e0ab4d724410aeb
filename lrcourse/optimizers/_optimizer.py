"""What every update rule is: a value with `init` and `step`."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

import numpy as np

from lrcourse import _validate

State = TypeVar("State")


class Optimizer(Protocol[State]):
    """An update rule: a frozen value without hidden state.

    Implemented by `GradientDescent`, `HeavyBall`, `Nesterov`, `SGD`, `RMSProp`, `Adagrad`, `Adam`,
    `AdamW`, `Lion`, `ScheduleFreeSGD` and `ScheduleFreeAdamW`.
    """

    def init(self, params: Any) -> State:
        """Return the state before the first step."""
        ...

    def step(self, params: Any, grads: Any, state: State, lr: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step; change nothing in place.

        Parameters
        ----------
        params, grads : array, tensor, or a tree of them
            The parameters and the gradient at them.
        state : State
            What `init` or the last `step` gave.
        lr : float, array or tensor
            Learning rate of this step; an array broadcasts against the parameters.

        Returns
        -------
        params, state
            New objects; the arguments are unchanged.

        Raises
        ------
        ValueError
            If `lr` is negative or not finite, or the trees differ in keys or in length. A tensor
            that is not on the CPU is not checked: each step would wait for its device.
        """
        ...


def checked_rate(lr: Any) -> Any:
    """Return `lr` as it came; raise unless it is finite and not negative.

    Parameters
    ----------
    lr : float, array or tensor
        One learning rate, or an array of rates that broadcasts against the parameters.

    Raises
    ------
    ValueError
        If any rate is negative, infinite or NaN. A tensor that is not on the CPU passes unseen.

    Examples
    --------
    >>> checked_rate(-0.1)
    Traceback (most recent call last):
    ValueError: lr must be finite and not negative, got -0.1
    """
    if hasattr(lr, "is_cpu"):  # a tensor: no way to NumPy in bfloat16, or with a gradient
        fine = not lr.is_cpu or bool((lr.isfinite() & (lr >= 0)).all())
    else:
        rates = _validate.numeric_array("lr", lr)
        fine = bool((np.isfinite(rates) & (rates >= 0)).all())
    if not fine:
        raise ValueError(f"lr must be finite and not negative, got {lr!r}")
    return lr
