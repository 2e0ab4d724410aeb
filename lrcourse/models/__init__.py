"""Models that the experiments train: frozen specifications, with the weights kept apart.

>>> import numpy as np
>>> from lrcourse.models import MLP
>>> model = MLP((64, 32, 10))
>>> sum(value.size for value in model.init(np.random.default_rng(0)).values())
2410
"""

from lrcourse.models._convnet import ConvNet
from lrcourse.models._linear_regression import LinearRegression
from lrcourse.models._mlp import MLP, linear, logistic, two_layer_linear
from lrcourse.models._model import Model
from lrcourse.models._transformer import Transformer

__all__ = [
    "MLP",
    "ConvNet",
    "LinearRegression",
    "Model",
    "Transformer",
    "linear",
    "logistic",
    "two_layer_linear",
]
