"""The judge: one rule, tried on tables that are made up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lrcourse.claims import Claim, Contrast, Verdict, judge

PRIMARY = Contrast("main", "Main effect", claimed=(0.5, np.inf))
LIMIT = Contrast("limit", "Elsewhere", claimed=(0.5, np.inf))
SHARE = Contrast("share", "Share", claimed=(0.8, 1.0), estimator="share")


def claim(**changes):
    settings = {
        "id": "C0.1",
        "trial": lambda seed: pd.DataFrame(),
        "primary": PRIMARY,
        "limits": (LIMIT,),
        "condition": "it does",
        "because": "So.",
        "tried_on": "paper",
        "references": (),
    }
    return Claim(**(settings | changes))


def table(**values):
    return pd.concat(
        pd.DataFrame({"contrast": name, "replicate": range(len(column)), "value": column})
        for name, column in values.items()
    )


HIGH, LOW, WIDE = [1.0, 1.1, 0.9, 1.0], [0.1, 0.0, 0.05, 0.1], [0.0, 1.0, 0.2, 0.9]


@pytest.mark.parametrize(
    ("main", "limit", "verdict"),
    [
        (HIGH, HIGH, Verdict.HOLDS),
        (HIGH, LOW, Verdict.HOLDS_IF),
        (HIGH, WIDE, Verdict.UNDECIDED),
        (LOW, HIGH, Verdict.CONTRADICTED),
        (LOW, LOW, Verdict.CONTRADICTED),
        (LOW, WIDE, Verdict.CONTRADICTED),
        (WIDE, HIGH, Verdict.UNDECIDED),
        (WIDE, LOW, Verdict.UNDECIDED),
    ],
)
def test_verdict_follows_from_primary_and_limits(main, limit, verdict):
    assert judge(claim(), table(main=main, limit=limit)).verdict is verdict


def test_context_is_shown_but_not_judged():
    with_context = claim(limits=(), condition="", context=(LIMIT,))
    for values in (HIGH, LOW, WIDE):
        judgement = judge(with_context, table(main=HIGH, limit=values))
        assert judgement.verdict is Verdict.HOLDS
        assert judgement["limit"].role == "context"


@pytest.mark.parametrize(
    ("successes", "status"), [(20, "agrees"), (19, "undecided"), (12, "disagrees")]
)
def test_a_share_is_judged_by_its_wilson_interval(successes, status):
    only_share = claim(primary=SHARE, limits=(), condition="")
    values = [1.0] * successes + [0.0] * (20 - successes)
    assert judge(only_share, table(share=values)).primary.status == status


def test_missing_values_reach_the_finding():
    judgement = judge(claim(), table(main=[*HIGH, np.nan], limit=HIGH))
    assert (judgement.primary.interval.n, judgement.primary.interval.missing) == (4, 1)


def test_bad_tables_and_claims_are_named():
    with pytest.raises(ValueError, match=r"rows for the contrast 'limit', got none"):
        judge(claim(), table(main=HIGH))
    with pytest.raises(ValueError, match=r"columns \['value'\], got \['contrast', 'replicate'\]"):
        judge(claim(), table(main=HIGH).drop(columns="value"))
    with pytest.raises(ValueError, match=r"a share must have the values 0 and 1"):
        judge(claim(primary=SHARE, limits=(), condition=""), table(share=HIGH))
    with pytest.raises(ValueError, match=r"claimed must be an interval .*got \(1.0, 0.5\)"):
        Contrast("x", "x", claimed=(1.0, 0.5))
    with pytest.raises(ValueError, match=r'estimator must be "mean" or "share", got \'median\''):
        Contrast("x", "x", claimed=(0, 1), estimator="median")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"id must be one of .*got 'C99'"):
        claim(id="C99")
    with pytest.raises(TypeError, match=r"trial must be callable, got 'later'"):
        claim(trial="later")
    with pytest.raises(ValueError, match=r"different names, got \['main', 'main'\]"):
        claim(limits=(PRIMARY,))
    with pytest.raises(
        ValueError, match=r"references must be in the literature, got \['hearsay'\]"
    ):
        claim(references=("hearsay",))
    with pytest.raises(ValueError, match=r"condition must be given with limits, got ''"):
        claim(condition="")
    with pytest.raises(KeyError, match="nothing"):
        judge(claim(), table(main=HIGH, limit=HIGH))["nothing"]
