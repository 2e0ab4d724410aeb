"""Update rules with explicit state, and the learning rates at which they break.

An optimiser is a frozen value. ``init(params)`` gives its state, ``step(params, grads, state, lr)``
gives new parameters and a new state and changes nothing in place. Parameters are one NumPy array
or torch tensor, or a list, tuple or dict of them.

>>> import numpy as np
>>> from lrcourse.optimizers import GradientDescent
>>> rule = GradientDescent()
>>> params = np.array([1.0, 2.0])
>>> params, state = rule.step(params, 2 * params, rule.init(params), 0.25)
>>> params
array([0.5, 1. ])
"""

from lrcourse.optimizers._adagrad import Adagrad, AdagradState
from lrcourse.optimizers._adam import Adam, AdamState
from lrcourse.optimizers._adamw import AdamW
from lrcourse.optimizers._gradient_descent import GradientDescent
from lrcourse.optimizers._heavy_ball import HeavyBall
from lrcourse.optimizers._lion import Lion
from lrcourse.optimizers._momentum_forms import buffer_from_velocity, velocity_from_buffer
from lrcourse.optimizers._nesterov import Nesterov
from lrcourse.optimizers._optimizer import Optimizer
from lrcourse.optimizers._rmsprop import RMSProp, RMSPropState
from lrcourse.optimizers._schedule_free import ScheduleFreeState
from lrcourse.optimizers._schedule_free_adamw import ScheduleFreeAdamW
from lrcourse.optimizers._schedule_free_sgd import ScheduleFreeSGD
from lrcourse.optimizers._sgd import SGD, SGDState
from lrcourse.optimizers._stability import (
    Regime,
    convergence_factor,
    critical_learning_rate,
    stability_regime,
)
from lrcourse.optimizers._trajectory import trajectory

__all__ = [
    "SGD",
    "Adagrad",
    "AdagradState",
    "Adam",
    "AdamState",
    "AdamW",
    "GradientDescent",
    "HeavyBall",
    "Lion",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "RMSPropState",
    "Regime",
    "SGDState",
    "ScheduleFreeAdamW",
    "ScheduleFreeSGD",
    "ScheduleFreeState",
    "buffer_from_velocity",
    "convergence_factor",
    "critical_learning_rate",
    "stability_regime",
    "trajectory",
    "velocity_from_buffer",
]
