"""The trials of chapter 3: the window of the catapult, the edge, and arms that change places."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lrcourse.claims import LEDGER, Verdict, judge, outcome
from lrcourse.claims.trials import _tables, chapter03
from lrcourse.claims.trials.chapter03 import (
    CATAPULT,
    catapults,
    diverges,
    few_waves,
    linear_net_path,
    overtaken,
    peak,
    phases,
    race,
    rises,
    start_sharpness,
)
from lrcourse.landscapes import LinearNet
from lrcourse.models import MLP
from lrcourse.optimizers import GradientDescent
from lrcourse.training import sweep

SHRUNK = {
    "CATAPULT_STEPS": 8,
    "RELU_NET": MLP((64, 4, 10), objective="squared error"),
    "TANH_NET": MLP((40, 4, 10), activation="tanh", objective="squared error"),
    "LINEAR_NET": LinearNet(8),
    "CLASSIFIER": MLP((40, 4, 10)),
    "EDGE_STEPS": 12,
    "EARLY": (2, 4),
    "LATE": (6, 8),
    "LATE_FULL_BATCH": (6, 8),
}
NET = LinearNet(512)


@pytest.mark.parametrize("claim_id", ["C2.2", "C2.3"])
def test_a_trial_measures_each_contrast_once_a_replicate_and_follows_its_seed(
    claim_id, monkeypatch
):
    monkeypatch.setattr(_tables, "REPLICATES", 3)
    for name, value in SHRUNK.items():
        monkeypatch.setattr(chapter03, name, value)
    claim = LEDGER[claim_id]
    table, again, other = claim.run(5), claim.run(5), claim.run(6)
    assert {contrast.name for contrast in claim.contrasts} <= set(table["contrast"])
    for name, rows in table.groupby("contrast"):
        assert list(rows["replicate"]) == [0, 1, 2], name
    assert np.isfinite(table["value"]).all()
    assert table.equals(again)
    assert not table.equals(other)


@pytest.fixture(scope="module")
def starts():
    return np.stack([NET.start(rng=np.random.default_rng([3, seed])) for seed in range(20)])


@pytest.mark.parametrize(
    ("product", "rising", "broken", "flatter"),
    [
        (1.0, False, False, False),
        (1.9, False, False, False),
        (2.5, True, False, True),
        (3.0, True, False, True),
        (3.5, True, False, True),
        (4.4, True, True, False),
        (6.0, True, True, False),
        (12.0, True, True, False),
    ],
)
def test_the_catapult_window_is_two_to_four(starts, product, rising, broken, flatter):
    low, high = NET.catapult_window(1.0)
    assert (low < product < high) == (rising and not broken)
    path = linear_net_path(NET, starts, product / 2)
    with np.errstate(over="ignore", invalid="ignore"):
        losses = NET.loss(path).T
        curvature = NET.curvature(path[-1]) / NET.curvature(starts)
    assert (rises(losses) == rising).all()
    assert (diverges(losses) == broken).all()
    if not broken:
        assert (losses[:, -1] < 1e-6 * losses[:, 0]).all()
        assert (curvature < 0.75).all() if flatter else (curvature > 0.9).all()
        assert (product * curvature <= 2.001).all()


def test_a_network_of_digits_comes_back_from_where_a_bowl_does_not(monkeypatch):
    monkeypatch.setattr(_tables, "REPLICATES", 3)
    risen, broken, far_risen, far_broken = (t["value"] for t in chapter03._relu_networks(500))
    assert risen.all()
    assert not broken.any()
    assert far_risen.all()
    assert far_broken.all()
    (bowls,) = chapter03._bowls(500)
    assert bowls["value"].all()


def test_below_its_limit_no_network_rises(monkeypatch):
    monkeypatch.setattr(chapter03, "CATAPULT_STEPS", 30)
    seeds, net, data = [501, 502], chapter03.RELU_NET, chapter03.few_digits
    (losses,) = catapults(net, data, (0.95,), 2 / start_sharpness(net, data, seeds), seeds)
    assert not rises(losses).any()
    assert (losses[:, -1] < losses[:, 0]).all()


def test_sharpness_before_the_first_step_is_that_of_the_dense_hessian():
    net = MLP((40, 4, 10), activation="tanh", gain=0.5, objective="squared error")
    found = start_sharpness(net, few_waves, [7, 8])
    untouched = sweep(
        net, few_waves, GradientDescent(), [0.0], steps=1, seeds=[7, 8], keep_params=True,
        progress=False,
    )  # fmt: skip
    names = list(untouched.params)
    for run, seed in enumerate((7, 8)):
        weights = tuple(torch.tensor(untouched.params[k][run]).double() for k in names)
        x, y = (torch.tensor(a) for a in (few_waves(seed).inputs, few_waves(seed).targets))

        def loss(*values, x=x, y=y):
            return ((net.forward(dict(zip(names, values, strict=True)), x) - y) ** 2).mean()

        blocks = torch.autograd.functional.hessian(loss, weights)
        size = [w.numel() for w in weights]
        dense = torch.cat(
            [
                torch.cat([b.reshape(n, m) for b, m in zip(row, size, strict=True)], 1)
                for row, n in zip(blocks, size, strict=True)
            ]
        )
        assert found[run] == pytest.approx(float(torch.linalg.eigvalsh(dense)[-1]), rel=1e-5)


def test_long_training_ends_at_the_edge_of_stability(monkeypatch):
    """Within three percent of 2/η, from far below it; with a loss that rises and falls."""
    monkeypatch.setattr(_tables, "REPLICATES", 2)
    monkeypatch.setattr(chapter03, "EDGE_RATES", (3.0,))
    monkeypatch.setattr(chapter03, "EDGE_STEPS", 2000)
    at_start, at_end, rising, broken = (table["value"] for table in chapter03._edge(77))
    assert (at_start < 0.7).all()
    assert at_end.mean() == pytest.approx(1, abs=0.03)
    assert (rising > 0.2).all()
    assert not broken.any()


def test_what_a_rise_is():
    nan = np.nan
    losses = np.array([[1.0, 0.9, 1.4, 0.1], [2.0, 6.0, 1.0, 0.1], [1.0, 2.0, nan, nan]])
    np.testing.assert_array_equal(peak(losses), [1.4, 3.0, np.inf])
    np.testing.assert_array_equal(rises(losses), [False, True, True])
    np.testing.assert_array_equal(diverges(losses), [False, False, True])


def test_who_is_overtaken():
    nan = np.nan
    slow = np.array([[2.0, 2.0, 2.0, 2.0, 2.0], [1.0, 1.0, 1.0, 1.0, 1.0]])
    fast = np.array([[1.0, 3.0, 1.0, 1.0, nan], [1.5, 1.5, 0.5, nan, nan]])
    np.testing.assert_array_equal(
        overtaken(*slow, *fast),
        [True, False, False, True, False],
    )


def test_phases_are_the_means_of_the_first_and_the_second_marks():
    losses = np.array([[[4.0, 2.0, 1.0, 0.0]], [[8.0, 6.0, 5.0, np.nan]]])
    np.testing.assert_array_equal(phases(losses), [[[3.0], [0.5]], [[7.0], [np.nan]]])


def test_the_racers_share_start_and_batches():
    slow, fast = race([3, 4], chapter03.SLOW * 2, 50, marks=(0, 1, 5), batch_size=8)
    np.testing.assert_array_equal(slow[:, 0], fast[:, 0])
    assert (slow[:, 1:] != fast[:, 1:]).all()


@pytest.mark.slow
def test_swapped_arms_change_the_verdict_on_rising_losses():
    """Were it the bowls that come back, and the networks that do not, the claim would hold."""
    tried = outcome("C2.2")
    assert tried.verdict is Verdict.CONTRADICTED
    network, bowl = (
        f"{what}, {CATAPULT} times the limit, diverges" for what in ("network", "bowl")
    )
    swap = {network: bowl, bowl: network}
    table = tried.table.assign(contrast=tried.table["contrast"].replace(swap))
    assert judge(tried.claim, table).verdict is Verdict.HOLDS


@pytest.mark.slow
def test_swapped_arms_change_the_verdict_on_early_leads():
    tried = outcome("C2.3")
    assert tried.verdict is Verdict.HOLDS_IF
    name = tried.claim.primary.name
    arms = ("slow_early", "slow_late", "fast_early", "fast_late")
    rows = tried.rows(name)
    table = tried.table.copy()
    for order, verdict in (
        (arms, Verdict.HOLDS_IF),
        ((*arms[2:], *arms[:2]), Verdict.CONTRADICTED),
    ):
        table.loc[table["contrast"] == name, "value"] = overtaken(
            *(rows[arm] for arm in order)
        ).astype(float)
        assert judge(tried.claim, table).verdict is verdict


@pytest.mark.slow
def test_the_edge_is_within_three_percent_of_theory():
    judgement = outcome("C2.2").judgement
    for rate in chapter03.EDGE_RATES:
        assert judgement[f"edge, rate {rate}, at the end"].interval.inside(0.97, 1.03)
    assert judgement["edge, rate 2.0, at the start"].interval.high < 0.5
