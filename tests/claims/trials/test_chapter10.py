"""The trials of chapter 10: fair tuning, what a warm-up is, and what counts when a run diverges."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.claims import LEDGER, Verdict, judge, outcome
from lrcourse.claims.trials import _tables, chapter10
from lrcourse.claims.trials._tables import effect
from lrcourse.claims.trials.chapter10 import HOT, SHALLOW, Contest, Start
from lrcourse.datasets import Dataset, Split
from lrcourse.models import linear, logistic
from lrcourse.optimizers import Adam, GradientDescent, critical_learning_rate
from lrcourse.schedules import Constant, LinearToZero
from lrcourse.training import sweep


@pytest.fixture
def short(monkeypatch):
    """Make every trial so small that it takes a moment, and keeps nothing."""
    monkeypatch.setattr(_tables, "REPLICATES", 2)
    small = {
        "STEPS": 10,
        "TRANSFORMER_STEPS": 10,
        "TRANSFORMERS": 2,
        "TUNING": 2,
        "LAST": 5,
        "IMAGES": 96,
        "CURVATURE_IMAGES": 2,
    }
    for name, value in small.items():
        monkeypatch.setattr(chapter10, name, value)


def task(seed):
    """Two well separated clouds."""
    rng = np.random.default_rng(seed)
    targets = np.arange(64.0) % 2
    inputs = rng.normal(size=(64, 3)) + 3 * targets[:, None]
    return Dataset("clouds", inputs, targets)


@pytest.mark.parametrize("claim_id", ["C2.4", "C8.3"])
def test_a_trial_measures_each_contrast_once_a_replicate_and_follows_its_seed(short, claim_id):
    claim = LEDGER[claim_id]
    table, again, other = claim.run(5), claim.run(5), claim.run(6)
    assert {contrast.name for contrast in claim.contrasts} <= set(table["contrast"])
    for name, rows in table.groupby("contrast"):
        assert list(rows["replicate"]) == [0, 1], name
    assert np.isfinite(table["value"]).all()
    assert table.equals(again)
    assert not table.equals(other)


def test_a_warm_up_moves_from_the_first_step_on_and_never_jumps():
    rates = chapter10._warmed_up(100)(np.arange(101))
    assert rates[:3] == pytest.approx([0.1, 0.19, 0.28])
    assert (rates.argmax(), rates[10], rates[100]) == (10, 1, 0)
    assert np.abs(np.diff(rates)).max() <= 0.09 + 1e-12
    assert rates[10:] == pytest.approx(LinearToZero(1.0, 90)(np.arange(91)))


def contest(peaks):
    return Contest(logistic(3, 2), 16, peaks, lambda seed: Split(task(seed), task(seed + 1)))


def test_each_schedule_gets_the_peak_that_suits_it(monkeypatch):
    monkeypatch.setattr(chapter10, "STEPS", 100)
    schedules = [LinearToZero(1.0, 100), LinearToZero(1e-4, 100)]
    assert list(contest((1e-5, 0.3, 3000.0)).best_peaks(schedules, [0, 1, 2])) == [1, 2]


def test_a_run_that_diverged_is_as_good_as_guessing(monkeypatch):
    monkeypatch.setattr(chapter10, "STEPS", 30)
    accuracy = contest((1.0,)).accuracies([LinearToZero(1.0, 30)], np.array([1e30]), [0, 1])
    assert accuracy.tolist() == [[0.5, 0.5]]
    start = Start(logistic(3, 2), 1e30, GradientDescent(), task, 30, 16)
    assert start.final_losses([0, 1]) == pytest.approx(np.log(2))


def test_both_arms_of_a_start_share_weights_and_batches(monkeypatch):
    """With the same schedule in both there is nothing between them."""
    monkeypatch.setattr(chapter10, "_warmed_up", chapter10._falling)
    without, warmed_up = Start(logistic(3, 2), 0.1, Adam(), task, 30, 16).final_losses([0, 1, 2])
    assert (without == warmed_up).all()
    assert len(set(without)) == 3


def test_each_arm_of_a_start_follows_its_own_schedule(monkeypatch):
    monkeypatch.setattr(chapter10, "_warmed_up", lambda steps: Constant(0.0))
    start = Start(logistic(3, 2), 0.3, GradientDescent(), task, 100, 64)
    without, unmoved = start.final_losses([0, 1, 2])
    assert (without < 0.3).all()
    assert (unmoved > 0.3).all()


def test_curvature_at_the_start_is_what_limits_a_first_step_from_a_usual_start():
    """In linear regression it is the limit itself: 2 / λ."""
    model, (waves, seed) = linear(40, 1), (chapter10.wave1d(chapter10.CURVATURE_IMAGES, seed=4), 4)
    limit = critical_learning_rate(chapter10._curvature_at_start(model, seed))
    below, above = limit * np.array([0.97, 1.03])
    result = sweep(
        model,
        waves,
        GradientDescent(),
        [below, above],
        steps=1500,
        seeds=[seed],
        dtype="float64",
        diverged_above=1e300,
        progress=False,
    )
    below, above = result.loss
    assert below[-1] < below[0]
    assert above[-1] > 1e3 * above[0]


def test_initial_weights_that_are_too_large_make_a_sharp_start():
    assert chapter10._curvature_at_start(HOT, 1) > 10 * chapter10._curvature_at_start(SHALLOW, 1)


@pytest.mark.slow
@pytest.mark.parametrize("claim_id", ["C2.4", "C8.3"])
def test_swapped_arms_contradict_the_claim(claim_id):
    tried = outcome(claim_id)
    table = tried.table.copy()
    rows = table["by"].notna()
    arms = (table.loc[rows, arm].to_numpy() for arm in ("treated", "control"))
    table.loc[rows, "value"] = effect(*arms, by="difference")
    assert tried.verdict is Verdict.HOLDS_IF
    assert judge(tried.claim, table).verdict is Verdict.CONTRADICTED


@pytest.mark.slow
def test_no_peak_of_a_warm_up_or_of_its_rival_lies_at_the_edge_of_its_grid():
    tried = outcome("C2.4")
    for contrast in (tried.claim.primary, *tried.claim.limits):
        assert not tried.rows(contrast.name)["at_edge"].any(), contrast.name
