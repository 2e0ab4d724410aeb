"""Answers to `basin_labels`."""

import numpy as np


def right_one_ball_after_the_other(f_grid):
    n = len(f_grid)
    ends = []
    for start in range(n):
        here = start
        while True:
            best = min([here, (here - 1) % n, (here + 1) % n], key=lambda k: f_grid[k])
            if best == here:
                break
            here = best
        ends.append(here)
    return np.array(ends)


def right_remembering(f_grid):
    f = list(map(float, f_grid))
    n, known = len(f), {}

    def end(k):
        if k not in known:
            left, right = (k - 1) % n, (k + 1) % n
            lower = left if f[left] < f[right] else right
            known[k] = k if f[k] < f[lower] else end(lower)
        return known[k]

    return [end(k) for k in range(n)]


def wrong_not_periodic(f_grid):
    n = len(f_grid)
    ends = []
    for here in range(n):
        while True:
            around = [k for k in (here - 1, here, here + 1) if 0 <= k < n]
            best = min(around, key=lambda k: f_grid[k])
            if best == here:
                break
            here = best
        ends.append(here)
    return np.array(ends)


def wrong_numbered(f_grid):
    n = len(f_grid)
    ends = []
    for here in range(n):
        while True:
            best = min([here, (here - 1) % n, (here + 1) % n], key=lambda k: f_grid[k])
            if best == here:
                break
            here = best
        ends.append(here)
    return np.unique(ends, return_inverse=True)[1]


def wrong_one_step_only(f_grid):
    n = len(f_grid)
    around = [min([k, (k - 1) % n, (k + 1) % n], key=lambda j: f_grid[j]) for k in range(n)]
    return np.array(around)


def wrong_deepest_for_all(f_grid):
    return np.full(len(f_grid), np.argmin(f_grid))


def wrong_right_neighbour_first(f_grid):
    n = len(f_grid)
    ends = []
    for here in range(n):
        while True:
            if f_grid[(here + 1) % n] < f_grid[here]:
                here = (here + 1) % n
            elif f_grid[(here - 1) % n] < f_grid[here]:
                here = (here - 1) % n
            else:
                break
        ends.append(here)
    return np.array(ends)


def wrong_nearest_minimum(f_grid):
    f = np.asarray(f_grid, dtype=float)
    n = len(f)
    minima = [k for k in range(n) if f[k] < f[k - 1] and f[k] < f[(k + 1) % n]]
    return [min(minima, key=lambda m: min(abs(k - m), n - abs(k - m))) for k in range(n)]
