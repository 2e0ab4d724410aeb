"""Training after the finder is training without it, bit for bit."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, RandomSampler, TensorDataset

from lrcourse.finder import TorchTrainer, lr_range_test, tournament

torch.set_num_threads(1)
LOSS = nn.CrossEntropyLoss()


def fingerprint(value):
    """Return nested tuples of bytes and plain values: equal only if every bit is."""
    if isinstance(value, torch.Tensor):
        return (str(value.dtype), tuple(value.shape), value.detach().cpu().numpy().tobytes())
    if isinstance(value, dict):
        return tuple((str(k), fingerprint(v)) for k, v in value.items())
    if isinstance(value, list | tuple):
        return tuple(fingerprint(v) for v in value)
    if isinstance(value, np.ndarray):
        return value.tobytes()
    return repr(value)


def network():
    return nn.Sequential(
        nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(0.3), nn.Linear(12, 3)
    )


def data(generator=None):
    source = torch.Generator().manual_seed(7)
    inputs = torch.randn(60, 6, generator=source)
    targets = torch.randint(0, 3, (60,), generator=source)
    return DataLoader(TensorDataset(inputs, targets), 8, shuffle=True, generator=generator)


def two_groups(parameters):
    first, *rest = parameters
    slow = {"params": rest, "lr": 0.01, "momentum": 0.5}
    return torch.optim.SGD([{"params": [first]}, slow], lr=0.1)


OPTIMIZERS = {
    "sgd with momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=1e-3),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-2),
    "adam with tensor rate": lambda p: torch.optim.Adam(p, lr=torch.tensor(1e-2), foreach=False),
    "adamw amsgrad": lambda p: torch.optim.AdamW(p, lr=1e-2, amsgrad=True),
    "two groups": two_groups,
}
LOADERS = {
    "global generator": data,
    "own generator": lambda: data(torch.Generator().manual_seed(11)),
    "sampler's generator": lambda: DataLoader(
        data().dataset,
        8,
        sampler=RandomSampler(data().dataset, generator=torch.Generator().manual_seed(5)),
    ),
    "list": lambda: [*data(torch.Generator().manual_seed(3))],
}


class Scene:
    """A model in training, made the same way each time."""

    def __init__(self, optimizer, loader, trained):
        random.seed(1)
        np.random.seed(2)  # noqa: NPY002
        torch.manual_seed(3)
        self.model = network()
        self.loader = LOADERS[loader]()
        self.optimizer = OPTIMIZERS[optimizer](self.model.parameters())
        self.scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimizer, 50)
        if trained:
            self.train(1)

    def train(self, epochs=2):
        losses = []
        for _ in range(epochs):
            for inputs, targets in self.loader:
                self.optimizer.zero_grad()
                loss = LOSS(self.model(inputs), targets)
                loss.backward()
                self.optimizer.step()
                self.scheduler.step()
                losses.append(loss.item())
        return losses

    def state(self):
        streams = [random.getstate(), np.random.get_state(), torch.get_rng_state()]  # noqa: NPY002
        own = getattr(self.loader, "generator", None)
        return {
            "model": fingerprint(self.model.state_dict()),
            "grads": fingerprint([p.grad for p in self.model.parameters()]),
            "modes": [m.training for m in self.model.modules()],
            "optimizer": fingerprint(self.optimizer.state_dict()),
            "groups": fingerprint(
                [{k: v for k, v in g.items() if k != "params"} for g in self.optimizer.param_groups]
            ),
            "scheduler": fingerprint(self.scheduler.state_dict()),
            "streams": fingerprint(streams),
            "loader": fingerprint(own.get_state() if own is not None else None),
        }

    def find(self, **options):
        settings = {"lowest": 1e-4, "highest": 10, "steps": 23, **options}
        return lr_range_test(self.model, LOSS, self.loader, self.optimizer, **settings)


def raising_at(step, error):
    calls = []

    def loss(outputs, targets):
        calls.append(1)
        random.random()
        np.random.rand()  # noqa: NPY002
        if len(calls) > step:
            raise error
        return LOSS(outputs, targets)

    return loss


@pytest.mark.parametrize("trained", [False, True], ids=["fresh", "trained"])
@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_after_the_finder_is_training_without_it(optimizer, loader, trained):
    without = Scene(optimizer, loader, trained)
    losses, end = without.train(), without.state()
    after = Scene(optimizer, loader, trained)
    before = after.state()
    found = after.find()
    assert len(found.losses) > 8  # more than one pass of the loader
    assert after.state() == before
    assert after.train() == losses
    assert after.state() == end


@pytest.mark.parametrize("error", [RuntimeError("out of luck"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", [1, 9])
@pytest.mark.parametrize("loader", ["global generator", "own generator"])
def test_an_exception_in_the_middle_leaves_no_trace(loader, step, error):
    without = Scene("sgd with momentum", loader, trained=True)
    losses, end = without.train(), without.state()
    after = Scene("sgd with momentum", loader, trained=True)
    before = after.state()
    with pytest.raises(type(error)) as raised:
        lr_range_test(after.model, raising_at(step, error), after.loader, after.optimizer)
    assert raised.value is error
    assert after.state() == before
    assert after.train() == losses
    assert after.state() == end


def test_the_same_objects_return():
    scene = Scene("adam", "own generator", trained=True)
    model, optimizer = scene.model, scene.optimizer
    parameters = list(model.parameters())
    kept = [parameters, [p.grad for p in parameters], list(model.buffers())]
    kept += [[p.data_ptr() for p in parameters], optimizer.param_groups, optimizer.state]
    kept += [[optimizer.state[p]["exp_avg"] for p in parameters], scene.loader.generator]
    scene.find()
    again = list(model.parameters())
    now = [again, [p.grad for p in again], list(model.buffers())]
    now += [[p.data_ptr() for p in again], optimizer.param_groups, optimizer.state]
    now += [[optimizer.state[p]["exp_avg"] for p in again], scene.loader.generator]
    for old, new in zip(kept, now, strict=True):
        if isinstance(old, list) and old and not isinstance(old[0], int | dict):
            assert all(a is b for a, b in zip(old, new, strict=True))
        else:
            assert old == new


def test_gradients_that_were_none_stay_none_and_others_stay():
    scene = Scene("adam", "list", trained=False)
    first, *others = scene.model.parameters()
    first.grad = torch.full_like(first, 2.5)
    scene.find()
    assert (first.grad == 2.5).all()
    assert all(p.grad is None for p in others)


def test_modes_return_and_a_frozen_part_stays_frozen_during_the_test():
    scene = Scene("adam", "list", trained=True)
    norm = scene.model[1]
    norm.eval()
    seen = []
    norm.register_forward_hook(lambda module, *_: seen.append(module.training))
    scene.find(held_out=scene.loader)
    assert not any(seen)
    assert [m.training for m in scene.model] == [True, False, True, True, True]
    scene.model.eval()
    seen.clear()
    scene.find()
    assert all(seen)
    assert not any(m.training for m in scene.model.modules())


class Odd(nn.Module):
    """Keeps what modules should not keep outside of parameters and buffers."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 3)
        self.register_buffer("average", torch.zeros(3))
        self.register_buffer("spread", torch.zeros(1).expand(4))
        self.calls, self.scale = 0, torch.ones(3)

    def forward(self, inputs):
        outputs = self.linear(inputs) * self.scale.clone()
        self.calls += 1
        self.scale.mul_(1.01)
        self.average = 0.9 * self.average + 0.1 * outputs.detach().mean(0)  # replaced, not changed
        self.late = outputs
        return outputs


