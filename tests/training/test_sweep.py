"""Each run of a sweep is the run that plain torch would make alone."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
from joblib import Parallel

from lrcourse.datasets import Dataset, breast_cancer, diabetes, digits, reversal, wave1d
from lrcourse.models import MLP, ConvNet, Transformer, linear, logistic, two_layer_linear
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
    ScheduleFreeSGD,
)
from lrcourse.training import sweep
from lrcourse.training._dense import DenseEngine

SPEC = importlib.util.spec_from_file_location("oracle", Path(__file__).with_name("oracle.py"))
oracle = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(oracle)

DIGITS = digits().standardised().sample(0.25, rng=np.random.default_rng(0))
CANCER = breast_cancer().standardised()
DIABETES = diabetes().standardised()
DIABETES = Dataset("diabetes", DIABETES.inputs, (DIABETES.targets - 152) / 77)
WAVES, SEQUENCES = wave1d(150, seed=0), reversal(150, seed=0, length=5)
MODELS = {
    "MLP": (MLP((64, 32, 10)), DIGITS),
    "wide, its products are cut": (MLP((64, 300, 300, 10)), DIGITS),
    "deep, tanh, gain": (MLP((64, 12, 9, 10), activation="tanh", gain=1.5), DIGITS),
    "layer norm": (MLP((64, 12, 9, 10), layer_norm=True), DIGITS),
    "layer norm, tanh": (MLP((64, 12, 10), layer_norm=True, activation="tanh"), DIGITS),
    "no bias": (MLP((64, 12, 10), bias=False), DIGITS),
    "logistic": (logistic(30, 2), CANCER),
    "linear": (linear(10), DIABETES),
    "two-layer linear": (two_layer_linear(10, 6), DIABETES),
    "regression, 3 outputs": (
        MLP((10, 8, 3), objective="squared error"),
        Dataset("three", DIABETES.inputs, DIABETES.inputs[:, :3] ** 2),
    ),
    "ConvNet": (ConvNet(channels=6), WAVES),
    "ConvNet, wider than its images": (ConvNet(30, 2, 4, kernels=(1, 9, 5, 7, 3, 3)), CANCER),
    "pre-norm transformer": (Transformer(length=5, width=8), SEQUENCES),
    "post-norm transformer": (Transformer(length=5, width=8, depth=2, pre_norm=False), SEQUENCES),
}
OPTIMIZERS = {
    "GD": (GradientDescent(), lambda p, lr: torch.optim.SGD(p, lr=lr)),
    "momentum": (SGD(momentum=0.9), lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9)),
    "SGD, dampening, decay": (
        SGD(momentum=0.9, dampening=0.3, weight_decay=0.1),
        lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9, dampening=0.3, weight_decay=0.1),
    ),
    "SGD, dampening without momentum": (
        SGD(dampening=0.3),
        lambda p, lr: torch.optim.SGD(p, lr=lr, dampening=0.3),
    ),
    "SGD, Nesterov": (
        SGD(momentum=0.9, nesterov=True),
        lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9, nesterov=True),
    ),
    "heavy ball": (HeavyBall(0.9), lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9)),
    "Nesterov": (
        Nesterov(0.9),
        lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9, nesterov=True),
    ),
    "Adam": (Adam(), lambda p, lr: torch.optim.Adam(p, lr=lr)),
    "Adam, all options": (
        Adam(0.8, 0.95, 1e-6, weight_decay=0.1, amsgrad=True),
        lambda p, lr: torch.optim.Adam(
            p, lr=lr, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1, amsgrad=True
        ),
    ),
    "AdamW": (AdamW(weight_decay=0.1), lambda p, lr: torch.optim.AdamW(p, lr=lr, weight_decay=0.1)),
    "RMSProp": (RMSProp(), lambda p, lr: torch.optim.RMSprop(p, lr=lr)),
    "Adagrad": (Adagrad(), lambda p, lr: torch.optim.Adagrad(p, lr=lr)),
}
ONE_STEP = {"float32": 1e-6, "float64": 1e-14}


def assert_runs_alone(result, model, data, make, tolerance, factors=None):
    """Compare losses and final weights of every run with the run made alone."""
    config = result.config
    for run, row in result.runs.iterrows():
        losses, net = oracle.train_alone(
            model,
            data,
            make,
            row["learning_rate"],
            int(row["seed"]),
            config["steps"],
            config["batch_size"],
            config["dtype"],
            factors,
        )
        scale = max(1, np.abs(losses).max())
        np.testing.assert_allclose(result.loss[run], losses, rtol=0, atol=tolerance * scale)
        for weight, values in zip(net.parameters(), result.params.values(), strict=True):
            expected = weight.detach().numpy()
            scale = max(1, np.abs(expected).max())
            np.testing.assert_allclose(values[run], expected, rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("dtype", ONE_STEP)
@pytest.mark.parametrize("name", MODELS)
def test_one_step_of_every_model_equals_torch(name, dtype):
    model, data = MODELS[name]
    result = sweep(
        model,
        data,
        SGD(momentum=0.9),
        [0.01, 0.1, 0.3],
        seeds=[3, 8],
        steps=1,
        batch_size=16,
        dtype=dtype,
        keep_params=True,
    )
    make = OPTIMIZERS["momentum"][1]
    assert_runs_alone(result, model, data, make, ONE_STEP[dtype])


@pytest.mark.parametrize(
    ("model", "device"), [("MLP", None), ("ConvNet", None), ("ConvNet", "cpu")]
)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_of_every_optimizer_equal_torch(name, model, device):
    model, data = MODELS[model]
    optimizer, make = OPTIMIZERS[name]
    result = sweep(
        model,
        data,
        optimizer,
        [0.001, 0.01],
        seeds=2,
        steps=6,
        batch_size=16,
        dtype="float64",
        device=device,
        keep_params=True,
    )
    # Divided by its own size, a gradient of 1e-9 carries its rounding at full length.
    assert_runs_alone(result, model, data, make, 1e-13 if "Ada" not in name else 1e-8)


@pytest.mark.parametrize("model", ["MLP", "pre-norm transformer"])
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("dtype", ONE_STEP)
def test_one_step_of_every_optimizer_equals_torch(name, model, dtype):
    model, data = MODELS[model]
    optimizer, make = OPTIMIZERS[name]
    result = sweep(model, data, optimizer, [1e-3], steps=2, batch_size=16, dtype=dtype)
    losses, _ = oracle.train_alone(model, data, make, 1e-3, 0, 2, 16, dtype)
    np.testing.assert_allclose(result.loss[0], losses, rtol=0, atol=2 * ONE_STEP[dtype])


def test_440_steps_of_every_rate_that_does_not_diverge_equal_torch():
    model, data = MODELS["MLP"]
    make = OPTIMIZERS["momentum"][1]
    rates = np.geomspace(1e-4, 1, 9)
    result = sweep(
        model, data, SGD(momentum=0.9), rates, seeds=2, steps=440, batch_size=64, dtype="float64"
    )
    stable = ~result.diverged
    assert 10 <= stable.sum() < len(stable)
    for run, row in result.runs[stable].iterrows():
        losses, _ = oracle.train_alone(
            model, data, make, row["learning_rate"], int(row["seed"]), 440, 64
        )
        np.testing.assert_allclose(result.loss[run], losses, rtol=0, atol=1e-5)


def test_a_schedule_multiplies_the_rate_of_each_step():
    model, data = MODELS["MLP"]
    factors = np.linspace(1, 0, 6)
    optimizer, make = OPTIMIZERS["momentum"]
    options = {"steps": 6, "batch_size": 16, "dtype": "float64", "keep_params": True}
    by_array = sweep(model, data, optimizer, [0.1], schedule=factors, **options)
    by_function = sweep(model, data, optimizer, [0.1], schedule=lambda s: 1 - s / 5, **options)
    assert_runs_alone(by_array, model, data, make, 1e-13, factors)
    np.testing.assert_allclose(by_array.loss, by_function.loss, rtol=1e-12)
    table = np.stack([np.ones(6), factors], axis=1)
    both = sweep(model, data, optimizer, [0.1, 0.1], schedule=table, **options)
    np.testing.assert_array_equal(both.loss[1], by_array.loss[0])
    assert both.loss[0, -1] != both.loss[1, -1]


@pytest.mark.parametrize("dtype", ONE_STEP)
@pytest.mark.parametrize(
    "name",
    [
        "MLP",
        "layer norm",
        "logistic",
        "linear",
        "two-layer linear",
        "ConvNet",
        "pre-norm transformer",
    ],
)
def test_a_run_does_not_depend_on_its_neighbours(name, dtype, monkeypatch):
    """Bit for bit in NumPy, alone and in company, in large blocks and in small ones."""
    model, data = MODELS[name]
    rates = [0.001, 0.003, 0.01, 0.02, 0.03, 0.05, 0.1]
    options = {"steps": 12, "batch_size": 32, "dtype": dtype, "keep_params": True}
    tolerance = 10 * ONE_STEP[dtype] if "transformer" in name else 0
    whole = sweep(model, data, SGD(momentum=0.9), rates, seeds=3, **options)
    assert not whole.diverged.all()
    monkeypatch.setattr("lrcourse.training._execute.CACHE", 1)
    cut = sweep(model, data, SGD(momentum=0.9), rates, seeds=3, **options)
    np.testing.assert_allclose(whole.loss, cut.loss, rtol=tolerance)
    for run, row in whole.runs.iloc[[0, 4, 11, 20]].iterrows():
        alone = sweep(
            model,
            data,
            SGD(momentum=0.9),
            [row["learning_rate"]],
            seeds=[int(row["seed"])],
            **options,
        )
        np.testing.assert_allclose(alone.loss[0], whole.loss[run], rtol=tolerance)
        for weight, values in whole.params.items():
            np.testing.assert_allclose(alone.params[weight][0], values[run], rtol=0, atol=tolerance)


@pytest.mark.parametrize("batch", [7, 32, None])
@pytest.mark.parametrize("width", [5, 33, 64])
@pytest.mark.parametrize("dtype", ONE_STEP)
def test_no_shape_of_a_block_changes_a_run(dtype, width, batch):
    """BLAS takes another kernel, and another order of summing, for matrices of another shape."""
    data = digits().split(1 / 3, rng=np.random.default_rng(0)).standardised()
    model, rates = MLP((64, width, 10)), np.geomspace(1e-3, 0.1, 9)
    options = {"steps": 4, "batch_size": batch, "dtype": dtype, "keep_params": True}
    whole = sweep(model, data, SGD(momentum=0.9), rates, seeds=2, **options)
    for few in (slice(3, 4), slice(2, 4), slice(3, 8)):
        part = sweep(model, data, SGD(momentum=0.9), rates[few], seeds=2, **options)
        here = whole.runs["learning_rate"].isin(rates[few]).to_numpy()
        np.testing.assert_array_equal(part.loss, whole.loss[here])
        np.testing.assert_array_equal(part.metrics["val_loss"], whole.metrics["val_loss"][here])
        np.testing.assert_array_equal(part.params["weight0"], whole.params["weight0"][here])


def test_momenta_are_an_axis():
    model, data = MODELS["MLP"]
    options = {"steps": 5, "batch_size": 16, "dtype": "float64"}
    both = sweep(model, data, SGD(), [0.01, 0.1], momenta=[0.0, 0.9], seeds=2, **options)
    assert both.runs[["learning_rate", "momentum", "seed"]].to_numpy().tolist()[:4] == [
        [0.01, 0.0, 0],
        [0.01, 0.0, 1],
        [0.01, 0.9, 0],
        [0.01, 0.9, 1],
    ]
    for momentum in (0.0, 0.9):
        one = sweep(model, data, SGD(momentum=momentum), [0.01, 0.1], seeds=2, **options)
        np.testing.assert_array_equal(both.loss[both.runs["momentum"] == momentum], one.loss)
    adam = sweep(model, data, Adam(beta1=0.5), [0.01], **options)
    swept = sweep(model, data, Adam(), [0.01], momenta=[0.5], **options)
    np.testing.assert_array_equal(adam.loss, swept.loss)


@pytest.mark.parametrize("name", ["MLP", "ConvNet", "pre-norm transformer"])
def test_diverged_runs_are_frozen_flagged_and_alone(name):
    model, data = MODELS[name]
    rates, weight = [0.01, 1e4], list(model.init(np.random.default_rng(0)))[-1]
    options = {"steps": 30, "batch_size": 16, "keep_params": True, "checkpoints": [0, 10, 30]}
    result = sweep(model, data, SGD(momentum=0.9), rates, seeds=2, **options)
    assert result.diverged.tolist() == [False, False, True, True]
    calm = sweep(model, data, SGD(momentum=0.9), rates[:1], seeds=2, **options)
    tolerance = 1e-5 if "transformer" in name else 0
    np.testing.assert_allclose(result.loss[:2], calm.loss, rtol=tolerance)
    for run in (2, 3):
        at = int(result.runs["diverged_at"][run])
        limit = 1e3 * result.loss[run, 0]
        assert not result.loss[run, at] <= limit
        assert (result.loss[run, :at] <= limit).all()
        assert np.isnan(result.loss[run, at + 1 :]).all()
        assert np.isfinite(result.metrics["train_loss"][run, 0])
        assert np.isnan(result.metrics["train_loss"][run, 1:]).all()
        short = sweep(
            model,
            data,
            SGD(momentum=0.9),
            rates,
            seeds=2,
            **options | {"steps": at, "checkpoints": []},
        )
        np.testing.assert_allclose(
            result.params[weight][run], short.params[weight][run], rtol=tolerance
        )


def test_when_every_run_diverges_the_rest_is_missing():
    model, data = MODELS["linear"]
    result = sweep(model, data, GradientDescent(), [1e3], steps=40, checkpoints=[0, 20, 40])
    assert result.diverged.all()
    assert np.isnan(result.metrics["train_loss"][:, 1:]).all()
    assert result.metrics["train_loss"].shape == (1, 3)


@pytest.mark.parametrize("split", [False, True])
@pytest.mark.parametrize("name", ["linear", "MLP", "ConvNet"])
def test_when_every_run_diverges_the_metrics_are_there_and_missing(name, split):
    model, data = MODELS[name]
    if split:
        data = data.split(0.3, rng=np.random.default_rng(0))
    options = {"seeds": 2, "steps": 30, "batch_size": 16}
    lost = sweep(model, data, SGD(momentum=0.9), [1e5, 1e6], **options)
    kept = sweep(model, data, SGD(momentum=0.9), [1e-3, 1e6], **options)
    assert lost.diverged.all()
    assert lost.metrics.keys() == kept.metrics.keys() >= {"train_loss"}
    assert ("val_loss" in lost.metrics) == split
    for values in lost.metrics.values():
        np.testing.assert_array_equal(values, np.full((4, 1), np.nan))
    assert lost.summary("train_loss")["diverged"].tolist() == [2, 2]


def test_lion_has_no_oracle_in_torch_but_runs():
    model, data = MODELS["MLP"]
    result = sweep(model, data, Lion(), [1e-3], steps=60, batch_size=32)
    assert result.loss[0, -10:].mean() < result.loss[0, 0] / 2


def test_metrics_are_those_of_the_whole_data():
    model, data = MODELS["MLP"]
    parts = data.split(0.3, rng=np.random.default_rng(1))
    result = sweep(
        model,
        parts,
        SGD(momentum=0.9),
        [0.05],
        seeds=[4],
        steps=8,
        dtype="float64",
        keep_params=True,
    )
    options = {"seeds": [4], "steps": 8, "dtype": "float64"}
    for only in ("train", "val"):
        judged = sweep(model, parts, SGD(momentum=0.9), [0.05], judged_on=[only], **options)
        assert judged.metrics.keys() == {f"{only}_loss", f"{only}_accuracy"}
        for name, values in judged.metrics.items():
            np.testing.assert_array_equal(values, result.metrics[name])
    net = model.module({k: v[0] for k, v in result.params.items()}, "float64")
    for part, name in ((parts.train, "train"), (parts.validation, "val")):
        outputs = net(torch.tensor(part.inputs))
        targets = torch.tensor(part.targets).long()
        loss = torch.nn.functional.cross_entropy(outputs, targets).item()
        accuracy = (outputs.argmax(1) == targets).double().mean().item()
        assert result.metrics[f"{name}_loss"][0, 0] == pytest.approx(loss)
        assert result.metrics[f"{name}_accuracy"][0, 0] == pytest.approx(accuracy)


@pytest.mark.parametrize(
    "name",
    ["MLP", "linear", "regression, 3 outputs", "ConvNet", "ConvNet, wider than its images"],
)
def test_both_engines_agree(name):
    model, data = MODELS[name]
    options = {"seeds": 2, "steps": 5, "batch_size": 16, "dtype": "float64"}
    ours = sweep(model, data, Adam(), [0.01, 0.03], **options)
    torches = sweep(model, data, Adam(), [0.01, 0.03], device="cpu", **options)
    np.testing.assert_allclose(ours.loss, torches.loss, rtol=1e-9)
    for metric in ours.metrics:
        np.testing.assert_allclose(ours.metrics[metric], torches.metrics[metric], rtol=1e-9)


def test_every_seed_can_have_data_of_its_own():
    def data(seed):
        return wave1d(100, seed=2 * seed).split(0.2, rng=np.random.default_rng(seed))

    for model in (MLP((40, 8, 10)), ConvNet(channels=4)):
        both = sweep(model, data, Adam(), [0.01], seeds=[1, 2], steps=3, batch_size=20)
        for i, seed in enumerate((1, 2)):
            one = sweep(model, data(seed), Adam(), [0.01], seeds=[seed], steps=3, batch_size=20)
            np.testing.assert_allclose(both.loss[i], one.loss[0], rtol=1e-6)
            assert both.metrics["val_loss"][i] == pytest.approx(one.metrics["val_loss"][0])


def test_processes_give_the_same_result(monkeypatch):
    model, data = MODELS["logistic"]
    monkeypatch.setattr("lrcourse.training._execute.CACHE", 1)
    options = {"seeds": 2, "steps": 5, "batch_size": 16}
    one = sweep(model, data, SGD(), np.geomspace(0.01, 0.1, 8), jobs=1, **options)
    two = sweep(model, data, SGD(), np.geomspace(0.01, 0.1, 8), jobs=2, **options)
    np.testing.assert_array_equal(one.loss, two.loss)


def test_only_a_large_sweep_takes_all_cores_by_itself(monkeypatch):
    model, data = MODELS["logistic"]
    monkeypatch.setattr("lrcourse.training._execute.CACHE", 1)
    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 1, 2}, raising=False)
    asked = []

    def here(n_jobs, **options):
        asked.append(n_jobs)
        return Parallel(n_jobs=1, **options)

    monkeypatch.setattr("joblib.Parallel", here)
    small = sweep(model, data, SGD(), np.geomspace(0.01, 0.1, 16), steps=5)
    assert asked == []
    monkeypatch.setattr("lrcourse.training._execute.LARGE", 0)
    large = sweep(model, data, SGD(), np.geomspace(0.01, 0.1, 16), steps=5)
    assert asked == [3]
    np.testing.assert_array_equal(small.loss, large.loss)


def test_blocks_are_as_large_as_the_device_likes(monkeypatch):
    """Only planned, not trained: small in the cache, larger for torch, whole on an accelerator."""
    planned = []

    def stop(job, tiles, *args, **options):
        planned.append(len(tiles))
        raise InterruptedError

    monkeypatch.setattr("lrcourse.training._sweep.execute", stop)
    rates = np.geomspace(1e-4, 0.1, 2048)
    for device in (None, "cpu", "cuda", "cuda:1"):
        with pytest.raises(InterruptedError):
            sweep(ConvNet(), WAVES, Adam(), rates, steps=1, batch_size=64, device=device)
    cache, torch_on_cpu, first, second = planned
    assert cache > 4 * torch_on_cpu > 4
    assert (first, second) == (1, 1)


def test_the_number_of_torch_threads_comes_back():
    torch.set_num_threads(2)
    try:
        sweep(*MODELS["pre-norm transformer"], SGD(), [0.1], steps=1)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)


def test_a_bar_appears_after_a_second_and_only_if_wanted(monkeypatch, capsys):
    monkeypatch.setattr("lrcourse.training._progress.PATIENCE", 0.0)
    monkeypatch.setattr("lrcourse.training._block.time.monotonic", iter(range(9999)).__next__)
    sweep(*MODELS["linear"], SGD(), [0.1], steps=3, progress=False)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("FORCE_COLOR", "1")
    sweep(*MODELS["linear"], SGD(), [0.1], steps=3)
    assert "training" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"model": "MLP"}, TypeError, "model must be .*'MLP'"),
        ({"data": [1]}, TypeError, r"data must be .*\[1\]"),
        ({"data": WAVES}, ValueError, r"data must have 30 input columns, got shape \(150, 40\)"),
        ({"optimizer": "adam"}, TypeError, "optimizer must be one of .*'adam'"),
        ({"optimizer": ScheduleFreeSGD()}, TypeError, "optimizer must be one of .*ScheduleFreeSGD"),
        ({"learning_rates": [0.1, -1]}, ValueError, r"learning_rates must not be .*\[0.1, -1\]"),
        (
            {"learning_rates": [[0.1], [0.1, 0.2]]},
            TypeError,
            r"learning_rates must be numeric, got \[\[0.1\], \[0.1, 0.2\]\]",
        ),
        ({"learning_rates": []}, ValueError, r"learning_rates must not be empty, got \[\]"),
        ({"momenta": [1.0]}, ValueError, r"momenta must be in \[0, 1\), got \[1.0\]"),
        (
            {"momenta": [0.5], "optimizer": GradientDescent()},
            ValueError,
            r"momenta must be left out with GradientDescent\(\), got \[0.5\]",
        ),
        ({"seeds": 0}, ValueError, "seeds must be at least 1, got 0"),
        ({"seeds": [1, 1]}, ValueError, r"seeds must be different integers, got \[1, 1\]"),
        ({"seeds": [-1]}, ValueError, "seeds must be at least 0, got -1"),
        ({"steps": 0}, ValueError, "steps must be at least 1, got 0"),
        ({"batch_size": 570}, ValueError, "batch_size must be at most the 569 rows, got 570"),
        ({"schedule": [1.0, 2.0]}, ValueError, r"schedule must have shape \(3,\) or .*got \(2,\)"),
        ({"schedule": [-1.0, 0, 0]}, ValueError, r"schedule must not be negative, got \[-1.0"),
        ({"checkpoints": [4]}, ValueError, r"checkpoints must rise .* 3, got \[4\]"),
        ({"checkpoints": [2, 1]}, ValueError, r"checkpoints must rise .* 3, got \[2, 1\]"),
        ({"judged_on": ["val"]}, ValueError, r"judged_on must hold some of \('train',\), .*'val'"),
        ({"judged_on": "train"}, ValueError, "judged_on must hold .* got 'train'"),
        ({"diverged_above": -1}, ValueError, "diverged_above must be positive, got -1"),
        ({"dtype": "float16"}, ValueError, "dtype must be one of .*'float16'"),
        ({"jobs": 0}, ValueError, "jobs must be at least 1, got 0"),
        (
            {"data": lambda seed: CANCER if seed else DIGITS, "seeds": 2},
            ValueError,
            r"data must be equally long for every seed, got \(449,\) and \(569,\)",
        ),
        (
            {"data": Dataset("huge", 1e300 * CANCER.inputs, CANCER.targets)},
            ValueError,
            "data must give a finite loss at step 0, got (nan|inf)",
        ),
    ],
)
def test_bad_input_is_named(change, error, words):
    good = {
        "model": logistic(30, 2),
        "data": CANCER,
        "optimizer": SGD(),
        "learning_rates": [0.1],
        "steps": 3,
    }
    arguments = {**good, **change}
    with pytest.raises(error, match=words):
        sweep(**arguments)


def test_no_gradient_is_a_denormal_number(monkeypatch):
    """With weights this large a network is sure, and the other classes get next to nothing."""
    least = []

    def watched(engine, delta, tape, backward=DenseEngine._backward):
        least.append(np.abs(delta[delta != 0]).min(initial=1))
        backward(engine, delta, tape)

    monkeypatch.setattr(DenseEngine, "_backward", watched)
    for dtype in ("float32", "float64"):
        model, options = MLP((64, 32, 10), gain=300.0), {"dtype": dtype, "batch_size": 16}
        sweep(model, DIGITS, SGD(momentum=0.9), [1e-3], steps=5, checkpoints=(), **options)
        assert np.finfo(dtype).tiny < min(least) < np.finfo(dtype).tiny ** 0.6
