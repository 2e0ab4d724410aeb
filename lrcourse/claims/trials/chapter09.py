"""The trials of chapter 9, "Momentum": bowls, networks with and without noise, many valleys."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.claims.trials._bowls import Bowls
from lrcourse.claims.trials._tables import compared, generators, measurements, run_seeds
from lrcourse.datasets import Split, breast_cancer, digits, wave1d
from lrcourse.landscapes import Fourier
from lrcourse.models import MLP, LinearRegression
from lrcourse.optimizers import HeavyBall, critical_learning_rate
from lrcourse.training import Sweep, mini_batches, streams, sweep

MOMENTUM = 0.9
MOMENTA = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995)
BATCH_SIZE = 16
STEPS = 400  # of a network on mini-batches
LATE = 120  # the last of them, in which the loss is measured after each step: two epochs
ROWS, FULL_STEPS = 200, 160  # of a network on all data at once
BOWL_STEPS = 3000
FEW = 12  # replicates of the costly sweep over momenta
NETWORK_MOMENTA = (0.0, 0.5, 0.7, 0.9, 0.95, 0.98, 0.99)
SMALL = 0.007  # rate of the waves, on mini-batches
MODERATE, TOO_LARGE = 0.2, 1.0  # η/(1-β), there
BREAKING = 10.0  # η/(1-β) at which plain descent fails on all the digits at once
RATES = np.geomspace(0.03, 3.0, 5)
FULL_RATES = np.geomspace(0.3, 30.0, 5)
CHANCE = np.log(10)
WAVES = MLP((40, 32, 32, 10))
FIGURES = MLP((64, 32, 10))
VALLEYS, BALLS, ROLLS = 40, 6, 1000  # landscapes a replicate, balls on each, steps of each ball


def _waves(seed: int) -> Split:
    return Split(wave1d(1000, seed=seed), wave1d(500, seed=seed + 1))


def _few_waves(seed: int) -> Split:
    return Split(wave1d(ROWS, seed=seed), wave1d(ROWS, seed=seed + 1))


def _few_digits(seed: int) -> Split:
    rows = digits()
    share = ROWS / len(rows)
    parts = rows.split(share, 1 - 2 * share, rng=np.random.default_rng([seed, 1]))
    return Split(parts.train, parts.validation).standardised()


def _train(
    model: MLP,
    data: Callable[[int], Split],
    momentum: float,
    effective: Any,
    seeds: Sequence[int],
    *,
    steps: int,
    **options: Any,
) -> Sweep:
    """Train with heavy-ball momentum at given effective rates, η/(1-β)."""
    rates = np.atleast_1d(effective) * (1 - momentum)
    return sweep(
        model, data, HeavyBall(momentum), rates, steps=steps, seeds=seeds, progress=False, **options
    )


def _final(result: Sweep, metric: str, seeds: Sequence[int]) -> Array:
    """Return a last loss for each rate and seed, that of pure chance at most."""
    losses = result.metrics[metric][:, -1].reshape(-1, len(seeds))
    return np.fmin(losses, CHANCE)  # NaN, after a divergence, gives way to chance


# --- C7.1: does momentum add a fraction of the previous update?


def fractions(seed: int) -> pd.DataFrame:
    """Take apart each update: the gradient's share, and how much of the last update is left."""
    betas = np.array([rng.uniform(0.1, 0.95) for rng in generators(seed, stream=4)])
    bowls = Bowls.random(seed)
    rates = 0.5 / bowls.curvature
    found, rest = [], []
    for run, beta in enumerate(betas):
        path = bowls.descend(HeavyBall(beta), rates, 50)[:, run]
        slopes = path @ bowls.hessians[run]
        fraction, unexplained = _fraction(path, slopes, np.full(50, rates[run]))
        found.append(fraction.mean() / beta)
        rest.append(unexplained.max())
    torch_constant, torch_halved, torch_rest = [], [], []
    schedule = np.where(np.arange(40) < 20, 0.1, 0.05)
    halved = 19  # the fractions begin with the second update
    for beta, run in zip(betas, run_seeds(seed, 5), strict=True):
        path, slopes = _torch_path(beta, schedule, run)
        fraction, unexplained = _fraction(path, slopes, schedule)
        torch_constant.append(np.delete(fraction, halved).mean() / beta)
        torch_halved.append(fraction[halved] / beta)
        torch_rest.append(unexplained.max())
    return pd.concat(
        [
            measurements("heavy ball, random bowls", found, momentum=betas),
            measurements("torch, network, constant rate", torch_constant, momentum=betas),
            measurements("torch, network, rate halved", torch_halved, momentum=betas),
            measurements("unexplained, heavy ball", rest, momentum=betas),
            measurements("unexplained, torch", torch_rest, momentum=betas),
        ]
    )


