"""Each row of the atlas against values that the library itself computed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import lrcourse.schedules
from lrcourse.schedules import (
    ATLAS,
    LIBRARIES,
    Constant,
    CosineAnnealing,
    CosineWarmRestarts,
    CosineWarmup,
    Exponential,
    LinearWarmup,
    MultiStep,
    OneCycle,
    Piecewise,
    Plateau,
    Polynomial,
    StepDecay,
    WarmupStableDecay,
    golden_values,
    join,
    warmup,
)

GOLDEN = {library: golden_values(library) for library in ("keras", "optax", "timm", "fastai")}
WARM = warmup(CosineAnnealing(0.1, 40, 0.001), 10)
OURS = {
    "Constant": Constant(0.1),
    "StepDecay": StepDecay(0.1, 10, 0.5),
    "MultiStep": MultiStep(0.1, (10, 30), 0.5),
    "Piecewise": Piecewise((0.1, 0.03, 0.01), (10, 30)),
    "Exponential": Exponential(0.1, 0.5, 10),
    "Polynomial": Polynomial(0.1, 40, 2.0, 0.001),
    "CosineAnnealing": CosineAnnealing(0.1, 40, 0.001),
    "CosineWarmRestarts": CosineWarmRestarts(0.1, 10, 2, 0.001),
    "LinearWarmup": LinearWarmup(0.1, 10),
    "warmup": WARM,
    "warmup, prefix": WARM,
    "OneCycle": OneCycle(0.1, 40),
    "CosineWarmRestarts, fastai": CosineWarmRestarts(0.1, 10, 2),
    "WarmupStableDecay, fastai": WarmupStableDecay(0.1, 40, 0, 10, "cosine", end_lr=0.1 / 1e5),
    **{
        f"WarmupStableDecay, {theirs}": WarmupStableDecay(0.1, 50, 10, 20, ours, end_lr=0.001)
        for theirs, ours in (("linear", "linear"), ("1-sqrt", "sqrt"), ("cosine", "cosine"))
    },
}
ROWS = {(row.schedule, row.library): row for row in ATLAS if row.schedule != "as_torch"}
CASES = [
    (library, name)
    for library, data in GOLDEN.items()
    for name in data["values"]
    if not name.startswith("Plateau") and "momentum" not in name
]
# timm computes in Python floats as we do, Keras holds π and fastai a share of time in float32
PRECISION = {"keras": 2e-6, "optax": 1e-12, "timm": 1e-13, "fastai": 1e-5}


def optax_warmup(t):
    """The cosine takes decay_steps - warmup_steps."""
    return warmup(CosineAnnealing(0.1, 30, 0.001), 10)(t)


def timm_warmup(t):
    """The cosine began at 0, and is entered at step 10."""
    return np.where(t < 10, LinearWarmup(0.1, 10)(t), CosineAnnealing(0.1, 40, 0.001)(t))


def optax_one_cycle(t):
    """The peak at int(0.3 * 40), the end at 40."""
    end = 0.1 / 25 / 1e4
    phases = (CosineWarmup(0.1, 12, 0.1 / 25), CosineAnnealing(0.1, 28, end))
    return join(phases, (12,))(t)


def fastai_one_cycle(t):
    """The peak after a quarter, the end, which no step is given, at 40."""
    phases = (CosineWarmup(0.1, 10, 0.1 / 25), CosineAnnealing(0.1, 30, 0.1 / 1e5))
    return join(phases, (10,))(t)


def fastai_restarts(t):
    """30/70 rounds to just below 10/70 + 20/70 in float32: the restart at 30 comes at 31."""
    return np.where(t == 30, 0.0, CosineWarmRestarts(0.1, 10, 2)(t))


DIFFERENT = {
    ("CosineWarmRestarts", "fastai"): fastai_restarts,
    ("warmup", "optax"): optax_warmup,
    ("warmup", "timm"): timm_warmup,
    ("OneCycle", "optax"): optax_one_cycle,
    ("OneCycle", "fastai"): fastai_one_cycle,
}


@pytest.mark.parametrize(("library", "name"), CASES)
def test_the_atlas_says_how_each_library_differs(library, name):
    theirs = np.array(GOLDEN[library]["values"][name])
    row = ROWS[name.split(",")[0], library]
    steps = np.arange(len(theirs))
    ours = OURS.get(f"{name}, {library}") or OURS[name]
    close = {"rtol": PRECISION[library], "atol": 1e-17 if library in ("optax", "timm") else 1e-9}
    if row.relation == "different" and "prefix" not in name:
        np.testing.assert_allclose(DIFFERENT[row.schedule, library](steps), theirs, **close)
        assert np.abs(ours(steps) - theirs).max() > 1e-3
    else:
        shifted = steps[max(-row.shift, 0) :]
        np.testing.assert_allclose(ours(shifted + row.shift), theirs[shifted], **close)
        agrees = np.isclose(ours(steps), theirs, **close).all()
        assert agrees == (row.relation == "same" or "prefix" in name)


@pytest.mark.parametrize(
    ("name", "library", "step"), [("MultiStep", "timm", 9), ("Piecewise", "keras", 10)]
)
def test_a_shifted_drop_differs_at_exactly_the_boundaries(name, library, step):
    theirs = GOLDEN[library]["values"][name]
    ours = OURS[name](np.arange(len(theirs)))
    differs = [t for t in range(len(theirs)) if not np.isclose(ours[t], theirs[t])]
    assert differs == [step, step + 20]


def test_timm_jumps_after_a_warmup_that_is_no_prefix():
    theirs = GOLDEN["timm"]["values"]["warmup"]
    jump = theirs[10] - theirs[9]
    assert theirs[9] == pytest.approx(0.09)
    assert jump < 0  # where the ramp had one more step to climb
    assert theirs[10] == pytest.approx(CosineAnnealing(0.1, 40, 0.001)(10))
    assert OURS["warmup"](10) == 0.1


def test_torchtitan_takes_its_first_step_at_one_over_w():
    theirs = [0.1 * (min(t, 9) + 1) / 10 for t in range(40)]  # current_step += 1, then a ratio
    row = ROWS["LinearWarmup", "torchtitan"]
    steps = np.arange(40)
    np.testing.assert_allclose(LinearWarmup(0.1, 10)(steps + row.shift), theirs, rtol=1e-12)
    np.testing.assert_allclose(LinearWarmup(0.1, 9, start=0.01)(steps), theirs, rtol=1e-12)


def test_fastai_cycles_the_momentum_the_same_way():
    theirs = GOLDEN["fastai"]["values"]["OneCycle, momentum"]
    low = CosineAnnealing(0.95, 10, 0.85)
    up = CosineWarmup(0.95, 30, 0.85)
    np.testing.assert_allclose(join((low, up), (10,))(np.arange(40)), theirs, rtol=1e-6)


def trace(rule, metrics):
    state, rates = rule.init(), []
    for metric in metrics:
        state = rule.update(state, metric)
        rates.append(state.lr)
    return rates


@pytest.mark.parametrize("cooldown", [0, 2])
@pytest.mark.parametrize("library", ["keras", "optax"])
def test_plateau_rules_of_others_are_less_patient_by_one(library, cooldown):
    data = GOLDEN[library]
    theirs = data["values"]["Plateau, cooldown" if cooldown else "Plateau"]
    if library == "keras":
        settings = {
            "threshold": 1e-4,
            "threshold_mode": "abs",
            "min_lr": 1e-3,
            "cooldown": max(cooldown - 1, 0),
        }
    else:
        settings = {"min_lr": 1e-3, "cooldown": cooldown}
    rule = Plateau(0.1, factor=0.5, patience=2, eps=0.0, **settings)
    np.testing.assert_allclose(trace(rule, data["metrics"]), theirs, rtol=1e-6)
    assert len(set(theirs)) >= 4
    same_numbers = Plateau(0.1, factor=0.5, patience=3, eps=0.0, cooldown=cooldown, min_lr=1e-3)
    assert not np.allclose(trace(same_numbers, data["metrics"]), theirs, rtol=1e-6)


def test_every_row_is_checked_here_or_against_torch_itself():
    checked = {(name.split(",")[0], library) for library, name in CASES}
    checked |= {("Plateau", "keras"), ("Plateau", "optax"), ("LinearWarmup", "torchtitan")}
    missing = {key for key, row in ROWS.items() if row.library != "torch"} - checked
    assert missing == set()
    assert DIFFERENT.keys() | {("Plateau", "keras"), ("Plateau", "optax")} == {
        key for key, row in ROWS.items() if row.relation == "different"
    }


def test_rows_are_complete_and_name_what_exists():
    assert len(ROWS) == len([row for row in ATLAS if row.schedule != "as_torch"])
    for row in ATLAS:
        assert hasattr(lrcourse.schedules, row.schedule)
        assert row.library in LIBRARIES
        assert (row.shift != 0) == (row.relation == "shifted")
        if row.relation != "same":
            assert row.note or "again" in row.past_end or "error" in row.past_end
        assert all((row.name, row.unit, row.boundary, row.first, row.last, row.past_end))
    assert Counter(row.library for row in ATLAS).keys() == set(LIBRARIES)


def test_golden_values_say_which_versions_made_them():
    for library, data in GOLDEN.items():
        assert library in data["versions"]
