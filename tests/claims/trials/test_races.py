"""Races: plateau rules against a loop of plain torch, peaks at the edge, runs that diverged."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lrcourse.claims.trials import _races
from lrcourse.claims.trials._races import Race
from lrcourse.datasets import spirals
from lrcourse.models import MLP
from lrcourse.schedules import Constant, LinearToZero, Plateau
from lrcourse.training import Best, mini_batches, streams

PLATEAU = Plateau(1.0, factor=0.3, patience=0, threshold=0.05)
MODEL = MLP((2, 16, 2))


def data(seed):
    return spirals(200, seed=seed).split(0.2, 0.3, rng=np.random.default_rng(seed))


def race(**options):
    settings = {"steps": 60, "batch_size": 8, "peaks": (0.01, 0.1, 1.0)} | options
    return Race(MODEL, data, **settings)


def followed_alone(rule, peak, seed, steps, check):
    """Return the rates that a rule sets in one run of plain torch, over the peak."""
    parts, rngs = data(seed), streams(seed)
    params = {
        name: torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for name, value in MODEL.init(rngs.init).items()
    }
    batches = mini_batches(len(parts.train), 8, steps, rng=rngs.batches)
    loss = torch.nn.CrossEntropyLoss()

    def measured(rows, index):
        inputs = torch.tensor(rows.inputs[index])
        return loss(MODEL.forward(params, inputs), torch.tensor(rows.targets[index]).long())

    state, rates = rule.init(), []
    for step in range(steps):
        if step and step % check == 0:
            state = rule.update(state, measured(parts.validation, slice(None)).item())
        rates.append(state.lr)
        gradients = torch.autograd.grad(measured(parts.train, batches[step]), [*params.values()])
        with torch.no_grad():
            for value, gradient in zip(params.values(), gradients, strict=True):
                value.sub_(peak * state.lr * gradient)
    return rates


def test_a_plateau_rule_drops_where_it_does_in_a_loop_of_plain_torch(monkeypatch):
    monkeypatch.setattr(_races, "CHECK", 7)
    entries, seeds = [(PLATEAU, 0.5), (LinearToZero(1.0, 60), 0.5), (PLATEAU, 0.05)], [3, 8]
    table = race()._schedules(entries, seeds)
    assert table.shape == (60, 6)
    expected = {0: (0.5, 3), 1: (0.5, 8), 4: (0.05, 3), 5: (0.05, 8)}
    for run, (peak, seed) in expected.items():
        np.testing.assert_allclose(table[:, run], followed_alone(PLATEAU, peak, seed, 60, 7))
    assert len({table[-1, run] for run in expected}) > 1, "the rule must have something to do"
    np.testing.assert_array_equal(table[:, 2], 1 - np.arange(60) / 60)


class TunedTo:
    """A sweep whose best peak is the one nearest to a given rate."""

    def __init__(self, peaks, rate):
        self.peaks, self.rate = peaks, rate

    def best(self, metric):
        nearest = self.peaks[np.abs(np.log(np.divide(self.peaks, self.rate))).argmin()]
        at_edge = nearest in (min(self.peaks), max(self.peaks))
        return Best(nearest, 0.0, metric, 0.5, at_edge)


@pytest.mark.parametrize(
    ("widenings", "peak", "at_edge"), [(0, 0.01, True), (3, 10.0, True), (4, 10.0, False)]
)
def test_a_best_peak_at_the_edge_moves_the_grid(widenings, peak, at_edge, monkeypatch):
    monkeypatch.setattr(_races, "WIDENINGS", widenings)
    monkeypatch.setattr(
        Race, "_train", lambda self, entries, seeds: TunedTo([peak for _, peak in entries], 7.0)
    )
    best = race(peaks=(0.0001, 0.001, 0.01)).best_peak(Constant(1.0), [1])
    assert best.learning_rate == pytest.approx(peak)
    assert best.at_edge is at_edge


def test_a_run_that_diverged_gets_nothing_right():
    arms = [(Constant(1.0), 0.1), (Constant(1.0), 1e6)]
    tame, wild = race().accuracies(arms, [1, 2, 3])
    assert (tame > 0.3).all()
    assert (wild == 0).all()


def test_the_rule_looks_at_other_rows_than_those_that_judge_it(monkeypatch):
    parts = data(1)
    watched, judged = ({tuple(row) for row in p.inputs} for p in (parts.validation, parts.test))
    assert not watched & judged
    seen = []
    original = Race._sweep

    def spy(self, peaks, seeds, table, checkpoints, judged_by):
        seen.append(judged_by)
        return original(self, peaks, seeds, table, checkpoints, judged_by)

    monkeypatch.setattr(Race, "_sweep", spy)
    race().accuracies([(PLATEAU, 0.1)], [1])
    assert set(seen[:-1]) == {"validation"}
    assert seen[-1] == "test"
