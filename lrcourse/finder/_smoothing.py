"""Two ways to take the noise out of a curve: one lags behind it, one does not."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array


def ema(values: ArrayLike, *, momentum: float = 0.98) -> Array:
    r"""Return the exponential moving average, corrected for its start.

    :math:`m_i = \beta m_{i-1} + (1-\beta) x_i` with :math:`m_{-1} = 0`, divided by
    :math:`1-\beta^{i+1}`: the first value is exactly :math:`x_0`. It lags behind the curve by
    about :math:`\beta/(1-\beta)` steps, so a minimum read off it lies at too high a rate.

    Parameters
    ----------
    values : array_like, shape (n,)
        One value a step. From the first nan on, the average is nan.
    momentum : float
        β in [0, 1); 0 changes nothing.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    TypeError, ValueError
        If `values` are not numbers in a row, or `momentum` is outside [0, 1).

    References
    ----------
    D. P. Kingma and J. Ba, "Adam", ICLR 2015, section 3 (the correction); fastai, 2018
    (its use in a finder, with β = 0.98).

    Examples
    --------
    >>> ema([4.0, 2.0, 2.0], momentum=0.5).round(3).tolist()
    [4.0, 2.667, 2.286]
    """
    raw = _validate.numeric_array("values", values)
    if raw.ndim != 1:
        raise ValueError(f"values must have 1 dimension(s), got shape {raw.shape}")
    beta = _validate.fraction("momentum", momentum)
    smoothed = np.empty_like(raw)
    average = weight = 0.0
    for i, value in enumerate(raw):
        average = beta * average + (1 - beta) * value
        weight = beta * weight + (1 - beta)  # 1 − βⁱ⁺¹, with the rounding of the line above
        smoothed[i] = average / weight
    return smoothed


def smooth_log_lr(learning_rates: ArrayLike, losses: ArrayLike, *, decades: float = 0.2) -> Array:
    r"""Return the losses averaged over neighbouring rates on both sides: no lag.

    A Gaussian window in :math:`\log_{10}\eta`, normalised at every point, so that uneven ramps and
    the ends are treated alike. Its width is in decades, not in steps: a longer ramp over the same
    rates is averaged over more values.

    Parameters
    ----------
    learning_rates : array_like, shape (n,)
        Positive.
    losses : array_like, shape (n,)
        Finite.
    decades : float
        Standard deviation of the window, positive.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    TypeError, ValueError
        If a rate or `decades` is not positive, a loss is not finite, or the lengths differ.

    Examples
    --------
    >>> smooth_log_lr([0.1, 1.0, 10.0], [1.0, 4.0, 1.0], decades=0.01).tolist()
    [1.0, 4.0, 1.0]
    >>> smooth_log_lr([0.1, 1.0, 10.0], [1.0, 4.0, 1.0], decades=100).round(2).tolist()
    [2.0, 2.0, 2.0]
    """
    raw = _validate.finite_array("losses", losses, ndim=1)
    weights = window(learning_rates, decades)
    if len(weights) != len(raw):
        raise ValueError(
            f"learning_rates and losses must be equally long, got {len(weights)} and {len(raw)}"
        )
    return np.asarray(weights @ raw)


def window(learning_rates: ArrayLike, decades: float) -> Array:
    """Return the weights of the smoother, shape (n, n); each row sums to 1."""
    width = _validate.positive("decades", decades)
    logs = np.log10(_validate.positive_array("learning_rates", learning_rates))
    weights = np.exp(-0.5 * ((logs[:, None] - logs[None, :]) / width) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
