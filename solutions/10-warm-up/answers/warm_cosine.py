"""Answers to `warm_cosine`."""

import math

import numpy as np


def right_two_branches(t, W, T, peak):
    if t >= T:
        return 0.0
    if t < W:
        return (t + 1) * peak / W
    return peak * math.cos(math.pi / 2 * (t - W) / (T - W)) ** 2


def right_as_a_table(t, W, T, peak):
    up = peak * np.arange(1, W + 1) / W if W else np.array([])
    down = peak / 2 * (1 + np.cos(np.pi * np.arange(T - W + 1) / (T - W)))
    table = np.concatenate([up, down])
    return table[min(t, len(table) - 1)]


def wrong_first_step_zero(t, W, T, peak):
    if t < W:
        return peak * t / W
    return peak / 2 * (1 + math.cos(math.pi * min((t - W) / (T - W), 1)))


def wrong_cosine_from_zero(t, W, T, peak):
    if t < W:
        return peak * (t + 1) / W
    return peak / 2 * (1 + math.cos(math.pi * min(t / T, 1)))


def wrong_climbs_after_the_end(t, W, T, peak):
    if t < W:
        return peak * (t + 1) / W
    return peak / 2 * (1 + math.cos(math.pi * (t - W) / (T - W)))


def wrong_straight_down(t, W, T, peak):
    if t < W:
        return peak * (t + 1) / W
    return peak * max(1 - (t - W) / (T - W), 0)


def wrong_peak_too_late(t, W, T, peak):
    if t < W:
        return peak * (t + 1) / (W + 1)
    return peak / 2 * (1 + math.cos(math.pi * min((t - W) / (T - W), 1)))


def wrong_no_warmup_fails(t, W, T, peak):
    up = peak * (t + 1) / W
    return min(up, peak / 2 * (1 + math.cos(math.pi * min(max(t - W, 0) / (T - W), 1))))


def wrong_constant_afterwards(t, W, T, peak):
    return peak * min((t + 1) / W, 1) if W else peak
