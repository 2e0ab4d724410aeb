"""Stop when nothing gets better, and remember when it was best."""

from __future__ import annotations

import math
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from lrcourse import _validate


class EarlyStoppingState(NamedTuple):
    """The best value so far, when it was, the weights of then, and the checks since."""

    best: float
    best_step: int | None
    best_weights: Any
    checks_since: int
    should_stop: bool


@dataclass(frozen=True)
class EarlyStopping:
    """Stop after `patience` checks in a row without an improvement.

    It decides and remembers; it neither stops a loop nor touches a learning rate or a model. Once
    it has said stop it keeps to that, and goes on remembering what is best.

    Parameters
    ----------
    patience : int
        Checks in a row without improvement after which to stop, at least 1. The unit is *checks*:
        with a check each epoch, epochs.
    min_delta : float
        By how much a value must beat the best one to count, not negative. A smaller gain neither
        resets the count nor replaces the best weights, so `best` can be worse than the best value
        seen, by at most this.
    mode : {"min", "max"}
        Whether small values are good (a loss) or large ones (an accuracy).

    Raises
    ------
    TypeError
        If `patience` is not an integer.
    ValueError
        If an option is outside its range.

    Notes
    -----
    NaN, and infinity on the bad side, never count as an improvement: the count goes on.

    References
    ----------
    L. Prechelt, "Early stopping - but when?", Neural Networks: Tricks of the Trade, 1998: the
    criterion UP, in its form for single checks.

    Examples
    --------
    >>> rule = EarlyStopping(patience=2)
    >>> state = rule.init()
    >>> for epoch, val_loss in enumerate([0.9, 0.5, 0.6, 0.7]):
    ...     state = rule.update(state, epoch, val_loss)
    >>> state.should_stop, state.best_step, state.best
    (True, 1, 0.5)
    """

    patience: int
    min_delta: float = 0.0
    mode: Literal["min", "max"] = "min"

    def __post_init__(self) -> None:
        _validate.integer("patience", self.patience, minimum=1)
        _validate.non_negative("min_delta", self.min_delta)
        if self.mode not in ("min", "max"):
            raise ValueError(f"mode must be 'min' or 'max', got {self.mode!r}")

    def init(self) -> EarlyStoppingState:
        """Return the state before the first check."""
        worst = math.inf if self.mode == "min" else -math.inf
        return EarlyStoppingState(worst, None, None, 0, should_stop=False)

    def update(
        self, state: EarlyStoppingState, step: int, value: float, weights: Any = None
    ) -> EarlyStoppingState:
        """Return the state after one more check.

        Parameters
        ----------
        state : EarlyStoppingState
            What `init` or the last `update` gave; not changed.
        step : int
            When this was: the step or the epoch, whichever you count.
        value : float or scalar tensor
            The validation loss or score.
        weights : array, tensor, ``state_dict``, or a list, tuple or dict of them, optional
            The weights of now. Copied if they are the best so far: training on in place does not
            reach the copy.

        Returns
        -------
        EarlyStoppingState

        Raises
        ------
        TypeError
            If `value` is not one number or `step` not an integer.
        """
        step = _validate.integer("step", step, minimum=0)
        value = scalar("value", value)
        gain = state.best - value if self.mode == "min" else value - state.best
        if gain > self.min_delta:  # False for NaN
            return EarlyStoppingState(value, step, _copied(weights), 0, state.should_stop)
        waited = state.checks_since + 1
        return state._replace(
            checks_since=waited, should_stop=state.should_stop or waited >= self.patience
        )


def scalar(name: str, value: Any) -> float:
    """Return one number, or a tensor that holds one, as a float: nan and inf are values too."""
    plain = value.detach().cpu() if hasattr(value, "detach") else value
    array = _validate.numeric_array(name, plain)
    if array.size != 1:
        raise TypeError(f"{name} must be one number, got {value!r}")
    return float(array.reshape(()))


def _copied(weights: Any) -> Any:
    """Return a copy that shares no memory with `weights`, and no graph."""
    if isinstance(weights, dict):
        return {name: _copied(leaf) for name, leaf in weights.items()}
    if isinstance(weights, list | tuple):
        return type(weights)(_copied(leaf) for leaf in weights)
    return weights.detach().clone() if hasattr(weights, "detach") else deepcopy(weights)
