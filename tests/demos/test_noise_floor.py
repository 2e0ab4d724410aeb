"""The runs in Python: the formula of the trial, its two proportions, decay, words and picture."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.claims.trials.chapter04 import predicted_floor
from lrcourse.demos import NoiseFloor
from lrcourse.demos._noise import normals
from lrcourse.demos.noise_floor import CURVATURES, RUNS, START, STEPS

RATES = (0.02, 0.1, 0.4, 1.0, 1.9)


@pytest.mark.parametrize("learning_rate", RATES)
@pytest.mark.parametrize("batch_size", [1, 64])
def test_the_floor_is_the_formula_of_the_trial(learning_rate: float, batch_size: int) -> None:
    noise = NoiseFloor(learning_rate=learning_rate, batch_size=batch_size)
    parts = [predicted_floor(learning_rate, c, batch_size=batch_size) for c in CURVATURES]
    assert noise.floor == pytest.approx(sum(parts), rel=1e-12)
    # A run that stays at the floor has ½λ times its variance as loss, in each direction.
    np.testing.assert_allclose(0.5 * CURVATURES * noise.deviations**2, parts, rtol=1e-12)


@pytest.mark.parametrize("learning_rate", RATES)
def test_runs_at_a_constant_rate_end_at_the_floor(learning_rate: float) -> None:
    noise = NoiseFloor(learning_rate=learning_rate)
    assert noise.measured == pytest.approx(noise.floor, rel=0.03)
    assert noise.result == "at the floor"
    spread = noise.path()[STEPS // 2 :].std(axis=(0, 1))
    np.testing.assert_allclose(spread, noise.deviations, rtol=0.05)


def test_a_batch_of_16_has_a_sixteenth_of_the_noise() -> None:
    single, larger = NoiseFloor(), NoiseFloor(batch_size=16)
    assert single.measured / larger.measured == pytest.approx(16, rel=0.01)


def test_half_the_rate_takes_twice_the_steps() -> None:
    steps = [NoiseFloor(learning_rate=rate).arrival for rate in (0.1, 0.05)]
    assert steps == [pytest.approx(17), pytest.approx(2 * 17, abs=1)]
    assert NoiseFloor(learning_rate=1.9).arrival is None


def test_the_steps_are_those_of_the_formula() -> None:
    noise = NoiseFloor(learning_rate=0.3, batch_size=4, schedule="decay")
    points = np.tile(START, (RUNS, 1))
    kicks = normals(STEPS * RUNS * 2, seed=0).reshape(STEPS, RUNS, 2)
    for step in range(STEPS):
        rate = 0.3 / (1 + 0.3 * 0.25 * step / 2)
        points = points - rate * (np.array([0.25, 1.0]) * points + kicks[step] / 2)
    path = noise.path()
    assert path.shape == (STEPS + 1, RUNS, 2)
    np.testing.assert_allclose(path[-1], points, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        noise.losses()[-1], 0.125 * points[:, 0] ** 2 + 0.5 * points[:, 1] ** 2, rtol=1e-9
    )


def test_decay_goes_below_the_floor_of_every_rate_of_the_slider() -> None:
    lowest = NoiseFloor(learning_rate=0.02).floor
    for rate in (0.1, 0.4, 1.9):
        noise = NoiseFloor(learning_rate=rate, schedule="decay")
        assert noise.result == "below the floor"
        assert noise.measured < lowest / 2


def test_a_run_that_decays_too_early_does_not_arrive() -> None:
    noise = NoiseFloor(learning_rate=0.02, batch_size=256, schedule="decay")
    assert noise.result == "on the way"
    assert noise.measured > 100 * noise.floor


@pytest.mark.parametrize("schedule", ["constant", "decay"])
@pytest.mark.parametrize("learning_rate", [0.02, 1.9])
def test_every_state_has_words_and_a_picture(schedule: str, learning_rate: float) -> None:
    noise = NoiseFloor(learning_rate=learning_rate, batch_size=256, schedule=schedule)
    text = noise.alt_text()
    assert f"{noise.result.capitalize()}: " in text
    assert f"is {noise.measured:.3g};" in text
    figure = noise.figure()
    figure.canvas.draw()
    assert figure.get_suptitle().startswith(noise.result.capitalize())
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)


def test_says_when_a_loss_of_one_never_comes() -> None:
    assert "The mean loss never comes down to 1." in NoiseFloor(learning_rate=1.9).alt_text()
    assert "The mean loss takes 5 steps to come down to 1." in NoiseFloor().alt_text()
