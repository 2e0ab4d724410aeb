"""Answers to `predict_lr_after_rescale`: `right_…` must earn its points, `wrong_…` lose them."""

import math

import numpy as np


def right_power(lr, s):
    """Multiply by s to the power -2."""
    return lr * abs(float(s)) ** -2


def right_by_experiment(lr, s):
    """Measure the curvature of one input before and after."""
    x = np.array([1.0, 2.0, -1.0])
    before, after = x @ x, (s * x) @ (s * x)
    return lr * before / after


def wrong_divided_once(lr, s):
    """Count the input once, though the curvature contains it twice."""
    return lr / s


def wrong_divided_once_in_size(lr, s):
    """Count the input once, and drop its sign."""
    return lr / abs(s)


def wrong_way_round(lr, s):
    """Let the learning rate grow with the inputs."""
    return lr * s


def wrong_way_round_squared(lr, s):
    """Use the right power in the wrong direction."""
    return lr * s**2


def wrong_unchanged(lr, s):
    """Believe that a learning rate has no units."""
    return lr


def wrong_square_root(lr, s):
    """Take the root where the square belongs."""
    return lr / math.sqrt(abs(s))


def wrong_sign_kept(lr, s):
    """Square the size and keep the sign, so that the learning rate becomes negative."""
    return lr / (s * abs(s))


def wrong_whole_numbers(lr, s):
    """Divide whole numbers with the operator that drops the rest."""
    return lr // s**2 if isinstance(lr, int) else lr / s**2


def wrong_fourth_power(lr, s):
    """Square the curvature, which holds the square already."""
    return lr / s**4
