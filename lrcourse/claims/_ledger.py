"""Every claim that has been tried, and the verdict that is published for it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lrcourse.claims import chapter01
from lrcourse.claims._claim import Claim, Verdict

LEDGER: Mapping[str, Claim] = MappingProxyType({claim.id: claim for claim in chapter01.CLAIMS})

# What the book says. A trial that comes out otherwise fails the build: either the code broke, or
# the trial is too weak to be published.
PUBLISHED: Mapping[str, Verdict] = MappingProxyType(
    {
        "C0.1": Verdict.HOLDS_IF,
        "C0.3": Verdict.HOLDS_IF,
        "C1.2": Verdict.HOLDS_IF,
        "C1.5": Verdict.CONTRADICTED,
        "C2.1": Verdict.HOLDS,
    }
)
