"""The batched sweep: train learning rates × momenta × seeds at once.

>>> from lrcourse.datasets import spirals
>>> from lrcourse.models import MLP
>>> from lrcourse.optimizers import Adam
>>> from lrcourse.training import sweep
>>> sweep(MLP((2, 8, 2)), spirals(100, seed=0), Adam(), [0.001, 0.01, 0.1], steps=20, seeds=4)
Sweep(12 runs of 20 steps: MLP on spirals, 0 diverged)
"""

from lrcourse.training._batches import Streams, mini_batches, streams
from lrcourse.training._result import Best, Sweep
from lrcourse.training._sweep import sweep

__all__ = ["Best", "Streams", "Sweep", "mini_batches", "streams", "sweep"]
