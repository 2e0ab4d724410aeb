"""The trial of chapter 2: exact valleys, both directions, and arms that change places."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.claims import LEDGER, Verdict, judge, outcome
from lrcourse.claims.trials import _tables, chapter02
from lrcourse.claims.trials.chapter02 import (
    ACROSS,
    LARGE,
    SMALL,
    Roll,
    global_width,
    roll,
    share_in_global_basin,
)
from lrcourse.landscapes import DoubleWell, Fourier, Needle, RippledBowl


@pytest.fixture
def hills():
    return Fourier.random(rng=np.random.default_rng(11))


def everywhere(curve, balls=400):
    far = curve.period / 2 if curve.period else chapter02.FARTHEST_START
    return np.linspace(-far, far, balls, endpoint=False) + far / balls


def rng():
    return np.random.default_rng(0)


def test_the_trial_measures_each_contrast_once_a_replicate_and_follows_its_seed(monkeypatch):
    monkeypatch.setattr(_tables, "REPLICATES", 3)
    for name, value in (("STEPS", 20), ("BALLS", 10), ("NETWORKS", 3), ("NETWORK_STEPS", 5)):
        monkeypatch.setattr(chapter02, name, value)
    claim = LEDGER["C1.1"]
    table, again, other = claim.run(5), claim.run(5), claim.run(6)
    assert {contrast.name for contrast in claim.contrasts} <= set(table["contrast"])
    for name, rows in table.groupby("contrast"):
        assert list(rows["replicate"]) == [0, 1, 2], name
    assert np.isfinite(table["value"]).all()
    assert table.equals(again)
    assert not table.equals(other)


def test_a_small_rate_finds_the_global_minimum_as_often_as_its_valley_is_wide(hills):
    start = everywhere(hills)
    share = share_in_global_basin(hills, start, [SMALL], rng=rng())[0]
    assert share == pytest.approx(global_width(hills), abs=2 / len(start))
    assert 0 < share < 0.6


@pytest.mark.parametrize("seed", range(5))
def test_the_width_is_what_a_fine_grid_counts(seed):
    curve = Fourier.random(rng=np.random.default_rng(seed))
    counted = (curve.basin(everywhere(curve, 20_000)) == curve.global_basin).mean()
    assert global_width(curve) == pytest.approx(counted, abs=2e-4)


def test_large_decaying_rates_find_a_wide_bowl_and_lose_a_needle():
    for curve, small, large in ((RippledBowl(), (0.03, 0.15), 1), (Needle(), (0.1, 0.3), 0)):
        shares = share_in_global_basin(curve, everywhere(curve), [SMALL, ACROSS], rng=rng())
        assert small[0] < shares[0] < small[1]
        assert shares[1] == large


def test_noise_and_a_large_decaying_rate_find_the_global_minimum_more_often():
    gains = []
    for seed in range(8):
        curve = Fourier.random(rng=np.random.default_rng([8, seed]))
        ways = [SMALL, LARGE["large, noise, decays"]]
        small, large = share_in_global_basin(curve, everywhere(curve, 100), ways, rng=rng())
        gains.append(large - small)
    assert np.mean(gains) > 0.15


def test_rates_are_relative_to_the_sharpest_minimum(hills, monkeypatch):
    """The same landscape, a thousand times as high, makes the same path."""
    high = Fourier(1000 * hills.amplitudes, hills.phases)
    ways = [Roll(0.5), Roll(1.5), Roll(0.5, noise=2.0, decays=True)]
    monkeypatch.setattr(chapter02, "STEPS", 30)
    ends = [roll(curve, everywhere(hills), ways, rng=rng()) for curve in (hills, high)]
    np.testing.assert_allclose(*ends, rtol=1e-6)


def test_a_rate_decays_to_zero_in_a_straight_line(monkeypatch):
    monkeypatch.setattr(chapter02, "STEPS", 2)
    well = DoubleWell()  # curvature 2 at both minima: 2/λ = 1
    start, rate = np.array([0.5]), 0.1
    first = start - rate * well.gradient(start)
    (constant,), (decayed,) = roll(well, start, [Roll(rate), Roll(rate, decays=True)], rng=rng())
    assert constant == pytest.approx(first - rate * well.gradient(first))
    assert decayed == pytest.approx(first - rate / 2 * well.gradient(first))


def test_the_noise_is_as_large_as_it_says(monkeypatch, hills):
    monkeypatch.setattr(chapter02, "STEPS", 1)
    start = np.linspace(0, 2 * np.pi, 50_000, endpoint=False)
    calm, noisy, twice = roll(
        hills, start, [Roll(0.5), Roll(0.5, noise=1.0), Roll(0.5, noise=2.0)], rng=rng()
    )
    step = 0.5 * 2 / hills.hessian(hills.minima()).max()
    assert (noisy - calm).std() == pytest.approx(step * hills.gradient(start).std(), rel=0.02)
    np.testing.assert_allclose(twice - calm, 2 * (noisy - calm))


@pytest.mark.slow
def test_swapped_arms_change_the_verdict():
    """What a large rate does on the rippled bowl, said of a small one, would bear the claim out."""
    tried = outcome("C1.1")
    assert tried.verdict is Verdict.CONTRADICTED
    large = tried.rows("rippled bowl, large, decays")["treated"].to_numpy()
    table = tried.table.copy()
    table.loc[table["contrast"] == "small", "value"] = large
    assert judge(tried.claim, table).verdict is Verdict.HOLDS


@pytest.mark.slow
def test_a_small_rate_leaves_a_ball_where_it_is_and_designed_landscapes_disagree():
    tried = outcome("C1.1")
    assert tried.judgement["stays"].interval.low > 0.99
    small = tried.rows("small")
    assert small["value"].mean() == pytest.approx(small["width"].mean(), abs=0.04)
    assert tried.judgement["rippled bowl, large, decays"].interval.low > 0.8
    assert tried.judgement["needle, large, decays"].interval.high < -0.1
    assert tried.judgement["large, noise, decays"].interval.low > 0.1
