"""Each update rule equals torch.optim, step for step, on arrays and on tensors."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

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
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)

torch.set_num_threads(1)

STEPS = 300

RULES = {
    "gradient descent": (GradientDescent(), lambda p, lr: torch.optim.SGD(p, lr=lr)),
    "heavy ball": (HeavyBall(0.9), lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9)),
    "Nesterov": (
        Nesterov(0.9),
        lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9, nesterov=True),
    ),
    "Adam": (Adam(), lambda p, lr: torch.optim.Adam(p, lr=lr)),
    "Adam, other decays": (
        Adam(beta1=0.5, beta2=0.99, epsilon=1e-3),
        lambda p, lr: torch.optim.Adam(p, lr=lr, betas=(0.5, 0.99), eps=1e-3),
    ),
}


NOT_IN_TORCH = {  # these have golden values instead
    "Lion": Lion(weight_decay=0.1),
    "Schedule-Free SGD": ScheduleFreeSGD(weight_decay=0.1, r=0.5),
    "Schedule-Free AdamW": ScheduleFreeAdamW(weight_decay=0.1),
}
WITH_OPTIONS = {
    "SGD": SGD(momentum=0.9, dampening=0.3, weight_decay=0.1),
    "SGD, Nesterov": SGD(momentum=0.9, nesterov=True),
    "RMSProp": RMSProp(momentum=0.5, centered=True, weight_decay=0.1),
    "Adagrad": Adagrad(lr_decay=0.1, initial_accumulator_value=0.1, weight_decay=0.1),
    "AMSGrad": Adam(weight_decay=0.1, amsgrad=True),
    "AdamW": AdamW(weight_decay=0.1, amsgrad=True),
}
ALL_RULES = {name: rule for name, (rule, _) in RULES.items()} | WITH_OPTIONS | NOT_IN_TORCH


def slope(w):
    """A gradient that is not linear, the same for arrays and tensors."""
    return w * w * w - 2 * w + 0.3


def torch_path(make, start, lr, steps):
    param = torch.nn.Parameter(torch.tensor(start))
    optimizer = make([param], lr)
    for _ in range(steps):
        param.grad = slope(param.detach())
        optimizer.step()
        yield param.detach().clone()


@pytest.mark.parametrize("name", RULES)
def test_equals_torch_over_300_steps(name):
    rule, make = RULES[name]
    start = np.random.default_rng(0).normal(size=7)
    params, state = start, rule.init(start)
    for expected in torch_path(make, start, 0.01, STEPS):
        params, state = rule.step(params, slope(params), state, 0.01)
        np.testing.assert_allclose(params, expected.numpy(), rtol=1e-10, atol=1e-12)


shares = st.floats(0, 0.99)
decays = st.sampled_from([0.0, 0.01, 0.3])
epsilons = st.sampled_from([1e-8, 1e-3])
memories = st.floats(0.5, 0.999)  # with less, one small gradient blows rounding up: see below
COMBINATIONS = {
    "SGD": st.one_of(
        st.fixed_dictionaries(
            {"momentum": shares, "dampening": st.floats(0, 1), "weight_decay": decays}
        ),
        st.fixed_dictionaries(
            {"momentum": st.floats(0.01, 0.99), "nesterov": st.just(True), "weight_decay": decays}
        ),
    ),
    "RMSProp": st.fixed_dictionaries(
        {
            "alpha": memories,
            "epsilon": epsilons,
            "momentum": st.one_of(st.just(0.0), shares),
            "centered": st.booleans(),
            "weight_decay": decays,
        }
    ),
    "Adagrad": st.fixed_dictionaries(
        {
            "lr_decay": st.floats(0, 1),
            "initial_accumulator_value": st.floats(0, 2),
            "epsilon": epsilons,
            "weight_decay": decays,
        }
    ),
    "Adam": st.fixed_dictionaries(
        {
            "beta1": shares,
            "beta2": memories,
            "epsilon": epsilons,
            "weight_decay": decays,
            "amsgrad": st.booleans(),
        }
    ),
}
COMBINATIONS["AdamW"] = COMBINATIONS["Adam"]
PAIRS = {
    "SGD": (SGD, torch.optim.SGD),
    "RMSProp": (RMSProp, torch.optim.RMSprop),
    "Adagrad": (Adagrad, torch.optim.Adagrad),
    "Adam": (Adam, torch.optim.Adam),
    "AdamW": (AdamW, torch.optim.AdamW),
}


def in_torch_words(options):
    """Return the options under the names that torch gives them."""
    words = {k: v for k, v in options.items() if k not in ("epsilon", "beta1", "beta2")}
    if "epsilon" in options:
        words["eps"] = options["epsilon"]
    if "beta1" in options:
        words["betas"] = (options["beta1"], options["beta2"])
    return words


@pytest.mark.parametrize("name", COMBINATIONS)
@settings(deadline=None, max_examples=25)
@given(data=st.data(), seed=st.integers(0, 10_000), lr=st.floats(1e-4, 0.02))
def test_any_options_equal_torch_over_300_steps_of_a_changing_rate(name, data, seed, lr):
    options = data.draw(COMBINATIONS[name])
    make, torch_make = PAIRS[name]
    rng = np.random.default_rng(seed)
    params = rng.uniform(-1.5, 1.5, size=3)
    noise, rates = rng.normal(size=(STEPS, 3)), lr * rng.uniform(0, 1, size=STEPS)
    twin = torch.nn.Parameter(torch.tensor(params))
    oracle = torch_make([twin], lr=lr, foreach=False, **in_torch_words(options))
    rule = make(**options)
    state = rule.init(params)
    for e, rate in zip(noise, rates, strict=True):
        twin.grad = 0.5 * twin.detach() + torch.tensor(e)
        oracle.param_groups[0]["lr"] = float(rate)
        oracle.step()
        params, state = rule.step(params, 0.5 * params + e, state, rate)
        np.testing.assert_allclose(params, twin.detach().numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("Adam", {"beta1": 0.0, "beta2": 0.0, "epsilon": 1e-8}),
        ("Adam", {"beta1": 0.9, "beta2": 0.0, "epsilon": 1e-3, "amsgrad": True}),
        ("AdamW", {"beta1": 0.5, "beta2": 0.1, "epsilon": 1e-8}),
        ("RMSProp", {"alpha": 0.0, "momentum": 0.9}),
        ("RMSProp", {"alpha": 0.1, "centered": True, "epsilon": 1e-3}),
    ],
)
def test_without_memory_it_equals_torch_on_gradients_that_do_not_answer(name, options):
    make, torch_make = PAIRS[name]
    rng = np.random.default_rng(0)
    params = rng.normal(size=3)
    twin = torch.nn.Parameter(torch.tensor(params))
    oracle = torch_make([twin], lr=0.01, **in_torch_words(options))
    rule = make(**options)
    state = rule.init(params)
    for gradient in rng.normal(size=(STEPS, 3)):
        twin.grad = torch.tensor(gradient)
        oracle.step()
        params, state = rule.step(params, gradient, state, 0.01)
        np.testing.assert_allclose(params, twin.detach().numpy(), rtol=1e-9, atol=1e-11)


@settings(deadline=None, max_examples=30)
@given(
    momentum=st.floats(0, 0.99),
    lr=st.floats(1e-4, 0.05),
    nesterov=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_momentum_equals_torch_for_any_setting(momentum, lr, nesterov, seed):
    rule = Nesterov(momentum) if nesterov else HeavyBall(momentum)

    def make(params, lr):
        return torch.optim.SGD(params, lr=lr, momentum=momentum, nesterov=nesterov and momentum > 0)

    start = np.random.default_rng(seed).uniform(-1.5, 1.5, size=3)
    params, state = start, rule.init(start)
    for expected in torch_path(make, start, lr, 40):
        params, state = rule.step(params, slope(params), state, lr)
        np.testing.assert_allclose(params, expected.numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", ALL_RULES)
def test_trees_of_tensors_take_the_same_steps_as_arrays(name):
    rule = ALL_RULES[name]
    arrays = {"w": np.array([[1.0, -2.0]]), "b": [np.array([0.5])]}
    tensors = {"w": torch.tensor([[1.0, -2.0]]).double(), "b": [torch.tensor([0.5]).double()]}
    a_state, t_state = rule.init(arrays), rule.init(tensors)
    for _ in range(3):
        a_grads = {"w": slope(arrays["w"]), "b": [slope(arrays["b"][0])]}
        t_grads = {"w": slope(tensors["w"]), "b": [slope(tensors["b"][0])]}
        arrays, a_state = rule.step(arrays, a_grads, a_state, 0.1)
        tensors, t_state = rule.step(tensors, t_grads, t_state, 0.1)
    np.testing.assert_allclose(tensors["w"].numpy(), arrays["w"], rtol=1e-12)
    np.testing.assert_allclose(tensors["b"][0].numpy(), arrays["b"][0], rtol=1e-12)


@pytest.mark.parametrize("name", ALL_RULES)
def test_a_step_changes_none_of_its_arguments(name):
    rule = ALL_RULES[name]
    params, grads = np.array([1.0, 2.0]), np.array([0.5, -0.5])
    _, state = rule.step(params, grads, rule.init(params), 0.1)
    before = repr(state)
    rule.step(params, grads, state, 0.1)
    np.testing.assert_array_equal(params, [1.0, 2.0])
    np.testing.assert_array_equal(grads, [0.5, -0.5])
    assert repr(state) == before


@pytest.mark.parametrize("rule", [HeavyBall(0.0), Nesterov(0.0)])
def test_without_momentum_it_is_gradient_descent(rule):
    params = plain = np.array([1.0, -0.4])
    state = rule.init(params)
    for _ in range(20):
        params, state = rule.step(params, slope(params), state, 0.1)
        plain, _ = GradientDescent().step(plain, slope(plain), None, 0.1)
    np.testing.assert_array_equal(params, plain)


@pytest.mark.parametrize("name", ALL_RULES)
@pytest.mark.parametrize(
    "lr",
    [
        *(-0.1, float("nan"), float("inf"), np.array([0.1, -2.0])),
        *(torch.tensor(-0.1), torch.tensor([0.1, float("nan")]).bfloat16()),
    ],
)
def test_bad_learning_rate_is_named(name, lr):
    rule = ALL_RULES[name]
    params = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match=r"lr must be finite and not negative, got .*(-|nan|inf)"):
        rule.step(params, params, rule.init(params), lr)


@pytest.mark.parametrize("name", ALL_RULES)
def test_the_rate_may_be_a_tensor_at_one_step_and_a_number_at_the_next(name):
    rule = ALL_RULES[name]
    array = np.array([1.0, -2.0])
    tensor = torch.tensor(array)
    a_state, t_state = rule.init(array), rule.init(tensor)
    for step, lr in enumerate((0.1, 0.05, np.array([0.2, 0.01]), 0.1)):
        rate = torch.tensor(lr, dtype=torch.float64) if step % 2 == 0 else lr
        array, a_state = rule.step(array, slope(array), a_state, lr)
        tensor, t_state = rule.step(tensor, slope(tensor), t_state, rate)
    np.testing.assert_allclose(tensor.numpy(), array, rtol=1e-12)


@pytest.mark.parametrize("name", ALL_RULES)
def test_a_rate_on_another_device_is_not_fetched_from_there(name):
    rule = ALL_RULES[name]
    params = torch.ones(3, device="meta")  # which holds no values: to read one is an error
    state = rule.init(params)
    for _ in range(2):
        params, state = rule.step(params, slope(params), state, torch.tensor(0.1, device="meta"))
    assert (params.device.type, params.shape) == ("meta", (3,))


def test_a_rate_can_be_differentiated():
    lr = torch.tensor(0.1, requires_grad=True)
    params = torch.tensor([1.0, -2.0])
    stepped, _ = GradientDescent().step(params, torch.tensor([3.0, 5.0]), None, lr)
    stepped.sum().backward()
    assert lr.grad == -8.0


FRACTION, POSITIVE, NOT_NEGATIVE, FLAG = "in [0, 1)", "positive", "not be negative", "True or False"
OPTIONS = [
    (HeavyBall, "momentum", FRACTION),
    (Nesterov, "momentum", FRACTION),
    (SGD, "momentum", FRACTION),
    (SGD, "dampening", "in [0, 1]"),
    (SGD, "nesterov", FLAG),
    (SGD, "weight_decay", NOT_NEGATIVE),
    (RMSProp, "alpha", FRACTION),
    (RMSProp, "epsilon", POSITIVE),
    (RMSProp, "momentum", FRACTION),
    (RMSProp, "centered", FLAG),
    (RMSProp, "weight_decay", NOT_NEGATIVE),
    (Adagrad, "lr_decay", NOT_NEGATIVE),
    (Adagrad, "initial_accumulator_value", NOT_NEGATIVE),
    (Adagrad, "epsilon", POSITIVE),
    (Adagrad, "weight_decay", NOT_NEGATIVE),
    *(
        (rule, name, kind)
        for rule in (Adam, AdamW, ScheduleFreeAdamW)
        for name, kind in [
            ("beta1", FRACTION),
            ("beta2", FRACTION),
            ("epsilon", POSITIVE),
            ("weight_decay", NOT_NEGATIVE),
        ]
    ),
    (Adam, "amsgrad", FLAG),
    (AdamW, "amsgrad", FLAG),
    (Lion, "beta1", FRACTION),
    (Lion, "beta2", FRACTION),
    (Lion, "weight_decay", NOT_NEGATIVE),
    (ScheduleFreeSGD, "momentum", FRACTION),
    *(
        (rule, name, NOT_NEGATIVE)
        for rule in (ScheduleFreeSGD, ScheduleFreeAdamW)
        for name in ("weight_decay", "r", "weight_lr_power")
    ),
]
BAD = {
    FRACTION: [-0.1, 1.0, float("nan"), "0.9"],
    "in [0, 1]": [-0.1, 1.1, float("inf")],
    POSITIVE: [0, -1e-8, float("nan")],
    NOT_NEGATIVE: [-0.1, float("inf"), float("nan"), [0.1, 0.2]],
    FLAG: [1, "yes", None],
}


def test_every_option_of_every_rule_is_listed():
    listed = {(make, name) for make, name, _ in OPTIONS}
    fields = {(type(r), f.name) for r in ALL_RULES.values() for f in dataclasses.fields(r)}
    assert listed == fields


@pytest.mark.parametrize(
    ("make", "name", "value"),
    [(make, name, value) for make, name, kind in OPTIONS for value in BAD[kind]],
)
def test_bad_options_are_named_and_repeated(make, name, value):
    with pytest.raises((TypeError, ValueError), match=f"^{name} must .*{re.escape(repr(value))}"):
        make(**{name: value})


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "dampening": 0.1}])
def test_nesterov_without_its_conditions_is_refused(options):
    words = r"nesterov needs a momentum above 0 and a dampening of 0, got nesterov=True, "
    momentum = options.get("momentum", 0.0)
    with pytest.raises(ValueError, match=rf"{words}momentum={momentum}"):
        SGD(nesterov=True, **options)


def test_trees_that_differ_are_named():
    with pytest.raises(ValueError, match=r"expected the keys \['w'\], got \{'v': 1\}"):
        GradientDescent().step({"w": 1}, {"v": 1}, None, 0.1)
    with pytest.raises(ValueError, match=r"expected 2 entries, got \[1\]"):
        GradientDescent().step([1, 2], [1], None, 0.1)
