"""Answers to `cosine`."""

import math

import numpy as np


def right_with_clip(t, T, peak, floor=0.0):
    angle = np.pi * np.clip(t, 0, T) / T
    return (peak + floor) / 2 + (peak - floor) / 2 * np.cos(angle)


def right_vectorised(t, T, peak, floor=0.0):
    def one(step):
        done = min(step / T, 1.0)
        return floor + (peak - floor) * math.cos(math.pi * done / 2) ** 2

    return np.vectorize(one, otypes=[float])(t)[()]


def wrong_goes_up_again(t, T, peak, floor=0.0):
    return floor + (peak - floor) * (1 + np.cos(np.pi * np.asarray(t) / T)) / 2


def wrong_off_by_one(t, T, peak, floor=0.0):
    share = np.minimum(np.asarray(t) / (T + 1), 1.0)
    return floor + (peak - floor) * (1 + np.cos(np.pi * share)) / 2


def wrong_floor_added_to_peak(t, T, peak, floor=0.0):
    share = np.minimum(np.asarray(t) / T, 1.0)
    return floor + peak * (1 + np.cos(np.pi * share)) / 2


def wrong_numbers_only(t, T, peak, floor=0.0):
    return floor + (peak - floor) * (1 + math.cos(math.pi * min(t / T, 1))) / 2


def wrong_linear(t, T, peak, floor=0.0):
    return peak + (floor - peak) * np.minimum(np.asarray(t) / T, 1.0)


def wrong_half_forgotten(t, T, peak, floor=0.0):
    share = np.minimum(np.asarray(t) / T, 1.0)
    return floor + (peak - floor) * (1 + np.cos(np.pi * share))


def wrong_drops_to_zero_after_T(t, T, peak, floor=0.0):
    t = np.asarray(t)
    return np.where(t <= T, floor + (peak - floor) * (1 + np.cos(np.pi * t / T)) / 2, 0.0)
