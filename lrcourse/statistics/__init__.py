"""Intervals for means, differences and shares.

>>> from lrcourse.statistics import mean_interval
>>> str(mean_interval([1.0, 2.0, 3.0]))
'2.00 [-0.48, 4.48]'
"""

from lrcourse.statistics._holm import holm_adjusted
from lrcourse.statistics._intervals import (
    Interval,
    mean_interval,
    paired_interval,
    share_interval,
)

__all__ = ["Interval", "holm_adjusted", "mean_interval", "paired_interval", "share_interval"]
