"""The trials of chapter 8, "Learning-rate finders": nine tasks whose best rates are looked up."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lrcourse._validate import Array
from lrcourse.claims.trials._finder_names import is_finder, names_in
from lrcourse.claims.trials._recorded_names import RECORDED
from lrcourse.claims.trials._tables import (
    REPLICATES,
    Flags,
    compared,
    generators,
    measurements,
    run_seeds,
)
from lrcourse.datasets import Split, breast_cancer, digits, spirals, wave1d
from lrcourse.finder import Ramp, RangeTest, lr_range_test, suggest
from lrcourse.models import MLP, Model
from lrcourse.optimizers import SGD, Adam
from lrcourse.training import Sweep, streams, sweep

STEPS = 400  # of a training
RAMP = Ramp(lowest=1e-5, highest=10.0, steps=100, stop_factor=None)
RATES = np.geomspace(1e-4, 10.0, 16)  # of the full sweep
SWEEPS = 12  # replicates of it
GUESSES = (1e-5, 1.0)  # of a blind guess, log-uniform
PARTS = {"three tenths": 0.3, "a tenth": 0.1, "one batch": 0.0}  # shares, at least a batch
DRAWS = 3  # blind guesses a replicate and task
MARGIN, RISE = "valley", "before_the_rise"


@dataclass(frozen=True)
class Task:
    """What to train, and the rate that a rule of thumb gives for it.

    Parameters
    ----------
    model : Model
    data : callable
        Maps a seed to rows to train and to validate on.
    optimizer : SGD or Adam
    thumb : float
        0.1 for plain gradient descent, 0.01 with momentum 0.9, 0.001 for Adam.
    batch_size : int
    """

    model: Model
    data: Callable[[int], Split]
    optimizer: SGD | Adam
    thumb: float
    batch_size: int = 32

    def sweep(self, rates: Any, steps: int, seeds: Sequence[int], **options: Any) -> Sweep:
        """Train every rate with every seed; options as `lrcourse.training.sweep` has them."""
        options = {"data": self.data, **options}
        return sweep(
            self.model,
            optimizer=self.optimizer,
            learning_rates=rates,
            steps=steps,
            seeds=seeds,
            batch_size=self.batch_size,
            progress=False,
            **options,
        )

    def range_tests(self, seeds: Sequence[int], **options: Any) -> list[RangeTest]:
        """Run a range test with every seed: a training whose schedule is the ramp."""
        schedule = RAMP.learning_rates
        tried = self.sweep([1.0], len(schedule), seeds, schedule=schedule, **options)
        return [
            RangeTest(schedule, losses, stopped_early=not np.isfinite(losses).all(), ramp=RAMP)
            for losses in tried.loss
        ]


_load = cache(digits)


def _digits(seed: int, noise: float = 0.0) -> Split:
    rng = np.random.default_rng([seed, 1])
    parts = _load().split(1 / 3, rng=rng)
    train = parts.train.with_label_noise(noise, rng=rng) if noise else parts.train
    return Split(train, parts.validation).standardised()


@lru_cache(maxsize=2 * REPLICATES)
def _waves(seed: int) -> Split:
    return Split(wave1d(1000, seed=seed), wave1d(500, seed=seed + 1))


def _spirals(seed: int) -> Split:
    return Split(spirals(600, seed=seed, arms=3), spirals(500, seed=seed + 1, arms=3))


def _breast_cancer(seed: int) -> Split:
    return breast_cancer().split(1 / 3, rng=np.random.default_rng([seed, 1])).standardised()


FIGURES, CURVES = MLP((64, 32, 10)), MLP((40, 32, 32, 10))
TASKS: Mapping[str, Task] = {
    "digits": Task(FIGURES, _digits, SGD(), 0.1),
    "digits, momentum": Task(FIGURES, _digits, SGD(momentum=0.9), 0.01),
    "digits, Adam": Task(FIGURES, _digits, Adam(), 0.001),
    "digits, noisy labels": Task(FIGURES, partial(_digits, noise=0.3), SGD(), 0.1),
    "waves": Task(CURVES, _waves, SGD(), 0.1),
    "waves, Adam": Task(CURVES, _waves, Adam(), 0.001),
    "waves, deep tanh": Task(MLP((40, 32, 32, 32, 32, 10), activation="tanh"), _waves, SGD(), 0.1),
    "spirals": Task(MLP((2, 32, 32, 3)), _spirals, SGD(), 0.1),
    "breast cancer": Task(MLP((30, 16, 2)), _breast_cancer, SGD(), 0.1, batch_size=16),
}
PLAIN = [name for name, task in TASKS.items() if task.optimizer == SGD()]
AVERAGING = [name for name in TASKS if name not in PLAIN]


def _readings(tests: Sequence[RangeTest], rule: str) -> Array:
    """Return what a rule reads off each test, NaN where it reads nothing."""
    read = [suggest(test, rule) for test in tests]
    return np.array([np.nan if one is None else one.learning_rate for one in read])


def _mean(by_task: Mapping[str, Array], tasks: Sequence[str] | None = None) -> Array:
    """Return the mean over tasks of each replicate, without the tasks that gave no reading."""
    return np.asarray(np.nanmean([by_task[name] for name in tasks or by_task], axis=0))


def _unread(by_task: Mapping[str, Array]) -> Array:
    return np.asarray(np.isnan(list(by_task.values())).sum(axis=0))


# --- C6.1: does a range test need no more than a small part of the data?


def small_parts(seed: int) -> pd.DataFrame:
    """Run range tests on a part of the data and on all of it, and compare what is read off."""
    seeds = run_seeds(seed)
    ratios: dict[str, dict[str, Array]] = {part: {} for part in PARTS}
    turns = {}
    for name, task in TASKS.items():
        whole = _readings(task.range_tests(seeds), RISE)
        for part, share in PARTS.items():
            tests = task.range_tests(seeds, data=partial(_part, task, share))
            ratios[part][name] = np.log10(_readings(tests, RISE) / whole)
            if part == "a tenth":
                read = [suggest(test, RISE) for test in tests]
                turns[name] = np.array([one is not None and not one.at_edge for one in read])
    return pd.concat(
        [
            *(measurements(part, _mean(r), unread=_unread(r)) for part, r in ratios.items()),
            measurements("turns", _mean(turns)),
            measurements("examples seen", [_share_seen(run) for run in seeds]),
        ]
    )


def _part(task: Task, share: float, seed: int) -> Split:
    """Return the data with a share of the training rows, but at least a batch of them."""
    parts = task.data(seed)
    least = task.batch_size / len(parts.train)
    rng = np.random.default_rng([seed, 2])
    train = parts.train.sample(max(share, least + 1e-9), rng=rng)  # rounded down to whole rows
    return Split(train, parts.validation)


def _share_seen(seed: int) -> float:
    """Run the range test on a loader of all digits; return the share of them that it saw."""
    import torch

    task = TASKS["digits"]
    train = task.data(seed).train
    inputs = torch.tensor(train.inputs, dtype=torch.float32)
    targets = torch.tensor(task.model.targets_of(train))
    seen = set()

    class Watched(torch.utils.data.Dataset[Any]):
        def __len__(self) -> int:
            return len(targets)

        def __getitem__(self, row: int) -> Any:
            seen.add(row)
            return inputs[row], targets[row]

    module = task.model.module(task.model.init(streams(seed).init))
    order = torch.Generator().manual_seed(seed)
    loader = torch.utils.data.DataLoader(Watched(), task.batch_size, shuffle=True, generator=order)
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-5)
    lr_range_test(module, task.model.loss, loader, optimizer, lowest=1e-5, steps=RAMP.steps)
    return len(seen) / len(train)


# --- C6.2: is the best rate just below the one at which the loss begins to rise?


def best_rates(seed: int) -> pd.DataFrame:
    """Look up the best rate of each task in a full sweep, and compare what finders suggest."""
    seeds, fresh = (run_seeds(seed, stream, replicates=SWEEPS) for stream in (0, 1))
    off: dict[str, dict[str, Array]] = {}
    cost, good, edges = {}, {}, np.zeros(SWEEPS, dtype=np.int64)
    for name, task in TASKS.items():
        tests = task.range_tests(fresh)
        rise, margin = _readings(tests, RISE), _readings(tests, MARGIN)
        third = _readings(tests, "minimum_over_three")
        constant = _losses(task, seeds)
        best = RATES[constant.argmin(axis=0)]
        peak = RATES[_losses(task, seeds, 1 - np.arange(STEPS) / STEPS).argmin(axis=0)]
        for contrast, ratio in (
            ("constant rate", rise / best),
            ("peak of a linear decay", rise / peak),
            ("a third of it", third / best),
            ("valley", margin / best),
        ):
            off.setdefault(contrast, {})[name] = np.log10(ratio)
        cost[name] = _at(rise, constant) - constant.min(axis=0)
        good[name] = np.where(np.isnan(margin), np.nan, np.abs(np.log10(margin / best)) < 0.5)
        edges += (best == RATES[0]) | (best == RATES[-1])
    rises = off["constant rate"]
    return pd.concat(
        [
            *(
                measurements(contrast, _mean(ratios), unread=_unread(ratios), at_edge=edges)
                for contrast, ratios in off.items()
            ),
            *(measurements(f"constant rate, {name}", rises[name]) for name in TASKS),
            measurements("cost", _mean(cost)),
            measurements("decade", _mean(good)),
        ]
    )


def _losses(task: Task, seeds: Sequence[int], schedule: Array | None = None) -> Array:
    """Return the validation loss of each rate and seed, that of an untrained model at most."""
    result = task.sweep(RATES, STEPS, seeds, schedule=schedule, checkpoints=(0, STEPS))
    return _capped(result).reshape(len(RATES), len(seeds))


def _capped(result: Sweep) -> Array:
    """Return the last validation losses; a run that ended above its first loss counts as that."""
    first, last = result.metrics["val_loss"].T
    return np.asarray(np.fmin(first, last))  # NaN, after a divergence, gives way to the first


def _at(rates: Array, losses: Array) -> Array:
    """Return each replicate's loss at its rate, between the rates of the sweep."""
    pairs = zip(rates, losses.T, strict=True)
    return np.array([np.interp(np.log(rate), np.log(RATES), curve) for rate, curve in pairs])


