"""The article's claims on trial.

A `Claim` holds a statement, a trial that really trains, and the contrasts that decide; `judge` is
the one rule for all. `outcome` runs a trial or takes it from the cache.

>>> from lrcourse.claims import LEDGER
>>> LEDGER["C2.1"].statement
'Too high a learning rate diverges.'
"""

from lrcourse.claims._article import ARTICLE, SECTIONS
from lrcourse.claims._claim import Claim, Contrast, Verdict
from lrcourse.claims._display import Glance, VerdictCard
from lrcourse.claims._judge import Finding, Judgement, judge
from lrcourse.claims._ledger import LEDGER, PUBLISHED
from lrcourse.claims._outcome import Outcome, outcome
from lrcourse.claims._runs import family_wise, outcomes

__all__ = [
    "ARTICLE",
    "LEDGER",
    "PUBLISHED",
    "SECTIONS",
    "Claim",
    "Contrast",
    "Finding",
    "Glance",
    "Judgement",
    "Outcome",
    "Verdict",
    "VerdictCard",
    "family_wise",
    "judge",
    "outcome",
    "outcomes",
]
