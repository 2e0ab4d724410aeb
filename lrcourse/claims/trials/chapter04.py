"""The trials of chapter 4, "Noise floor and stability": bowls, regressions, small networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lrcourse._validate import Array
from lrcourse.claims.trials._tables import compared, generators, measurements, run_seeds
from lrcourse.claims.trials._tasks import Draw, handwriting, training_rows, waves
from lrcourse.datasets import Dataset, diabetes
from lrcourse.landscapes import DoubleWell
from lrcourse.models import MLP, LinearRegression
from lrcourse.optimizers import GradientDescent, critical_learning_rate, trajectory
from lrcourse.schedules import LinearToZero
from lrcourse.training import streams, sweep

BATCH_SIZE = 16
STEPS = 1500  # of a network
EARLY, LATE = 400, 4000  # steps of a regression: is it nearer after ten times as many?
FLOOR_STEPS = 2000
FLOOR_PRODUCTS = (0.02, 0.04, 0.08, 0.16)  # ηλ
FLOOR_BATCHES = (4, 16, 64)
BOWL_PRODUCTS = (0.1, 1.0, 1.9)  # ηλ

SMALL, LARGE, RECKLESS = 0.03, 0.3, 3.0

DEPTH = 8  # hidden layers, against one
DEPTH_STEPS = 100
LEARNS = np.log(10.0) - 0.05  # a loss below that of ten classes held for equally likely
DEPTH_RATES = np.geomspace(0.03, 30, 12)


# --- C1.3: does it bounce for ever?


def bouncing(seed: int) -> pd.DataFrame:
    """Train regressions on and on, and look whether they come any nearer to their minimum."""
    late_over_early: dict[str, list[tuple[float, float]]] = {}
    cooled, by_rate, by_batch = [], [], []
    for rng in generators(seed):
        model = LinearRegression.on(diabetes().standardised().sample(0.5, rng=rng))
        rate = 0.5 * critical_learning_rate(model.largest_curvature)
        batches = rng.integers(0, model.rows, (LATE, BATCH_SIZE))
        for arm, on, rows in (
            ("mini-batches", model, [*batches]),
            ("whole gradient", model, [None] * LATE),
            ("exact fit", _fitted_exactly(model), [*batches]),
        ):
            excess = excess_losses(on, [rate], rows)[:, 0]
            windows = _last_fifth(excess[:EARLY]), _last_fifth(excess)
            late_over_early.setdefault(arm, []).append(windows)
        decaying = rate * LinearToZero(1.0, LATE)(np.arange(LATE))[:, None]
        constant = late_over_early["mini-batches"][-1][1]
        cooled.append((constant, excess_losses(model, decaying, [*batches])[-1, 0]))
        by_rate.append(floor_exponent_of_rate(model, rng))
        by_batch.append(floor_exponent_of_batch(model, rng))

    tables = [
        compared(arm, *np.transpose(pairs), by="ratio") for arm, pairs in late_over_early.items()
    ]
    floors = np.array([measured_floors(BOWL_PRODUCTS, rng=rng) for rng in generators(seed, 1)])
    for product, floor in zip(BOWL_PRODUCTS, floors.T, strict=True):
        predicted = predicted_floor(product)
        table = measurements(f"floor at ηλ = {product}", floor / predicted, predicted=predicted)
        tables.append(table)
    return pd.concat(
        [
            *tables,
            compared("decayed", *np.transpose(cooled), by="ratio"),
            measurements("growth with the rate", by_rate),
            measurements("growth with the batch", by_batch),
            measurements("beyond 2/λ", _orbits(seed)),
        ]
    )


def excess_losses(
    model: LinearRegression,
    learning_rates: ArrayLike,
    batches: Sequence[NDArray[np.int64] | None],
    *,
    start: ArrayLike | None = None,
) -> Array:
    """Descend on a regression, and return how far above its minimum the loss is after each step.

    Parameters
    ----------
    model : LinearRegression
    learning_rates : array_like, shape (runs,) or (steps, runs)
        All runs see the same batches.
    batches : sequence
        The rows that each step sees; None is all of them.
    start : array_like, shape (d + 1,), optional
        Where all runs begin; weights of 0 if left out.

    Returns
    -------
    ndarray, shape (steps, runs)
    """
    rates = np.atleast_1d(np.asarray(learning_rates, dtype=np.float64))
    rates = np.broadcast_to(rates, (len(batches), rates.shape[-1]))
    minimum, hessian, rule = model.minimiser(), model.hessian(), GradientDescent()
    begin = np.zeros(model.weights) if start is None else np.asarray(start, dtype=np.float64)
    points = np.tile(begin, (rates.shape[1], 1))
    path = np.empty((len(batches), *points.shape))
    for step, (rate, rows) in enumerate(zip(rates, batches, strict=True)):
        points, _ = rule.step(points, model.gradient(points, rows), None, rate[:, None])
        path[step] = points - minimum
    return np.asarray(0.5 * np.einsum("tri,ij,trj->tr", path, hessian, path, optimize=True))


def floor_exponent_of_rate(model: LinearRegression, rng: np.random.Generator) -> float:
    """Return p where the noise floor grows as η^p: 1 in theory, as long as ηλ is small."""
    rates = np.array(FLOOR_PRODUCTS) / model.largest_curvature
    return log_log_slope(rates, _floors(model, rates, BATCH_SIZE, rng))


def floor_exponent_of_batch(model: LinearRegression, rng: np.random.Generator) -> float:
    """Return p where the noise floor grows as B^p with the batch size: -1 in theory."""
    rate = FLOOR_PRODUCTS[1] / model.largest_curvature
    floors = [_floors(model, [rate], size, rng)[0] for size in FLOOR_BATCHES]
    return log_log_slope(FLOOR_BATCHES, floors)


def log_log_slope(x: ArrayLike, y: ArrayLike) -> float:
    """Return the slope of the straight line through the logarithms; NaN if one is not finite.

    Examples
    --------
    >>> round(log_log_slope([1, 10, 100], [3, 300, 30000]), 6), log_log_slope([1, 10], [3, np.inf])
    (2.0, nan)
    """
    across, up = np.log(np.asarray(x, dtype=np.float64)), np.log(np.asarray(y, dtype=np.float64))
    if not (np.isfinite(across) & np.isfinite(up)).all():
        return float("nan")
    return float(np.polyfit(across, up, 1)[0])


def predicted_floor(
    learning_rate: float, curvature: float = 1.0, noise: float = 1.0, batch_size: int = 1
) -> float:
    r"""Return the mean loss at which noisy descent on a one-dimensional bowl stays.

    .. math:: \frac{\eta\,\sigma^2}{2 B\,(2 - \eta\lambda)}

    Parameters
    ----------
    learning_rate, curvature : float
        η and λ, with ηλ below 2.
    noise : float
        σ, the deviation of a single example's gradient.
    batch_size : int
        B, how many of them are averaged.

    Examples
    --------
    >>> predicted_floor(1.0), round(predicted_floor(0.01), 5)
    (0.5, 0.00251)
    """
    return learning_rate * noise**2 / (2 * batch_size * (2 - learning_rate * curvature))


def measured_floors(
    learning_rates: ArrayLike,
    *,
    rng: np.random.Generator,
    curvature: float = 1.0,
    noise: float = 1.0,
    batch_size: int = 1,
    walkers: int = 100,
    steps: int = 2000,
) -> Array:
    """Return the mean loss of noisy descent on a one-dimensional bowl, late in training.

    Parameters
    ----------
    learning_rates : array_like, shape (n,)
    rng : numpy.random.Generator
        The source of all randomness.
    curvature, noise, batch_size
        As in `predicted_floor`.
    walkers : int
        Independent runs at each rate, all from the minimum.
    steps : int
        The loss is averaged over the second half of them.

    Returns
    -------
    ndarray, shape (n,)
    """
    rates = np.asarray(learning_rates, dtype=np.float64)
    points = np.zeros((walkers, len(rates)))
    rule, total = GradientDescent(), np.zeros(len(rates))
    deviation = noise / batch_size**0.5
    for step in range(steps):
        slope = curvature * points + deviation * rng.normal(size=(walkers, 1))
        points, _ = rule.step(points, slope, None, rates)
        if step >= steps // 2:
            total += 0.5 * curvature * (points * points).mean(axis=0)
    return np.asarray(total / (steps - steps // 2))


def _fitted_exactly(model: LinearRegression) -> LinearRegression:
    """Return the model with targets that its minimiser fits exactly: no batch pulls elsewhere."""
    inputs = np.asarray(model.inputs)
    return LinearRegression(inputs, np.c_[inputs, np.ones(len(inputs))] @ model.minimiser())


def _last_fifth(losses: Array) -> float:
    return float(losses[-(len(losses) // 5) :].mean())


def _floors(
    model: LinearRegression, rates: ArrayLike, batch_size: int, rng: np.random.Generator
) -> Array:
    """Return the mean loss above the minimum of runs that begin there, shape (rates,)."""
    batches = [*rng.integers(0, model.rows, (FLOOR_STEPS, batch_size))]
    excess = excess_losses(model, rates, batches, start=model.minimiser())
    return np.asarray(excess[FLOOR_STEPS // 4 :].mean(axis=0))


def _orbits(seed: int) -> NDArray[np.bool_]:
    """Say which noiseless runs just beyond 2/λ, on a double well, neither settle nor leave."""
    starts = np.array([rng.uniform(-1.2, 1.2) for rng in generators(seed, stream=2)])
    path = trajectory(DoubleWell().gradient, starts, GradientDescent(), 1.1, 2000)[-100:]
    return np.asarray((np.ptp(path, axis=0) > 0.01) & (np.abs(path) < 10).all(axis=0))


# --- C1.4: does bouncing cost accuracy in the end?


def cost_of_bouncing(seed: int) -> pd.DataFrame:
    """Let twin runs bounce, calm one of them over the last fifth, and compare their accuracy."""
    seeds = run_seeds(seed)
    wave = final_accuracies(MLP((40, 64, 64, 10)), waves(2000), seeds)
    digit = final_accuracies(MLP((64, 64, 10)), handwriting(), seeds)
    return pd.concat(
        [
            compared("bouncing to the end", wave["calmed"], wave["bouncing"]),
            compared("bouncing to the end, clean digits", digit["calmed"], digit["bouncing"]),
            compared("bouncing, then calm", wave["small"], wave["calmed"]),
            compared("bouncing, not small", wave["small"], wave["bouncing"]),
        ]
    )


def final_accuracies(model: MLP, task: Draw, seeds: Sequence[int]) -> dict[str, Array]:
    """Return the validation accuracy after training, by arm; all arms of a seed are twins.

    The arms: `bouncing`, a large constant rate; `calmed`, the same, but down to 0 in a straight
    line over the last fifth of the steps; `small`, a tenth of the rate from beginning to end. A run
    that diverged gets nothing right.
    """
    left = LinearToZero(5.0, STEPS)(np.arange(STEPS))
    schedules = {
        "bouncing": np.full(STEPS, LARGE),
        "calmed": LARGE * np.minimum(left, 1.0),
        "small": np.full(STEPS, SMALL),
    }
    table = np.repeat(np.stack([*schedules.values()], axis=1), len(seeds), axis=1)
    result = sweep(
        model,
        task,
        GradientDescent(),
        np.ones(len(schedules)),
        steps=STEPS,
        seeds=seeds,
        batch_size=BATCH_SIZE,
        schedule=table,
        progress=False,
    )
    accuracy = np.nan_to_num(result.metrics["val_accuracy"][:, -1], nan=0.0)
    return dict(zip(schedules, accuracy.reshape(len(schedules), -1), strict=True))


# --- C3.1: is a small rate stable, and does a large one fluctuate?


def fluctuations(seed: int) -> pd.DataFrame:
    """Measure how much the loss jumps about late in training, at a small and at a large rate."""
    seeds, rates = run_seeds(seed), (SMALL, LARGE, RECKLESS)
    tables = []
    for labels, noise in (("noisy labels", 0.3), ("clean labels", 0.0)):
        result = sweep(
            MLP((64, 64, 10)),
            training_rows(handwriting(noise)),
            GradientDescent(),
            rates,
            steps=STEPS,
            seeds=seeds,
            batch_size=BATCH_SIZE,
            checkpoints=range(STEPS // 2, STEPS + 1, 20),
            progress=False,
        )
        whole = result.metrics["train_loss"].reshape(len(rates), len(seeds), -1)
        batch = result.loss.reshape(len(rates), len(seeds), -1)[..., STEPS // 2 :]
        for name, losses in ((labels, whole), (f"{labels}, loss of the batch", batch)):
            jumps = fluctuation(losses)
            tables.append(compared(name, jumps[0], jumps[1], by="ratio"))
        reckless = result.diverged.reshape(len(rates), -1)[2]
        tables.append(measurements(f"{labels}, diverged", reckless))
    return pd.concat(tables)


def fluctuation(losses: ArrayLike) -> Array:
    """Return how far losses jump about a smooth course: blind to a steady descent.

    Parameters
    ----------
    losses : array_like, shape (..., n)
        At equal intervals, at least three.

    Returns
    -------
    ndarray, shape (...)
        The root mean square distance of a loss from the middle of its two neighbours, scaled so
        that independent noise of deviation σ gives σ.

    Raises
    ------
    ValueError
        If there are fewer than three losses.

    Examples
    --------
    >>> fluctuation([5.0, 4.0, 3.0, 2.0]), fluctuation([1.0, -1.0, 1.0, -1.0]).round(2)
    (array(0.), np.float64(1.63))
    """
    losses = np.asarray(losses, dtype=np.float64)
    if losses.shape[-1] < 3:
        raise ValueError(f"losses must hold at least three, got shape {losses.shape}")
    off = losses[..., 1:-1] - (losses[..., 2:] + losses[..., :-2]) / 2
    return np.asarray(np.sqrt((off * off).mean(axis=-1) / 1.5))


# --- C3.2: does stability matter most in complex models?


def limits_by_depth(seed: int) -> pd.DataFrame:
    """Find the largest rate that still learns, for networks of one and of many layers."""
    seeds = run_seeds(seed)
    wave, digit = training_rows(waves(500, 20)), training_rows(handwriting())
    simple, deep = MLP((40, 48, 10)), MLP((40, *[48] * DEPTH, 10))
    pairs = {
        "deeper": (wave, simple, deep),
        "deeper, layer norm": (
            wave,
            replace(simple, layer_norm=True),
            replace(deep, layer_norm=True),
        ),
        "deeper, digits": (digit, MLP((64, 48, 10)), MLP((64, *[48] * DEPTH, 10))),
        "wider": (wave, simple, MLP((40, 48 * DEPTH, 10))),
    }
    tables = []
    for name, (data, *models) in pairs.items():
        limits = [largest_learning_rates(model, data, DEPTH_RATES, seeds) for model in models]
        edges = np.isin(limits, DEPTH_RATES[[0, -1]]).any(axis=0)
        tables.append(compared(name, *limits, by="ratio", at_edge=edges))
    curvatures = [[_first_sharpness(model, wave(s), s) for s in seeds] for model in (simple, deep)]
    return pd.concat([*tables, compared("curvature at the start", *curvatures, by="ratio")])


def largest_learning_rates(
    model: MLP, data: Callable[[int], Dataset], rates: Array, seeds: Sequence[int]
) -> Array:
    """Return the largest rate at which a network learns at all, for each seed.

    Parameters
    ----------
    model : MLP
        For ten classes.
    data : callable
        Maps a seed to the rows to train on.
    rates : ndarray, shape (n,)
        The grid.
    seeds : sequence of int

    Returns
    -------
    ndarray, shape (seeds,)
        NaN where it learns at no rate of the grid.
    """
    result = sweep(
        model,
        data,
        GradientDescent(),
        rates,
        steps=DEPTH_STEPS,
        seeds=seeds,
        batch_size=2 * BATCH_SIZE,
        progress=False,
    )
    learns = result.metrics["train_loss"].reshape(len(rates), -1) < LEARNS
    largest = (learns * np.asarray(rates)[:, None]).max(axis=0)
    return np.where(largest > 0, largest, np.nan)


def _first_sharpness(model: MLP, data: Dataset, seed: int) -> float:
    """Return the largest curvature at the weights from which a sweep with this seed begins."""
    import torch

    from lrcourse.monitoring import sharpness

    module = model.module(model.init(streams(seed).init))
    inputs = torch.tensor(data.inputs, dtype=torch.float32)
    targets = torch.tensor(model.targets_of(data))
    return sharpness(lambda: model.loss(module(inputs), targets), module.parameters())