# --- C6.3: does a finder beat guessing?


def guessing(seed: int) -> pd.DataFrame:
    """Train at the rates that finders suggest, and at rates that were guessed."""
    seeds, fresh = run_seeds(seed), run_seeds(seed, 1)
    losses: dict[str, dict[str, Array]] = {}
    for number, (name, task) in enumerate(TASKS.items()):
        rngs = generators(seed, 2 + number)
        low, high = np.log(GUESSES)
        guesses = np.exp([rng.uniform(low, high, DRAWS) for rng in rngs]).T
        tests = task.range_tests(fresh)
        arms = {
            **{f"guess {i}": guess for i, guess in enumerate(guesses)},
            "0.001": np.full(len(seeds), 0.001),
            "rule of thumb": np.full(len(seeds), task.thumb),
        }
        for arm, rule in (("margin", MARGIN), ("rise", RISE), ("third", "minimum_over_three")):
            read = _readings(tests, rule)
            # A finder that says nothing leaves its user with the guess.
            arms[arm] = np.where(np.isnan(read), guesses[0], read)
        rates = np.concatenate(list(arms.values()))
        trained = task.sweep(
            np.ones(len(arms)),
            STEPS,
            seeds,
            schedule=np.tile(rates, (STEPS, 1)),
            checkpoints=(0, STEPS),
        )
        ends = dict(zip(arms, _capped(trained).reshape(len(arms), -1), strict=True))
        ends["guess"] = np.mean([ends[f"guess {i}"] for i in range(DRAWS)], axis=0)
        for arm, values in ends.items():
            losses.setdefault(arm, {})[name] = values

    def less(contrast: str, control: str, treated: str, tasks: Sequence[str]) -> pd.DataFrame:
        return compared(contrast, _mean(losses[control], tasks), _mean(losses[treated], tasks))

    everywhere = list(TASKS)
    return pd.concat(
        [
            less("with a margin", "guess", "margin", everywhere),
            less("just before the rise, plain descent", "guess", "rise", PLAIN),
            less("just before the rise, momentum or Adam", "guess", "rise", AVERAGING),
            less("0.001", "0.001", "margin", everywhere),
            less("rule of thumb", "rule of thumb", "margin", everywhere),
            less("a third of the rise", "guess", "third", everywhere),
        ]
    )


