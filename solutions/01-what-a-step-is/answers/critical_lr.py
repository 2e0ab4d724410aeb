"""Answers to `critical_lr`: each `right_…` must earn its points, each `wrong_…` must lose them."""

import numpy as np


def right_spectral_norm(H, beta=0, nesterov=False):
    """Use the spectral norm, which is the largest eigenvalue of such a matrix."""
    lam = np.linalg.norm(np.array(H, dtype=float), 2)
    limit = 2 * (1 + beta) / lam
    return limit / (1 + 2 * beta) if nesterov else limit


def right_general_eigenvalues(H, beta=0, nesterov=False):
    """Ask the routine for matrices of any kind, and take the real parts."""
    lam = max(np.linalg.eigvals(H).real)
    if nesterov:
        return (2 + 2 * beta) / (lam * (1 + 2 * beta))
    return (2 + 2 * beta) / lam


def right_power_iteration(H, beta=0, nesterov=False):
    """Square the matrix again and again: the sharpest direction is what remains."""
    H = np.array(H, dtype=float)
    power = H / np.trace(H)
    for _ in range(40):
        power = power @ power
        power = power / np.trace(power)
    lam = np.trace(power @ H)
    factor = 1 + beta
    if nesterov:
        factor /= 1 + 2 * beta
    return 2 / lam * factor


def wrong_one_over_lambda(H, beta=0, nesterov=False):
    """Stop where the walk begins to cross the bottom."""
    lam = np.linalg.eigvalsh(H)[-1]
    return (1 + beta) / (lam * (1 + 2 * beta)) if nesterov else (1 + beta) / lam


def wrong_trace(H, beta=0, nesterov=False):
    """Add the curvatures up."""
    lam = np.trace(np.array(H, dtype=float))
    return 2 * (1 + beta) / (lam * (1 + 2 * beta)) if nesterov else 2 * (1 + beta) / lam


def wrong_mean_curvature(H, beta=0, nesterov=False):
    """Take the average of the curvatures."""
    lam = np.trace(np.array(H, dtype=float)) / len(H)
    return 2 * (1 + beta) / (lam * (1 + 2 * beta)) if nesterov else 2 * (1 + beta) / lam


def wrong_momentum_ignored(H, beta=0, nesterov=False):
    """Give every method the limit of plain gradient descent."""
    return 2 / np.linalg.eigvalsh(H)[-1]


def wrong_nesterov_ignored(H, beta=0, nesterov=False):
    """Give Nesterov's method the heavy ball's limit."""
    return 2 * (1 + beta) / np.linalg.eigvalsh(H)[-1]


def wrong_smallest_eigenvalue(H, beta=0, nesterov=False):
    """Take the flattest direction, or the flattest that is not flat."""
    values = np.linalg.eigvalsh(H)
    lam = values[values > 1e-9][0]
    return 2 * (1 + beta) / (lam * (1 + 2 * beta)) if nesterov else 2 * (1 + beta) / lam


def wrong_first_eigenvalue(H, beta=0, nesterov=False):
    """Trust that the eigenvalue that comes first is the largest."""
    lam = np.linalg.eigvals(np.array(H, dtype=float)).real[0] or 1.0
    return 2 * (1 + beta) / (lam * (1 + 2 * beta)) if nesterov else 2 * (1 + beta) / lam


def wrong_largest_diagonal_entry(H, beta=0, nesterov=False):
    """Read the curvatures off the diagonal, as if no bowl were turned."""
    lam = np.diag(np.array(H, dtype=float)).max()
    return 2 * (1 + beta) / (lam * (1 + 2 * beta)) if nesterov else 2 * (1 + beta) / lam


def wrong_frobenius_norm(H, beta=0, nesterov=False):
    """Take the default matrix norm, which mixes all the entries."""
    lam = np.linalg.norm(np.array(H, dtype=float))
    return 2 * (1 + beta) / (lam * (1 + 2 * beta)) if nesterov else 2 * (1 + beta) / lam


def wrong_row_sum_norm(H, beta=0, nesterov=False):
    """Bound the largest eigenvalue by the 1-norm, which is often larger."""
    lam = np.linalg.norm(np.array(H, dtype=float), 1)
    return 2 * (1 + beta) / (lam * (1 + 2 * beta)) if nesterov else 2 * (1 + beta) / lam


def wrong_effective_rate(H, beta=0, nesterov=False):
    """Divide by 1 - beta, as for the effective learning rate."""
    return 2 / (np.linalg.eigvalsh(H)[-1] * (1 - beta))


def wrong_momentum_lowers(H, beta=0, nesterov=False):
    """Believe that momentum lowers the limit."""
    return 2 * (1 - beta) / np.linalg.eigvalsh(H)[-1]


def wrong_one_per_direction(H, beta=0, nesterov=False):
    """Return a limit for each direction instead of the one for all."""
    lam = np.linalg.eigvalsh(H) + 1e-300
    return 2 * (1 + beta) / (lam * (1 + 2 * beta)) if nesterov else 2 * (1 + beta) / lam
