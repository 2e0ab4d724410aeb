"""Answers to `same_seeds`."""

import numpy as np


def right_by_sets(reached_a, reached_b):
    seeds = [{k for k, reached in enumerate(arm) if reached} for arm in (reached_a, reached_b)]
    return seeds[0] == seeds[1]


def right_all(reached_a, reached_b):
    return all(bool(a) == bool(b) for a, b in zip(reached_a, reached_b, strict=True))


def wrong_compares_counts(reached_a, reached_b):
    return sum(reached_a) == sum(reached_b)


def wrong_all_arrived(reached_a, reached_b):
    return bool(np.all(reached_a) and np.all(reached_b))


def wrong_any_in_common(reached_a, reached_b):
    return any(a and b for a, b in zip(reached_a, reached_b, strict=True))


def wrong_second_within_first(reached_a, reached_b):
    return all(a or not b for a, b in zip(reached_a, reached_b, strict=True))


def wrong_way_round(reached_a, reached_b):
    return any(bool(a) != bool(b) for a, b in zip(reached_a, reached_b, strict=True))
