"""Watch a run and say what it does; never touch it.

Nothing here changes a learning rate, a gradient or a weight: these are measurements and verdicts,
and what follows from them is up to the caller.

>>> from lrcourse.monitoring import classify
>>> losses = [1.0, 2.5, 6.0, 1.0, 0.1, 0.01, 0.001, 0.001]
>>> classify(losses).regime
'catapult'
"""

from lrcourse.monitoring._classify import Diagnosis, RunRegime, classify
from lrcourse.monitoring._early_stopping import EarlyStopping, EarlyStoppingState
from lrcourse.monitoring._monitor import Monitor
from lrcourse.monitoring._noise_scale import NoiseScale, gradient_noise_scale
from lrcourse.monitoring._sharpness import SharpnessError, sharpness
from lrcourse.monitoring._stability_ratio import lr_to_stability_ratio

__all__ = [
    "Diagnosis",
    "EarlyStopping",
    "EarlyStoppingState",
    "Monitor",
    "NoiseScale",
    "RunRegime",
    "SharpnessError",
    "classify",
    "gradient_noise_scale",
    "lr_to_stability_ratio",
    "sharpness",
]
