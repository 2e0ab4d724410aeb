"""The noise floor in Python: the formula against runs, decay, words, picture."""

from __future__ import annotations

import numpy as np
import pytest
import traitlets

from lrcourse.demos import NoiseFloor
from lrcourse.demos.noise_floor import CURVATURES, RUNS, START, STEPS, floors


@pytest.mark.parametrize("rate", [0.05, 0.4, 1.5])
@pytest.mark.parametrize("batch", [1, 16])
def test_the_runs_stay_where_the_formula_says(rate: float, batch: int) -> None:
    demo = NoiseFloor(learning_rate=rate, batch_size=batch)
    assert demo.result == "at the floor"
    assert demo.measured == pytest.approx(demo.floor, rel=0.05)
    spread = demo.path()[STEPS // 2 :].std(axis=(0, 1))
    np.testing.assert_allclose(spread, demo.deviations, rtol=0.05)


def test_the_floor_is_that_of_each_direction() -> None:
    """The stationary variance v of a direction solves v = (1 - ηλ)² v + η²σ²/B."""
    rate, batch = 0.7, 4
    shrink = (1 - rate * CURVATURES) ** 2
    variance = rate**2 / batch / (1 - shrink)
    np.testing.assert_allclose(floors(rate, batch), CURVATURES / 2 * variance)


def test_half_the_rate_is_about_half_the_floor_and_twice_the_way() -> None:
    whole, half = NoiseFloor(learning_rate=0.1), NoiseFloor(learning_rate=0.05)
    assert whole.floor / half.floor == pytest.approx(2, rel=0.03)
    assert whole.arrival
    assert half.arrival
    assert half.arrival / whole.arrival == pytest.approx(2, rel=0.2)


def test_decay_gets_below_any_floor_of_its_rate() -> None:
    demo = NoiseFloor(schedule="decay")
    assert demo.result == "below the floor"
    assert demo.rates()[0] == demo.learning_rate
    assert (np.diff(demo.rates()) < 0).all()


def test_a_rate_that_is_too_small_is_still_on_the_way() -> None:
    demo = NoiseFloor(learning_rate=0.02, batch_size=256)
    assert demo.result == "on the way"


def test_all_runs_begin_at_the_same_place() -> None:
    path = NoiseFloor().path()
    assert path.shape == (STEPS + 1, RUNS, 2)
    assert (path[0] == START).all()
    assert (path[1] != path[1, 0]).any()


def test_a_batch_is_a_whole_number() -> None:
    with pytest.raises(traitlets.TraitError, match=r"batch_size must be a whole number, got 1\.5"):
        NoiseFloor(batch_size=1.5)


@pytest.mark.parametrize(
    "settings", [{}, {"learning_rate": 0.02}, {"learning_rate": 1.9}, {"schedule": "decay"}]
)
def test_words_and_picture_are_those_of_the_state(settings: dict[str, object]) -> None:
    demo = NoiseFloor(**settings)
    assert demo.alt_text().count(demo.result.capitalize()) == 1
    figure = demo.figure()
    figure.canvas.draw()
    assert demo.result.capitalize() in figure.get_suptitle()
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)
