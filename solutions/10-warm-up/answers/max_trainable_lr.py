"""Answers to `max_trainable_lr`."""

import math

import numpy as np


def right_cumulative(grid, final, chance):
    final = np.asarray(final, dtype=float)
    learned = np.isfinite(final) & (final < chance)
    count = int(np.logical_and.accumulate(learned).sum())
    return float(grid[count - 1]) if count else math.nan


def right_first_hole(grid, final, chance):
    bad = [k for k, f in enumerate(final) if not (math.isfinite(f) and f < chance)]
    end = bad[0] if bad else len(grid)
    return float("nan") if end == 0 else grid[end - 1]


def wrong_plain_maximum(grid, final, chance):
    good = [lr for lr, f in zip(grid, final, strict=True) if math.isfinite(f) and f < chance]
    return max(good, default=math.nan)


def wrong_first_that_fails(grid, final, chance):
    for lr, f in zip(grid, final, strict=True):
        if not (math.isfinite(f) and f < chance):
            return lr
    return grid[-1]


def wrong_nan_passes(grid, final, chance):
    best = math.nan
    for lr, f in zip(grid, final, strict=True):
        if f >= chance:
            break
        best = lr
    return best


def wrong_equal_counts(grid, final, chance):
    best = math.nan
    for lr, f in zip(grid, final, strict=True):
        if not (math.isfinite(f) and f <= chance):
            break
        best = lr
    return best


def wrong_best_loss(grid, final, chance):
    if not np.isfinite(final).any():
        return math.nan
    return grid[int(np.nanargmin(np.where(np.isfinite(final), final, np.nan)))]


def wrong_zero_for_none(grid, final, chance):
    best = 0.0
    for lr, f in zip(grid, final, strict=True):
        if not (math.isfinite(f) and f < chance):
            break
        best = lr
    return best
