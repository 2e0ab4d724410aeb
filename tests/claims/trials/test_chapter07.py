"""Chapter 7: definitions that tell schedules apart, fair races, arms that change places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lrcourse.claims import LEDGER, Verdict, judge, outcome
from lrcourse.claims.trials import _races, _tables, chapter07
from lrcourse.claims.trials._bowls import Bowls
from lrcourse.claims.trials._races import Race
from lrcourse.claims.trials._tables import effect
from lrcourse.claims.trials.chapter07 import is_exponential, is_step_decay, rises
from lrcourse.datasets import spirals
from lrcourse.models import MLP
from lrcourse.schedules import Constant, CosineAnnealing, Exponential, LinearToZero, StepDecay

CLAIMS = ("C5.2", "C5.3", "C5.4", "C5.5", "C5.6")
TIMES = np.arange(40)


def few_points(seed):
    return spirals(40, seed=seed).split(0.25, 0.25, rng=np.random.default_rng(seed))


@pytest.fixture
def shrunk(monkeypatch):
    monkeypatch.setattr(_tables, "REPLICATES", 2)
    monkeypatch.setattr(_races, "CHECK", 4)
    monkeypatch.setattr(_races, "WIDENINGS", 0)
    monkeypatch.setattr(chapter07, "TUNED_ON", 2)
    monkeypatch.setattr(chapter07, "SETTINGS", 2)
    races = {
        name: replace(
            race, model=MLP((2, 4, 2)), data=few_points, steps=12, batch_size=4, peaks=(0.1, 0.3)
        )
        for name, race in chapter07.RACES.items()
    }
    monkeypatch.setattr(chapter07, "RACES", races)


@pytest.mark.parametrize("claim_id", CLAIMS)
def test_a_trial_measures_each_contrast_once_a_replicate_and_follows_its_seed(claim_id, shrunk):
    claim = LEDGER[claim_id]
    first, again, other = claim.run(3), claim.run(3), claim.run(4)
    assert set(first["contrast"]) >= {contrast.name for contrast in claim.contrasts}
    for name, rows in first.groupby("contrast"):
        assert sorted(rows["replicate"]) == [0, 1], name
    assert np.isfinite(first["value"]).all()
    pd.testing.assert_frame_equal(first, again)
    assert not first.equals(other)


def test_peaks_are_tuned_on_seeds_that_are_not_raced_on(shrunk, monkeypatch):
    tuned, raced = [], []
    best_peak, accuracies = Race.best_peak, Race.accuracies
    monkeypatch.setattr(
        Race,
        "best_peak",
        lambda self, arm, seeds: tuned.extend(seeds) or best_peak(self, arm, seeds),
    )
    monkeypatch.setattr(
        Race,
        "accuracies",
        lambda self, entries, seeds: raced.extend(seeds) or accuracies(self, entries, seeds),
    )
    for claim_id in ("C5.2", "C5.6"):
        LEDGER[claim_id].run(0)
    assert len(set(tuned)) == len(set(raced)) == 2
    assert not set(tuned) & set(raced)


def test_definitions_tell_step_from_exponential_decay():
    step, exponential = StepDecay(0.3, 7, 0.5)(TIMES), Exponential(0.3, 0.5)(TIMES)
    assert is_step_decay(step, 0.5, 7)
    assert is_exponential(exponential, 0.5)
    assert not is_step_decay(exponential, 0.5, 7)
    assert not is_exponential(step, 0.5)
    assert not is_step_decay(step, 0.5, 8)
    assert not is_step_decay(step[1:], 0.5, 7), "a drop one step early is another schedule"
    assert not is_exponential(exponential, 0.51)
    assert not is_exponential(LinearToZero(0.3, 80)(TIMES), 0.5)


def test_a_single_rise_is_found_and_rounding_is_not():
    falling = CosineAnnealing(0.3, 40)(TIMES)
    assert not rises(falling)
    assert not rises(0.3 * (1 + 1e-15 * (-1.0) ** TIMES))
    assert rises(np.append(falling, falling[-1] + 0.001))
    assert rises(np.concatenate([falling[:20], falling[:20]]))


def test_what_remains_of_a_bowl_is_the_product_of_its_factors():
    bowl = Bowls(hessians=np.array([[[2.0]]]), start=np.array([[3.0]]))
    products = np.array([0.5, 0.2, 1.5])
    expected = np.prod((1 - products) ** 2)
    assert chapter07._remaining(bowl, products) == pytest.approx(expected)
    # A decay by 5 % a step leaves the factor Π(1 - 0.95^t/100) of a direction 100 times flatter.
    flat = Bowls(hessians=np.diag([1.0, 0.01])[None], start=np.array([[0.0, 1.0]]))
    steps = np.arange(5000)
    left = chapter07._remaining(flat, Exponential(1.0, 0.95)(steps))
    assert left == pytest.approx(np.exp(2 * np.log1p(-(0.95**steps) / 100).sum()))
    assert left == pytest.approx(np.exp(-2 * 20 / 100), rel=0.01), "Ση = η/(1 - γ) = 20"
    assert chapter07._remaining(flat, Constant(1.0)(steps)) < 1e-40


@pytest.mark.slow
def test_no_best_peak_lies_at_the_edge_of_its_grid():
    for claim_id in ("C5.2", "C5.3", "C5.6"):
        table = outcome(claim_id).table
        assert not table["at_edge"].dropna().any(), claim_id


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim_id", "published", "verdict"),
    [
        ("C5.2", Verdict.HOLDS, Verdict.CONTRADICTED),
        ("C5.3", Verdict.HOLDS_IF, Verdict.CONTRADICTED),
        ("C5.6", Verdict.CONTRADICTED, Verdict.HOLDS),
    ],
)
def test_swapped_arms_change_the_verdict(claim_id, published, verdict):
    tried = outcome(claim_id)
    table = tried.table.copy()
    rows = table["by"].notna()
    control, treated = (table.loc[rows, arm].to_numpy(float) for arm in ("control", "treated"))
    table.loc[rows, "value"] = effect(treated, control, "difference")
    assert tried.verdict is published
    assert judge(tried.claim, table).verdict is verdict
