"""Small data sets, real and made: raw, standardised, split, with noise in the labels.

>>> from lrcourse.datasets import digits
>>> digits().standardised().inputs.std().round(2) < 1  # pixels that never change stay 0
np.True_
"""

from lrcourse.datasets._dataset import Dataset, Split
from lrcourse.datasets._procedural import reversal, spirals, wave1d
from lrcourse.datasets._tabular import breast_cancer, diabetes, digits

__all__ = [
    "Dataset",
    "Split",
    "breast_cancer",
    "diabetes",
    "digits",
    "reversal",
    "spirals",
    "wave1d",
]
