"""Answers to `eos_ratio`."""

import numpy as np


def right_by_index(sharp, lr, beta=0):
    n = len(sharp)
    last = [float(s) for s in sharp[n - max(n // 4, 1) :]]
    limit = 2 * (1 + beta) / lr
    return sum(last) / len(last) / limit


def right_by_mean(sharp, lr, beta=0):
    last = np.array(sharp)[::-1][: max(1, len(sharp) // 4)]
    return np.mean(last) / ((2 + 2 * beta) / lr)


def wrong_whole_run(sharp, lr, beta=0):
    return np.mean(sharp) * lr / (2 * (1 + beta))


def wrong_beta_dropped(sharp, lr, beta=0):
    return np.mean(sharp[-max(1, len(sharp) // 4) :]) * lr / 2


def wrong_last_value(sharp, lr, beta=0):
    return sharp[-1] * lr / (2 * (1 + beta))


def wrong_limit_without_two(sharp, lr, beta=0):
    return np.mean(sharp[-max(1, len(sharp) // 4) :]) * lr / (1 + beta)


def wrong_effective_rate(sharp, lr, beta=0):
    return np.mean(sharp[-max(1, len(sharp) // 4) :]) * lr / (1 - beta) / 2


def wrong_short_runs(sharp, lr, beta=0):
    return np.mean(sharp[-(len(sharp) // 4) :]) * lr / (2 * (1 + beta))


def wrong_upside_down(sharp, lr, beta=0):
    return 2 * (1 + beta) / (lr * np.mean(sharp[-max(1, len(sharp) // 4) :]))