def _fraction(path: Array, slopes: Array, rates: Array) -> tuple[Array, Array]:
    """Return, from the second update on, the fraction of the last update that is in this one.

    The second value is the length of what is neither gradient nor last update, as a share of the
    update.
    """
    updates = np.diff(path, axis=0)
    beyond = updates + rates[:, None] * slopes[: len(updates)]
    last = updates[:-1]
    fraction = (beyond[1:] * last).sum(axis=1) / (last * last).sum(axis=1)
    unexplained = beyond[1:] - fraction[:, None] * last
    return fraction, np.linalg.norm(unexplained, axis=1) / np.linalg.norm(updates[1:], axis=1)


def _torch_path(momentum: float, rates: Array, seed: int) -> tuple[Array, Array]:
    """Train a network with ``torch.optim.SGD``; return its weights and gradients at each step."""
    import torch

    data = _few_digits(seed).train
    module = FIGURES.module(FIGURES.init(streams(seed).init), "float64")
    weights = list(module.parameters())
    inputs, targets = torch.tensor(data.inputs), torch.tensor(FIGURES.targets_of(data))
    optimizer = torch.optim.SGD(weights, lr=1.0, momentum=momentum)

    def flat(tensors: Any) -> Array:
        return np.concatenate([t.detach().numpy().ravel() for t in tensors])

    path, slopes = [flat(weights)], []
    batches = mini_batches(len(data), BATCH_SIZE, len(rates), rng=streams(seed).batches)
    for rate, rows in zip(rates, batches, strict=True):
        optimizer.param_groups[0]["lr"] = float(rate)
        optimizer.zero_grad()
        FIGURES.loss(module(inputs[rows]), targets[rows]).backward()  # type: ignore[no-untyped-call]
        slopes.append(flat([w.grad for w in weights]))
        optimizer.step()
        path.append(flat(weights))
    return np.stack(path), np.stack(slopes)


# --- C7.2: where is the best momentum?


def best_momenta(seed: int) -> pd.DataFrame:
    """Find the momentum that is fastest, each with the rate that suits it best."""
    tables = []
    for name, data in (("digits", digits()), ("breast cancer", breast_cancer())):
        halves = [data.standardised().sample(0.5, rng=rng) for rng in generators(seed)]
        bowls = [_along_axes(LinearRegression.on(half)) for half in halves]
        tables.append(_in_range(name, _fastest(bowls)))
    for stream, condition in enumerate((10, 100, 1000, 10_000), start=1):
        best = _fastest([_bowl(condition, rng) for rng in generators(seed, stream)])
        tables.append(_in_range(f"condition number {condition}", best))
    tables.append(_in_range("network, all data", _fastest_network(seed)))
    return pd.concat([*tables, _defaults()])


def _in_range(contrast: str, best: Array) -> pd.DataFrame:
    edge = (best == MOMENTA[0]) | (best == MOMENTA[-1])
    return measurements(contrast, (best >= 0.5) & (best <= 0.9), momentum=best, at_edge=edge)


def _along_axes(model: LinearRegression) -> tuple[Array, Array]:
    """Return a regression's curvatures, and how far zero weights are from the minimum along each.

    Descent with momentum goes its own way along each axis of the bowl, so that this is the whole
    training.
    """
    curvatures, axes = np.linalg.eigh(model.hessian())
    return curvatures.clip(min=0.0), -axes.T @ model.minimiser()


