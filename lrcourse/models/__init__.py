"""Models that the experiments train.

>>> from lrcourse.datasets import breast_cancer
>>> from lrcourse.models import LinearRegression
>>> model = LinearRegression.on(breast_cancer().standardised())
>>> model.weights
31
"""

from lrcourse.models._linear_regression import LinearRegression

__all__ = ["LinearRegression"]
