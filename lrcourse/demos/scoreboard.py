"""Six things that a learning rate can be good for, and at which rates each of them is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets

from lrcourse import _validate
from lrcourse.demos._grid import pack
from lrcourse.demos._scoreboard_runs import BENEFITS, BUDGETS, RATES, REPLICATES, Board, board
from lrcourse.demos.base import Demo, Setting

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, MINE = "#1f2328", "#b03a00"


class Scoreboard(Demo):
    """A small ConvNet at 13 learning rates, held against each other in six respects.

    The network learns 300 one-dimensional images in mini-batches of 16; every replicate has images,
    initial weights and mini-batches of its own. For each benefit that is claimed of a small rate,
    the picture shows in how many replicates a rate is best in it, or so close that it is a tie.

    Parameters
    ----------
    learning_rate : float
        From 0.001 to 4; the nearest that was trained is taken.
    steps : float
        The budget, from 100 to 1600; the nearest after which runs were judged is taken. Speed, and
        accuracy at equal training loss, do not depend on it.
    seed : int
        Base seed of the runs, not negative. Another one trains again, for about ten seconds.

    Raises
    ------
    TypeError, ValueError
        If `seed` is not an integer of at least 0.
    traitlets.TraitError
        If another value is out of its range.

    Examples
    --------
    >>> small = Scoreboard(learning_rate=0.01)
    >>> small.won
    ['no divergence', 'steadiness']
    """

    module = "scoreboard"

    learning_rate = Setting(0.008, low=RATES[0], high=RATES[-1])
    steps = Setting(400, low=BUDGETS[0], high=BUDGETS[-1])
    seed = traitlets.Int(0).tag(sync=True)
    board = traitlets.Dict().tag(sync=True)

    def __init__(self, *, seed: int = 0, **settings: Any) -> None:
        _validate.integer("seed", seed, minimum=0)
        super().__init__(**settings)
        self.seed = seed
        self._train()
        self.observe(lambda _: self._train(), "seed")

    @property
    def rate(self) -> float:
        """The learning rate that is judged."""
        return RATES[_nearest(RATES, self.learning_rate)]

    @property
    def budget(self) -> int:
        """The number of steps after which the runs are judged."""
        return BUDGETS[_nearest(BUDGETS, self.steps)]

    @property
    def won(self) -> list[str]:
        """The benefits in which the rate is best or tied in more than half of the replicates."""
        shares = self.results().shares[BUDGETS.index(self.budget), :, RATES.index(self.rate)]
        return [name for name, share in zip(BENEFITS, shares, strict=True) if share > 0.5]

    def results(self) -> Board:
        """Return what was found at every rate, after every budget."""
        return board(self.seed)

    def alt_text(self) -> str:
        """Say in words what the picture shows."""
        shares = self.results().shares[BUDGETS.index(self.budget)]
        best = "; ".join(
            f"{name}: {', '.join(f'{rate:g}' for rate in _at_most(row)) or 'none'}"
            for name, row in zip(BENEFITS, shares, strict=True)
        )
        return (
            f"Learning rates that are best or tied in most of {REPLICATES} replicates after "
            f"{self.budget} steps. {best}. Rate {self.rate:g} is so in {len(self.won)} of "
            f"{len(BENEFITS)}, and in all of them at once in {self._together:.0%} of the "
            "replicates."
        )

    def figure(self) -> Figure:
        """Return the picture of the present state."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(8, 3.4), dpi=110, layout="constrained")
        axes = figure.subplots()
        b = BUDGETS.index(self.budget)
        rows = [*self.results().shares[b], self.results().together[b]]
        for place, shares in enumerate(rows):
            for rate, share in zip(RATES, shares, strict=True):
                half = np.sqrt(2) * 0.98
                axes.barh(
                    place,
                    rate * half - rate / half,
                    left=rate / half,
                    height=0.7,
                    color=INK,
                    alpha=float(share),
                    linewidth=0,
                )
        axes.axvline(self.rate, color=MINE, linestyle=":", linewidth=2)
        axes.set(xscale="log", xlabel="learning rate η", ylim=(len(rows) - 0.5, -0.5))
        axes.set(yticks=range(len(rows)), yticklabels=[*BENEFITS, "all at once"])
        figure.suptitle(
            f"Best or tied after {self.budget} steps, the darker in the more replicates; "
            f"yours {self.rate:g} (dotted)",
            fontsize=11,
        )
        return figure

    @property
    def _together(self) -> float:
        b, r = BUDGETS.index(self.budget), RATES.index(self.rate)
        return float(self.results().together[b, r])

    def _train(self) -> None:
        found = board(self.seed)
        self.board = {
            "rates": list(RATES),
            "budgets": list(BUDGETS),
            "benefits": list(BENEFITS),
            "replicates": REPLICATES,
            "shares": pack(found.shares),
            "together": pack(found.together),
            "means": pack(found.means),
        }


def _at_most(shares: Any) -> list[float]:
    return [rate for rate, share in zip(RATES, shares, strict=True) if share > 0.5]


def _nearest(numbers: tuple[float, ...], value: float) -> int:
    return int(np.abs(np.log(np.array(numbers) / value)).argmin())
