"""What every rule needs to know of a curve before it reads a rate off it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrcourse._validate import Array
from lrcourse.finder._record import RangeTest
from lrcourse.finder._smoothing import ema, smooth_log_lr, window

DECADES = 0.2  # of the zero-phase window
SHORTEST = 5  # points below which no shape can be told
CHANCE = 7.0  # a fall of fewer standard errors happens to noise somewhere along a ramp


@dataclass(frozen=True)
class Suggestion:
    """A learning rate that a rule read off a curve.

    Parameters
    ----------
    rule : str
    learning_rate : float
        What the rule suggests.
    read_at : float
        The rate on the curve that it was read from, such as the minimum for ``minimum_over_ten``.
    loss : float
        The smoothed loss there.
    at_edge : bool
        Whether the reading is the end of what was looked at, or the suggestion below the lowest
        rate: a wider ramp would probably give another answer.
    """

    rule: str
    learning_rate: float
    read_at: float
    loss: float
    at_edge: bool = False


@dataclass(frozen=True)
class Reading:
    """A stretch of a smoothed curve that is fit to be read."""

    learning_rates: Array
    losses: Array
    lowest: float
    open_end: bool  # the last point is where the ramp ended, not where the loss blew up

    def suggestion(self, rule: str, index: int, divisor: float = 1.0) -> Suggestion:
        """Return what the rule says: the rate at `index`, divided."""
        rate = float(self.learning_rates[index])
        last = len(self.learning_rates) - 1
        edge = index == 0 or (index == last and self.open_end) or rate / divisor < self.lowest
        return Suggestion(rule, rate / divisor, rate, float(self.losses[index]), edge)


def check(range_test: RangeTest) -> None:
    """Raise unless it is a range test."""
    if not isinstance(range_test, RangeTest):
        raise TypeError(f"range_test must be a RangeTest, got {range_test!r}")


def centred(range_test: RangeTest) -> Reading | None:
    """Return the finite part of the curve, smoothed without lag; None if it never falls."""
    n = _finite(range_test)
    if n < SHORTEST or not _falls(range_test, n):
        return None
    rates = range_test.learning_rates[:n]
    smoothed = smooth_log_lr(rates, range_test.curve[:n], decades=DECADES)
    return Reading(rates, smoothed, float(rates[0]), _open(range_test, n))


def as_fastai(range_test: RangeTest) -> Reading | None:
    """Return what fastai's rules read: lagging average, less the first tenth and the last five."""
    n = _finite(range_test)
    asked = range_test.ramp.steps if range_test.ramp else len(range_test.losses)
    end = min(n, len(range_test.losses) - 5)
    part = slice(asked // 10, end)
    rates = range_test.learning_rates[part]
    if len(rates) < SHORTEST or not _falls(range_test, n):
        return None
    smoothed = ema(range_test.curve[:n], momentum=0.98)[part]
    return Reading(rates, smoothed, float(range_test.learning_rates[0]), _open(range_test, n))


def _finite(range_test: RangeTest) -> int:
    """Return the number of points before the first that is not finite."""
    check(range_test)
    bad = np.flatnonzero(~np.isfinite(range_test.curve))
    return int(bad[0]) if len(bad) else len(range_test.curve)


def _open(range_test: RangeTest, n: int) -> bool:
    return n == len(range_test.curve) and not range_test.stopped_early


def _falls(range_test: RangeTest, n: int) -> bool:
    """Say whether the curve falls by more than its own noise would make it fall somewhere.

    The noise is judged from second differences, by their median absolute deviation: a trend has
    none, a blow-up is a few of them, and neither counts as noise.
    """
    raw = range_test.curve[:n]
    weights = window(range_test.learning_rates[:n], DECADES)
    smoothed = weights @ raw
    low = int(smoothed.argmin())
    fall = float(smoothed[: low + 1].max() - smoothed[low])
    bends = np.diff(raw, 2)
    noise = 1.4826 * float(np.median(np.abs(bends - np.median(bends)))) / 6**0.5
    error = noise * float(np.sqrt((weights[low] ** 2).sum()))
    return fall > max(CHANCE * error, 1e-9 * float(np.abs(raw).max()))
