"""The edge of stability in Python: the formula, the sweep with its sharpness, words and picture."""

from __future__ import annotations

import re

import numpy as np
import pytest
import traitlets

from lrcourse.demos import EdgeOfStability
from lrcourse.demos._edge_runs import (
    CHECKPOINTS,
    NETWORK,
    PRODUCTS,
    STEPS,
    edge_runs,
    sharpness_at,
    waves,
)
from lrcourse.demos._grid import unpack
from lrcourse.demos.edge_of_stability import LINEAR_NET, LINEAR_STEPS
from lrcourse.optimizers import GradientDescent
from lrcourse.training import sweep


@pytest.mark.parametrize(
    ("product", "regime"),
    [(0.5, "converged"), (1.9, "converged"), (2.3, "catapult"), (3, "catapult"), (4.5, "diverged")],
)
def test_the_linear_network_does_what_theory_says(product: float, regime: str) -> None:
    edge = EdgeOfStability(learning_rate=product)
    assert edge.diagnosis.regime == regime
    ratios = edge.ratios()
    assert ratios[0] == pytest.approx(product / 2)
    if regime == "catapult":
        assert ratios[0] > 1 > ratios[-1]
        assert edge.losses().max() > 1.5 * edge.losses()[0] > 1e3 * edge.losses()[-1]
    assert len(edge.losses()) == len(ratios) == LINEAR_STEPS + 1


def test_the_steps_are_those_of_the_formula() -> None:
    edge = EdgeOfStability(learning_rate=3.1)
    start = edge._start()
    f, lam = float(LINEAR_NET.output(start)), float(LINEAR_NET.curvature(start))
    for loss, ratio in zip(edge.losses(), edge.ratios(), strict=True):
        assert loss == pytest.approx(f * f / 2, rel=1e-9, abs=1e-12)
        assert ratio == pytest.approx(edge.rate * lam / 2, rel=1e-9)
        push = edge.rate * f * f / LINEAR_NET.width
        f, lam = f * (1 - edge.rate * lam + edge.rate * push), lam + push * (edge.rate * lam - 4)


def test_the_losses_are_those_of_a_sweep() -> None:
    result = edge_runs(0)
    run = 9
    rate = result.runs["learning_rate"].iloc[run]
    alone = sweep(
        NETWORK, waves(0), GradientDescent(), [rate], steps=STEPS, seeds=[0], checkpoints=[],
        keep_params=True, progress=False,
    )  # fmt: skip
    np.testing.assert_array_equal(result.loss[run], alone.loss[0])
    assert alone.params is not None
    end = sharpness_at({name: values[0] for name, values in alone.params.items()}, waves(0))
    assert result.metrics["sharpness"][run, -1] == pytest.approx(end, rel=1e-5)


def test_the_trained_network_sharpens_up_to_the_edge_and_stays() -> None:
    edge = EdgeOfStability(network="trained", learning_rate=0.6)
    ratios = edge.ratios()
    assert ratios[0] < 0.4
    np.testing.assert_allclose(ratios[-8:], 1.04, atol=0.08)
    assert edge.diagnosis.regime == "edge of stability"


def test_the_regimes_follow_each_other() -> None:
    regimes = EdgeOfStability().runs["trained"]["regimes"]
    edges = [i for i, regime in enumerate(regimes) if regime == "edge of stability"]
    lost = [i for i, regime in enumerate(regimes) if regime == "diverged"]
    assert 0 < edges[0] < edges[-1] < lost[0]
    assert lost == list(range(lost[0], len(regimes)))


@pytest.mark.parametrize("name", ["loss", "sharpness"])
def test_the_browser_gets_the_sweep_to_half_a_step(name: str) -> None:
    runs, result = EdgeOfStability().runs["trained"], edge_runs(0)
    values = result.loss if name == "loss" else result.metrics["sharpness"]
    back = unpack(runs[name])
    known = np.isfinite(values)
    np.testing.assert_array_equal(np.isfinite(back), known)
    assert np.abs(np.log(back[known] / values[known])).max() < runs[name]["step"] * 0.5001
    assert runs[name]["step"] < 1e-3
    assert runs["rates"] == pytest.approx(np.array(PRODUCTS) / result.metrics["sharpness"][0, 0])
    assert runs["checkpoints"] == list(CHECKPOINTS)


def test_the_nearest_trained_rate_is_taken() -> None:
    edge = EdgeOfStability(network="trained", learning_rate=0.6)
    assert edge.product == PRODUCTS[8]
    edge.network = "linear"
    assert edge.product == 0.6


@pytest.mark.parametrize("value", ["luck", "", None, 1])
def test_a_bad_network_raises_with_its_name_and_value(value: object) -> None:
    message = re.escape(f"network must be one of linear, trained, got {value!r}")
    with pytest.raises(traitlets.TraitError, match=message):
        EdgeOfStability(network=value)


@pytest.mark.parametrize("value", [0, 0.09, 6.1, float("nan"), "3"])
def test_a_bad_rate_raises(value: object) -> None:
    with pytest.raises(traitlets.TraitError, match="learning_rate"):
        EdgeOfStability(learning_rate=value)


@pytest.mark.parametrize("seed", [-1, 0.5, "1", None])
def test_a_bad_seed_raises(seed: object) -> None:
    with pytest.raises((TypeError, ValueError), match="seed"):
        EdgeOfStability(seed=seed)


def test_another_seed_trains_other_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from lrcourse.demos import edge_of_stability

    asked = set()

    def runs(seed: int) -> object:
        asked.add(seed)
        return edge_runs(0)

    monkeypatch.setattr(edge_of_stability, "edge_runs", runs)
    edge = EdgeOfStability()
    before = edge.runs["linear"]["output"]
    edge.seed = 1
    assert asked == {0, 1}
    assert edge.runs["linear"]["output"] != before


@pytest.mark.parametrize("network", ["linear", "trained"])
@pytest.mark.parametrize("product", [0.1, 1, 3, 6])
def test_every_state_has_a_picture(network: str, product: float) -> None:
    edge = EdgeOfStability(network=network, learning_rate=product)
    figure = edge.figure()
    figure.canvas.draw()
    assert edge.diagnosis.regime in figure.get_suptitle()
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)
    assert f"η·λ₀ = {edge.product:.3g}" in edge.alt_text()
    assert "nan times" not in edge.alt_text()
