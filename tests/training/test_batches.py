"""Mini-batches: whole epochs without repetition, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrcourse.training import mini_batches, streams


@given(
    rows=st.integers(1, 40), batch=st.integers(1, 40), steps=st.integers(1, 30), seed=st.integers(0)
)
def test_an_epoch_never_repeats_a_row(rows, batch, steps, seed):
    batch = min(batch, rows)
    batches = mini_batches(rows, batch, steps, rng=np.random.default_rng(seed))
    assert batches.shape == (steps, batch)
    assert ((batches >= 0) & (batches < rows)).all()
    per_epoch = rows // batch
    for start in range(0, steps, per_epoch):
        epoch = batches[start : start + per_epoch].ravel()
        assert len(set(epoch)) == len(epoch)


def test_full_batch_is_all_rows_in_order():
    batches = mini_batches(4, None, 3, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(batches, [[0, 1, 2, 3]] * 3)


def test_streams_depend_on_the_seed_alone_and_are_independent():
    one, again, other = streams(1), streams(1), streams(2)
    assert one.init.random() == again.init.random()
    assert one.batches.random() != other.batches.random()
    assert one.init.random() != one.batches.random()
    with pytest.raises(TypeError, match=r"seed must be an integer, got 0\.5"):
        streams(0.5)
