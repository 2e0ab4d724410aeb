"""What a sweep found: every run, labelled, with its configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.statistics import mean_interval

if TYPE_CHECKING:
    from lrcourse.plotting import Picture

NAMES = ("learning_rate", "momentum", "seed")  # what tells one run of a sweep from the others
RISING_IS_GOOD = ("train_accuracy", "val_accuracy")


@dataclass(frozen=True)
class Best:
    """The setting with the best mean over the seeds.

    Parameters
    ----------
    learning_rate, momentum : float
    metric : str
    value : float
        The mean of the metric there.
    at_edge : bool
        Whether the rate is the smallest or the largest that was tried: then the best rate may lie
        outside the grid, and this is not an answer yet.
    """

    learning_rate: float
    momentum: float
    metric: str
    value: float
    at_edge: bool

    def __str__(self) -> str:
        warning = " — at the edge of the grid: try rates beyond it" if self.at_edge else ""
        return f"{self.metric} {self.value:.4g} at learning rate {self.learning_rate:g}{warning}"


@dataclass(frozen=True, eq=False)
class Sweep:
    """The result of `sweep`: one row a run, the same order in every table and array.

    Parameters
    ----------
    config : dict
        What was trained and how, as plain values.
    runs : DataFrame
        Columns `learning_rate`, `momentum`, `seed`, and `diverged_at`: the step at whose batch the
        run diverged, missing if it did not.
    loss : ndarray, shape (runs, steps)
        The loss on each step's mini-batch, before the update; NaN after a run has diverged.
    checkpoints : ndarray of int, shape (checkpoints,)
        After how many steps the runs were judged.
    metrics : dict of ndarray, shape (runs, checkpoints)
        `train_loss`, and where they make sense `train_accuracy`, `val_loss`, `val_accuracy`, on the
        whole data sets; NaN once a run has diverged.
    params : dict of ndarray, optional
        The final weights, (runs, ...).
    state : dict of ndarray
        The state of the optimizer that belongs to `params`, (runs, ...); ``sweep(resume=...)``
        reads it.
    """

    config: dict[str, Any]
    runs: pd.DataFrame
    loss: Array
    checkpoints: NDArray[np.int64]
    metrics: dict[str, Array]
    params: dict[str, NDArray[Any]] | None = field(default=None, repr=False)
    state: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)

    def __repr__(self) -> str:
        model, data = self.config["model"]["name"], self.config["data"]
        diverged = int(self.diverged.sum())
        return (
            f"Sweep({len(self.runs)} runs of {self.loss.shape[1]} steps: {model} on {data}, "
            f"{diverged} diverged)"
        )

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Which runs diverged, shape (runs,)."""
        return self.runs["diverged_at"].notna().to_numpy()

    def table(self) -> pd.DataFrame:
        """Return one row a run: its setting, and its metrics at the last checkpoint."""
        final = {name: values[:, -1] for name, values in self.metrics.items()}
        return self.runs.assign(**final)

    def history(self) -> pd.DataFrame:
        """Return one row a run and checkpoint: its setting, `step`, and its metrics then."""
        repeated = self.runs.loc[self.runs.index.repeat(len(self.checkpoints))]
        rows = repeated.reset_index(drop=True)
        rows["step"] = np.tile(self.checkpoints, len(self.runs))
        return rows.assign(**{name: values.ravel() for name, values in self.metrics.items()})

    def summary(self, metric: str = "val_loss", *, level: float = 0.95) -> pd.DataFrame:
        """Return one row a setting: the mean over seeds with its interval, and the diverged runs.

        Parameters
        ----------
        metric : str
            A name in `metrics`.
        level : float
            Confidence level, above 0 and below 1.

        Returns
        -------
        DataFrame
            Columns `learning_rate`, `momentum`, `mean`, `low`, `high`, `seeds`, `diverged`. The
            mean is over runs that did not diverge, and `diverged` says how many did; of a single
            run the interval is NaN.

        Raises
        ------
        ValueError
            If there is no such metric.
        """
        values = self._final(metric)
        rows = []
        groups: Any = self.runs.groupby(["learning_rate", "momentum"]).indices
        for (rate, momentum), index in groups.items():
            group = values[index]
            finite = group[np.isfinite(group)]
            low = high = np.nan
            if len(finite) > 1:
                interval = mean_interval(finite, level=level)
                low, high = interval.low, interval.high
            rows.append(
                {
                    "learning_rate": rate,
                    "momentum": momentum,
                    "mean": finite.mean() if len(finite) else np.nan,
                    "low": low,
                    "high": high,
                    "seeds": len(group),
                    "diverged": int(self.diverged[index].sum()),
                }
            )
        return pd.DataFrame(rows)

    def best(self, metric: str = "val_loss") -> Best:
        """Return the setting with the best mean over seeds, of those where no run diverged.

        Parameters
        ----------
        metric : str
            A name in `metrics`; of an accuracy the highest is best, of a loss the lowest.

        Returns
        -------
        Best
            Says whether it lies at the edge of the grid.

        Raises
        ------
        ValueError
            If there is no such metric, or runs diverged in every setting.
        """
        summary = self.summary(metric)
        stable = summary[(summary["diverged"] == 0) & summary["mean"].notna()]
        if stable.empty:
            raise ValueError(f"{metric} has no best: in every setting a run diverged")
        rising = metric in RISING_IS_GOOD
        order = stable["mean"].to_numpy()
        row = stable.iloc[int(order.argmax() if rising else order.argmin())]
        rate = float(row["learning_rate"])
        edges = (summary["learning_rate"].min(), summary["learning_rate"].max())
        return Best(rate, float(row["momentum"]), metric, float(row["mean"]), rate in edges)

    def save(self, path: str | Path) -> Path:
        """Write everything to one ``.npz`` file, the configuration as JSON within.

        Parameters
        ----------
        path : str or Path
            Gets the suffix ``.npz`` if it has none.

        Returns
        -------
        Path
            Where it was written.
        """
        path = Path(path)
        path = path if path.suffix else path.with_suffix(".npz")
        arrays = by_run(self) | {"checkpoints": self.checkpoints}
        arrays["config"] = np.array(json.dumps(self.config))
        with path.open("wb") as file:
            np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
        return path

    @classmethod
    def load(cls, path: str | Path) -> Sweep:
        """Read what `save` wrote.

        Parameters
        ----------
        path : str or Path

        Returns
        -------
        Sweep

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        """
        with np.load(Path(path)) as arrays:
            runs = inside(arrays, "runs")
            return cls(
                config=json.loads(str(arrays["config"])),
                runs=pd.DataFrame(runs | {"diverged_at": or_missing(runs["diverged_at"])}),
                loss=arrays["loss"],
                checkpoints=arrays["checkpoints"],
                metrics=inside(arrays, "metrics"),
                params=inside(arrays, "params") or None,
                state=inside(arrays, "state"),
            )

    def plot_loss(self) -> Picture:
        """Draw the loss against the step: one curve a learning rate, the median over its seeds."""
        from lrcourse.training._plots import plot_loss

        return plot_loss(self)

    def plot_rates(self, metric: str = "val_loss") -> Picture:
        """Draw a metric against the learning rate, with its interval over seeds.

        Rates at which a run diverged are marked, and so is a best rate at the edge of the grid.
        """
        from lrcourse.training._plots import plot_rates

        return plot_rates(self, metric)

    def _final(self, metric: str) -> Array:
        if metric not in self.metrics:
            raise ValueError(f"metric must be one of {list(self.metrics)}, got {metric!r}")
        return self.metrics[metric][:, -1]


def by_run(sweep: Sweep) -> dict[str, NDArray[Any]]:
    """Return every array whose first axis is the runs, in folders: `runs/seed` is a column."""
    columns = {name: sweep.runs[name].to_numpy() for name in NAMES}
    columns["diverged_at"] = sweep.runs["diverged_at"].to_numpy(dtype=np.int64, na_value=-1)
    folders = {
        "runs": columns,
        "metrics": sweep.metrics,
        "params": sweep.params or {},
        "state": sweep.state,
    }
    arrays = {
        f"{folder}/{name}": values
        for folder, named in folders.items()
        for name, values in named.items()
    }
    return arrays | {"loss": sweep.loss}


def inside(arrays: Mapping[str, NDArray[Any]], folder: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a folder, under their own names."""
    start = f"{folder}/"
    return {name.removeprefix(start): arrays[name] for name in arrays if name.startswith(start)}


def or_missing(steps: NDArray[np.int64]) -> pd.arrays.IntegerArray:
    """Return steps as a column where -1 is missing."""
    return pd.arrays.IntegerArray(steps, mask=steps < 0)
