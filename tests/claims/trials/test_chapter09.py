"""The trials of chapter 9: Polyak's formulas, stacked landscapes, and arms that change places."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lrcourse.claims import LEDGER, Verdict, judge, outcome
from lrcourse.claims.trials import _tables, chapter09
from lrcourse.claims.trials._tables import effect, run_seeds
from lrcourse.claims.trials.chapter09 import (
    MOMENTA,
    Hills,
    _along_axes,
    _bowl,
    _fastest,
    _few_digits,
    _final,
    _fraction,
    _train,
    best_momenta,
    fractions,
)
from lrcourse.datasets import breast_cancer
from lrcourse.models import MLP, LinearRegression
from lrcourse.optimizers import HeavyBall, trajectory

SHRUNK = {
    "STEPS": 6,
    "LATE": 4,
    "FULL_STEPS": 4,
    "BOWL_STEPS": 30,
    "MOMENTA": tuple(np.linspace(0.0, 0.99, 34)),  # fine enough to differ from seed to seed
    "WAVES": MLP((40, 4, 10)),
    "FEW": 3,
    "NETWORK_MOMENTA": (0.0, 0.9),
    "VALLEYS": 2,
    "BALLS": 5,
    "ROLLS": 40,
}


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(_tables, "REPLICATES", 3)
    monkeypatch.setattr("lrcourse.claims.trials._bowls.REPLICATES", 3)
    for name, value in SHRUNK.items():
        monkeypatch.setattr(chapter09, name, value)


@pytest.mark.parametrize("claim_id", ["C7.1", "C7.2", "C7.3", "C7.4", "C7.5"])
def test_a_trial_measures_each_contrast_once_a_replicate_and_follows_its_seed(claim_id, small):
    claim = LEDGER[claim_id]
    table, again, other = claim.run(5), claim.run(5), claim.run(6)
    assert {contrast.name for contrast in claim.contrasts} <= set(table["contrast"])
    for name, rows in table.groupby("contrast"):
        if name != "defaults in torch":  # one for each optimiser
            assert list(rows["replicate"]) == [0, 1, 2], name
    assert np.isfinite(table["value"]).all()
    assert table.equals(again)
    assert not table.equals(other)


@pytest.mark.parametrize("condition", [10, 100, 1000])
def test_the_fastest_momentum_is_polyaks(condition):
    """The formula of 1964, to the nearest momentum of the grid."""
    root = condition**0.5
    predicted = ((root - 1) / (root + 1)) ** 2
    nearest = MOMENTA[int(np.abs(np.array(MOMENTA) - predicted).argmin())]
    rngs = [np.random.default_rng([9, seed]) for seed in range(6)]
    assert _fastest([_bowl(condition, rng) for rng in rngs]).tolist() == [nearest] * 6


def test_descent_along_the_axes_is_descent_on_the_data():
    data = breast_cancer().standardised().sample(0.5, rng=np.random.default_rng(1))
    model = LinearRegression.on(data)
    curvatures, start = _along_axes(model)
    rule, rate = HeavyBall(0.9), 0.5 / curvatures.max()
    apart = trajectory(lambda x: curvatures * x, start, rule, rate, 60)
    whole = trajectory(model.gradient, np.zeros(model.weights), rule, rate, 60)
    excess = [model.loss(w) - model.loss(model.minimiser()) for w in whole]
    np.testing.assert_allclose(0.5 * (curvatures * apart**2).sum(axis=1), excess, rtol=1e-6)


def test_the_fraction_is_found_whatever_the_gradients():
    rng = np.random.default_rng(2)
    slopes, rates = rng.normal(size=(30, 4)), rng.uniform(0.1, 1.0, 30)
    velocity, path = np.zeros(4), [np.ones(4)]
    for slope, rate in zip(slopes, rates, strict=True):
        velocity = 0.7 * velocity - rate * slope
        path.append(path[-1] + velocity)
    fraction, unexplained = _fraction(np.stack(path), slopes, rates)
    np.testing.assert_allclose(fraction, 0.7, rtol=1e-9)
    assert unexplained.max() < 1e-9
    _, unexplained = _fraction(np.stack(path), slopes, 1.1 * rates)
    assert unexplained.max() > 0.01


def test_torch_halves_the_fraction_with_the_rate(small):
    table = fractions(4).set_index("contrast")["value"]
    np.testing.assert_allclose(table["torch, network, rate halved"], 0.5, rtol=1e-9)
    np.testing.assert_allclose(table["torch, network, constant rate"], 1.0, rtol=1e-9)


def test_the_first_step_with_momentum_is_the_small_rate_itself():
    """`_train` takes η/(1-β): without momentum the same number is ten times the rate."""
    model, seeds = MLP((64, 4, 10)), [3]
    losses = {
        beta: _train(
            model, _few_digits, beta, effective, seeds, steps=1, checkpoints=(0, 1), dtype="float64"
        ).metrics["train_loss"][0]
        for beta, effective in ((0.0, 0.01), (0.9, 0.1))
    }
    np.testing.assert_allclose(losses[0.0], losses[0.9])


def test_a_diverged_run_counts_as_pure_chance():
    result = _train(MLP((64, 4, 10)), _few_digits, 0.0, [0.1, 1e7], [3], steps=10)
    assert result.diverged.tolist() == [False, True]
    assert _final(result, "train_loss", [3])[1, 0] == pytest.approx(np.log(10))


def test_stacked_slopes_are_those_of_each_landscape(small):
    hills = Hills.random(4)
    points = np.random.default_rng(5).uniform(-9, 9, (len(hills.landscapes), 7))
    expected = [f.gradient(x) for f, x in zip(hills.landscapes, points, strict=True)]
    np.testing.assert_allclose(hills.slope(points), expected, atol=1e-12)


def test_small_plain_steps_end_where_the_slope_leads(small):
    """Without noise and momentum a small rate keeps every ball in the valley of its start."""
    hills = Hills.random(7)
    shape = (len(hills.landscapes), chapter09.BALLS)
    starts = np.random.default_rng([7, 1]).uniform(0, 2 * np.pi, shape)
    pairs = zip(hills.landscapes, starts, strict=True)
    expected = [(f.basin(x) == f.global_basin).mean() for f, x in pairs]
    reached = hills.reached(0.05, 0.0, 0.0, 7)
    np.testing.assert_allclose(reached, np.reshape(expected, (3, -1)).mean(axis=1))


def test_every_optimiser_of_torch_with_momentum_is_asked(small):
    rows = best_momenta(1).query("contrast == 'defaults in torch'")
    defaults = rows["momentum"].to_list()
    assert torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0).defaults["momentum"] == 0
    assert defaults.count(0.9) >= 5
    assert 0.0 in defaults


@pytest.mark.slow
@pytest.mark.parametrize("claim_id", ["C7.3", "C7.4", "C7.5"])
def test_swapped_arms_are_contradicted(claim_id):
    tried = outcome(claim_id)
    primary = tried.table["contrast"] == tried.claim.primary.name
    table = tried.table.copy()
    rows = table[primary]
    table.loc[primary, "value"] = effect(
        rows["treated"].to_numpy(), rows["control"].to_numpy(), rows["by"].iloc[0]
    )
    assert judge(tried.claim, table).verdict is Verdict.CONTRADICTED


@pytest.mark.slow
def test_columns_of_equal_effective_rate_agree_on_mini_batches():
    rows = outcome("C7.3").rows("same effective rate")
    ratio = rows["treated"].mean() / rows["control"].mean()
    assert ratio == pytest.approx(1.0, abs=0.03)
    assert len(rows) == len(run_seeds(0))
