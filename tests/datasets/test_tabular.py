"""The data sets: what is in them, standardised and sampled."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.datasets import Dataset, breast_cancer, digits


@pytest.mark.parametrize("load", [digits, breast_cancer])
def test_standardised_columns_have_mean_0_and_deviation_1(load):
    raw, data = load(), load().standardised()
    varies = raw.inputs.std(axis=0) > 0
    np.testing.assert_allclose(data.inputs.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.inputs[:, varies].std(axis=0), 1)
    assert (data.inputs[:, ~varies] == 0).all()
    np.testing.assert_array_equal(data.targets, raw.targets)


def test_samples_are_rows_without_repetition_and_follow_the_generator():
    data = breast_cancer()
    half = data.sample(0.5, rng=np.random.default_rng(3))
    again = data.sample(0.5, rng=np.random.default_rng(3))
    other = data.sample(0.5, rng=np.random.default_rng(4))
    np.testing.assert_array_equal(half.inputs, again.inputs)
    assert not np.array_equal(half.inputs, other.inputs)
    assert len(np.unique(half.inputs, axis=0)) == len(half.inputs) == len(data.inputs) // 2
    rows = {row.tobytes(): target for row, target in zip(data.inputs, data.targets, strict=True)}
    assert all(
        rows[row.tobytes()] == target for row, target in zip(half.inputs, half.targets, strict=True)
    )


@pytest.mark.parametrize("fraction", [0.0, -0.5, 1.5, 1e-9, float("nan")])
def test_bad_fraction_is_named(fraction):
    with pytest.raises(ValueError, match=rf"fraction must .*got {fraction}"):
        digits().sample(fraction, rng=np.random.default_rng(0))


def test_bad_tables_are_named():
    with pytest.raises(ValueError, match="inputs and targets must be equally long, got 2 and 3"):
        Dataset("short", np.ones((2, 1)), np.ones(3))
    with pytest.raises(ValueError, match="inputs must be finite"):
        Dataset("gap", np.full((2, 1), np.nan), np.ones(2))
    with pytest.raises(ValueError, match="inputs must not be empty"):
        Dataset("none", np.ones((0, 3)), np.ones(0))
