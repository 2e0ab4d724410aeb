"""Answers to `exp_reach`."""

import math


def right_geometric_series(lr0, gamma):
    if lr0 > 0 and 0 < gamma < 1:
        return lr0 / (1 - gamma)
    raise ValueError((lr0, gamma))


def right_by_expm1(lr0, gamma):
    if not lr0 > 0 or not 0 < gamma < 1:
        raise ValueError(f"{lr0}, {gamma}")
    return -lr0 / math.expm1(math.log(gamma))


def wrong_first_step_shrunk(lr0, gamma):
    if not (lr0 > 0 and 0 < gamma < 1):
        raise ValueError
    return lr0 * gamma / (1 - gamma)


def wrong_finite_sum(lr0, gamma):
    if not (lr0 > 0 and 0 < gamma < 1):
        raise ValueError
    return lr0 * sum(gamma**k for k in range(100))


def wrong_gamma_unchecked(lr0, gamma):
    if not lr0 > 0:
        raise ValueError
    return lr0 / (1 - gamma) if gamma != 1 else math.inf


def wrong_multiplied(lr0, gamma):
    if not (lr0 > 0 and 0 < gamma < 1):
        raise ValueError
    return lr0 * (1 - gamma)


def wrong_upside_down(lr0, gamma):
    if not (lr0 > 0 and 0 < gamma < 1):
        raise ValueError
    return (1 - gamma) / lr0


def wrong_integral(lr0, gamma):
    if not (lr0 > 0 and 0 < gamma < 1):
        raise ValueError
    return -lr0 / math.log(gamma)
