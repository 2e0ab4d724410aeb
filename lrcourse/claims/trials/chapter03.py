"""The trials of chapter 3, "Divergence, catapult and edge": what becomes of a rising loss."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from lrcourse._validate import Array
from lrcourse.claims.trials._bowls import Bowls
from lrcourse.claims.trials._tables import (
    Flags,
    compared,
    generators,
    measurements,
    run_seeds,
)
from lrcourse.datasets import Dataset, digits, wave1d
from lrcourse.landscapes import LinearNet
from lrcourse.models import MLP, Model
from lrcourse.monitoring import classify, lr_to_stability_ratio, sharpness
from lrcourse.optimizers import GradientDescent, critical_learning_rate, trajectory
from lrcourse.training import Sweep, sweep

RISE = 1.5  # a rise is a loss above this multiple of the first one
NEVER = 1e9  # a loss this many times its start does not come back

# Of the sharpness.
TOLERANCE = 1e-6

# Rates in units of 2/λ at the start: one at which a catapult comes back, one at which none does.
CATAPULT, TOO_FAR = 1.5, 3.0
CATAPULT_STEPS = 300
RELU_NET = MLP((64, 128, 10), objective="squared error")
LINEAR_NET = LinearNet(256)
LINEAR_TOO_FAR = 2.5  # the window of a linear network ends at 2

# Absolute rates: at the start they are far below 2/λ.
EDGE_RATES = (1.0, 2.0)
EDGE_STEPS = 3000
TANH_NET = MLP((40, 32, 32, 10), activation="tanh", gain=0.5, objective="squared error")

SLOW, FAST, WILD = 0.1, 0.5, 10.0
EARLY = (20, 30, 40, 50)  # steps over which the loss is averaged
LATE = (1200, 1300, 1400, 1500)
LATE_FULL_BATCH = (370, 380, 390, 400)
FIRST_STEPS = (1, 2, 5, 10, 20, 50)
CLASSIFIER = MLP((40, 64, 64, 10))


# --- C2.2: does a rising loss mean divergence?


def rising_losses(seed: int) -> pd.DataFrame:
    """Train where the loss rises, and see what becomes of the runs."""
    return pd.concat([*_relu_networks(seed), *_bowls(seed), *_linear_networks(seed), *_edge(seed)])


def _relu_networks(seed: int) -> list[pd.DataFrame]:
    """Start networks beyond the limit that their curvature sets."""
    seeds = run_seeds(seed)
    limits = 2 / start_sharpness(RELU_NET, few_digits, seeds)
    tables = []
    for rate, losses in zip(
        (CATAPULT, TOO_FAR),
        catapults(RELU_NET, few_digits, (CATAPULT, TOO_FAR), limits, seeds),
        strict=True,
    ):
        name = f"network, {rate} times the limit"
        tables += [
            measurements(f"{name}, rises", rises(losses), peak=peak(losses)),
            measurements(f"{name}, diverges", diverges(losses), learning_rate=rate * limits),
        ]
    return tables


def catapults(
    model: Model,
    data: Callable[[int], Dataset],
    multiples: Sequence[float],
    limits: Array,
    seeds: Sequence[int],
) -> Array:
    """Train every seed at multiples of its own limit; return losses (multiples, seeds, steps)."""
    result = sweep(
        model,
        data,
        GradientDescent(),
        multiples,
        steps=CATAPULT_STEPS,
        seeds=seeds,
        schedule=np.tile(limits, (CATAPULT_STEPS, len(multiples))),
        checkpoints=[],
        diverged_above=NEVER,
        progress=False,
    )
    return result.loss.reshape(len(multiples), len(seeds), -1)


def few_digits(seed: int) -> Dataset:
    """Return 200 random digits, their classes as ten targets of 0 or 1."""
    data = digits().standardised()
    return _one_hot(data.sample(200 / len(data), rng=np.random.default_rng(seed)))


def _one_hot(data: Dataset) -> Dataset:
    return Dataset(data.name, data.inputs, np.eye(10)[data.targets.astype(int)])


def start_sharpness(model: Model, data: Callable[[int], Dataset], seeds: Sequence[int]) -> Array:
    """Return the sharpness at the initial weights of each seed, shape (seeds,)."""
    untrained = sweep(
        model, data, GradientDescent(), [0.0], steps=1, seeds=seeds, checkpoints=[],
        keep_params=True, progress=False,
    )  # fmt: skip
    return end_sharpness(untrained, model, data)


def end_sharpness(result: Sweep, model: Model, data: Callable[[int], Dataset]) -> Array:
    """Return the sharpness at the weights that a sweep has kept, shape (runs,)."""
    if result.params is None:
        raise ValueError(f"result must have kept its params, got {result!r}")
    return np.array(
        [
            _sharpness(model, {k: v[run] for k, v in result.params.items()}, data(int(seed)))
            for run, seed in enumerate(result.runs["seed"])
        ]
    )


def _sharpness(model: Model, weights: dict[str, Array], examples: Dataset) -> float:
    import torch

    network = model.module(weights)
    inputs = torch.tensor(examples.inputs, dtype=torch.float32)
    targets = torch.tensor(examples.targets, dtype=torch.float32)
    return sharpness(
        lambda: model.loss(network(inputs), targets), network.parameters(), tolerance=TOLERANCE
    )


def peak(losses: ArrayLike) -> Array:
    """Return the highest loss of each run as a multiple of its first one, shape (...)."""
    losses = np.asarray(losses)
    finite = np.where(np.isfinite(losses), losses, np.inf)
    return np.asarray(finite.max(axis=-1) / losses[..., 0])


def rises(losses: ArrayLike) -> Flags:
    """Say which runs had a loss well above their first one."""
    return peak(losses) > RISE


def diverges(losses: Array) -> Flags:
    """Say which runs diverged, shape (runs,)."""
    return np.array([classify(run).regime == "diverged" for run in losses])


def _bowls(seed: int) -> list[pd.DataFrame]:
    """Go beyond the limit where the curvature cannot change."""
    bowls = Bowls.random(seed)
    limits = np.array([critical_learning_rate(curvature) for curvature in bowls.curvature])
    broken = bowls.diverges(GradientDescent(), CATAPULT * limits, CATAPULT_STEPS)
    return [measurements(f"bowl, {CATAPULT} times the limit, diverges", broken)]


def _linear_networks(seed: int) -> list[pd.DataFrame]:
    """Go beyond the limit where the theory of the catapult is exact."""
    start = np.stack([LINEAR_NET.start(rng=rng) for rng in generators(seed, stream=4)])
    tables = []
    for multiple in (CATAPULT, LINEAR_TOO_FAR):
        path = linear_net_path(LINEAR_NET, start, multiple)
        name = f"linear network, {multiple} times the limit"
        with np.errstate(over="ignore", invalid="ignore"):  # where it diverges
            losses = LINEAR_NET.loss(path).T
        tables += [
            measurements(f"{name}, rises", rises(losses), peak=peak(losses)),
            measurements(f"{name}, diverges", diverges(losses)),
        ]
    return tables


def linear_net_path(net: LinearNet, start: Array, multiple: float) -> Array:
    """Train from each start at a multiple of its own 2/λ; shape (steps + 1, runs, 2n)."""
    rates = multiple * 2 / net.curvature(start)
    return trajectory(net.gradient, start, GradientDescent(), rates[:, None], CATAPULT_STEPS)


def _edge(seed: int) -> list[pd.DataFrame]:
    """Train for long at rates that are safe at the start, until the curvature has caught up."""
    seeds = run_seeds(seed, stream=2)
    start = start_sharpness(TANH_NET, few_waves, seeds)
    result = sweep(
        TANH_NET,
        few_waves,
        GradientDescent(),
        EDGE_RATES,
        steps=EDGE_STEPS,
        seeds=seeds,
        checkpoints=[],
        diverged_above=NEVER,
        keep_params=True,
        progress=False,
    )
    shape = (len(EDGE_RATES), len(seeds))
    ratios = lr_to_stability_ratio(
        result.runs["learning_rate"], end_sharpness(result, TANH_NET, few_waves)
    ).reshape(shape)
    losses = result.loss.reshape(*shape, -1)
    tables = []
    for rate, ratio, runs in zip(EDGE_RATES, ratios, losses, strict=True):
        name = f"edge, rate {rate}"
        before = lr_to_stability_ratio(rate, start)
        late = runs[:, EDGE_STEPS // 2 :]
        tables += [
            measurements(f"{name}, at the start", before),
            measurements(f"{name}, at the end", ratio),
            measurements(f"{name}, rising steps", (np.diff(late) > 0).mean(axis=1)),
            measurements(f"{name}, diverges", diverges(runs), end=runs[:, -1] / runs[:, 0]),
        ]
    return tables


def few_waves(seed: int) -> Dataset:
    """Return 100 waves, their classes as ten targets of 0 or 1."""
    return _one_hot(wave1d(100, seed=seed))


# --- C2.3: do runs that are too fast start with a lower loss, and then spiral out of control?


def early_leads(seed: int) -> pd.DataFrame:
    """Race fast runs against slow ones that see the same mini-batches."""
    noisy = race(run_seeds(seed), FAST, 1000, marks=EARLY + LATE, batch_size=16)
    calm = race(run_seeds(seed, stream=1), FAST, 100, marks=EARLY + LATE_FULL_BATCH)
    slow, wild = race(run_seeds(seed, stream=2), WILD, 1000, marks=FIRST_STEPS, batch_size=16)
    tables = [
        measurements("diverging, ever ahead", (wild < slow).any(axis=1)),
        measurements("diverging, diverges", ~np.isfinite(wild[:, -1])),
    ]
    for name, losses in (("mini-batches", noisy), ("full batch", calm)):
        (slow_early, slow_late), (fast_early, fast_late) = phases(losses)
        tables += [
            measurements(
                f"{name}, overtaken",
                overtaken(slow_early, slow_late, fast_early, fast_late),
                slow_early=slow_early,
                slow_late=slow_late,
                fast_early=fast_early,
                fast_late=fast_late,
            ),
            compared(f"{name}, early", slow_early, fast_early),
            compared(f"{name}, late", slow_late, fast_late),
        ]
    return pd.concat(tables)


def race(
    seeds: Sequence[int],
    rate: float,
    examples: int,
    *,
    marks: Sequence[int],
    batch_size: int | None = None,
) -> Array:
    """Train slowly and at another rate; return training losses of shape (2, seeds, marks).

    A run that has diverged has NaN.
    """
    result = sweep(
        CLASSIFIER,
        lambda seed: wave1d(examples, seed=seed),
        GradientDescent(),
        [SLOW, rate],
        steps=marks[-1],
        seeds=seeds,
        batch_size=batch_size,
        checkpoints=marks,
        progress=False,
    )
    return result.metrics["train_loss"].reshape(2, len(seeds), len(marks))


def phases(losses: Array) -> Array:
    """Return the mean of the first and of the second half of the marks, (runs, 2, seeds)."""
    early, late = np.split(losses, 2, axis=-1)
    return np.stack([early.mean(axis=-1), late.mean(axis=-1)], axis=1)


def overtaken(
    slow_early: ArrayLike, slow_late: ArrayLike, fast_early: ArrayLike, fast_late: ArrayLike
) -> Flags:
    """Say which fast runs are ahead early and behind, or broken, late."""
    ahead = np.less(fast_early, slow_early)
    return np.asarray(ahead & ~np.less_equal(fast_late, slow_late))
