"""The finders' demo in Python: its rules against `lrcourse.finder`, its sweep, its words."""

from __future__ import annotations

import re

import numpy as np
import pytest
import traitlets

from lrcourse.claims.trials.chapter08 import STEPS
from lrcourse.claims.trials.chapter08 import TASKS as TRIED
from lrcourse.demos import FinderRules
from lrcourse.demos._finder_runs import (
    LENGTHS,
    RATES,
    REPLICATES,
    TASKS,
    TESTS,
    as_stopped,
    finder_runs,
    ramp_of,
)
from lrcourse.demos._grid import unpack
from lrcourse.demos.finder_rules import AS_GOOD, RULE_NAMES, read, reading_of
from lrcourse.finder import RULES, ema, smooth_log_lr, suggest
from lrcourse.finder._range_test import _BlowUp

EVERY_TEST = [(task, length) for task in TASKS for length in LENGTHS]


def test_all_rules_are_there_in_their_order() -> None:
    assert list(RULE_NAMES) == list(RULES)


@pytest.mark.parametrize(("task", "length"), EVERY_TEST)
def test_with_the_published_smoothing_the_rules_are_those_of_the_finder(
    task: str, length: int
) -> None:
    for test in finder_runs(task, 0).tests[length]:
        for rule in RULES:
            assert read(test, rule, 1.0) == suggest(test, rule), rule


@pytest.mark.parametrize("smoothing", [0.1, 0.5, 3.0])
def test_another_smoothing_goes_to_the_averages_of_the_finder(smoothing: float) -> None:
    test = finder_runs("digits", 0).tests[100][0]
    lagging, window = (reading_of(test, kind, smoothing) for kind in (True, False))
    assert lagging
    assert window
    momentum = 1 - 0.02 / smoothing
    fine = test.losses[np.isfinite(test.losses)]
    expected = ema(fine, momentum=momentum)[10 : len(test.losses) - 5]
    np.testing.assert_array_equal(lagging.losses, expected)
    rates = test.learning_rates[: len(fine)]
    expected = smooth_log_lr(rates, fine, decades=0.2 * smoothing)
    np.testing.assert_array_equal(window.losses, expected)


@pytest.mark.parametrize("losses", [[2.0] * 60 + [50.0] * 40, [2.0] * 9 + [np.inf] + [1.0] * 90])
def test_a_climb_stops_where_the_range_test_would(losses: list[float]) -> None:
    blown_up = _BlowUp(ramp_of(100).stop_factor)
    end = next(i for i, loss in enumerate(losses, 1) if blown_up(loss))
    test = as_stopped(np.array(losses), ramp_of(100))
    assert len(test.losses) == len(test.learning_rates) == end < 100
    assert test.stopped_early


def test_a_climb_that_does_not_blow_up_goes_to_the_top() -> None:
    test = as_stopped(np.linspace(2, 1, 50), ramp_of(50))
    assert (len(test.losses), test.stopped_early) == (50, False)


@pytest.mark.parametrize("task", TASKS)
def test_the_browser_gets_the_sweep_to_half_a_step_and_the_range_tests_exactly(task: str) -> None:
    demo = FinderRules(task=task)
    sent = demo.runs["tasks"][task]
    values, back = demo.losses(), unpack(sent["losses"])
    assert values.shape == (len(RATES), REPLICATES)
    assert np.abs(np.log(back / values)).max() < sent["losses"]["step"] * 0.5001
    assert sent["losses"]["step"] < 1e-4
    for length, packed in zip(LENGTHS, sent["tests"], strict=True):
        tests = finder_runs(task, 0).tests[length]
        assert (len(tests), packed["ends"]) == (TESTS, [len(test.losses) for test in tests])
        losses = np.frombuffer(packed["data"], "<f4")
        np.testing.assert_array_equal(losses, np.concatenate([test.losses for test in tests]))


def test_the_sweep_is_that_of_the_trial_task() -> None:
    words = np.random.SeedSequence(0).generate_state(1)
    task = TRIED[TASKS["digits"]]
    again = task.sweep(RATES[[24, 30]], STEPS, [int(words[0])], checkpoints=(0, STEPS))
    first, last = again.metrics["val_loss"].T
    np.testing.assert_allclose(finder_runs("digits", 0).losses[[24, 30], 0], np.fmin(first, last))


