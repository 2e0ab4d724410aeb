"""Answers to `snapshot_best`."""

import math

import numpy as np


def right_loop(losses, period):
    ends = [k for k in range(len(losses)) if (k + 1) % period == 0 and not math.isnan(losses[k])]
    if not ends:
        raise ValueError("no snapshot")
    return min(ends, key=lambda k: losses[k])


def right_masked(losses, period):
    losses = np.array(losses, dtype=float)
    inside = (np.arange(len(losses)) + 1) % period != 0
    losses[inside | np.isnan(losses)] = np.inf
    if len(losses) == 0 or np.isinf(losses).all():
        raise ValueError("no snapshot")
    return int(losses.argmin())


def wrong_any_step(losses, period):
    if len(losses) < period:
        raise ValueError("no snapshot")
    return int(np.nanargmin(losses))


def wrong_starts(losses, period):
    starts = list(range(0, len(losses), period))
    return min(starts, key=lambda k: losses[k])


def wrong_last_snapshot(losses, period):
    if len(losses) < period:
        raise ValueError("no snapshot")
    return len(losses) // period * period - 1


def wrong_unfinished_cycle(losses, period):
    ends = [*range(period - 1, len(losses), period), len(losses) - 1]
    ends = [k for k in ends if k >= 0 and not math.isnan(losses[k])]
    if not ends:
        raise ValueError("no snapshot")
    return min(ends, key=lambda k: losses[k])


def wrong_the_loss(losses, period):
    ends = [loss for loss in losses[period - 1 :: period] if not math.isnan(loss)]
    if not ends:
        raise ValueError("no snapshot")
    return min(ends)


def wrong_number_of_the_cycle(losses, period):
    ends = np.asarray(losses, dtype=float)[period - 1 :: period]
    if np.isnan(ends).all():
        raise ValueError("no snapshot")
    return int(np.nanargmin(ends))


def wrong_nan_wins(losses, period):
    ends = np.asarray(losses, dtype=float)[period - 1 :: period]
    if len(ends) == 0:
        raise ValueError("no snapshot")
    return period * (int(np.argmin(ends)) + 1) - 1


def wrong_later_of_two(losses, period):
    ends = [k for k in range(period - 1, len(losses), period) if not math.isnan(losses[k])]
    if not ends:
        raise ValueError("no snapshot")
    return min(reversed(ends), key=lambda k: losses[k])
