"""The runs behind `WarmUp`: three starts, many peaks, three warm-ups, and the sharpness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.datasets import Dataset, wave1d
from lrcourse.demos._grid import kept
from lrcourse.models import MLP
from lrcourse.optimizers import GradientDescent
from lrcourse.schedules import LinearToZero, Schedule, table, warmup
from lrcourse.training import Sweep, sweep

SIZES = (40, *[32] * 8, 10)
GAINS = {"small": 0.8, "usual": 1.0, "large": 1.4}
WARMUPS = {"none": 0, "short": 10, "long": 40}
PEAKS = tuple(float(f"{peak:.2g}") for peak in np.geomspace(0.01, 2, 12))
STEPS, IMAGES, REPLICATES = 160, 64, 3
# After how many steps the sharpness is measured: often at first, when it changes fast.
MARKS = (0, 1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 100)
PRODUCTS = 16  # with the Hessian, for each sharpness


def network(start: str) -> MLP:
    """Return the network whose initial weights are scaled as the start says."""
    return MLP(SIZES, gain=GAINS[start])


def rates() -> Array:
    """Return the share of the peak at each step, shape (steps, warm-ups)."""
    return table([_schedule(length) for length in WARMUPS.values()], STEPS)


@cache
def warm_up_runs(start: str, seed: int) -> Sweep:
    """Train with every warm-up to every peak; of the first replicate, measure the sharpness.

    Runs are listed by warm-up, then by peak, then by replicate. The sharpness is a metric of the
    sweep, NaN in the other replicates and after a run has diverged.
    """
    with _one_thread():
        return kept(f"warm-up-{start}-seed{seed}", lambda: _train(start, seed))


def images(seed: int) -> Dataset:
    """Return the training set of one replicate."""
    return wave1d(IMAGES, seed=seed)


def sharpnesses(model: MLP, params: Mapping[str, NDArray[np.float32]], data: Dataset) -> Array:
    """Return the largest eigenvalue of the Hessian of each of many runs at once.

    By Lanczos iterations side by side: the loss summed over the runs has a Hessian in blocks, so
    one product with it is a product for each run. `lrcourse.monitoring.sharpness` does the same
    for one run, with a bound on the error; here the number of products is fixed.

    Parameters
    ----------
    model : MLP
    params : mapping of ndarray
        Weights with the runs along the first axis, all finite.
    data : Dataset

    Returns
    -------
    ndarray, shape (runs,)
    """
    import torch

    inputs = torch.tensor(data.inputs, dtype=torch.float32)
    targets = torch.tensor(model.targets_of(data))
    leaves = {name: torch.tensor(value).requires_grad_() for name, value in params.items()}

    def loss(one: Mapping[str, torch.Tensor]) -> torch.Tensor:
        return model.loss(model.forward(one, inputs), targets)

    total = torch.func.vmap(loss)(leaves).sum()
    grads = torch.autograd.grad(total, list(leaves.values()), create_graph=True)
    shapes = [grad.shape for grad in grads]
    sizes = [grad[0].numel() for grad in grads]

    def multiply(vectors: torch.Tensor) -> torch.Tensor:
        parts = torch.split(vectors.float(), sizes, dim=1)
        directions = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
        products = torch.autograd.grad(grads, list(leaves.values()), directions, retain_graph=True)
        return torch.cat([product.flatten(1) for product in products], dim=1).double()

    runs = shapes[0][0]
    rng = torch.Generator().manual_seed(0)
    vector = torch.randn(runs, sum(sizes), generator=rng, dtype=torch.float64)
    before = torch.zeros_like(vector)
    band = np.zeros((runs, PRODUCTS, PRODUCTS))
    for k in range(PRODUCTS):
        length = vector.norm(dim=1, keepdim=True)
        # A run that has used up its directions goes on with none.
        vector = torch.where(length > 0, vector / length, 0.0)
        if k:
            band[:, k - 1, k] = band[:, k, k - 1] = length[:, 0].numpy()
        product = multiply(vector)
        along = (product * vector).sum(dim=1, keepdim=True)
        band[:, k, k] = along[:, 0].numpy()
        before, vector = vector, product - along * vector - (length if k else 0) * before
    result = np.full(runs, np.nan)
    known = np.isfinite(band).all(axis=(1, 2))  # weights on their way to infinity have no answer
    result[known] = np.linalg.eigvalsh(band[known])[:, -1]
    return result


def _schedule(length: int) -> Schedule:
    """Return a straight line down, after a warm-up whose first step is not at rate 0."""
    if length == 0:
        return LinearToZero(1.0, STEPS)
    return warmup(LinearToZero(1.0, STEPS - length), length, start=1 / length)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch on one thread: the products are too small to share."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _train(start: str, seed: int) -> Sweep:
    words = [int(word) for word in np.random.SeedSequence(seed).generate_state(REPLICATES)]
    result = _sweep(start, words, STEPS)
    measured = np.full((len(result.runs), len(MARKS)), np.nan)
    for place, mark in enumerate(MARKS):
        measured[::REPLICATES, place] = _sharpness_after(mark, start, words[0])
    return replace(
        result,
        checkpoints=np.asarray(MARKS),
        metrics={"sharpness": measured},
    )


def _sweep(start: str, seeds: list[int], steps: int, *, keep_params: bool = False) -> Sweep:
    shares = np.repeat(rates()[:steps], len(PEAKS) * len(seeds), axis=1)
    return sweep(
        network(start),
        images,
        GradientDescent(),
        np.tile(PEAKS, len(WARMUPS)),
        steps=steps,
        seeds=seeds,
        schedule=shares,
        checkpoints=[],
        keep_params=keep_params,
        progress=False,
    )


def _sharpness_after(mark: int, start: str, seed: int) -> Array:
    """Return the sharpness of each run after so many steps, NaN once it has diverged.

    The runs are made again, up to there: a run is the same whatever comes later.
    """
    model, runs = network(start), len(WARMUPS) * len(PEAKS)
    result = np.full(runs, np.nan)
    if mark == 0:  # all runs start from the same weights
        from lrcourse.training import streams

        first = model.init(streams(seed).init)
        params = {name: value[None].astype(np.float32) for name, value in first.items()}
        result[:] = sharpnesses(model, params, images(seed))
        return result
    part = _sweep(start, [seed], mark, keep_params=True)
    assert part.params is not None
    alive = part.runs["diverged_at"].isna().to_numpy()
    params = {name: value[alive].astype(np.float32) for name, value in part.params.items()}
    finite = np.logical_and.reduce(
        [np.isfinite(value.reshape(len(value), -1)).all(axis=1) for value in params.values()]
    )
    measured = np.full(alive.sum(), np.nan)
    measured[finite] = sharpnesses(
        model, {name: value[finite] for name, value in params.items()}, images(seed)
    )
    result[alive] = measured
    return result
