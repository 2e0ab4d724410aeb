"""The lock in Python: the arms, what they have in common, the floor of the noise, the words."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.demos import MomentumLock
from lrcourse.demos.momentum_lock import LATE, LONGEST, NOISE, RUNS, STEPS

SETTINGS = [
    {"momentum": 0.9, "learning_rate": 0.03},
    {"momentum": 0.5, "learning_rate": 0.8, "condition_number": 100},
    {"momentum": 0.97, "learning_rate": 1.2, "condition_number": 4},
]


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_steps_are_those_of_the_formula(setting: dict[str, float]) -> None:
    lock = MomentumLock(**setting)
    curvature = np.array([1 / lock.condition_number, 1.0])
    point, velocity = np.array([-4.0, 4.0 / np.sqrt(lock.condition_number)]), np.zeros(2)
    losses = []
    for _ in range(STEPS + 1):
        losses.append(0.5 * (curvature * point**2).sum())
        velocity = lock.momentum * velocity - lock.learning_rate * curvature * point
        point = point + velocity
    np.testing.assert_allclose(lock.losses(), np.array(losses) / losses[0], rtol=1e-8, atol=1e-30)


def test_both_directions_begin_with_the_same_loss() -> None:
    for condition in (4, 30, 300):
        lock = MomentumLock(condition_number=condition)
        shares = lock.landscape.spectrum * lock.start**2
        assert shares[0] == pytest.approx(shares[1])


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_lock_keeps_the_effective_rate(setting: dict[str, float]) -> None:
    lock = MomentumLock(**setting)
    for momentum in (0.0, 0.6, 0.95):
        locked = lock.locked_rate(momentum)
        assert locked / (1 - momentum) == pytest.approx(lock.effective_rate)
    assert lock.arms["same-rate"] == (pytest.approx(lock.effective_rate), 0.0)


def test_one_slope_moves_the_weights_by_the_effective_rate() -> None:
    """All steps together, on a slope that is there once."""
    lock = MomentumLock(momentum=0.9, learning_rate=0.03)
    steps = lock.learning_rate * lock.momentum ** np.arange(1000)
    assert steps.sum() == pytest.approx(lock.effective_rate)


@pytest.mark.parametrize("condition", [4, 30, 300])
def test_the_best_settings_are_best(condition: float) -> None:
    """No rate and momentum of a fine grid has a smaller spectral radius."""
    lock = MomentumLock(condition_number=condition)
    root = np.sqrt(condition)
    assert lock.spectral_radius("best-momentum") == pytest.approx((root - 1) / (root + 1), abs=1e-6)
    assert lock.spectral_radius("best-plain") == pytest.approx((condition - 1) / (condition + 1))
    for lock.momentum in np.linspace(0, 0.99, 34):
        for lock.learning_rate in np.geomspace(0.01, 4, 40):
            floor = "best-plain" if lock.momentum == 0 else "best-momentum"
            assert lock.spectral_radius() >= lock.spectral_radius(floor) - 1e-6


def test_the_loss_stays_below_a_hundredth_from_the_told_step_on() -> None:
    for setting in SETTINGS:
        lock = MomentumLock(**setting)
        for arm in lock.arms:
            steps, losses = lock.steps_to_goal(arm), lock.losses(arm)
            if steps is None or steps > STEPS:
                assert not losses[-1] <= 0.01
            else:
                assert losses[steps - 1] > 0.01
                assert (losses[steps:] <= 0.01).all()


def test_says_never_where_it_diverges_and_many_where_it_takes_long() -> None:
    words = MomentumLock(momentum=0.9, learning_rate=0.3).alt_text()
    assert "never for plain descent at the same effective rate" in words
    slow = MomentumLock(momentum=0, learning_rate=3e-4).alt_text()
    assert f"more than {LONGEST} with momentum" in slow


@pytest.mark.parametrize(("rate", "momentum"), [(0.1, 0.9), (1.0, 0.0), (1.0, 0.5)])
def test_the_noise_floor_is_where_long_runs_end(rate: float, momentum: float) -> None:
    """The mean over many independent runs, long after the start is forgotten."""
    lock = MomentumLock(condition_number=4, learning_rate=rate, momentum=momentum)
    rng = np.random.default_rng(0)
    points = np.broadcast_to(lock.start, (4000, 2))
    velocity = np.zeros_like(points)
    first, scatter = lock.landscape.loss(lock.start), NOISE * lock.start[1]
    late = []
    for step in range(600):
        slopes = points * lock.landscape.spectrum + scatter * rng.normal(size=points.shape)
        velocity = momentum * velocity - rate * slopes
        points = points + velocity
        if step >= 400:
            late.append(lock.landscape.loss(points).mean() / first)
    assert np.mean(late) == pytest.approx(lock.noise_floor(), rel=0.03)


def test_at_the_same_effective_rate_the_floors_are_the_same() -> None:
    lock = MomentumLock(noise="on")
    assert lock.noise_floor() == pytest.approx(lock.noise_floor("same-rate"), rel=0.1)
    assert lock.late_loss() == pytest.approx(lock.late_loss("same-rate"), rel=0.2)
    assert lock.paths().shape == (STEPS + 1, RUNS, 2)
    assert lock.late_loss() == lock.losses()[-LATE:].mean()
    lock.learning_rate = 1.5
    assert lock.noise_floor("same-rate") == np.inf


@pytest.mark.parametrize(
    ("rate", "momentum", "words"),
    [
        (0.5, 0.0, ["over-damped", "over-damped"]),
        (0.03, 0.9, ["over-damped", "oscillating"]),
        (0.3, 0.9, ["oscillating", "oscillating"]),
        (3.81, 0.9, ["oscillating", "diverging"]),
    ],
)
def test_names_the_regime_of_each_direction(rate: float, momentum: float, words: list[str]) -> None:
    lock = MomentumLock(learning_rate=rate, momentum=momentum)
    assert lock.regimes() == words
    assert lock.regime == words[1]
    assert f"{words[0]} in the flat direction, {words[1]} in the steep one" in lock.alt_text()


@pytest.mark.parametrize("noise", ["on", "off"])
def test_every_state_has_a_picture(noise: str) -> None:
    lock = MomentumLock(momentum=0.99, learning_rate=4, condition_number=300, noise=noise)
    figure = lock.figure()
    figure.canvas.draw()
    assert "effective rate η/(1−β) = 400" in figure.get_suptitle()
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)
    assert "nan" not in lock.alt_text()
