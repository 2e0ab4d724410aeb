"""The batched sweep as a trainer: all rates and seeds as one program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from lrcourse._validate import Array

if TYPE_CHECKING:
    from lrcourse.training import Sweep

Run = tuple[float, int]  # learning rate and seed

# Arguments of a sweep that the tournament, or this trainer for it, decides.
TAKEN = {
    *("learning_rates", "steps", "seeds", "momenta"),
    *("checkpoints", "judged_on", "keep_params", "resume"),
}


class SweepTrainer:
    """Trains the package's own models, all rates and seeds at once.

    ``trainer(learning_rates, seeds, step)`` runs `lrcourse.training.sweep` from the start to
    `step`; what `tournament` needs. The score is the loss on the whole validation set if the data
    has one, else the mean training loss of the last quarter of the steps, as `TorchTrainer` has it.
    It remembers its runs, as `TorchTrainer` does: those that come again at a later step go on.

    Parameters
    ----------
    model : Model
        Of `lrcourse.models`.
    data : Dataset, Split, or callable
        As `lrcourse.training.sweep` takes them.
    optimizer : Optimizer
        Of `lrcourse.optimizers`.
    **options
        Further arguments of `lrcourse.training.sweep`, such as `batch_size`.

    Raises
    ------
    TypeError
        If `options` hold what the tournament decides: rates, seeds, steps, momenta, checkpoints,
        judged_on, keep_params or resume.

    Examples
    --------
    >>> from lrcourse.datasets import breast_cancer
    >>> from lrcourse.models import logistic
    >>> from lrcourse.optimizers import GradientDescent
    >>> data = breast_cancer().standardised()
    >>> trainer = SweepTrainer(logistic(30, 2), data, GradientDescent())
    >>> losses = trainer([0.01, 0.1], [0, 1, 2], 50)
    >>> losses.shape, bool((losses[1] < losses[0]).all())
    ((2, 3), True)
    """

    def __init__(
        self, model: Any, data: Any | Callable[[int], Any], optimizer: Any, **options: Any
    ) -> None:
        if taken := TAKEN & options.keys():
            raise TypeError(f"options must leave {sorted(taken)} to the tournament")
        self._arguments = (model, data, optimizer)
        self._options = {"progress": False, **options}
        self._sweeps: dict[int, dict[Run, Sweep]] = {}  # by the step that they were trained to

    def __call__(self, learning_rates: ArrayLike, seeds: Sequence[int], step: int) -> Array:
        """Train every rate with every seed to `step`.

        Parameters
        ----------
        learning_rates : array_like, shape (k,)
        seeds : sequence of int
        step : int

        Returns
        -------
        ndarray, shape (k, number of seeds)
            The score of each run, nan where it diverged.
        """
        from lrcourse.datasets import Split
        from lrcourse.training import sweep

        model, data, optimizer = self._arguments
        part = data(seeds[0]) if callable(data) else data
        held_out = isinstance(part, Split)
        rates, place = np.unique(learning_rates, return_inverse=True)
        runs = [(rate, seed) for rate in rates.tolist() for seed in seeds]
        result = sweep(
            model,
            data,
            optimizer,
            rates,
            steps=step,
            seeds=list(seeds),
            checkpoints=None if held_out else (),
            judged_on=("val",) if held_out else (),
            keep_params=True,
            resume=self._earlier(runs, step),
            **self._options,
        )
        self._sweeps.setdefault(step, {}).update(dict.fromkeys(runs, result))
        if held_out:
            losses = result.metrics["val_loss"][:, -1]
        else:
            losses = result.loss[:, -max(5, step // 4) :].mean(axis=1)
        return np.asarray(losses.reshape(-1, len(seeds))[place])

    def _earlier(self, runs: list[Run], step: int) -> list[Sweep] | None:
        """Return the longest sweeps, shorter than `step`, that hold all of the runs together."""
        for known in sorted(self._sweeps, reverse=True):
            held = self._sweeps[known]
            if known < step and held.keys() >= set(runs):
                return list({id(held[run]): held[run] for run in runs}.values())
        return None
