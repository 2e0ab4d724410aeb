"""The verdicts on runs whose fate is known: bowls, the solvable catapult, a net at the edge."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcourse.monitoring import Diagnosis, Monitor, classify, sharpness
from lrcourse.optimizers import GradientDescent, HeavyBall, critical_learning_rate, trajectory

torch.set_num_threads(1)
SPECTRUM = np.array([1.0, 3.0, 10.0])


def bowl_losses(share, steps, momentum=0.0, seed=0):
    """Losses of descent on a bowl at this share of the critical rate, and the rate."""
    lr = share * critical_learning_rate(SPECTRUM.max(), momentum=momentum)
    rule = HeavyBall(momentum) if momentum else GradientDescent()
    start = np.random.default_rng(seed).normal(size=3)
    path = trajectory(lambda w: SPECTRUM * w, start, rule, lr, steps)
    with np.errstate(over="ignore"):
        return (path**2 * SPECTRUM).sum(axis=1) / 2, lr


@settings(deadline=None, max_examples=60)
@given(st.floats(0.1, 0.98), st.integers(0, 1000), st.booleans())
def test_a_bowl_below_the_critical_rate_converges(share, seed, told):
    losses, lr = bowl_losses(share, 1500, seed=seed)
    more = {"learning_rate": lr, "sharpness": SPECTRUM.max()} if told else {}
    assert classify(losses, **more).regime == "converged"


@settings(deadline=None, max_examples=60)
@given(st.floats(1.02, 3.0), st.integers(0, 1000), st.sampled_from([400, 3000]), st.booleans())
def test_a_bowl_above_the_critical_rate_diverges(share, seed, steps, told):
    losses, lr = bowl_losses(share, steps, seed=seed)
    more = {"learning_rate": lr, "sharpness": SPECTRUM.max()} if told else {}
    assert classify(losses, **more).regime == "diverged"


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_heavy_ball_converges_above_twice_over_lambda(share):
    losses, lr = bowl_losses(share, 1500, momentum=0.9)
    assert lr > 1.5 * share * 2 / SPECTRUM.max()
    found = classify(losses, learning_rate=lr, sharpness=10.0, momentum=0.9)
    assert found.regime != "diverged"
    assert found.regime == ("catapult" if losses.max() > 1.5 * losses[0] else "converged")


def test_at_the_critical_rate_it_does_neither():
    w = 1.0
    losses = [(w * (-1) ** t) ** 2 for t in range(200)]
    assert classify(losses, learning_rate=0.2, sharpness=10.0).regime == "undecided"


def catapult_losses(product, seed, steps=2000, width=512):
    """Gradient descent on f = u·v/√n, loss f²/2, at a rate of `product` over the sharpness."""
    rng = np.random.default_rng(seed)
    u, v = rng.normal(size=(2, width))
    lr = product * width / (u @ u + v @ v)
    losses = np.empty(steps)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        for t in range(steps):
            f = u @ v / math.sqrt(width)
            losses[t] = f * f / 2
            pull = lr * f / math.sqrt(width)
            u, v = u - pull * v, v - pull * u
    return losses


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    ("product", "regime"),
    [
        (0.5, "converged"),
        (1.0, "converged"),
        (1.9, "converged"),
        (2.2, "catapult"),
        (2.5, "catapult"),
        (3.0, "catapult"),
        (3.8, "catapult"),
        (4.3, "diverged"),
        (5.0, "diverged"),
    ],
)
def test_the_solvable_net_is_catapulted_between_2_and_4(product, regime, seed):
    losses = catapult_losses(product, seed)
    assert classify(losses).regime == regime
    if regime == "catapult":  # so "the loss rose" would have been the wrong verdict
        assert np.nanmax(losses) > 1.5 * losses[0]


def net_run(lr, seed, steps=500):
    """Full-batch descent of a tanh net on 50 examples, its sharpness measured every 20 steps."""
    rng = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=rng, dtype=torch.float64)

    x, y = normal(50, 10), torch.sign(normal(50, 3))
    weights = [
        (0.5 * normal(a, b) / math.sqrt(a)).requires_grad_()
        for a, b in [(10, 20), (20, 20), (20, 3)]
    ]

    def loss():
        hidden = torch.tanh(torch.tanh(x @ weights[0]) @ weights[1])
        return 0.5 * ((hidden @ weights[2] - y) ** 2).sum(1).mean()

    optimizer, monitor = torch.optim.SGD(weights, lr=lr), Monitor()
    for step in range(steps):
        value = loss()
        optimizer.zero_grad()
        value.backward()
        measured = sharpness(loss, weights) if step % 20 == 0 else None
        monitor.record(step, loss=value, lr=lr, sharpness=measured)
        optimizer.step()
    return monitor


@pytest.mark.parametrize("seed", [0, 1])
def test_a_net_sharpens_up_to_the_edge_of_stability_and_stays(seed):
    for lr in (0.2, 0.3):
        monitor = net_run(lr, seed)
        table = monitor.table()
        ratios = table["stability_ratio"].dropna()
        assert ratios.iloc[0] < 0.5
        assert ratios.tail(6).mean() == pytest.approx(1, abs=0.05)
        assert (table["loss"].diff() > 0).mean() > 0.05  # the loss rises on many steps
        assert monitor.diagnose().regime == "edge of stability"
        assert classify(table["loss"]).regime != "edge of stability"  # not without the sharpness
    calm = net_run(0.05, seed)
    assert calm.diagnose().regime in ("converged", "undecided")


def test_noise_is_not_the_edge():
    rng = np.random.default_rng(0)
    losses = 1e-3 + np.exp(-np.arange(600) / 20) * np.exp(0.2 * rng.normal(size=600))
    losses += 1e-3 * rng.uniform(size=600)
    assert classify(losses).regime == "converged"
    assert classify(losses, learning_rate=0.1, sharpness=3.0).regime == "converged"


@pytest.mark.parametrize(
    ("losses", "regime", "words"),
    [
        ([1, 2, 4, math.nan], "diverged", "the last loss is nan"),
        ([1, 0.5, 0.2, math.inf], "diverged", "the last loss is inf"),
        ([1.0, 0.1, 0.01, 9, 9, 9, 9, 9], "diverged", "the loss is at 9 times its start"),
        ([1, math.nan, 0.5, 0.1, 0.01, 0.001], "catapult", "rose to inf times"),
        (
            [1, 5, 50, 50, 40, 30, 20, 10],
            "undecided",
            "the loss is at 15 times its start",
        ),
        ([1.0] * 8, "undecided", "at 1 times its start"),
        (list(np.linspace(1, 0.4, 40)), "undecided", "0.29 of its whole fall"),
        ([1, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], "converged", "settled at 0.1 times"),
    ],
)
def test_edges_of_the_rules(losses, regime, words):
    found = classify(losses)
    assert found.regime == regime
    assert words in found.reason
    assert str(found) == f"{regime}: {found.reason}"


def edge_like(rise_every):
    """A curve that falls a thousandfold and rises at every n-th step."""
    losses = list(10 ** -np.linspace(0, 3, 400))
    return [v * (3 if t % rise_every == 0 and t > 100 else 1) for t, v in enumerate(losses)]


def test_the_edge_needs_both_the_ratio_and_the_rises():
    bumpy, smooth = edge_like(5), edge_like(1000)

    def regime(losses, ratio, **more):
        return classify(losses, learning_rate=0.1, sharpness=20 * ratio, **more).regime

    assert regime(bumpy, 1.0) == regime(bumpy, 0.91) == regime(bumpy, 1.09) == "edge of stability"
    assert regime(bumpy, 0.89) == regime(bumpy, 1.11) == regime(smooth, 1.0) == "converged"
    assert regime(bumpy, 1.0, momentum=0.9) == "converged"  # there the limit is higher
    assert regime(bumpy, 1.9, momentum=0.9) == "edge of stability"


def test_the_ratio_is_that_of_the_end():
    ratios = np.concatenate([np.full(75, 0.2), np.full(25, 1.0)])
    sparse = np.where(np.arange(100) % 3 == 0, 20 * ratios, np.nan)
    found = classify(edge_like(5), learning_rate=0.1, sharpness=20 * ratios)
    assert found.regime == classify(edge_like(5), learning_rate=0.1, sharpness=sparse).regime
    assert found.regime == "edge of stability"
    unknown = classify(edge_like(5), learning_rate=0.1, sharpness=np.full(100, np.nan))
    assert unknown.regime == "converged"


def test_a_diagnosis_is_a_value():
    assert Diagnosis("converged", "x") == Diagnosis("converged", "x")


@pytest.mark.parametrize(
    ("losses", "words"),
    [
        ([1.0, 2.0, 3.0], r"losses must be at least 4 numbers in a row, got \[1.0, 2.0, 3.0\]"),
        ([[1.0] * 4] * 4, r"losses must be at least 4 numbers in a row"),
        ([1.0, -0.5, 0.1, 0.1], r"losses must not be negative, got -0.5"),
        ([math.nan, 1, 1, 1], r"losses must start finite and above 0, got nan"),
        ([0, 1, 1, 1], r"losses must start finite and above 0, got 0"),
    ],
)
def test_bad_losses_are_named(losses, words):
    with pytest.raises(ValueError, match=words):
        classify(losses)


def test_sharpness_needs_a_rate():
    with pytest.raises(ValueError, match=r"sharpness needs a learning_rate .*got 3.0"):
        classify([1.0] * 4, sharpness=3.0)
    assert classify([1.0] * 4, learning_rate=0.1).regime == "undecided"