# --- C6.4: do PyTorch and TensorFlow have finders built in?


def built_in(seed: int) -> pd.DataFrame:
    """Search the libraries' sources for a finder, each time with one more hidden among the names.

    torch is read as it is installed. Of the other libraries, the names were recorded.
    """
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("torch must be installed for this trial")
    libraries = {name: list(record.names) for name, record in RECORDED.items()}
    libraries["torch"] = names_in(Path(spec.submodule_search_locations[0]))[0]
    known = [name for library in libraries.values() for name in library if is_finder(name)]
    rngs = list(generators(seed))
    answers: dict[str, Flags] = {}
    seen = np.ones(len(rngs), dtype=bool)
    tables = []
    for library, names in libraries.items():
        hidden = [str(rng.choice(known)) for rng in rngs]
        hits = [{name for name in (*names, one) if is_finder(name)} for one in hidden]
        seen &= [one in found for one, found in zip(hidden, hits, strict=True)]
        own = [len(found - ({one} - set(names))) for one, found in zip(hidden, hits, strict=True)]
        answers[library] = np.array(own) > 0
        tables.append(measurements(library, answers[library], hidden=hidden))
    tensorflow = answers["tensorflow"] | answers["keras"]  # Keras is its way to train networks
    both = answers["torch"].astype(float) + tensorflow
    return pd.concat([measurements("both", both), *tables, measurements("hidden and found", seen)])
