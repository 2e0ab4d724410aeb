"""Each run of a trainer is the run that a plain loop would make."""

from __future__ import annotations

import functools
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from lrcourse.finder import SweepTrainer, TorchTrainer, tournament

torch.set_num_threads(1)
SGD = functools.partial(torch.optim.SGD, momentum=0.9)


def loader(generator=None):
    source = torch.Generator().manual_seed(1)
    inputs = torch.randn(40, 4, generator=source)
    data = TensorDataset(inputs, (inputs.sum(1) > 0).long())
    return DataLoader(data, 8, shuffle=True, generator=generator)


def network():
    return nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.2), nn.ReLU(), nn.Linear(8, 2))


def by_hand(rate, seed, steps):
    """Return the losses of one run: weights from the seed, then batches and dropout from it."""
    torch.manual_seed(seed)
    model = network()
    torch.manual_seed(seed)
    optimizer = SGD(model.parameters(), lr=rate)
    losses = []
    while len(losses) < steps:
        for inputs, targets in loader():
            loss = F.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses[:steps]


def test_each_run_is_the_run_alone_also_when_interrupted():
    trainer = TorchTrainer(network, F.cross_entropy, loader(), SGD)
    trainer([0.01, 0.1, 0.3], [0, 5], 3)
    trainer([0.1], [5], 7)
    scores = trainer([0.1, 0.01], [5, 0], 24)
    for i, rate in enumerate((0.1, 0.01)):
        for j, seed in enumerate((5, 0)):
            expected = np.mean(by_hand(rate, seed, 24)[-6:])
            assert scores[i, j] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("own", [None, 3])
def test_seeds_change_the_batches_and_rates_do_not(own):
    seen = []

    def loss(outputs, targets):
        seen.append(targets.tolist())
        return F.cross_entropy(outputs, targets)

    generator = None if own is None else torch.Generator().manual_seed(own)
    torch.manual_seed(0)
    trainer = TorchTrainer(network(), loss, loader(generator), SGD)
    trainer([0.01, 0.1], [1, 2], 5)
    runs = [seen[i : i + 5] for i in (0, 5, 10, 15)]  # rate, then seed
    assert runs[0] == runs[2]
    assert runs[1] == runs[3]
    assert runs[0] != runs[1]


def test_the_model_given_is_only_copied():
    torch.manual_seed(0)
    model = network().eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    shuffled = loader(torch.Generator().manual_seed(4))
    state, held_out = shuffled.generator.get_state(), [*loader()]
    trainer = TorchTrainer(model, F.cross_entropy, shuffled, SGD, held_out=held_out)
    with torch.no_grad():
        first = trainer([0.1, 1.0], [0], 20)
    assert all(torch.equal(model.state_dict()[name], value) for name, value in before.items())
    assert not model.training
    assert all(p.grad is None for p in model.parameters())
    assert torch.equal(shuffled.generator.get_state(), state)
    again = TorchTrainer(model, F.cross_entropy, shuffled, SGD, held_out=held_out)
    np.testing.assert_array_equal(again([0.1, 1.0], [0], 20), first)


def test_an_exception_leaves_the_streams_alone():
    def loss(outputs, targets):
        raise KeyboardInterrupt

    shuffled = loader(torch.Generator().manual_seed(4))
    state, cpu = shuffled.generator.get_state(), torch.get_rng_state()
    with pytest.raises(KeyboardInterrupt):
        TorchTrainer(network, loss, shuffled, SGD)([0.1], [0], 2)
    assert torch.equal(shuffled.generator.get_state(), state)
    assert torch.equal(torch.get_rng_state(), cpu)


def test_streams_of_every_kind_start_from_the_seed():
    import random

    class Noisy(torch.utils.data.Dataset):
        def __init__(self):
            self.numpy = np.random.default_rng()
            self.python, self.legacy = random.Random(), np.random.RandomState()

        def __len__(self):
            return 8

        def __getitem__(self, i):
            noise = self.numpy.normal() + self.python.random() + self.legacy.normal()
            return torch.full((4,), float(noise)), i % 2

    def losses():
        return TorchTrainer(network, F.cross_entropy, DataLoader(Noisy(), 4), SGD)([0.1], [3], 5)

    assert losses() == losses()


def test_held_out_scores_are_means_over_examples():
    held_out = [*loader()]
    torch.manual_seed(0)
    model = network()
    trainer = TorchTrainer(model, F.cross_entropy, loader(), SGD, held_out=held_out)
    score = trainer([1e-12], [0], 1)[0, 0]
    model.eval()
    inputs, targets = (torch.cat(parts) for parts in zip(*held_out, strict=True))
    assert score == pytest.approx(F.cross_entropy(model(inputs), targets).item(), rel=1e-5)


def test_runs_that_diverge_score_inf_and_stay_there():
    inputs = torch.linspace(-1, 1, 16)[:, None]
    trainer = TorchTrainer(nn.Linear(1, 1), nn.MSELoss(), [(inputs, inputs)], torch.optim.SGD)
    assert np.isinf(trainer([1e6, 0.1], [0], 60)).tolist() == [[True], [False]]
    assert np.isinf(trainer([1e6], [0], 80)).all()


def test_a_tournament_of_torch_models():
    outcome = tournament(
        TorchTrainer(network, F.cross_entropy, loader(), SGD, held_out=[*loader()]),
        horizon=40,
        rates=6,
        lowest=1e-4,
        highest=10.0,
        seeds=(0, 1),
    )
    assert 1e-3 < outcome.low <= outcome.high < 10
    assert not outcome.at_edge


