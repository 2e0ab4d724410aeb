"""The published ways to read a learning rate off a range test, and ours.

Each rule is a function of the curve alone and gives None where nothing can be read: a flat curve,
a rising one, one that is nan from the start, or one too short. Multiplying all rates by a constant
multiplies each suggestion by it; no rule looks at the rates other than by their logarithms. A
`TypeError` is raised for anything but a `RangeTest`.
"""

from __future__ import annotations

import numpy as np

from lrcourse._validate import Array
from lrcourse.finder._reading import Suggestion, as_fastai, centred
from lrcourse.finder._record import RangeTest

SLIDE_WIDTH, SLIDE_THRESHOLD = 15, 0.005


def steepest(range_test: RangeTest) -> Suggestion | None:
    """Return the rate at which the loss falls fastest per step of log learning rate.

    Differentiating by the learning rate itself, on a logarithmic ramp, would stretch the left end
    and find a rate that is orders of magnitude too low.

    It fails on small batches and short ramps: the slope is a difference of noisy values, so the
    steepest one may be anywhere along the descent. Read from the lagging average without the first
    tenth and the last five points, as fastai does.

    Parameters
    ----------
    range_test : RangeTest

    Returns
    -------
    Suggestion or None

    References
    ----------
    fastai, ``steep``, 2021; the idea: S. Gugger, "How do you find a good learning rate", 2018.

    Examples
    --------
    >>> rates = np.geomspace(1e-4, 10, 100)
    >>> steepest(RangeTest(rates, np.log10(rates) ** 2)).rule
    'steepest'
    """
    reading = as_fastai(range_test)
    if reading is None:
        return None
    slopes = np.diff(reading.losses) / np.diff(np.log(reading.learning_rates))
    return reading.suggestion("steepest", int(slopes.argmin())) if slopes.min() < 0 else None


def valley(range_test: RangeTest) -> Suggestion | None:
    """Return the rate about halfway down the longest descent: fastai's default.

    The descent is the longest falling subsequence of the lagging average (less the first tenth and
    the last five points). From its first point, a third of its extent and half a third more.

    It fails to the low side: a long gentle slope before the real descent belongs to the sequence,
    and moves the answer down, further with every decade added to the ramp's left end.

    Parameters
    ----------
    range_test : RangeTest

    Returns
    -------
    Suggestion or None

    References
    ----------
    fastai, ``valley``, 2021, after D. Amirjamshidi and ESRI's ``arcgis.learn``.

    Examples
    --------
    >>> rates = np.geomspace(1e-4, 10, 100)
    >>> valley(RangeTest(rates, np.log10(rates) ** 2)).rule
    'valley'
    """
    reading = as_fastai(range_test)
    if reading is None:
        return None
    lengths = _descents(reading.losses)
    end = int(lengths.argmax())
    if lengths[end] == 1:
        return None
    start = end - int(lengths[end])
    third = (end - start) / 3
    return reading.suggestion("valley", max(0, start + int(third) + int(third / 2)))


def slide(range_test: RangeTest) -> Suggestion | None:
    """Return the rate left of the blow-up: a window slides down until its two ends slope alike.

    The window spans 15 steps and starts at the right end of the lagging average (less the first
    tenth and the last five points). It stops where the slopes per step at its ends differ by at
    most 0.005.

    It fails on any loss that is not of the order of 1: the threshold is absolute, so halving the
    loss, or doubling the length of the ramp, moves the answer.

    Parameters
    ----------
    range_test : RangeTest

    Returns
    -------
    Suggestion or None
        Also None if the curve is no longer than the window. On the edge if the window slid all
        the way to the left.

    References
    ----------
    fastai, ``slide``, 2021, after A. Aggarwal's "automated learning rate suggester", 2019.

    Examples
    --------
    >>> rates = np.geomspace(1e-4, 10, 100)
    >>> slide(RangeTest(rates, np.log10(rates) ** 2)).rule
    'slide'
    """
    reading = as_fastai(range_test)
    if reading is None or len(reading.losses) <= SLIDE_WIDTH:
        return None
    slopes = np.gradient(reading.losses)
    gaps = np.abs(slopes[SLIDE_WIDTH:] - slopes[:-SLIDE_WIDTH])  # by the window's left end
    alike = np.flatnonzero(gaps <= SLIDE_THRESHOLD)
    index = min(int(alike[-1]) + 1, len(gaps) - 1) if len(alike) else 0
    return reading.suggestion("slide", index)


