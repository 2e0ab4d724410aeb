"""Answers to `regret_of`."""

import numpy as np


def right_base_ten(lr, grid, losses):
    return np.interp(np.log10(lr), np.log10(grid), losses) / np.min(losses)


def right_by_hand(lr, grid, losses):
    best = min(losses)
    if lr <= grid[0]:
        return losses[0] / best
    for k in range(1, len(grid)):
        if lr <= grid[k]:
            share = np.log(lr / grid[k - 1]) / np.log(grid[k] / grid[k - 1])
            return ((1 - share) * losses[k - 1] + share * losses[k]) / best
    return losses[-1] / best


def wrong_linear_in_the_rate(lr, grid, losses):
    return np.interp(lr, grid, losses) / np.min(losses)


def wrong_nearest_point(lr, grid, losses):
    k = int(np.argmin(np.abs(np.log(grid) - np.log(lr))))
    return losses[k] / np.min(losses)


def wrong_difference(lr, grid, losses):
    return np.interp(np.log(lr), np.log(grid), losses) - np.min(losses)


def wrong_upside_down(lr, grid, losses):
    return np.min(losses) / np.interp(np.log(lr), np.log(grid), losses)


def wrong_extrapolates(lr, grid, losses):
    x = np.log(grid)
    k = int(np.clip(np.searchsorted(x, np.log(lr)), 1, len(x) - 1))
    slope = (losses[k] - losses[k - 1]) / (x[k] - x[k - 1])
    return (losses[k - 1] + slope * (np.log(lr) - x[k - 1])) / np.min(losses)


def wrong_against_the_last(lr, grid, losses):
    return np.interp(np.log(lr), np.log(grid), losses) / losses[-1]
