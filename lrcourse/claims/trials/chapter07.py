"""The trials of chapter 7, "Schedules": races between tuned arms, and the rates that torch sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lrcourse._validate import Array
from lrcourse.claims.trials._bowls import DIMENSION, Bowls
from lrcourse.claims.trials._races import Race
from lrcourse.claims.trials._tables import (
    Flags,
    compared,
    generators,
    measurements,
    run_seeds,
)
from lrcourse.datasets import Split, digits, wave1d
from lrcourse.landscapes import Quadratic
from lrcourse.models import MLP, ConvNet
from lrcourse.optimizers import GradientDescent
from lrcourse.schedules import (
    Constant,
    CosineAnnealing,
    Exponential,
    LinearToZero,
    MultiStep,
    Plateau,
    Schedule,
    StepDecay,
    WarmupStableDecay,
)
from lrcourse.training import Best

if TYPE_CHECKING:
    from torch.optim.lr_scheduler import LRScheduler

TUNED_ON = 6  # seeds on which the peak of an arm is chosen; the race is on fresh ones
SETTINGS = 100  # random settings of each scheduler
WATCHED, TESTED = 500, 1000  # images to look at while training, and to test on
PEAKS = tuple(np.geomspace(0.05, 1.6, 8).tolist())

# All begin at 1, the factor on the peak. Step and exponential end at a hundredth of it, the others
# that fall at 0.
SCHEDULES: Mapping[str, Callable[[int], Schedule]] = {
    "constant": lambda steps: Constant(1.0),
    "linear": lambda steps: LinearToZero(1.0, steps),
    "cosine": lambda steps: CosineAnnealing(1.0, steps),
    "warm-up, stay, cool down": lambda steps: WarmupStableDecay(
        1.0, steps, warmup_steps=steps // 20, cooldown_steps=steps // 5
    ),
    "step": lambda steps: MultiStep(1.0, (steps // 2, 3 * steps // 4), gamma=0.1),
    "exponential": lambda steps: Exponential(1.0, 0.01, decay_steps=steps),
}
PLATEAU = Plateau(1.0, factor=0.3, patience=1, threshold=0.02)  # it need not know the budget
NAMED = ("step", "exponential", "cosine", "linear")  # by the article, and a straight line


@lru_cache(maxsize=64)
def _waves(rows: int, seed: int) -> Split:
    data = wave1d(rows + WATCHED + TESTED, seed=seed)
    return data.split(WATCHED / len(data), TESTED / len(data), rng=np.random.default_rng(seed))


@lru_cache(maxsize=64)
def _digits(seed: int) -> Split:
    return digits().split(0.2, 0.3, rng=np.random.default_rng(seed)).standardised()


RACES: Mapping[str, Race] = {
    "waves": Race(MLP((40, 64, 64, 10)), partial(_waves, 2000), 600, 16, PEAKS),
    "waves, ConvNet": Race(ConvNet(channels=8), partial(_waves, 2000), 400, 16, PEAKS),
    "few waves, learnt by heart": Race(
        MLP((40, 64, 64, 10)), partial(_waves, 300), 1500, 16, PEAKS
    ),
    "few waves, full batch": Race(MLP((40, 32, 10)), partial(_waves, 300), 400, None, PEAKS),
    "digits": Race(MLP((64, 32, 10)), _digits, 800, 32, PEAKS),
}


# --- C5.2: start with a moderate rate, and adjust it to how training goes?

STARTS: Mapping[str, float] = {
    "tuned start": 1.0,
    "a tenth of the tuned start": 0.1,
    "a third of the tuned start": 1 / 3,
    "three times the tuned start": 3.0,
}


def adjusting(seed: int) -> pd.DataFrame:
    """Let a plateau rule lower the rate, and compare with a constant rate and with a cosine."""
    tables = []
    for place in ("waves", "digits"):
        race = RACES[place]
        best = _tuned(race, ("constant", "cosine"), seed)
        constant, cosine = _at_best(race, best, seed)
        start = race.best_peak(PLATEAU, _tuning_seeds(seed))
        adjusted = race.accuracies(
            [(PLATEAU, factor * start.learning_rate) for factor in STARTS.values()],
            run_seeds(seed),
        )
        for (name, factor), accuracy in zip(STARTS.items(), adjusted, strict=True):
            peaks = _peaks(best["constant"], start, factor)
            tables.append(compared(f"{name}, {place}", constant, accuracy, **peaks))
        peaks = _peaks(best["cosine"], start)
        tables.append(compared(f"against cosine, {place}", cosine, adjusted[0], **peaks))
    return pd.concat(tables)


# --- C5.3: do schedules that reduce the rate help?


def decaying(seed: int) -> pd.DataFrame:
    """Compare decaying schedules with a constant rate, with noise in the gradient and without."""
    tables = []
    for place, race in RACES.items():
        names = [*SCHEDULES] if place == "waves" else ["constant", "linear"]
        best = _tuned(race, names, seed)
        constant, *others = _at_best(race, best, seed)
        for name, accuracy in zip(names[1:], others, strict=True):
            peaks = _peaks(best["constant"], best[name])
            tables.append(compared(f"{name}, {place}", constant, accuracy, **peaks))
    return pd.concat(tables)


def _tuned(race: Race, names: Iterable[str], seed: int) -> dict[str, Best]:
    """Return the best peak of each schedule, on seeds that the race is not run on."""
    seeds = _tuning_seeds(seed)
    return {name: race.best_peak(SCHEDULES[name](race.steps), seeds) for name in names}


def _tuning_seeds(seed: int) -> list[int]:
    return run_seeds(seed, stream=1, replicates=TUNED_ON)


def _at_best(race: Race, best: Mapping[str, Best], seed: int) -> Array:
    """Return the test accuracies of schedules at their best peaks, (schedules, fresh seeds)."""
    entries = [(SCHEDULES[name](race.steps), peak.learning_rate) for name, peak in best.items()]
    return race.accuracies(entries, run_seeds(seed))


def _peaks(control: Best, treated: Best, factor: float = 1.0) -> dict[str, Any]:
    """Return the columns that say from which rates the arms started."""
    return {
        "control_peak": control.learning_rate,
        "treated_peak": factor * treated.learning_rate,
        "at_edge": control.at_edge or treated.at_edge,
    }


# --- C5.4: what are step decay and exponential decay?


def definitions(seed: int) -> pd.DataFrame:
    """Hold torch's schedulers, and ours, to the definitions; then see what a finite sum means."""
    from torch.optim.lr_scheduler import ExponentialLR, StepLR

    settings, torch_keeps, ours_keep, sums = [], [], [], []
    for rng in generators(seed, replicates=SETTINGS):
        lr, gamma, k = 10 ** rng.uniform(-4, 1), rng.uniform(0.5, 0.9), int(rng.integers(2, 30))
        times = np.arange(200)
        step = torch_rates(StepLR, lr, len(times), step_size=k, gamma=gamma)
        exponential = torch_rates(ExponentialLR, lr, len(times), gamma=gamma)
        torch_keeps.append(is_step_decay(step, gamma, k) and is_exponential(exponential, gamma))
        ours_keep.append(
            is_step_decay(StepDecay(lr, k, gamma)(times), gamma, k)
            and is_exponential(Exponential(lr, gamma)(times), gamma)
        )
        sums.append(exponential.sum() * (1 - gamma) / lr)
        settings.append((lr, gamma, k))

    drawn = dict(zip(("lr", "gamma", "step_size"), np.transpose(settings), strict=True))

    bowls = _ill_conditioned_bowls(seed)
    steps = np.arange(2000)
    frozen = _remaining(bowls, Exponential(1.0, 0.95)(steps)) > 1e-6
    arrived = _remaining(bowls, Constant(1.0)(steps)) < 1e-9
    return pd.concat(
        [
            measurements("torch", torch_keeps, **drawn),
            measurements("lrcourse", ours_keep, **drawn),
            measurements("sum of the rates", sums, **drawn),
            measurements("frozen", frozen & arrived),
        ]
    )


