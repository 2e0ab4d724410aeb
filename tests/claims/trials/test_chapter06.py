"""Chapter 6: how many steps it takes, the best rate for a budget, arms that change places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrcourse.claims import LEDGER, Verdict, judge, outcome
from lrcourse.claims.trials import _tables, chapter06
from lrcourse.claims.trials._tables import effect
from lrcourse.claims.trials._tasks import handwriting
from lrcourse.claims.trials.chapter04 import log_log_slope
from lrcourse.claims.trials.chapter06 import Journey, Task, best_rate, journey_lengths, steps_to
from lrcourse.models import logistic
from lrcourse.optimizers import GradientDescent

CLAIMS = ("C0.2", "C3.3", "C5.1")
QUICK = Task(logistic(64, 10), handwriting())


@pytest.fixture
def shrunk(monkeypatch):
    monkeypatch.setattr(_tables, "REPLICATES", 2)
    monkeypatch.setattr(chapter06, "TUNING", 2)
    monkeypatch.setattr(chapter06, "SHARES", (1.0, 1 / 3))
    monkeypatch.setattr(chapter06, "BUDGETS", dict.fromkeys(chapter06.BUDGETS, (QUICK, 3)))
    journeys = {
        name: replace(journey, model=QUICK.model, data=handwriting(), target=2.0)
        for name, journey in chapter06.JOURNEYS.items()
    }
    monkeypatch.setattr(chapter06, "JOURNEYS", journeys)


@pytest.mark.parametrize("claim_id", CLAIMS)
def test_a_trial_measures_each_contrast_once_a_replicate_and_follows_its_seed(claim_id, shrunk):
    claim = LEDGER[claim_id]
    first, again, other = claim.run(3), claim.run(3), claim.run(4)
    assert set(first["contrast"]) >= {contrast.name for contrast in claim.contrasts}
    for name, rows in first.groupby("contrast"):
        assert sorted(rows["replicate"]) == [0, 1], name
    assert np.isfinite(first["value"]).all()
    assert first.equals(again)
    columns = ["value", "control", "treated"]
    assert not first[columns].equals(other[columns])


def test_a_run_that_diverged_is_not_faster(monkeypatch):
    monkeypatch.setattr(_tables, "REPLICATES", 2)
    monkeypatch.setattr(chapter06, "TENFOLD", (0.1, 1e9))
    table = LEDGER["C0.2"].run(0)
    digits = table[table["contrast"].str.contains("network on digits")]
    assert digits["treated"].isna().all()
    assert (digits["value"] == 0).all()


def test_steps_are_counted_along_straight_lines_to_the_first_crossing():
    steps = [0, 10, 20, 30, 40]
    assert steps_to(steps, [2.0, 1.0, 1.8, 0.5, 0.1], 1.5) == 5
    assert steps_to(steps, [2.0, 1.0, 1.8, 0.5, 0.1], 1.0) == 10
    assert steps_to(steps, [2.0, 1.0, 1.8, 0.6, 0.1], 0.9) == pytest.approx(27.5)
    assert steps_to(steps, [0.4, 1.0, 1.8, 0.5, 0.1], 1.5) == 0
    assert steps_to(steps, [2.0, 1.8, 1.7, 1.6, 1.55], 1.5) == np.inf
    assert steps_to(steps, [2.0, 1.8, np.nan, np.nan, np.nan], 1.5) == np.inf


def test_steps_are_inversely_proportional_to_the_rate(monkeypatch):
    monkeypatch.setattr(chapter06, "SHARES", (1.0, 1 / 3, 1 / 10))
    journey = Journey(
        QUICK.model, handwriting(), GradientDescent(), rate=0.02, target=0.8, steps=150
    )
    counts = journey_lengths(journey, [1, 2, 3])
    slopes = [log_log_slope(chapter06.SHARES, steps) for steps in counts.T]
    np.testing.assert_allclose(slopes, -1.0, atol=0.02)


def test_a_journey_that_does_not_arrive_is_endless_and_has_no_slope(monkeypatch):
    monkeypatch.setattr(chapter06, "SHARES", (1.0, 1 / 3))
    journey = Journey(
        QUICK.model, handwriting(), GradientDescent(), rate=0.02, target=-1.0, steps=20
    )
    counts = journey_lengths(journey, [1, 2])
    assert (counts == np.inf).all()
    assert np.isnan(log_log_slope(chapter06.SHARES, counts[:, 0]))


def test_the_best_rate_says_whether_it_lies_at_the_edge(monkeypatch):
    monkeypatch.setattr(chapter06, "GRID", np.array([1e-9, 1e-8, 0.01]))
    assert best_rate(QUICK, 20, [1, 2]).at_edge
    monkeypatch.setattr(chapter06, "GRID", np.array([1e-9, 0.01, 1e9]))
    best = best_rate(QUICK, 20, [1, 2])
    assert (best.learning_rate, best.at_edge) == (0.01, False)


@pytest.mark.slow
def test_no_best_rate_lies_at_the_edge_of_the_grid():
    assert not outcome("C3.3").table["at_edge"].any()


@pytest.mark.slow
def test_the_best_rate_is_chosen_on_seeds_that_are_not_judged(monkeypatch):
    seen = []
    train = Task.train
    monkeypatch.setattr(_tables, "REPLICATES", 2)
    monkeypatch.setattr(chapter06, "TUNING", 2)
    monkeypatch.setattr(chapter06, "BUDGETS", {"network on waves": (QUICK, 3)})

    def spy(task, optimizer, rates, steps, seeds, checkpoints=None):
        seen.append((len(rates), set(seeds)))
        return train(task, optimizer, rates, steps, seeds, checkpoints)

    monkeypatch.setattr(Task, "train", spy)
    LEDGER["C3.3"].run(0)
    (tuned, chosen_by), (judged, judged_by) = seen
    assert (tuned, judged) == (len(chapter06.GRID), 2)
    assert not chosen_by & judged_by


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim_id", "published", "verdict"),
    [
        ("C0.2", Verdict.HOLDS_IF, Verdict.CONTRADICTED),
        ("C3.3", Verdict.CONTRADICTED, Verdict.HOLDS),
    ],
)
def test_swapped_arms_change_the_verdict(claim_id, published, verdict):
    tried = outcome(claim_id)
    table = tried.table.copy()
    for by in table["by"].dropna().unique():
        rows = table["by"] == by
        control, treated = (table.loc[rows, arm].to_numpy() for arm in ("control", "treated"))
        table.loc[rows, "value"] = np.asarray(effect(treated, control, by), dtype=float)
    assert tried.verdict is published
    assert judge(tried.claim, table).verdict is verdict


@pytest.mark.slow
@pytest.mark.parametrize("exponent", [0.8, 1.2])
def test_another_exponent_is_contradicted(exponent):
    tried = outcome("C5.1")
    table = tried.table.assign(value=tried.table["value"] * exponent)
    assert judge(tried.claim, table).verdict is Verdict.CONTRADICTED
