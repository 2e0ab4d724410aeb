"""When to stop in the browser: early stopping as in lrcourse.monitoring, its words, its marks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from lrcourse.demos import WhenToStop
from lrcourse.demos._grid import unpack
from lrcourse.demos._stopping_runs import METRICS
from lrcourse.demos.when_to_stop import MODES, stop
from lrcourse.monitoring import EarlyStopping

pytestmark = pytest.mark.slow

PAGE = "book/11-monitoring.html"

OpenPage = Callable[..., Any]


def open_demo(open_page: OpenPage, root: str, query: str = "", layout: str = "desktop") -> Locator:
    demo = open_page(root, f"{PAGE}#when-to-stop?{query}", layout).locator("#when-to-stop")
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


def test_the_browser_reads_the_runs_and_stops_as_lrcourse_does(
    open_page: OpenPage, book: Path
) -> None:
    found = open_page(book.as_uri(), PAGE).evaluate(
        """async ({ state, buffers }) => {
            for (const { path, data } of buffers) {
                const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
                const parent = path.slice(0, -1).reduce((node, key) => node[key], state);
                parent[path.at(-1)] = new DataView(bytes.buffer);
            }
            const blob = new Blob([state._esm], { type: "text/javascript" });
            const { readRuns, stopOn } = await import(URL.createObjectURL(blob));
            const { curves } = readRuns(state.runs);
            const patience = Array.from({ length: 20 }, (_, i) => i + 1);
            const stops = (metric) => curves[metric].map((runs) => runs.map((curve) =>
                patience.map((p) => stopOn(curve, p, metric === "val_accuracy"))));
            return { curves, stops: Object.fromEntries(
                ["val_loss", "val_accuracy"].map((metric) => [metric, stops(metric)])) };
        }""",
        embedded_model(book),
    )
    demo = WhenToStop()
    for metric in METRICS:
        shown = np.array(found["curves"][metric])
        np.testing.assert_allclose(shown, unpack(demo.runs["grids"][metric]), rtol=1e-12)
    for watch, mode in MODES.items():
        for (rate, run), curves in np.ndenumerate(demo.results(watch)[..., 0]):
            assert np.isfinite(curves)
            curve = np.array(found["curves"][watch][rate][run])
            for i, shown in enumerate(found["stops"][watch][rate][run]):
                expected = stop(curve, EarlyStopping(i + 1, mode=mode))
                assert (shown["stopped"], shown["kept"]) == expected
                assert shown["best"] == (curve.argmin() if mode == "min" else curve.argmax())


def test_early_stopping_in_the_browser_on_random_curves(open_page: OpenPage, book: Path) -> None:
    rng = np.random.default_rng(11)
    # Few values, so that there are ties; and some that are no numbers.
    curves = [np.where(rng.random(30) < 0.1, np.nan, rng.integers(1, 9, 30)) for _ in range(60)]
    tasks = [
        {"curve": [None if np.isnan(v) else v for v in curve.tolist()], "patience": 1 + i % 8}
        for i, curve in enumerate(curves)
    ]
    found = open_page(book.as_uri(), PAGE).evaluate(
        """async ({ text, tasks }) => {
            const blob = new Blob([text], { type: "text/javascript" });
            const { stopOn } = await import(URL.createObjectURL(blob));
            return tasks.map(({ curve, patience }) => [false, true].map((rising) =>
                stopOn(curve.map((value) => value ?? NaN), patience, rising)));
        }""",
        {"text": WhenToStop._esm, "tasks": tasks},
    )
    for curve, task, both in zip(curves, tasks, found, strict=True):
        for shown, mode in zip(both, ("min", "max"), strict=True):
            expected = stop(curve, EarlyStopping(int(task["patience"]), mode=mode))
            assert (shown["stopped"], shown["kept"]) == expected


@pytest.mark.parametrize(
    ("query", "word", "facts"),
    [
        ("learning_rate=0.1&patience=10", "kept the best", ["At rate 0.1", "Nothing better came"]),
        ("learning_rate=0.5&patience=1", "Stopped too soon", ["the rule gives", "away"]),
        ("watch=val_accuracy&patience=10", "Stopped", ["validation accuracy 0.2"]),
    ],
)
def test_says_in_words_what_the_rule_does(
    open_page: OpenPage, book: Path, query: str, word: str, facts: list[str]
) -> None:
    status = open_demo(open_page, book.as_uri(), query).get_by_role("status")
    expect(status.locator("strong")).to_contain_text(word)
    for fact in facts:
        expect(status).to_contain_text(fact)


def test_the_axis_is_chosen_with_the_keyboard(open_page: OpenPage, book: Path, layout: str) -> None:
    demo = open_demo(open_page, book.as_uri(), layout=layout)
    options = demo.get_by_role("group", name="Curves against").get_by_role("radio")
    options.first.focus()
    demo.page.keyboard.press("ArrowRight")
    expect(options.nth(1)).to_be_checked()
    expect(demo.locator("a.action")).to_have_attribute("href", re.compile("axis=train_loss"))
    expect(demo.locator("svg").first).to_have_attribute("aria-label", re.compile("training loss"))
    demo.get_by_role("button", name="Reset").click()
    expect(options.first).to_be_checked()


def test_the_marks_stand_where_the_rule_puts_them(open_page: OpenPage, book: Path) -> None:
    query = "axis=distance&learning_rate=0.5&patience=3"
    svg = open_demo(open_page, book.as_uri(), query).locator("svg").first
    demo = WhenToStop(learning_rate=0.5, patience=3)
    place = {
        name: float(svg.locator(mark).first.get_attribute(key) or "nan")
        for name, (mark, key) in {
            "kept": (".ring.mine.full", "cx"),
            "best": (".ring.best.hollow", "cx"),
            "stopped": (".guide.mine", "x1"),
        }.items()
    }
    steps = {"kept": demo.kept_step, "best": demo.best_step, "stopped": demo.stopped_step or 0}
    left, right = 56, 380 - 12
    for name, step in steps.items():
        part = np.log(max(step * 0.5, 1)) / np.log(80)
        assert place[name] == pytest.approx(left + part * (right - left), abs=0.01)
