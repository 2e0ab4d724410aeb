"""Losses with a formula, and with it everything that is to know: gradient, Hessian, minima.

>>> from lrcourse.landscapes import Quadratic
>>> bowl = Quadratic([1.0, 10.0])
>>> bowl.loss([1.0, 1.0])
5.5
>>> bowl.condition_number
10.0
"""

from lrcourse.landscapes._double_well import DoubleWell
from lrcourse.landscapes._quadratic import Quadratic

__all__ = ["DoubleWell", "Quadratic"]
