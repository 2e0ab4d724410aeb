"""Critical rates, factors and regimes against the iteration matrix and against runs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lrcourse.optimizers import (
    GradientDescent,
    HeavyBall,
    Nesterov,
    convergence_factor,
    critical_learning_rate,
    stability_regime,
    trajectory,
)

momenta = st.floats(0, 0.99)
curvatures = st.floats(1e-3, 1e3)


def iteration_matrix(eta_lambda, beta, nesterov):
    """One step of (x_t, x_{t-1}), written out from the update rules."""
    if nesterov:  # x_{t+1} = y - ηλ y with y = x_t + β (x_t - x_{t-1})
        kept = 1 - eta_lambda
        return np.array([[kept * (1 + beta), -kept * beta], [1.0, 0.0]])
    return np.array([[1 + beta - eta_lambda, -beta], [1.0, 0.0]])


@settings(deadline=None)
@given(st.floats(0, 5), momenta, st.booleans())
def test_factor_is_the_spectral_radius_of_the_iteration(eta_lambda, beta, nesterov):
    radius = np.abs(np.linalg.eigvals(iteration_matrix(eta_lambda, beta, nesterov))).max()
    factor = convergence_factor(eta_lambda, 1.0, momentum=beta, nesterov=nesterov)
    # At a double root the eigenvalues are known only to the square root of the precision.
    assert factor == pytest.approx(radius, abs=1e-7)


@settings(deadline=None)
@given(curvatures, momenta, st.booleans())
def test_factor_crosses_1_at_the_critical_rate(curvature, beta, nesterov):
    critical = critical_learning_rate(curvature, momentum=beta, nesterov=nesterov)
    below, above = convergence_factor(
        critical * np.array([0.999, 1.001]), curvature, momentum=beta, nesterov=nesterov
    )
    assert below < 1 < above


@settings(max_examples=40, deadline=None)
@given(curvatures, st.floats(0, 0.9), st.booleans(), st.floats(0.2, 1.8))
def test_regime_is_what_a_run_does(curvature, beta, nesterov, share):
    assume(abs(share - 1) > 0.05)
    lr = share * critical_learning_rate(curvature, momentum=beta, nesterov=nesterov)
    rule = Nesterov(beta) if nesterov else HeavyBall(beta)
    path = trajectory(lambda w: curvature * w, [1.0], rule, lr, 400).ravel()
    regime = stability_regime(lr, curvature, momentum=beta, nesterov=nesterov)
    with np.errstate(over="ignore"):
        assert (regime == "diverging") == (not abs(path[-1]) < 1)
    if regime == "monotone":
        assert (path >= -1e-12).all()


@pytest.mark.parametrize(
    ("product", "regime"),
    [(0.5, "monotone"), (1.0, "monotone"), (1.5, "oscillating"), (2.0, "oscillating")],
)
def test_edges_belong_to_the_calmer_regime(product, regime):
    for curvature in (0.25, 1.0, 8.0):  # products that are exact in binary
        assert stability_regime(product / curvature, curvature) == regime
    assert stability_regime(np.nextafter(2.0, 3.0), 1.0) == "diverging"
    assert stability_regime(np.nextafter(1.0, 2.0), 1.0) == "oscillating"


def test_a_direction_without_curvature_never_moves():
    assert stability_regime(1e6, 0.0) == "monotone"
    assert convergence_factor(1e6, 0.0) == 1


def test_closed_forms():
    assert critical_learning_rate(8.0) == 0.25
    assert critical_learning_rate(8.0, momentum=0.5) == pytest.approx(2 * 1.5 / 8)
    assert critical_learning_rate(8.0, momentum=0.5, nesterov=True) == pytest.approx(
        2 * 1.5 / (8 * 2)
    )


@settings(deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 3.0))
def test_path_on_a_bowl_is_the_matrix_power(seed, lr):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(3, 5))
    hessian, start = a @ a.T / 5, rng.normal(size=3)
    path = trajectory(lambda w: w @ hessian, start, GradientDescent(), lr, 12)
    for t, point in enumerate(path):
        expected = np.linalg.matrix_power(np.eye(3) - lr * hessian, t) @ start
        np.testing.assert_allclose(point, expected, rtol=1e-8, atol=1e-8)


def test_runs_side_by_side_equal_runs_alone():
    rates = np.array([[0.1], [0.5], [3.0]])
    together = trajectory(lambda w: w, np.ones((3, 2)), HeavyBall(0.5), rates, 30)
    for row, rate in enumerate(rates):
        alone = trajectory(lambda w: w, np.ones(2), HeavyBall(0.5), rate[0], 30)
        np.testing.assert_array_equal(together[:, row], alone)


def test_a_divergent_path_reaches_infinity_without_a_warning():
    path = trajectory(lambda w: w, [1.0], GradientDescent(), 1e9, 60)
    assert not np.isfinite(path[-1]).any()


@pytest.mark.parametrize("bad", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_curvature_is_named(bad):
    with pytest.raises(ValueError, match=rf"curvature must be .*got {bad}"):
        critical_learning_rate(bad)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"momentum must be in \[0, 1\), got 1"):
        critical_learning_rate(1.0, momentum=1)
    with pytest.raises(TypeError, match=r"curvature must be one number, got \[1, 2\]"):
        critical_learning_rate([1, 2])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"learning_rate must not be negative, got -0.5"):
        convergence_factor(-0.5, 1.0)
    with pytest.raises(ValueError, match=r"curvature must not be negative, got -2.0"):
        stability_regime(0.1, -2.0)
    with pytest.raises(TypeError, match=r"gradient must be callable, got 3"):
        trajectory(3, [1.0], GradientDescent(), 0.1, 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"steps must be at least 0, got -1"):
        trajectory(lambda w: w, [1.0], GradientDescent(), 0.1, -1)
    with pytest.raises(TypeError, match=r"steps must be an integer, got 2.5"):
        trajectory(lambda w: w, [1.0], GradientDescent(), 0.1, 2.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"start must not be empty, got \[\]"):
        trajectory(lambda w: w, [], GradientDescent(), 0.1, 1)
    with pytest.raises(ValueError, match=r"start must be finite, got \[nan\]"):
        trajectory(lambda w: w, [np.nan], GradientDescent(), 0.1, 1)
    with pytest.raises(ValueError, match=r"learning_rate must be finite, got nan"):
        trajectory(lambda w: w, [1.0], GradientDescent(), np.nan, 1)
