"""A claim after its trial: table, judgement and verdict, ready to print, to show or to save."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lrcourse.claims import _cache
from lrcourse.claims._claim import Claim, Verdict
from lrcourse.claims._judge import Finding, Judgement, judge
from lrcourse.claims._ledger import LEDGER, PUBLISHED
from lrcourse.claims._literature import LITERATURE


@dataclass(frozen=True, eq=False)
class Outcome:
    """What the trial of a claim found.

    Parameters
    ----------
    claim : Claim
    seed : int
        The base seed of the trial.
    table : pandas.DataFrame
        Every measurement, tidy.
    judgement : Judgement
    seconds : float
        What the trial took when it ran.
    """

    claim: Claim
    seed: int
    table: pd.DataFrame
    judgement: Judgement
    seconds: float

    @property
    def verdict(self) -> Verdict:
        """The verdict."""
        return self.judgement.verdict

    @property
    def as_published(self) -> bool:
        """Whether this is the verdict that the book publishes."""
        return self.verdict is PUBLISHED[self.claim.id]

    @property
    def sentence(self) -> str:
        """The verdict in words, with its condition where it has one."""
        if self.verdict is Verdict.HOLDS_IF:
            return f"{self.verdict} {self.claim.condition}"
        return str(self.verdict)

    def rows(self, contrast: str) -> pd.DataFrame:
        """Return the measurements for one contrast.

        Parameters
        ----------
        contrast : str
            Name of a contrast of the claim.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        ValueError
            If the table has no such contrast.
        """
        chosen = self.table[self.table["contrast"] == contrast]
        if chosen.empty:
            known = ", ".join(sorted(set(self.table["contrast"])))
            raise ValueError(f"contrast must be one of {known}, got {contrast!r}")
        return chosen.dropna(axis="columns", how="all")

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome as plain data, for JSON."""
        return {
            "id": self.claim.id,
            "statement": self.claim.statement,
            "section": self.claim.section,
            "verdict": str(self.verdict),
            "condition": self.claim.condition if self.verdict is Verdict.HOLDS_IF else None,
            "published": str(PUBLISHED[self.claim.id]),
            "because": self.claim.because,
            "tried_on": self.claim.tried_on,
            "seed": self.seed,
            "seconds": round(self.seconds, 3),
            **_finding_as_dict(self.judgement.primary),
            "findings": [_finding_as_dict(finding) for finding in self.judgement.findings],
            "references": [LITERATURE[key] for key in self.claim.references],
        }


def outcome(claim_id: str, *, seed: int = 0, fresh: bool = False) -> Outcome:
    """Run the trial of a claim, or take the table of an earlier run, and judge it.

    A kept table is used only if nothing that the trial depends on has changed since.

    Parameters
    ----------
    claim_id : str
        A key of `LEDGER`.
    seed : int
        Base seed, at least 0.
    fresh : bool
        Run the trial even if there is a table to use.

    Returns
    -------
    Outcome

    Raises
    ------
    KeyError
        If no such claim has been tried.
    TypeError, ValueError
        If `seed` is not an integer of at least 0.

    Examples
    --------
    >>> tried = outcome("C0.1", seed=3)
    >>> str(tried.verdict), tried.judgement.primary.interval.n
    ('holds if', 20)
    """
    if claim_id not in LEDGER:
        raise KeyError(f"claim_id must be one of {', '.join(LEDGER)}, got {claim_id!r}")
    claim = LEDGER[claim_id]
    module = claim.trial.__module__
    kept = None if fresh else _cache.load(claim_id, module, seed)
    if kept is None:
        start = time.perf_counter()
        table = claim.run(seed)
        seconds = time.perf_counter() - start
        try:
            _cache.save(claim_id, module, seed, table, seconds)
        except OSError as error:  # a read-only home costs time, not the result
            warnings.warn(f"the table of {claim_id} could not be kept: {error}", stacklevel=2)
    else:
        table, seconds = kept
    return Outcome(claim, seed, table, judge(claim, table), seconds)


def _finding_as_dict(finding: Finding) -> dict[str, Any]:
    low, high = finding.contrast.claimed
    return {
        "contrast": finding.contrast.name,
        "role": finding.role,
        "asks": finding.contrast.asks,
        "effect": finding.interval.estimate,
        "interval": [finding.interval.low, finding.interval.high],
        "level": finding.interval.level,
        "n": finding.interval.n,
        "missing": finding.interval.missing,
        "p": finding.p_value,
        "claimed": [_json_number(low), _json_number(high)],
        "status": finding.status,
    }


def _json_number(value: float) -> float | None:
    """JSON knows no infinity: an open end is null."""
    return value if abs(value) != float("inf") else None
