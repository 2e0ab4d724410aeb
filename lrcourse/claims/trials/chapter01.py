"""The trials of chapter 1, "What a step is": random quadratic bowls and two real data sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from lrcourse._validate import Array
from lrcourse.claims.trials._bowls import Bowls, onset
from lrcourse.claims.trials._tables import REPLICATES, Flags, generators, measurements
from lrcourse.datasets import Dataset, breast_cancer, digits
from lrcourse.landscapes import DoubleWell
from lrcourse.models import LinearRegression
from lrcourse.optimizers import (
    Adam,
    GradientDescent,
    HeavyBall,
    Nesterov,
    Optimizer,
    critical_learning_rate,
    trajectory,
)

BATCH_SIZE = 16
MOMENTA = (0.5, 0.9, 0.99)
STEPS = 2000  # enough for a rate 0.5 % above the critical one to show

PROBLEMS: Mapping[str, Callable[[], Dataset]] = {
    "raw digits": digits,
    "standardised digits": lambda: digits().standardised(),
    "raw breast cancer": breast_cancer,
    "standardised breast cancer": lambda: breast_cancer().standardised(),
}


# --- C0.1: does the learning rate multiply the gradient?


def step_lengths(seed: int) -> pd.DataFrame:
    """Measure how much longer the first step gets when slope or rate grows tenfold."""
    rules: dict[str, Optimizer[Any]] = {"gradient descent": GradientDescent(), "Adam": Adam()}
    tables = []
    for place, bowls in _places(seed):
        slope = bowls.slope(bowls.start)
        for name, rule in rules.items():
            once = _first_step(bowls, rule, slope, 0.1)
            steeper = _first_step(bowls, rule, 10 * slope, 0.1)
            faster = _first_step(bowls, rule, slope, 1.0)
            tables.append(measurements(f"slope, {name}, {place}", steeper / once))
            tables.append(measurements(f"rate, {name}, {place}", faster / once))
    return pd.concat(tables)


def _places(seed: int) -> Iterator[tuple[str, Bowls]]:
    """Yield everything that a trial of this chapter trains on, with its name."""
    yield "random bowls", Bowls.random(seed)
    for name, load in PROBLEMS.items():
        yield name, _regressions(load(), seed)


def _first_step(bowls: Bowls, rule: Optimizer[Any], slope: Array, learning_rate: float) -> Array:
    """Return the length of the first step of each run."""
    moved, _ = rule.step(bowls.start, slope, rule.init(bowls.start), learning_rate)
    return np.asarray(np.linalg.norm(moved - bowls.start, axis=1))


# --- C0.3: does a larger learning rate overshoot?


def overshooting(seed: int) -> pd.DataFrame:
    """Raise the learning rate, and watch whether the path crosses the valley of a bowl."""
    tables = []
    for place, bowls in _places(seed):
        # All rates in units of 1/λ.
        crosses = _crosses(bowls, 1.5) & ~_crosses(bowls, 0.5)
        diverges = _leaves(bowls, 2.5) & ~_leaves(bowls, 1.5)
        tables.append(measurements(f"beyond the limits, {place}", crosses & diverges))
        below = _crosses(bowls, 0.9) & ~_crosses(bowls, 0.09)
        tables.append(measurements(f"below the limits, {place}", below))
    bowls = Bowls.random(seed)
    return pd.concat(
        [
            *tables,
            measurements("onset of overshoot", onset(lambda product: _crosses(bowls, product))),
            measurements("onset of divergence", onset(lambda product: _leaves(bowls, product))),
        ]
    )


def _crosses(bowls: Bowls, product: float | Array) -> Flags:
    """Say which runs cross the valley along its steepest direction, at the given ηλ."""
    path = bowls.descend(GradientDescent(), product / bowls.curvature, 20)
    with np.errstate(invalid="ignore"):
        across = np.einsum("tri,ri->tr", path, bowls.steepest)
        side = across / across[0]  # 1 at the start, negative beyond the valley
        return np.asarray((side < -1e-9).any(axis=0))


def _leaves(bowls: Bowls, product: float | Array) -> Flags:
    """Say which runs diverge, at the given ηλ."""
    return bowls.diverges(GradientDescent(), product / bowls.curvature, STEPS)


# --- C1.2: do small steps go downhill without harm?


def downhill(seed: int) -> pd.DataFrame:
    """Take small steps: on the whole loss, on mini-batches, and between two valleys."""
    tables = []
    for place, bowls in _places(seed):
        small = np.array([rng.uniform(0.01, 0.99) for rng in generators(seed, stream=2)])
        rates = small * [critical_learning_rate(curvature) for curvature in bowls.curvature]
        losses = bowls.losses(bowls.descend(GradientDescent(), rates, 500))
        tables.append(measurements(f"whole loss, {place}", _never_rises(losses)))

    batches, rising, bottom, valley = [], [], [], []
    model = LinearRegression.on(breast_cancer().standardised())
    well = DoubleWell(tilt=0.1)
    for rng in generators(seed, stream=3):
        rises = _mini_batch_rises(model, np.zeros(model.weights), 0.05, 500, rng)
        batches.append(not rises.any())
        rising.append(rises.mean())
        bottom.append(_mini_batch_rises(model, model.minimiser(), 0.001, 1, rng).all())

        ends = trajectory(well.gradient, rng.uniform(-2, 2, 200), GradientDescent(), 0.01, 5000)[-1]
        valley.append((np.abs(ends - well.global_minimum()) < 0.1).mean())
    return pd.concat(
        [
            *tables,
            measurements("mini-batches", batches),
            measurements("deeper valley", valley),
            measurements("rising steps", rising),
            measurements("first step from the bottom", bottom),
        ]
    )


def _never_rises(losses: Array) -> Flags:
    """Say of which runs no loss is above the one before it, beyond rounding."""
    return np.asarray((losses[1:] <= losses[:-1] * (1 + 1e-9) + 1e-25 * losses[0]).all(axis=0))


def _mini_batch_rises(
    model: LinearRegression, weights: Array, smallness: float, steps: int, rng: np.random.Generator
) -> Flags:
    """Return, for each mini-batch step, whether it raised the loss on all data.

    The learning rate is `smallness` times the critical one.
    """
    small = smallness * critical_learning_rate(model.largest_curvature)
    losses = [float(model.loss(weights))]
    for _ in range(steps):
        rows = rng.choice(model.rows, size=BATCH_SIZE, replace=False)
        weights, _state = GradientDescent().step(
            weights, model.gradient(weights, rows), None, small
        )
        losses.append(float(model.loss(weights)))
    return np.asarray(np.diff(losses) > 0)


# --- C1.5: is 0.001 small and 0.1 large?


def absolute_numbers(seed: int) -> pd.DataFrame:
    """Train linear regression at 0.001 and at 0.1 on four versions of two data sets."""
    both_fit = np.zeros(REPLICATES, dtype=bool)
    tables = []
    for name, load in PROBLEMS.items():
        bowls = _regressions(load(), seed)
        careful, risky = _is_safe(bowls, 0.001), _is_safe(bowls, 0.1)
        both_fit |= careful & ~risky
        tables.append(measurements(f"0.001 on {name}", careful))
        tables.append(measurements(f"0.1 on {name}", risky))

    bowls = Bowls.random(seed)
    predicted = np.ones(REPLICATES, dtype=bool)
    for rate in (0.001, 0.01, 0.1, 1.0):
        predicted &= _is_safe(bowls, rate) == (rate * bowls.curvature < 2)
    tables.append(measurements("product predicts", predicted, curvature=bowls.curvature))
    return pd.concat([measurements("both labels fit", both_fit), *tables])


def _is_safe(bowls: Bowls, learning_rate: float) -> Flags:
    rates = np.full(REPLICATES, learning_rate)
    return ~bowls.diverges(GradientDescent(), rates, STEPS)


def _regressions(data: Dataset, seed: int) -> Bowls:
    """Return linear regression on a random half of the data, for each replicate."""
    rngs = list(generators(seed))
    models = [LinearRegression.on(data.sample(0.5, rng=rng)) for rng in rngs]
    return Bowls(
        hessians=np.stack([model.hessian() for model in models]),
        start=np.stack([rng.normal(size=models[0].weights) for rng in rngs]),
    )


# --- C2.1: does too high a learning rate diverge, and where does "too high" begin?


def critical_rates(seed: int) -> pd.DataFrame:
    """Find by bisection where descent begins to diverge, and compare with the formula."""
    bowls = Bowls.random(seed)
    tables = [_measured_over_predicted("gradient descent", bowls)]
    for beta in MOMENTA:
        tables.append(_measured_over_predicted(f"heavy ball, momentum {beta}", bowls, beta))
        tables.append(_measured_over_predicted(f"Nesterov, momentum {beta}", bowls, beta, True))
    for name, load in PROBLEMS.items():
        tables.append(_measured_over_predicted(name, _regressions(load(), seed)))
    raw, standardised = digits(), digits().standardised()
    tables += [
        measurements("0.001 on raw digits", ~_is_safe(_regressions(raw, seed), 0.001)),
        measurements("0.1 on standardised digits", _is_safe(_regressions(standardised, seed), 0.1)),
    ]
    return pd.concat(tables)


def _measured_over_predicted(
    contrast: str, bowls: Bowls, beta: float = 0.0, nesterov: bool = False
) -> pd.DataFrame:
    rule = Nesterov(beta) if nesterov else HeavyBall(beta)  # with momentum 0, gradient descent
    measured = onset(lambda rates: bowls.diverges(rule, rates, STEPS))
    predicted = [
        critical_learning_rate(curvature, momentum=beta, nesterov=nesterov)
        for curvature in bowls.curvature
    ]
    return measurements(
        contrast,
        measured / predicted,
        momentum=beta,
        curvature=bowls.curvature,
        predicted=predicted,
        measured=measured,
    )
