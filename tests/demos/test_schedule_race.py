"""The race in Python: its exact means, its schedules, who wins, the runs of the network."""

from __future__ import annotations

import re
from types import SimpleNamespace

import numpy as np
import pytest
import traitlets

from lrcourse.claims.trials.chapter07 import SCHEDULES
from lrcourse.demos import ScheduleRace
from lrcourse.demos._grid import unpack
from lrcourse.demos._schedule_runs import PEAKS, REPLICATES, SHAPES, preset_runs, train
from lrcourse.demos._schedule_runs import STEPS as NETWORK_STEPS
from lrcourse.demos.schedule_race import (
    BOWL,
    NAMES,
    RATES,
    START,
    STEPS,
    mean_losses,
    network_means,
)


def test_the_exact_mean_is_the_mean_of_many_runs() -> None:
    rates, noise = np.linspace(1.2, 0, 60), 0.2
    rng = np.random.default_rng(7)
    points = np.tile(START, (40_000, 1))
    for rate in rates:
        points -= rate * (points * BOWL.spectrum + noise * rng.normal(size=points.shape))
    losses = 0.5 * points**2 @ BOWL.spectrum
    error = losses.std() / np.sqrt(len(losses))
    assert mean_losses(rates, noise)[-1] == pytest.approx(losses.mean(), abs=4 * error)


def test_a_constant_rate_has_the_floor_of_the_chapter() -> None:
    rate, noise = 0.5, 0.3
    floor = (rate * noise**2 / (2 * (2 - rate * BOWL.spectrum))).sum()
    assert mean_losses(np.full(5000, rate), noise)[-1] == pytest.approx(floor, rel=1e-9)


def test_the_loss_begins_at_one_the_same_in_each_direction() -> None:
    np.testing.assert_allclose(0.5 * BOWL.spectrum * START**2, 0.1)
    assert ScheduleRace().losses()[0] == pytest.approx(1)


def test_rates_side_by_side_are_what_they_are_alone() -> None:
    race = ScheduleRace(schedule="cosine", noise=0.2)
    valley = race.valley()
    for index in (0, 40, 90):
        race.peak = RATES[index]
        assert race.losses()[-1] == pytest.approx(valley[index], rel=1e-12)


def test_single_runs_scatter_around_the_mean() -> None:
    race = ScheduleRace(noise=0.2)
    singles, mean = race.single_losses(), race.losses()
    assert singles.shape == (STEPS + 1, 3)
    np.testing.assert_allclose(singles[0], 1)
    assert 0.5 < singles[200:].mean() / mean[200:].mean() < 2
    race.noise = 0
    np.testing.assert_allclose(race.single_losses(), np.tile(race.losses()[:, None], 3), rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "of_the_trial"),
    [
        ("constant", "constant"),
        ("step", "step"),
        ("exponential", "exponential"),
        ("cosine", "cosine"),
        ("linear", "linear"),
        ("wsd", "warm-up, stay, cool down"),
    ],
)
def test_the_shapes_are_those_of_the_trial(name: str, of_the_trial: str) -> None:
    assert SHAPES[name](600) == SCHEDULES[of_the_trial](600)
    race = ScheduleRace(schedule=name)
    np.testing.assert_array_equal(race.factors(), SHAPES[name](STEPS)(np.arange(STEPS)))


def test_straight_lines_join_the_points() -> None:
    race = ScheduleRace(points=(1, 0.5, 0.5, 0, 1))
    np.testing.assert_allclose(race.factors()[[0, 50, 100, 150, 250, 300, 350]],
                               [1, 0.75, 0.5, 0.5, 0.25, 0, 0.5])  # fmt: skip
    line = ScheduleRace(schedule="linear")
    race.points = (1, 0.75, 0.5, 0.25, 0)
    np.testing.assert_allclose(race.factors(), line.factors(), atol=1e-12)


@pytest.mark.parametrize("noise", [0.04, 0.1, 0.3])
def test_no_valley_has_its_bottom_at_an_edge(noise: float) -> None:
    race = ScheduleRace(noise=noise)
    assert RATES[0] < race.best_constant < RATES[-1]
    for schedule in SHAPES:
        race.schedule = schedule
        assert RATES[0] < race.best_peak < RATES[-1]


def test_the_best_constant_rate_is_a_draw_with_itself() -> None:
    race = ScheduleRace(schedule="constant")
    race.peak = race.best_constant
    assert race.advantage == pytest.approx(1)
    assert race.result == "draw"
    assert race.best_peak == race.best_constant


