"""The trials themselves: theory, fresh seeds, and arms that change places."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest

from lrcourse.claims import ARTICLE, LEDGER, PUBLISHED, Verdict, judge, outcome
from lrcourse.claims._literature import LITERATURE
from lrcourse.claims.trials import chapter01
from lrcourse.claims.trials._bowls import onset
from lrcourse.optimizers import critical_learning_rate

FRESH_SEEDS = (101,)  # not used while the trials were built
QUICK = [c.id for c in LEDGER.values() if c.trial.__module__ == chapter01.__name__]


@pytest.fixture(scope="module", params=LEDGER)
def claim_id(request):
    return request.param


def test_every_tried_claim_has_a_published_verdict():
    assert LEDGER.keys() == PUBLISHED.keys() <= ARTICLE.keys()


@pytest.mark.slow
@pytest.mark.parametrize("seed", FRESH_SEEDS)
@pytest.mark.parametrize("claim_id", QUICK)
def test_verdicts_stay_the_same_on_fresh_seeds(claim_id, seed):
    """Of the trials that take seconds; `make verdicts` asks the others too."""
    assert outcome(claim_id, seed=seed).verdict is PUBLISHED[claim_id]


@pytest.mark.parametrize("claim_id", ["C1.5", pytest.param("C1.2", marks=pytest.mark.slow)])
def test_the_same_seed_gives_the_same_table_and_another_seed_another(claim_id):
    claim = LEDGER[claim_id]
    first, again, other = claim.run(3), claim.run(3), claim.run(4)
    assert first.equals(again)
    assert not first.equals(other)


@pytest.mark.parametrize(
    "claim",
    [c for c in LEDGER.values() if c.trial.__module__ == chapter01.__name__],
    ids=lambda claim: claim.id,
)
def test_a_trial_measures_each_contrast_of_its_claim_once_a_replicate(claim, monkeypatch):
    """In runs so short that nothing is kept: it is the code of today that runs."""
    monkeypatch.setattr(chapter01, "STEPS", 40)
    table = claim.run(5)
    assert set(table["contrast"]) >= {contrast.name for contrast in claim.contrasts}
    for name, rows in table.groupby("contrast"):
        assert sorted(rows["replicate"]) == list(range(chapter01.REPLICATES)), name
    assert np.isfinite(table["value"]).all()


def test_critical_rates_are_within_one_percent_of_theory():
    for finding in outcome("C2.1").judgement.findings:
        if finding.role != "context":
            assert finding.interval.inside(0.99, 1.01), finding


def test_0_001_diverges_on_raw_digits_and_0_1_is_safe_after_standardising():
    judgement = outcome("C2.1").judgement
    assert judgement["0.001 on raw digits"].interval.estimate == 1
    assert judgement["0.1 on standardised digits"].interval.estimate == 1


SWAPS = {
    "C0.1": ("slope, gradient descent, random bowls", "slope, Adam, random bowls"),
    "C0.3": ("beyond the limits, random bowls", "below the limits, random bowls"),
    "C1.2": ("whole loss, random bowls", "mini-batches"),
    "C1.5": ("both labels fit", "product predicts"),
}


@pytest.mark.parametrize("swapped", SWAPS)
def test_swapped_arms_change_the_verdict(swapped):
    tried = outcome(swapped)
    one, other = SWAPS[swapped]
    table = tried.table.assign(contrast=tried.table["contrast"].replace({one: other, other: one}))
    assert judge(tried.claim, table).verdict is not tried.verdict


@pytest.mark.parametrize("factor", [0.5, 0.98, 1.02, 2.0])
def test_a_wrong_formula_for_the_critical_rate_is_contradicted(factor):
    tried = outcome("C2.1")
    ratios = tried.table["predicted"].notna()
    table = tried.table.assign(
        value=tried.table["value"].mask(ratios, lambda ratio: ratio * factor)
    )
    assert judge(tried.claim, table).verdict is Verdict.CONTRADICTED


def test_onset_finds_each_run_its_own_rate():
    true = np.geomspace(1e-6, 1e6, 20)
    np.testing.assert_allclose(onset(lambda rates: rates > true), true, rtol=1e-3)


def test_predictions_come_from_the_published_formulas():
    rows = outcome("C2.1").rows("Nesterov, momentum 0.9")
    for row in rows.itertuples():
        expected = critical_learning_rate(row.curvature, momentum=0.9, nesterov=True)
        assert row.predicted == pytest.approx(expected)


def test_the_literature_is_in_the_bibliography_with_the_same_numbers():
    bibliography = Path(__file__).parents[2] / "book" / "references.bib"
    entries = dict(
        re.findall(
            r"@\w+\{([^,]+),(.*?)\n\}", bibliography.read_text(encoding="utf-8"), flags=re.DOTALL
        )
    )
    for key, text in LITERATURE.items():
        year = re.search(r"\b(1[89]|20)\d\d\b", text)
        assert year is not None
        assert f"year = {{{year[0]}}}" in entries[key]
        assert re.findall(r"arXiv:[\d.]+", entries[key]) == re.findall(r"arXiv:[\d.]+", text)


def test_bad_seed_is_named(claim_id):
    with pytest.raises(ValueError, match="seed must be at least 0, got -1"):
        outcome(claim_id, seed=-1)
    with pytest.raises(TypeError, match=r"seed must be an integer, got 1.5"):
        outcome(claim_id, seed=1.5)  # type: ignore[arg-type]


def test_bad_names_are_named():
    with pytest.raises(KeyError, match=r"claim_id must be one of C0.1, .*got 'C7'"):
        outcome("C7")
    with pytest.raises(ValueError, match=r"contrast must be one of .*got 'nothing'"):
        outcome("C0.1").rows("nothing")


def test_claims_are_frozen(claim_id):
    with pytest.raises(dataclasses.FrozenInstanceError):
        LEDGER[claim_id].because = "Because."  # type: ignore[misc]
