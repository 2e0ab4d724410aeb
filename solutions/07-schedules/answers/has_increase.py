"""Answers to `has_increase`."""

import numpy as np


def right_loop(lrs):
    before = None
    for lr in lrs:
        if before is not None and lr - before > 1e-6 * before:
            return True
        before = lr
    return False


def right_any(lrs):
    lrs = [float(x) for x in lrs]
    return any(lrs[k] > lrs[k - 1] * (1 + 1e-6) for k in range(1, len(lrs)))


def wrong_last_against_first(lrs):
    return bool(len(lrs) and lrs[-1] > lrs[0])


def wrong_counts_equality(lrs):
    return bool((np.diff(lrs) >= 0).any())


def wrong_counts_rounding(lrs):
    return bool((np.diff(lrs) > 0).any())


def wrong_maximum_not_first(lrs):
    return bool(len(lrs) and max(lrs) > lrs[0])


def wrong_all_steps(lrs):
    return bool(len(lrs) > 1 and (np.diff(lrs) > 0).all())


def wrong_absolute_threshold(lrs):
    return bool((np.diff(lrs) > 1e-6).any())