def test_each_schedule_that_falls_wants_a_higher_peak_than_a_constant_rate() -> None:
    race = ScheduleRace()
    for schedule in set(SHAPES) - {"constant"}:
        race.schedule = schedule
        assert race.best_peak > 1.3 * race.best_constant
    best = {name: max(means, key=means.__getitem__) for name, means in network_means().items()}
    assert all(best[name] > best["constant"] for name in set(SHAPES) - {"constant"})


@pytest.mark.parametrize(
    ("settings", "result"),
    [
        ({}, "win"),
        ({"points": (1, 1, 1, 1, 1)}, "draw"),
        ({"schedule": "linear", "peak": 1.3}, "win"),
        ({"noise": 0}, "loss"),
        ({"schedule": "exponential", "peak": 20}, "diverged"),
        ({"schedule": "exponential", "peak": 4.47}, "win"),
        ({"points": (0, 0, 0, 0, 0)}, "loss"),
    ],
)
def test_the_links_of_the_chapter_show_what_it_says(
    settings: dict[str, object], result: str
) -> None:
    race = ScheduleRace(**settings)
    assert race.result == result
    figure = race.figure()
    figure.canvas.draw()
    assert f"{STEPS} steps" in figure.get_suptitle()
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)
    told = {"win": "schedule wins", "loss": "constant rate wins", "draw": "a draw"}
    assert told.get(result, "ends above its start") in race.alt_text()


def test_what_cannot_be_counted_is_infinite() -> None:
    losses = ScheduleRace(schedule="linear", peak=20).losses()
    assert not np.isnan(losses).any()
    assert np.isinf(losses[-1])


def test_the_browser_gets_the_runs_to_half_a_step() -> None:
    runs = ScheduleRace().runs
    values = preset_runs().metrics["val_accuracy"].reshape(len(SHAPES), len(PEAKS), REPLICATES)
    back = unpack(runs["accuracy"])
    np.testing.assert_array_equal(np.isnan(back), np.isnan(values))
    np.testing.assert_allclose(back, values, rtol=runs["accuracy"]["step"] * 0.51)
    assert (runs["schedules"], runs["peaks"]) == (list(SHAPES), list(PEAKS))


def test_no_peak_of_the_network_is_best_at_an_edge() -> None:
    for means in network_means().values():
        assert PEAKS[0] < max(means, key=means.__getitem__) < PEAKS[-1]


def test_the_drawing_is_trained_when_the_browser_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def few(factors: list[np.ndarray]) -> object:
        seen.extend(factors)
        return preset_runs_of("linear")

    monkeypatch.setitem(ScheduleRace.train_drawing.__globals__, "train", few)
    race = ScheduleRace(points=(1, 0.75, 0.5, 0.25, 0))
    race._asked = list(race.points)
    np.testing.assert_allclose(seen[0], 1 - np.arange(NETWORK_STEPS) / NETWORK_STEPS, atol=1e-12)
    assert race.runs["points"] == list(race.points)
    assert unpack(race.runs["drawn"]).shape == (1, len(PEAKS), REPLICATES)


def preset_runs_of(name: str) -> SimpleNamespace:
    """Return the accuracies of one schedule as `train` does, without training."""
    first = list(SHAPES).index(name) * len(PEAKS) * REPLICATES
    accuracy = preset_runs().metrics["val_accuracy"][first : first + len(PEAKS) * REPLICATES]
    return SimpleNamespace(metrics={"val_accuracy": accuracy})


@pytest.mark.slow
def test_a_schedule_trains_the_same_alone() -> None:
    alone = train([SHAPES["cosine"](NETWORK_STEPS)(np.arange(NETWORK_STEPS))])
    np.testing.assert_array_equal(
        alone.metrics["val_accuracy"], preset_runs_of("cosine").metrics["val_accuracy"]
    )


@pytest.mark.parametrize("value", [(1, 2), (1, 1, 1, 1, 1.1), "11111", None, (1, 1, 1, 1, "1")])
def test_bad_points_raise_with_their_value(value: object) -> None:
    message = re.escape(f"points must be 5 numbers from 0 to 1, got {value!r}")
    with pytest.raises(traitlets.TraitError, match=message):
        ScheduleRace(points=value)


def test_the_browser_is_told_the_limits() -> None:
    limits = ScheduleRace().get_state()["_limits"]
    assert limits["points"] == [[0, 1]] * 5
    assert limits["schedule"] == list(NAMES)
