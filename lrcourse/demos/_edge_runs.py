"""The runs behind `EdgeOfStability`: one small network, many rates, its sharpness on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from lrcourse.datasets import Dataset, wave1d
from lrcourse.demos._grid import kept
from lrcourse.models import MLP
from lrcourse.monitoring import sharpness
from lrcourse.optimizers import GradientDescent
from lrcourse.training import Sweep, sweep

NETWORK = MLP((40, 32, 32, 10), activation="tanh", gain=0.5, objective="squared error")
EXAMPLES = 100
LOWEST, HIGHEST = 0.1, 6.0  # rate times sharpness at the start
PRODUCTS = tuple(float(product) for product in np.geomspace(LOWEST, HIGHEST, 19))
STEPS = 1200
# Closer together at first, where the fast runs change most.
CHECKPOINTS = tuple(round(STEPS * (k / 20) ** 2) for k in range(21))
TOLERANCE = 0.03  # of the residual; the error of the eigenvalue goes with its square

Weights = dict[str, Any]


@cache
def edge_runs(seed: int) -> Sweep:
    """Train at every rate; the metric ``sharpness`` is NaN where a run diverges."""
    return kept(f"edge-of-stability-seed{seed}", lambda: _train(seed))


def waves(seed: int) -> Dataset:
    """Return 100 waves, their classes as ten targets of 0 or 1."""
    data = wave1d(EXAMPLES, seed=seed)
    return Dataset(data.name, data.inputs, np.eye(10)[data.targets.astype(int)])


def _train(seed: int) -> Sweep:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)  # a network so small is slower on more
    try:
        return _measured(seed)
    finally:
        torch.set_num_threads(before)


def _measured(seed: int) -> Sweep:
    data = waves(seed)
    start = _run(NETWORK, data, [0.0], seed, steps=1)
    first = sharpness_at(_weights(start), data)
    rates = np.array(PRODUCTS) / first
    runs = _run(NETWORK, data, rates, seed, steps=STEPS)
    values = np.full((len(rates), len(CHECKPOINTS)), np.nan)
    values[:, 0] = first
    for run in np.flatnonzero(~runs.diverged):
        stops = _stops(data, float(rates[run]), seed)
        values[run, 1:] = [sharpness_at(weights, data) for weights in stops]
    return replace(
        runs, checkpoints=np.array(CHECKPOINTS), metrics={"sharpness": values}, params=None
    )


def _run(model: MLP, data: Dataset, rates: Any, seed: int, *, steps: int) -> Sweep:
    return sweep(
        model,
        data,
        GradientDescent(),
        rates,
        steps=steps,
        seeds=[seed],
        checkpoints=[],
        keep_params=True,
        progress=False,
    )


def _stops(data: Dataset, rate: float, seed: int) -> Iterator[Weights]:
    """Yield the weights of a run at each checkpoint after the first: it goes on where it was."""
    model = NETWORK
    for before, after in pairwise(CHECKPOINTS):
        weights = _weights(_run(model, data, [rate], seed, steps=after - before))
        yield weights
        model = _Resumed(**{f.name: getattr(NETWORK, f.name) for f in fields(MLP)}, weights=weights)


@dataclass(frozen=True)
class _Resumed(MLP):
    """A network that starts from given weights."""

    weights: Weights = field(default_factory=dict)

    def init(self, rng: np.random.Generator) -> Weights:
        """Return the weights, whatever the generator."""
        return self.weights


def _weights(result: Sweep) -> Weights:
    assert result.params is not None
    return {name: values[0] for name, values in result.params.items()}


def sharpness_at(weights: Weights, data: Dataset) -> float:
    """Return the largest eigenvalue of the Hessian of the training loss."""
    import torch

    network = NETWORK.module(weights)
    inputs = torch.tensor(data.inputs, dtype=torch.float32)
    targets = torch.tensor(data.targets, dtype=torch.float32)
    return sharpness(
        lambda: NETWORK.loss(network(inputs), targets), network.parameters(), tolerance=TOLERANCE
    )
