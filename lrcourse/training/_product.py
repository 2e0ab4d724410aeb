"""Matrix products of many runs at once, of the sizes at which NumPy's library is fast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrcourse.training._numpy_engine import Values

# On processors with AVX-512 OpenBLAS multiplies matrices where they lie up to this many
# multiplications, and copies larger ones into tiles first. A product a little larger is a quarter
# faster as two halves, and on processors without such a limit some 5 % slower. The gradient by the
# weights, whose second matrix is turned, is copied at almost any size: to cut it gains nothing.
IN_PLACE = 1_000_000


@dataclass(frozen=True)
class Product:
    """A matrix product of every run; all arrays are (seeds, variants, parts, rows, columns)."""

    left: Values
    right: Values
    out: Values

    @classmethod
    def of(cls, left: Values, right: Values, out: Values) -> Product:
        """Return the product of arrays (seeds, variants, rows, columns), as views of them."""
        (rows, depth), columns = left.shape[2:], out.shape[3]
        size, turned = rows * depth * columns, right.strides[3] > right.strides[2]
        halves = rows % 2 == 0 and IN_PLACE < size <= 2 * IN_PLACE and not turned
        parts = 2 if halves else 1

        def cut(values: Values) -> Values:
            shape = (*values.shape[:2], parts, rows // parts, values.shape[3])
            return values.reshape(shape)  # to split an axis never copies

        return cls(cut(left), right[:, :, None], cut(out))

    def compute(self) -> None:
        """Fill `out`."""
        np.matmul(self.left, self.right, out=self.out)
