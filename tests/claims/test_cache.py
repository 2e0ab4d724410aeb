"""Kept tables: exact, and used only as long as the code behind them is the same."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.claims import LEDGER, _outcome, outcome


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LRCOURSE_CACHE", str(tmp_path))
    return tmp_path


def test_a_kept_table_is_the_same_to_the_last_bit(empty_cache):
    first = outcome("C0.1", seed=5)
    kept = outcome("C0.1", seed=5)
    assert len(list(empty_cache.glob("C0.1-seed5-*.json"))) == 1
    np.testing.assert_array_equal(kept.table["value"], first.table["value"])
    assert kept.table["contrast"].tolist() == first.table["contrast"].tolist()
    assert kept.judgement == first.judgement
    assert kept.seconds == first.seconds


def test_a_fresh_run_trains_again(empty_cache, monkeypatch):
    outcome("C0.1")
    runs = []
    trial = LEDGER["C0.1"].trial

    def counted(seed):
        runs.append(seed)
        return trial(seed)

    counted.__module__ = trial.__module__
    monkeypatch.setattr(
        _outcome, "LEDGER", {"C0.1": LEDGER["C0.1"].__class__(**_fields(trial=counted))}
    )
    outcome("C0.1")
    assert runs == []
    outcome("C0.1", fresh=True)
    assert runs == [0]


def _fields(**changes):
    claim = LEDGER["C0.1"]
    return {name: getattr(claim, name) for name in claim.__dataclass_fields__} | changes


def test_where_nothing_can_be_kept_the_result_still_comes(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("LRCOURSE_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="the table of C0.1 could not be kept"):
        assert outcome("C0.1").as_published
