"""Answers to `best_rate`."""

import math

import numpy as np


def right_min_of_pairs(grid, losses):
    alive = [(loss, k) for k, loss in enumerate(losses) if math.isfinite(loss)]
    if not alive:
        raise ValueError("all diverged")
    _, k = min(alive)
    return grid[k], k == 0 or k == len(losses) - 1


def right_nanargmin(grid, losses):
    y = np.array(losses, dtype=float)
    y[~np.isfinite(y)] = np.nan
    if np.isnan(y).all():
        raise ValueError(losses)
    k = np.nanargmin(y)
    return [grid[k], bool(k in (0, y.size - 1))]


def wrong_argmin_on_nan(grid, losses):
    if not np.isfinite(losses).any():
        raise ValueError
    k = int(np.argmin(losses))
    return grid[k], k in (0, len(losses) - 1)


def wrong_no_flag_at_the_low_end(grid, losses):
    y = np.where(np.isfinite(losses), losses, np.inf)
    if not np.isfinite(y).any():
        raise ValueError
    k = int(np.argmin(y))
    return grid[k], k == len(y) - 1


def wrong_edge_of_the_living(grid, losses):
    alive = [k for k, loss in enumerate(losses) if math.isfinite(loss)]
    if not alive:
        raise ValueError
    k = min(alive, key=lambda j: losses[j])
    return grid[k], k in (alive[0], alive[-1])


def wrong_no_error(grid, losses):
    y = np.where(np.isfinite(losses), losses, np.inf)
    k = int(np.argmin(y)) if len(y) else 0
    return (grid[k] if len(grid) else math.nan), k in (0, len(y) - 1)


def wrong_largest_of_equals(grid, losses):
    alive = [(loss, -k) for k, loss in enumerate(losses) if math.isfinite(loss)]
    if not alive:
        raise ValueError
    k = -min(alive)[1]
    return grid[k], k in (0, len(losses) - 1)


def wrong_flag_never(grid, losses):
    y = np.where(np.isfinite(losses), losses, np.inf)
    if not np.isfinite(y).any():
        raise ValueError
    return grid[int(np.argmin(y))], False