def test_a_tournament_of_a_batched_sweep():
    from lrcourse.datasets import breast_cancer
    from lrcourse.models import logistic
    from lrcourse.optimizers import HeavyBall
    from lrcourse.training import sweep

    model, data = logistic(30, 2), breast_cancer().standardised()
    options = {"batch_size": 32}
    trainer = SweepTrainer(model, data, HeavyBall(0.9), **options)
    outcome = tournament(trainer, horizon=32, rates=8, seeds=(0, 1), tie=1.0)
    rates = sorted(outcome.table.query("step == 32").learning_rate.unique())
    full = sweep(
        model, data, HeavyBall(0.9), rates, steps=32, seeds=[0, 1], progress=False, **options
    )
    final = full.loss[:, -8:].mean(axis=1).reshape(len(rates), 2)  # the last quarter
    np.testing.assert_allclose(trainer(rates, [0, 1], 32), final)
    assert outcome.learning_rate == pytest.approx(rates[int(np.nanargmin(final.mean(axis=1)))])


def test_runs_of_a_sweep_that_come_again_go_on(monkeypatch):
    from lrcourse.datasets import digits
    from lrcourse.models import MLP
    from lrcourse.optimizers import Adam
    from lrcourse.training._dense import DenseEngine

    steps = []
    gradients = DenseEngine.gradients

    def counted(engine, step):
        steps.append(step)
        return gradients(engine, step)

    monkeypatch.setattr(DenseEngine, "gradients", counted)
    arguments = MLP((64, 8, 10)), digits().standardised(), Adam()
    trainer = SweepTrainer(*arguments, batch_size=32)
    assert trainer([0.001, 0.01, 0.1], [0, 1], 10).shape == (3, 2)
    assert trainer([0.2], [0, 1], 10).shape == (1, 2)
    assert trainer([0.3], [0, 1], 15).shape == (1, 2)
    for rates, first in (
        ([0.1, 0.01], 10),
        ([0.2, 0.001], 10),  # of two sweeps
        ([0.3], 15),
        ([0.3, 0.1], 0),  # never stood at the same step
    ):
        steps.clear()
        scores = trainer(rates, [0, 1], 30)
        assert steps == list(range(first, 30))
        alone = SweepTrainer(*arguments, batch_size=32)(rates, [0, 1], 30)
        np.testing.assert_array_equal(scores, alone)
    steps.clear()
    scores = trainer([0.1, 0.3, 0.1], [1, 0], 40)
    assert steps == list(range(30, 40))
    np.testing.assert_array_equal(scores[0], scores[2])


def test_a_sweep_is_scored_on_validation_data_if_there_is_any_and_may_diverge_as_a_whole():
    from lrcourse.datasets import digits
    from lrcourse.models import MLP
    from lrcourse.optimizers import SGD as Rule

    data = digits().split(0.5, rng=np.random.default_rng(0)).standardised()
    model = MLP((64, 8, 10))
    seen = SweepTrainer(model, data, Rule(), batch_size=32)([0.1], [0, 1], 20)
    unseen = SweepTrainer(model, data.train, Rule(), batch_size=32)([0.1], [0, 1], 20)
    assert (seen != unseen).all()
    for part in (data, data.train):
        scores = SweepTrainer(model, part, Rule())([1e6, 1e7, 0.1], [0, 1], 20)
        assert np.isnan(scores).tolist() == [[True] * 2, [True] * 2, [False] * 2]
        assert np.isnan(SweepTrainer(model, part, Rule())([1e6, 1e7], [0, 1], 20)).all()
    own = SweepTrainer(model, lambda seed: data, Rule(), batch_size=32)([0.1], [0, 1], 20)
    np.testing.assert_array_equal(own, seen)


X = torch.zeros(8, 4)
GOOD = [(X, torch.zeros(8, dtype=torch.long))]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: TorchTrainer(3, F.cross_entropy, GOOD, SGD), TypeError, "model must be a module"),
        (lambda: TorchTrainer(nn.ReLU(), F.cross_entropy, GOOD, SGD), ValueError, "got ReLU()"),
        (lambda: TorchTrainer(network, 3, GOOD, SGD), TypeError, "loss must be callable, got 3"),
        (lambda: TorchTrainer(network, F.cross_entropy, [], SGD), ValueError, "batches must hold"),
        (
            lambda: TorchTrainer(network, F.cross_entropy, GOOD, SGD, held_out=[]),
            ValueError,
            "held_out must hold at least one batch, got []",
        ),
        (
            lambda: TorchTrainer(network, F.cross_entropy, GOOD, 0.1),
            TypeError,
            "optimizer must be callable, got 0.1",
        ),
        (
            lambda: TorchTrainer(network, F.cross_entropy, GOOD, SGD)([-0.1], [0], 1),
            ValueError,
            "learning_rates must be positive, got [-0.1]",
        ),
        (
            lambda: TorchTrainer(network, F.cross_entropy, GOOD, SGD)([0.1], [0], 0),
            ValueError,
            "step must be at least 1, got 0",
        ),
        (
            lambda: SweepTrainer(None, None, None, steps=3),
            TypeError,
            "options must leave ['steps'] to the tournament",
        ),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()
