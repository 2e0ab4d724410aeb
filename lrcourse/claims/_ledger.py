"""Every claim that has been tried, and the verdict that is published for it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lrcourse.claims import (
    chapter01,
    chapter02,
    chapter03,
    chapter04,
    chapter05,
    chapter06,
    chapter07,
    chapter08,
    chapter09,
    chapter10,
    chapter11,
    chapter12,
)
from lrcourse.claims._claim import Claim, Verdict

CHAPTERS = (
    chapter01.CLAIMS,
    chapter02.CLAIMS,
    chapter03.CLAIMS,
    chapter04.CLAIMS,
    chapter05.CLAIMS,
    chapter06.CLAIMS,
    chapter07.CLAIMS,
    chapter08.CLAIMS,
    chapter09.CLAIMS,
    chapter10.CLAIMS,
    chapter11.CLAIMS,
    chapter12.CLAIMS,
)
LEDGER: Mapping[str, Claim] = MappingProxyType(
    {claim.id: claim for claim in sorted((c for cs in CHAPTERS for c in cs), key=lambda c: c.id)}
)

# What the book says. A trial that comes out otherwise fails the build: either the code broke, or
# the trial is too weak to be published.
PUBLISHED: Mapping[str, Verdict] = MappingProxyType(
    {
        "C0.1": Verdict.HOLDS_IF,
        "C0.2": Verdict.HOLDS_IF,
        "C0.3": Verdict.HOLDS_IF,
        "C1.1": Verdict.CONTRADICTED,
        "C1.2": Verdict.HOLDS_IF,
        "C1.3": Verdict.HOLDS_IF,
        "C1.4": Verdict.HOLDS_IF,
        "C1.5": Verdict.CONTRADICTED,
        "C2.1": Verdict.HOLDS,
        "C2.2": Verdict.CONTRADICTED,
        "C2.3": Verdict.HOLDS_IF,
        "C2.4": Verdict.HOLDS_IF,
        "C3.1": Verdict.HOLDS_IF,
        "C3.2": Verdict.HOLDS_IF,
        "C3.3": Verdict.CONTRADICTED,
        "C4.1": Verdict.CONTRADICTED,
        "C4.2": Verdict.HOLDS_IF,
        "C5.1": Verdict.HOLDS,
        "C5.2": Verdict.HOLDS,
        "C5.3": Verdict.HOLDS_IF,
        "C5.4": Verdict.HOLDS,
        "C5.5": Verdict.CONTRADICTED,
        "C5.6": Verdict.CONTRADICTED,
        "C6.1": Verdict.HOLDS_IF,
        "C6.2": Verdict.CONTRADICTED,
        "C6.3": Verdict.HOLDS_IF,
        "C6.4": Verdict.CONTRADICTED,
        "C7.1": Verdict.HOLDS,
        "C7.2": Verdict.HOLDS_IF,
        "C7.3": Verdict.HOLDS_IF,
        "C7.4": Verdict.HOLDS_IF,
        "C7.5": Verdict.HOLDS_IF,
        "C8.1": Verdict.HOLDS_IF,
        "C8.2": Verdict.CONTRADICTED,
        "C8.3": Verdict.HOLDS_IF,
        "C8.4": Verdict.HOLDS_IF,
        "C9.1": Verdict.CONTRADICTED,
    }
)
