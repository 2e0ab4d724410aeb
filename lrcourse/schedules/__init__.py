"""Learning rate schedules as values, and what each library means by their names.

A schedule maps a step, or an array of steps, to a learning rate. It is frozen, pure, and costs the
same at any step; after its end it stays at its last value.

>>> import numpy as np
>>> from lrcourse.schedules import CosineAnnealing, warmup
>>> schedule = warmup(CosineAnnealing(0.1, total_steps=10), 5)
>>> schedule(5), schedule(15)
(0.1, 0.0)
>>> schedule(np.array([0, 5, 10, 15])).round(6)
array([0.  , 0.1 , 0.05, 0.  ])
"""

from lrcourse.schedules._atlas import ATLAS, LIBRARIES, Convention
from lrcourse.schedules._constant import Constant
from lrcourse.schedules._cosine import CosineAnnealing, CosineWarmRestarts
from lrcourse.schedules._cyclic import Cyclic
from lrcourse.schedules._exponential import Exponential
from lrcourse.schedules._golden import golden_values
from lrcourse.schedules._inverse_square_root import InverseSquareRoot, Noam
from lrcourse.schedules._join import Joined, join
from lrcourse.schedules._one_cycle import OneCycle
from lrcourse.schedules._plateau import Plateau, PlateauState
from lrcourse.schedules._plot import plot
from lrcourse.schedules._polynomial import LinearToZero, Polynomial
from lrcourse.schedules._schedule import Schedule
from lrcourse.schedules._serialise import from_dict, to_dict
from lrcourse.schedules._step import MultiStep, Piecewise, StepDecay
from lrcourse.schedules._table import table
from lrcourse.schedules._torch import as_torch
from lrcourse.schedules._warmup import CosineWarmup, ExponentialWarmup, LinearWarmup, warmup
from lrcourse.schedules._wsd import WarmupStableDecay

__all__ = [
    "ATLAS",
    "LIBRARIES",
    "Constant",
    "Convention",
    "CosineAnnealing",
    "CosineWarmRestarts",
    "CosineWarmup",
    "Cyclic",
    "Exponential",
    "ExponentialWarmup",
    "InverseSquareRoot",
    "Joined",
    "LinearToZero",
    "LinearWarmup",
    "MultiStep",
    "Noam",
    "OneCycle",
    "Piecewise",
    "Plateau",
    "PlateauState",
    "Polynomial",
    "Schedule",
    "StepDecay",
    "WarmupStableDecay",
    "as_torch",
    "from_dict",
    "golden_values",
    "join",
    "plot",
    "table",
    "to_dict",
    "warmup",
]
