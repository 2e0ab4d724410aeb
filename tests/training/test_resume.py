"""A sweep that goes on from a shorter one is the sweep from the start."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from lrcourse.datasets import digits, reversal, wave1d
from lrcourse.models import MLP, ConvNet, Transformer
from lrcourse.optimizers import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    GradientDescent,
    HeavyBall,
    Lion,
    Nesterov,
    RMSProp,
)
from lrcourse.training import Sweep, sweep

DIGITS = digits().standardised().sample(0.2, rng=np.random.default_rng(0))
MODELS = {
    "MLP": (MLP((64, 12, 10)), DIGITS),
    "layer norm, no bias": (MLP((64, 12, 9, 10), layer_norm=True, bias=False), DIGITS),
    "ConvNet": (ConvNet(channels=4), wave1d(100, seed=0)),
    "transformer": (Transformer(length=5, width=8), reversal(100, seed=0, length=5)),
}
OPTIMIZERS = [
    GradientDescent(),
    SGD(momentum=0.9, dampening=0.3, weight_decay=0.1),
    SGD(momentum=0.9, nesterov=True),
    HeavyBall(0.9),
    Nesterov(0.9),
    Adam(amsgrad=True),
    AdamW(weight_decay=0.1),
    RMSProp(momentum=0.5, centered=True),
    Adagrad(lr_decay=0.5),
    Lion(),
]
RATES = [0.001, 0.003, 0.01]


def assert_same(some: Sweep, others: Sweep, *, tolerance=0.0):
    """Compare all that two sweeps hold."""
    assert some.config == others.config
    some_runs, other_runs = some.runs.astype(float), others.runs.astype(float)
    np.testing.assert_array_equal(some_runs.to_numpy(), other_runs.to_numpy())
    np.testing.assert_array_equal(some.checkpoints, others.checkpoints)
    np.testing.assert_allclose(some.loss, others.loss, rtol=tolerance)
    for name in ("metrics", "params", "state"):
        mine, theirs = getattr(some, name), getattr(others, name)
        assert mine.keys() == theirs.keys()
        for key, values in mine.items():
            np.testing.assert_allclose(values, theirs[key], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("name", MODELS)
def test_six_steps_are_two_and_four(name, optimizer):
    """Bit for bit in NumPy; torch sums in another order beside other runs."""
    model, data = MODELS[name]
    options = {"seeds": 2, "batch_size": 16, "keep_params": True, "dtype": "float64"}
    whole = sweep(model, data, optimizer, RATES, steps=6, **options)
    part = sweep(model, data, optimizer, RATES, steps=2, **options)
    tolerance = 1e-9 if name == "transformer" else 0
    same = sweep(model, data, optimizer, RATES, steps=6, resume=part, **options)
    assert_same(same, whole, tolerance=tolerance)
    few = {**options, "seeds": [1]}
    one = sweep(model, data, optimizer, [0.01, 0.003], steps=6, resume=part, **few)
    alone = sweep(model, data, optimizer, [0.01, 0.003], steps=6, **few)
    assert_same(one, alone, tolerance=tolerance)


def test_in_float32_on_epochs_and_momenta_and_twice_and_in_small_blocks(monkeypatch):
    model, data = MODELS["MLP"]
    data = data.split(0.3, rng=np.random.default_rng(0))
    options = {"momenta": [0.0, 0.9], "seeds": 2, "batch_size": 50, "keep_params": True}
    whole = sweep(model, data, SGD(), RATES, steps=31, **options)
    monkeypatch.setattr("lrcourse.training._execute.CACHE", 1)
    part = sweep(model, data, SGD(), RATES, steps=3, **options)
    part = sweep(model, data, SGD(), RATES, steps=14, resume=part, checkpoints=[3, 9], **options)
    assert_same(sweep(model, data, SGD(), RATES, steps=31, resume=part, jobs=2, **options), whole)
    between = sweep(model, data, SGD(), RATES, steps=14, checkpoints=[3, 9], **options)
    assert_same(part, between)


def test_several_sweeps_hold_the_runs_together():
    model, data = MODELS["MLP"]
    options = {"seeds": 2, "batch_size": 16, "keep_params": True}
    parts = [
        sweep(model, data, Adam(), some, steps=3, judged_on=judged, **options)
        for some, judged in (([0.003], ["train"]), ([0.001, 0.003], []), ([0.01, 0.1], []))
    ]
    whole = sweep(model, data, Adam(), RATES, steps=8, **options)
    assert_same(sweep(model, data, Adam(), RATES, steps=8, resume=parts, **options), whole)


@pytest.mark.parametrize("name", ["MLP", "ConvNet", "transformer"])
def test_what_has_diverged_has_diverged(name):
    model, data = MODELS[name]
    options = {"seeds": 2, "batch_size": 16, "keep_params": True}
    rates = [0.01, 0.1, 1e4]
    whole = sweep(model, data, SGD(momentum=0.9), rates, steps=20, **options)
    for steps in (2, 12):
        part = sweep(model, data, SGD(momentum=0.9), rates, steps=steps, **options)
        resumed = sweep(model, data, SGD(momentum=0.9), rates, steps=20, resume=part, **options)
        assert_same(resumed, whole, tolerance=1e-4 if name == "transformer" else 0)
    assert part.diverged.tolist() == [False] * 4 + [True] * 2
    gone = sweep(model, data, SGD(momentum=0.9), [1e4], steps=20, resume=part, **options)
    assert np.isnan(gone.metrics["train_loss"]).all()
    assert gone.loss.shape == (2, 20)


def test_the_loss_before_the_first_step_stays_the_measure_of_divergence():
    model, data = MODELS["MLP"]
    options = {"batch_size": 16, "keep_params": True, "diverged_above": 1.2}
    whole = sweep(model, data, SGD(), [0.01, 1.0, 3.0], steps=20, **options)
    late = whole.runs["diverged_at"].max()
    assert late > 1
    for steps in range(1, late):
        part = sweep(model, data, SGD(), [0.01, 1.0, 3.0], steps=steps, **options)
        rest = sweep(model, data, SGD(), [0.01, 1.0, 3.0], steps=20, resume=part, **options)
        assert_same(rest, whole)


def test_a_schedule_may_branch_off():
    model, data = MODELS["MLP"]
    options = {"seeds": 2, "batch_size": 16, "keep_params": True}
    stable = sweep(model, data, SGD(), RATES, steps=4, **options)
    for factors in (np.r_[np.ones(4), 0.5, 0.25], np.r_[np.ones(4), 2.0, 3.0]):
        whole = sweep(model, data, SGD(), RATES, steps=6, schedule=factors, **options)
        branch = sweep(
            model, data, SGD(), RATES, steps=6, schedule=factors, resume=stable, **options
        )
        assert_same(branch, whole)


def test_from_a_file(tmp_path):
    model, data = MODELS["MLP"]
    rates = np.geomspace(1e-4, 1, 7) / 3  # long fractions
    options = {"seeds": 2, "batch_size": 16, "keep_params": True}
    part = sweep(model, data, Adam(), rates, steps=5, **options)
    part.save(tmp_path / "part.npz")
    back = Sweep.load(tmp_path / "part.npz")
    assert_same(back, part)
    resumed = sweep(model, data, Adam(), rates, steps=9, resume=back, **options)
    assert_same(resumed, sweep(model, data, Adam(), rates, steps=9, **options))


MODEL, DATA = MODELS["MLP"]
PART = sweep(MODEL, DATA, SGD(), [0.1, 0.2], seeds=2, steps=3, batch_size=16, keep_params=True)
WITHOUT = dataclasses.replace(PART, params=None)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"resume": 3}, TypeError, "resume must be a Sweep or several, got 3"),
        ({"resume": [PART, "x"]}, TypeError, "resume must be a Sweep or several, got 'x'"),
        ({"resume": []}, ValueError, "resume must hold sweeps of one length, got []"),
        ({"resume": WITHOUT}, ValueError, "resume must be made with keep_params=True, got Sweep(4"),
        ({"steps": 3}, ValueError, "resume must be shorter than 3 steps, got Sweep(4 runs of 3 st"),
        ({"batch_size": 8}, ValueError, "resume must have batch_size 8, got 16"),
        ({"dtype": "float64"}, ValueError, "resume must have dtype 'float64', got 'float32'"),
        ({"optimizer": Adam()}, ValueError, "resume must have optimizer {'name': 'Adam'"),
        ({"model": MLP((64, 13, 10))}, ValueError, "resume must have model {'name': 'MLP'"),
        (
            {"data": DATA.sample(0.5, rng=np.random.default_rng(0))},
            ValueError,
            "resume must have rows 179, got 359",
        ),
        (
            {"data": dataclasses.replace(DATA, name="other")},
            ValueError,
            "resume must have data 'other', got 'digits",
        ),
        ({"learning_rates": [0.1, 0.3]}, ValueError, "without (0.3, 0.0, 0)"),
        ({"seeds": 3}, ValueError, "resume must hold all runs, got Sweep(4 runs of 3 steps"),
        ({"momenta": [0.5]}, ValueError, "without (0.1, 0.5, 0)"),
        (
            {"checkpoints": [2, 6]},
            ValueError,
            "checkpoints must not come before the 3 steps of resume, got [2, 6]",
        ),
    ],
)
def test_bad_input_is_named(change, error, words):
    good = {
        "model": MODEL,
        "data": DATA,
        "optimizer": SGD(),
        "learning_rates": [0.1, 0.2],
        "seeds": 2,
        "steps": 6,
        "batch_size": 16,
        "resume": PART,
    }
    with pytest.raises(error, match=re.escape(words)):
        sweep(**{**good, **change})


def test_sweeps_of_two_lengths_and_runs_listed_twice_are_refused():
    options = {"batch_size": 16, "keep_params": True}
    parts = [sweep(MODEL, DATA, SGD(), [0.1], steps=steps, **options) for steps in (2, 3)]
    with pytest.raises(ValueError, match="resume must hold sweeps of one length, got"):
        sweep(MODEL, DATA, SGD(), [0.1], steps=6, resume=parts, **options)
    table = np.ones((3, 2)) * [1, 2]
    twice = sweep(MODEL, DATA, SGD(), [0.1, 0.1], steps=3, schedule=table, **options)
    with pytest.raises(ValueError, match="resume must hold no run twice, got Sweep"):
        sweep(MODEL, DATA, SGD(), [0.1], steps=6, resume=twice, **options)
