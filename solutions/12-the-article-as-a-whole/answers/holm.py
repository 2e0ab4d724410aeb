"""Answers to `holm`."""

import numpy as np


def right_by_adjusting(pvals, alpha):
    from lrcourse.statistics import holm_adjusted

    return [bool(p <= alpha) for p in holm_adjusted(pvals)]


def right_recursive(pvals, alpha):
    answers = {}
    left = sorted(range(len(pvals)), key=lambda k: pvals[k])
    while left:
        good = pvals[left[0]] <= alpha / len(left)
        if not good:
            break
        answers[left.pop(0)] = good
    return [answers.get(k, False) for k in range(len(pvals))]


def wrong_bonferroni(pvals, alpha):
    return [p <= alpha / len(pvals) for p in pvals]


def wrong_no_correction(pvals, alpha):
    return [p <= alpha for p in pvals]


def wrong_sorted_order(pvals, alpha):
    answers, alive = [], True
    for k, p in enumerate(sorted(pvals)):
        alive = alive and p <= alpha / (len(pvals) - k)
        answers.append(alive)
    return answers


def wrong_does_not_stop(pvals, alpha):
    answers = [False] * len(pvals)
    for k, position in enumerate(np.argsort(pvals)):
        answers[position] = bool(pvals[position] <= alpha / (len(pvals) - k))
    return answers


def wrong_step_up(pvals, alpha):
    order = sorted(range(len(pvals)), key=lambda k: pvals[k])
    last = -1
    for k, position in enumerate(order):
        if pvals[position] <= alpha / (len(pvals) - k):
            last = k
    return [order.index(k) <= last for k in range(len(pvals))]


def wrong_limits_reversed(pvals, alpha):
    answers, alive = [False] * len(pvals), True
    for k, position in enumerate(np.argsort(pvals)):
        alive = alive and bool(pvals[position] <= alpha / (k + 1))
        answers[position] = alive
    return answers


def wrong_strictly_below(pvals, alpha):
    answers, alive = [False] * len(pvals), True
    for k, position in enumerate(np.argsort(pvals)):
        alive = alive and bool(pvals[position] < alpha / (len(pvals) - k))
        answers[position] = alive
    return answers


def wrong_which_fail(pvals, alpha):
    answers, alive = [True] * len(pvals), True
    for k, position in enumerate(np.argsort(pvals)):
        alive = alive and bool(pvals[position] <= alpha / (len(pvals) - k))
        answers[position] = not alive
    return answers
