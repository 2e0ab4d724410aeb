"""The batch size at which a mini-batch gradient is as much signal as noise."""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import ArrayLike

from lrcourse import _validate


class NoiseScale(NamedTuple):
    """The noise scale, and the two estimates that it is the ratio of."""

    noise_scale: float
    noise: float
    signal: float


def gradient_noise_scale(
    small_norms_squared: ArrayLike,
    large_norms_squared: ArrayLike,
    *,
    small_batch: int,
    large_batch: int,
) -> NoiseScale:
    r"""Estimate the simple noise scale from gradients of two batch sizes.

    The squared norm of a gradient over B examples is too large by the noise,
    :math:`E|G_B|^2 = |G|^2 + \operatorname{tr}(\Sigma)/B`. Two batch sizes give both unknowns:

    .. math::

        |G|^2 \approx \frac{B_2 |G_2|^2 - B_1 |G_1|^2}{B_2 - B_1}, \qquad
        \operatorname{tr}\Sigma \approx \frac{|G_1|^2 - |G_2|^2}{1/B_1 - 1/B_2}, \qquad
        B_{\text{simple}} = \frac{\operatorname{tr}\Sigma}{|G|^2}

    Well below it, doubling the batch (and the rate) saves half of the steps; well above, nothing.

    Parameters
    ----------
    small_norms_squared, large_norms_squared : array_like
        Squared Euclidean norms of mini-batch gradients at the *same* parameters, one number or one
        for each batch drawn; they need not be equally many.
    small_batch, large_batch : int
        Examples a batch, B₁ < B₂. The batches are drawn with replacement, or from data large
        against `large_batch`.

    Returns
    -------
    NoiseScale
        ``noise_scale`` in examples, ``noise`` (the trace of Σ) and ``signal`` (‖G‖²). The last two
        are unbiased, so they can come out negative; their ratio is formed after averaging and is
        not unbiased. It is inf if the signal is not above 0 (no batch measured was large enough to
        see it) and 0 if the noise is not above 0.

    Raises
    ------
    ValueError
        If a norm is negative or not finite, or `large_batch` is not above `small_batch`.
    TypeError
        If a batch size is not an integer.

    References
    ----------
    S. McCandlish, J. Kaplan, D. Amodei, "An empirical model of large-batch training", 2018,
    arXiv:1812.06162, appendix A.1.

    Examples
    --------
    >>> gradient_noise_scale(5.0, 2.0, small_batch=1, large_batch=4)
    NoiseScale(noise_scale=4.0, noise=4.0, signal=1.0)
    """
    small = _validate.non_negative_array("small_norms_squared", small_norms_squared).mean()
    large = _validate.non_negative_array("large_norms_squared", large_norms_squared).mean()
    small_batch = _validate.integer("small_batch", small_batch, minimum=1)
    large_batch = _validate.integer("large_batch", large_batch, minimum=1)
    if large_batch <= small_batch:
        raise ValueError(
            f"large_batch must be above small_batch, got {large_batch!r} and {small_batch!r}"
        )
    signal = float((large_batch * large - small_batch * small) / (large_batch - small_batch))
    noise = float((small - large) / (1 / small_batch - 1 / large_batch))
    if noise <= 0:
        return NoiseScale(0.0, noise, signal)
    return NoiseScale(noise / signal if signal > 0 else float("inf"), noise, signal)
