"""Confidence intervals that say how many values they rest on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from lrcourse import _validate


@dataclass(frozen=True)
class Interval:
    """An estimate with its confidence interval.

    Parameters
    ----------
    estimate, low, high : float
    n : int
        Number of values that it rests on.
    missing : int
        Number of values that were not finite and were left out: never silently, always here.
    level : float
        Confidence level, such as 0.95.
    """

    estimate: float
    low: float
    high: float
    n: int
    missing: int = 0
    level: float = 0.95

    def inside(self, low: float, high: float) -> bool:
        """Say whether the whole interval lies in [low, high]."""
        return low <= self.low and self.high <= high

    def outside(self, low: float, high: float) -> bool:
        """Say whether no point of the interval lies in [low, high]."""
        return self.high < low or high < self.low

    def __str__(self) -> str:
        width = self.high - self.low
        scale = max(width, 1e-9 * abs(self.estimate), 1e-9)  # below, the width is only rounding
        digits = int(np.clip(1 - np.floor(np.log10(scale)), 2, 4)) if width >= scale else 2
        numbers = (round(x, digits) + 0.0 for x in (self.estimate, self.low, self.high))  # no -0
        return "{:.{d}f} [{:.{d}f}, {:.{d}f}]".format(*numbers, d=digits)


def mean_interval(values: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the t interval of a mean.

    Parameters
    ----------
    values : array_like, shape (n,)
        One value a seed. Values that are not finite are left out and counted in `missing`.
    level : float
        Confidence level, above 0 and below 1.

    Returns
    -------
    Interval

    Raises
    ------
    ValueError
        If fewer than two values are finite, or `level` is out of range.

    References
    ----------
    Student, "The probable error of a mean", Biometrika 6, 1908.

    Examples
    --------
    >>> interval = mean_interval([1.0, 2.0, 3.0, float("nan")])
    >>> interval.estimate, round(interval.high, 4), interval.n, interval.missing
    (2.0, 4.4841, 3, 1)
    """
    level = _checked_level(level)
    sample = _validate.numeric_array("values", values).ravel()
    finite = sample[np.isfinite(sample)]
    n = len(finite)
    if n < 2:
        raise ValueError(f"values must hold at least two finite numbers, got {values!r}")
    mean = float(finite.mean())
    half = float(stats.t.ppf((1 + level) / 2, n - 1)) * float(finite.std(ddof=1)) / n**0.5
    return Interval(mean, mean - half, mean + half, n, len(sample) - n, level)


def paired_interval(treated: ArrayLike, control: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the t interval of the mean difference between two arms that share their seeds.

    Parameters
    ----------
    treated, control : array_like, shape (n,)
        One value a seed, in the same order. A pair with a value that is not finite is left out as
        a pair and counted in `missing`.
    level : float
        Confidence level, above 0 and below 1.

    Returns
    -------
    Interval
        Of ``treated - control``.

    Raises
    ------
    ValueError
        If the arms differ in length, fewer than two pairs are finite, or `level` is out of range.

    Examples
    --------
    >>> interval = paired_interval([3.0, 5.0, 4.0], [1.0, 3.0, 2.0])
    >>> interval.estimate, interval.low, interval.high
    (2.0, 2.0, 2.0)
    """
    a = _validate.numeric_array("treated", treated).ravel()
    b = _validate.numeric_array("control", control).ravel()
    if a.shape != b.shape:
        raise ValueError(
            f"treated and control must be equally long, got {len(a)} and {len(b)} values"
        )
    with np.errstate(invalid="ignore"):  # inf - inf is a pair to leave out, not a fault
        return mean_interval(a - b, level=level)


def share_interval(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """Return the Wilson interval of a share.

    Unlike the normal interval it keeps a width at 0 of n and at n of n, and never leaves [0, 1].

    Parameters
    ----------
    successes : int
        From 0 to `trials`.
    trials : int
        At least 1.
    level : float
        Confidence level, above 0 and below 1.

    Returns
    -------
    Interval

    Raises
    ------
    TypeError
        If a count is not an integer.
    ValueError
        If a count or `level` is out of range.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    Examples
    --------
    >>> str(share_interval(20, 20))
    '1.00 [0.84, 1.00]'
    """
    level = _checked_level(level)
    trials = _validate.integer("trials", trials, minimum=1)
    successes = _validate.integer("successes", successes, minimum=0)
    if successes > trials:
        raise ValueError(f"successes must be at most trials = {trials}, got {successes!r}")
    z2 = float(stats.norm.ppf((1 + level) / 2)) ** 2
    share = successes / trials
    centre = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = (z2 * (share * (1 - share) + z2 / (4 * trials)) / trials) ** 0.5 / (1 + z2 / trials)
    # At 0 and at n of n one limit is exactly the share; rounding must not put it elsewhere.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == trials else centre + half
    return Interval(share, low, high, trials, level=level)


def _checked_level(level: float) -> float:
    level = _validate.positive("level", level)
    if level >= 1:
        raise ValueError(f"level must be below 1, got {level!r}")
    return level