@pytest.mark.parametrize("task", TASKS)
def test_the_good_interval_ends_where_the_loss_is_a_tenth_above_the_least(task: str) -> None:
    demo = FinderRules(task=task)
    low, high = demo.good
    assert RATES[0] < low < demo.best_rate < high < RATES[-1]
    assert demo.regret(demo.best_rate) == pytest.approx(1)
    for edge, outwards in ((low, 0.9), (high, 1.1)):
        assert demo.regret(edge) == pytest.approx(AS_GOOD)
        assert demo.regret(edge * outwards) > AS_GOOD > demo.regret(edge / outwards)


def test_the_loss_runs_straight_over_the_logarithm_and_ends_with_the_sweep() -> None:
    demo = FinderRules()
    means = demo.losses().mean(axis=1)
    between = float(np.sqrt(RATES[20] * RATES[21]))
    assert demo.loss_at(between) == pytest.approx((means[20] + means[21]) / 2)
    assert demo.loss_at(1e-9) == means[0]
    assert demo.loss_at(1e3) == means[-1]


def test_the_links_of_the_chapter_show_what_it_says() -> None:
    demo = FinderRules()
    assert demo.verdict == "Too high"
    sgd = demo.regret(demo.suggestion.learning_rate) if demo.suggestion else np.nan
    demo.task = "digits-adam"
    assert demo.verdict == "Too high"
    assert demo.suggestion
    assert demo.regret(demo.suggestion.learning_rate) > 2 * sgd
    demo.task, demo.rule = "spirals", "steepest"
    demo.test = 2
    assert demo.verdict == "Good"
    demo.test, demo.ramp_steps = 1, 50
    assert (demo.suggestion, demo.verdict) == (None, "No answer")
    assert "reads nothing" in demo.alt_text()


def test_length_and_lag_move_the_readings_as_the_chapter_says() -> None:
    def rate(**settings: object) -> float:
        found = FinderRules(**settings).suggestion
        assert found
        return found.learning_rate

    assert rate(rule="slide", ramp_steps=400) > 100 * rate(rule="slide", ramp_steps=50)
    third = {"rule": "minimum_over_three"}
    assert 1 < rate(**third, ramp_steps=50) / rate(**third, ramp_steps=400) < 3
    lagging = {"rule": "minimum_over_ten"}
    assert rate(**lagging, smoothing=4) > 1.5 * rate(**lagging, smoothing=0.05)


def test_the_tournament_finds_rates_that_are_good() -> None:
    for task in TASKS:
        low, rate, high = finder_runs(task, 0).race
        assert low < rate < high
        good = FinderRules(task=task).good
        assert good[0] < rate < good[1]


@pytest.mark.parametrize("name", ["task", "rule"])
@pytest.mark.parametrize("value", ["luck", "", None, 1])
def test_a_bad_choice_raises_with_its_name_and_value(name: str, value: object) -> None:
    with pytest.raises(traitlets.TraitError, match=f"{name} must be one of .*{value!r}"):
        FinderRules(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"), [("ramp_steps", 49), ("smoothing", 0), ("test", 7), ("test", "1")]
)
def test_a_number_out_of_range_raises_with_its_name_and_value(name: str, value: object) -> None:
    message = f"{name} must be a number from .* got {re.escape(repr(value))}"
    with pytest.raises(traitlets.TraitError, match=message):
        FinderRules(**{name: value})


@pytest.mark.parametrize("seed", [-1, 0.5, "1", None])
def test_a_bad_seed_raises(seed: object) -> None:
    with pytest.raises((TypeError, ValueError), match="seed"):
        FinderRules(seed=seed)


def test_another_seed_trains_other_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from lrcourse.demos import finder_rules

    asked = set()

    def runs(task: str, seed: int) -> object:
        asked.add((task, seed))
        return finder_runs(task, 0)

    monkeypatch.setattr(finder_rules, "finder_runs", runs)
    demo = FinderRules()
    demo.seed = 1
    assert asked == {(task, seed) for task in TASKS for seed in (0, 1)}


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"task": "spirals", "rule": "steepest", "ramp_steps": 50},
        {"task": "digits-adam", "rule": "minimum_over_ten", "smoothing": 4, "test": 6},
    ],
)
def test_every_state_has_a_picture(settings: dict[str, object]) -> None:
    demo = FinderRules(**settings)
    figure = demo.figure()
    figure.canvas.draw()
    assert RULE_NAMES[demo.rule] in figure.get_suptitle()
    assert all(axes.get_ylabel() for axes in figure.axes)
