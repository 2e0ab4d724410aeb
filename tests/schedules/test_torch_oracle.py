"""Each schedule equals torch's, stepped in Python floats: bit for bit where it says so."""

from __future__ import annotations

import copy
import io
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.optim import lr_scheduler as kinds

from lrcourse.schedules import (
    Constant,
    CosineAnnealing,
    CosineWarmRestarts,
    Cyclic,
    Exponential,
    LinearToZero,
    LinearWarmup,
    MultiStep,
    OneCycle,
    Plateau,
    Polynomial,
    StepDecay,
    as_torch,
    join,
    warmup,
)


def new_optimizer(lr=0.1):
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, momentum=0.9)


def stepped(make, steps, lr=0.1, key="lr"):
    """Step a torch scheduler; return what each step would train with."""
    optimizer = new_optimizer(lr)
    scheduler = make(optimizer)
    values = []
    for step in range(steps):
        values.append(optimizer.param_groups[0][key])
        optimizer.step()
        if step < steps - 1:
            scheduler.step()
    return values


BITWISE = {
    "constant": (Constant(0.1), lambda o: kinds.LambdaLR(o, lambda _: 1.0), 300),
    "step": (StepDecay(0.1, 7, 0.3), lambda o: kinds.StepLR(o, 7, 0.3), 900),
    "step, every step": (StepDecay(0.1, 1, 0.97), lambda o: kinds.StepLR(o, 1, 0.97), 4096),
    "multi-step": (
        MultiStep(0.1, (3, 30, 31, 80), 0.3),
        lambda o: kinds.MultiStepLR(o, [3, 30, 31, 80], 0.3),
        200,
    ),
    "multi-step, repeated, from 0": (
        MultiStep(0.1, (0, 5, 5, 5, 9, 9), 0.3),
        lambda o: kinds.MultiStepLR(o, [0, 5, 5, 5, 9, 9], 0.3),
        20,
    ),
    **{
        f"warm restarts, times {m}": (
            CosineWarmRestarts(0.1, 7, m, 0.003),
            lambda o, m=m: kinds.CosineAnnealingWarmRestarts(o, 7, m, 0.003),
            1500,
        )
        for m in (1, 2, 3)
    },
    **{
        f"cyclic, {mode}, down {down}": (
            Cyclic(0.01, 0.3, 11, down, mode, 0.97),
            lambda o, mode=mode, down=down: kinds.CyclicLR(
                o, 0.01, 0.3, 11, down, mode, gamma=0.97
            ),
            1200,
        )
        for mode in ("triangular", "triangular2", "exp_range")
        for down in (None, 5)
    },
    **{
        f"one-cycle, {shape}, {3 if three else 2} phases": (
            OneCycle(0.3, 101, 0.28, shape, three_phase=three),
            lambda o, shape=shape, three=three: kinds.OneCycleLR(
                o, 0.3, 101, pct_start=0.28, anneal_strategy=shape, three_phase=three
            ),
            101,
        )
        for shape in ("cos", "linear")
        for three in (False, True)
    },
}


@pytest.mark.parametrize("name", BITWISE)
def test_equals_torch_bit_for_bit(name):
    schedule, make, steps = BITWISE[name]
    expected = stepped(make, steps)
    np.testing.assert_array_equal([schedule(t) for t in range(steps)], expected)
    np.testing.assert_array_equal(schedule(np.arange(steps)), expected)


@pytest.mark.parametrize("name", [name for name in BITWISE if name.startswith("one-cycle")])
def test_momentum_of_one_cycle_equals_torch_bit_for_bit(name):
    schedule, make, steps = BITWISE[name]
    expected = stepped(make, steps, key="momentum")
    np.testing.assert_array_equal(schedule.momentum(np.arange(steps)), expected)
    assert schedule.momentum(10**6) == expected[-1] == 0.95


def sequential(optimizer):
    first = kinds.LinearLR(optimizer, 0.25, total_iters=20)
    second = kinds.CosineAnnealingLR(optimizer, 80, 0.001)
    return kinds.SequentialLR(optimizer, [first, second], [20])


