"""Answers to `classify_run`."""

import math

import numpy as np


def right_in_plain_python(losses):
    losses = [float(x) for x in losses]
    if any(math.isnan(x) or math.isinf(x) for x in losses) or losses[-1] > losses[0]:
        return "diverged"
    if max(losses) > 1.5 * losses[0]:
        return "catapult"
    late = losses[len(losses) // 2 :]
    rises = sum(late[k + 1] > late[k] for k in range(len(late) - 1))
    return "edge" if 10 * rises >= len(late) - 1 else "converged"


def right_by_masks(losses):
    x = np.array(losses, dtype=np.float64)
    rules = {
        "diverged": not np.all(np.isfinite(x)) or bool(x[0] < x[-1]),
        "catapult": bool(np.nanmax(x) / x[0] > 1.5),
        "edge": bool(np.mean(np.diff(x[x.size // 2 :]) > 0) >= 0.1),
        "converged": True,
    }
    return next(word for word, fits in rules.items() if fits)


def wrong_any_rise_diverged(losses):
    x = np.asarray(losses, dtype=float)
    return "diverged" if not (np.diff(x) <= 0).all() else "converged"


def wrong_ignores_nan(losses):
    x = np.asarray(losses, dtype=float)
    x = x[np.isfinite(x)]
    if x[-1] > x[0]:
        return "diverged"
    if x.max() > 1.5 * x[0]:
        return "catapult"
    return "edge" if (np.diff(x[len(x) // 2 :]) > 0).mean() >= 0.1 else "converged"


def wrong_only_nan_diverges(losses):
    x = np.asarray(losses, dtype=float)
    if not np.isfinite(x).all():
        return "diverged"
    if x.max() > 1.5 * x[0]:
        return "catapult"
    return "edge" if (np.diff(x[len(x) // 2 :]) > 0).mean() >= 0.1 else "converged"


def wrong_any_late_rise_is_edge(losses):
    x = np.asarray(losses, dtype=float)
    if not np.isfinite(x).all() or x[-1] > x[0]:
        return "diverged"
    if x.max() > 1.5 * x[0]:
        return "catapult"
    return "edge" if (np.diff(x[len(x) // 2 :]) > 0).any() else "converged"


def wrong_whole_run_for_edge(losses):
    x = np.asarray(losses, dtype=float)
    if not np.isfinite(x).all() or x[-1] > x[0]:
        return "diverged"
    if x.max() > 1.5 * x[0]:
        return "catapult"
    return "edge" if (np.diff(x) > 0).mean() >= 0.1 else "converged"


def wrong_catapult_at_any_rise(losses):
    x = np.asarray(losses, dtype=float)
    if not np.isfinite(x).all() or x[-1] > x[0]:
        return "diverged"
    if x.max() > x[0]:
        return "catapult"
    return "edge" if (np.diff(x[len(x) // 2 :]) > 0).mean() >= 0.1 else "converged"


def wrong_catapult_before_divergence(losses):
    x = np.asarray(losses, dtype=float)
    if np.nanmax(x) > 1.5 * x[0]:
        return "catapult"
    if not np.isfinite(x).all() or x[-1] > x[0]:
        return "diverged"
    return "edge" if (np.diff(x[len(x) // 2 :]) > 0).mean() >= 0.1 else "converged"
