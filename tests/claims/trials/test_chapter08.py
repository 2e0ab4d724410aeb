"""The trials of chapter 8: what a batched range test is, and what the search for names can see."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lrcourse.claims import LEDGER, Verdict, judge, outcome
from lrcourse.claims.trials import _tables, chapter08
from lrcourse.claims.trials._finder_names import about_rates, is_finder, names_in
from lrcourse.claims.trials._recorded_names import RECORDED
from lrcourse.claims.trials.chapter08 import RAMP, TASKS, _capped, _part
from lrcourse.finder import lr_range_test
from lrcourse.training import mini_batches, streams

SHRUNK = {"STEPS": 3, "RATES": np.array([1e-3, 1e-2, 0.1]), "SWEEPS": 2, "DRAWS": 1}


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(_tables, "REPLICATES", 2)
    for name, value in SHRUNK.items():
        monkeypatch.setattr(chapter08, name, value)


@pytest.fixture
def two_tasks(small, monkeypatch):
    """Leave the tasks that are quick to make, and a library that is quick to read."""
    kept = {name: TASKS[name] for name in ("digits", "breast cancer")}
    monkeypatch.setattr(chapter08, "TASKS", kept)
    monkeypatch.setattr(chapter08, "PLAIN", ["digits"])
    monkeypatch.setattr(chapter08, "AVERAGING", ["breast cancer"])
    monkeypatch.setattr(chapter08, "names_in", lambda folder: (["LRScheduler"], 1))


@pytest.mark.parametrize("claim_id", ["C6.1", "C6.3", "C6.4"])
def test_a_trial_measures_each_contrast_once_a_replicate_and_follows_its_seed(claim_id, two_tasks):
    claim = LEDGER[claim_id]
    table = claim.run(5)
    assert {contrast.name for contrast in claim.contrasts} <= set(table["contrast"])
    for name, rows in table.groupby("contrast"):
        assert list(rows["replicate"]) == [0, 1], name
    assert table.equals(claim.run(5))
    assert not table.equals(claim.run(6))


def test_the_sweep_has_a_contrast_for_each_task(small):
    table = LEDGER["C6.2"].run(5)
    assert {contrast.name for contrast in LEDGER["C6.2"].contrasts} <= set(table["contrast"])
    assert set(table["replicate"]) == {0, 1}
    assert not table.equals(LEDGER["C6.2"].run(6))


def test_a_ramp_in_the_batched_sweep_is_the_range_test_of_the_finder():
    """Step for step, in double precision: the trial may run it without torch."""
    seed, task = 11, TASKS["digits, momentum"]
    (ours,) = task.range_tests([seed], dtype="float64")
    train = task.data(seed).train
    inputs, targets = torch.tensor(train.inputs), torch.tensor(task.model.targets_of(train))
    rows = mini_batches(len(train), task.batch_size, RAMP.steps, rng=streams(seed).batches)
    batches = [(inputs[r], targets[r]) for r in rows]
    module = task.model.module(task.model.init(streams(seed).init), "float64")
    optimizer = torch.optim.SGD(module.parameters(), lr=1.0, momentum=0.9)
    theirs = lr_range_test(
        module,
        task.model.loss,
        batches,
        optimizer,
        lowest=RAMP.lowest,
        highest=RAMP.highest,
        steps=RAMP.steps,
        stop_factor=None,
    )
    kept = np.isfinite(ours.losses)
    assert kept.sum() > 70
    np.testing.assert_allclose(ours.learning_rates, theirs.learning_rates)
    # Beyond the minimum, rounding errors grow with the loss.
    calm = int(np.nanargmin(ours.losses)) + 1
    np.testing.assert_allclose(ours.losses[:calm], theirs.losses[:calm], rtol=1e-9)


def test_each_suggestion_is_trained_at_its_own_rate():
    """One sweep with a schedule for every run is as many sweeps of one rate."""
    task, seeds, rates = TASKS["breast cancer"], [1, 2], np.array([0.1, 0.01, 0.3, 0.2])
    options = {"checkpoints": (0, 5)}
    together = task.sweep(np.ones(2), 5, seeds, schedule=np.tile(rates, (5, 1)), **options)
    alone = [task.sweep([rates[i]], 5, [seeds[i % 2]], **options) for i in range(4)]
    np.testing.assert_allclose(
        together.metrics["val_loss"][:, -1], [one.metrics["val_loss"][0, -1] for one in alone]
    )


def test_each_arm_has_the_losses_of_its_own_rates(two_tasks):
    table = chapter08.guessing(5)
    seeds = _tables.run_seeds(5)
    for contrast, rates in (("0.001", (0.001, 0.001)), ("rule of thumb", (0.1, 0.1))):
        alone = [
            _capped(chapter08.TASKS[name].sweep([rate], 3, seeds, checkpoints=(0, 3)))
            for name, rate in zip(chapter08.TASKS, rates, strict=True)
        ]
        rows = table[table["contrast"] == contrast]
        np.testing.assert_allclose(rows["control"], np.mean(alone, axis=0))


def test_a_diverged_run_counts_as_an_untrained_one():
    task = TASKS["digits"]
    result = task.sweep([1e-3, 1e6], 20, [1], checkpoints=(0, 20))
    assert result.diverged.tolist() == [False, True]
    losses = _capped(result)
    assert losses[0] < losses[1] == result.metrics["val_loss"][1, 0]


@pytest.mark.parametrize(("share", "rows"), [(0.3, 113), (0.1, 37), (0.0, 16)])
def test_a_part_of_the_data_has_a_batch_at_least(share, rows):
    task = TASKS["breast cancer"]  # 379 rows to train on, in batches of 16
    assert len(_part(task, share, 3).train) == rows
    assert len(_part(task, share, 3).validation) == 190


@pytest.mark.parametrize(
    "name", ["lr_find", "LRFinder", "FastaiLRFinder", "LearningRateFinder", "LRRangeTest"]
)
def test_the_names_of_known_finders_are_recognised(name):
    assert is_finder(name)


@pytest.mark.parametrize(
    "name",
    ["LRScheduler", "ReduceLROnPlateau", "learning_rate", "find_unused", "arange", "LearningRate"],
)
def test_other_names_are_not(name):
    assert not is_finder(name)


def test_names_are_read_from_files_that_cannot_be_imported(tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    text = "import nothing\nclass A(B):\n    async def lr_find(self): ...\ndef _hidden(): ...\n"
    (folder / "module.py").write_text(text)
    (tmp_path / "notes.txt").write_text("def lr_find(): ...\n")
    assert names_in(tmp_path) == (["A", "_hidden", "lr_find"], 1)


def test_the_record_holds_names_about_rates_of_libraries_that_were_there():
    for name, record in RECORDED.items():
        assert record.definitions > len(record.names) > 0, name
        assert record.files > 0
        assert all(map(about_rates, record.names)), name


def test_a_finder_in_both_libraries_would_be_found(monkeypatch, small):
    record = RECORDED["keras"]
    with_finder = record._replace(names=(*record.names, "LearningRateFinder"))
    monkeypatch.setattr(chapter08, "RECORDED", {**RECORDED, "keras": with_finder})
    monkeypatch.setattr(chapter08, "names_in", lambda folder: (["lr_find"], 1))
    table = chapter08.built_in(1)
    assert (table.loc[table["contrast"] == "both", "value"] == 2).all()
    assert judge(LEDGER["C6.4"], table).verdict is Verdict.HOLDS


@pytest.mark.slow
def test_guessing_would_beat_a_finder_if_the_arms_were_swapped():
    tried = outcome("C6.3")
    table = tried.table.assign(value=-tried.table["value"])
    assert judge(tried.claim, table).verdict is Verdict.CONTRADICTED


@pytest.mark.slow
def test_a_rate_just_before_the_rise_is_too_high_for_every_kind_of_optimiser():
    judgement = outcome("C6.2").judgement
    for name in ("digits, momentum", "digits, Adam", "waves"):
        assert judgement[f"constant rate, {name}"].interval.low > 0.3
    assert (outcome("C6.2").rows("constant rate")["at_edge"] == 0).all()
