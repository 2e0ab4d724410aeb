"""Answers to `best_momentum`."""

import numpy as np


def right_by_condition_number(lmin, lmax):
    if not 0 < lmin <= lmax:
        raise ValueError((lmin, lmax))
    root = np.sqrt(lmax / lmin)
    beta = ((root - 1) / (root + 1)) ** 2
    return (1 + np.sqrt(beta)) ** 2 / lmax, beta


def right_as_a_list(lmin, lmax):
    if lmin <= 0 or not lmin <= lmax:
        raise ValueError(f"{lmin}, {lmax}")
    a, b = lmin**0.5, lmax**0.5
    return [(2 / (a + b)) ** 2, (b - a) ** 2 / (a + b) ** 2]


def wrong_momentum_not_squared(lmin, lmax):
    if not 0 < lmin <= lmax:
        raise ValueError
    a, b = lmin**0.5, lmax**0.5
    return 4 / (a + b) ** 2, (b - a) / (a + b)


def wrong_sum_not_squared(lmin, lmax):
    if not 0 < lmin <= lmax:
        raise ValueError
    a, b = lmin**0.5, lmax**0.5
    return 4 / (a + b), ((b - a) / (a + b)) ** 2


def wrong_without_roots(lmin, lmax):
    if not 0 < lmin <= lmax:
        raise ValueError
    return 4 / (lmax + lmin), ((lmax - lmin) / (lmax + lmin)) ** 2


def wrong_gradient_descent(lmin, lmax):
    if not 0 < lmin <= lmax:
        raise ValueError
    return 2 / (lmax + lmin), 0.0


def wrong_no_error(lmin, lmax):
    a, b = abs(lmin) ** 0.5, abs(lmax) ** 0.5
    return 4 / (a + b) ** 2, ((b - a) / (a + b)) ** 2


def wrong_always_nine_tenths(lmin, lmax):
    if not 0 < lmin <= lmax:
        raise ValueError
    return 2 / lmax, 0.9