def _bowl(condition: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return the curvatures of a random bowl, and a start at which each of them counts alike."""
    exponents = np.concatenate([[0.0, 1.0], rng.uniform(0, 1, 8)])
    curvatures = condition**-exponents
    return curvatures, rng.choice([-1.0, 1.0], 10) / curvatures**0.5


def _fastest(bowls: Sequence[tuple[Array, Array]]) -> Array:
    """Return for each bowl the momentum that first cuts the loss to a millionth."""
    spectra, start = (np.stack(parts) for parts in zip(*bowls, strict=True))
    goal = 1e-6 * (spectra * start**2).sum(axis=-1)
    shares = np.geomspace(0.01, 0.97, 24)  # of the rate at which descent begins to diverge
    needed = np.full((len(MOMENTA), len(bowls)), np.inf)
    for row, beta in enumerate(MOMENTA):
        limits = [critical_learning_rate(top, momentum=beta) for top in spectra.max(axis=1)]
        rates = (shares[:, None] * limits)[..., None]  # one for each share and bowl
        rule = HeavyBall(beta)
        point = np.broadcast_to(start, (len(shares), *start.shape))
        state = rule.init(point)
        for step in range(1, BOWL_STEPS + 1):
            point, state = rule.step(point, spectra * point, state, rates)
            there = ((spectra * point**2).sum(axis=-1) <= goal).any(axis=0)
            needed[row] = np.fmin(needed[row], np.where(there, step, np.inf))
            if (needed.min(axis=0) <= step).all():
                break
    return np.asarray(np.array(MOMENTA)[needed.argmin(axis=0)])


def _fastest_network(seed: int) -> Array:
    """Return for each seed the momentum with the least training loss at its best rate."""
    seeds = run_seeds(seed, replicates=FEW)
    ends = [
        _final(
            _train(WAVES, _few_waves, beta, FULL_RATES, seeds, steps=FULL_STEPS),
            "train_loss",
            seeds,
        ).min(axis=0)
        for beta in NETWORK_MOMENTA
    ]
    return np.asarray(np.array(NETWORK_MOMENTA)[np.argmin(ends, axis=0)])


def _defaults() -> pd.DataFrame:
    """Say of each optimiser in torch that has momentum whether its default is in 0.5 to 0.9."""
    import torch

    values = []
    for kind in vars(torch.optim).values():
        if inspect.isclass(kind) and issubclass(kind, torch.optim.Optimizer):
            options = inspect.signature(kind).parameters
            if "momentum" in options:
                values.append(float(options["momentum"].default))
            elif "betas" in options:
                values.append(float(options["betas"].default[0]))
    inside = [0.5 <= value <= 0.9 for value in values]
    return measurements("defaults in torch", inside, momentum=values)


# --- C7.3: does momentum with a small learning rate give better results?


def small_rates(seed: int) -> pd.DataFrame:
    """Train with and without momentum: at the same rate, at the same η/(1-β), each at its best."""
    seeds = run_seeds(seed)
    noisy: dict[str, Any] = {"steps": STEPS, "batch_size": BATCH_SIZE}
    own = np.array([SMALL, 3 * SMALL])
    matched = own / (1 - MOMENTUM)
    plain, heavy = (
        _final(_train(WAVES, _waves, beta, rates, seeds, **noisy), "val_loss", seeds)
        for beta, rates in ((0.0, [*own, *matched, *RATES]), (MOMENTUM, [*matched, *RATES]))
    )
    exact = [
        _train(WAVES, _few_waves, beta, FULL_RATES, seeds, steps=FULL_STEPS)
        for beta in (0.0, MOMENTUM)
    ]
    plain_exact, heavy_exact = (np.log10(_final(run, "train_loss", seeds)) for run in exact)
    return pd.concat(
        [
            compared("same rate", plain[0], heavy[0]),
            compared("same rate, three times", plain[1], heavy[1]),
            compared("same effective rate", plain[2], heavy[0]),
            compared("same effective rate, three times", plain[3], heavy[1]),
            _best_against_best("best against best", plain[4:], heavy[2:]),
            _best_against_best("best against best, all data", plain_exact, heavy_exact),
        ]
    )


def _best_against_best(contrast: str, plain: Array, heavy: Array) -> pd.DataFrame:
    """Compare the rates with the best means; say whether one is at the edge of its grid."""
    best = [int(arm.mean(axis=1).argmin()) for arm in (plain, heavy)]
    edge = any(index in (0, len(plain) - 1) for index in best)
    return compared(contrast, plain[best[0]], heavy[best[1]], at_edge=edge)


# --- C7.4: does momentum converge more smoothly, and avoid the pitfalls of a large rate?


def smoothness(seed: int) -> pd.DataFrame:
    """Compare small steps with momentum with large ones without, at the same η/(1-β)."""
    seeds = run_seeds(seed)
    late = range(STEPS - LATE, STEPS + 1)
    runs = {
        beta: _train(
            WAVES,
            _waves,
            beta,
            rates,
            seeds,
            steps=STEPS,
            batch_size=BATCH_SIZE,
            checkpoints=late,
        )
        for beta, rates in (
            (0.0, [MODERATE * (1 - MOMENTUM), MODERATE, TOO_LARGE]),
            (MOMENTUM, [MODERATE, TOO_LARGE]),
        )
    }
    whole = {b: _jumps(run.metrics["train_loss"], seeds) for b, run in runs.items()}
    batch = {b: _jumps(run.loss[:, -LATE:], seeds) for b, run in runs.items()}
    ends = {b: _final(run, "val_loss", seeds) for b, run in runs.items()}
    broken = [
        _final(
            _train(FIGURES, _few_digits, b, BREAKING, seeds, steps=FULL_STEPS), "train_loss", seeds
        )[0]
        for b in (0.0, MOMENTUM)
    ]
    return pd.concat(
        [
            compared("step to step", whole[0.0][1], whole[MOMENTUM][0], by="ratio"),
            compared("as plotted", batch[0.0][1], batch[MOMENTUM][0], by="ratio"),
            compared("too large", ends[0.0][1], ends[MOMENTUM][1]),
            compared("too large, plain", ends[0.0][1], ends[0.0][2]),
            compared("too large, all data", broken[0], broken[1]),
            compared("same rate", whole[0.0][0], whole[MOMENTUM][0], by="ratio"),
        ]
    )


def _jumps(losses: Array, seeds: Sequence[int]) -> Array:
    """Return for each rate and seed the mean change of the loss from one step to the next."""
    jumps = np.abs(np.diff(losses, axis=1)).mean(axis=1)
    return np.asarray(jumps.reshape(-1, len(seeds)))


# --- C7.5: does momentum help through local minima?


def many_valleys(seed: int) -> pd.DataFrame:
    """Let balls roll on random landscapes; count those that end in the deepest valley."""
    hills = Hills.random(seed)
    exact, noisy, small = (
        hills.reached(share, noise, 0.0, seed) for share, noise in ((1.0, 0), (1.0, 1), (0.05, 0))
    )
    tables = []
    for contrast, plain, share, noise, momentum in (
        ("no noise", exact, 1.0, 0, MOMENTUM),
        ("no noise, 0.99", exact, 1.0, 0, 0.99),
        ("no noise, small rate", small, 0.05, 0, MOMENTUM),
        ("no noise, same rate", small, 0.05 / (1 - MOMENTUM), 0, MOMENTUM),
        ("noise", noisy, 1.0, 1, MOMENTUM),
    ):
        tables.append(compared(contrast, plain, hills.reached(share, noise, momentum, seed)))
    return pd.concat(tables)


@dataclass(frozen=True, eq=False)
class Hills:
    """Random landscapes, as many for each replicate.

    Parameters
    ----------
    landscapes : list of Fourier
        Those of the first replicate come first.
    sharpest : ndarray, shape (landscapes,)
        The largest curvature at a minimum, λ.
    spread : ndarray, shape (landscapes,)
        The deviation of the slope over the landscape: the unit of noise.
    """

    landscapes: list[Fourier]
    sharpest: Array
    spread: Array

    @classmethod
    def random(cls, seed: int) -> Hills:
        """Return the landscapes of a seed."""
        landscapes = [Fourier.random(rng=rng) for rng in generators(seed) for _ in range(VALLEYS)]
        circle = np.linspace(0, 2 * np.pi, 256, endpoint=False)
        return cls(
            landscapes,
            sharpest=np.array([hills.hessian(hills.minima()).max() for hills in landscapes]),
            spread=np.array([hills.gradient(circle).std() for hills in landscapes]),
        )

    @cached_property
    def factors(self) -> NDArray[np.complex128]:
        """What each wave adds to the slope: coefficients of a polynomial in exp(ix)."""
        waves = np.stack([f.amplitudes * np.exp(1j * f.phases) for f in self.landscapes])
        return np.asarray(1j * np.arange(1, waves.shape[1] + 1) * waves)

    def reached(self, share: float, noise: float, momentum: float, seed: int) -> Array:
        """Return for each replicate the share of balls that end in the deepest valley.

        η/(1-β) starts at `share` of 2/λ and falls linearly to 0. The noise is normal. Runs of the
        same seed have the same starts and the same noise.
        """
        rate = share * 2 / self.sharpest[:, None] * (1 - momentum)
        rule = HeavyBall(momentum)
        rng = np.random.default_rng([seed, 1])
        point = rng.uniform(0, 2 * np.pi, (len(self.landscapes), BALLS))
        state = rule.init(point)
        for step in range(ROLLS):
            slope = self.slope(point)
            if noise:
                slope += noise * self.spread[:, None] * rng.normal(size=point.shape)
            point, state = rule.step(point, slope, state, rate * (1 - step / ROLLS))
        pairs = zip(self.landscapes, point, strict=True)
        hits = [(hills.basin(x) == hills.global_basin).mean() for hills, x in pairs]
        return np.asarray(np.reshape(hits, (-1, VALLEYS)).mean(axis=1))

    def slope(self, points: Array) -> Array:
        """Return the slopes at points of each landscape, shape (landscapes, balls)."""
        circle = np.exp(1j * points)
        total = np.zeros_like(circle)
        for factor in self.factors.T[::-1]:
            total = (total + factor[:, None]) * circle
        return np.array(total.real)
