"""The scoreboard in the browser against what lrcourse found."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from lrcourse.demos import Scoreboard
from lrcourse.demos._scoreboard_runs import BENEFITS, BUDGETS, RATES, REPLICATES

pytestmark = pytest.mark.slow

PAGE = "book/12-the-article-as-a-whole.html"

OpenPage = Callable[..., Any]


def open_board(open_page: OpenPage, book: Path, rate: float, steps: int) -> Locator:
    query = f"#scoreboard?learning_rate={rate:g}&steps={steps}"
    board = open_page(book.as_uri(), PAGE + query, "desktop").locator("#scoreboard")
    expect(board.locator("a.action")).to_have_attribute("href", query)
    return board


@pytest.mark.parametrize("steps", BUDGETS)
def test_bands_and_table_show_the_shares(open_page: OpenPage, book: Path, steps: int) -> None:
    rng = np.random.default_rng(steps)
    rate = float(rng.choice(RATES))
    board = open_board(open_page, book, rate, steps)
    opacities = board.locator(".cell").evaluate_all(
        "cells => cells.map((cell) => Number(cell.getAttribute('fill-opacity')))"
    )
    found, b = Scoreboard().results(), BUDGETS.index(steps)
    expected = np.vstack([found.shares[b], found.together[b]])
    shown = np.array(opacities).reshape(expected.shape)
    np.testing.assert_allclose(shown, expected, atol=0.0006)
    stamps = board.locator(".score td[data-tone]").all_inner_texts()
    times = [int(re.search(r"(\d+) of", stamp)[1]) for stamp in stamps]  # type: ignore[index]
    assert times == np.round(REPLICATES * expected[:, RATES.index(rate)]).astype(int).tolist()
    assert [stamp.startswith("✓") for stamp in stamps] == [2 * t > REPLICATES for t in times]


@pytest.mark.parametrize(("rate", "steps"), [(0.001, 100), (0.12, 400), (4, 1600)])
def test_says_how_many_benefits(open_page: OpenPage, book: Path, rate: float, steps: int) -> None:
    status = open_board(open_page, book, rate, steps).get_by_role("status")
    won = Scoreboard(learning_rate=rate, steps=steps).won
    expect(status).to_contain_text(f"Best or tied in {len(won)} of {len(BENEFITS)}")
    for name in won:
        expect(status).to_contain_text(name)


def test_a_press_on_the_bands_takes_that_rate(open_page: OpenPage, book: Path) -> None:
    board = open_board(open_page, book, 0.001, 400)
    board.locator(".cell").nth(9).click()
    expect(board.locator("a.action")).to_have_attribute("href", re.compile(f"={RATES[9]:g}&"))
