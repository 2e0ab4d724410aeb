"""The race: who runs how far, what the interval rests on, and when there is no answer."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcourse.finder import tournament


class Bowl:
    """Losses of descent on a quadratic with curvatures 1 and λ; counts what it is asked."""

    def __init__(self, curvature=10.0, floor=0.01, noise=0.0):
        self.curvature, self.floor, self.noise = curvature, floor, noise
        self.asked = []

    def __call__(self, rates, seeds, step):
        self.asked += [(float(rate), step) for rate in rates]
        return np.array([[self.loss(rate, seed, step) for seed in seeds] for rate in rates])

    def loss(self, rate, seed, step):
        with np.errstate(over="ignore"):
            loss = (1 - rate) ** (2.0 * step) + (1 - self.curvature * rate) ** (2.0 * step)
        jitter = np.random.default_rng([seed, int(rate * 1e9)]).normal()
        return (loss + self.floor) * np.exp(self.noise * jitter)


def by_hand(train, horizon, rates, tie=1.1):
    losses = np.array([train.loss(rate, 0, horizon) for rate in rates])
    return rates[losses <= tie * losses.min()]


@settings(deadline=None, max_examples=40)
@given(
    curvature=st.floats(2, 1000),
    horizon=st.integers(8, 300),
    rates=st.integers(3, 20),
)
def test_the_interval_is_that_of_a_full_sweep(curvature, horizon, rates):
    train = Bowl(curvature)
    outcome = tournament(train, horizon=horizon, rates=rates, lowest=1e-3, highest=1.0)
    tried = np.unique([rate for rate, _ in train.asked])
    expected = by_hand(Bowl(curvature), horizon, tried)
    assert (outcome.low, outcome.high) == (expected[0], expected[-1])
    third = (tried[1] / tried[0]) ** (1 / 3)
    assert outcome.low / third <= outcome.learning_rate <= outcome.high * third
    assert outcome.at_edge == (expected[0] == tried[0] or expected[-1] == tried[-1])


@pytest.mark.parametrize("survivors", [2, 4])
def test_few_go_on_to_the_horizon_and_they_are_the_best_of_the_first_round(survivors):
    train = Bowl()
    outcome = tournament(train, horizon=400, survivors=survivors)
    steps = outcome.table.groupby("step").size()
    assert list(steps.index) == [50, 400]
    assert steps[50] == 14
    first = outcome.table.query("step == 50").sort_values("loss").learning_rate[:survivors]
    went_on = [rate for rate, step in train.asked if step == 400][:survivors]
    assert went_on == pytest.approx(list(first))
    cost = sum(step for _, step in train.asked)  # a trainer that starts anew each time
    assert cost < 0.6 * 14 * 400


def on_a_grid(losses, **options):
    """Return the outcome where the rates 10⁻⁴, 10⁻³, … end with these losses."""
    rates = 10.0 ** np.arange(-4, len(losses) - 4)

    def train(asked, seeds, step):
        return [[losses[np.abs(np.log(rates / rate)).argmin()]] * len(seeds) for rate in asked]

    edges = {"lowest": rates[0], "highest": rates[-1], "rates": len(rates), "widenings": 0}
    return tournament(train, horizon=8, **edges, **options)


@pytest.mark.parametrize(
    ("losses", "exponent"),
    [
        # Up to the limit 1.1 the valley is a triangle; its centroid is the mean of its corners.
        ([9, 1.2, 1, 1.2, 9], -2),
        ([9, 1.2, 1, 1.4, 9], -2 + (-0.5 + 0.25 + 0) / 3),
        ([9, 1.4, 1, 1.2, 9], -2 + (-0.25 + 0.5 + 0) / 3),
        ([9, 1.2, 1, np.nan, np.nan], -2 + (-0.5 / 3)),  # it ends where runs diverge
        ([np.nan, np.nan, 1, 1.2, 9], -2 + 0.5 / 3),
        ([9, 9, 1.0, 1.0, 1.0, 9, 9], -1),  # a flat valley: the middle of it
        ([9, 1.2, 1.0, 1.2, 1.05, 9, 9], -2),  # another dip is not part of it
    ],
)
def test_the_rate_is_the_centre_of_gravity_of_the_valley(losses, exponent):
    assert np.log10(on_a_grid(losses).learning_rate) == pytest.approx(exponent, abs=0.01)


def test_without_a_tie_the_rate_is_the_best():
    assert on_a_grid([9, 1.2, 1, 1.1, 9], tie=1.0).learning_rate == pytest.approx(1e-2)


def test_a_tolerance_makes_tiny_losses_tie():
    losses = [2.3, 0.5, 0.01, 0.005, 0.001, 2.3, 2.3]
    exact, tolerant = on_a_grid(losses), on_a_grid(losses, tolerance=0.02)
    assert (exact.low, exact.high) == pytest.approx((1.0, 1.0))
    assert (tolerant.low, tolerant.high) == pytest.approx((1e-2, 1.0))
    assert exact.learning_rate == pytest.approx(1.0, rel=0.02)
    assert 0.05 < tolerant.learning_rate < 0.5


def test_the_neighbours_of_the_interval_were_run_to_the_horizon_and_were_worse():
    outcome = tournament(Bowl(), horizon=100)
    final = outcome.table.query("step == 100").set_index("learning_rate").loss.sort_index()
    rates = final.index.to_numpy()
    below, above = rates[rates < outcome.low][-1], rates[rates > outcome.high][0]
    grid = (1.0 / 1e-4) ** (1 / 13)
    assert outcome.low / below == pytest.approx(grid)
    assert above / outcome.high == pytest.approx(grid)
    assert final[below] > 1.1 * final.min()
    assert final[above] > 1.1 * final.min()
    assert not outcome.at_edge


@pytest.mark.parametrize(("lowest", "highest"), [(1e-5, 1e-3), (2.0, 50.0)])
def test_a_grid_that_misses_the_best_rate_grows(lowest, highest):
    outcome = tournament(Bowl(), horizon=40, lowest=lowest, highest=highest, rates=5, widenings=20)
    assert not outcome.at_edge
    assert not lowest < outcome.learning_rate < highest
    assert 0.03 < outcome.learning_rate < 0.2  # the critical rate is 2 / 10


def test_the_grid_grows_early_where_it_is_cheap():
    train = Bowl()
    outcome = tournament(train, horizon=64, lowest=1e-5, highest=1e-4, rates=5, widenings=30)
    assert outcome.learning_rate > 0.03
    assert sum(step == 64 for _, step in train.asked) <= 6  # of the 12 rates on the way


def test_without_widening_the_edge_is_flagged():
    outcome = tournament(Bowl(), horizon=40, lowest=1e-4, highest=1e-2, widenings=0)
    assert outcome.at_edge
    assert outcome.high == pytest.approx(1e-2)
    assert "highest rate trained to the horizon" in outcome.reason
    outcome = tournament(Bowl(), horizon=400, lowest=0.1, highest=10.0, widenings=0)
    assert outcome.at_edge
    assert "lowest rate trained to the horizon" in outcome.reason


def test_without_enclosing_only_the_survivors_see_the_horizon_and_the_edge_is_flagged():
    train, whole = Bowl(), Bowl()
    quick = tournament(train, horizon=400, survivors=3, tie=1e9, enclose=False)
    tournament(whole, horizon=400, survivors=3, tie=1e9)
    assert sum(step == 400 for _, step in train.asked) == 3 == len(quick.tied)
    assert sum(step == 400 for _, step in whole.asked) > 3
    assert quick.at_edge
    assert "lowest and the highest rate trained to the horizon" in quick.reason
    assert 0.03 < quick.learning_rate < 0.2


def test_without_enclosing_a_rate_between_worse_ones_is_not_at_the_edge():
    quick = tournament(Bowl(), horizon=16, survivors=14, tie=1.0, enclose=False)
    assert not quick.at_edge


def test_where_every_rate_diverges_there_is_no_answer():
    outcome = tournament(Bowl(1e9), horizon=400)
    assert outcome.learning_rate is outcome.low is outcome.high is None
    assert outcome.tied == ()
    assert outcome.at_edge
    assert "Every rate diverged, down to" in outcome.reason
    assert np.isinf(outcome.table.query("step == 400").loss).all()
    assert outcome.table.learning_rate.min() < 1e-4


def test_rates_that_only_survive_early_are_replaced_by_lower_ones():
    """All that halving leaves diverge at the very end."""

    def train(rates, seeds, step):
        losses = [-rate if step < 80 or rate < 0.01 else np.nan for rate in rates]
        return [[loss] * len(seeds) for loss in losses]

    outcome = tournament(train, horizon=80, tie=1.0, highest=1.0)
    assert outcome.learning_rate < 0.01
    assert outcome.high == outcome.learning_rate


def test_where_nothing_trains_there_is_no_answer():
    outcome = tournament(lambda rates, seeds, step: np.ones((len(rates), len(seeds))), horizon=8)
    assert outcome.learning_rate is None
    assert "none of them trains" in outcome.reason


def test_a_best_rate_that_falls_with_the_horizon_is_followed_down():
    """Adam's best rate at a short horizon can be ten times too high for the real one."""

    def train(rates, seeds, step):
        best = 1.0 / step
        return [[1 + np.log(rate / best) ** 2 for _ in seeds] for rate in rates]

    outcome = tournament(train, horizon=400)
    assert outcome.low < 1 / 400 < outcome.high * 2.1
    assert 1 / 400 / 2.1 < outcome.learning_rate < 2.1 / 400
    assert not outcome.at_edge


