"""The trial of chapter 2, "Which minimum?": balls on hilly landscapes, and the smallest network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from lrcourse._validate import Array
from lrcourse.claims.trials._tables import compared, generators, measurements, run_seeds
from lrcourse.datasets import Dataset
from lrcourse.landscapes import Curve, Fourier, Needle, RippledBowl
from lrcourse.models import MLP
from lrcourse.optimizers import GradientDescent, critical_learning_rate
from lrcourse.training import sweep

BALLS = 200  # a landscape
STEPS = 2000
NETWORKS = 100
NETWORK_STEPS = 3000
FARTHEST_START = 6.0  # on a landscape that does not repeat


@dataclass(frozen=True)
class Roll:
    """How a ball rolls.

    Parameters
    ----------
    learning_rate : float
        As a share of 2/λ at the sharpest minimum of its landscape.
    noise : float
        Deviation of the noise on every slope, as a share of the deviation of the slope itself.
    decays : bool
        Whether the rate falls to 0 in a straight line; it is constant otherwise.
    """

    learning_rate: float
    noise: float = 0.0
    decays: bool = False


SMALL = Roll(0.01)
LARGE: Mapping[str, Roll] = MappingProxyType(
    {
        "large, decays": Roll(1.2, decays=True),
        "large, noise": Roll(1.2, noise=1.0),
        "large, noise, decays": Roll(1.2, noise=1.0, decays=True),
    }
)
OTHERS: Mapping[str, Roll] = MappingProxyType(
    {"smaller": Roll(0.001), "small, noise": Roll(0.01, noise=1.0), **LARGE}
)
DESIGNED: Mapping[str, Curve] = MappingProxyType(
    {"rippled bowl": RippledBowl(), "needle": Needle()}
)
ACROSS = Roll(4.0, decays=True)  # large enough for its first steps not to see a narrow valley


def global_minimum(seed: int) -> pd.DataFrame:
    """Count how often a ball, or a network, ends in the valley of the global minimum."""
    hills = [Fourier.random(rng=rng) for rng in generators(seed)]
    starts = [rng.uniform(0, Fourier.period, BALLS) for rng in generators(seed, stream=1)]
    shares, stays = [], []
    for curve, start, rng in zip(hills, starts, generators(seed, stream=2), strict=True):
        valleys = curve.basin(roll(curve, start, [SMALL, *OTHERS.values()], rng=rng))
        shares.append((valleys == curve.global_basin).mean(axis=1))
        stays.append((valleys[0] == curve.basin(start)).mean())
    small, *others = np.transpose(shares)
    tables = [
        measurements("small", small, width=[global_width(curve) for curve in hills]),
        measurements("stays", stays),
        *(compared(name, small, other) for name, other in zip(OTHERS, others, strict=True)),
    ]
    for stream, (name, designed) in enumerate(DESIGNED.items(), start=3):
        both = []
        for rng in generators(seed, stream):
            start = rng.uniform(-FARTHEST_START, FARTHEST_START, BALLS)
            both.append(share_in_global_basin(designed, start, [SMALL, ACROSS], rng=rng))
        tables.append(compared(f"{name}, large, decays", *np.transpose(both)))
    return pd.concat([*tables, *_networks(seed)])


def roll(curve: Curve, starts: Array, ways: Sequence[Roll], *, rng: np.random.Generator) -> Array:
    """Let every ball roll in every way, and return where they end, shape (ways, balls).

    All ways share the noise: they are paired.
    """
    sharpest = curve.hessian(curve.minima()).max()
    rates = np.array([[way.learning_rate] for way in ways]) * critical_learning_rate(sharpest)
    noise = np.array([[way.noise] for way in ways]) * curve.gradient(starts).std()
    decays = np.array([[way.decays] for way in ways])
    points, rule = np.tile(starts, (len(ways), 1)), GradientDescent()
    for step in range(STEPS):
        slope = curve.gradient(points) + noise * rng.normal(size=len(starts))
        points, _ = rule.step(points, slope, None, rates * (1 - decays * step / STEPS))
    return points


def share_in_global_basin(
    curve: Curve, starts: Array, ways: Sequence[Roll], *, rng: np.random.Generator
) -> Array:
    """Return, for each way, the share of balls that end in the deepest valley."""
    ends = curve.basin(roll(curve, starts, ways, rng=rng))
    return np.asarray((ends == curve.global_basin).mean(axis=1))


def global_width(curve: Fourier) -> float:
    """Return the share of one period that the deepest valley takes."""
    tops, bottom = curve.hilltops(), curve.global_minimum()
    right = (tops - bottom) % curve.period  # distances to the right, and to the left
    return float((right.min() + (-right % curve.period).min()) / curve.period)


def _networks(seed: int) -> list[pd.DataFrame]:
    """Train the smallest network that can learn XOR, at a small and at a large rate."""
    corners = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]], dtype=np.float64)
    result = sweep(
        MLP((2, 2, 1), activation="tanh", objective="squared error"),
        Dataset("XOR", corners, -corners.prod(axis=1)),
        GradientDescent(),
        [0.1, 0.3],
        steps=NETWORK_STEPS,
        seeds=run_seeds(seed, stream=5, replicates=NETWORKS),
        checkpoints=[NETWORK_STEPS],
        dtype="float64",
        progress=False,
    )
    # Its local minima are at a loss of 0.5 and more; the global one is at 0.
    solved = result.metrics["train_loss"].reshape(2, NETWORKS) < 0.1
    return [measurements("XOR, small", solved[0]), measurements("XOR, large", solved[1])]
