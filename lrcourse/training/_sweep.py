"""The batched sweep: learning rates × momenta × seeds, trained as one program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.datasets import Dataset, Split
from lrcourse.models import Model
from lrcourse.training._batches import mini_batches, streams
from lrcourse.training._block import Job, Rows
from lrcourse.training._execute import execute, plan
from lrcourse.training._grid import Grid
from lrcourse.training._result import Sweep, or_missing
from lrcourse.training._rules import momentum_field
from lrcourse.training._start import fresh, resumed

Precision = Literal["float32", "float64"]
Data = Dataset | Split


def sweep(
    model: Model,
    data: Data | Callable[[int], Data],
    optimizer: Any,
    learning_rates: ArrayLike,
    *,
    steps: int,
    momenta: ArrayLike | None = None,
    seeds: Sequence[int] | int = 1,
    batch_size: int | None = None,
    schedule: Callable[[Any], Any] | ArrayLike | None = None,
    checkpoints: Sequence[int] | None = None,
    judged_on: Sequence[str] | None = None,
    diverged_above: float = 1e3,
    dtype: Precision = "float32",
    device: str | None = None,
    jobs: int | None = None,
    keep_params: bool = False,
    resume: Sweep | Sequence[Sweep] | None = None,
    progress: bool = True,
) -> Sweep:
    """Train a model at every combination of learning rate, momentum and seed, side by side.

    Each run is the run that ``torch.nn`` and ``torch.optim`` would make alone, from the same
    initial weights and on the same mini-batches: a seed fixes both, whatever the rate. An `MLP` or
    a `ConvNet` is trained by a backward pass written out in NumPy, without torch; every other
    model, or any model on a named `device`, by ``torch.func.vmap``.

    Runs never influence each other. In NumPy a run is the same, bit for bit, whichever runs stand
    beside it. In torch it is the same up to rounding, since torch may sum in another order for
    another number of runs; so may a NumPy that is built on another BLAS than OpenBLAS.

    Parameters
    ----------
    model : Model
        What to train.
    data : Dataset, Split, or callable
        The training set; a `Split` adds the validation set on which the runs are judged. A function
        of the seed gives every seed data of its own, of equal size.
    optimizer : Optimizer
        Any elementwise one of `lrcourse.optimizers`.
    learning_rates : array_like, shape (n,)
        Not negative.
    steps : int
        Number of updates.
    momenta : array_like, shape (m,), optional
        Each in [0, 1); takes the place of the optimizer's momentum (of `beta1` in Adam).
    seeds : int or sequence of int
        The seeds, or how many: 0, 1, …
    batch_size : int, optional
        Examples a step; all of them if left out.
    schedule : callable or array_like, optional
        Factors on the learning rate: a function of the step (array, 0-based), or an array of shape
        (steps,), or (steps, runs) with a schedule for every run, in the order of ``Sweep.runs``.
    checkpoints : sequence of int, optional
        After how many steps, 0 to `steps`, the runs are judged on whole data sets; after the last
        step if left out, never if empty.
    judged_on : sequence of {"train", "val"}, optional
        On which data sets; on all there are if left out.
    diverged_above : float
        A run has diverged when the loss on its mini-batch is not finite, or this many times its
        loss before the first step. From there on it is frozen and its results are NaN.
    dtype : {"float32", "float64"}
    device : str, optional
        Where torch trains, such as "cuda".
    jobs : int, optional
        Processes; chosen from the size of the sweep if left out.
    keep_params : bool
        Whether to keep the final weights, of a diverged run those at which it diverged; and the
        state of the optimizer, so that `resume` can go on from there.
    resume : Sweep or sequence of Sweep, optional
        A shorter sweep of the same, made with `keep_params`, from whose end these runs go on: they
        come out as from the start, in fewer steps. It must hold all these runs, and may hold
        others; several sweeps of one length may hold them together. The schedule may be another:
        it counts from the start of training, and what it says of the steps that were taken already
        is not asked. Metrics are those at the checkpoints of this call, none before its start.
    progress : bool
        Whether to show a progress bar when it takes over a second.

    Returns
    -------
    Sweep

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong kind or out of range, the data does not fit the model, the
        loss before the first step is not finite, or `resume` trained something else.

    Examples
    --------
    >>> from lrcourse.datasets import breast_cancer
    >>> from lrcourse.models import logistic
    >>> from lrcourse.optimizers import GradientDescent
    >>> data = breast_cancer().standardised()
    >>> result = sweep(logistic(30, 2), data, GradientDescent(), [0.01, 0.1], steps=50, seeds=3)
    >>> result.loss.shape
    (6, 50)
    >>> result.best("train_loss").learning_rate
    0.1

    Fifty steps of both rates, and fifty more of the better one:

    >>> both = sweep(logistic(30, 2), data, GradientDescent(), [0.01, 0.1], steps=50,
    ...              keep_params=True)
    >>> one = sweep(logistic(30, 2), data, GradientDescent(), [0.1], steps=100, resume=both)
    >>> one.loss.shape
    (1, 100)
    """
    if not isinstance(model, Model):
        raise TypeError(f"model must be a model of lrcourse.models, got {model!r}")
    field = momentum_field(optimizer)
    rates = _validate.non_negative_array("learning_rates", learning_rates).ravel()
    betas = _momenta(optimizer, field, momenta)
    seeds = _seeds(seeds)
    steps = _validate.integer("steps", steps, minimum=1)
    marks = _checkpoints(checkpoints, steps)
    _validate.positive("diverged_above", diverged_above)
    if dtype not in get_args(Precision):
        raise ValueError(f"dtype must be one of {get_args(Precision)}, got {dtype!r}")
    if jobs is not None:
        _validate.integer("jobs", jobs, minimum=1)

    grid = Grid(rates, betas, seeds)
    runs = grid.runs
    table = _factors(schedule, steps, len(runs)) * runs["learning_rate"].to_numpy()
    sets = [data(seed) if callable(data) else data for seed in seeds]
    train, validation = _rows(model, sets, dtype)
    config = {
        "model": _plain(model.describe()),
        "data": sets[0].name,
        "rows": len(train[0].targets),
        "optimizer": _plain({"name": type(optimizer).__name__, **vars(optimizer)}),
        "steps": steps,
        "batch_size": batch_size,
        "schedule": None if schedule is None else _word(schedule),
        "diverged_above": float(diverged_above),
        "dtype": dtype,
        "device": device,
    }
    generators = [streams(seed) for seed in seeds]
    start = fresh(model, grid, generators) if resume is None else resumed(resume, grid, config)
    if start.past and marks and marks[0] < start.past.steps:
        raise ValueError(
            f"checkpoints must not come before the {start.past.steps} steps of resume, "
            f"got {checkpoints!r}"
        )
    whole = Job(
        model=model,
        optimizer=optimizer,
        train=train,
        validation=validation,
        init=start.weights,
        batches=[
            mini_batches(len(rows.targets), batch_size, steps, rng=g.batches)
            for rows, g in zip(train, generators, strict=True)
        ],
        rates=table.reshape(steps, -1, len(seeds)).swapaxes(1, 2),
        momenta=grid.by_seed(runs["momentum"].to_numpy()),
        checkpoints=marks,
        judged_on=_judged_on(judged_on, validation),
        diverged_above=float(diverged_above),
        dtype=dtype,
        device=device,
        keep_params=keep_params,
        past=start.past,
    )
    result = execute(whole, plan(whole), jobs, progress=progress)
    runs["diverged_at"] = or_missing(grid.by_run(result.diverged_at))

    def by_run(named: dict[str, Any]) -> dict[str, Any]:
        return {name: grid.by_run(values) for name, values in named.items()}

    return Sweep(
        config=config,
        runs=runs,
        loss=np.concatenate([start.loss, grid.by_run(result.loss)], axis=1),
        checkpoints=np.asarray(marks),
        metrics=by_run(result.metrics),
        params=by_run(result.params) or None,
        state=by_run(result.slots),
    )


def _momenta(optimizer: Any, field: str | None, momenta: ArrayLike | None) -> Array:
    if momenta is None:
        return np.array([getattr(optimizer, field) if field else 0.0], dtype=np.float64)
    if field is None:
        raise ValueError(f"momenta must be left out with {optimizer!r}, got {momenta!r}")
    betas = _validate.non_negative_array("momenta", momenta).ravel()
    if (betas >= 1).any():
        raise ValueError(f"momenta must be in [0, 1), got {momenta!r}")
    return betas


def _seeds(seeds: Sequence[int] | int) -> list[int]:
    if np.ndim(seeds) == 0:
        return list(range(_validate.integer("seeds", seeds, minimum=1)))  # type: ignore[arg-type]
    listed = [_validate.integer("seeds", seed, minimum=0) for seed in seeds]  # type: ignore[union-attr]
    if not listed or len(set(listed)) < len(listed):
        raise ValueError(f"seeds must be different integers, got {seeds!r}")
    return listed


def _checkpoints(checkpoints: Sequence[int] | None, steps: int) -> tuple[int, ...]:
    if checkpoints is None:
        return (steps,)
    marks = tuple(_validate.integer("checkpoints", mark, minimum=0) for mark in checkpoints)
    if (marks and marks[-1] > steps) or sorted(set(marks)) != list(marks):
        raise ValueError(f"checkpoints must rise from 0 to at most {steps}, got {checkpoints!r}")
    return marks


def _judged_on(names: Sequence[str] | None, validation: list[Rows] | None) -> tuple[str, ...]:
    known = ("train",) if validation is None else ("train", "val")
    if names is None:
        return known
    if isinstance(names, str) or not set(names) <= set(known):
        raise ValueError(f"judged_on must hold some of {known}, which the data has, got {names!r}")
    return tuple(name for name in known if name in names)


def _factors(schedule: Any, steps: int, runs: int) -> Array:
    """Return the schedule as a table of shape (steps, runs)."""
    if schedule is None:
        return np.ones((steps, runs))
    values = schedule(np.arange(steps)) if callable(schedule) else schedule
    table = _validate.non_negative_array("schedule", values)
    if table.ndim == 1:
        table = table[:, None]
    if table.ndim != 2 or len(table) != steps or table.shape[1] not in (1, runs):
        raise ValueError(
            f"schedule must have shape ({steps},) or ({steps}, {runs}), got {np.shape(values)}"
        )
    return np.broadcast_to(table, (steps, runs))


def _rows(model: Model, sets: list[Data], dtype: str) -> tuple[list[Rows], list[Rows] | None]:
    """Return training and validation rows by seed; data that is shared is converted once."""
    known: dict[int, Rows] = {}

    def convert(data: Dataset) -> Rows:
        if id(data) not in known:
            with np.errstate(over="ignore"):  # what float32 cannot hold shows in the first loss
                known[id(data)] = Rows(data.inputs.astype(dtype), _targets(model, data, dtype))
        return known[id(data)]

    for one in sets:
        if not isinstance(one, Dataset | Split):
            raise TypeError(f"data must be a Dataset, a Split or a function of it, got {one!r}")
        if _lengths(one) != _lengths(sets[0]):
            raise ValueError(
                "data must be equally long for every seed, "
                f"got {_lengths(sets[0])} and {_lengths(one)} rows"
            )
    train = [convert(s.train if isinstance(s, Split) else s) for s in sets]
    splits = [s for s in sets if isinstance(s, Split)]
    return train, [convert(s.validation) for s in splits] or None


def _lengths(data: Data) -> tuple[int, ...]:
    return (len(data.train), len(data.validation)) if isinstance(data, Split) else (len(data),)


def _targets(model: Model, data: Dataset, dtype: str) -> Any:
    targets = model.targets_of(data)
    return targets.astype(dtype) if targets.dtype.kind == "f" else targets


def _plain(options: dict[str, Any]) -> dict[str, Any]:
    """Return options as they come back from a file: lists, not tuples."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in options.items()}


def _word(schedule: Any) -> str:
    return repr(schedule) if callable(schedule) else f"table of shape {np.shape(schedule)}"
