"""Answers to `rescale_velocity`."""

import numpy as np


def right_ratio(v, lr_old, lr_new):
    return np.array(v, dtype=float) * (lr_new / lr_old)


def right_comprehension(v, lr_old, lr_new):
    return [x / lr_old * lr_new for x in np.asarray(v, dtype=float).tolist()]


def wrong_inverse(v, lr_old, lr_new):
    return np.array(v, dtype=float) * (lr_old / lr_new)


def wrong_unchanged(v, lr_old, lr_new):
    return np.array(v, dtype=float)


def wrong_buffer(v, lr_old, lr_new):
    return -np.array(v, dtype=float) / lr_old


def wrong_forgets(v, lr_old, lr_new):
    return np.zeros_like(np.array(v, dtype=float))


def wrong_sign(v, lr_old, lr_new):
    return -np.array(v, dtype=float) * (lr_new / lr_old)


def wrong_in_place(v, lr_old, lr_new):
    v = np.asarray(v)
    v *= lr_new / lr_old
    return v
