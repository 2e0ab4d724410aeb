"""Answers to `noisy_path`."""

import numpy as np


def right_one_draw_a_step(slope, x0, lr, noise, T, seed):
    rng = np.random.default_rng(seed)
    path = np.empty(T + 1)
    path[0] = x0
    for t in range(T):
        path[t + 1] = path[t] - lr * (slope(path[t]) + noise * rng.standard_normal())
    return path


def right_as_a_list(slope, x0, lr, noise, T, seed):
    rng, path = np.random.default_rng(seed), [x0]
    while len(path) <= T:
        gradient = slope(path[-1]) + rng.normal(0.0, 1.0) * noise
        path.append(path[-1] - lr * gradient)
    return path


def wrong_noise_without_rate(slope, x0, lr, noise, T, seed):
    rng, path = np.random.default_rng(seed), [x0]
    for _ in range(T):
        path.append(path[-1] - lr * slope(path[-1]) - noise * rng.standard_normal())
    return np.array(path)


def wrong_start_missing(slope, x0, lr, noise, T, seed):
    rng, x, path = np.random.default_rng(seed), x0, []
    for _ in range(T):
        x = x - lr * (slope(x) + noise * rng.standard_normal())
        path.append(x)
    return np.array(path)


def wrong_global_generator(slope, x0, lr, noise, T, seed):
    path = [x0]
    for _ in range(T):
        path.append(path[-1] - lr * (slope(path[-1]) + noise * np.random.standard_normal()))
    return np.array(path)


def wrong_new_generator_each_step(slope, x0, lr, noise, T, seed):
    path = [x0]
    for _ in range(T):
        z = np.random.default_rng(seed).standard_normal()
        path.append(path[-1] - lr * (slope(path[-1]) + noise * z))
    return np.array(path)


def wrong_uphill(slope, x0, lr, noise, T, seed):
    rng, path = np.random.default_rng(seed), [x0]
    for _ in range(T):
        path.append(path[-1] + lr * (slope(path[-1]) + noise * rng.standard_normal()))
    return np.array(path)


def wrong_slope_at_start(slope, x0, lr, noise, T, seed):
    rng, path = np.random.default_rng(seed), [x0]
    for _ in range(T):
        path.append(path[-1] - lr * (slope(x0) + noise * rng.standard_normal()))
    return np.array(path)


def wrong_uniform_noise(slope, x0, lr, noise, T, seed):
    rng, path = np.random.default_rng(seed), [x0]
    for _ in range(T):
        path.append(path[-1] - lr * (slope(path[-1]) + noise * rng.uniform(-1, 1)))
    return np.array(path)
