"""The data sets that are made: deterministic, learnable, and as described; splits and noise."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.datasets import Dataset, Split, diabetes, digits, reversal, spirals, wave1d


@pytest.mark.parametrize("make", [wave1d, spirals, reversal])
def test_the_same_seed_gives_the_same_data(make):
    one, again, other = make(60, seed=1), make(60, seed=1), make(60, seed=2)
    np.testing.assert_array_equal(one.inputs, again.inputs)
    np.testing.assert_array_equal(one.targets, again.targets)
    assert not np.array_equal(one.inputs, other.inputs)


def test_waves_without_noise_are_their_class_template_somewhere_on_the_line():
    data = wave1d(400, seed=0, noise=0.0)
    assert set(data.targets) == set(range(10))
    quiet = np.abs(data.inputs) < 0.5  # only the white noise of 0.1
    starts = np.argmax(~quiet, axis=1)
    assert starts.min() < 3
    assert starts.max() > 14
    other = wave1d(400, seed=0, noise=0.0, templates=8)
    assert not np.allclose(data.inputs, other.inputs, atol=0.5)


def test_the_noise_of_waves_is_correlated_and_of_the_given_size():
    calm, loud = wave1d(3000, seed=0, noise=0.0), wave1d(3000, seed=0, noise=2.0)
    noise = loud.inputs - calm.inputs
    assert noise.std() == pytest.approx(2.0, rel=0.02)
    assert np.corrcoef(noise[:, 10], noise[:, 11])[0, 1] > 0.8


def test_spirals_without_noise_lie_on_their_arms():
    data = spirals(200, seed=0, arms=3, turns=1.0, noise=0.0)
    radius, angle = np.hypot(*data.inputs.T), np.arctan2(data.inputs[:, 1], data.inputs[:, 0])
    expected = 2 * np.pi * (radius + data.targets / 3)
    np.testing.assert_allclose(np.cos(angle - expected), 1, atol=1e-9)


def test_diabetes_is_there():
    assert diabetes().inputs.shape == (442, 10)


def test_splits_share_no_row_and_lose_none():
    data = Dataset("rows", np.arange(50.0)[:, None], np.arange(50.0))
    parts = data.split(0.2, 0.1, rng=np.random.default_rng(0))
    again = data.split(0.2, 0.1, rng=np.random.default_rng(0))
    sets = (parts.train, parts.validation, parts.test)
    assert [len(part) for part in sets] == [35, 10, 5]
    assert sorted(np.concatenate([part.targets for part in sets])) == list(range(50))
    np.testing.assert_array_equal(parts.train.targets, again.train.targets)
    np.testing.assert_array_equal(parts.train.inputs[:, 0], parts.train.targets)
    assert data.split(0.2, rng=np.random.default_rng(0)).test is None


def test_splits_are_scaled_by_the_training_rows():
    parts = digits().split(0.3, 0.1, rng=np.random.default_rng(0))
    scaled = parts.standardised()
    np.testing.assert_allclose(scaled.train.inputs.mean(axis=0), 0, atol=1e-12)
    varies = parts.train.inputs.std(axis=0) > 0
    expected = (parts.test.inputs - parts.train.inputs.mean(axis=0))[:, varies]
    expected /= parts.train.inputs.std(axis=0)[varies]
    np.testing.assert_allclose(scaled.test.inputs[:, varies], expected)


def test_label_noise_draws_its_share_anew():
    data = digits()
    noisy = data.with_label_noise(0.4, rng=np.random.default_rng(0))
    assert (noisy.targets != data.targets).mean() == pytest.approx(0.4 * 0.9, abs=0.04)
    assert set(noisy.targets) == set(range(10))
    assert noisy.inputs is data.inputs
    clean = data.with_label_noise(0.0, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(clean.targets, data.targets)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda r: digits().with_label_noise(1.5, rng=r), r"share must be in \[0, 1\], got 1.5"),
        (
            lambda r: Dataset("d", [[1.0]], np.array([0.5])).with_label_noise(0.1, rng=r),
            "targets must be classes for label noise, got .*0.5",
        ),
        (lambda r: digits().split(0.7, 0.3, rng=r), "leave rows .*got 0.7 and 0.3"),
        (lambda r: digits().split(0.0, rng=r), "leave rows .*got 0.0 and 0.0"),
        (lambda r: digits().split(-0.1, rng=r), "validation must not be negative, got -0.1"),
        (
            lambda r: Split(spirals(5, seed=0), wave1d(5, seed=0)),
            r"train, validation and test must be equally wide, got \[2, 40\]",
        ),
        (
            lambda r: Dataset("d", np.ones((2, 1)), np.ones((2, 1, 1))),
            r"targets must have 1 or 2 dimensions, got shape \(2, 1, 1\)",
        ),
        (lambda r: wave1d(0, seed=0), "n must be at least 1, got 0"),
        (lambda r: wave1d(5, seed=0, length=21), "length must be at least 22, got 21"),
        (lambda r: wave1d(5, seed=0, noise=-1), "noise must not be negative, got -1"),
        (lambda r: spirals(5, seed=0, turns=0), "turns must be positive, got 0"),
        (lambda r: reversal(5, seed=0, vocabulary=1), "vocabulary must be at least 2, got 1"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call(np.random.default_rng(0))
