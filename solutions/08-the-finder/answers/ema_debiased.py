"""Answers to `ema_debiased`."""

import numpy as np


def right_weighted_means(x, b):
    x = np.asarray(x, dtype=float)
    out = []
    for t in range(len(x)):
        w = b ** np.arange(t, -1, -1.0)
        out.append(np.average(x[: t + 1], weights=w))
    return out


def right_two_sums(x, b):
    top = bottom = 0.0
    out = []
    for value in x:
        top, bottom = b * top + value, b * bottom + 1
        out.append(top / bottom)
    return np.array(out)


def wrong_biased(x, b):
    m, out = 0.0, []
    for value in x:
        m = b * m + (1 - b) * value
        out.append(m)
    return np.array(out)


def wrong_starts_from_first(x, b):
    m, out = x[0], []
    for value in x:
        m = b * m + (1 - b) * value
        out.append(m)
    return np.array(out)


def wrong_exponent(x, b):
    m, out = 0.0, []
    for t, value in enumerate(x):
        m = b * m + (1 - b) * value
        out.append(m / (1 - b ** (t + 2)))
    return np.array(out)


def wrong_weights_swapped(x, b):
    m, out = 0.0, []
    for t, value in enumerate(x):
        m = (1 - b) * m + b * value
        out.append(m / max(1 - (1 - b) ** (t + 1), 1e-12))
    return np.array(out)


def wrong_moving_mean(x, b):
    x = np.asarray(x, dtype=float)
    return np.cumsum(x) / np.arange(1, len(x) + 1)


def wrong_feeds_back_the_repaired(x, b):
    m, out = 0.0, []
    for t, value in enumerate(x):
        m = (b * m + (1 - b) * value) / (1 - b ** (t + 1))
        out.append(m)
    return np.array(out)
