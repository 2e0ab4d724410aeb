"""Grids for the browser: no number is off by more than half a step, and sweeps are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lrcourse.datasets import spirals
from lrcourse.demos import _grid
from lrcourse.demos._grid import kept, pack, unpack
from lrcourse.models import logistic
from lrcourse.optimizers import GradientDescent
from lrcourse.training import Sweep, sweep


def test_numbers_come_back_to_half_a_step() -> None:
    rng = np.random.default_rng(6)
    values = 10 ** rng.uniform(-8, 5, size=(7, 3, 11))
    packed = pack(values)
    assert len(packed["data"]) == 2 * values.size
    assert packed["step"] < 5e-4
    back = unpack(packed)
    assert back.shape == values.shape
    assert np.abs(np.log(back / values)).max() <= packed["step"] / 2 * (1 + 1e-6)
    # Half a step is what the codes need, so that a coarser code would fail.
    assert np.abs(np.log(back / values)).max() > packed["step"] / 3


def test_what_is_no_number_comes_back_as_nan_and_zero_as_zero() -> None:
    back = unpack(pack([[0.0, 2.0, np.nan], [np.inf, 5.0, 0.0]]))
    np.testing.assert_allclose(back, [[0, 2, np.nan], [np.nan, 5, 0]], rtol=1e-12)


@pytest.mark.parametrize("values", [[3.0, 3.0], [0.0, 0.0], [np.nan], [7.0]])
def test_a_grid_of_one_number(values: list[float]) -> None:
    np.testing.assert_allclose(unpack(pack(values)), values, rtol=1e-15)


def test_negative_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match=r"values must not be negative, got -0\.5"):
        pack([1.0, -0.5])


def test_a_sweep_is_trained_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRCOURSE_CACHE", str(tmp_path))
    trained = []

    def train() -> Sweep:
        trained.append(1)
        return sweep(logistic(2, 3), spirals(20, seed=0), GradientDescent(), [0.1, 1.0], steps=3)

    train.__module__ = _grid.__name__
    first, second = kept("test", train), kept("test", train)
    assert len(trained) == 1
    assert len(list(tmp_path.iterdir())) == 1
    for name, values in first.metrics.items():
        np.testing.assert_array_equal(second.metrics[name], values)


def test_a_folder_that_cannot_be_written_costs_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("LRCOURSE_CACHE", str(tmp_path / "file"))

    def train() -> Sweep:
        return sweep(logistic(2, 3), spirals(20, seed=0), GradientDescent(), [0.1], steps=1)

    train.__module__ = _grid.__name__
    assert kept("test", train).loss.shape == (1, 1)
