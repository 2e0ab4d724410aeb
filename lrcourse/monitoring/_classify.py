"""What a run did: converged, jumped and came back, hovers at the edge, or diverged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.monitoring._stability_ratio import lr_to_stability_ratio

RunRegime = Literal["converged", "catapult", "edge of stability", "diverged", "undecided"]

RISE = 1.5  # a rise counts above this multiple of the first loss
SETTLED = 0.01  # share of the whole fall that may be left for the last quarter
FALL = 0.01  # share of the first loss by which the loss must have fallen
NEAR_EDGE = 0.1  # distance of the stability ratio from 1
BUMPY = 0.05  # share of steps that raise the loss
VANISHED = 1e-10  # share of the first loss below which rises are rounding, or of no interest


@dataclass(frozen=True)
class Diagnosis:
    """What a run did, and what in it says so.

    Parameters
    ----------
    regime : {"converged", "catapult", "edge of stability", "diverged", "undecided"}
    reason : str
        The numbers that decided, in a sentence.
    """

    regime: RunRegime
    reason: str

    def __str__(self) -> str:
        return f"{self.regime}: {self.reason}"


def classify(
    losses: ArrayLike,
    *,
    learning_rate: ArrayLike | None = None,
    sharpness: ArrayLike | None = None,
    momentum: float = 0.0,
    nesterov: bool = False,
) -> Diagnosis:
    r"""Say what a run did so far. A loss that rises is not yet a run that diverges.

    With :math:`L_0` the first loss, and *late* for the last quarter of the run, the first line that
    is true decides:

    =================  =========================================================================
    diverged           the last loss is not finite; or the late median is above 1.5 L₀ and the
                       last loss is not below half of the highest
    undecided          the late median is not at least 1 % below L₀
    edge of stability  the late mean of the stability ratio is between 0.9 and 1.1, and at least
                       5 % of the steps in the second half raise the loss, which is still above
                       10⁻¹⁰ L₀; needs `sharpness`
    catapult           a loss was above 1.5 L₀, or not finite, and the run came back
    converged          the last quarter brought at most 1 % of the whole fall (from the median of
                       the quarter before it to its own), or came within 1 % of the way to 0
    undecided          the loss still falls
    =================  =========================================================================

    Parameters
    ----------
    losses : array_like, shape (n,)
        Losses of the whole training set, or smoothed, at equal distances in time; at least 4, none
        negative, the first one finite and above 0. NaN and inf say that the run had broken.
    learning_rate : array_like, optional
        Rate or rates that go with `sharpness`; without that they change nothing.
    sharpness : array_like, optional
        One value, or one for each measurement in order of time; NaN where none was made. Without it
        the edge of stability cannot be told from the noise of mini-batches, and is never diagnosed.
    momentum : float
        β in [0, 1): the edge is where it is for that momentum.
    nesterov : bool
        Whether the momentum is Nesterov's; heavy ball otherwise.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ValueError
        If there are fewer than 4 losses, one is negative, the first is not finite and positive, or
        `sharpness` comes without `learning_rate`.

    Notes
    -----
    The thresholds are conventions. A run on the way up looks the same whether it will come back or
    not: a catapult that is cut off at its peak is called diverged. And with momentum a loss swings
    just below the limit too: there the edge and a slow convergence differ only in what follows.

    References
    ----------
    Catapult: A. Lewkowycz et al., "The large learning rate phase of deep learning", 2020,
    arXiv:2003.02218. Edge: J. Cohen et al., "Gradient descent on neural networks typically occurs
    at the edge of stability", ICLR 2021, arXiv:2103.00065.

    Examples
    --------
    >>> curve = 0.5 ** np.arange(40)
    >>> classify(curve).regime, classify(1 / curve).regime
    ('converged', 'diverged')
    >>> print(classify([1.0, 3.0, 9.0, 2.0, 0.1, 0.01, 0.001, 0.001]))
    catapult: the loss rose to 9 times its start and came back, to 0.001 times its start
    """
    values = _losses(losses)
    if sharpness is not None and learning_rate is None:
        raise ValueError(f"sharpness needs a learning_rate to go with it, got {sharpness!r}")
    first, quarter = values[0], _quarter(values)
    finite = np.where(np.isfinite(values), values, np.inf)
    peak, end = finite.max(), float(np.median(finite[-quarter:]))
    height = f"{end / first:.3g} times its start"
    if not np.isfinite(values[-1]):
        return Diagnosis("diverged", f"the last loss is {values[-1]}")
    if end > (1 - FALL) * first:
        lost = end > RISE * first and values[-1] >= peak / 2
        return Diagnosis("diverged" if lost else "undecided", f"the loss is at {height}")
    ratio = _late_ratio(learning_rate, sharpness, momentum, nesterov)
    rising = float((np.diff(finite[len(finite) // 2 - 1 :]) > 0).mean())
    if abs(ratio - 1) <= NEAR_EDGE and rising >= BUMPY and end > VANISHED * first:
        return Diagnosis(
            "edge of stability",
            f"the rate is at {ratio:.3g} times the stability limit, {rising:.0%} of the late steps "
            f"raise the loss, and it fell to {height}",
        )
    if peak > RISE * first:
        return Diagnosis(
            "catapult",
            f"the loss rose to {peak / first:.3g} times its start and came back, to {height}",
        )
    before = float(np.median(finite[-2 * quarter : -quarter]))
    left = (before - end) / (first - end)
    if abs(left) <= SETTLED or end <= SETTLED * first:
        return Diagnosis("converged", f"the loss settled at {height}")
    return Diagnosis(
        "undecided", f"in the last quarter the loss moved by {abs(left):.2g} of its whole fall"
    )


def _losses(losses: ArrayLike) -> Array:
    values = _validate.numeric_array("losses", losses)
    if values.ndim != 1 or len(values) < 4:
        raise ValueError(f"losses must be at least 4 numbers in a row, got {losses!r}")
    if (values < 0).any():
        raise ValueError(f"losses must not be negative, got {values.min()}")
    if not 0 < values[0] < np.inf:
        raise ValueError(f"losses must start finite and above 0, got {values[0]}")
    return values


def _late_ratio(
    learning_rate: ArrayLike | None, sharpness: ArrayLike | None, momentum: float, nesterov: bool
) -> float:
    """Return the mean stability ratio of the last quarter of the measurements, or nan."""
    if learning_rate is None or sharpness is None:
        return float("nan")
    ratios = np.atleast_1d(
        lr_to_stability_ratio(learning_rate, sharpness, momentum=momentum, nesterov=nesterov)
    )
    known = ratios[np.isfinite(ratios)]
    return float(known[-_quarter(known) :].mean()) if len(known) else float("nan")


def _quarter(values: Array) -> int:
    return max(1, len(values) // 4)
