"""Answers to `loglog_slope`."""

import numpy as np
from scipy import stats


def right_polyfit(x, y_by_seed):
    slopes = [np.polyfit(np.log(x), np.log(y), 1)[0] for y in np.asarray(y_by_seed, dtype=float)]
    n = len(slopes)
    half = stats.t.ppf(0.975, n - 1) * np.std(slopes, ddof=1) / np.sqrt(n)
    return np.mean(slopes), np.mean(slopes) - half, np.mean(slopes) + half


def right_base_ten(x, y_by_seed):
    slopes = np.array([stats.linregress(np.log10(x), np.log10(y)).slope for y in y_by_seed])
    error = slopes.std(ddof=1) / len(slopes) ** 0.5
    t = stats.t.ppf(0.975, len(slopes) - 1)
    return [slopes.mean(), slopes.mean() - t * error, slopes.mean() + t * error]


def wrong_normal_quantile(x, y_by_seed):
    slopes = np.array([np.polyfit(np.log(x), np.log(y), 1)[0] for y in y_by_seed])
    half = 1.96 * slopes.std(ddof=1) / np.sqrt(len(slopes))
    return slopes.mean(), slopes.mean() - half, slopes.mean() + half


def wrong_pooled(x, y_by_seed):
    y = np.asarray(y_by_seed, dtype=float)
    fit = stats.linregress(np.tile(np.log(x), len(y)), np.log(y).ravel())
    half = stats.t.ppf(0.975, y.size - 2) * fit.stderr
    return fit.slope, fit.slope - half, fit.slope + half


def wrong_population_deviation(x, y_by_seed):
    slopes = np.array([np.polyfit(np.log(x), np.log(y), 1)[0] for y in y_by_seed])
    half = stats.t.ppf(0.975, len(slopes) - 1) * slopes.std() / np.sqrt(len(slopes))
    return slopes.mean(), slopes.mean() - half, slopes.mean() + half


def wrong_not_divided_by_root(x, y_by_seed):
    slopes = np.array([np.polyfit(np.log(x), np.log(y), 1)[0] for y in y_by_seed])
    half = stats.t.ppf(0.975, len(slopes) - 1) * slopes.std(ddof=1)
    return slopes.mean(), slopes.mean() - half, slopes.mean() + half


def wrong_x_not_logarithmic(x, y_by_seed):
    slopes = np.array([np.polyfit(x, np.log(y), 1)[0] for y in y_by_seed])
    half = stats.t.ppf(0.975, len(slopes) - 1) * slopes.std(ddof=1) / np.sqrt(len(slopes))
    return slopes.mean(), slopes.mean() - half, slopes.mean() + half


def wrong_axes_swapped(x, y_by_seed):
    slopes = np.array([np.polyfit(np.log(y), np.log(x), 1)[0] for y in y_by_seed])
    half = stats.t.ppf(0.975, len(slopes) - 1) * slopes.std(ddof=1) / np.sqrt(len(slopes))
    return slopes.mean(), slopes.mean() - half, slopes.mean() + half


def wrong_smallest_and_largest(x, y_by_seed):
    slopes = [np.polyfit(np.log(x), np.log(y), 1)[0] for y in y_by_seed]
    return np.mean(slopes), min(slopes), max(slopes)
