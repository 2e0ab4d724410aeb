"""Answers to `diagnose`."""

import math
from statistics import fmean

import numpy as np


def right_plain_python(train, val):
    tail, before = fmean(train[-4:]), fmean(train[-8:-4])
    works = all(math.isfinite(loss) for loss in train) and tail < train[0]
    if not works:
        return "rate too high"
    if fmean(val[-4:]) / min(val[:-4]) > 1.05:
        return "overfitting"
    return "done" if tail >= 0.95 * before else "not done"


def right_table_of_rows(train, val):
    train, val = np.asarray(train, dtype=float), np.asarray(val, dtype=float)
    rows = {
        "rate too high": not np.all(np.isfinite(train)) or train[-4:].mean() >= train[0],
        "overfitting": np.mean(val[-4:]) > np.min(val[:-4]) * 1.05,
        "not done": np.mean(train[-4:]) < 0.95 * np.mean(train[-8:-4]),
        "done": True,
    }
    return next(answer for answer, fits in rows.items() if fits)


def wrong_validation_up_means_the_rate(train, val):
    train, val = np.asarray(train, dtype=float), np.asarray(val, dtype=float)
    if not np.isfinite(train).all() or val[-4:].mean() > 1.05 * val[:-4].min():
        return "rate too high"
    if train[-4:].mean() < 0.95 * train[-8:-4].mean():
        return "not done"
    return "done"


def wrong_validation_first(train, val):
    train, val = np.asarray(train, dtype=float), np.asarray(val, dtype=float)
    if val[-4:].mean() > 1.05 * val[:-4].min():
        return "overfitting"
    if not np.isfinite(train).all() or train[-4:].mean() >= train[0]:
        return "rate too high"
    if train[-4:].mean() < 0.95 * train[-8:-4].mean():
        return "not done"
    return "done"


def wrong_nan_passes(train, val):
    train, val = np.asarray(train, dtype=float), np.asarray(val, dtype=float)
    if train[-4:].mean() >= train[0]:
        return "rate too high"
    if val[-4:].mean() > 1.05 * val[:-4].min():
        return "overfitting"
    if train[-4:].mean() < 0.95 * train[-8:-4].mean():
        return "not done"
    return "done"


def wrong_last_value_alone(train, val):
    train, val = np.asarray(train, dtype=float), np.asarray(val, dtype=float)
    if not np.isfinite(train).all() or train[-1] >= train[0]:
        return "rate too high"
    if val[-1] > 1.05 * val[:-4].min():
        return "overfitting"
    if train[-4:].mean() < 0.95 * train[-8:-4].mean():
        return "not done"
    return "done"


def wrong_flat_is_fine(train, val):
    train, val = np.asarray(train, dtype=float), np.asarray(val, dtype=float)
    if not np.isfinite(train).all() or train[-4:].mean() > train[0]:
        return "rate too high"
    if val[-4:].mean() > 1.05 * val[:-4].min():
        return "overfitting"
    if train[-4:].mean() < 0.95 * train[-8:-4].mean():
        return "not done"
    return "done"


def wrong_any_fall_is_not_done(train, val):
    train, val = np.asarray(train, dtype=float), np.asarray(val, dtype=float)
    if not np.isfinite(train).all() or train[-4:].mean() >= train[0]:
        return "rate too high"
    if val[-4:].mean() > 1.05 * val[:-4].min():
        return "overfitting"
    return "not done" if train[-4:].mean() < train[-8:-4].mean() else "done"


def wrong_any_rise_overfits(train, val):
    train, val = np.asarray(train, dtype=float), np.asarray(val, dtype=float)
    if not np.isfinite(train).all() or train[-4:].mean() >= train[0]:
        return "rate too high"
    if val[-4:].mean() > val[:-4].min():
        return "overfitting"
    if train[-4:].mean() < 0.95 * train[-8:-4].mean():
        return "not done"
    return "done"


def wrong_lowest_of_all(train, val):
    train, val = np.asarray(train, dtype=float), np.asarray(val, dtype=float)
    if not np.isfinite(train).all() or train[-4:].mean() >= train[0]:
        return "rate too high"
    if val[-4:].mean() > 1.05 * val.min():
        return "overfitting"
    if train[-4:].mean() < 0.95 * train[-8:-4].mean():
        return "not done"
    return "done"
