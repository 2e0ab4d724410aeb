"""Answers to `largest_curvature`."""

import numpy as np


def right_whole_matrix(hvp, dim):
    H = np.stack([np.asarray(hvp(e), dtype=float) for e in np.eye(dim)])
    values = np.linalg.eigvalsh((H + H.T) / 2)
    return values[np.argmax(np.abs(values))]


def right_power_iteration(hvp, dim):
    v = np.random.default_rng(1).normal(size=dim)
    value = None
    for _ in range(3000):
        v = v / np.linalg.norm(v)
        w = np.asarray(hvp(v))
        new = v @ w
        if value is not None and np.linalg.norm(w - new * v) < 1e-3 * abs(new) / 10:
            return new
        v, value = w, new
    return value


def wrong_sign_lost(hvp, dim):
    v = np.random.default_rng(0).normal(size=dim)
    for _ in range(1500):
        v = np.asarray(hvp(v))
        length = np.linalg.norm(v)
        v = v / length
    return length


def wrong_too_few_steps(hvp, dim):
    v = np.random.default_rng(0).normal(size=dim)
    v /= np.linalg.norm(v)
    for _ in range(5):
        w = np.asarray(hvp(v))
        value = v @ w
        v = w / np.linalg.norm(w)
    return value


def wrong_random_direction(hvp, dim):
    v = np.random.default_rng(0).normal(size=dim)
    v /= np.linalg.norm(v)
    return v @ np.asarray(hvp(v))


def wrong_starts_along_an_axis(hvp, dim):
    v = np.eye(dim)[0]
    for _ in range(1500):
        w = np.asarray(hvp(v))
        value = v @ w
        v = w / np.linalg.norm(w)
    return value


def wrong_not_scaled(hvp, dim):
    v = np.random.default_rng(0).normal(size=dim)
    for _ in range(1500):
        w = np.asarray(hvp(v))
        value = v @ w / (v @ v)
        v = w
    return value


def wrong_trace(hvp, dim):
    return sum(np.asarray(hvp(e))[k] for k, e in enumerate(np.eye(dim)))


def wrong_quotient_not_normalised(hvp, dim):
    v = np.random.default_rng(0).normal(size=dim)
    for _ in range(1500):
        w = np.asarray(hvp(v))
        value = v @ w
        v = 2 * w / np.linalg.norm(w)
    return value
