"""Learning-rate finders that read a curve, and one that runs a race.

A range test ramps the rate and records the loss; the rules read a rate off the curve; a tournament
trains many rates at once to the real horizon. None of them prints, and none leaves a trace in the
model, the optimiser or any random stream.

>>> import numpy as np
>>> from lrcourse.finder import RangeTest, suggest
>>> rates = np.geomspace(1e-4, 10, 101)
>>> curve = RangeTest(rates, np.log10(rates) ** 2)
>>> suggestion = suggest(curve)
>>> round(suggestion.learning_rate, 3), suggestion.at_edge
(0.333, False)
"""

from lrcourse.finder._plot import plot
from lrcourse.finder._range_test import lr_range_test
from lrcourse.finder._reading import Suggestion
from lrcourse.finder._record import Ramp, RangeTest
from lrcourse.finder._rules import (
    before_the_rise,
    blow_up_over_ten,
    minimum_over_ten,
    minimum_over_three,
    slide,
    steepest,
    valley,
)
from lrcourse.finder._smoothing import ema, smooth_log_lr
from lrcourse.finder._suggestion import RULES, suggest
from lrcourse.finder._sweep_trainer import SweepTrainer
from lrcourse.finder._torch_trainer import TorchTrainer
from lrcourse.finder._tournament import Tournament, tournament

__all__ = [
    "RULES",
    "Ramp",
    "RangeTest",
    "Suggestion",
    "SweepTrainer",
    "TorchTrainer",
    "Tournament",
    "before_the_rise",
    "blow_up_over_ten",
    "ema",
    "lr_range_test",
    "minimum_over_ten",
    "minimum_over_three",
    "plot",
    "slide",
    "smooth_log_lr",
    "steepest",
    "suggest",
    "tournament",
    "valley",
]
