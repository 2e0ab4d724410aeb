"""The scoreboard in Python: what is held against what, its words, its picture."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.demos import Scoreboard
from lrcourse.demos._grid import unpack
from lrcourse.demos._scoreboard_runs import BENEFITS, BUDGETS, RATES, REPLICATES, board


def test_shares_are_of_the_replicates_and_somebody_is_always_best() -> None:
    found = board(0)
    assert found.shares.shape == (len(BUDGETS), len(BENEFITS), len(RATES))
    np.testing.assert_allclose(found.shares * REPLICATES, np.round(found.shares * REPLICATES))
    reached = ["at equal loss" not in name and name != "speed" for name in BENEFITS]
    assert (found.shares[:, reached].max(axis=-1) > 0).all()
    # Who is best in each replicate adds up to at least one for every replicate.
    assert (found.shares[:, reached].sum(axis=-1) >= 1 - 1e-12).all()


def test_all_at_once_is_at_most_the_rarest_benefit() -> None:
    found = board(0)
    assert (found.together <= found.shares.min(axis=1) + 1e-12).all()


def test_the_smallest_rates_are_steady_and_nothing_else_but_alive() -> None:
    found = board(0)
    last = found.shares[-1][:, :4]
    for name, row in zip(BENEFITS, last, strict=True):
        assert (row == 1).all() if name in {"no divergence", "steadiness"} else (row == 0).all()


def test_who_never_gets_there_has_no_number() -> None:
    found = board(0)
    speed, there = (BENEFITS.index(name) for name in ("speed", "accuracy at equal loss"))
    np.testing.assert_array_equal(np.isnan(found.means[:, speed]), np.isnan(found.means[:, there]))
    assert np.isnan(found.means[0, speed, 0])
    assert not np.isnan(found.means[0, speed]).all()


def test_the_browser_gets_every_number_to_half_a_step() -> None:
    demo, found = Scoreboard(), board(0)
    for name, values in (
        ("shares", found.shares),
        ("together", found.together),
        ("means", found.means),
    ):
        packed = demo.board[name]
        np.testing.assert_allclose(unpack(packed), values, rtol=packed["step"] * 0.51 + 1e-12)
    assert demo.board["benefits"] == list(BENEFITS)


@pytest.mark.parametrize(("rate", "steps"), [(0.001, 100), (0.12, 400), (4, 1600)])
def test_words_and_picture_are_those_of_the_state(rate: float, steps: int) -> None:
    demo = Scoreboard(learning_rate=rate, steps=steps)
    assert (demo.rate, demo.budget) == (rate, steps)
    assert f"Rate {rate:g} is so in {len(demo.won)} of {len(BENEFITS)}" in demo.alt_text()
    figure = demo.figure()
    figure.canvas.draw()
    assert f"after {steps} steps" in figure.get_suptitle()


def test_the_nearest_trained_setting_is_taken() -> None:
    demo = Scoreboard(learning_rate=0.0085, steps=450)
    assert (demo.rate, demo.budget) == (0.008, 400)


@pytest.mark.parametrize("seed", [-1, 0.5, "1", None])
def test_a_bad_seed_raises(seed: object) -> None:
    with pytest.raises((TypeError, ValueError), match="seed"):
        Scoreboard(seed=seed)


def test_another_seed_trains_other_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from lrcourse.demos import scoreboard

    asked = []

    def runs(seed: int) -> object:
        asked.append(seed)
        return board(0)

    monkeypatch.setattr(scoreboard, "board", runs)
    demo = Scoreboard()
    demo.seed = 1
    assert asked == [0, 1]
