"""The budget curve in Python: what it reads from the sweep, its words, its picture."""

from __future__ import annotations

import re

import numpy as np
import pytest
import traitlets

from lrcourse.demos import BudgetCurve
from lrcourse.demos._budget_runs import BUDGETS, RATES, budget_runs
from lrcourse.demos._grid import unpack
from lrcourse.demos.budget_curve import METRICS, steps_until


def test_the_rates_and_the_budgets_rise_and_none_is_there_twice() -> None:
    for numbers in (RATES, BUDGETS):
        assert sorted(set(numbers)) == list(numbers)
        ratios = np.divide(numbers[1:], numbers[:-1])
        assert ratios.max() < 1.35
        assert ratios.min() > 1.15


@pytest.mark.parametrize("metric", METRICS)
def test_the_last_best_rate_is_that_of_the_sweep(metric: str) -> None:
    curve = BudgetCurve(metric=metric, steps=BUDGETS[-1])
    assert curve.best_rate == budget_runs(0).best(metric).learning_rate


@pytest.mark.parametrize("metric", METRICS)
def test_python_and_the_browser_call_the_same_rate_the_best(metric: str) -> None:
    curve = BudgetCurve(metric=metric)
    seen = unpack(curve.runs["grids"][metric]).mean(axis=1) * (-1 if "accuracy" in metric else 1)
    for number, curve.steps in enumerate(BUDGETS):
        assert curve.best_rate == RATES[np.nanargmin(seen[:, number])]


@pytest.mark.parametrize("metric", METRICS)
def test_no_best_rate_lies_at_the_edge(metric: str) -> None:
    for steps in BUDGETS:
        assert RATES[0] < BudgetCurve(metric=metric, steps=steps).best_rate < RATES[-1]


@pytest.mark.parametrize("metric", METRICS)
def test_the_browser_gets_the_sweep_to_half_a_step(metric: str) -> None:
    curve = BudgetCurve(metric=metric)
    packed = curve.runs["grids"][metric]
    values, back = curve.results(), unpack(packed)
    np.testing.assert_array_equal(np.isnan(back), np.isnan(values))
    known = np.isfinite(values) & (values > 0)
    assert np.abs(np.log(back[known] / values[known])).max() < packed["step"] * 0.5001
    assert packed["step"] < 2e-4
    assert (curve.runs["rates"], curve.runs["budgets"]) == (list(RATES), list(BUDGETS))


def test_a_longer_budget_asks_for_a_smaller_rate_by_validation_loss() -> None:
    best = [BudgetCurve(steps=steps).best_rate for steps in (100, 1000, 3200)]
    assert best[0] > 2 * best[1] > 4 * best[2]


def test_the_links_of_the_chapter_show_what_it_says() -> None:
    curve = BudgetCurve(learning_rate=0.032, steps=3200)
    assert curve.best_rate == curve.rate
    curve.steps = 100
    assert curve.best_rate > 5 * curve.rate


def test_the_price_is_about_the_ratio_of_the_rates_on_the_way_down() -> None:
    curve = BudgetCurve(metric="train_loss", learning_rate=0.01, steps=800)
    ratio = curve.best_rate / curve.rate
    assert ratio / 2 < curve.price < 2 * ratio
    curve.learning_rate = curve.best_rate
    # Some other rate may by chance have been there a little sooner.
    assert 1 <= curve.price < 1.5


def test_a_diverged_rate_has_no_price() -> None:
    curve = BudgetCurve(learning_rate=10)
    assert np.isnan(curve.price)
    assert "at rate 10 a run has diverged" in curve.alt_text()


def test_steps_until_runs_straight_over_the_logarithm() -> None:
    series = np.linspace(3, 1, len(BUDGETS))
    assert steps_until(series, 5.0) == BUDGETS[0]
    assert steps_until(series, series[7]) == pytest.approx(BUDGETS[7])
    halfway = (series[7] + series[8]) / 2
    assert steps_until(series, halfway) == pytest.approx(np.sqrt(BUDGETS[7] * BUDGETS[8]))
    assert np.isnan(steps_until(series, 0.5))
    assert np.isnan(steps_until(series, float("nan")))


def test_the_nearest_trained_setting_is_taken() -> None:
    curve = BudgetCurve(learning_rate=0.0107, steps=300)
    assert (curve.rate, curve.budget) == (0.01, 320)


@pytest.mark.parametrize("value", ["luck", "", None, 1, ["val_loss"]])
def test_a_bad_choice_raises_with_its_name_and_value(value: object) -> None:
    message = re.escape(f"metric must be one of {', '.join(METRICS)}, got {value!r}")
    with pytest.raises(traitlets.TraitError, match=message):
        BudgetCurve(metric=value)
    curve = BudgetCurve(metric="train_loss")
    with pytest.raises(traitlets.TraitError, match=message):
        curve.metric = value
    assert curve.metric == "train_loss"


@pytest.mark.parametrize("seed", [-1, 0.5, "1", None])
def test_a_bad_seed_raises(seed: object) -> None:
    with pytest.raises((TypeError, ValueError), match="seed"):
        BudgetCurve(seed=seed)


def test_another_seed_trains_other_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from lrcourse.demos import budget_curve

    asked = []

    def runs(seed: int) -> object:
        asked.append(seed)
        return budget_runs(0)

    monkeypatch.setattr(budget_curve, "budget_runs", runs)
    curve = BudgetCurve()
    curve.seed = 1
    assert asked == [0, 1]


def test_the_browser_is_told_the_words_of_the_choice() -> None:
    state = BudgetCurve().get_state()
    assert state["_limits"]["metric"] == list(METRICS)
    assert state["_initial"]["metric"] == "val_loss"


@pytest.mark.parametrize(
    "settings",
    [{}, {"learning_rate": 10, "steps": 3200}, {"metric": "val_accuracy", "steps": 10}],
)
def test_every_state_has_a_picture(settings: dict[str, object]) -> None:
    curve = BudgetCurve(**settings)
    figure = curve.figure()
    figure.canvas.draw()
    assert f"{curve.budget} steps" in figure.get_suptitle()
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)
