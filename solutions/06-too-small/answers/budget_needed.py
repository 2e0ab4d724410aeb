"""Answers to `budget_needed`."""

import math
from fractions import Fraction

import numpy as np


def right_with_fractions(T, lr, lr2, limit):
    if not lr > 0 or not 0 < lr2 < limit:
        raise ValueError((lr, lr2))
    ratio = Fraction(str(lr)) / Fraction(str(lr2))
    return math.ceil(T * ratio)


def right_rounded_first(T, lr, lr2, limit):
    if math.isnan(lr2) or min(lr, lr2) <= 0 or lr2 >= limit:
        raise ValueError((lr, lr2, limit))
    return int(np.ceil(np.round(T * lr / lr2, 6)))


def wrong_way_round(T, lr, lr2, limit):
    if not lr > 0 or not 0 < lr2 < limit:
        raise ValueError
    return math.ceil(T * lr2 / lr)


def wrong_no_limit(T, lr, lr2, limit):
    if not lr > 0 or not lr2 > 0:
        raise ValueError
    return math.ceil(round(T * lr / lr2, 6))


def wrong_rounds_down(T, lr, lr2, limit):
    if not lr > 0 or not 0 < lr2 < limit:
        raise ValueError
    return int(T * lr / lr2)


def wrong_not_rounded(T, lr, lr2, limit):
    if not lr > 0 or not 0 < lr2 < limit:
        raise ValueError
    return T * lr / lr2


def wrong_squared(T, lr, lr2, limit):
    if not lr > 0 or not 0 < lr2 < limit:
        raise ValueError
    return math.ceil(round(T * (lr / lr2) ** 2, 6))


def wrong_at_the_limit(T, lr, lr2, limit):
    if not lr > 0 or not 0 < lr2 <= limit:
        raise ValueError
    return math.ceil(round(T * lr / lr2, 6))
