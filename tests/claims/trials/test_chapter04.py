"""Chapter 4: noise floors against theory, what counts as fluctuation, arms that change places."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.claims import LEDGER, Verdict, judge, outcome
from lrcourse.claims.trials import _tables, chapter04
from lrcourse.claims.trials._tables import effect
from lrcourse.claims.trials._tasks import handwriting, training_rows, waves
from lrcourse.claims.trials.chapter04 import (
    FLOOR_PRODUCTS,
    excess_losses,
    final_accuracies,
    floor_exponent_of_batch,
    floor_exponent_of_rate,
    fluctuation,
    largest_learning_rates,
    log_log_slope,
    measured_floors,
    predicted_floor,
)
from lrcourse.datasets import diabetes
from lrcourse.models import MLP, LinearRegression, logistic

CLAIMS = ("C1.3", "C1.4", "C3.1", "C3.2")


@pytest.fixture
def shrunk(monkeypatch):
    monkeypatch.setattr(_tables, "REPLICATES", 2)
    monkeypatch.setattr(chapter04, "EARLY", 20)
    monkeypatch.setattr(chapter04, "LATE", 200)
    monkeypatch.setattr(chapter04, "FLOOR_STEPS", 40)
    monkeypatch.setattr(chapter04, "STEPS", 120)
    monkeypatch.setattr(chapter04, "DEPTH", 2)
    monkeypatch.setattr(chapter04, "DEPTH_RATES", np.array([0.1, 0.5, 30.0]))
    monkeypatch.setattr(chapter04, "DEPTH_STEPS", 50)


@pytest.mark.parametrize("claim_id", CLAIMS)
def test_a_trial_measures_each_contrast_once_a_replicate_and_follows_its_seed(claim_id, shrunk):
    claim = LEDGER[claim_id]
    first, again, other = claim.run(3), claim.run(3), claim.run(4)
    assert set(first["contrast"]) >= {contrast.name for contrast in claim.contrasts}
    for name, rows in first.groupby("contrast"):
        assert sorted(rows["replicate"]) == [0, 1], name
    assert np.isfinite(first["value"]).all()
    assert first.equals(again)
    assert not first["value"].equals(other["value"])


@pytest.fixture(scope="module")
def regressions():
    rngs = [np.random.default_rng([404, i]) for i in range(4)]
    data = diabetes().standardised()
    return [(LinearRegression.on(data.sample(0.5, rng=rng)), rng) for rng in rngs]


def test_the_floor_of_a_bowl_is_the_predicted_one():
    rng = np.random.default_rng(5)
    curvature, noise, batch_size = 2.5, 1.7, 4
    rates = np.array([0.1, 1.0, 1.9]) / curvature
    floors = measured_floors(
        rates, rng=rng, curvature=curvature, noise=noise, batch_size=batch_size, walkers=400
    )
    theory = rates * noise**2 / (2 * batch_size * (2 - rates * curvature))
    np.testing.assert_allclose(floors, theory, rtol=0.03)
    predictions = [predicted_floor(rate, curvature, noise, batch_size) for rate in rates]
    np.testing.assert_allclose(predictions, theory)


def test_the_floor_of_a_regression_grows_as_the_rate_and_falls_as_the_batch(regressions):
    by_rate = np.mean([floor_exponent_of_rate(model, rng) for model, rng in regressions])
    by_batch = np.mean([floor_exponent_of_batch(model, rng) for model, rng in regressions])
    assert by_rate == pytest.approx(1.0, abs=0.1)
    assert by_batch == pytest.approx(-1.0, abs=0.1)


def test_the_floor_of_a_regression_follows_from_the_spread_of_its_gradients(regressions):
    """To first order in the rate it is η tr(C) / (4 B), with C their covariance at the minimum."""
    ratios = []
    for model, rng in regressions:
        inputs = np.c_[np.asarray(model.inputs), np.ones(model.rows)]
        pulls = inputs * (inputs @ model.minimiser() - np.asarray(model.targets))[:, None]
        rate = FLOOR_PRODUCTS[0] / model.largest_curvature
        floor = chapter04._floors(model, [rate], 16, rng)[0]
        ratios.append(floor / (rate * (pulls**2).sum() / model.rows / (4 * 16)))
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.1)


def test_the_whole_gradient_descends_as_powers_of_a_matrix(regressions):
    model, _ = regressions[0]
    rates = np.array([0.1, 0.5]) / model.largest_curvature
    excess = excess_losses(model, rates, [None] * 30)
    hessian = model.hessian()
    for rate, losses in zip(rates, excess.T, strict=True):
        shrinks = np.linalg.matrix_power(np.eye(len(hessian)) - rate * hessian, 30)
        off = shrinks @ -model.minimiser()
        assert losses[-1] == pytest.approx(0.5 * off @ hessian @ off)


def test_targets_that_fit_exactly_have_the_same_minimum_and_no_loss_there(regressions):
    model, _ = regressions[0]
    exact = chapter04._fitted_exactly(model)
    np.testing.assert_allclose(exact.minimiser(), model.minimiser())
    assert exact.loss(model.minimiser()) == pytest.approx(0, abs=1e-20)
    assert model.loss(model.minimiser()) > 0.1


def test_a_schedule_is_followed_step_by_step(regressions):
    model, _ = regressions[0]
    rate = 0.5 / model.largest_curvature
    table = np.array([[rate, 0.0]] * 5 + [[0.0, rate]] * 5)
    first, second = excess_losses(model, table, [None] * 10).T
    np.testing.assert_array_equal(first[4:], first[4])
    np.testing.assert_array_equal(second[:5], second[0])
    assert second[-1] == pytest.approx(first[-1])


def test_fluctuation_is_blind_to_a_line_and_gives_the_deviation_of_noise():
    noise = 0.3 * np.random.default_rng(1).normal(size=(4, 20_000))
    line = 5.0 - 2.0 * np.arange(20_000)
    np.testing.assert_allclose(fluctuation(noise), 0.3, rtol=0.03)
    np.testing.assert_allclose(fluctuation(noise + line), fluctuation(noise), rtol=1e-6)
    np.testing.assert_allclose(fluctuation(10 * noise), 10 * fluctuation(noise))
    assert fluctuation(np.exp(-np.linspace(0, 3, 100))) < 1e-3
    with pytest.raises(ValueError, match=r"losses must hold at least three, got shape \(2,\)"):
        fluctuation([1.0, 2.0])


def test_the_largest_rate_may_lie_beyond_a_hole_and_may_not_exist():
    model, data = logistic(64, 10), training_rows(handwriting())

    def largest(*rates):
        return largest_learning_rates(model, data, np.array(rates), [1, 2])

    np.testing.assert_array_equal(largest(1e-9, 0.1), [0.1, 0.1])
    np.testing.assert_array_equal(largest(0.1, 1e-9), [0.1, 0.1])
    np.testing.assert_array_equal(largest(0.01, 0.1, 1e6), [0.1, 0.1])
    assert np.isnan(largest(1e-9)).all()


def test_arms_are_twins_and_only_the_calmed_one_changes_its_rate(monkeypatch):
    monkeypatch.setattr(chapter04, "STEPS", 50)
    monkeypatch.setattr(chapter04, "SMALL", chapter04.LARGE)
    accuracy = final_accuracies(MLP((40, 16, 10)), waves(200, 100), [1, 2, 3])
    np.testing.assert_array_equal(accuracy["small"], accuracy["bouncing"])
    assert (accuracy["calmed"] != accuracy["bouncing"]).any()


def test_a_run_that_diverged_gets_nothing_right(monkeypatch):
    monkeypatch.setattr(chapter04, "STEPS", 50)
    monkeypatch.setattr(chapter04, "LARGE", 1e4)
    accuracy = final_accuracies(MLP((40, 16, 10)), waves(200, 100), [1, 2])
    np.testing.assert_array_equal(accuracy["bouncing"], [0, 0])
    assert (accuracy["small"] > 0).all()


def test_noise_is_on_the_training_labels_alone():
    clean, noisy = handwriting()(3), handwriting(0.3)(3)
    np.testing.assert_array_equal(clean.train.inputs, noisy.train.inputs)
    np.testing.assert_array_equal(clean.validation.targets, noisy.validation.targets)
    assert (clean.train.targets != noisy.train.targets).mean() == pytest.approx(0.27, abs=0.05)


def test_log_log_slope_is_the_power():
    assert log_log_slope([0.1, 0.3, 2.0], [5 * 0.1**-1.5, 5 * 0.3**-1.5, 5 * 2**-1.5]) == (
        pytest.approx(-1.5)
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim_id", "verdict"),
    [
        ("C1.4", Verdict.CONTRADICTED),
        ("C3.1", Verdict.CONTRADICTED),
        ("C3.2", Verdict.CONTRADICTED),
    ],
)
def test_swapped_arms_change_the_verdict(claim_id, verdict):
    tried = outcome(claim_id)
    table = tried.table.copy()
    for by in table["by"].dropna().unique():
        rows = table["by"] == by
        control, treated = (table.loc[rows, arm].to_numpy() for arm in ("control", "treated"))
        table.loc[rows, "value"] = effect(treated, control, by)
    assert tried.verdict is Verdict.HOLDS_IF
    assert judge(tried.claim, table).verdict is verdict


@pytest.mark.slow
def test_with_the_whole_gradient_for_mini_batches_bouncing_is_contradicted():
    tried = outcome("C1.3")
    other = {"mini-batches": "whole gradient", "whole gradient": "mini-batches"}
    table = tried.table.assign(contrast=tried.table["contrast"].replace(other))
    assert tried.verdict is Verdict.HOLDS_IF
    assert judge(tried.claim, table).verdict is Verdict.CONTRADICTED
