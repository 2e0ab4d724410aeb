"""Verdicts as a page shows them: a card for one claim, a table for all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from lrcourse.claims._article import ARTICLE, SECTIONS
from lrcourse.claims._claim import Verdict
from lrcourse.claims._judge import Finding
from lrcourse.claims._literature import LITERATURE
from lrcourse.claims._outcome import Outcome

# A verdict is told by sign and word, never by colour alone.
SIGNS: Mapping[str, str] = {
    Verdict.HOLDS: "✓",
    Verdict.HOLDS_IF: "◐",
    Verdict.CONTRADICTED: "✗",
    Verdict.UNDECIDED: "?",
}
UNTRIED = "not yet tried"


@dataclass(frozen=True, eq=False)
class VerdictCard:
    """What a trial found, as a card to show in a notebook or on a page.

    Parameters
    ----------
    outcome : Outcome

    Raises
    ------
    TypeError
        If `outcome` is anything else.

    Examples
    --------
    >>> from lrcourse.claims import VerdictCard, outcome
    >>> print(VerdictCard(outcome("C0.1")))  # doctest: +ELLIPSIS
    C0.1  ◐ holds if the update rule is plain (stochastic) gradient descent
    Each update subtracts the gradient times the learning rate.
    ...
    """

    outcome: Outcome

    def __post_init__(self) -> None:
        if not isinstance(self.outcome, Outcome):
            raise TypeError(f"outcome must be an Outcome, got {self.outcome!r}")

    def __str__(self) -> str:
        claim, judgement = self.outcome.claim, self.outcome.judgement
        lines = [
            f"{claim.id}  {SIGNS[judgement.verdict]} {self.outcome.sentence}",
            claim.statement,
            claim.because,
            *(f"  {f.contrast.asks}: {f.interval} ({_status(f)})" for f in judgement.findings),
            f"Tried on: {claim.tried_on}.",
            f"Literature: {_literature(self.outcome)}.",
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        claim, judgement = self.outcome.claim, self.outcome.judgement
        rows = "".join(_row(finding) for finding in judgement.findings)
        primary = judgement.primary
        return f"""\
