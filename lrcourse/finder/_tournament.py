"""Many rates at once for an eighth of the way, the best few to the real horizon."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.statistics import paired_interval

if TYPE_CHECKING:
    import pandas as pd

Trainer = Callable[[Array, Sequence[int], int], ArrayLike]
Limit = Callable[[float], float]
Record = tuple[int, float, int, float]

EARLY = 8  # most rates leave after this part of the horizon: one eighth


@dataclass(frozen=True)
class Tournament:
    """The outcome: an interval of learning rates, and all that it rests on.

    Parameters
    ----------
    learning_rate : float or None
        The middle of the valley: the centre of gravity, over log rate, of what lies between the
        curve of mean losses at the horizon and the limit of a tie above it, in the dip around the
        best rate. The curve is straight between the rates of the grid, so that the answer may lie
        between them, and up to a third of a step outside of `low` to `high`. None if every rate
        diverged or all ended with the same loss: there is nothing to choose.
    low, high : float or None
        Lowest and highest rate tied with the best at the horizon. The next rate of the grid on each
        side was trained to the horizon too and was worse, unless `at_edge`.
    tied : tuple of float
        All rates at the horizon whose mean loss is within `tie` or `tolerance` of the best, or
        whose difference from it, paired by seed, has 0 in its 95 % interval (three seeds or more).
    at_edge : bool
        Whether on one side the next rate was not trained to the horizon: the grid ends there after
        all widening, or `enclose` was off. The interval may go on beyond.
    reason : str
        One sentence.
    records : tuple
        One (step, learning rate, seed, loss) for each time a run was scored.
    """

    learning_rate: float | None
    low: float | None
    high: float | None
    tied: tuple[float, ...]
    at_edge: bool
    reason: str
    records: tuple[Record, ...]

    @property
    def table(self) -> pd.DataFrame:
        """The records as a tidy table: step, learning_rate, seed, loss."""
        import pandas as pd

        return pd.DataFrame(self.records, columns=["step", "learning_rate", "seed", "loss"])


def tournament(
    train: Trainer,
    *,
    horizon: int,
    lowest: float = 1e-4,
    highest: float = 1.0,
    rates: int = 14,
    seeds: Iterable[int] = (0,),
    survivors: int = 4,
    tie: float = 1.1,
    tolerance: float = 0.0,
    widenings: int = 7,
    enclose: bool = True,
) -> Tournament:
    """Find the constant learning rates that train best to a given horizon.

    A geometric grid of rates starts together. After an eighth of the horizon only the best few go
    on; where the best rate is at an end of the grid, the grid grows there. At the horizon, the
    neighbours of the best rates are trained to the horizon as well, until on both sides there is
    one that is measurably worse: an interval, not a point, and a rate in the middle of it.

    A rate that is slow at first and better in the end may leave early, unless it is a neighbour of
    the winner. It sees constant rates alone; the best peak of a schedule that decays is higher, by
    a factor of two or so. One seed is one draw: what ties is then a matter of `tie` and `tolerance`
    only.

    Score on held-out data where there are enough: a hundred examples that are easy tell nothing. A
    model that can fit its training set ends with a training loss of almost zero at many rates; the
    least of these belongs to a rate just below divergence. With `tolerance` such rates tie.

    Parameters
    ----------
    train : callable
        ``train(learning_rates, seeds, step)`` trains each rate with each seed to `step`, counted
        from the start, and returns losses of shape (rates, seeds), inf or nan for runs that
        diverged. `TorchTrainer` is one; any batched engine will do. It may remember its runs: rates
        come again at later steps.
    horizon : int
        Length of the real training in steps, at least 1.
    lowest, highest : float
        Ends of the first grid.
    rates : int
        Number of rates in it, at least 3.
    seeds : iterable of int
        Each rate runs once with each.
    survivors : int
        Rates that go on to the horizon, at least 1.
    tie : float
        Losses up to this factor of the best are as good, at least 1. (Exactly: up to the best loss
        m plus (tie − 1)·abs(m).)
    tolerance : float
        Losses that differ by less are as good too, at least 0. For training losses: 2 % of the loss
        before training.
    widenings : int
        Most rates to add beyond the ends of the grid, at least 0.
    enclose : bool
        Whether to train the neighbours of the best rates to the horizon. Without, only `survivors`
        rates are: it costs less, the rate is about as good, and the interval may be too narrow.

    Returns
    -------
    Tournament

    Raises
    ------
    TypeError, ValueError
        If a setting is out of range, or `train` returns another shape.

    References
    ----------
    Z. Karnin, T. Koren and O. Somekh, "Almost optimal exploration in multi-armed bandits", ICML
    2013; K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter
    optimization", AISTATS 2016: successive halving, of which this is one cut.

    Examples
    --------
    Descent on 5x²/2 from 1 leaves ``(1 − 5η)²ᵗ``: it dies at once at η = 0.2 and grows from 0.4 on.

    >>> def train(learning_rates, seeds, step):
    ...     return [[(1 - 5 * rate) ** (2 * step) + 0.01 for _ in seeds] for rate in learning_rates]
    >>> outcome = tournament(train, horizon=100)
    >>> round(outcome.low, 3), round(outcome.high, 3), outcome.at_edge
    (0.007, 0.242, False)
    >>> round(outcome.learning_rate, 2)
    0.05
    """
    if not callable(train):
        raise TypeError(f"train must be callable, got {train!r}")
    horizon = _validate.integer("horizon", horizon, minimum=1)
    rates = _validate.integer("rates", rates, minimum=3)
    survivors = _validate.integer("survivors", survivors, minimum=1)
    low, high = _validate.positive("lowest", lowest), _validate.positive("highest", highest)
    if high <= low:
        raise ValueError(f"highest must exceed lowest = {low}, got {highest!r}")
    if _validate.finite("tie", tie) < 1:
        raise ValueError(f"tie must be at least 1, got {tie!r}")
    if _validate.finite("tolerance", tolerance) < 0:
        raise ValueError(f"tolerance must be at least 0, got {tolerance!r}")
    room = _validate.integer("widenings", widenings, minimum=0)
    numbers = [_validate.integer("seeds", seed, minimum=0) for seed in seeds]
    if not numbers:
        raise ValueError(f"seeds must hold at least one, got {seeds!r}")
    enclose = _validate.flag("enclose", enclose)

    race = _Race(train, numbers, np.geomspace(low, high, rates), room=room)
    alive = list(range(rates))
    early = -(-horizon // EARLY)
    race.run(alive, early)
    while (new := race.beyond(race.best(alive, 1)[0])) is not None:
        alive.append(new)
        race.run([new], early)
    if early < horizon:
        race.run(race.best(alive, survivors), horizon)
    limit = partial(_limit, tie=tie, tolerance=tolerance)
    if enclose:
        race.enclose(horizon, limit)
    return race.outcome(horizon, limit)


def _limit(best: float, *, tie: float, tolerance: float) -> float:
    """Return up to which loss a rate is as good as the best."""
    return best + max((tie - 1) * abs(best), tolerance)


class _Race:
    """What is known of each rate; rates are numbered along the grid, which may grow both ways."""

    def __init__(self, train: Trainer, seeds: list[int], grid: Array, *, room: int) -> None:
        self._train, self._seeds, self._room = train, seeds, room
        self._grid, self._ratio = grid.tolist(), float(grid[1] / grid[0])
        self._first, self._last = 0, len(grid) - 1
        self._losses: dict[int, Array] = {}
        self._reached: dict[int, int] = {}
        self._records: list[Record] = []

    def run(self, entrants: list[int], step: int) -> None:
        """Train these rates to `step` and note their losses."""
        rates = np.array([self._rate(k) for k in entrants])
        losses = _validate.numeric_array("train", self._train(rates, tuple(self._seeds), step))
        if losses.shape != (len(rates), len(self._seeds)):
            raise ValueError(
                f"train must return losses of shape {(len(rates), len(self._seeds))}, got shape "
                f"{losses.shape}"
            )
        for k, rate, row in zip(entrants, rates.tolist(), losses, strict=True):
            self._losses[k] = np.where(np.isfinite(row), row, np.inf)
            self._reached[k] = step
            self._records += [
                (step, rate, seed, float(loss))
                for seed, loss in zip(self._seeds, self._losses[k], strict=True)
            ]

    def best(self, entrants: list[int], count: int) -> list[int]:
        """Return the `count` best of them; all of them if there are no more, run or not."""
        if len(entrants) <= count:
            return entrants
        return sorted(entrants, key=lambda k: (self._score(k), k))[:count]

    def beyond(self, k: int) -> int | None:
        """Return a new rate next to rate `k` if that is at an end of the grid and room is left."""
        if self._room == 0 or self._first < k < self._last:
            return None
        self._room -= 1
        if k <= self._first:
            self._first -= 1
            return self._first
        self._last += 1
        return self._last

    def enclose(self, horizon: int, limit: Limit) -> None:
        """Run neighbours to the horizon until the tied rates have a worse one on each side."""
        while True:
            tied = self._tied(horizon, limit)
            # Where all have diverged, what is left to try is below.
            ends = [min(tied), max(tied)] if self._learns(tied) else [min(tied)]
            sides = [k + step for k, step in zip(ends, (-1, 1), strict=False)]
            fresh = [
                k for k in sides if self._first <= k <= self._last and not self._at(k, horizon)
            ]
            outside = [self.beyond(end) for end, k in zip(ends, sides, strict=True) if self._out(k)]
            fresh += [k for k in outside if k is not None]
            if not fresh:
                return
            self.run(fresh, horizon)

    def outcome(self, horizon: int, limit: Limit) -> Tournament:
        """Put what is known at the horizon into words and numbers."""
        tied = self._tied(horizon, limit)
        records = tuple(self._records)
        if not self._learns(tied):
            reason = f"Every rate diverged, down to {self._rate(min(tied)):.3g}."
            return Tournament(None, None, None, (), True, reason, records)
        finals = np.array([self._losses[k] for k in self._finished(horizon)])
        if len(finals) > 1 and (finals == finals[0]).all():
            reason = "All rates end with the same loss: none of them trains."
            return Tournament(None, None, None, (), True, reason, records)
        edges = [
            word
            for word, outside in (("lowest", min(tied) - 1), ("highest", max(tied) + 1))
            if not self._at(outside, horizon)
        ]
        reason = (
            f"Tied with the best is the {' and the '.join(edges)} rate trained to the horizon: "
            "there may be more beyond."
            if edges
            else "On both sides, the next rate of the grid was worse at the horizon."
        )
        rates = tuple(self._rate(k) for k in sorted(tied))
        return Tournament(
            self._middle(horizon, limit), rates[0], rates[-1], rates, bool(edges), reason, records
        )

    def _middle(self, horizon: int, limit: Limit) -> float:
        """Return the centre of gravity of the dip around the best rate, up to the limit."""
        finished = self._finished(horizon)
        winner = low = high = self.best(finished, 1)[0]
        top = limit(self._score(winner))
        while low - 1 in finished and self._score(low) <= top and self._learns([low - 1]):
            low -= 1
        while high + 1 in finished and self._score(high) <= top and self._learns([high + 1]):
            high += 1
        dip = range(low, high + 1)
        fine = np.linspace(low, high, 100 * (high - low) + 1)
        depth = np.maximum(top - np.interp(fine, dip, [self._score(k) for k in dip]), 0.0)
        if depth.sum() == 0:
            return self._rate(winner)
        shift = float(np.average(fine, weights=depth)) - winner
        return float(self._rate(winner) * self._ratio**shift)

    def _rate(self, k: int) -> float:
        inside = min(max(k, 0), len(self._grid) - 1)
        return float(self._grid[inside] * self._ratio ** (k - inside))

    def _score(self, k: int) -> float:
        return float(self._losses[k].mean())

    def _at(self, k: int, step: int) -> bool:
        return self._reached.get(k) == step

    def _out(self, k: int) -> bool:
        return not self._first <= k <= self._last

    def _finished(self, horizon: int) -> list[int]:
        return sorted(k for k in self._reached if self._at(k, horizon))

    def _learns(self, entrants: list[int]) -> bool:
        return bool(np.isfinite([self._score(k) for k in entrants]).all())

    def _tied(self, horizon: int, limit: Limit) -> list[int]:
        """Return the rates at the horizon that are as good as the best, or all if all diverged."""
        finished = self._finished(horizon)
        winner = min(finished, key=lambda k: (self._score(k), k))
        best = self._score(winner)
        if not np.isfinite(best):
            return finished
        return [
            k
            for k in finished
            if self._score(k) <= limit(best) or _same(self._losses[k], self._losses[winner])
        ]


def _same(losses: Array, best: Array) -> bool:
    """Say whether seeds leave open which of two rates is better; fewer than three never do."""
    if len(losses) < 3 or not np.isfinite(losses).all():
        return False
    # Losses of a rate that blows up scatter so widely that an interval of differences holds 0. That
    # all are above all of the best has a chance of 1 in 20 with three seeds, and less with more.
    if losses.min() > best.max():
        return False
    return paired_interval(losses, best).low <= 0
