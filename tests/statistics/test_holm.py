"""Holm's correction against the procedure as it was published, and what it promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcourse.statistics import holm_adjusted


def rejected_step_by_step(p_values, alpha):
    """Go through the p-values from the smallest on, and stop at the first that is too large."""
    rejected = set()
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[index] > alpha / (len(p_values) - rank):
            break
        rejected.add(index)
    return rejected


@given(
    st.lists(st.integers(0, 64), min_size=1, max_size=12).map(lambda ps: [p / 64 for p in ps]),
    st.sampled_from([1 / 64, 1 / 16, 1 / 4, 1 / 2]),
)
def test_rejects_what_the_step_down_procedure_rejects(p_values, alpha):
    adjusted = holm_adjusted(p_values)
    # Ties in the order of the list change nothing: equal p-values are rejected together or not.
    assert {i for i, p in enumerate(adjusted) if p <= alpha} == rejected_step_by_step(
        p_values, alpha
    )
    assert (adjusted >= p_values).all()
    assert (adjusted <= 1).all()


def test_false_rejections_are_as_rare_as_it_says():
    rng = np.random.default_rng(0)
    families = rng.uniform(size=(4000, 10))
    any_rejected = np.mean([(holm_adjusted(family) <= 0.05).any() for family in families])
    assert 0.035 < any_rejected < 0.06


def test_one_p_value_stays_as_it_is_and_none_is_none():
    assert holm_adjusted([0.03]).tolist() == [0.03]
    assert holm_adjusted([]).shape == (0,)


@pytest.mark.parametrize("bad", [[0.1, 1.1], [-0.1], [float("nan")]])
def test_bad_p_values_are_named(bad):
    with pytest.raises(ValueError, match=r"p_values must .*got"):
        holm_adjusted(bad)
