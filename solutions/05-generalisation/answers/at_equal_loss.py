"""Answers to `at_equal_loss`."""

import math

import numpy as np


def right_with_where(train, val, threshold):
    found = np.flatnonzero(np.asarray(train, dtype=float) <= threshold)
    return np.asarray(val, dtype=float)[found[0]] if len(found) else np.nan


def right_next(train, val, threshold):
    return next((v for t, v in zip(train, val, strict=True) if t <= threshold), math.nan)


def wrong_last_crossing(train, val, threshold):
    found = np.flatnonzero(np.asarray(train) <= threshold)
    return np.asarray(val)[found[-1]] if len(found) else np.nan


def wrong_least_training_loss(train, val, threshold):
    k = int(np.nanargmin(train))
    return val[k] if train[k] <= threshold else math.nan


def wrong_argmax_of_nothing(train, val, threshold):
    return val[int(np.argmax(np.asarray(train) <= threshold))]


def wrong_last_value_if_never(train, val, threshold):
    return next((v for t, v in zip(train, val, strict=True) if t <= threshold), val[-1])


def wrong_strictly_below(train, val, threshold):
    return next((v for t, v in zip(train, val, strict=True) if t < threshold), math.nan)


def wrong_returns_index(train, val, threshold):
    return next((k for k, t in enumerate(train) if t <= threshold), math.nan)


def wrong_nearest_loss(train, val, threshold):
    return val[int(np.nanargmin(np.abs(np.asarray(train) - threshold)))]