def torch_rates(
    scheduler: Callable[..., LRScheduler], lr: float, count: int, **options: float
) -> Array:
    """Return the rates of the first `count` steps under a scheduler of torch."""
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    running = scheduler(optimizer, **options)
    rates = []
    for _ in range(count):
        rates.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        running.step()
    return np.array(rates)


def is_step_decay(rates: Array, gamma: float, k: int) -> bool:
    """Say whether rates stay for `k` steps, then drop by the factor `gamma`, and so on."""
    drops = np.arange(1, len(rates)) % k == 0
    return np.allclose(rates[1:] / rates[:-1], np.where(drops, gamma, 1.0), rtol=1e-9, atol=0)


def is_exponential(rates: Array, gamma: float) -> bool:
    """Say whether rates shrink by the factor `gamma` at every step."""
    return np.allclose(rates[1:] / rates[:-1], gamma, rtol=1e-9, atol=0)


def _ill_conditioned_bowls(seed: int) -> Bowls:
    rngs = list(generators(seed, stream=1))
    bowls = [Quadratic.random(DIMENSION, condition_number=100.0, rng=rng) for rng in rngs]
    return Bowls(
        hessians=np.stack([bowl.hessian() for bowl in bowls]),
        start=np.stack([rng.normal(size=DIMENSION) for rng in rngs]),
    )


