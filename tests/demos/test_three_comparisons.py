"""The three comparisons in Python: where runs are compared, the intervals, the picture."""

from __future__ import annotations

import re

import numpy as np
import pytest
import traitlets

from lrcourse.demos import ThreeComparisons
from lrcourse.demos._comparison_runs import (
    BUDGETS,
    LARGE_RATES,
    LOOKS,
    REPLICATES,
    SHARES,
    SMALL_RATES,
    _few_digits,
    comparison_runs,
)
from lrcourse.demos._grid import unpack
from lrcourse.demos.three_comparisons import COMPARISONS, METRICS, RATES, Looks, compare
from lrcourse.statistics import paired_interval

STEPS = np.array([0, 10, 20])
FALLING = Looks(STEPS, np.array([[2.0, 1.5, 1.0]] * 2), np.array([[0.1, 0.4, 0.3]] * 2))
STEEPER = Looks(STEPS, np.array([[2.0, 0.5, 0.6]] * 2), np.array([[0.1, 0.7, 0.6]] * 2))


def test_looks_and_rates_rise() -> None:
    for numbers in (LOOKS, BUDGETS, RATES):
        assert sorted(set(numbers)) == list(numbers)
    assert LOOKS[-len(BUDGETS) :] == BUDGETS
    assert max(SMALL_RATES) < min(LARGE_RATES)


def test_equal_steps_takes_the_ends() -> None:
    slow, fast = compare(FALLING, STEEPER, "steps")
    assert (slow.steps[0], slow.accuracy[0]) == (20, 0.3)
    assert (fast.steps[0], fast.accuracy[0]) == (20, 0.6)


def test_best_takes_the_best_look_of_each_rate() -> None:
    slow, fast = compare(FALLING, STEEPER, "best")
    assert (slow.steps[0], slow.accuracy[0]) == (10, 0.4)
    assert (fast.steps[0], fast.accuracy[0]) == (10, 0.7)


def test_no_run_chooses_its_own_stopping_point() -> None:
    accuracy = np.array([[0.1, 0.9, 0.5], [0.1, 0.5, 0.6], [0.1, 0.5, 0.6]])
    runs = Looks(STEPS, np.ones((3, 3)), accuracy)
    points, _ = compare(runs, runs, "best")
    assert points.accuracy.tolist() == [0.5, 0.5, 0.5]


def test_equal_loss_takes_the_lowest_loss_that_both_reach() -> None:
    for pair in ((FALLING, STEEPER), (STEEPER, FALLING)):
        for points in compare(*pair, "loss"):
            np.testing.assert_allclose(points.loss, 1.0)
    slow, fast = compare(FALLING, STEEPER, "loss")
    assert (slow.steps[0], slow.accuracy[0]) == pytest.approx((20, 0.3))
    assert (fast.steps[0], fast.accuracy[0]) == pytest.approx((20 / 3, 0.5))


def test_a_run_that_never_improves_is_compared_where_it_began() -> None:
    rising = Looks(STEPS, np.array([[2.0, 3.0, 4.0]] * 2), np.array([[0.1, 0.2, 0.3]] * 2))
    for points in compare(FALLING, rising, "loss"):
        np.testing.assert_array_equal(points.steps, 0)


@pytest.mark.parametrize("steps", [BUDGETS[0], 512, BUDGETS[-1]])
@pytest.mark.parametrize("noise", SHARES)
def test_at_equal_loss_the_losses_are_equal(noise: str, steps: int) -> None:
    for rate in LARGE_RATES:
        demo = ThreeComparisons(comparison="loss", label_noise=noise, large_rate=rate, steps=steps)
        small, large = demo.compared()
        np.testing.assert_allclose(small.loss, large.loss, rtol=1e-12)
        assert (np.maximum(small.steps, large.steps) <= steps).all()


def test_equal_steps_are_what_the_sweep_says() -> None:
    demo = ThreeComparisons(small_rate=0.014, large_rate=0.07, steps=512)
    metrics = comparison_runs("some", 0).metrics["val_accuracy"]
    accuracy = metrics.reshape(len(RATES), REPLICATES, len(LOOKS))[:, :, LOOKS.index(512)]
    expected = paired_interval(accuracy[RATES.index(0.014)], accuracy[RATES.index(0.07)])
    assert demo.difference == expected
    assert expected.n == REPLICATES


