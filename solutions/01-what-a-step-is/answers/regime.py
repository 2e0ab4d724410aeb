"""Answers to `regime`: each `right_…` must earn its points, each `wrong_…` must lose them."""

import numpy as np


def right_factor(lr, lam):
    """Look at the factor that every step multiplies x by."""
    factor = 1 - lr * lam
    if factor >= 0:
        return "monotone"
    return "oscillating" if factor >= -1 else "diverging"


def right_bins(lr, lam):
    """Count how many of the two limits the product exceeds."""
    words = ["monotone", "oscillating", "diverging"]
    return words[int(np.searchsorted([1.0, 2.0], lr * lam, side="left"))]


def wrong_one_threshold(lr, lam):
    """Know of divergence only."""
    return "diverging" if lr * lam > 2 else "monotone"


def wrong_first_threshold_only(lr, lam):
    """Take the first jump across the bottom for divergence."""
    return "diverging" if lr * lam > 1 else "monotone"


def wrong_edge_at_one(lr, lam):
    """Call a product of exactly 1 oscillating."""
    if lr * lam < 1:
        return "monotone"
    return "oscillating" if lr * lam <= 2 else "diverging"


def wrong_edge_at_two(lr, lam):
    """Call a product of exactly 2 diverging."""
    if lr * lam <= 1:
        return "monotone"
    return "oscillating" if lr * lam < 2 else "diverging"


def wrong_learning_rate_alone(lr, lam):
    """Judge the learning rate without the curvature."""
    if lr <= 0.1:
        return "monotone"
    return "oscillating" if lr <= 0.5 else "diverging"


def wrong_limits_halved(lr, lam):
    """Put the limits at 1/2 and 1."""
    if lr * lam <= 0.5:
        return "monotone"
    return "oscillating" if lr * lam <= 1 else "diverging"


def wrong_spelling(lr, lam):
    """Find the right regime and name it otherwise."""
    if lr * lam <= 1:
        return "Monotone"
    return "Oscillating" if lr * lam <= 2 else "Diverging"


def wrong_prints(lr, lam):
    """Print the answer and return nothing."""
    print("monotone" if lr * lam <= 1 else "oscillating" if lr * lam <= 2 else "diverging")


def wrong_product_rounded(lr, lam):
    """Round the product before it is compared."""
    product = round(lr * lam)
    if product <= 1:
        return "monotone"
    return "oscillating" if product <= 2 else "diverging"
