"""Normal numbers: the words of the published mulberry32, and a normal distribution."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.demos._noise import _mulberry32, normals

# From the JavaScript function of its author, seeds 0 and 12345.
WORDS = {0: [1144304738, 1416247, 958946056, 627933444], 12345: [4207900869, 1317490944]}


@pytest.mark.parametrize("seed", list(WORDS))
def test_the_words_are_those_of_mulberry32(seed: int) -> None:
    assert _mulberry32(len(WORDS[seed]), seed).tolist() == WORDS[seed]


def test_the_numbers_are_normal_and_independent() -> None:
    values = normals(200_000, seed=1)
    moments = [(values**power).mean() for power in (1, 2, 3, 4)]
    np.testing.assert_allclose(moments, [0, 1, 0, 3], atol=0.05)
    for lag in (1, 2, 200):
        assert abs(np.corrcoef(values[:-lag], values[lag:])[0, 1]) < 0.01


def test_seeds_differ() -> None:
    assert not np.isin(normals(100, seed=0), normals(100, seed=1)).any()
