"""Update rules over many runs: what the sweep adds to an optimizer's own steps."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from lrcourse.optimizers import SGD, Adam, HeavyBall, Lion, RMSProp
from lrcourse.training._rules import FLUSH_EVERY, make_rule


@pytest.mark.parametrize(
    ("optimizer", "last"),  # the gradient of the step before a unit dies
    [
        (SGD(momentum=0.9), 1e-9),
        (HeavyBall(momentum=0.9), 1e-9),
        (Adam(), 1e-9),
        (RMSProp(), 1e-17),
        (Lion(), 1e-35),
    ],
)
@pytest.mark.parametrize("xp", [np, torch])
def test_the_momentum_of_a_dead_unit_comes_to_rest(
    xp: ModuleType, optimizer: Any, last: float
) -> None:
    def cast(values: Any) -> Any:
        return xp.asarray(values, dtype=xp.float32)

    def run(steps: int) -> list[Any]:
        rule = make_rule(optimizer, np.full((1, 1), 0.9), xp, [cast(np.zeros((1, 1, 2)))], cast)
        for step in range(steps):
            rule.step([cast([[[1.0, -last * (step == 0)]]])], np.full((1, 1), 1e-6))
        return [np.asarray(slot).ravel() for slot in rule.slots().values()]

    momentum = run(20 * FLUSH_EVERY)[0]
    assert momentum[0] != 0
    assert momentum[1] == 0
    # Until then it is what it is.
    assert 0 < abs(run(15)[0][1]) < last