def test_attributes_and_replaced_buffers_return():
    torch.manual_seed(0)
    model = Odd()
    average, scale = model.average, model.scale
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    lr_range_test(model, LOSS, data(), optimizer, steps=12)
    assert model.average is average
    assert (average == 0).all()
    assert model.scale is scale
    assert (scale == 1).all()
    assert model.calls == 0
    assert not hasattr(model, "late")


class Centre(nn.Module):
    """A loss with a parameter and a buffer of its own, the parameter trained by the optimiser."""

    def __init__(self):
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(3))
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, outputs, targets):
        self.calls += 1
        return LOSS(outputs + self.shift, targets)


def test_a_loss_that_learns_returns_too():
    torch.manual_seed(0)
    model, loss = nn.Linear(6, 3), Centre()
    optimizer = torch.optim.SGD([*model.parameters(), *loss.parameters()], lr=0.1)
    lr_range_test(model, loss, data(), optimizer, steps=12)
    assert loss.calls == 0
    assert (loss.shift == 0).all()
    assert loss.shift.grad is None


class Noisy(torch.utils.data.Dataset):
    """Draws its noise from a generator of each kind."""

    def __init__(self):
        self.numpy = np.random.default_rng(1)
        self.legacy = np.random.RandomState(2)
        self.python = random.Random(3)

    def __len__(self):
        return 20

    def __getitem__(self, i):
        noise = self.numpy.normal() + self.legacy.normal() + self.python.random()
        return torch.full((6,), i + noise), i % 3

    def draw(self):
        return self.numpy.normal(), self.legacy.normal(), self.python.random()


def test_generators_of_the_data_set_return():
    dataset, untouched = Noisy(), Noisy()
    model = nn.Linear(6, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    lr_range_test(model, LOSS, DataLoader(dataset, 5), optimizer, steps=12)
    assert dataset.draw() == untouched.draw()


def test_under_no_grad_the_test_still_trains():
    scene = Scene("adam", "list", trained=False)
    with torch.no_grad():
        found = scene.find(highest=0.1)
        assert not torch.is_grad_enabled()
    assert found.losses[-1] < found.losses[0]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # processes that fork under threads
def test_workers_that_persist_go_on_as_if_nothing_had_been():
    def order(find):
        torch.manual_seed(0)
        loader = DataLoader(
            data().dataset, 20, shuffle=True, num_workers=1, persistent_workers=True
        )
        seen = [[inputs.sum().item() for inputs, _ in loader]]
        if find:
            model = nn.Linear(6, 3)
            state = torch.get_rng_state()
            lr_range_test(model, LOSS, loader, torch.optim.SGD(model.parameters(), 0.1), steps=5)
            assert torch.equal(torch.get_rng_state(), state)
            torch.manual_seed(1)
        else:
            torch.manual_seed(1)
        return [*seen, [inputs.sum().item() for inputs, _ in loader]]

    assert order(find=True) == order(find=False)


def test_the_tournament_leaves_no_trace():
    scene = Scene("adam", "own generator", trained=True)
    before = scene.state()
    trainer = TorchTrainer(scene.model, LOSS, scene.loader, torch.optim.SGD, held_out=[*data()])
    after_making = scene.state()
    tournament(trainer, horizon=8, rates=4, seeds=(0, 1), widenings=1)
    assert scene.state() == after_making
    assert before["model"] == after_making["model"]
    assert before["loader"] == after_making["loader"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_streams_return():
    torch.manual_seed(0)
    model = network().cuda()
    optimizer = torch.optim.Adam(model.parameters())
    before = torch.cuda.get_rng_state_all()
    weights = fingerprint(model.state_dict())
    found = lr_range_test(model, LOSS, data(), optimizer, steps=20)
    assert len(found.losses) > 8
    assert fingerprint(model.state_dict()) == weights
    after = torch.cuda.get_rng_state_all()
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
