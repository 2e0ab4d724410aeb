"""Bad arguments are named and repeated; schedules that are the same are the same."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, asdict, fields

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lrcourse import plotting
from lrcourse.schedules import (
    Constant,
    CosineAnnealing,
    CosineWarmRestarts,
    Cyclic,
    Exponential,
    InverseSquareRoot,
    Joined,
    LinearToZero,
    MultiStep,
    Noam,
    OneCycle,
    Piecewise,
    Plateau,
    PlateauState,
    Polynomial,
    StepDecay,
    WarmupStableDecay,
    from_dict,
    join,
    plot,
    table,
    to_dict,
    warmup,
)
from lrcourse.schedules._serialise import KINDS

TIMES = np.arange(200)

GOOD = {
    **dict.fromkeys(("lr", "max_lr", "threshold"), 0.1),
    **dict.fromkeys(("base_lr", "start"), 0.01),
    **dict.fromkeys(("end_lr", "min_lr", "eps"), 0.0),
    **dict.fromkeys(("gamma", "factor"), 0.5),
    **dict.fromkeys(("power", "scale"), 1.0),
    **dict.fromkeys(("step_size", "step_size_up", "step_size_down", "decay_steps"), 3),
    **dict.fromkeys(("timescale", "period", "warmup_steps", "cooldown_steps"), 3),
    **dict.fromkeys(("patience", "cooldown"), 1),
    **{"total_steps": 30, "d_model": 4, "multiplier": 2, "milestones": (3,), "values": (0.1,)},
    **{"pct_start": 0.3, "div_factor": 25.0, "final_div_factor": 10.0},
    **{"base_momentum": 0.8, "max_momentum": 0.9},
    **{"boundaries": (), "schedules": (Constant(0.1),)},
}
NUMBERS = [
    (kind, field.name, bad)
    for kind in (*KINDS.values(), Plateau)
    for field in fields(kind)
    if field.type in ("float", "int", "int | None")
    for bad in (-1, float("nan"), float("inf"), "much", None, [0.1, 0.2])
    if (field.type, bad) != ("int | None", None)
]


def valid(kind):
    """Return an argument for each field that is a number or has no default."""
    numbers = ("float", "int", "int | None")
    wanted = [f.name for f in fields(kind) if f.type in numbers or f.default is MISSING]
    return {name: GOOD[name] for name in wanted}


@pytest.mark.parametrize(("kind", "name", "bad"), NUMBERS)
def test_every_argument_is_checked_named_and_repeated(kind, name, bad):
    with pytest.raises((TypeError, ValueError), match=re.escape(f"got {bad!r}")) as raised:
        kind(**valid(kind) | {name: bad})
    assert name in str(raised.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MultiStep(0.1, 30), "milestones must be a sequence of integers, got 30"),
        (lambda: MultiStep(0.1, "30"), "milestones must be an integer, got '3'"),
        (lambda: MultiStep(0.1, (3.5,)), "milestones must be an integer, got 3.5"),
        (lambda: MultiStep(0.1, (-1,)), "milestones must be at least 0, got -1"),
        (lambda: Piecewise((1, 2, 3), (5, 5)), "boundaries must increase, got (5, 5)"),
        (lambda: Piecewise((0.1, -2), (5,)), "values must not be negative, got (0.1, -2)"),
        (lambda: Piecewise(0.1, ()), "values must be a sequence of rates, got 0.1"),
        (lambda: Cyclic(0.1, 0.2, 3, mode="square"), "'exp_range', got 'square'"),
        (lambda: OneCycle(0.1, 30, shape="exp"), "shape must be one of 'cos', 'linear', got 'exp'"),
        (lambda: OneCycle(0.1, 30, three_phase=1), "three_phase must be True or False, got 1"),
        (lambda: OneCycle(0.1, 30, 0.6, three_phase=True), "at most 1/2, got 0.6"),
        (lambda: OneCycle(0.1, 30, 1 / 30), "1 / total_steps = 0.0333 and less than 1, got 0.03"),
        (lambda: OneCycle(0.1, 30, div_factor=0.5), "div_factor must be at least 1, got 0.5"),
        (
            lambda: OneCycle(0.1, 30, base_momentum=0.99),
            "base_momentum must be at most max_momentum = 0.95, got 0.99",
        ),
        (
            lambda: WarmupStableDecay(0.1, 9, 3, 3, "exponential"),
            "end_lr of an exponential must be positive, got 0.0",
        ),
        (lambda: Plateau(0.1, threshold=1.0), "threshold must be below 1 if relative, got 1.0"),
        (lambda: Plateau(0.1, mode="down"), "mode must be one of 'min', 'max', got 'down'"),
        (lambda: Plateau(0.1).update(None, 1.0), "state must be a PlateauState, got None"),
        (lambda: Plateau(0.1).update(Plateau(0.1).init(), float("nan")), "metric must be a number"),
        (lambda: Plateau(0.1).update(Plateau(0.1).init(), [1.0]), "metric must be one number"),
        (lambda: join(Constant(0.1), ()), "schedules must be a sequence of schedules"),
        (
            lambda: join((Constant(0.1),), (3,)),
            "schedules must be one longer than boundaries, got 1 for (3,)",
        ),
        (
            lambda: Piecewise((0.1,), (3,)),
            "values must be one longer than boundaries, got (0.1,) for (3,)",
        ),
        (
            lambda: WarmupStableDecay(0.1, 9, 5, 5),
            "warmup_steps + cooldown_steps must be at most total_steps = 9, got 5 + 5",
        ),
        (lambda: Plateau(0.1, factor=1), "factor must be in (0, 1), got 1"),
        (lambda: plot(0.1, 3), "schedule must be a schedule or a mapping to schedules, got 0.1"),
        (lambda: from_dict({"schedule": "Cosine"}), "got {'schedule': 'Cosine'}"),
        (lambda: join((0.1,), ()), "schedules must be a sequence of schedules, got (0.1,)"),
        (lambda: join((Constant(1),) * 2, (0,)), "boundaries must be at least 1, got (0,)"),
        (lambda: join((Constant(1),) * 3, (9, 4)), "boundaries must increase, got (9, 4)"),
        (lambda: warmup(0.1, 5), "schedule must be a schedule, got 0.1"),
        (lambda: warmup(Constant(0.1), 5, start=0.2), "start must be at most lr = 0.1, got 0.2"),
        (lambda: table([], 3), "schedules must not be empty, got []"),
        (lambda: table([0.1], 3), "schedules must be a sequence of schedules, got [0.1]"),
        (lambda: plot({}, 3), "schedule must not be empty, got {}"),
        (lambda: from_dict("Constant"), "data must be a mapping, got 'Constant'"),
        (
            lambda: from_dict({"schedule": "Constant", "lr": 0.1, "speed": 2}),
            "data has no place for ['speed'] in Constant",
        ),
        (lambda: from_dict({"schedule": "Constant", "lr": -2}), "lr must not be negative, got -2"),
    ],
)
def test_what_was_wrong_is_said(make, message):
    with pytest.raises((TypeError, ValueError), match=re.escape(message)):
        make()


def test_a_schedule_of_someone_else_is_not_serialised():
    class Constant(LinearToZero):
        pass

    with pytest.raises(TypeError, match="schedule must be one of Constant"):
        to_dict(Constant(0.1, 5))


def test_a_plateau_rule_and_its_state_are_plain_data():
    rule = Plateau(0.1, factor=0.5, mode="max")
    assert Plateau(**json.loads(json.dumps(asdict(rule)))) == rule
    state = rule.update(rule.init(), 3.0)
    assert PlateauState(**json.loads(json.dumps(asdict(state)))) == state


def test_linear_to_zero_is_a_polynomial_of_power_1():
    np.testing.assert_array_equal(
        LinearToZero(0.3, 77)(TIMES), Polynomial(0.3, 77, power=1.0)(TIMES)
    )


def test_linear_to_zero_keeps_the_last_of_its_steps_above_zero():
    assert LinearToZero(0.1, 100)(99) == pytest.approx(0.001)


def test_step_decay_is_multi_step_at_multiples_and_a_staircase():
    drops = StepDecay(0.1, 20, 0.3)
    milestones = MultiStep(0.1, tuple(range(20, 200, 20)), 0.3)
    np.testing.assert_array_equal(drops(TIMES), milestones(TIMES))
    np.testing.assert_allclose(drops(TIMES), Exponential(0.1, 0.3)(TIMES // 20), rtol=1e-14)


def test_one_period_of_warm_restarts_is_cosine_annealing():
    times = np.arange(50)
    np.testing.assert_array_equal(
        CosineWarmRestarts(0.1, 50, 2, 0.01)(times), CosineAnnealing(0.1, 50, 0.01)(times)
    )


def test_warm_restarts_rise_and_annealing_never_does():
    assert (np.diff(CosineWarmRestarts(0.1, 50)(TIMES)) > 0).sum() == 3
    assert (np.diff(CosineAnnealing(0.1, 50)(TIMES)) > 0).sum() == 0


def test_noam_is_a_warmup_before_the_inverse_square_root_counted_from_1():
    peak = (64 * 40) ** -0.5
    composed = warmup(InverseSquareRoot(peak, 40), 40)
    np.testing.assert_allclose(Noam(64, 40)(TIMES), composed(TIMES + 1), rtol=1e-12)
    n = TIMES + 1.0  # as the paper writes it
    paper = 64**-0.5 * np.minimum(n**-0.5, n * 40**-1.5)
    np.testing.assert_allclose(Noam(64, 40)(TIMES), paper, rtol=1e-12)


@pytest.mark.parametrize(("name", "last"), [("linear", 0.0), ("sqrt", 0.01), ("cosine", 0.0)])
def test_wsd_is_a_join_of_its_phases(name, last):
    schedule = WarmupStableDecay(0.1, 150, 30, 50, name, start=0.02, end_lr=last)
    fall = {
        "linear": lambda u: last + (0.1 - last) * (1 - u),
        "sqrt": lambda u: last + (0.1 - last) * (1 - np.sqrt(u)),
        "cosine": lambda u: last + (0.1 - last) * (1 + np.cos(np.pi * u)) / 2,
    }[name]
    expected = [
        0.02 + 0.08 * t / 30 if t < 30 else 0.1 if t < 100 else fall(min((t - 100) / 50, 1))
        for t in TIMES
    ]
    np.testing.assert_allclose(schedule(TIMES), expected, rtol=1e-12, atol=1e-17)


def test_exponential_cooldown_is_geometric():
    rates = WarmupStableDecay(0.1, 50, 0, 20, "exponential", end_lr=1e-3)(np.arange(30, 51))
    np.testing.assert_allclose(rates[1:] / rates[:-1], 0.01 ** (1 / 20), rtol=1e-12)
    np.testing.assert_allclose(rates[[0, -1]], [0.1, 1e-3], rtol=1e-12)


def test_the_stable_phase_does_not_know_its_end():
    short = WarmupStableDecay(0.1, 100, 10, 20)
    long = WarmupStableDecay(0.1, 10_000, 10, 20)
    np.testing.assert_array_equal(short(np.arange(81)), long(np.arange(81)))


def test_the_inverse_square_root_halves_at_three_timescales():
    assert InverseSquareRoot(0.1, 50)(150) == pytest.approx(0.05)
    assert InverseSquareRoot(0.1, 50)(10**12) > 0


def test_exponential_freezes_before_it_arrives():
    travelled = Exponential(0.1, 0.9)(np.arange(5000)).sum()
    assert travelled == pytest.approx(0.1 / (1 - 0.9))


def test_cyclic_touches_both_levels():
    rates = Cyclic(0.1, 0.5, 10, 5)(TIMES)
    np.testing.assert_allclose(rates[::15], 0.1, rtol=1e-12)
    np.testing.assert_allclose(rates[10::15], 0.5, rtol=1e-12)


def test_one_cycle_is_highest_where_the_momentum_is_lowest():
    for three in (False, True):
        schedule = OneCycle(0.3, 100, 0.25, three_phase=three)
        assert schedule(TIMES).argmax() == schedule.momentum(TIMES).argmin() == 24


def test_joined_can_be_joined_again():
    inner = join((Constant(0.1), Constant(0.2)), (5,))
    assert isinstance(inner, Joined)
    nested = join((inner, Constant(0.3)), (10,))
    flat = join((Constant(0.1), Constant(0.2), Constant(0.3)), (5, 10))
    np.testing.assert_array_equal(nested(TIMES), flat(TIMES))


@pytest.mark.parametrize("named", [False, True])
def test_a_plot_draws_what_the_schedule_says(named):
    schedule = CosineAnnealing(0.1, 40)
    drawn = {"cosine": schedule, "line": LinearToZero(0.1, 40)} if named else schedule
    figure = plot(drawn, 50, unit="epoch")
    (axes,) = figure.axes
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), schedule(np.arange(51)))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "learning rate")
    assert bool(figure.legends) == named
    assert len({line.get_linestyle() for line in axes.lines}) == len(axes.lines)
    assert axes.spines["bottom"].get_edgecolor()[:3] == plt.matplotlib.colors.to_rgb(plotting.INK)
    plt.close(figure)
