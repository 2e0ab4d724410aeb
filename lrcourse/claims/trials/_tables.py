"""What all trials share: where their randomness comes from, and the table that they return."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

REPLICATES = 20

Flags = NDArray[np.bool_]


def generators(
    seed: int, stream: int = 0, *, replicates: int | None = None
) -> Iterator[np.random.Generator]:
    """Yield one generator for each replicate; streams of the same seed are independent."""
    for replicate in range(replicates or REPLICATES):
        yield np.random.default_rng([seed, stream, replicate])


def run_seeds(seed: int, stream: int = 0, *, replicates: int | None = None) -> list[int]:
    """Return a different seed for each replicate, for `lrcourse.training.sweep`.

    They follow from the base seed alone; streams of the same base seed are independent.
    """
    words = np.random.SeedSequence([seed, stream]).generate_state(replicates or REPLICATES)
    return [int(word) for word in words]


def measurements(contrast: str, values: Any, **columns: Any) -> pd.DataFrame:
    """Return one row for each replicate of a contrast; `columns` hold what else is known of it."""
    values = np.asarray(values, dtype=np.float64)
    replicate = np.arange(len(values))
    return pd.DataFrame({"contrast": contrast, "replicate": replicate, "value": values, **columns})


def compared(
    contrast: str,
    control: Any,
    treated: Any,
    *,
    by: Literal["difference", "ratio", "less", "more"] = "difference",
    **columns: Any,
) -> pd.DataFrame:
    """Return one row for each replicate of a contrast between two arms that share their seeds.

    Parameters
    ----------
    contrast : str
    control, treated : array_like, shape (replicates,)
        What was measured in each arm, such as at a small and at a large learning rate. A run that
        diverged or did not finish has NaN or inf; its pair is counted as missing.
    by : {"difference", "ratio", "less", "more"}
        The value: treated - control; treated / control; or whether treated is less, or more, than
        control, for a share.
    **columns
        What else is known of each replicate.

    Returns
    -------
    pandas.DataFrame
        With columns `control`, `treated` and `by` as well: who swaps the arms sees the verdict
        change.
    """
    control, treated = (np.asarray(arm, dtype=np.float64) for arm in (control, treated))
    table = measurements(contrast, effect(control, treated, by), **columns)
    return table.assign(control=control, treated=treated, by=by)


def effect(control: NDArray[np.float64], treated: NDArray[np.float64], by: str) -> Any:
    """Return the value of each pair of measurements."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if by == "difference":
            return treated - control
        if by == "ratio":
            return treated / control
        return treated < control if by == "less" else treated > control
