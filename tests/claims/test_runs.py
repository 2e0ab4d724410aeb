"""Many trials at once: in any number of processes the same, kept tables used, chance corrected."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from lrcourse.claims import (
    LEDGER,
    Contrast,
    Finding,
    Verdict,
    family_wise,
    outcome,
    outcomes,
)
from lrcourse.statistics import mean_interval, share_interval


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LRCOURSE_CACHE", str(tmp_path))
    return tmp_path


def test_processes_find_what_one_finds_and_keep_it(own_cache):
    ids, seeds = ["C0.1", "C1.5"], [3, 4]
    alone = {(o.claim.id, o.seed): o for o in outcomes(ids, seeds=seeds, jobs=1)}
    assert set(alone) == {(i, s) for i in ids for s in seeds}
    assert len(list(own_cache.glob("*.json"))) == 4
    for one in outcomes(ids, seeds=seeds, fresh=True, jobs=2):
        assert one.table.equals(alone[one.claim.id, one.seed].table)


def test_kept_tables_are_used_and_fresh_ones_are_not(own_cache, monkeypatch):
    kept = outcome("C0.1")
    ran = []
    monkeypatch.setattr(
        "lrcourse.claims._claim.Claim.run", lambda claim, seed=0: ran.append(claim.id) or kept.table
    )
    assert [one.seconds for one in outcomes(["C0.1"])] == [kept.seconds]
    assert ran == []
    list(outcomes(["C0.1"], fresh=True))
    assert ran == ["C0.1"]


def test_the_longest_trial_starts_first(own_cache, monkeypatch):
    for claim_id, seconds in (("C0.1", 1.0), ("C1.5", 9.0)):
        (own_cache / f"{claim_id}-seed0-of-other-code.json").write_text(
            f'{{"seconds": {seconds}, "table": {{}}}}'
        )
    assert [one.claim.id for one in outcomes(["C0.1", "C1.5"], jobs=1)] == ["C1.5", "C0.1"]


def test_p_value_of_a_mean_is_that_of_the_t_test():
    values = np.random.default_rng(0).normal(0.4, 1.0, size=15)
    contrast = Contrast("effect", "An effect", claimed=(0.1, np.inf))
    finding = Finding(contrast, "primary", mean_interval(values), "undecided")
    assert finding.p_value == pytest.approx(stats.ttest_1samp(values, 0.1).pvalue)
    both = Contrast("effect", "An effect", claimed=(-5.0, 0.9))
    finding = Finding(both, "primary", mean_interval(values), "undecided")
    assert finding.p_value == pytest.approx(stats.ttest_1samp(values, 0.9).pvalue)


@pytest.mark.parametrize("successes", range(21))
@pytest.mark.parametrize("claimed", [(0.8, 1.0), (0.0, 0.5), (0.3, 0.6)])
def test_p_value_and_interval_of_a_share_say_the_same(successes, claimed):
    """At most 0.05 exactly where the interval leaves no doubt."""
    interval = share_interval(successes, 20)
    finding = Finding(
        Contrast("share", "A share", claimed, estimator="share"), "primary", interval, "undecided"
    )
    low, high = (end if 0 < end < 1 else -np.inf if end == 0 else np.inf for end in claimed)
    certain = not any(interval.low <= end <= interval.high for end in (low, high))
    assert (finding.p_value <= 0.05) == certain


def test_without_scatter_chance_has_no_part():
    contrast = Contrast("effect", "An effect", claimed=(0.1, np.inf))
    assert Finding(contrast, "primary", mean_interval([1.0] * 8), "agrees").p_value == 0
    assert Finding(contrast, "primary", mean_interval([0.1] * 8), "agrees").p_value == 1


@pytest.mark.slow
def test_no_verdict_came_out_because_so_many_were_tried():
    tried = list(outcomes())
    chance = family_wise(tried)
    assert chance.keys() == LEDGER.keys()
    for one in tried:
        if one.verdict is not Verdict.UNDECIDED:
            assert chance[one.claim.id] <= 0.05, one.claim.id


def test_bad_input_is_named():
    with pytest.raises(KeyError, match=r"claim_ids must be of C0.1, .*got 'C9.9'"):
        outcomes(["C9.9"])
    with pytest.raises(ValueError, match="seeds must be at least 0, got -1"):
        outcomes(["C0.1"], seeds=[-1])
    with pytest.raises(ValueError, match="jobs must be at least 1, got 0"):
        outcomes(["C0.1"], jobs=0)
    with pytest.raises(TypeError, match=r"tried must hold Outcomes, got 'C0\.1'"):
        family_wise(["C0.1"])
