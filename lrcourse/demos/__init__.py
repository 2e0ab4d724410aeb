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
from lrcourse.demos.edge_of_stability import EdgeOfStability
from lrcourse.demos.finder_rules import FinderRules
from lrcourse.demos.hilly_landscape import HillyLandscape
from lrcourse.demos.momentum_lock import MomentumLock
from lrcourse.demos.noise_floor import NoiseFloor
from lrcourse.demos.quadratic_bowl import QuadraticBowl
from lrcourse.demos.schedule_race import ScheduleRace
from lrcourse.demos.scoreboard import Scoreboard
from lrcourse.demos.three_comparisons import ThreeComparisons
from lrcourse.demos.warm_up import WarmUp
from lrcourse.demos.when_to_stop import WhenToStop

__all__ = [
    "BudgetCurve",
    "Choice",
    "Demo",
    "EdgeOfStability",
    "FinderRules",
    "HillyLandscape",
    "MomentumLock",
    "NoiseFloor",
    "Point",
    "QuadraticBowl",
    "ScheduleRace",
    "Scoreboard",
    "Setting",
    "ThreeComparisons",
    "WarmUp",
    "WhenToStop",
]