<div class="lr-card" role="group" aria-label="Verdict on claim {claim.id}">
<p class="lr-statement"><span class="lr-id">{claim.id}</span> {escape(claim.statement)}</p>
<p>{badge(judgement.verdict)} {escape(_condition(self.outcome))}</p>
<p>{escape(claim.because)}</p>
<p>{escape(primary.contrast.asks)}: <strong>{_measured(primary)}</strong>.
The claim needs {_claimed(primary.contrast.claimed)}.</p>
<details><summary>All findings ({len(judgement.findings)})</summary>
<div class="lr-scroll" role="region" aria-label="Findings on claim {claim.id}" tabindex="0">
<table>
<thead><tr><th scope="col">Measured</th>
<th scope="col">Effect, {primary.interval.level:.0%} interval</th>
<th scope="col">Claimed</th><th scope="col">Finding</th></tr></thead>
<tbody>{rows}</tbody>
</table>
</div>
</details>
<p class="lr-meta">Tried on {escape(claim.tried_on)}: {primary.interval.n} replicates, base seed
{self.outcome.seed}. Literature: {escape(_literature(self.outcome))}. Again, on other seeds:
<code>lrcourse claims run {claim.id} --seed 1</code></p>
</div>"""


@dataclass(frozen=True, eq=False)
class Glance:
    """Every claim of the article with its verdict, as a table to grasp in ten seconds.

    Parameters
    ----------
    outcomes : sequence of Outcome
        The claims that have been tried.
    links : mapping of str to str, optional
        Address of the trial of each claim.

    Raises
    ------
    TypeError
        If `outcomes` holds anything else.

    Examples
    --------
    >>> from lrcourse.claims import Glance, outcome
    >>> print(str(Glance([outcome("C0.1")])).splitlines()[1])
    C0.2  not yet tried: A larger learning rate makes training faster at first.
    """

    outcomes: Sequence[Outcome]
    links: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        for outcome in self.outcomes:
            if not isinstance(outcome, Outcome):
                raise TypeError(f"outcomes must hold Outcomes, got {outcome!r}")

    def __str__(self) -> str:
        tried = {outcome.claim.id: outcome for outcome in self.outcomes}
        return "\n".join(
            f"{claim_id}  {tried[claim_id].sentence if claim_id in tried else UNTRIED}: {statement}"
            for claim_id, statement in ARTICLE.items()
        )

    def _repr_html_(self) -> str:
        tried = {outcome.claim.id: outcome for outcome in self.outcomes}
        parts = []
        for number, section in SECTIONS.items():
            rows = "".join(
                self._row(claim_id, statement, tried.get(claim_id))
                for claim_id, statement in ARTICLE.items()
                if claim_id.startswith(f"C{number}.")
            )
            heading = f'<tr><th colspan="3" scope="colgroup">{escape(section)}</th></tr>'
            parts.append(f"<tbody>{heading}{rows}</tbody>")
        return (
            '<div class="lr-scroll" role="region" aria-label="All claims" tabindex="0">'
            '<table class="lr-glance"><thead><tr><th scope="col">Claim</th>'
            '<th scope="col">Verdict</th><th scope="col">Effect, 95% interval</th></tr></thead>'
            f"{''.join(parts)}</table></div>"
        )

    def _row(self, claim_id: str, statement: str, outcome: Outcome | None) -> str:
        text = f'<span class="lr-id">{claim_id}</span> {escape(statement)}'
        href = (self.links or {}).get(claim_id)
        if href:
            text = f'<a href="{escape(href)}">{text}</a>'
        if outcome is None:
            return f"<tr><td>{text}</td><td>{badge(None)}</td><td></td></tr>"
        primary = outcome.judgement.primary
        condition = f" {escape(_condition(outcome))}" if outcome.claim.condition else ""
        effect = f'<span class="lr-effect">{_measured(primary)}</span>'
        return (
            f"<tr><td>{text}</td><td>{badge(outcome.verdict)}{condition}</td>"
            f"<td>{effect}<br><small>{escape(primary.contrast.asks)}</small></td></tr>"
        )


def badge(verdict: Verdict | None) -> str:
    """Return a verdict as HTML: sign, word and a class for its colour; None is not yet tried.

    Examples
    --------
    >>> badge(None)
    '<span class="lr-verdict lr-untried">· not yet tried</span>'
    """
    word = UNTRIED if verdict is None else str(verdict)
    sign = "·" if verdict is None else SIGNS[verdict]
    css = "untried" if verdict is None else word.replace(" ", "-")
    return f'<span class="lr-verdict lr-{css}">{sign} {word}</span>'


def _condition(outcome: Outcome) -> str:
    return outcome.claim.condition if outcome.verdict is Verdict.HOLDS_IF else ""


def _literature(outcome: Outcome) -> str:
    return "; ".join(LITERATURE[key] for key in outcome.claim.references)


def _status(finding: Finding) -> str:
    return f"{finding.status}, not judged" if finding.role == "context" else finding.status


def _row(finding: Finding) -> str:
    return (
        f'<tr class="lr-{finding.role}"><td>{escape(finding.contrast.asks)}</td>'
        f"<td>{_measured(finding)}</td><td>{_claimed(finding.contrast.claimed)}</td>"
        f"<td>{_status(finding)}</td></tr>"
    )


def _measured(finding: Finding) -> str:
    return _signed(str(finding.interval))


def _claimed(region: tuple[float, float]) -> str:
    low, high = (_signed(f"{end:.3g}") for end in region)
    if region[1] == float("inf"):
        return f"above {low}"
    if region[0] == float("-inf"):
        return f"below {high}"
    return f"{low} to {high}"


def _signed(numbers: str) -> str:
    """Return numbers with the sign of typography, which is as wide as a plus."""
    return re.sub(r"(?<!e)-(?=\d)", "−", numbers)