def test_seeds_that_disagree_widen_the_interval():
    def spread(noise):
        outcome = tournament(Bowl(noise=noise), horizon=60, seeds=range(4), rates=20)
        return outcome.high / outcome.low

    assert spread(1.0) >= spread(0.0)
    quiet = tournament(Bowl(floor=1.0), horizon=60, seeds=range(4), rates=20, tie=1.0)
    loud = tournament(Bowl(floor=1.0, noise=0.5), horizon=60, seeds=range(4), rates=20, tie=1.0)
    assert len(loud.tied) > len(quiet.tied)


def test_two_seeds_tie_by_the_factor_only():
    loud = tournament(Bowl(floor=1.0, noise=0.5), horizon=60, seeds=(0, 1), rates=20, tie=1.0)
    assert len(loud.tied) == 1


def test_a_rate_that_blows_up_by_very_different_factors_is_out():
    """Its losses scatter so widely that an interval of their differences holds 0."""
    blown = [1e3, 1e5, 1e18]

    def train(rates, seeds, step):
        rows = [blown if rate > 0.05 else [0.08, 0.081, 0.079] for rate in rates]
        return np.array(rows) * np.where(rates < 0.005, 5.0, 1.0)[:, None]

    outcome = tournament(train, horizon=8, seeds=range(3), survivors=8)
    assert outcome.high <= 0.05


