"""The warm-up demo in the browser against the sweeps, its words, its choices, its marks."""

from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from lrcourse.demos import WarmUp
from lrcourse.demos._grid import unpack
from lrcourse.demos._warm_up_runs import GAINS, PEAKS, WARMUPS

pytestmark = pytest.mark.slow

PAGE = "book/10-warm-up.html"

OpenPage = Callable[..., Any]


def open_demo(open_page: OpenPage, root: str, query: str = "", layout: str = "desktop") -> Locator:
    page = open_page(root, f"{PAGE}#sharp-start?{query}", layout)
    demo = page.locator("#sharp-start")
    expect(demo.locator("a.action")).to_be_visible()
    return demo


def embedded_model(book: Path) -> dict[str, Any]:
    """Return the state of the only demo of the built page, with its buffers."""
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
            const { readRuns, fateOf, learnablePeaks } = await import(URL.createObjectURL(blob));
            return Object.fromEntries(Object.keys(state.runs.grids).map((start) => {
                const runs = readRuns(state.runs, start);
                return [start, {
                    loss: runs.loss, ratio: runs.ratio, final: runs.final,
                    fates: runs.warmups.map((_, w) => runs.peaks.map((_, p) => fateOf(runs, w, p))),
                    learnable: runs.warmups.map((_, w) => learnablePeaks(runs, w)),
                }];
            }));
        }""",
        model,
    )
    packed = {
        tuple(buffer["path"][2:4]): base64.b64decode(buffer["data"]) for buffer in model["buffers"]
    }
    for start in GAINS:
        demo = WarmUp(start=start)
        sweeps = {"loss": demo.losses(), "ratio": demo.ratios(), "final": demo.final_losses()}
        for name, values in sweeps.items():
            grid = {**demo.runs["grids"][start][name], "data": packed[start, name]}
            shown = np.array(found[start][name], dtype=float)
            np.testing.assert_allclose(shown, unpack(grid), rtol=1e-12)
            # To the rounding of 16 bits, it is the sweep.
            np.testing.assert_allclose(shown, values, rtol=grid["step"] * 0.51)
        for w, word in enumerate(WARMUPS):
            demo.warmup = word
            assert found[start]["learnable"][w] == list(demo.learnable)
            for p, peak in enumerate(PEAKS):
                demo.peak = peak
                assert found[start]["fates"][w][p] == demo.fate


@pytest.mark.parametrize(
    ("query", "word", "facts"),
    [
        ("", "Diverges", ["taken at the peak", "ηλ/2 is 30", "2 of 3 runs diverge", "no warm-up"]),
        ("warmup=short", "Every run learns", ["at rate 0.018", "After 12 steps", "0.47"]),
        ("start=usual&peak=0.01", "Peak too small", ["runs end at losses from"]),
        ("start=usual&warmup=short&peak=0.01", "Peak too small", ["10 steps of warm-up"]),
    ],
)
def test_says_in_words_what_becomes_of_the_runs(
    open_page: OpenPage, book: Path, query: str, word: str, facts: list[str]
) -> None:
    status = open_demo(open_page, book.as_uri(), query).get_by_role("status")
    expect(status.locator("strong")).to_contain_text(word)
    for fact in facts:
        expect(status).to_contain_text(fact)


def test_a_peak_that_is_too_large_is_told_from_one_that_diverges(
    open_page: OpenPage, book: Path
) -> None:
    """Which of the largest peaks diverge, and which end somewhere, is up to rounding."""
    states = itertools.product(GAINS, WARMUPS, PEAKS)
    demos = (WarmUp(start=start, warmup=word, peak=peak) for start, word, peak in states)
    python = next(demo for demo in demos if demo.fate == "too large")
    query = f"start={python.start}&warmup={python.warmup}&peak={python.peak_rate}"
    status = open_demo(open_page, book.as_uri(), query).get_by_role("status")
    expect(status.locator("strong")).to_contain_text("Peak too large")


def test_the_choices_are_made_with_the_keyboard(
    open_page: OpenPage, book: Path, layout: str
) -> None:
    demo = open_demo(open_page, book.as_uri(), layout=layout)
    options = demo.get_by_role("group", name="Warm-up", exact=True).get_by_role("radio")
    expect(options.first).to_be_checked()
    options.first.focus()
    demo.page.keyboard.press("ArrowRight")
    expect(options.nth(1)).to_be_checked()
    starts = demo.get_by_role("group", name="Initial weights").get_by_role("radio")
    starts.nth(2).focus()
    demo.page.keyboard.press("ArrowLeft")
    expect(demo.locator("a.action")).to_have_attribute(
        "href", "#sharp-start?peak=0.18&start=usual&warmup=short"
    )
    expect(demo.get_by_role("status")).to_contain_text("Every run learns")
    demo.get_by_role("button", name="Reset").click()
    expect(options.first).to_be_checked()
    expect(starts.nth(2)).to_be_checked()


def test_what_diverged_is_marked(open_page: OpenPage, book: Path) -> None:
    demo = open_demo(open_page, book.as_uri(), "start=large&warmup=none&peak=0.76")
    python = WarmUp(start="large", warmup="none", peak=0.76)
    crosses = [path.get_attribute("d") or "" for path in demo.locator(".crosses").all()]
    place = PEAKS.index(python.peak_rate)
    of_lines = np.isnan(python.losses()[:, place]).any(axis=1).sum()
    of_peaks = np.isnan(python.final_losses()[0]).any(axis=1).sum()
    assert [path.count("M") for path in crosses] == [of_lines, of_peaks]
    assert of_lines > 0


def test_only_the_chosen_line_stands_out(open_page: OpenPage, book: Path) -> None:
    demo = open_demo(open_page, book.as_uri(), "warmup=long")
    for panel in demo.locator("svg").all()[:3]:
        expect(panel.locator("g .line.total:not(.aside)")).to_have_count(1)
        expect(panel.locator("g .line.aside")).to_have_count(2)
