"""How a learning rate, a momentum and a curvature decide the fate of descent on a quadratic.

Along one eigenvector of the Hessian, with curvature λ, each rule here is a two-term recurrence
:math:`x_{t+1} = a x_t - b x_{t-1}`. All that follows is read off the roots of
:math:`z^2 - a z + b`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array

Regime = Literal["monotone", "oscillating", "diverging"]


def critical_learning_rate(
    curvature: float, *, momentum: float = 0.0, nesterov: bool = False
) -> float:
    r"""Return the learning rate above which descent on a quadratic diverges.

    ======================  ================================================
    gradient descent        :math:`2/\lambda`
    heavy ball              :math:`2(1+\beta)/\lambda`
    Nesterov                :math:`2(1+\beta)/(\lambda(1+2\beta))`
    ======================  ================================================

    At the critical rate itself the iterates neither shrink nor grow. Below it they converge along
    every eigenvector with positive curvature.

    Parameters
    ----------
    curvature : float
        Largest eigenvalue λ of the Hessian, positive.
    momentum : float
        β in [0, 1); with 0 both momentum rules are gradient descent.
    nesterov : bool
        Whether the momentum is Nesterov's; heavy ball otherwise.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If `curvature` is not positive and finite, or `momentum` is outside [0, 1).

    References
    ----------
    Gradient descent: Y. Nesterov, "Introductory Lectures on Convex Optimization", 2004, section
    2.1.5. Heavy ball: B. T. Polyak, 1964. All three with momentum: J. Cohen et al., "Gradient
    descent on neural networks typically occurs at the edge of stability", ICLR 2021, appendix B.

    Examples
    --------
    >>> critical_learning_rate(10.0)
    0.2
    >>> critical_learning_rate(10.0, momentum=0.9)
    0.38
    >>> round(critical_learning_rate(10.0, momentum=0.9, nesterov=True), 4)
    0.1357
    """
    curvature = _validate.positive("curvature", curvature)
    momentum = _validate.fraction("momentum", momentum)
    slowing = 1 + 2 * momentum if nesterov else 1.0
    return 2 * (1 + momentum) / (curvature * slowing)


def convergence_factor(
    learning_rate: ArrayLike,
    curvature: ArrayLike,
    *,
    momentum: float = 0.0,
    nesterov: bool = False,
) -> Array:
    r"""Return by how much one step shrinks the distance to the minimum, in the long run.

    The spectral radius of the iteration: :math:`|1-\eta\lambda|` without momentum. Below 1 the
    distance shrinks, above 1 it grows.

    Parameters
    ----------
    learning_rate, curvature : array_like
        η and λ, not negative; they broadcast against each other.
    momentum : float
        β in [0, 1).
    nesterov : bool
        Whether the momentum is Nesterov's; heavy ball otherwise.

    Returns
    -------
    ndarray
        Of the broadcast shape.

    Raises
    ------
    ValueError
        If a rate or a curvature is negative or not finite, or `momentum` is outside [0, 1).

    Examples
    --------
    >>> convergence_factor(0.1, [1.0, 10.0, 30.0])
    array([0.9, 0. , 2. ])

    Momentum turns the slow direction's 0.9 into √β:

    >>> float(convergence_factor(0.1, 1.0, momentum=0.49).round(6))
    0.7
    """
    roots = _roots(learning_rate, curvature, momentum, nesterov)
    return np.asarray(np.abs(roots).max(axis=0))


def stability_regime(
    learning_rate: float, curvature: float, *, momentum: float = 0.0, nesterov: bool = False
) -> Regime:
    r"""Say in one word how descent behaves along a direction of the given curvature.

    *Diverging* above the critical rate; *oscillating* if the iterates change sign on the way
    (without momentum: :math:`1 < \eta\lambda \le 2`, and at exactly 2 they bounce for ever without
    shrinking or growing); *monotone* otherwise.

    Parameters
    ----------
    learning_rate, curvature : float
        η and λ, not negative.
    momentum : float
        β in [0, 1).
    nesterov : bool
        Whether the momentum is Nesterov's; heavy ball otherwise.

    Returns
    -------
    {"monotone", "oscillating", "diverging"}

    Raises
    ------
    ValueError
        If a rate or a curvature is negative or not finite, or `momentum` is outside [0, 1).

    Examples
    --------
    >>> [stability_regime(eta, 4.0) for eta in (0.25, 0.5, 0.51)]
    ['monotone', 'oscillating', 'diverging']
    """
    first, second = _roots(
        _validate.finite("learning_rate", learning_rate),
        _validate.finite("curvature", curvature),
        momentum,
        nesterov,
    )
    if curvature > 0 and learning_rate > critical_learning_rate(
        curvature, momentum=momentum, nesterov=nesterov
    ):
        return "diverging"
    turns = first.imag != 0 or min(first.real, second.real) < 0
    return "oscillating" if turns else "monotone"


def _roots(
    learning_rate: ArrayLike, curvature: ArrayLike, momentum: float, nesterov: bool
) -> np.ndarray[tuple[int, ...], np.dtype[np.complex128]]:
    """Return both roots of z² − a z + b, stacked along a new first axis."""
    eta = _validate.non_negative_array("learning_rate", learning_rate)
    lam = _validate.non_negative_array("curvature", curvature)
    beta = _validate.fraction("momentum", momentum)
    kept = 1 - eta * lam
    if nesterov:
        trace, determinant = (1 + beta) * kept, beta * kept
    else:
        trace, determinant = kept + beta, np.full_like(kept, beta)
    half_gap = np.sqrt((trace * trace / 4 - determinant).astype(np.complex128))
    return np.stack([trace / 2 + half_gap, trace / 2 - half_gap])
