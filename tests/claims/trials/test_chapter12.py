"""Chapter 12: a conjunction that a rate can win, and what diverged runs get."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from lrcourse.claims import LEDGER, Verdict, judge, outcome
from lrcourse.claims.trials import _few_examples, chapter12
from lrcourse.claims.trials.chapter12 import TIES, _all, scores, won
from lrcourse.training import Sweep


def test_the_trial_measures_each_contrast_once_a_replicate_and_follows_its_seed(monkeypatch):
    for name, value in (("REPLICATES", 3), ("TUNING_REPLICATES", 2), ("ROWS", 40)):
        monkeypatch.setattr(chapter12, name, value)
    monkeypatch.setattr(chapter12, "GRID", (0.05, 0.1, 0.2, 0.4))
    monkeypatch.setattr(chapter12, "BUDGET", 6)
    monkeypatch.setattr(chapter12, "LOOK", 2)
    monkeypatch.setattr(_few_examples, "VALIDATION", 50)
    claim = LEDGER["C9.1"]
    first, again, other = claim.run(3), claim.run(3), claim.run(4)
    assert set(first["contrast"]) == {contrast.name for contrast in claim.contrasts}
    for name, rows in first.groupby("contrast"):
        assert sorted(rows["replicate"]) == [0, 1, 2], name
    assert set(first["value"]) <= {0.0, 1.0}
    assert first.equals(again)
    assert not first["small"].equals(other["small"])


def made(**values):
    return {name: np.array([values.get(name.replace(" ", "_"), 0.5)]) for name in TIES}


def test_a_rate_can_win_everything_alone_or_tied():
    rival = made()
    tied = made(accuracy=0.509, steadiness=0.509, lowest_training_loss=0.509)
    better = made(**{name.replace(" ", "_"): 0.1 for name in TIES})
    assert _all(won(better, rival, rival)).all()
    assert _all(won(tied, rival, rival)).all()


@pytest.mark.parametrize("name", TIES)
def test_one_benefit_missed_against_one_rival_is_enough_to_lose(name):
    good, rival = made(), made()
    rival[name] = np.array([0.4])
    wins = won(good, rival, made())
    assert {n for n, flags in wins.items() if not flags.all()} == {name}
    assert not _all(wins).any()


def test_a_run_that_diverged_has_the_worst_of_everything():
    nan = np.nan
    result = Sweep(
        config={},
        runs=pd.DataFrame({"diverged_at": pd.Series([pd.NA, 7, pd.NA], dtype="Int64")}),
        loss=np.zeros((3, 10)),
        checkpoints=np.array([0, 5, 10]),
        metrics={
            "train_loss": np.array([[2.0, 0.1, 0.3], [2.0, nan, nan], [2.0, 1.0, 0.9]]),
            "val_accuracy": np.array([[0.1, 0.6, 0.7], [0.1, nan, nan], [0.1, 0.4, 0.5]]),
        },
    )
    found = scores(result, np.arange(3), 10)
    np.testing.assert_allclose(found["speed"], [5, np.inf, np.inf])
    np.testing.assert_allclose(found["no divergence"], [0, 1, 0])
    np.testing.assert_allclose(found["steadiness"], [0.2, np.inf, 0])
    np.testing.assert_allclose(found["lowest training loss"], [0.3, np.inf, 0.9])
    np.testing.assert_allclose(found["accuracy"], [0.3, 1, 0.5])
    np.testing.assert_allclose(found["accuracy at equal loss"], [0.4, 1, 1])
    np.testing.assert_allclose(scores(result, np.arange(1), 5)["accuracy"], [0.4])


@pytest.mark.slow
def test_swapped_arms_change_which_benefits_are_won():
    """The tuned rate is the fast one, the small rate the steady one; and a win would be one."""
    tried = outcome("C9.1")
    table = tried.table.copy()
    benefits = table["contrast"].isin(TIES)
    rows = table[benefits]
    rival = rows[["small", "too_large"]].min(axis=1)
    won = rows["tuned"] <= rival + rows["contrast"].map(TIES)
    table.loc[benefits, "value"] = won.astype(float)
    swapped = judge(tried.claim, table)
    before = [tried.judgement[name].status for name in ("speed", "steadiness")]
    after = [swapped[name].status for name in ("speed", "steadiness")]
    assert before == ["disagrees", "agrees"]
    assert after == ["agrees", "disagrees"]

    table.loc[table["contrast"] == "all", "value"] = 1.0
    assert judge(tried.claim, table).verdict is Verdict.HOLDS


@pytest.mark.slow
def test_the_tuned_rate_is_not_at_the_edge_of_its_grid():
    assert not outcome("C9.1").table["at_edge"].any()
