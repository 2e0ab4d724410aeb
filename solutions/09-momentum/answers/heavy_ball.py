"""Answers to `heavy_ball`."""

import numpy as np


def right_by_differences(grad, x0, lr, beta, T):
    x = np.array(x0, dtype=float)
    before, path = x, [x]
    for _ in range(T):
        x, before = x - lr * np.asarray(grad(x)) + beta * (x - before), x
        path.append(x)
    return np.array(path)


def right_preallocated(grad, x0, lr, beta, T):
    path = np.empty((T + 1, len(x0)))
    path[0] = x0
    v = np.zeros(len(x0))
    for t in range(T):
        v = beta * v - lr * np.asarray(grad(path[t].copy()))
        path[t + 1] = path[t] + v
    return path


def wrong_averaged_gradient(grad, x0, lr, beta, T):
    x, path = np.array(x0, dtype=float), [np.array(x0, dtype=float)]
    v = np.zeros_like(x)
    for _ in range(T):
        v = beta * v - lr * (1 - beta) * np.asarray(grad(x))
        x = x + v
        path.append(x)
    return np.array(path)


def wrong_uphill(grad, x0, lr, beta, T):
    x, path = np.array(x0, dtype=float), [np.array(x0, dtype=float)]
    v = np.zeros_like(x)
    for _ in range(T):
        v = beta * v + lr * np.asarray(grad(x))
        x = x + v
        path.append(x)
    return np.array(path)


def wrong_first_step_stands_still(grad, x0, lr, beta, T):
    x, path = np.array(x0, dtype=float), [np.array(x0, dtype=float)]
    v = np.zeros_like(x)
    for _ in range(T):
        x = x + v
        v = beta * v - lr * np.asarray(grad(x))
        path.append(x)
    return np.array(path)


def wrong_no_momentum(grad, x0, lr, beta, T):
    path = [np.array(x0, dtype=float)]
    for _ in range(T):
        path.append(path[-1] - lr * np.asarray(grad(path[-1])))
    return np.array(path)


def wrong_start_missing(grad, x0, lr, beta, T):
    x, path = np.array(x0, dtype=float), []
    v = np.zeros_like(x)
    for _ in range(T):
        v = beta * v - lr * np.asarray(grad(x))
        x = x + v
        path.append(x)
    return np.array(path)


def wrong_changes_the_start(grad, x0, lr, beta, T):
    x = np.asarray(x0, dtype=float)
    path, v = [x.copy()], np.zeros_like(x)
    for _ in range(T):
        v = beta * v - lr * np.asarray(grad(x))
        x += v
        path.append(x.copy())
    return np.array(path)


def wrong_nesterov(grad, x0, lr, beta, T):
    x, path = np.array(x0, dtype=float), [np.array(x0, dtype=float)]
    v = np.zeros_like(x)
    for _ in range(T):
        v = beta * v - lr * np.asarray(grad(x + beta * v))
        x = x + v
        path.append(x)
    return np.array(path)
