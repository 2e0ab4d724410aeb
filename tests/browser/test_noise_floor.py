"""The runs in the browser against lrcourse, and what the demo says and draws of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from lrcourse.demos import NoiseFloor
from lrcourse.demos.noise_floor import STEPS

pytestmark = pytest.mark.slow

PAGE = "book/04-the-noise-floor.html"

OpenPage = Callable[..., Page]


def embedded_module(book: Path) -> str:
    """Return the module of the demo as the built page carries it."""
    script = re.search(
        r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>',
        (book / PAGE).read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert script
    models = json.loads(script.group(1))["state"].values()
    return next(m["state"]["_esm"] for m in models if "floorOf" in str(m["state"]))


def in_the_browser(page: Page, book: Path, settings: list[dict[str, Any]]) -> Any:
    """Return what the browser computes for each setting."""
    return page.evaluate(
        """async ([text, settings]) => {
            const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
            const demo = await import(url);
            return settings.map((s) => {
                const { means, one, ends, trail } = demo.simulate(s);
                const late = demo.measured(means);
                const floor = demo.floorOf(s.learning_rate, s.batch_size);
                return {
                    means: Array.from(means),
                    one: Array.from(one),
                    ends: ends.map((end) => Array.from(end)),
                    trail,
                    late,
                    floor,
                    word: demo.result(late / floor),
                    arrival: demo.arrival(means),
                    rates: [0, 1, 1999].map((step) => demo.rateAt(step, s)),
                };
            });
        }""",
        [embedded_module(book), settings],
    )


def random_settings(count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(1951)
    return [
        {
            "learning_rate": float(0.02 * 95 ** rng.uniform()),
            "batch_size": int(rng.integers(1, 257)),
            "schedule": ("constant", "decay")[number % 2],
        }
        for number in range(count)
    ]


def test_the_browser_computes_what_python_does(open_page: OpenPage, book: Path) -> None:
    settings = random_settings(12)
    results = in_the_browser(open_page(book.as_uri(), PAGE), book, settings)
    for setting, result in zip(settings, results, strict=True):
        noise = NoiseFloor(**setting)
        path, losses = noise.path(), noise.losses()
        np.testing.assert_allclose(result["means"], losses.mean(axis=1), rtol=1e-9)
        np.testing.assert_allclose(result["one"], losses[:, 0], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(result["ends"], path[-1].T, rtol=1e-9, atol=1e-12)
        last = np.transpose(path[-len(result["trail"][0]) :, 0])
        np.testing.assert_allclose(result["trail"], last, rtol=1e-9, atol=1e-12)
        assert result["late"] == pytest.approx(noise.measured, rel=1e-9)
        assert result["floor"] == pytest.approx(noise.floor, rel=1e-12)
        assert result["rates"] == pytest.approx(noise.rates()[[0, 1, STEPS - 1]], rel=1e-12)
        assert result["word"] == noise.result
        assert result["arrival"] == noise.arrival


def open_noise(open_page: OpenPage, root: str, query: str = "", layout: str = "desktop") -> Locator:
    noise = open_page(root, f"{PAGE}#noise-floor?{query}", layout).locator("#noise-floor")
    expect(noise.locator("a.action")).to_be_visible()
    return noise


@pytest.mark.parametrize(
    ("query", "word", "fact"),
    [
        ("learning_rate=0.4", "At the floor", "they bounce"),
        ("learning_rate=0.05", "At the floor", "reached at step 34, after 34 examples"),
        ("learning_rate=1.9", "At the floor", "is never reached"),
        ("learning_rate=0.02&batch_size=256", "On the way", "steps have run out"),
        ("learning_rate=0.4&schedule=decay", "Below the floor", "The last step has a rate of"),
        ("learning_rate=0.02&batch_size=256&schedule=decay", "On the way", "fell too early"),
    ],
)
def test_says_what_came_of_it(
    open_page: OpenPage, book: Path, query: str, word: str, fact: str
) -> None:
    status = open_noise(open_page, book.as_uri(), query).get_by_role("status")
    expect(status.locator("strong")).to_contain_text(word)
    expect(status).to_contain_text(fact)


def test_the_batch_doubles_with_each_key(open_page: OpenPage, root: str, layout: str) -> None:
    noise = open_noise(open_page, root, layout=layout)
    batch = noise.get_by_role("slider", name="Batch size")
    sizes = []
    for _ in range(8):
        batch.press("ArrowRight")
        sizes.append(int((batch.get_attribute("aria-valuetext") or "").split()[0]))
    assert sizes == [2, 4, 8, 16, 32, 64, 128, 256]


def test_the_rate_decays_by_keyboard(open_page: OpenPage, root: str, layout: str) -> None:
    noise = open_noise(open_page, root, layout=layout)
    noise.get_by_role("radio", name="constant").press("ArrowRight")
    expect(noise.get_by_role("radio", name="decays")).to_be_checked()
    expect(noise.locator("a.action")).to_have_attribute(
        "href", "#noise-floor?batch_size=1&learning_rate=0.4&schedule=decay"
    )


def test_each_run_is_a_dot_or_counted_outside(open_page: OpenPage, book: Path) -> None:
    noise = open_noise(open_page, book.as_uri(), "learning_rate=1.9")
    dots = noise.locator("svg path.runs").get_attribute("d") or ""
    outside = re.search(r"(\d+) more outside", noise.locator("svg").first.text_content() or "")
    assert outside
    assert 90 <= dots.count("M") + int(outside.group(1)) <= 110  # a few are drawn on the frame
    inside = open_noise(open_page, book.as_uri(), "learning_rate=0.1")
    assert (inside.locator("svg path.runs").get_attribute("d") or "").count("M") == 100
    assert "outside" not in (inside.locator("svg").first.text_content() or "")


def test_the_predicted_ellipse_has_the_predicted_size(open_page: OpenPage, book: Path) -> None:
    noise = open_noise(open_page, book.as_uri(), "learning_rate=0.2&batch_size=4")
    ellipse = noise.locator("svg ellipse.predicted")
    drawn = [float(ellipse.get_attribute(name) or 0) for name in ("rx", "ry")]
    expected = NoiseFloor(learning_rate=0.2, batch_size=4).deviations
    assert drawn[0] / drawn[1] == pytest.approx(expected[0] / expected[1], rel=0.03)
    assert drawn[0] == pytest.approx(2 * expected[0] * 320 / 6.4, rel=0.01)
