"""The one rule that turns a trial's table into a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from lrcourse.claims._claim import Claim, Contrast, Verdict
from lrcourse.statistics import Interval, mean_interval, share_interval

Status = Literal["agrees", "disagrees", "undecided"]
Role = Literal["primary", "limit", "context"]


@dataclass(frozen=True)
class Finding:
    """What the trial measured for one contrast."""

    contrast: Contrast
    role: Role
    interval: Interval
    status: Status

    @property
    def p_value(self) -> float:
        """How often chance alone would measure so far from the nearest end of the claimed values.

        Two-sided: of the t test for a mean, of the score test (whose interval is Wilson's) for a
        share. At most 0.05 where the finding agrees or disagrees with the claim.
        """
        ends = [end for end in self.contrast.claimed if np.isfinite(end)]
        if self.contrast.estimator == "share":
            return _share_p_value(self.interval, [end for end in ends if 0 < end < 1])
        return _mean_p_value(self.interval, ends)


@dataclass(frozen=True)
class Judgement:
    """A verdict with all that it rests on, the primary finding first."""

    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def primary(self) -> Finding:
        """The finding for the claim as it is made."""
        return self.findings[0]

    def __getitem__(self, name: str) -> Finding:
        """Return the finding for the contrast of that name."""
        for finding in self.findings:
            if finding.contrast.name == name:
                return finding
        raise KeyError(name)


def judge(claim: Claim, table: pd.DataFrame) -> Judgement:
    """Judge a claim by the table of its trial.

    A contrast *agrees* with the claim if its whole 95 % interval lies inside the claimed values,
    *disagrees* if it lies outside altogether, and is *undecided* otherwise. Then:

    ==========================  =============================  ==============
    primary contrast            limits                         verdict
    ==========================  =============================  ==============
    disagrees                   any                            contradicted
    agrees                      one or more disagree           holds if
    agrees                      all agree                      holds
    anything else                                              undecided
    ==========================  =============================  ==============

    Parameters
    ----------
    claim : Claim
    table : pandas.DataFrame
        With columns `contrast`, `replicate` and `value`; what `claim.run` returns.

    Returns
    -------
    Judgement

    Raises
    ------
    ValueError
        If the table lacks a column, has no row for a contrast, or a share has values other than 0
        and 1.

    Examples
    --------
    >>> from lrcourse.claims import LEDGER, judge, outcome
    >>> tried = outcome("C0.1")
    >>> judgement = judge(LEDGER["C0.1"], tried.table)
    >>> judgement.verdict.value, judgement["slope, Adam, random bowls"].status
    ('holds if', 'disagrees')
    """
    missing = {"contrast", "replicate", "value"} - set(table.columns)
    if missing:
        raise ValueError(f"table must have the columns {sorted(missing)}, got {[*table.columns]}")
    roles: list[tuple[Role, tuple[Contrast, ...]]] = [
        ("primary", (claim.primary,)),
        ("limit", claim.limits),
        ("context", claim.context),
    ]
    findings = tuple(
        _finding(contrast, role, table) for role, contrasts in roles for contrast in contrasts
    )
    primary = findings[0].status
    limits = {finding.status for finding in findings if finding.role == "limit"}
    if primary == "disagrees":
        verdict = Verdict.CONTRADICTED
    elif primary == "agrees" and "disagrees" in limits:
        verdict = Verdict.HOLDS_IF
    elif primary == "agrees" and "undecided" not in limits:
        verdict = Verdict.HOLDS
    else:
        verdict = Verdict.UNDECIDED
    return Judgement(verdict, findings)


def _finding(contrast: Contrast, role: Role, table: pd.DataFrame) -> Finding:
    values = table.loc[table["contrast"] == contrast.name, "value"].to_numpy(dtype=float)
    if len(values) == 0:
        raise ValueError(f"table must have rows for the contrast {contrast.name!r}, got none")
    if contrast.estimator == "share":
        if not set(values) <= {0.0, 1.0}:
            raise ValueError(f"a share must have the values 0 and 1, got {values!r}")
        interval = share_interval(int(values.sum()), len(values))
    else:
        interval = mean_interval(values)
    status: Status = "undecided"
    if interval.inside(*contrast.claimed):
        status = "agrees"
    elif interval.outside(*contrast.claimed):
        status = "disagrees"
    return Finding(contrast, role, interval, status)


def _mean_p_value(interval: Interval, ends: Sequence[float]) -> float:
    distance = min((abs(interval.estimate - end) for end in ends), default=np.inf)
    half = (interval.high - interval.low) / 2
    if half == 0 or distance == np.inf:
        return float(distance == 0)
    error = half / stats.t.ppf((1 + interval.level) / 2, interval.n - 1)
    return float(2 * stats.t.sf(distance / error, interval.n - 1))


def _share_p_value(interval: Interval, ends: Sequence[float]) -> float:
    scores = [abs(interval.estimate - end) / (end * (1 - end) / interval.n) ** 0.5 for end in ends]
    return float(2 * stats.norm.sf(min(scores, default=np.inf)))
