"""The three comparisons in the browser against lrcourse.statistics, their words, their marks."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from lrcourse.demos import ThreeComparisons
from lrcourse.demos._comparison_runs import (
    BUDGETS,
    HELD_OUT,
    LARGE_RATES,
    LOOKS,
    SHARES,
    SMALL_RATES,
)
from lrcourse.demos._grid import unpack
from lrcourse.demos.three_comparisons import COMPARISONS, METRICS, RATES, Looks, compare
from lrcourse.statistics import paired_interval

pytestmark = pytest.mark.slow

PAGE = "book/05-generalisation.html"

OpenPage = Callable[..., Any]


def open_demo(open_page: OpenPage, root: str, query: str = "", layout: str = "desktop") -> Locator:
    page = open_page(root, f"{PAGE}#three-comparisons?{query}", layout)
    demo = page.locator("#three-comparisons")
    expect(demo.locator("a.action")).to_be_visible()
    return demo


def embedded_model(book: Path) -> dict[str, Any]:
    """Return the state of the only such demo of the built page, with its buffers."""
    script = re.search(
        r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>',
        (book / PAGE).read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert script
    models = json.loads(script.group(1))["state"].values()
    (model,) = (model for model in models if "runs" in model["state"])
    return model


def intervals(open_page: OpenPage, book: Path) -> dict[str, Any]:
    """Return every interval that the page can show: by labels, comparison, rates and budget."""
    return open_page(book.as_uri(), PAGE).evaluate(
        """async ({ state, buffers }) => {
            for (const { path, data } of buffers) {
                const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
                const parent = path.slice(0, -1).reduce((node, key) => node[key], state);
                parent[path.at(-1)] = new DataView(bytes.buffer);
            }
            const blob = new Blob([state._esm], { type: "text/javascript" });
            const { readRuns, compare, difference } = await import(URL.createObjectURL(blob));
            const { small, large, budgets, rates, quantile, grids } = state.runs;
            return Object.fromEntries(Object.keys(grids).map((noise) => {
                const { runs } = readRuns(state.runs, noise);
                const at = (rate) => runs[rates.indexOf(rate)];
                const found = (way) => small.map((s) => large.map((l) => budgets.map((budget) => {
                    const pairs = compare(at(s), at(l), budget, way);
                    const { estimate, low, high } = difference(pairs, quantile);
                    return [estimate, low, high];
                })));
                const ways = ["steps", "loss", "best"];
                return [noise, Object.fromEntries(ways.map((way) => [way, found(way)]))];
            }));
        }""",
        embedded_model(book),
    )


def packed_grids(book: Path) -> dict[tuple[str, str], np.ndarray]:
    model = embedded_model(book)
    grids = model["state"]["runs"]["grids"]
    return {
        (path[2], path[3]): unpack(
            {**grids[path[2]][path[3]], "data": base64.b64decode(buffer["data"])}
        )
        for buffer in model["buffers"]
        if (path := buffer["path"])[0] == "runs"
    }


def test_every_interval_is_that_of_lrcourse(open_page: OpenPage, book: Path) -> None:
    """To rounding, on the numbers that the page carries."""
    shown, grids = intervals(open_page, book), packed_grids(book)
    assert set(grids) == {(noise, metric) for noise in SHARES for metric in METRICS}
    for noise in SHARES:
        loss, accuracy = (grids[noise, metric] for metric in METRICS)
        accuracy = np.rint(accuracy * HELD_OUT) / HELD_OUT
        for way, (s, small), (m, large), (b, budget) in product(
            COMPARISONS, enumerate(SMALL_RATES), enumerate(LARGE_RATES), enumerate(BUDGETS)
        ):
            k = LOOKS.index(budget) + 1
            arms = (
                Looks(np.array(LOOKS[:k]), loss[r, :, :k], accuracy[r, :, :k])
                for r in (RATES.index(small), RATES.index(large))
            )
            points = compare(*arms, way)
            expected = paired_interval(*(arm.accuracy for arm in points))
            np.testing.assert_allclose(
                shown[noise][way][s][m][b],
                [expected.estimate, expected.low, expected.high],
                atol=1e-12,
            )


def test_to_the_rounding_of_16_bits_it_is_the_sweep(open_page: OpenPage, book: Path) -> None:
    shown = intervals(open_page, book)
    rng = np.random.default_rng(5)
    for noise in SHARES:
        demo = ThreeComparisons(label_noise=noise)
        step = max(grid["step"] for grid in demo.runs["grids"][noise].values())
        for way in COMPARISONS:
            for _ in range(20):
                s, m, b = (rng.integers(len(x)) for x in (SMALL_RATES, LARGE_RATES, BUDGETS))
                demo.comparison, demo.steps = way, BUDGETS[b]
                demo.small_rate, demo.large_rate = SMALL_RATES[s], LARGE_RATES[m]
                found = demo.difference
                np.testing.assert_allclose(
                    shown[noise][way][s][m][b],
                    [found.estimate, found.low, found.high],
                    # Accuracies come back as they were; a loss that is off by half a step moves
                    # the point where a run crosses it.
                    atol=3 * step if way == "loss" else 1e-12,
                )


@pytest.mark.parametrize(
    ("query", "word", "facts"),
    [
        ("", "The smaller rate is ahead", ["After 724 steps each", "12 pairs"]),
        ("comparison=best", "The larger rate is ahead", ["stopped where the other runs say"]),
        ("comparison=loss", "Neither is ahead", ["get down to a training loss of"]),
        ("label_noise=none", "The larger rate is ahead", ["the rate 0.005 has"]),
        ("comparison=best&steps=2048", "The smaller rate is ahead", ["Within 2048 steps"]),
    ],
)
def test_says_in_words_who_is_ahead(
    open_page: OpenPage, book: Path, query: str, word: str, facts: list[str]
) -> None:
    status = open_demo(open_page, book.as_uri(), query).get_by_role("status")
    expect(status.locator("strong")).to_contain_text(word)
    for fact in facts:
        expect(status).to_contain_text(fact)


def test_the_words_have_the_numbers_of_python(open_page: OpenPage, book: Path) -> None:
    for way in COMPARISONS:
        demo = ThreeComparisons(comparison=way)
        expected = demo.difference
        status = open_demo(open_page, book.as_uri(), f"comparison={way}").get_by_role("status")
        numbers = (100 * np.array([expected.estimate, expected.low, expected.high])).round(1)
        said = "{:+.1f} points, 95 % interval {:+.1f} to {:+.1f}".format(*numbers)
        expect(status).to_contain_text(said.replace("-", "−"))
        for looks in demo.compared():
            expect(status).to_contain_text(f"{100 * looks.accuracy.mean():.1f}\u00a0%")


def test_the_choice_is_made_with_the_keyboard(open_page: OpenPage, book: Path, layout: str) -> None:
    demo = open_demo(open_page, book.as_uri(), layout=layout)
    options = demo.get_by_role("group", name="Point of comparison").get_by_role("radio")
    expect(options.first).to_be_checked()
    options.first.focus()
    demo.page.keyboard.press("ArrowRight")
    expect(options.nth(1)).to_be_checked()
    expect(demo.locator("a.action")).to_have_attribute("href", re.compile("comparison=loss"))
    expect(demo.locator("svg").first).to_have_attribute(
        "aria-label", re.compile("^Validation accuracy against training loss")
    )
    assert demo.locator("figure").count() == 3  # drawn anew, and not once more
    demo.get_by_role("button", name="Reset").click()
    expect(options.first).to_be_checked()


def test_the_chosen_comparison_stands_out(open_page: OpenPage, book: Path) -> None:
    for way, name in (("steps", "Equal steps"), ("best", "Each at its best")):
        chosen = open_demo(open_page, book.as_uri(), f"comparison={way}").locator(".row.chosen")
        assert chosen.count() == 1
        expect(chosen).to_contain_text(name)


@pytest.mark.parametrize(
    "query", ["", "label_noise=none&steps=64&large_rate=0.2", "comparison=loss&steps=128"]
)
def test_every_pair_is_drawn_in_the_frame(open_page: OpenPage, book: Path, query: str) -> None:
    demo = open_demo(open_page, book.as_uri(), query)
    for dots in demo.locator(".row .dots").all():
        places = [float(x) for x in re.findall(r"M(\S+) ", dots.get_attribute("d") or "")]
        assert len(places) == 12
        assert 12 <= min(places) <= max(places) <= 368
    first = demo.locator("svg").first
    for line in first.locator("path.line").all():
        assert "NaN" not in (line.get_attribute("d") or "")
    for kind in ("flat", "steep"):
        assert (first.locator(f".dots.{kind}").get_attribute("d") or "").count("M") == 12


def test_the_diamond_is_on_the_side_of_who_is_ahead(open_page: OpenPage, book: Path) -> None:
    demo = open_demo(open_page, book.as_uri())
    zero = float(demo.locator(".row .zero").first.get_attribute("x1") or "nan")
    sides = []
    for diamond in demo.locator(".row .diamond").all():
        left = float(re.findall(r"M(\S+) ", diamond.get_attribute("d") or "")[0])
        sides.append(np.sign(left + 6 - zero))
    assert (sides[0], sides[2]) == (1, -1)


def test_bad_words_in_a_link_do_no_harm(open_page: OpenPage, book: Path) -> None:
    demo = open_demo(open_page, book.as_uri(), "comparison=luck&steps=1e9&large_rate=x")
    expect(demo.locator("a.action")).to_have_attribute(
        "href",
        "#three-comparisons?comparison=steps&label_noise=some&large_rate=0.1"
        "&small_rate=0.005&steps=2048",
    )
