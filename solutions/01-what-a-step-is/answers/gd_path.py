"""Answers to `gd_path`: each `right_…` must earn its points, each `wrong_…` must lose them."""

import numpy as np


def right_filled_array(H, x0, lr, T):
    """Fill an array that is there from the start."""
    H = np.array(H, dtype=float)
    path = np.empty((T + 1, len(x0)))
    path[0] = x0
    for t in range(T):
        path[t + 1] = path[t] - lr * H.dot(path[t])
    return path


def right_closed_form(H, x0, lr, T):
    """Use powers of 1 - lr·λ in the basis of the eigenvectors."""
    values, vectors = np.linalg.eigh(np.array(H, dtype=float))
    start = vectors.T @ np.array(x0, dtype=float)
    factors = (1 - lr * values) ** np.arange(T + 1)[:, None]
    return (factors * start) @ vectors.T


def right_list_of_lists(H, x0, lr, T):
    """Return a list of lists, with the products written out."""
    d = len(x0)
    points = [[float(v) for v in x0]]
    for _ in range(T):
        x = points[-1]
        slope = [sum(float(H[i][j]) * x[j] for j in range(d)) for i in range(d)]
        points.append([x[i] - lr * slope[i] for i in range(d)])
    return points


def wrong_start_missing(H, x0, lr, T):
    """Return T points, without the start."""
    x, H = np.array(x0, dtype=float), np.array(H, dtype=float)
    path = []
    for _ in range(T):
        x = x - lr * H @ x
        path.append(x)
    return np.array(path)


def wrong_end_missing(H, x0, lr, T):
    """Return T points, without the last."""
    x, H = np.array(x0, dtype=float), np.array(H, dtype=float)
    path = []
    for _ in range(T):
        path.append(x)
        x = x - lr * H @ x
    return np.array(path)


def wrong_last_point_only(H, x0, lr, T):
    """Forget the way and return where it ends."""
    x, H = np.array(x0, dtype=float), np.array(H, dtype=float)
    for _ in range(T):
        x = x - lr * H @ x
    return x


def wrong_mutates_start(H, x0, lr, T):
    """Step in place on the caller's array."""
    x, H = np.asarray(x0, dtype=float), np.asarray(H, dtype=float)
    path = [x.copy()]
    for _ in range(T):
        x -= lr * H @ x
        path.append(x.copy())
    return np.array(path)


def wrong_same_array_again(H, x0, lr, T):
    """Store one array again and again while it changes."""
    x, H = np.array(x0, dtype=float), np.array(H, dtype=float)
    path = [x]
    for _ in range(T):
        x -= lr * H @ x
        path.append(x)
    return np.array(path)


def wrong_normalised_gradient(H, x0, lr, T):
    """Make every step of length lr."""
    x, H = np.array(x0, dtype=float), np.array(H, dtype=float)
    path = [x]
    for _ in range(T):
        g = H @ x
        x = x - lr * g / (np.linalg.norm(g) or 1.0)
        path.append(x)
    return np.array(path)


def wrong_sign(H, x0, lr, T):
    """Climb instead of descend."""
    x, H = np.array(x0, dtype=float), np.array(H, dtype=float)
    path = [x]
    for _ in range(T):
        x = x + lr * H @ x
        path.append(x)
    return np.array(path)


def wrong_gradient_at_start(H, x0, lr, T):
    """Take the gradient once, at the start, for every step."""
    x, H = np.array(x0, dtype=float), np.array(H, dtype=float)
    g = H @ x
    return np.array([x - t * lr * g for t in range(T + 1)])


def wrong_integer_path(H, x0, lr, T):
    """Let whole numbers in x0 make the whole path one of whole numbers."""
    path = np.zeros((T + 1, len(x0)), dtype=np.asarray(x0).dtype)
    path[0] = x0
    for t in range(T):
        path[t + 1] = path[t] - lr * np.asarray(H) @ path[t]
    return path


def wrong_entrywise_product(H, x0, lr, T):
    """Multiply by the diagonal of H only."""
    x, H = np.array(x0, dtype=float), np.array(H, dtype=float)
    path = [x]
    for _ in range(T):
        x = x - lr * np.diag(H) * x
        path.append(x)
    return np.array(path)


def wrong_transposed(H, x0, lr, T):
    """Put the points into columns."""
    x, H = np.array(x0, dtype=float), np.array(H, dtype=float)
    path = [x]
    for _ in range(T):
        x = x - lr * H @ x
        path.append(x)
    return np.array(path).T


def wrong_factor_two(H, x0, lr, T):
    """Forget that the loss has a half in front."""
    x, H = np.array(x0, dtype=float), np.array(H, dtype=float)
    path = [x]
    for _ in range(T):
        x = x - 2 * lr * H @ x
        path.append(x)
    return np.array(path)