def test_a_rate_that_diverges_with_one_seed_is_out():
    def train(rates, seeds, step):
        return [
            [np.nan if seed == 2 and rate > 0.05 else 1 / rate for seed in seeds] for rate in rates
        ]

    outcome = tournament(train, horizon=16, seeds=(1, 2, 3), tie=1.0)
    assert outcome.high < 0.05


@pytest.mark.parametrize("horizon", [1, 2, 5])
def test_a_horizon_too_short_for_all_rounds(horizon):
    outcome = tournament(Bowl(), horizon=horizon, rates=9)
    assert outcome.table.step.max() == horizon
    assert outcome.table.step.min() >= 1


def test_negative_losses_tie_by_their_size():
    def train(rates, seeds, step):
        return [[-10 + np.log10(rate / 0.01) ** 2 for _ in seeds] for rate in rates]

    outcome = tournament(train, horizon=8, rates=41, tie=1.1)
    assert outcome.low == pytest.approx(1e-3, rel=1e-6)
    assert outcome.high == pytest.approx(1e-1, rel=1e-6)


def test_the_outcome_is_a_frozen_value():
    first, second = (tournament(Bowl(), horizon=16) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    with pytest.raises(dataclasses.FrozenInstanceError):
        first.low = 0.0
    assert list(first.table) == ["step", "learning_rate", "seed", "loss"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"train": 3}, TypeError, "train must be callable, got 3"),
        ({"horizon": 0}, ValueError, "horizon must be at least 1, got 0"),
        ({"lowest": -1}, ValueError, "lowest must be positive, got -1"),
        ({"highest": float("nan")}, ValueError, "highest must be finite, got nan"),
        ({"highest": 1e-5}, ValueError, "highest must exceed lowest = 0.0001, got 1e-05"),
        ({"rates": 2}, ValueError, "rates must be at least 3, got 2"),
        ({"seeds": ()}, ValueError, "seeds must hold at least one, got ()"),
        ({"seeds": (0.5,)}, TypeError, "seeds must be an integer, got 0.5"),
        ({"survivors": 0}, ValueError, "survivors must be at least 1, got 0"),
        ({"tie": 0.9}, ValueError, "tie must be at least 1, got 0.9"),
        ({"tolerance": -0.1}, ValueError, "tolerance must be at least 0, got -0.1"),
        ({"widenings": -1}, ValueError, "widenings must be at least 0, got -1"),
        (
            {"train": lambda rates, seeds, step: [1.0]},
            ValueError,
            "train must return losses of shape (14, 1), got shape (1,)",
        ),
        (
            {"train": lambda rates, seeds, step: "low"},
            TypeError,
            "train must be numeric, got 'low'",
        ),
    ],
)
def test_bad_input_is_named(options, error, message):
    arguments = {"train": Bowl(), "horizon": 10, **options}
    with pytest.raises(error, match=re.escape(message)):
        tournament(arguments.pop("train"), **arguments)