def _remaining(bowls: Bowls, products: Array) -> Array:
    """Return each bowl's loss after descent, over the loss before; `products` are ηλ by step."""
    point = bowls.start
    with np.errstate(over="ignore", invalid="ignore"):
        for product in products:
            rates = (product / bowls.curvature)[:, None]
            point, _ = GradientDescent().step(point, bowls.slope(point), None, rates)
        before, after = bowls.losses(np.stack([bowls.start, point]))
    return np.asarray(after / before)


# --- C5.5: does a cosine schedule go up now and then?


def rising_cosines(seed: int) -> pd.DataFrame:
    """Look for a step at which torch's cosine schedulers raise the rate."""
    from torch.optim.lr_scheduler import CosineAnnealingLR, CosineAnnealingWarmRestarts

    settings: list[tuple[float, int]] = []
    found: dict[str, list[bool]] = {}
    for rng in generators(seed, replicates=SETTINGS):
        lr, period = 10 ** rng.uniform(-4, 1), int(rng.integers(2, 200))
        low = lr * rng.uniform(0, 0.5)
        count = 2 * period + 1
        rates = torch_rates(CosineAnnealingLR, lr, count, T_max=period, eta_min=low)
        restarted = torch_rates(CosineAnnealingWarmRestarts, lr, count, T_0=period, eta_min=low)
        ours = CosineAnnealing(lr, period, end_lr=low)(np.arange(count))
        for name, values in {
            "one cycle": rates[: period + 1],
            "past the end": rates,
            "warm restarts": restarted,
            "lrcourse, past the end": ours,
        }.items():
            found.setdefault(name, []).append(rises(values))
        settings.append((lr, period))
    drawn = dict(zip(("lr", "period"), np.transpose(settings), strict=True))
    return pd.concat([measurements(name, values, **drawn) for name, values in found.items()])


def rises(rates: Array) -> bool:
    """Say whether a rate is above the one before it, beyond rounding."""
    return bool((np.diff(rates) > 1e-9 * rates[0]).any())


# --- C5.6: do schedules remove the risks of a constant rate?

BAD_PEAKS: Mapping[str, float] = {"ten times": 10.0, "three times": 3.0, "a tenth of": 0.1}


def bad_peaks(seed: int) -> pd.DataFrame:
    """Start four schedules from rates that are wrong for a constant one, and keep the luckiest."""
    tables = []
    for place, names in {
        "waves": [*BAD_PEAKS],
        "waves, ConvNet": ["ten times"],
        "digits": ["ten times"],
    }.items():
        race = RACES[place]
        best = _tuned(race, ["constant"], seed)["constant"]
        peaks = [BAD_PEAKS[name] * best.learning_rate for name in names]
        arms = [SCHEDULES[name](race.steps) for name in NAMED]
        constant, *others = race.accuracies(
            [
                (SCHEDULES["constant"](race.steps), best.learning_rate),
                *((arm, peak) for peak in peaks for arm in arms),
            ],
            run_seeds(seed),
        )
        by_peak = np.reshape(others, (len(peaks), len(arms), -1))
        for name, peak, accuracies in zip(names, peaks, by_peak, strict=True):
            tables.append(
                compared(
                    f"{name} the best, {place}",
                    constant,
                    accuracies.max(axis=0),
                    control_peak=best.learning_rate,
                    treated_peak=peak,
                    at_edge=best.at_edge,
                )
            )
    return pd.concat([*tables, measurements("random bowls", _never_recovers(seed))])


def _never_recovers(seed: int) -> Flags:
    """Say on which bowls ten times the critical rate ends above its start under every schedule."""
    bowls, steps = Bowls.random(seed), 200
    worse = np.ones(len(bowls.start), dtype=bool)
    for name in NAMED:
        products = 20 * SCHEDULES[name](steps)(np.arange(steps))
        worse &= ~(_remaining(bowls, products) <= 1)
    return worse
