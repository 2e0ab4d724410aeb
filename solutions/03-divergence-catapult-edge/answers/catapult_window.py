"""Answers to `catapult_window`."""

import numpy as np


def right_with_numpy(lambda0):
    if np.isnan(lambda0) or lambda0 <= 0:
        raise ValueError(lambda0)
    return tuple(np.array([2.0, 4.0]) / lambda0)


def right_as_a_list(lambda0):
    if lambda0 > 0:
        return [2.0 / lambda0, 4.0 / lambda0]
    raise ValueError(f"lambda0 is {lambda0}")


def wrong_twelve(lambda0):
    if not lambda0 > 0:
        raise ValueError(lambda0)
    return 2 / lambda0, 12 / lambda0


def wrong_one_to_two(lambda0):
    if not lambda0 > 0:
        raise ValueError(lambda0)
    return 1 / lambda0, 2 / lambda0


def wrong_multiplied(lambda0):
    if not lambda0 > 0:
        raise ValueError(lambda0)
    return 2 * lambda0, 4 * lambda0


def wrong_order(lambda0):
    if not lambda0 > 0:
        raise ValueError(lambda0)
    return 4 / lambda0, 2 / lambda0


def wrong_no_error(lambda0):
    return (2 / lambda0, 4 / lambda0) if lambda0 else (0.0, 0.0)


def wrong_upper_end_only(lambda0):
    if not lambda0 > 0:
        raise ValueError(lambda0)
    return 4 / lambda0
