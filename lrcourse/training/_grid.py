"""The runs of a sweep, in the order in which they are listed and in that in which they train."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lrcourse._validate import Array
from lrcourse.training._result import NAMES


@dataclass(frozen=True)
class Grid:
    """Learning rates × momenta × seeds: a run of each, listed with the seeds running fastest.

    Engines take arrays with two axes instead, seeds and variants (a rate with a momentum).
    """

    rates: Array
    momenta: Array
    seeds: list[int]

    @property
    def runs(self) -> pd.DataFrame:
        """One row a run: learning_rate, momentum, seed."""
        axes = (self.rates, self.momenta, np.array(self.seeds, dtype=np.int64))
        grid = np.meshgrid(*axes, indexing="ij")
        return pd.DataFrame({name: axis.ravel() for name, axis in zip(NAMES, grid, strict=True)})

    def by_run(self, values: Any) -> Any:
        """Return an array (seeds, variants, ...) as (runs, ...)."""
        return values.swapaxes(0, 1).reshape(-1, *values.shape[2:])

    def by_seed(self, values: Any) -> Any:
        """Return an array (runs, ...) as (seeds, variants, ...)."""
        return values.reshape(-1, len(self.seeds), *values.shape[1:]).swapaxes(0, 1)
