"""Waves on waves: their formula, their randomness, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.landscapes import Fourier


def test_the_loss_is_the_sum_of_its_waves():
    hills, x = Fourier([0.5, -2.0, 0.0, 1.5], [0.1, 0.2, 0.3, 4.0]), np.linspace(-9, 9, 50)
    expected = 0.5 * np.cos(x + 0.1) - 2 * np.cos(2 * x + 0.2) + 1.5 * np.cos(4 * x + 4)
    np.testing.assert_allclose(hills.loss(x), expected, atol=1e-13)
    np.testing.assert_allclose(hills.loss(x + hills.period), expected, atol=1e-12)


def test_random_landscapes_have_valleys_and_follow_the_generator():
    drawn = [Fourier.random(rng=np.random.default_rng(seed)) for seed in range(100)]
    assert min(len(hills.minima()) for hills in drawn) > 1
    again = Fourier.random(rng=np.random.default_rng(7))
    np.testing.assert_array_equal(again.amplitudes, drawn[7].amplitudes)
    heights = np.array([hills.amplitudes for hills in drawn]) * np.arange(1, 9)
    assert heights.std(axis=0) == pytest.approx(1, abs=0.25)


def test_the_arrays_that_were_given_may_change_afterwards():
    amplitudes = np.array([0.2, 1.0])
    hills = Fourier(amplitudes, [0, 0])
    before = hills.loss(1.0)
    amplitudes[:] = 5
    assert hills.loss(1.0) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([], []), r"amplitudes must not be empty, got \[\]"),
        (([1.0, 2.0], [0.0]), r"amplitudes and phases must be equally long, got 2 and 1"),
        (([0.0, 0.0], [0.0, 1.0]), r"amplitudes must not all be 0, got array"),
        (([1.0], [np.inf]), r"phases must be finite, got \[inf\]"),
    ],
)
def test_bad_input_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Fourier(*arguments)


def test_bad_random_input_is_named():
    with pytest.raises(ValueError, match="harmonics must be at least 2, got 1"):
        Fourier.random(1, rng=np.random.default_rng(0))
    with pytest.raises(TypeError, match=r"rng must be a numpy.random.Generator, got 3"):
        Fourier.random(rng=3)