CLOSE = {
    "exponential": (Exponential(0.1, 0.99), lambda o: kinds.ExponentialLR(o, 0.99), 1000),
    "polynomial": (Polynomial(0.1, 300, 1.7), lambda o: kinds.PolynomialLR(o, 300, 1.7), 500),
    "linear to zero": (LinearToZero(0.1, 300), lambda o: kinds.PolynomialLR(o, 300, 1.0), 500),
    "linear warm-up": (
        LinearWarmup(0.1, 100, 0.1 / 3),
        lambda o: kinds.LinearLR(o, total_iters=100),
        200,
    ),
    "cosine": (
        CosineAnnealing(0.1, 300, 1e-3),
        lambda o: kinds.CosineAnnealingLR(o, 300, 1e-3),
        301,
    ),
    "warm-up, cosine": (
        warmup(CosineAnnealing(0.1, 80, 0.001), 20, start=0.025),
        sequential,
        101,
    ),
}


@pytest.mark.parametrize("name", CLOSE)
def test_equals_torch_up_to_its_drift(name):
    schedule, make, steps = CLOSE[name]
    np.testing.assert_allclose(schedule(np.arange(steps)), stepped(make, steps), rtol=1e-11)


def test_cosine_stays_where_torch_rises_again():
    schedule = CosineAnnealing(0.1, 50)
    theirs = stepped(lambda o: kinds.CosineAnnealingLR(o, 50), 101)
    np.testing.assert_allclose(schedule(np.arange(51)), theirs[:51], rtol=1e-11, atol=1e-17)
    assert (np.diff(theirs[50:]) > 0).all()
    assert theirs[100] == pytest.approx(0.1, rel=1e-9)
    assert (schedule(np.arange(50, 101)) == 0).all()


def test_one_cycle_stays_where_torch_leaves_the_curve_and_then_raises():
    optimizer = new_optimizer()
    scheduler = kinds.OneCycleLR(optimizer, 0.3, 10)
    optimizer.step()
    for _ in range(9):
        scheduler.step()
    last = optimizer.param_groups[0]["lr"]
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] > 1000 * last
    with pytest.raises(ValueError, match="Tried to step 11 times"):
        scheduler.step()
    assert OneCycle(0.3, 10)(9) == OneCycle(0.3, 10)(11) == last


def test_drops_beyond_the_table_are_a_power():
    schedule = StepDecay(0.1, 1, 0.999)
    np.testing.assert_allclose(schedule(9000), 0.1 * math.exp(9000 * math.log(0.999)), rtol=1e-11)
    assert schedule(4096) / schedule(4095) == pytest.approx(0.999, rel=1e-15)


RESUMED = {
    "one cosine": CosineAnnealing(0.1, 50),
    "restarts": CosineWarmRestarts(0.1, 13, 2),
    "one cycle": OneCycle(0.3, 101),
    "joined": join((Constant(0.1), LinearToZero(0.2, 30)), (9,)),
}


@pytest.mark.parametrize("name", RESUMED)
@pytest.mark.parametrize("resumed_at", [0, 1, 13, 40])
def test_the_torch_scheduler_resumes_anywhere(name, resumed_at):
    schedule = RESUMED[name]
    whole = stepped(lambda o: as_torch(schedule, o), 60)
    np.testing.assert_array_equal(whole, schedule(np.arange(60)))
    assert (
        stepped(lambda o: as_torch(schedule, o, step=resumed_at), 10)
        == (whole[resumed_at : resumed_at + 10])
    )


@pytest.mark.parametrize("name", RESUMED)
def test_a_checkpoint_restores_the_rate_on_a_fresh_optimizer(name):
    schedule = RESUMED[name]
    optimizer = new_optimizer()
    scheduler = as_torch(schedule, optimizer)
    optimizer.step()
    for _ in range(17):
        scheduler.step()
    file = io.BytesIO()
    torch.save(scheduler.state_dict(), file)
    file.seek(0)
    fresh = new_optimizer(lr=123.0)
    again = as_torch(schedule, fresh)
    again.load_state_dict(torch.load(file, weights_only=True))
    assert fresh.param_groups[0]["lr"] == again.get_last_lr()[0] == schedule(17)
    fresh.step()
    again.step()
    assert fresh.param_groups[0]["lr"] == schedule(18)


