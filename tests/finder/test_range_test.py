"""What the ramp does, and what it says about bad input."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from lrcourse.finder import lr_range_test, suggest

torch.set_num_threads(1)


def examples(n=32, classes=3):
    source = torch.Generator().manual_seed(1)
    inputs = torch.randn(n, 4, generator=source)
    return inputs, (inputs.sum(1) > 0).long() + (inputs[:, 0] > 1).long() * (classes > 2)


def scene(lr=0.1):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 3))
    return model, torch.optim.SGD(model.parameters(), lr=lr)


def by_hand(rates, batches, *, accumulate=1, repeat=1):
    """Return the losses of a plain loop with the given rates."""
    model, optimizer = scene()
    source = (batch for _ in range(10_000) for batch in batches)
    losses = []
    for rate in rates:
        optimizer.param_groups[0]["lr"] = rate
        values = []
        for _ in range(repeat):
            optimizer.zero_grad()
            parts = [
                F.cross_entropy(model(x), y) for x, y in (next(source) for _ in range(accumulate))
            ]
            (sum(parts) / accumulate).backward()
            optimizer.step()
            values.append(np.mean([part.item() for part in parts]))
        losses.append(np.mean(values))
    return losses


@pytest.mark.parametrize(("accumulate", "repeat"), [(1, 1), (3, 1), (1, 2), (2, 3)])
def test_the_losses_are_those_of_a_plain_loop(accumulate, repeat):
    batches = [examples(8), examples(12), examples(20)]
    model, optimizer = scene()
    found = lr_range_test(
        model,
        F.cross_entropy,
        batches,
        optimizer,
        lowest=1e-3,
        highest=1.0,
        steps=15,
        accumulation_steps=accumulate,
        steps_per_rate=repeat,
    )
    expected = by_hand(found.learning_rates, batches, accumulate=accumulate, repeat=repeat)
    np.testing.assert_allclose(found.losses, expected, rtol=1e-5)
    assert not found.stopped_early
    assert found.ramp.steps_per_rate == repeat
    np.testing.assert_allclose(found.learning_rates, np.geomspace(1e-3, 1.0, 15))


def test_nothing_is_printed(capsys):
    model, optimizer = scene()
    suggest(lr_range_test(model, F.cross_entropy, [examples()], optimizer))
    assert capsys.readouterr() == ("", "")


def test_the_ramp_stops_where_the_loss_blows_up():
    inputs = torch.randn(64, 1, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    batches = [(inputs, inputs**2)]

    def find(**options):
        return lr_range_test(model, F.mse_loss, batches, optimizer, highest=1e3, **options)

    found = find()
    assert found.stopped_early
    assert len(found.losses) < 100
    assert 0.1 < found.learning_rates[found.losses.argmin()] < 3
    whole = find(stop_factor=None, steps=60)
    assert whole.stopped_early == (not np.isfinite(whole.losses[-1]))
    assert len(whole.losses) > len(find(steps=60).losses)
    assert len(find(stop_factor=100.0).losses) >= len(found.losses)


def test_a_loss_that_becomes_nan_ends_the_ramp_and_is_kept():
    model, optimizer = scene()
    calls = []

    def loss(outputs, targets):
        calls.append(1)
        return F.cross_entropy(outputs, targets) * (float("nan") if len(calls) == 6 else 1)

    found = lr_range_test(model, loss, [examples()], optimizer)
    assert len(calls) == 6
    assert np.isfinite(found.losses[:5]).all()
    assert np.isnan(found.losses[5])
    assert found.stopped_early


def test_a_negative_loss_does_not_stop_the_ramp():
    model, optimizer = scene()
    found = lr_range_test(
        model,
        lambda outputs, targets: F.cross_entropy(outputs, targets) - 10,
        [examples()],
        optimizer,
        highest=0.1,
    )
    assert not found.stopped_early


def test_held_out_loss_is_measured_in_eval_mode_after_each_step():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    modes = []
    model[1].register_forward_hook(lambda module, *_: modes.append(module.training))
    held_out = [examples(5), examples(15)]
    found = lr_range_test(
        model, F.cross_entropy, [examples()], optimizer, held_out=held_out, steps=4, highest=1e-5
    )
    assert modes == [True, False, False] * 4
    model.eval()
    both = [torch.cat(parts) for parts in zip(*held_out, strict=True)]
    expected = F.cross_entropy(model(both[0]), both[1]).item()
    np.testing.assert_allclose(found.held_out_losses, expected, rtol=1e-3)  # rates are tiny
    assert found.curve is found.held_out_losses


def test_held_out_loss_is_nan_where_training_broke():
    model, optimizer = scene()
    with torch.no_grad():
        model[0].weight *= 1e3

    def loss(outputs, targets):
        return F.mse_loss(outputs.sum(1), targets.float())

    data = [examples()]
    found = lr_range_test(
        model, loss, data, optimizer, held_out=data, highest=1e30, stop_factor=1e300, steps=40
    )
    assert found.stopped_early
    assert not np.isfinite(found.held_out_losses[-1])


def test_groups_keep_the_ratio_of_their_rates():
    model, _ = scene()
    optimizer = torch.optim.SGD(
        [
            {"params": model[0].parameters(), "lr": 0.2},
            {"params": model[2].parameters(), "lr": 0.02},
        ]
    )
    seen = []

    def loss(outputs, targets):
        seen.append([group["lr"] for group in optimizer.param_groups])
        return F.cross_entropy(outputs, targets)

    found = lr_range_test(model, loss, [examples()], optimizer, steps=5)
    seen = np.array(seen)[1:]  # the rate of a step is set before its loss
    np.testing.assert_allclose(seen[:, 0], found.learning_rates[1:])
    np.testing.assert_allclose(seen[:, 1], found.learning_rates[1:] / 10)
    assert [group["lr"] for group in optimizer.param_groups] == [0.2, 0.02]


def test_a_rate_of_zero_climbs_too():
    model, optimizer = scene(lr=0.0)
    found = lr_range_test(model, F.cross_entropy, [examples()], optimizer, highest=0.5)
    assert found.losses[-1] < found.losses[0]
    assert optimizer.param_groups[0]["lr"] == 0.0


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 3)

    def forward(self, left, right):
        return self.linear(left - right)


@pytest.mark.parametrize("kind", [tuple, list, lambda pair: dict(zip(("left", "right"), pair))])  # noqa: B905
def test_inputs_may_be_several(kind):
    torch.manual_seed(0)
    model = Pair()
    x, y = examples()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    batches = [(kind((x, torch.zeros_like(x))), y)]
    found = lr_range_test(model, F.cross_entropy, batches, optimizer, steps=5)
    expected = F.cross_entropy(model(x, torch.zeros_like(x)), y).item()
    assert found.losses[0] == pytest.approx(expected)


X, Y = examples()
GOOD = [(X, Y)]


def call(loss=F.cross_entropy, batches=GOOD, model=None, optimizer=None, **options):
    own, trained = scene()
    return lr_range_test(
        own if model is None else model,
        loss,
        batches,
        trained if optimizer is None else optimizer,
        **options,
    )


LAZY = nn.LazyLinear(3)
FROZEN = nn.Linear(4, 3).requires_grad_(requires_grad=False)

BAD = {
    "negative rate": ({"lowest": -1e-3}, ValueError, "lowest must be positive, got -0.001"),
    "nan rate": ({"highest": float("nan")}, ValueError, "highest must be finite, got nan"),
    "no steps": ({"steps": 0}, ValueError, "steps must be at least 2, got 0"),
    "no batches": ({"batches": []}, ValueError, "batches must hold at least one batch, got []"),
    "empty loader": (
        {"batches": DataLoader(TensorDataset(X[:3], Y[:3]), 8, drop_last=True)},
        ValueError,
        "batches must hold at least one batch, got <torch",
    ),
    "iterable without batches": (
        {"batches": type("Empty", (), {"__iter__": lambda self: iter(())})()},
        ValueError,
        "batches must hold at least one batch",
    ),
    "empty held-out": ({"held_out": []}, ValueError, "held_out must hold at least one batch"),
    "held-out without batches": (
        {"held_out": type("Empty", (), {"__iter__": lambda self: iter(())})()},
        ValueError,
        "held_out must hold at least one batch",
    ),
    "read once": ({"batches": iter(GOOD)}, TypeError, "batches must be a list of batches or a"),
    "no iterable": ({"batches": 3}, TypeError, "got 3"),
    "no module": ({"model": "net"}, TypeError, "model must be a torch.nn.Module, got 'net'"),
    "no parameters": (
        {"model": nn.ReLU()},
        ValueError,
        "model must have parameters that require gradients, got ReLU()",
    ),
    "frozen": ({"model": FROZEN}, ValueError, "model must have parameters that require gradients"),
    "lazy": ({"model": LAZY}, ValueError, "model must be initialised: pass it one batch first"),
    "other model's optimizer": (
        {"model": nn.Linear(4, 3)},
        ValueError,
        "optimizer must train parameters of model, got SGD",
    ),
    "no optimizer": ({"optimizer": 0.1}, TypeError, "optimizer must be a torch.optim.Optimizer, g"),
    "no loss": ({"loss": 0.5}, TypeError, "loss must be callable, got 0.5"),
    "nan at step 0": (
        {"loss": lambda o, t: F.cross_entropy(o, t) * float("nan")},
        ValueError,
        "loss must be finite at the first step, got nan",
    ),
    "loss per example": (
        {"loss": nn.CrossEntropyLoss(reduction="none")},
        TypeError,
        "loss must return a tensor of one number, got of shape (32,)",
    ),
    "loss as a float": (
        {"loss": lambda o, t: F.cross_entropy(o, t).item()},
        TypeError,
        "loss must return a tensor of one number, got float 1.",
    ),
    "no pair": ({"batches": [X]}, TypeError, "batches must hold pairs (inputs, targets), got of"),
    "targets in a column": (
        {"batches": [(X, Y[:, None])]},
        ValueError,
        "got targets of shape (32, 1) and type torch.int64 for outputs of shape (32, 3)",
    ),
    "targets too few": (
        {"batches": [(X, Y[:7])]},
        ValueError,
        "targets must fit the outputs and the loss: got targets of shape (7,)",
    ),
    "targets out of range": ({"batches": [(X, Y + 7)]}, ValueError, "is out of bounds"),
    "targets that would broadcast": (
        {"loss": lambda o, t: F.mse_loss(o[:, :1], t), "batches": [(X, Y)]},
        ValueError,
        "got targets of shape (32,) and type torch.int64",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_named_and_repeated(name):
    options, error, message = BAD[name]
    with pytest.raises(error, match=re.escape(message)):
        call(**options)


def test_later_errors_of_the_loss_are_passed_on_as_they_are():
    error = ValueError("enough")
    calls = []

    def loss(outputs, targets):
        calls.append(1)
        if len(calls) == 4:
            raise error
        return F.cross_entropy(outputs, targets)

    with pytest.raises(ValueError, match="enough") as raised:
        call(loss=loss)
    assert raised.value is error
