"""The budget curve in the browser against the sweep, its words, its choice, its marks."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from lrcourse.demos import BudgetCurve
from lrcourse.demos._budget_runs import BUDGETS, RATES
from lrcourse.demos._grid import unpack
from lrcourse.demos.budget_curve import METRICS

pytestmark = pytest.mark.slow

PAGE = "book/06-too-small.html"

OpenPage = Callable[..., Any]


def open_curve(open_page: OpenPage, root: str, query: str = "", layout: str = "desktop") -> Locator:
    page = open_page(root, f"{PAGE}#budget-curve?{query}", layout)
    curve = page.locator("#budget-curve")
    expect(curve.locator("a.action")).to_be_visible()
    return curve


def embedded_model(book: Path) -> dict[str, Any]:
    """Return the state of the only budget curve of the built page, with its buffers."""
    script = re.search(
        r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>',
        (book / PAGE).read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert script
    models = json.loads(script.group(1))["state"].values()
    (model,) = (model for model in models if "runs" in model["state"])
    return model


def test_the_browser_reads_what_lrcourse_reads(open_page: OpenPage, book: Path) -> None:
    model = embedded_model(book)
    found = open_page(book.as_uri(), PAGE).evaluate(
        """async ({ state, buffers }) => {
            for (const { path, data } of buffers) {
                const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
                const parent = path.slice(0, -1).reduce((node, key) => node[key], state);
                parent[path.at(-1)] = new DataView(bytes.buffer);
            }
            const blob = new Blob([state._esm], { type: "text/javascript" });
            const { readRuns, isBeaten, stepsOfTheBest } = await import(URL.createObjectURL(blob));
            return Object.fromEntries(Object.keys(state.runs.grids).map((metric) => {
                const runs = readRuns(state.runs, metric);
                const { rates, budgets } = runs;
                const each = (f) => rates.map((_, r) => budgets.map((_, b) => f(runs, r, b)));
                return [metric, {
                    results: runs.results, best: runs.best, beaten: each(isBeaten),
                    price: each((...where) => budgets[where[2]] / stepsOfTheBest(...where)),
                }];
            }));
        }""",
        model,
    )
    packed = {
        buffer["path"][2]: base64.b64decode(buffer["data"])
        for buffer in model["buffers"]
        if buffer["path"][0] == "runs"
    }
    for metric in METRICS:
        curve = BudgetCurve(metric=metric)
        grid = {**curve.runs["grids"][metric], "data": packed[metric]}
        shown = np.array(found[metric]["results"], dtype=float)
        np.testing.assert_allclose(shown, unpack(grid).swapaxes(1, 2), rtol=1e-12)
        # To the rounding of 16 bits, it is the sweep.
        results = curve.results()
        np.testing.assert_allclose(shown.swapaxes(1, 2), results, rtol=grid["step"] * 0.51)
        sign = -1 if metric.endswith("accuracy") else 1
        rng = np.random.default_rng(6)
        for b, steps in enumerate(BUDGETS):
            curve.steps = steps
            best = RATES[found[metric]["best"][b]]
            means = dict(zip(RATES, results[:, :, b].mean(axis=1), strict=True))
            assert means[best] == pytest.approx(means[curve.best_rate], rel=2 * grid["step"])
            winner = results[found[metric]["best"][b], :, b]
            r = int(rng.integers(len(RATES)))
            curve.learning_rate = RATES[r]
            expected = bool(np.all(~(sign * results[r, :, b] <= sign * winner)))
            assert found[metric]["beaten"][r][b] == expected
            np.testing.assert_allclose(
                np.array(found[metric]["price"][r][b], dtype=float), curve.price, rtol=0.02
            )


@pytest.mark.parametrize(
    ("query", "word", "facts"),
    [
        ("learning_rate=0.01&steps=320", "Too small", ["320 steps", "validation loss", "sooner"]),
        ("learning_rate=0.4&steps=3200", "Too large", ["times larger"]),
        ("learning_rate=0.032&steps=3200", "As good as the best", ["That is yours, 0.032."]),
        ("learning_rate=4&steps=1000", "Diverged", ["4 of 4 runs have diverged"]),
        ("learning_rate=0.032&steps=3200&metric=train_loss", "Too small", ["training loss"]),
        ("learning_rate=0.001&steps=10", "Too small", ["400 times smaller"]),
    ],
)
def test_says_in_words_how_the_rate_does(
    open_page: OpenPage, book: Path, query: str, word: str, facts: list[str]
) -> None:
    status = open_curve(open_page, book.as_uri(), query).get_by_role("status")
    expect(status.locator("strong")).to_contain_text(word)
    for fact in facts:
        expect(status).to_contain_text(fact)


def test_the_choice_is_made_with_the_keyboard(open_page: OpenPage, book: Path, layout: str) -> None:
    curve = open_curve(open_page, book.as_uri(), layout=layout)
    group = curve.get_by_role("group", name="Judged by")
    options = group.get_by_role("radio")
    expect(options.first).to_be_checked()
    options.first.focus()
    curve.page.keyboard.press("ArrowRight")
    expect(options.nth(1)).to_be_checked()
    expect(curve.locator("a.action")).to_have_attribute("href", re.compile("metric=val_accuracy"))
    expect(curve.get_by_role("status")).to_contain_text("validation accuracy")
    expect(curve.locator("svg").first).to_have_attribute(
        "aria-label", re.compile("^validation accuracy")
    )
    curve.get_by_role("button", name="Reset").click()
    expect(options.first).to_be_checked()


def test_what_diverged_is_marked(open_page: OpenPage, book: Path) -> None:
    curve = open_curve(open_page, book.as_uri(), "steps=3200")
    results = BudgetCurve().results()[:, :, -1]
    crosses = curve.locator(".crosses").get_attribute("d") or ""
    assert crosses.count("M") == np.isnan(results).any(axis=1).sum() > 0


def test_the_rings_stand_at_the_rates(open_page: OpenPage, book: Path) -> None:
    curve = open_curve(open_page, book.as_uri(), "steps=1000&learning_rate=0.001")
    svg = curve.locator("svg").first
    mine = svg.locator(".ring.mine")
    low = float(mine.get_attribute("cx") or "nan")
    curve.locator('[data-setting="learning_rate"]').press("End")
    high = float(svg.locator(".guide.mine").get_attribute("x1") or "nan")
    expect(mine).to_have_attribute("hidden", "")
    best = float(svg.locator(".ring.best").get_attribute("cx") or "nan")
    part = np.log(BudgetCurve(steps=1000).best_rate / RATES[0]) / np.log(RATES[-1] / RATES[0])
    assert best == pytest.approx(low + part * (high - low), abs=0.01)


def test_a_word_that_is_no_choice_does_no_harm(open_page: OpenPage, book: Path) -> None:
    curve = open_curve(open_page, book.as_uri(), "metric=luck&steps=1e9&learning_rate=abc")
    expect(curve.locator("a.action")).to_have_attribute(
        "href", "#budget-curve?learning_rate=0.01&metric=val_loss&steps=3200"
    )
