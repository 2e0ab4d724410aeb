"""Losses with a formula, and with it everything that is to know: gradient, Hessian, minima.

>>> from lrcourse.landscapes import Quadratic
>>> bowl = Quadratic([1.0, 10.0])
>>> bowl.loss([1.0, 1.0])
5.5
>>> bowl.condition_number
10.0
"""

from lrcourse.landscapes._curve import Curve
from lrcourse.landscapes._double_well import DoubleWell
from lrcourse.landscapes._fourier import Fourier
from lrcourse.landscapes._linear_net import LinearNet
from lrcourse.landscapes._needle import Needle
from lrcourse.landscapes._quadratic import Quadratic
from lrcourse.landscapes._rippled_bowl import RippledBowl

__all__ = ["Curve", "DoubleWell", "Fourier", "LinearNet", "Needle", "Quadratic", "RippledBowl"]
