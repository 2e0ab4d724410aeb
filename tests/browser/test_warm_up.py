"""The warm-up demo in the browser against the runs, its words, its choices."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from lrcourse.demos import WarmUp
from lrcourse.demos._warm_up_runs import GAINS, PEAKS, WARMUPS

pytestmark = pytest.mark.slow

PAGE = "book/10-warm-up.html"

OpenPage = Callable[..., Any]


def embedded_model(book: Path) -> dict[str, Any]:
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
                const each = (f) => runs.warmups.map((_, w) => runs.peaks.map((_, p) => f(w, p)));
                const words = each((w, p) => fateOf(runs, w, p));
                return [start, {
                    loss: runs.loss, ratio: runs.ratio, final: runs.final, words,
                    learnable: runs.warmups.map((_, w) => learnablePeaks(runs, w)),
                }];
            }));
        }""",
        embedded_model(book),
    )
    for start in GAINS:
        demo, shown = WarmUp(start=start), found[start]
        for name, values in (
            ("loss", demo.losses()),
            ("ratio", demo.ratios()),
            ("final", demo.final_losses()),
        ):
            finite = np.where(np.isfinite(values), values, np.nan)
            step = demo.runs["grids"][start][name]["step"]
            np.testing.assert_allclose(
                np.array(shown[name], dtype=float), finite, rtol=step * 0.51 + 1e-12
            )
        for w, word in enumerate(WARMUPS):
            demo.warmup = word
            np.testing.assert_array_equal(
                np.array(shown["learnable"][w], dtype=float), demo.learnable
            )
            for p, peak in enumerate(PEAKS):
                demo.peak = peak
                assert shown["words"][w][p] == demo.fate


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("start=large&warmup=none&peak=2", "Diverges"),
        ("start=large&warmup=none&peak=0.042", "Every run learns"),
        ("start=large&warmup=short&peak=0.18", "Every run learns"),
    ],
)
def test_says_what_becomes_of_the_runs(
    open_page: OpenPage, book: Path, query: str, word: str
) -> None:
    page = open_page(book.as_uri(), f"{PAGE}#sharp-start?{query}")
    expect(page.locator("#sharp-start").get_by_role("status")).to_contain_text(word)


def test_the_warm_up_is_chosen_with_the_keyboard(open_page: OpenPage, book: Path) -> None:
    demo = open_page(book.as_uri(), PAGE).locator("#sharp-start")
    options = demo.get_by_role("group", name="Warm-up").get_by_role("radio")
    options.first.focus()
    demo.page.keyboard.press("ArrowRight")
    expect(options.nth(1)).to_be_checked()
    expect(demo.locator("a.action")).to_have_attribute("href", re.compile("warmup=short"))
