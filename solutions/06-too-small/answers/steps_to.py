"""Answers to `steps_to`."""

import math

import numpy as np


def right_flatnonzero(losses, target):
    found = np.flatnonzero(np.asarray(losses, dtype=float) <= target)
    return int(found[0]) if found.size else math.inf


def right_next(losses, target):
    return next((t for t, loss in enumerate(losses) if loss <= target), float("inf"))


def wrong_off_by_one(losses, target):
    return next((t + 1 for t, loss in enumerate(losses) if loss <= target), math.inf)


def wrong_strictly_below(losses, target):
    return next((t for t, loss in enumerate(losses) if loss < target), math.inf)


def wrong_argmax_of_nothing(losses, target):
    return int(np.argmax(np.asarray(losses) <= target))


def wrong_length_if_never(losses, target):
    return next((t for t, loss in enumerate(losses) if loss <= target), len(losses))


def wrong_last_time_above(losses, target):
    above = np.flatnonzero(np.asarray(losses) > target)
    return int(above[-1]) + 1 if above.size and above[-1] + 1 < len(losses) else math.inf


def wrong_minus_one_if_never(losses, target):
    return next((t for t, loss in enumerate(losses) if loss <= target), -1)
