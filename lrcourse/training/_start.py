"""Where the runs of a sweep start: at initial weights, or where shorter sweeps ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.models import Model
from lrcourse.training._batches import Streams
from lrcourse.training._block import Past
from lrcourse.training._grid import Grid
from lrcourse.training._result import NAMES, Sweep, by_run, inside

FREE = ("steps", "schedule")  # of the configuration: what may be another where a sweep goes on


@dataclass(frozen=True)
class Start:
    """The weights as a `Job` takes them, the losses so far (runs, steps), and the past, if any."""

    weights: dict[str, NDArray[Any]]
    loss: Array
    past: Past | None = None


def fresh(model: Model, grid: Grid, generators: Sequence[Streams]) -> Start:
    """Start at the model's initial weights, one draw a seed."""
    draws = [model.init(g.init) for g in generators]
    weights = {name: np.stack([draw[name] for draw in draws])[:, None] for name in draws[0]}
    return Start(weights, np.empty((len(grid.runs), 0)))


def resumed(resume: Sweep | Sequence[Sweep], grid: Grid, config: dict[str, Any]) -> Start:
    """Start where the runs of the grid ended in `resume`.

    Raises
    ------
    TypeError, ValueError
        If it holds what is no sweep, kept no weights, is too long or trained something else; or if
        the sweeps differ in length, or do not hold all runs of the grid.
    """
    sweeps = list(resume) if isinstance(resume, Sequence) else [resume]
    for sweep in sweeps:
        _check(sweep, config)
    if len(lengths := {sweep.loss.shape[1] for sweep in sweeps}) != 1:
        raise ValueError(f"resume must hold sweeps of one length, got {resume!r}")
    held = [run for sweep in sweeps for run in _names(sweep.runs)]
    rows, wanted = {run: row for row, run in enumerate(held)}, list(_names(grid.runs))
    for run in wanted:
        if run not in rows:
            raise ValueError(f"resume must hold all runs, got {resume!r} without {run}")

    parts, picked = [by_run(sweep) for sweep in sweeps], [rows[run] for run in wanted]
    arrays = {
        name: np.concatenate([part[name] for part in parts])[picked]
        for name in parts[0]
        if not name.startswith("metrics/")  # each sweep has those that it was asked for
    }
    by_seed = {name: grid.by_seed(values) for name, values in arrays.items()}
    past = Past(
        steps=lengths.pop(),
        slots=inside(by_seed, "state"),
        first_loss=by_seed["loss"][..., 0],
        diverged_at=by_seed["runs/diverged_at"],
    )
    return Start(inside(by_seed, "params"), arrays["loss"], past)


def _check(sweep: Sweep, config: dict[str, Any]) -> None:
    if not isinstance(sweep, Sweep):
        raise TypeError(f"resume must be a Sweep or several, got {sweep!r}")
    if sweep.params is None:
        raise ValueError(f"resume must be made with keep_params=True, got {sweep!r}")
    if sweep.loss.shape[1] >= config["steps"]:
        raise ValueError(f"resume must be shorter than {config['steps']} steps, got {sweep!r}")
    for name, value in config.items():
        if name not in FREE and sweep.config[name] != value:
            raise ValueError(f"resume must have {name} {value!r}, got {sweep.config[name]!r}")
    names = list(_names(sweep.runs))
    if len(set(names)) < len(names):
        raise ValueError(f"resume must hold no run twice, got {sweep!r}")


def _names(runs: pd.DataFrame) -> Iterator[tuple[float, float, int]]:
    """Yield what tells each run from the others: rate, momentum and seed."""
    return zip(*(runs[name].tolist() for name in NAMES), strict=True)
