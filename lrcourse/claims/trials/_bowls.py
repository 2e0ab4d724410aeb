"""What trials of stability share: bowls side by side, and the rate at which runs on them break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lrcourse._validate import Array
from lrcourse.claims.trials._tables import REPLICATES, Flags, generators
from lrcourse.landscapes import Quadratic
from lrcourse.optimizers import Optimizer, trajectory

DIMENSION = 10
GROWTH = 100.0  # a run that ends this many times farther from the minimum has diverged


def random_bowls(seed: int) -> list[Quadratic]:
    """Return one bowl for each replicate: curvatures of any scale, well and ill conditioned."""
    return [
        Quadratic.random(
            DIMENSION,
            condition_number=10 ** rng.uniform(0, 4),
            largest_curvature=10 ** rng.uniform(-3, 3),
            rng=rng,
        )
        for rng in generators(seed)
    ]


@dataclass(frozen=True, eq=False)
class Bowls:
    """Bowls side by side, one run on each.

    Parameters
    ----------
    hessians : ndarray, shape (runs, d, d)
    start : ndarray, shape (runs, d)
        Where the runs begin, measured from the minimum.
    """

    hessians: Array
    start: Array

    @classmethod
    def random(cls, seed: int) -> Bowls:
        """Return the random bowls of a seed, with standard normal starts."""
        hessians = np.stack([bowl.hessian() for bowl in random_bowls(seed)])
        start = np.stack([rng.normal(size=DIMENSION) for rng in generators(seed, stream=1)])
        return cls(hessians, start)

    @property
    def curvature(self) -> Array:
        """The largest curvature of each bowl, shape (runs,)."""
        return np.asarray(np.linalg.eigvalsh(self.hessians)[:, -1])

    @property
    def steepest(self) -> Array:
        """The direction of the largest curvature of each bowl, shape (runs, d)."""
        return np.asarray(np.linalg.eigh(self.hessians)[1][:, :, -1])

    def slope(self, points: Array) -> Array:
        """Return the gradient at one point of each bowl, shape (runs, d)."""
        return np.asarray(np.einsum("rij,rj->ri", self.hessians, points))

    def losses(self, paths: Array) -> Array:
        """Return the loss above the minimum at each point of `paths`, shape (steps + 1, runs)."""
        return np.asarray(
            0.5 * np.einsum("tri,rij,trj->tr", paths, self.hessians, paths, optimize=True)
        )

    def descend(self, optimizer: Optimizer[Any], learning_rates: Array, steps: int) -> Array:
        """Return the paths of all runs, shape (steps + 1, runs, d)."""
        return trajectory(self.slope, self.start, optimizer, learning_rates[:, None], steps)

    def diverges(self, optimizer: Optimizer[Any], learning_rates: Array, steps: int) -> Flags:
        """Say which runs end far from the minimum, shape (runs,)."""
        point, state, rates = self.start, optimizer.init(self.start), learning_rates[:, None]
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(steps):
                point, state = optimizer.step(point, self.slope(point), state, rates)
            ends_near = np.linalg.norm(point, axis=1) <= GROWTH * np.linalg.norm(self.start, axis=1)
        return np.asarray(~ends_near)


def onset(
    happens: Callable[[Array], Flags],
    *,
    lowest: float = 1e-9,
    highest: float = 1e9,
    halvings: int = 17,
) -> Array:
    """Return, for each run, the learning rate above which something happens, by bisection.

    The bracket is the same for all runs and knows nothing of the answer. Seventeen halvings of 18
    decades leave the rate uncertain by 0.03 %.

    Parameters
    ----------
    happens : callable
        Maps learning rates of shape (replicates,) to whether it happened, of the same shape.
    lowest, highest : float
        The bracket.
    halvings : int

    Returns
    -------
    ndarray, shape (replicates,)

    Examples
    --------
    >>> rates = onset(lambda rates: rates > 0.25)
    >>> rates.round(3).min(), rates.round(3).max()
    (np.float64(0.25), np.float64(0.25))
    """
    low, high = np.full(REPLICATES, np.log(lowest)), np.full(REPLICATES, np.log(highest))
    for _ in range(halvings):
        middle = (low + high) / 2
        too_high = happens(np.exp(middle))
        low, high = np.where(too_high, low, middle), np.where(too_high, middle, high)
    return np.asarray(np.exp((low + high) / 2))
