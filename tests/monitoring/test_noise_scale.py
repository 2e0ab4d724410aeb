"""The estimate of the noise scale against a problem whose noise is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lrcourse.monitoring import gradient_noise_scale

MEAN = np.array([0.3, -0.2, 0.1, 0.0])
SPREAD = np.array([1.0, 0.5, 2.0, 0.1])
SIGNAL, NOISE = float((MEAN**2).sum()), float((SPREAD**2).sum())


def norms_squared(batch, draws, rng):
    """Gradients of single examples are MEAN plus noise; return |mean of a batch|² for each draw."""
    means = MEAN + SPREAD * rng.normal(size=(draws, 4)) / math.sqrt(batch)
    return (means**2).sum(axis=1)


def test_it_finds_the_known_noise():
    rng = np.random.default_rng(0)
    scale, noise, signal = gradient_noise_scale(
        norms_squared(16, 400_000, rng),
        norms_squared(256, 400_000, rng),
        small_batch=16,
        large_batch=256,
    )
    assert signal == pytest.approx(SIGNAL, rel=0.01)
    assert noise == pytest.approx(NOISE, rel=0.01)
    assert scale == pytest.approx(NOISE / SIGNAL, rel=0.02)


def test_the_estimates_are_unbiased_from_one_draw_each():
    rng = np.random.default_rng(1)
    small, large = norms_squared(4, 20_000, rng), norms_squared(32, 20_000, rng)
    estimates = np.array(
        [
            gradient_noise_scale(s, b, small_batch=4, large_batch=32)[1:]
            for s, b in zip(small, large, strict=True)
        ]
    )
    error = estimates.std(axis=0) / math.sqrt(len(estimates))
    assert (np.abs(estimates.mean(axis=0) - [NOISE, SIGNAL]) < 4 * error).all()
    assert (error < [0.05 * NOISE, 0.1 * SIGNAL]).all()


def test_expectations_give_the_truth_back():
    for b1, b2 in ((1, 2), (8, 1024)):
        estimate = gradient_noise_scale(
            SIGNAL + NOISE / b1, SIGNAL + NOISE / b2, small_batch=b1, large_batch=b2
        )
        np.testing.assert_allclose(estimate, (NOISE / SIGNAL, NOISE, SIGNAL), rtol=1e-9)


def test_it_says_when_there_is_no_signal_or_no_noise():
    drowned = gradient_noise_scale(4.0, 0.5, small_batch=1, large_batch=4)
    assert drowned.noise_scale == math.inf
    assert drowned.signal < 0
    assert gradient_noise_scale(1.0, 1.0, small_batch=1, large_batch=4) == (0.0, 0.0, 1.0)
    assert gradient_noise_scale(1.0, 1.2, small_batch=1, large_batch=4).noise_scale == 0


@pytest.mark.parametrize(
    ("small", "large", "b1", "b2", "error", "words"),
    [
        ([], 1.0, 1, 2, ValueError, r"small_norms_squared must not be empty, got \[\]"),
        (1.0, -1.0, 1, 2, ValueError, r"large_norms_squared must not be negative, got -1.0"),
        (1.0, math.nan, 1, 2, ValueError, r"large_norms_squared must be finite, got nan"),
        (1.0, 1.0, 0, 2, ValueError, r"small_batch must be at least 1, got 0"),
        (1.0, 1.0, 1, 2.5, TypeError, r"large_batch must be an integer, got 2.5"),
        (1.0, 1.0, 4, 4, ValueError, r"large_batch must be above small_batch, got 4 and 4"),
    ],
)
def test_bad_input_is_named(small, large, b1, b2, error, words):
    with pytest.raises(error, match=words):
        gradient_noise_scale(small, large, small_batch=b1, large_batch=b2)