def test_torch_itself_does_not_resume_by_last_epoch():
    optimizer = new_optimizer()
    optimizer.param_groups[0]["initial_lr"] = 0.1
    kinds.CosineAnnealingLR(optimizer, 50, last_epoch=29)
    truth = CosineAnnealing(0.1, 50)(30)
    assert optimizer.param_groups[0]["lr"] == 0.1 != pytest.approx(truth)
    assert stepped(lambda o: as_torch(CosineAnnealing(0.1, 50), o, step=30), 1) == [truth]


def test_a_rate_held_in_a_tensor_is_rounded_to_float32():
    tensor = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=torch.tensor(0.1))
    scheduler = kinds.CosineAnnealingWarmRestarts(tensor, 50)
    tensor.step()
    errors = []
    for t in range(49):
        truth = CosineWarmRestarts(0.1, 50)(t)
        errors.append(abs(float(tensor.param_groups[0]["lr"]) / truth - 1))
        scheduler.step()
    assert 1e-9 < max(errors) < 1e-5


def test_each_group_can_have_its_own_schedule():
    groups = [{"params": [torch.zeros(1, requires_grad=True)]} for _ in range(2)]
    optimizer = torch.optim.SGD(groups, lr=1.0)
    scheduler = as_torch((Constant(0.1), LinearToZero(0.2, 4)), optimizer)
    optimizer.step()
    scheduler.step()
    assert scheduler.get_last_lr() == pytest.approx([0.1, 0.15])
    optimizer.add_param_group({"params": [torch.zeros(1, requires_grad=True)]})
    with pytest.raises(ValueError, match="must keep its 2 parameter groups, got 3"):
        scheduler.step()


def test_bad_arguments_of_as_torch_are_named():
    optimizer = new_optimizer()
    with pytest.raises(TypeError, match=r"schedule must be a schedule.*got 0\.1"):
        as_torch(0.1, optimizer)
    with pytest.raises(TypeError, match="optimizer must be a torch optimizer, got 'sgd'"):
        as_torch(Constant(0.1), "sgd")
    with pytest.raises(ValueError, match="one for each of 1 parameter groups"):
        as_torch((Constant(0.1), Constant(0.2)), optimizer)
    with pytest.raises(ValueError, match="step must be at least 0, got -1"):
        as_torch(Constant(0.1), optimizer, step=-1)
    state = as_torch(Constant(0.1), optimizer).state_dict()
    with pytest.raises(ValueError, match=r"state_dict must be of the schedule .*0\.2"):
        as_torch(Constant(0.2), optimizer).load_state_dict(state)


@settings(deadline=None, max_examples=100)
@given(
    metrics=st.lists(
        st.one_of(st.floats(-2, 2), st.sampled_from((1.0, 0.9999, math.inf, -math.inf))),
        max_size=60,
    ),
    rule=st.builds(
        Plateau,
        lr=st.floats(1e-3, 1),
        factor=st.floats(0.01, 0.99),
        patience=st.integers(0, 4),
        threshold=st.sampled_from((0.0, 1e-4, 0.3)),
        threshold_mode=st.sampled_from(("rel", "abs")),
        cooldown=st.integers(0, 3),
        min_lr=st.sampled_from((0.0, 1e-3)),
        mode=st.sampled_from(("min", "max")),
        eps=st.sampled_from((1e-8, 1e-2)),
    ),
)
def test_plateau_equals_torch_bit_for_bit(metrics, rule):
    optimizer = new_optimizer(rule.lr)
    theirs = kinds.ReduceLROnPlateau(
        optimizer,
        rule.mode,
        rule.factor,
        rule.patience,
        rule.threshold,
        rule.threshold_mode,
        rule.cooldown,
        rule.min_lr,
        rule.eps,
    )
    state = rule.init()
    for metric in metrics:
        before = copy.copy(state)
        after = rule.update(state, metric)
        assert state == before
        state = after
        theirs.step(metric)
        assert state.lr == optimizer.param_groups[0]["lr"]
        assert (state.best, state.bad, state.cooldown) == (
            theirs.best,
            theirs.num_bad_epochs,
            theirs.cooldown_counter,
        )


def test_plateau_goes_on_from_any_state():
    rule = Plateau(0.1, patience=1)
    state = rule.init()
    for metric in (1.0, 2.0):
        state = rule.update(state, metric)
    assert rule.update(replace(state), 3.0).lr == pytest.approx(0.01)
    assert rule.update(state, 3.0).lr == pytest.approx(0.01)
