"""Cut a sweep into blocks that fit the cache, and train them, in one process or in several."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from lrcourse.models import MLP, ConvNet
from lrcourse.training._block import Engine, Job, Trained, train
from lrcourse.training._progress import Bar

CACHE = 3_000_000  # bytes of weights, gradients, state and activations that a block may take
TORCH = 9  # times as much with torch, whose cost is in the number of its calls
DEVICE = 4e9  # bytes on an accelerator, which has no use for small blocks
LARGE = 2e12  # multiplications from which more than one process pays


@dataclass(frozen=True)
class Tile:
    """Which seeds and which variants a block trains."""

    seeds: slice
    variants: slice


def plan(job: Job) -> list[Tile]:
    """Return the blocks of a sweep: variants of one seed, then more seeds, up to the cache."""
    seeds, variants = job.shape
    room = CACHE if _in_numpy(job) else TORCH * CACHE if _on_cpu(job) else DEVICE
    width = max(1, int(room / _bytes_per_run(job)))
    wide = _even(variants, width)
    tall = _even(seeds, max(1, width // wide))
    return [
        Tile(slice(s, min(s + tall, seeds)), slice(v, min(v + wide, variants)))
        for v in range(0, variants, wide)
        for s in range(0, seeds, tall)
    ]


def execute(job: Job, tiles: list[Tile], jobs: int | None, *, progress: bool) -> Trained:
    """Train all blocks and put their results together."""
    seeds, variants = job.shape
    if jobs is None:
        jobs = _cores() if _multiplications(job) > LARGE and not job.device else 1
    jobs = min(jobs, len(tiles))
    whole: Trained | None = None
    with Bar(seeds * variants * (job.steps - job.start), shown=progress) as bar:
        for tile, part in _results(job, tiles, jobs, bar.advance):
            whole = whole or _empty(job, part)
            spot = (tile.seeds, tile.variants)
            whole.loss[spot], whole.diverged_at[spot] = part.loss, part.diverged_at
            for kind in ("metrics", "params", "slots"):
                for name, values in getattr(part, kind).items():
                    getattr(whole, kind)[name][spot] = values
    assert whole is not None
    return whole


def _results(
    job: Job, tiles: list[Tile], jobs: int, advance: Callable[[int], None]
) -> Iterator[tuple[Tile, Trained]]:
    if jobs == 1:
        for tile in tiles:
            yield tile, _train(_part(job, tile), advance)
        return
    from joblib import Parallel, delayed  # type: ignore[import-untyped]

    run = Parallel(n_jobs=jobs, return_as="generator")
    trained = run(delayed(_train)(_part(job, tile), _silent) for tile in tiles)
    for tile, part in zip(tiles, trained, strict=True):
        advance(part.loss.size)
        yield tile, part


def _train(job: Job, advance: Callable[[int], None]) -> Trained:
    with one_thread(job), np.errstate(all="ignore"):
        return train(_engine(job), job, advance)


def _engine(job: Job) -> Engine:
    if _in_numpy(job):
        from lrcourse.training._convolutional import ConvolutionalEngine
        from lrcourse.training._dense import DenseEngine

        return DenseEngine(job) if isinstance(job.model, MLP) else ConvolutionalEngine(job)
    from lrcourse.training._vmapped import VmappedEngine

    return VmappedEngine(job)


@contextmanager
def one_thread(job: Job) -> Iterator[None]:
    """Keep matrix products on one thread while a block trains: blocks are too small to share."""
    if _in_numpy(job):
        with _libraries().limit(limits=1):
            yield
        return
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@cache
def _libraries() -> Any:
    """Return a handle on the threads of NumPy's libraries; to look for them takes milliseconds."""
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()


def _in_numpy(job: Job) -> bool:
    return isinstance(job.model, MLP | ConvNet) and job.device is None


def _on_cpu(job: Job) -> bool:
    return job.device is None or job.device.startswith("cpu")


def _part(job: Job, tile: Tile) -> Job:
    def spot(values: Any) -> Any:  # (seeds, variants or 1, ...)
        return values[tile.seeds, tile.variants] if values.shape[1] > 1 else values[tile.seeds]

    past = job.past and replace(
        job.past,
        slots={name: spot(values) for name, values in job.past.slots.items()},
        first_loss=spot(job.past.first_loss),
        diverged_at=spot(job.past.diverged_at),
    )
    return replace(
        job,
        train=job.train[tile.seeds],
        validation=None if job.validation is None else job.validation[tile.seeds],
        init={name: spot(values) for name, values in job.init.items()},
        batches=job.batches[tile.seeds],
        rates=job.rates[:, tile.seeds, tile.variants],
        momenta=job.momenta[tile.seeds, tile.variants],
        past=past,
    )


def _empty(job: Job, part: Trained) -> Trained:
    """Return room for the whole sweep, shaped as one of its parts."""

    def room(values: Any) -> Any:
        return np.empty((*job.shape, *values.shape[2:]), dtype=values.dtype)

    return Trained(
        room(part.loss),
        room(part.diverged_at),
        *(
            {name: room(values) for name, values in kind.items()}
            for kind in (part.metrics, part.params, part.slots)
        ),
    )


def _even(total: int, most: int) -> int:
    """Return the size of equal parts, none above `most`."""
    return -(-total // -(-total // most))


def _weights(job: Job) -> int:
    return sum(value[0, 0].size for value in job.init.values())


def _bytes_per_run(job: Job) -> int:
    batch = job.batches[0].shape[1]
    # A ConvNet takes twice as much, but makes more calls a step, which more runs share.
    units = sum(job.model.sizes[1:]) if isinstance(job.model, MLP) else job.model.inputs * 16
    return int(np.dtype(job.dtype).itemsize * (4 * _weights(job) + 2 * units * batch))


def _multiplications(job: Job) -> float:
    # Outside the MLP a weight is used at many places of an input: a quarter of them is typical.
    uses = 1 if isinstance(job.model, MLP) else max(1, job.model.inputs // 4)
    return float(3 * job.rates.size * job.batches[0].shape[1] * _weights(job) * uses)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _silent(done: int) -> None:
    """Tell nobody: the process that shows progress is another one."""