def test_the_sign_changes_with_the_comparison_and_with_the_labels() -> None:
    demo = ThreeComparisons()
    assert demo.difference.low > 0
    demo.comparison = "best"
    assert demo.difference.high < 0
    demo.comparison = "loss"
    assert demo.difference.low < 0 < demo.difference.high < 0.03
    demo.comparison, demo.label_noise = "steps", "none"
    assert demo.difference.high < 0


def test_the_other_links_of_the_chapter_show_what_it_says() -> None:
    assert ThreeComparisons(steps=256).difference.high < 0
    for way in COMPARISONS:
        assert ThreeComparisons(small_rate=0.02, comparison=way).difference.low > 0
    late = ThreeComparisons(steps=2048, comparison="best")
    small_lead = late.difference
    late.comparison = "steps"
    assert 0 < small_lead.low < small_lead.high < late.difference.low / 3


def test_only_training_labels_are_wrong_and_pairs_share_their_digits() -> None:
    clean, noisy = _few_digits(0.0, 5), _few_digits(SHARES["some"], 5)
    np.testing.assert_array_equal(clean.train.inputs, noisy.train.inputs)
    np.testing.assert_array_equal(clean.validation.targets, noisy.validation.targets)
    changed = (clean.train.targets != noisy.train.targets).mean()
    assert 0.3 < changed < 0.4  # one in ten is drawn as it was


@pytest.mark.parametrize("noise", SHARES)
@pytest.mark.parametrize("metric", METRICS)
def test_the_browser_gets_the_sweep_to_half_a_step(metric: str, noise: str) -> None:
    demo = ThreeComparisons(label_noise=noise)
    packed = demo.runs["grids"][noise][metric]
    values, back = demo.results(metric), unpack(packed)
    assert values.shape == back.shape == (len(RATES), REPLICATES, len(LOOKS))
    assert np.isfinite(values).all()
    known = values > 0
    assert np.abs(np.log(back[known] / values[known])).max() < packed["step"] * 0.5001
    assert packed["step"] < 2e-4


def test_the_nearest_trained_setting_is_taken() -> None:
    demo = ThreeComparisons(small_rate=0.0055, large_rate=0.11, steps=500)
    assert (demo.rates, demo.budget) == ((0.005, 0.1), 512)


def test_the_words_name_every_comparison() -> None:
    words = ThreeComparisons().alt_text()
    for name in COMPARISONS.values():
        assert re.search(rf"{name}: [+-]\d+\.\d points", words)
    assert "40% of its training labels drawn anew" in words
    assert "with true labels" in ThreeComparisons(label_noise="none").alt_text()


@pytest.mark.parametrize("name", ["comparison", "label_noise"])
@pytest.mark.parametrize("value", ["luck", "", None, 1])
def test_a_bad_choice_raises_with_its_name_and_value(name: str, value: object) -> None:
    with pytest.raises(traitlets.TraitError, match=re.escape(f"{name} must be one of")):
        ThreeComparisons(**{name: value})


@pytest.mark.parametrize("seed", [-1, 0.5, "1", None])
def test_a_bad_seed_raises(seed: object) -> None:
    with pytest.raises((TypeError, ValueError), match="seed"):
        ThreeComparisons(seed=seed)


def test_an_unknown_metric_raises() -> None:
    with pytest.raises(ValueError, match=r"metric must be one of .*, got 'val_loss'"):
        ThreeComparisons().results("val_loss")


def test_another_seed_trains_other_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from lrcourse.demos import three_comparisons

    asked = []

    def runs(label_noise: str, seed: int) -> object:
        asked.append(seed)
        return comparison_runs(label_noise, 0)

    monkeypatch.setattr(three_comparisons, "comparison_runs", runs)
    demo = ThreeComparisons()
    demo.seed = 1
    assert set(asked[: len(asked) // 2]) == {0}
    assert set(asked[len(asked) // 2 :]) == {1}


@pytest.mark.parametrize("comparison", COMPARISONS)
@pytest.mark.parametrize("settings", [{}, {"label_noise": "none", "steps": 64}])
def test_every_state_has_a_picture(comparison: str, settings: dict[str, object]) -> None:
    demo = ThreeComparisons(comparison=comparison, **settings)
    figure = demo.figure()
    figure.canvas.draw()
    assert f"{demo.budget} steps" in figure.get_suptitle()
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)
