"""Answers to `paired_effect`."""

import math

import numpy as np
from scipy import stats


def right_plain_python(a, b):
    d = [x - y for x, y in zip(a, b, strict=True) if not (math.isnan(x) or math.isnan(y))]
    if len(d) < 2:
        raise ValueError(len(d))
    mean = sum(d) / len(d)
    s = math.sqrt(sum((x - mean) ** 2 for x in d) / (len(d) - 1))
    half = stats.t.ppf(0.975, len(d) - 1) * s / math.sqrt(len(d))
    return mean, mean - half, mean + half


def right_by_scipy(a, b):
    both = np.array([a, b], dtype=float)
    both = both[:, ~np.isnan(both).any(axis=0)]
    if both.shape[1] < 2:
        raise ValueError("too few pairs")
    difference = both[0] - both[1]
    low, high = stats.t.interval(
        0.95, len(difference) - 1, loc=difference.mean(), scale=stats.sem(difference)
    )
    return [difference.mean(), low, high]


def wrong_unpaired(a, b):
    a, b = (np.asarray(x, dtype=float) for x in (a, b))
    a, b = a[~np.isnan(a)], b[~np.isnan(b)]
    if min(len(a), len(b)) < 2:
        raise ValueError
    mean = a.mean() - b.mean()
    error = math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    half = stats.t.ppf(0.975, len(a) + len(b) - 2) * error
    return mean, mean - half, mean + half


def wrong_b_minus_a(a, b):
    d = np.asarray(b, dtype=float) - np.asarray(a, dtype=float)
    d = d[~np.isnan(d)]
    if len(d) < 2:
        raise ValueError
    half = stats.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / math.sqrt(len(d))
    return d.mean(), d.mean() - half, d.mean() + half


def wrong_normal_quantile(a, b):
    d = np.asarray(a, dtype=float) - np.asarray(b, dtype=float)
    d = d[~np.isnan(d)]
    if len(d) < 2:
        raise ValueError
    half = 1.96 * d.std(ddof=1) / math.sqrt(len(d))
    return d.mean(), d.mean() - half, d.mean() + half


def wrong_counts_nan_pairs(a, b):
    d = np.asarray(a, dtype=float) - np.asarray(b, dtype=float)
    if len(d) < 2:
        raise ValueError
    half = stats.t.ppf(0.975, len(d) - 1) * np.nanstd(d, ddof=1) / math.sqrt(len(d))
    return np.nanmean(d), np.nanmean(d) - half, np.nanmean(d) + half


def wrong_population_deviation(a, b):
    d = np.asarray(a, dtype=float) - np.asarray(b, dtype=float)
    d = d[~np.isnan(d)]
    if len(d) < 2:
        raise ValueError
    half = stats.t.ppf(0.975, len(d) - 1) * d.std() / math.sqrt(len(d))
    return d.mean(), d.mean() - half, d.mean() + half


def wrong_no_error(a, b):
    d = np.asarray(a, dtype=float) - np.asarray(b, dtype=float)
    d = d[~np.isnan(d)]
    if len(d) < 2:
        return (d.mean() if len(d) else math.nan), -math.inf, math.inf
    half = stats.t.ppf(0.975, len(d) - 1) * d.std(ddof=1) / math.sqrt(len(d))
    return d.mean(), d.mean() - half, d.mean() + half
