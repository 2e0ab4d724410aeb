"""Live demos: what the reader drags, the mathematics answers.

A demo is a Jupyter widget whose picture is drawn in the browser. In JupyterLab it has a kernel
behind it; in the rendered book it works from the page alone, offline; without JavaScript, and in
print, a static picture of the same state stands in its place.

Needs ``pip install lrcourse[demos]``.

>>> from lrcourse.demos import QuadraticBowl
>>> bowl = QuadraticBowl(learning_rate=0.25)
>>> bowl.condition_number
10.0
"""

from lrcourse.demos.base import Choice, Demo, Point, Setting
from lrcourse.demos.budget_curve import BudgetCurve
from lrcourse.demos.hilly_landscape import HillyLandscape
from lrcourse.demos.quadratic_bowl import QuadraticBowl
from lrcourse.demos.three_comparisons import ThreeComparisons

__all__ = [
    "BudgetCurve",
    "Choice",
    "Demo",
    "HillyLandscape",
    "Point",
    "QuadraticBowl",
    "Setting",
    "ThreeComparisons",
]
