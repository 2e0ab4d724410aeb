"""Answers to `warm_restarts`."""

import math

import numpy as np


def right_by_cycles(t, T0, mult, peak):
    start, length = 0, T0
    while t >= start + length:
        start, length = start + length, length * mult
    return peak / 2 * (1 + math.cos(math.pi * (t - start) / length))


def right_recursive(t, T0, mult, peak):
    def rate(step, length):
        if step < length:
            return peak * np.cos(np.pi * step / length / 2) ** 2
        return rate(step - length, length * mult)

    return rate(t, T0) if mult > 1 else peak * np.cos(np.pi * (t % T0) / T0 / 2) ** 2


def wrong_equal_cycles(t, T0, mult, peak):
    return peak / 2 * (1 + math.cos(math.pi * (t % T0) / T0))


def wrong_restart_one_late(t, T0, mult, peak):
    start, length = 0, T0
    while t > start + length:
        start, length = start + length, length * mult
    return peak / 2 * (1 + math.cos(math.pi * (t - start) / length))


def wrong_length_from_total(t, T0, mult, peak):
    start, length = 0, T0
    while t >= start + length:
        start = start + length
        length = T0 * mult
    return peak / 2 * (1 + math.cos(math.pi * (t - start) / length))


def wrong_peak_shrinks(t, T0, mult, peak):
    start, length = 0, T0
    while t >= start + length:
        start, length, peak = start + length, length * mult, peak / 2
    return peak / 2 * (1 + math.cos(math.pi * (t - start) / length))


def wrong_cycle_ends_at_L_minus_one(t, T0, mult, peak):
    start, length = 0, T0
    while t >= start + length:
        start, length = start + length, length * mult
    return peak / 2 * (1 + math.cos(math.pi * (t - start) / max(length - 1, 1)))


def wrong_no_restart(t, T0, mult, peak):
    return peak / 2 * (1 + math.cos(math.pi * min(t / T0, 1)))
