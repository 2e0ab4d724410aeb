"""How much of the stability limit a learning rate uses up."""

from __future__ import annotations

from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.optimizers import critical_learning_rate


def lr_to_stability_ratio(
    learning_rate: ArrayLike,
    sharpness: ArrayLike,
    *,
    momentum: float = 0.0,
    nesterov: bool = False,
) -> Array:
    r"""Return the learning rate as a share of the critical one.

    Without momentum :math:`\eta\lambda/2`; in general η divided by `critical_learning_rate` at λ.
    Below 1 the sharpest direction is stable, above 1 the iterates grow along it, and a run at the
    edge of stability hovers around 1.

    Parameters
    ----------
    learning_rate : array_like
        η, not negative, in the units of the rule (per step).
    sharpness : array_like
        λ, the largest eigenvalue of the Hessian; broadcasts against `learning_rate`. A λ below 0
        gives a ratio below 0: no rate is too large for a direction that curves down. NaN, where it
        was not measured, stays NaN.
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
        If a rate is negative or not finite, the shapes do not fit, or `momentum` is outside [0, 1).

    References
    ----------
    J. Cohen et al., "Gradient descent on neural networks typically occurs at the edge of
    stability", ICLR 2021, arXiv:2103.00065, sections 2 and B.

    Examples
    --------
    >>> lr_to_stability_ratio(0.1, [5.0, 20.0, 40.0])
    array([0.25, 1.  , 2.  ])

    Heavy ball with β = 0.9 bears 1.9 times the rate:

    >>> lr_to_stability_ratio(0.38, 10.0, momentum=0.9).round(6)
    np.float64(1.0)
    """
    eta = _validate.non_negative_array("learning_rate", learning_rate)
    lam = _validate.numeric_array("sharpness", sharpness)
    critical_at_1 = critical_learning_rate(1.0, momentum=momentum, nesterov=nesterov)
    try:
        return eta * lam / critical_at_1
    except ValueError as error:
        raise ValueError(
            "learning_rate and sharpness must broadcast, got shapes "
            f"{eta.shape} and {lam.shape}: {learning_rate!r} and {sharpness!r}"
        ) from error
