"""The trials of chapter 11: the same runs judged twice, turns, and balls that escape."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.claims import LEDGER, Verdict, judge, outcome
from lrcourse.claims.trials import _tables, chapter11
from lrcourse.claims.trials._tables import effect
from lrcourse.claims.trials.chapter11 import NETWORK, Task, Top, Turn
from lrcourse.datasets import digits
from lrcourse.landscapes import Fourier
from lrcourse.monitoring import EarlyStopping
from lrcourse.schedules import Constant, LinearToZero


@pytest.fixture
def short(monkeypatch):
    """Make every trial so small that it takes a moment, and keeps nothing."""
    monkeypatch.setattr(_tables, "REPLICATES", 2)
    small = {"ROWS": 130, "DISTANCE": 1.5, "CHECKS": 4, "BALLS": 10, "ROLLS": 80}
    for name, value in small.items():
        monkeypatch.setattr(chapter11, name, value)


@pytest.mark.parametrize("claim_id", ["C8.1", "C8.2", "C8.4"])
def test_a_trial_measures_each_contrast_once_a_replicate_and_follows_its_seed(short, claim_id):
    claim = LEDGER[claim_id]
    table, again, other = claim.run(5), claim.run(5), claim.run(6)
    assert {contrast.name for contrast in claim.contrasts} <= set(table["contrast"])
    for name, rows in table.groupby("contrast"):
        assert list(rows["replicate"]) == [0, 1], name
    assert np.isfinite(table["value"]).all()
    assert table.equals(again)
    assert not table.equals(other)


def test_test_labels_are_right_and_others_partly_wrong():
    parts = chapter11._mislabelled(digits(), 0.3, seed=3)
    clean = chapter11._mislabelled(digits(), 0.0, seed=3)
    assert [len(p) for p in (parts.train, parts.validation, parts.test)] == [455, 325, 520]
    assert (parts.train.inputs == clean.train.inputs).all()
    assert (parts.test.targets == clean.test.targets).all()
    for part in ("train", "validation"):
        wrong = getattr(parts, part).targets != getattr(clean, part).targets
        assert 0.2 < wrong.mean() < 0.34  # one in ten is drawn right again


def test_the_runs_that_are_tested_are_those_that_are_watched(short):
    task = Task(NETWORK, lambda seed: chapter11._mislabelled(digits(), 0.3, seed=seed), 0.1)
    watched, tested = task.histories([1, 2])
    assert (watched.metrics["train_loss"] == tested.metrics["train_loss"]).all()
    assert (watched.metrics["val_loss"] != tested.metrics["val_loss"]).all()


def test_early_stopping_keeps_the_best_check_that_it_lived_to_see():
    falls = np.linspace(1, 0, 9)
    turns = np.array([3.0, 1, 2, 2, 2, 2, 2, 2, 0])
    rule = EarlyStopping(patience=3)
    assert chapter11._kept(np.stack([falls, turns]), rule).tolist() == [8, 1]
    rule = EarlyStopping(patience=3, mode="max")
    assert chapter11._kept(-np.stack([falls, turns]), rule).tolist() == [8, 1]


def test_a_turn_is_where_the_validation_loss_is_lowest():
    losses = np.array([[2.0, 1.0, 1.05, 1.2], [2.0, 1.5, 1.2, 1.1], [2.0, 1.0, np.nan, np.nan]])
    turn = Turn(np.array([0, 10, 20, 30]), losses, losses, losses)
    assert turn.step.tolist() == [10, 30, 10]
    assert turn.at(losses).tolist() == [1.0, 1.1, 1.0]
    assert turn.worsens().tolist() == [True, False, True]
    assert turn.worsens(until=20).tolist() == [False, False, True]


def test_a_cut_changes_nothing_before_it_and_slows_down_what_comes_after(monkeypatch):
    monkeypatch.setattr(chapter11, "DISTANCE", 8.0)
    monkeypatch.setattr(chapter11, "CHECKS", 8)

    def data(seed):
        return chapter11._mislabelled(digits(), 0.3, seed=seed)

    whole = chapter11._turn(data, 0.1, [1, 2])
    cut = chapter11._turn(data, 0.1, [1, 2], cut_at=np.array([40, 60]))
    for run, check in enumerate((4, 6)):
        before = slice(None, check + 1)
        assert (cut.train_loss[run, before] == whole.train_loss[run, before]).all()
    moved, slower = (np.ptp(turn.train_loss[:, 6:], axis=1) for turn in (whole, cut))
    assert (slower < moved).all()


def test_steps_go_with_one_over_the_rate_so_that_all_get_equally_far():
    for rate in chapter11.RATES:
        steps = chapter11._steps(rate)
        assert rate * steps == pytest.approx(chapter11.DISTANCE)
        checks = chapter11._checkpoints(steps)
        assert (len(checks), checks[0], checks[-1]) == (chapter11.CHECKS + 1, 0, steps)


def escapes(top, schedules, seed=0):
    curve = Fourier.random(rng=np.random.default_rng(7))
    return chapter11._escapes(curve, top, schedules, rng=np.random.default_rng(seed))


def test_without_noise_no_small_rate_leaves_its_valley():
    ends, snapshots = escapes(Top(0.5, 0.0), [Constant(1.0), LinearToZero(1.0, chapter11.ROLLS)])
    assert not ends.any()
    assert not snapshots.any()


def test_schedules_share_their_noise_and_snapshots_include_the_end():
    ends, snapshots = escapes(Top(1.0, 1.0), [Constant(1.0), Constant(1.0), Constant(0.01)])
    assert ends[0] == ends[1] > ends[2]
    assert (snapshots >= ends).all()


def test_no_ball_begins_in_the_deepest_valley():
    """It could not escape to a deeper one: with a lot of noise all others do, most of the time."""
    ends, _ = escapes(Top(2.0, 1.0), [LinearToZero(1.0, chapter11.ROLLS)])
    assert ends[0] > 0.5


@pytest.mark.slow
@pytest.mark.parametrize("claim_id", ["C8.1", "C8.4"])
def test_swapped_arms_contradict_the_claim(claim_id):
    tried = outcome(claim_id)
    table = tried.table.copy()
    rows = table["by"] == "difference"
    arms = (table.loc[rows, arm].to_numpy() for arm in ("treated", "control"))
    table.loc[rows, "value"] = effect(*arms, by="difference")
    assert tried.verdict is Verdict.HOLDS_IF
    assert judge(tried.claim, table).verdict is Verdict.CONTRADICTED


@pytest.mark.slow
def test_if_a_lower_rate_had_kept_validation_from_getting_worse_the_claim_would_hold():
    """That is what it looks like to one who counts steps."""
    tried = outcome("C8.2")
    one, other = "cured by a tenth of the rate", "cured, same steps"
    names = tried.table["contrast"].replace({one: other, other: one})
    assert tried.verdict is Verdict.CONTRADICTED
    assert judge(tried.claim, tried.table.assign(contrast=names)).verdict is Verdict.HOLDS


@pytest.mark.slow
def test_the_steps_to_the_turn_go_with_one_over_the_rate():
    interval = outcome("C8.2").judgement["steps to the turn"].interval
    assert interval.inside(-1.2, -0.8)
