"""The noise floor in the browser: the same noise and the same steps as in Python."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from lrcourse.demos import NoiseFloor

pytestmark = pytest.mark.slow

PAGE = "book/04-the-noise-floor.html"

OpenPage = Callable[..., Any]


def embedded_module(book: Path) -> str:
    script = re.search(
        r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>',
        (book / PAGE).read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert script
    models = json.loads(script.group(1))["state"].values()
    return next(m["state"]["_esm"] for m in models if "floorOf" in str(m["state"].get("_esm")))


def random_settings(count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(4)
    return [
        {
            "learning_rate": float(np.exp(rng.uniform(np.log(0.02), np.log(1.9)))),
            "batch_size": int(rng.integers(1, 257)),
            "schedule": str(rng.choice(["constant", "decay"])),
        }
        for _ in range(count)
    ]


def test_the_browser_computes_what_lrcourse_computes(open_page: OpenPage, book: Path) -> None:
    settings = random_settings(12)
    results = open_page(book.as_uri(), PAGE).evaluate(
        """async ([text, settings]) => {
            const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
            const demo = await import(url);
            return settings.map((s) => {
                const { means, one, ends } = demo.simulate(s);
                const measured = demo.measured(means);
                const floor = demo.floorOf(s.learning_rate, s.batch_size);
                return {
                    means: Array.from(means), one: Array.from(one),
                    ends: ends.map((part) => Array.from(part)),
                    floor, measured, word: demo.result(measured / floor),
                    arrival: demo.arrival(means),
                };
            });
        }""",
        [embedded_module(book), settings],
    )
    for setting, result in zip(settings, results, strict=True):
        demo = NoiseFloor(**setting)
        losses, ends = demo.losses(), demo.path()[-1]
        np.testing.assert_allclose(result["means"], losses.mean(axis=1), rtol=1e-9)
        np.testing.assert_allclose(result["one"], losses[:, 0], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(np.transpose(result["ends"]), ends, rtol=1e-9, atol=1e-12)
        assert result["floor"] == pytest.approx(demo.floor, rel=1e-12)
        assert result["measured"] == pytest.approx(demo.measured, rel=1e-9)
        assert (result["word"], result["arrival"]) == (demo.result, demo.arrival)


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("learning_rate=0.4", "At the floor"),
        ("learning_rate=0.4&schedule=decay", "Below the floor"),
        ("learning_rate=0.02&batch_size=256", "On the way"),
    ],
)
def test_says_in_words_where_the_runs_are(
    open_page: OpenPage, book: Path, query: str, word: str
) -> None:
    page = open_page(book.as_uri(), f"{PAGE}#noise-floor?{query}")
    expect(page.locator("#noise-floor").get_by_role("status")).to_contain_text(word)


def test_the_schedule_is_chosen_with_the_keyboard(open_page: OpenPage, book: Path) -> None:
    demo = open_page(book.as_uri(), PAGE).locator("#noise-floor")
    demo.get_by_role("radio").first.focus()
    demo.page.keyboard.press("ArrowRight")
    expect(demo.get_by_role("radio").nth(1)).to_be_checked()
    expect(demo.get_by_role("status")).to_contain_text("Below the floor")
