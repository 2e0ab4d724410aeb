"""What both Schedule-Free rules share: three sequences, of which one is averaged."""

from __future__ import annotations

from typing import Any, NamedTuple

from lrcourse.optimizers._elementwise import maximum
from lrcourse.optimizers._tree import tree_map


class ScheduleFreeState(NamedTuple):
    """The base point z, its average x, and what weighs the next point in the average."""

    base: Any
    average: Any
    largest_rate: Any
    weight_sum: Any
    steps: int
    square: Any = None


def start(params: Any, square: Any = None) -> ScheduleFreeState:
    """Return the state before the first step: both points where the parameters are."""
    return ScheduleFreeState(params, params, 0.0, 0.0, 0, square)


def advance(
    state: ScheduleFreeState,
    direction: Any,
    rate: Any,
    *,
    momentum: float,
    r: float,
    weight_lr_power: float,
    square: Any = None,
) -> tuple[Any, ScheduleFreeState]:
    r"""Step the base along `direction`, average it, and return where the next gradient is due.

    .. math::

        z \leftarrow z - \eta d, \qquad x \leftarrow (1 - c) x + c z, \qquad
        y = (1 - \beta) z + \beta x

    with :math:`c` the share of this step's weight :math:`t^r \max(\eta_1 \dots \eta_t)^p` in the
    sum of all weights so far.
    """
    steps = state.steps + 1
    largest = maximum(state.largest_rate, rate)
    weight = steps**r * largest**weight_lr_power
    weight_sum = state.weight_sum + weight
    share = weight / (weight_sum + (weight_sum == 0))  # 0 while every rate was 0
    base = tree_map(lambda z, d: z - rate * d, state.base, direction)
    average = tree_map(lambda x, z: (1 - share) * x + share * z, state.average, base)
    params = tree_map(lambda x, z: momentum * x + (1 - momentum) * z, average, base)
    return params, ScheduleFreeState(base, average, largest, weight_sum, steps, square)
