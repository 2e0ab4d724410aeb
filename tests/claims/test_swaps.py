"""A judge that always says the same would be found out: swapped arms change the verdict."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.claims import LEDGER, judge, outcome
from lrcourse.claims.trials._tables import effect


def swapped(table):
    """Return a table as if the arms of every comparison in it had changed their labels."""
    table = table.copy()
    for by in table["by"].dropna().unique():
        rows = table["by"] == by
        control, treated = table.loc[rows, "control"], table.loc[rows, "treated"]
        values = effect(treated.to_numpy(), control.to_numpy(), by)
        table.loc[rows, "value"] = np.asarray(values, dtype=float)
    return table


@pytest.mark.slow
def test_swapped_arms_change_the_verdict_of_every_claim_that_compares_two():
    compared = []
    for claim_id, claim in LEDGER.items():
        tried = outcome(claim_id)
        rows = tried.rows(claim.primary.name)
        if "by" not in rows:
            continue
        compared.append(claim_id)
        verdict = judge(claim, swapped(tried.table)).verdict
        assert verdict is not tried.verdict, f"{claim_id} {verdict} either way"
    assert len(compared) >= 10
