"""What trials of schedules share: a race in which every arm runs at the rate that suits it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lrcourse._validate import Array
from lrcourse.datasets import Split
from lrcourse.models import Model
from lrcourse.optimizers import SGD
from lrcourse.schedules import Plateau, Schedule
from lrcourse.training import Best, Sweep, sweep

CHECK = 50  # steps between two looks of a plateau rule at the validation loss
WIDENINGS = 3  # how often a grid moves on whose best peak lies at its edge

Arm = Schedule | Plateau
Entries = Sequence[tuple[Arm, float]]


@dataclass(frozen=True)
class Race:
    """A task and a budget, for schedules and for rules that follow the validation loss.

    An arm is a schedule or a plateau rule that begins at 1; its peak is the factor on it.

    Parameters
    ----------
    model : Model
    data : callable
        Maps a seed to rows to train on, rows that plateau rules look at, and rows to test on.
    steps : int
        The budget of every run.
    batch_size : int or None
        Examples a step; all of them if None.
    peaks : tuple of float
        The grid on which an arm is tuned, evenly spaced in the logarithm.
    """

    model: Model
    data: Callable[[int], Split]
    steps: int
    batch_size: int | None
    peaks: tuple[float, ...]

    def best_peak(self, arm: Arm, seeds: Sequence[int]) -> Best:
        """Return the peak with the best mean test accuracy, of those at which no run diverged.

        A grid whose best peak lies at its edge is centred on that peak, and tried again.
        """
        peaks = np.asarray(self.peaks)
        for _ in range(1 + WIDENINGS):
            best = self._train([(arm, peak) for peak in peaks], seeds).best("val_accuracy")
            if not best.at_edge:
                break
            peaks = peaks * best.learning_rate / np.median(peaks)
        return best

    def accuracies(self, entries: Entries, seeds: Sequence[int]) -> Array:
        """Return the test accuracy of each arm at its peak, shape (entries, seeds).

        A run that diverged gets nothing right: its accuracy is 0.
        """
        final = self._train(entries, seeds).metrics["val_accuracy"][:, -1]
        return np.nan_to_num(final, nan=0.0).reshape(len(entries), len(seeds))

    def _train(self, entries: Entries, seeds: Sequence[int]) -> Sweep:
        """Train every entry with every seed, and judge the runs by the test rows."""
        peaks = [peak for _, peak in entries]
        table = self._schedules(entries, seeds)
        return self._sweep(peaks, seeds, table, (self.steps,), "test")

    def _schedules(self, entries: Entries, seeds: Sequence[int]) -> Array:
        """Return the schedule of every run, shape (steps, entries × seeds).

        A sweep takes its schedules beforehand; a plateau rule makes its own as it goes. But a run
        is the same however often it is trained, and its losses do not depend on later rates. So
        train with the drops that are known, let the rules read the losses, and repeat until they
        want no other drop.
        """
        rules = [arm if isinstance(arm, Plateau) else None for arm, _ in entries for _ in seeds]
        table = np.stack([self._first_guess(arm) for arm, _ in entries for _ in seeds], axis=1)
        peaks = [peak for _, peak in entries]
        checks = range(CHECK, self.steps, CHECK)
        settled = not any(rules)
        while not settled:
            seen = self._sweep(peaks, seeds, table, checks, "validation").metrics["val_loss"]
            before = table.copy()
            for run, rule in enumerate(rules):
                if rule is not None:
                    table[:, run] = np.repeat(_levels(rule, seen[run]), CHECK)[: self.steps]
            settled = bool((table == before).all())
        return table

    def _first_guess(self, arm: Arm) -> Array:
        if isinstance(arm, Plateau):
            return np.full(self.steps, arm.lr)
        return arm(np.arange(self.steps))

    def _sweep(
        self,
        peaks: Sequence[float],
        seeds: Sequence[int],
        table: Array,
        checkpoints: Sequence[int],
        judged_by: str,
    ) -> Sweep:
        def data(seed: int) -> Split:
            parts = self.data(seed)
            return Split(parts.train, getattr(parts, judged_by))

        return sweep(
            self.model,
            data,
            SGD(),
            peaks,
            steps=self.steps,
            seeds=seeds,
            batch_size=self.batch_size,
            schedule=table,
            checkpoints=checkpoints,
            progress=False,
        )


def _levels(rule: Plateau, losses: Array) -> list[float]:
    """Return a rule's rate before the first loss and after each; NaN is no improvement."""
    state = rule.init()
    levels = [state.lr]
    for loss in np.nan_to_num(losses, nan=np.inf):
        state = rule.update(state, float(loss))
        levels.append(state.lr)
    return levels
