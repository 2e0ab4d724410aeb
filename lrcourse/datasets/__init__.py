"""Small real data sets, raw and standardised.

>>> from lrcourse.datasets import digits
>>> digits().standardised().inputs.std().round(2) < 1  # pixels that never change stay 0
np.True_
"""

from lrcourse.datasets._tabular import Dataset, breast_cancer, digits

__all__ = ["Dataset", "breast_cancer", "digits"]
