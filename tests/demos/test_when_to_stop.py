"""When to stop in Python: what it reads from the sweeps, its rule, its words, its picture."""

from __future__ import annotations

import re

import numpy as np
import pytest
import traitlets

from lrcourse.demos import WhenToStop
from lrcourse.demos._grid import unpack
from lrcourse.demos._stopping_runs import CHECKS, METRICS, RATES, REPLICATES, steps_between
from lrcourse.demos.when_to_stop import AXES, NAMES, stop
from lrcourse.monitoring import EarlyStopping


def test_every_rate_goes_equally_far() -> None:
    for rate in RATES:
        assert steps_between(rate) * rate == pytest.approx(1)


@pytest.mark.parametrize("metric", METRICS)
def test_the_browser_gets_the_sweeps_to_half_a_step(metric: str) -> None:
    demo = WhenToStop()
    packed, values = demo.runs["grids"][metric], demo.results(metric)
    assert values.shape == (len(RATES), REPLICATES, CHECKS + 1)
    assert np.isfinite(values).all()
    assert np.abs(np.log(unpack(packed) / values)).max() < packed["step"] * 0.5001
    assert packed["step"] < 1e-4


@pytest.mark.parametrize("watch", NAMES)
def test_rounding_for_the_browser_changes_no_stop(watch: str) -> None:
    demo = WhenToStop(watch=watch)
    rounded = unpack(demo.runs["grids"][watch])
    for patience in range(1, 21):
        demo.patience = patience
        for place, found in np.ndenumerate(demo.stops()):
            assert stop(rounded[place], demo.rule) == found


def test_the_rule_stops_and_keeps_as_it_says() -> None:
    curve = np.array([3.0, 2.0, 2.5, 1.0, 1.5, 1.2, 1.4, 0.5])
    assert stop(curve, EarlyStopping(1)) == (2, 1)
    assert stop(curve, EarlyStopping(3)) == (6, 3)
    assert stop(curve, EarlyStopping(4)) == (None, 7)
    assert stop(-curve, EarlyStopping(3, mode="max")) == (6, 3)


def test_the_rate_changes_how_soon_and_not_how_well() -> None:
    demo = WhenToStop(patience=10)
    steady = slice(RATES.index(0.01), RATES.index(0.2) + 1)
    losses = demo.kept_values("val_loss").mean(axis=1)[steady]
    steps = demo.kept_steps().mean(axis=1)[steady]
    assert np.ptp(losses) < 0.01
    assert np.polyfit(np.log(RATES[steady]), np.log(steps), 1)[0] == pytest.approx(-1, abs=0.1)


def test_the_text_of_the_chapter_about_its_links_is_true() -> None:
    hasty, patient = (WhenToStop(learning_rate=0.5, patience=p) for p in (1, 10))
    high = RATES.index(0.5)
    assert hasty.cost > patient.cost
    losses = [demo.kept_values("val_loss")[high].mean() for demo in (hasty, patient)]
    assert losses[0] > losses[1] + 0.1
    assert patient.kept_values("val_loss").mean(axis=1).argmax() == len(RATES) - 1
    by_accuracy = WhenToStop(learning_rate=0.01, patience=10, watch="val_accuracy")
    assert by_accuracy.kept_step > 2 * WhenToStop(learning_rate=0.01, patience=10).kept_step


def test_what_it_costs_is_measured_against_the_best_of_the_run() -> None:
    demo = WhenToStop(learning_rate=0.5, patience=1)
    curve = demo.results("val_loss")[RATES.index(0.5), 0]
    assert demo.best_step == 2 * int(curve.argmin())
    assert demo.cost == pytest.approx(curve[demo.kept_step // 2] - curve.min())
    assert demo.stopped_step == demo.kept_step + 2


@pytest.mark.parametrize("value", ["luck", "", None, 1])
@pytest.mark.parametrize("name", ["axis", "watch"])
def test_a_bad_choice_raises_with_its_name_and_value(name: str, value: object) -> None:
    words = ", ".join(AXES if name == "axis" else NAMES)
    message = re.escape(f"{name} must be one of {words}, got {value!r}")
    with pytest.raises(traitlets.TraitError, match=message):
        WhenToStop(**{name: value})


@pytest.mark.parametrize("seed", [-1, 0.5, "1", None])
def test_a_bad_seed_raises(seed: object) -> None:
    with pytest.raises((TypeError, ValueError), match="seed"):
        WhenToStop(seed=seed)


def test_a_metric_that_is_none_raises() -> None:
    with pytest.raises(ValueError, match=r"metric must be one of .*, got 'luck'"):
        WhenToStop().results("luck")


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("watch", NAMES)
def test_every_state_has_a_picture_and_words(axis: str, watch: str) -> None:
    demo = WhenToStop(axis=axis, watch=watch, patience=20)
    figure = demo.figure()
    figure.canvas.draw()
    assert f"keeps step {demo.kept_step}" in figure.get_suptitle()
    assert all(axes.get_xlabel() == AXES[axis] and axes.get_ylabel() for axes in figure.axes)
    assert f"keeps step {demo.kept_step}: {NAMES[watch]}" in demo.alt_text()
