"""Each update rule equals torch.optim, step for step, on arrays and on tensors."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lrcourse.optimizers import Adam, GradientDescent, HeavyBall, Nesterov

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


@pytest.mark.parametrize("name", RULES)
def test_trees_of_tensors_take_the_same_steps_as_arrays(name):
    rule, _ = RULES[name]
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


@pytest.mark.parametrize("name", RULES)
def test_a_step_changes_none_of_its_arguments(name):
    rule, _ = RULES[name]
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


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("lr", [-0.1, float("nan"), float("inf"), np.array([0.1, -2.0])])
def test_bad_learning_rate_is_named(name, lr):
    rule, _ = RULES[name]
    params = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match=r"lr must be finite and not negative, got .*(-|nan|inf)"):
        rule.step(params, params, rule.init(params), lr)


@pytest.mark.parametrize("make", [HeavyBall, Nesterov, lambda b: Adam(beta1=b)])
@pytest.mark.parametrize("momentum", [-0.1, 1.0, float("nan")])
def test_bad_momentum_is_named(make, momentum):
    with pytest.raises(ValueError, match=rf"(momentum|beta1) must be .*got {momentum}"):
        make(momentum)


def test_bad_adam_options_are_named():
    with pytest.raises(ValueError, match=r"beta2 must be in \[0, 1\), got 2"):
        Adam(beta2=2)
    with pytest.raises(ValueError, match=r"epsilon must be positive, got 0"):
        Adam(epsilon=0)


def test_trees_that_differ_are_named():
    with pytest.raises(ValueError, match=r"expected the keys \['w'\], got \{'v': 1\}"):
        GradientDescent().step({"w": 1}, {"v": 1}, None, 0.1)
    with pytest.raises(ValueError, match=r"expected 2 entries, got \[1\]"):
        GradientDescent().step([1, 2], [1], None, 0.1)
