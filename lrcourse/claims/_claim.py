"""What a claim is: a statement, and a rule for judging it that was written before the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import pandas as pd

from lrcourse import _validate
from lrcourse.claims._article import ARTICLE, SECTIONS
from lrcourse.claims._literature import LITERATURE

# Shares of the replicates that a claim can mean. The interval of 20 of 20 begins at 0.84, inside
# both; after Holm's correction over 37 claims that is enough for the second alone.
NEARLY_ALL = (0.8, 1.0)
MOST = (0.5, 1.0)


class Verdict(StrEnum):
    """What a trial says of a claim."""

    HOLDS = "holds"
    HOLDS_IF = "holds if"
    CONTRADICTED = "contradicted"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Contrast:
    """One question to a trial, with the answers that would agree with the claim.

    Parameters
    ----------
    name : str
        The rows of the trial's table that answer it: those with this name in column `contrast`.
    asks : str
        The measured quantity, in words.
    claimed : tuple of float
        Lowest and highest value of the quantity at which the claim is right. A direction with a
        margin is an interval that is open to one side, such as ``(0.02, inf)``.
    estimator : {"mean", "share"}
        How the values of all replicates become one interval: t interval of their mean, or Wilson
        interval of the share of replicates with value 1 (the others have 0).

    Raises
    ------
    ValueError
        If `claimed` is not an interval.

    Examples
    --------
    >>> Contrast("ratio", "Measured over predicted", claimed=(0.99, 1.01))  # doctest: +ELLIPSIS
    Contrast(name='ratio', ...)
    """

    name: str
    asks: str
    claimed: tuple[float, float]
    estimator: Literal["mean", "share"] = "mean"

    def __post_init__(self) -> None:
        low, high = self.claimed
        if not low < high:
            raise ValueError(f"claimed must be an interval (low, high), got {self.claimed!r}")
        if self.estimator not in ("mean", "share"):
            raise ValueError(f'estimator must be "mean" or "share", got {self.estimator!r}')


@dataclass(frozen=True)
class Claim:
    """A claim of the article with its trial and the rule that judges it.

    The rule is the same for every claim; see `judge`.

    Parameters
    ----------
    id : str
        A key of `ARTICLE`, such as ``"C2.1"``.
    trial : callable
        Maps a base seed to a tidy table with a row for each measurement and at least the columns
        `contrast`, `replicate` and `value`. It really trains, on replicates that follow from the
        seed alone.
    primary : Contrast
        The claim as it is made.
    limits : tuple of Contrast
        Settings to which the claim, as it is made, extends as well. One that contradicts it turns
        *holds* into *holds if*.
    context : tuple of Contrast
        What is true instead, or what the claim is usually taken to mean: shown, not judged.
    condition : str
        Where there are limits: the condition under which the claim holds, to follow "holds if".
    because : str
        One sentence that a reader should remember.
    tried_on : str
        On what the trial trains: how far the verdict reaches.
    references : tuple of str
        Keys of `LITERATURE` and of the book's bibliography.

    Raises
    ------
    TypeError
        If `trial` is not callable.
    ValueError
        If the id is not one of the article's, a reference is not in the literature, two contrasts
        have the same name, or there are limits without a condition.
    """

    id: str
    trial: Callable[[int], pd.DataFrame]
    primary: Contrast
    because: str
    tried_on: str
    references: tuple[str, ...]
    limits: tuple[Contrast, ...] = ()
    context: tuple[Contrast, ...] = ()
    condition: str = ""

    def __post_init__(self) -> None:
        if self.id not in ARTICLE:
            raise ValueError(f"id must be one of {', '.join(ARTICLE)}, got {self.id!r}")
        if not callable(self.trial):
            raise TypeError(f"trial must be callable, got {self.trial!r}")
        unknown = set(self.references) - set(LITERATURE)
        if unknown:
            raise ValueError(f"references must be in the literature, got {sorted(unknown)}")
        names = [contrast.name for contrast in self.contrasts]
        if len(set(names)) < len(names):
            raise ValueError(f"contrasts must have different names, got {names!r}")
        if self.limits and not self.condition:
            raise ValueError(f"condition must be given with limits, got {self.condition!r}")

    @property
    def statement(self) -> str:
        """The claim in our own words."""
        return ARTICLE[self.id]

    @property
    def section(self) -> str:
        """The section of the article that makes the claim."""
        return SECTIONS[int(self.id[1])]

    @property
    def contrasts(self) -> tuple[Contrast, ...]:
        """All contrasts, the primary one first."""
        return (self.primary, *self.limits, *self.context)

    def run(self, seed: int = 0) -> pd.DataFrame:
        """Run the trial and return its table.

        Parameters
        ----------
        seed : int
            Base seed, at least 0. The same seed gives the same table.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        TypeError, ValueError
            If `seed` is not an integer of at least 0.
        """
        return self.trial(_validate.integer("seed", seed, minimum=0))
