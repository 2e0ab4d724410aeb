"""Specifications: initial values, and a module that computes what torch's own layers do."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from lrcourse.datasets import Dataset, wave1d
from lrcourse.models import MLP, ConvNet, Transformer, linear, logistic, two_layer_linear

PATH = Path(__file__).parents[1] / "training" / "oracle.py"
SPEC = importlib.util.spec_from_file_location("oracle", PATH)
oracle = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(oracle)

MODELS = [
    MLP((5, 4, 3)),
    MLP((5, 4, 4, 3), activation="tanh", layer_norm=True),
    MLP((5, 4, 3), activation="identity", bias=False),
    logistic(5, 3),
    linear(5),
    two_layer_linear(5, 4, 2),
    ConvNet(length=23, channels=3),
    ConvNet(length=8, kernels=(3,)),
    Transformer(length=6, width=8),
    Transformer(length=6, width=8, heads=4, depth=2, pre_norm=False),
]


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_the_module_computes_what_torch_layers_do(model):
    params = model.init(np.random.default_rng(0))
    net = oracle.plain_net(model).double()
    with torch.no_grad():
        for weight, value in zip(net.parameters(), params.values(), strict=True):
            weight.copy_(torch.tensor(value))
    x = torch.tensor(np.random.default_rng(1).integers(0, 10, (7, model.inputs))).double()
    expected, received = net(x), model.module(params, "float64")(x)
    if isinstance(model, Transformer):
        expected = expected.transpose(1, 2)
    torch.testing.assert_close(received, expected, rtol=1e-10, atol=1e-12)
    assert received.shape[-1] == model.outputs


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_initial_values_follow_the_generator_and_the_specification_is_plain(model):
    one, again = (model.init(np.random.default_rng(3)) for _ in range(2))
    other = model.init(np.random.default_rng(4))
    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert any(not np.array_equal(one[name], other[name]) for name in one)
    assert json.loads(json.dumps(model.describe()))["name"] == type(model).__name__
    assert dataclasses.replace(model) == model


def test_initial_weights_have_the_deviation_they_should():
    params = MLP((400, 300, 200), gain=1.5).init(np.random.default_rng(0))
    assert params["weight0"].std() == pytest.approx(1.5 * math.sqrt(2 / 400), rel=0.02)
    assert params["weight1"].std() == pytest.approx(1.5 * math.sqrt(1 / 300), rel=0.02)
    assert not params["bias0"].any()
    tanh = MLP((400, 300, 2), activation="tanh").init(np.random.default_rng(0))
    assert tanh["weight0"].std() == pytest.approx(math.sqrt(1 / 400), rel=0.02)
    conv = ConvNet(length=64, channels=200).init(np.random.default_rng(0))
    assert conv["weight1"].std() == pytest.approx(math.sqrt(2 / 1000), rel=0.02)


def test_a_module_needs_the_weights_of_its_model():
    model = MLP((5, 3))
    with pytest.raises(ValueError, match=r"params must have .*'bias0': \(3,\).*got .*\(3, 6\)"):
        model.module(MLP((6, 3)).init(np.random.default_rng(0)))
    with pytest.raises(ValueError, match="params must have the shapes"):
        model.module({})


@pytest.mark.parametrize(
    ("model", "targets", "words"),
    [
        (logistic(2, 2), [0.0, 2.0, 1.0], "data must have whole targets from 0 to 1, got .*2.0"),
        (logistic(2, 2), [0.0, 0.5, 1.0], "data must have whole targets from 0 to 1, got .*0.5"),
        (logistic(2, 2), np.zeros((3, 2)), r"data must have targets of shape .*got \(3, 2\)"),
        (linear(2, 2), np.zeros(3), r"data must have targets of shape \(n, 2\), got \(3,\)"),
        (Transformer(length=2), np.zeros(3), r"data must have targets of shape .*got \(3,\)"),
        (linear(3), np.zeros(3), r"data must have 3 input columns, got shape \(3, 2\)"),
    ],
)
def test_data_that_does_not_fit_is_named(model, targets, words):
    with pytest.raises(ValueError, match=words):
        model.targets_of(Dataset("d", np.ones((3, 2)), np.asarray(targets)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: MLP((3, 0)), "sizes must be at least 1, got 0"),
        (lambda: MLP((3, 2), gain=0), "gain must be positive, got 0"),
        (lambda: MLP((3, 2), activation="elu"), "activation must be one of .*'elu'"),
        (lambda: MLP((3, 2), objective="hinge"), "objective must be one of .*'hinge'"),
        (lambda: ConvNet(kernels=()), r"kernels must name at least one width, got \(\)"),
        (lambda: ConvNet(channels=0), "channels must be at least 1, got 0"),
        (lambda: Transformer(heads=3), "width must be a multiple of 3 heads, got 16"),
    ],
)
def test_bad_specifications_are_named(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_waves_reward_a_convolution():
    assert ConvNet().targets_of(wave1d(20, seed=0)).dtype == np.int64