def minimum_over_ten(range_test: RangeTest) -> Suggestion | None:
    """Return a tenth of the rate at the minimum of the lagging average.

    The tenth is a safety margin for the lag and for the noise, and on average about right. It
    fails where the ramp is too short or the lag too long: the average then bottoms out beyond the
    point where training has already gone wrong.

    Parameters
    ----------
    range_test : RangeTest

    Returns
    -------
    Suggestion or None

    References
    ----------
    fastai, ``minimum``, 2021; S. Gugger, "How do you find a good learning rate", 2018.

    Examples
    --------
    >>> rates = np.geomspace(1e-4, 10, 100)
    >>> suggestion = minimum_over_ten(RangeTest(rates, np.log10(rates) ** 2))
    >>> round(suggestion.read_at / suggestion.learning_rate)
    10
    """
    reading = as_fastai(range_test)
    if reading is None:
        return None
    return reading.suggestion("minimum_over_ten", int(reading.losses.argmin()), 10)


def before_the_rise(range_test: RangeTest) -> Suggestion | None:
    """Return the rate at which the loss stops falling, just before it rises.

    Meant as the *upper* bound of a schedule, and about right for a peak that decays afterwards. As
    a constant rate it fails to the high side, by a factor of about five: the ramp passes each rate
    for one step only, and leaves no time for instability to grow.

    Parameters
    ----------
    range_test : RangeTest

    Returns
    -------
    Suggestion or None

    References
    ----------
    L. N. Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3.3.

    Examples
    --------
    >>> rates = np.geomspace(1e-4, 10, 101)
    >>> round(before_the_rise(RangeTest(rates, np.log10(rates) ** 2)).learning_rate, 3)
    1.0
    """
    reading = centred(range_test)
    if reading is None:
        return None
    return reading.suggestion("before_the_rise", int(reading.losses.argmin()))


def blow_up_over_ten(range_test: RangeTest) -> Suggestion | None:
    """Return a tenth of the rate at which the loss blew up.

    It fails where the blow-up is late or is none: saturating losses and normalised networks go on
    at rates that no longer train, and a loss that never blew up gives None.

    Parameters
    ----------
    range_test : RangeTest

    Returns
    -------
    Suggestion or None
        None unless the range test stopped early or its loss ceased to be finite.

    References
    ----------
    Y. Bengio, "Practical recommendations for gradient-based training of deep architectures", 2012,
    section 3.1.1: start at a large rate and reduce it, by a factor of 3, until training does not
    diverge.

    Examples
    --------
    >>> rates = np.geomspace(1e-4, 10, 101)
    >>> curve = RangeTest(rates, np.log10(rates) ** 2, stopped_early=True)
    >>> round(blow_up_over_ten(curve).learning_rate, 3)
    1.0
    """
    reading = centred(range_test)
    if reading is None or reading.open_end:
        return None
    return reading.suggestion("blow_up_over_ten", len(reading.losses) - 1, 10)


def minimum_over_three(range_test: RangeTest) -> Suggestion | None:
    """Return a third of the rate at the minimum of the curve, smoothed without lag.

    Smoothing on both sides keeps the minimum where it is, so that a smaller margin than a tenth
    will do. It still fails where one pass of one step a rate says little about a long training:
    with Adam, whose best rate falls as the horizon grows. `tournament` looks at the horizon itself.

    Parameters
    ----------
    range_test : RangeTest

    Returns
    -------
    Suggestion or None

    Examples
    --------
    >>> rates = np.geomspace(1e-4, 10, 101)
    >>> round(minimum_over_three(RangeTest(rates, np.log10(rates) ** 2)).learning_rate, 3)
    0.333
    """
    reading = centred(range_test)
    if reading is None:
        return None
    return reading.suggestion("minimum_over_three", int(reading.losses.argmin()), 3)


def _descents(losses: Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return, for each point, the length of the longest falling subsequence that ends there."""
    lengths = np.ones(len(losses), dtype=np.int64)
    for i in range(1, len(losses)):
        above = losses[:i] > losses[i]
        if above.any():
            lengths[i] = lengths[:i][above].max() + 1
    return lengths
