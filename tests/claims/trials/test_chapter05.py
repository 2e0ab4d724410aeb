"""Chapter 5: what "at the same training loss" means, what is noise, and arms that change places."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrcourse.claims import LEDGER, Verdict, judge, outcome
from lrcourse.claims.trials import _few_examples, _tables, chapter05
from lrcourse.claims.trials._equal_loss import at_equal_loss
from lrcourse.claims.trials._few_examples import (
    PROBES,
    VALIDATION,
    few_digits,
    few_waves,
    mislabelled,
    probed,
)
from lrcourse.claims.trials._tables import effect
from lrcourse.claims.trials.chapter05 import PROBED, RATIO, SETTINGS, Curve
from lrcourse.datasets import wave1d


@pytest.fixture
def shrunk(monkeypatch):
    """Make the runs so short that nothing is learnt, and any loss is low enough."""
    monkeypatch.setattr(_tables, "REPLICATES", 3)
    monkeypatch.setattr(_few_examples, "VALIDATION", 50)
    monkeypatch.setattr(chapter05, "BUDGET", 2)
    monkeypatch.setattr(chapter05, "LOSS", 100.0)
    for settings in ("SETTINGS", "PROBED"):
        short = {
            place: replace(setting, steps=2 * RATIO, every=1)
            for place, setting in getattr(chapter05, settings).items()
        }
        monkeypatch.setattr(chapter05, settings, short)


@pytest.mark.parametrize("claim_id", ["C4.1", "C4.2"])
def test_a_trial_measures_each_contrast_once_a_replicate_and_follows_its_seed(claim_id, shrunk):
    claim = LEDGER[claim_id]
    first, again, other = claim.run(3), claim.run(3), claim.run(4)
    assert set(first["contrast"]) >= {contrast.name for contrast in claim.contrasts}
    for name, rows in first.groupby("contrast"):
        assert sorted(rows["replicate"]) == [0, 1, 2], name
    assert np.isfinite(first["value"]).all()
    assert first.equals(again)
    assert not first["value"].equals(other["value"])


@pytest.mark.parametrize("claim_id", ["C4.1", "C4.2"])
def test_equal_rates_differ_in_nothing_after_the_same_steps(claim_id, shrunk, monkeypatch):
    monkeypatch.setattr(chapter05, "SMALL", chapter05.LARGE)
    table = LEDGER[claim_id].run(3)
    same = table[table["contrast"].str.startswith("same")]
    assert len(same) >= 12
    assert (same["value"] == 0).all()


def test_runs_that_never_get_there_are_missing_and_counted(shrunk, monkeypatch):
    monkeypatch.setattr(chapter05, "LOSS", 0.0)
    claim = LEDGER["C4.1"]
    table = claim.run(3).set_index("contrast")["value"]
    assert table.filter(like="same training loss").isna().all()
    assert (table.filter(like="both get there") == 0).all()


@pytest.mark.parametrize("setting", [*SETTINGS.values(), *PROBED.values()])
def test_both_rates_are_looked_at_after_the_same_distances(setting):
    looks = np.array(setting.checkpoints)
    large = looks[looks % setting.every == 0] * chapter05.LARGE
    small = looks[looks % (RATIO * setting.every) == 0] * chapter05.SMALL
    np.testing.assert_allclose(small, large[: len(small)])
    assert setting.steps in looks


def test_at_equal_loss_is_the_first_crossing_and_nothing_else():
    losses = np.array(
        [
            [2.0, 0.9, 1.1, 0.3, 0.5],  # crosses, comes back, and is lowest later
            [2.0, 1.5, 1.0, 1.0, 1.0],  # only touches
            [2.0, np.nan, np.nan, np.nan, np.nan],
            [0.5, 0.4, 0.3, 0.2, 0.1],
        ]
    )
    values = np.arange(20.0).reshape(4, 5)
    np.testing.assert_array_equal(at_equal_loss(losses, values, 1.0), [1, np.nan, np.nan, 15])
    np.testing.assert_array_equal(at_equal_loss(losses, range(5), 1.0), [1, np.nan, np.nan, 0])


def test_a_curve_looks_for_its_loss_only_at_its_own_steps():
    curve = Curve(
        np.array([0, 5, 10, 20]),
        np.array([[2.0, 0.5, 1.5, 0.5]]),
        np.array([[0.1, 0.2, 0.3, 0.4]]),
        10,
    )
    assert curve.at_loss(1.0) == [0.4]
    assert curve.after(5) == [0.2]


@pytest.mark.parametrize("task", [few_waves, few_digits])
def test_only_training_labels_are_noisy_and_probes_are_the_wrong_ones(task):
    def noisy(make):
        rng = np.random.default_rng(7)
        return make(task(300, rng=rng), 0.3, rng=rng)

    clean = task(300, rng=np.random.default_rng(7))
    parts, probes = noisy(mislabelled), noisy(probed)
    np.testing.assert_array_equal(parts.validation.targets, clean.validation.targets)
    assert (len(clean.train), len(clean.validation)) == (300, VALIDATION)
    assert 0.15 < (parts.train.targets != clean.train.targets).mean() < 0.4

    np.testing.assert_array_equal(probes.train.targets, parts.train.targets)
    assert len(probes.validation) == PROBES
    for image, label in zip(probes.validation.inputs, probes.validation.targets, strict=True):
        (row,) = np.flatnonzero((clean.train.inputs == image).all(axis=1))
        assert label == parts.train.targets[row] != clean.train.targets[row]


def test_every_replicate_has_new_images_of_new_curves(monkeypatch):
    made = []

    def spy(n, *, seed, templates):
        made.append((seed, templates))
        return wave1d(n, seed=seed, templates=templates)

    monkeypatch.setattr(_few_examples, "wave1d", spy)
    for seed in (1, 1, 2):
        few_waves(10, rng=np.random.default_rng(seed))
    assert made[0] == made[1]
    assert len({*made[0], *made[2]}) == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim_id", "verdict"), [("C4.1", Verdict.HOLDS), ("C4.2", Verdict.CONTRADICTED)]
)
def test_swapped_arms_change_the_verdict(claim_id, verdict):
    tried = outcome(claim_id)
    table = tried.table.copy()
    arms = table["control"].notna() | table["treated"].notna()
    swapped = effect(
        table.loc[arms, "treated"].to_numpy(), table.loc[arms, "control"].to_numpy(), "difference"
    )
    table.loc[arms, "value"] = swapped
    assert judge(tried.claim, table).verdict is verdict


@pytest.mark.slow
def test_survivors_are_not_selected():
    for claim_id in ("C4.1", "C4.2"):
        for finding in outcome(claim_id).judgement.findings:
            if finding.contrast.name.startswith("both get there"):
                assert finding.interval.estimate >= 0.9, finding
