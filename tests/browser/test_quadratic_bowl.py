"""The bowl's arithmetic in the browser against lrcourse, its words, its mark and its handle."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from lrcourse.demos import QuadraticBowl
from lrcourse.optimizers import convergence_factor, stability_regime

pytestmark = pytest.mark.slow

PAGE = "book/01-what-a-step-is.html"

OpenPage = Callable[..., Page]


def open_bowl(open_page: OpenPage, root: str, layout: str = "desktop", query: str = "") -> Locator:
    page = open_page(root, f"{PAGE}#quadratic-bowl?{query}", layout)
    bowl = page.locator("#quadratic-bowl")
    expect(bowl.locator("a.action")).to_be_visible()
    return bowl


def embedded_module(book: Path) -> str:
    """Return the ES module of the bowl as the built page carries it."""
    script = re.search(
        r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>',
        (book / PAGE).read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert script
    models = json.loads(script.group(1))["state"].values()
    return next(m["state"]["_esm"] for m in models if "criticalRate" in str(m["state"]))


def random_settings(count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(2017)
    return [
        {
            "learning_rate": float(10 ** rng.uniform(-3, np.log10(4))),
            "momentum": float(rng.choice([0.0, rng.uniform(0, 0.99)])),
            "condition_number": float(10 ** rng.uniform(0, 2)),
            "start": [float(rng.uniform(-5, 5)), float(rng.uniform(-3, 3))],
        }
        for _ in range(count)
    ]


def test_the_browser_computes_what_lrcourse_computes(open_page: OpenPage, book: Path) -> None:
    settings = random_settings(50)
    results = open_page(book.as_uri(), PAGE).evaluate(
        """async ([text, settings]) => {
            const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
            const bowl = await import(url);
            return settings.map((s) => {
                const run = bowl.simulate(s);
                const [rate, steep, momentum] = [s.learning_rate, s.condition_number, s.momentum];
                return {
                    path: Array.from(run.w1, (x, t) => [x, run.w2[t]]),
                    loss: Array.from(run.loss, String),
                    critical: bowl.criticalRate(steep, momentum),
                    factors: [1, steep].map((c) => bowl.convergenceFactor(rate, c, momentum)),
                    words: [1, steep].map((c) => bowl.regime(rate, c, momentum)),
                    word: bowl.runRegime(rate, steep, momentum),
                };
            });
        }""",
        [embedded_module(book), settings],
    )
    for setting, result in zip(settings, results, strict=True):
        bowl = QuadraticBowl(**setting)
        rate, momentum = setting["learning_rate"], setting["momentum"]
        curvatures = [1.0, setting["condition_number"]]
        path = np.asarray(result["path"], dtype=float)
        np.testing.assert_allclose(path, bowl.path(), rtol=1e-9)
        np.testing.assert_allclose(
            [float(x.replace("Infinity", "inf")) for x in result["loss"]], bowl.losses(), rtol=1e-9
        )
        assert result["critical"] == pytest.approx(bowl.critical_learning_rate, rel=1e-12)
        np.testing.assert_allclose(
            result["factors"],
            convergence_factor(rate, curvatures, momentum=momentum),
            rtol=1e-9,
        )
        assert result["words"] == [stability_regime(rate, c, momentum=momentum) for c in curvatures]
        assert result["word"] == bowl.regime
    assert {result["word"] for result in results} == {"monotone", "oscillating", "diverging"}


@pytest.mark.parametrize(
    ("query", "word", "facts"),
    [
        ("learning_rate=0.1&condition_number=10", "Monotone", ["ηλ₁ = 1.00"]),
        ("learning_rate=0.101&condition_number=10", "Oscillating", ["ηλ₁ = 1.01"]),
        ("learning_rate=0.2&condition_number=10", "Oscillating", ["bounces for ever"]),
        ("learning_rate=0.201&condition_number=10", "Diverging", ["critical rate", "0.200"]),
        ("learning_rate=0.201&condition_number=10&momentum=0.9", "Oscillating", ["0.380"]),
        ("learning_rate=0.21&condition_number=10&start=4,0", "Diverging", ["ηλ₁ = 2.10"]),
        ("learning_rate=4&condition_number=100", "Diverging", ["more than 10³⁰⁸"]),
    ],
)
def test_says_the_regime_in_words(
    open_page: OpenPage, book: Path, query: str, word: str, facts: list[str]
) -> None:
    status = open_bowl(open_page, book.as_uri(), query=query).get_by_role("status")
    expect(status.locator("strong")).to_contain_text(word)
    for fact in facts:
        expect(status).to_contain_text(fact)


def test_the_critical_rate_is_marked_where_the_thumb_would_be(
    open_page: OpenPage, book: Path, layout: str
) -> None:
    bowl = open_bowl(open_page, book.as_uri(), layout, "learning_rate=0.2&condition_number=10")
    thumb, mark = bowl.locator(".slider").first.evaluate(
        """row => ["--at", "--mark"].map((name) => Number(row.style.getPropertyValue(name)))"""
    )
    assert mark == pytest.approx(thumb, abs=1e-9)
    expect(bowl.locator(".mark-label")).to_have_text("critical: 0.200")
    bowl.locator('[data-setting="momentum"]').press("ArrowRight")
    expect(bowl.locator(".mark-label")).to_have_text("critical: 0.202")


def start_of(bowl: Locator) -> list[float]:
    href = bowl.locator("a.action").get_attribute("href") or ""
    return [float(part) for part in href.split("start=")[1].split(",")]


def test_dragging_moves_the_start(open_page: OpenPage, root: str, layout: str) -> None:
    bowl = open_bowl(open_page, root, layout)
    handle = bowl.locator(".handle .knob")
    handle.scroll_into_view_if_needed()
    path = bowl.locator(".line.total.thin").last
    before = path.get_attribute("d")
    assert start_of(bowl) == [-4, 2]
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    drag = touch_drag if layout == "phone" else mouse_drag
    drag(bowl.page, (x, y), (x + 60, y + 30))
    moved = start_of(bowl)
    assert moved[0] > -3.5
    assert moved[1] < 1.5
    assert path.get_attribute("d") != before
    expect(bowl.locator('[data-setting="start0"]')).to_have_attribute(
        "aria-valuetext", f"w₁ = {moved[0]:.2f}".replace("-", "−")
    )
    # Far outside the picture it stops at the edge of what is allowed.
    drag(bowl.page, (x + 60, y + 30), (x - 200, y - 200))
    assert start_of(bowl) == [-5, 3]


def mouse_drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def touch_drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
        )

    touch("touchStart", start)
    for part in (0.25, 0.5, 0.75, 1.0):
        touch("touchMove", tuple(a + part * (b - a) for a, b in zip(start, end, strict=True)))
    touch("touchEnd")


@pytest.mark.parametrize(
    "query",
    [
        "learning_rate=4&condition_number=100",
        # The flat direction converges, so that every step crosses the picture.
        "learning_rate=1.5&condition_number=100",
        "momentum=0.99",
    ],
)
def test_a_wild_path_stays_in_the_picture(open_page: OpenPage, book: Path, query: str) -> None:
    bowl = open_bowl(open_page, book.as_uri(), query=query)
    data = bowl.locator("path").evaluate_all("paths => paths.map((p) => p.getAttribute('d'))")
    numbers = [float(n) for d in data for n in re.findall(r"-?\d+\.?\d*", d)]
    assert max(map(abs, numbers)) < 500
    assert not any("NaN" in d or "Infinity" in d for d in data)


def test_bad_values_in_a_link_do_no_harm(open_page: OpenPage, book: Path) -> None:
    query = "learning_rate=abc&momentum=7&condition_number=&start=1,2,3"
    bowl = open_bowl(open_page, book.as_uri(), query=query)
    expect(bowl.locator("a.action")).to_have_attribute(
        "href",
        "#quadratic-bowl?condition_number=10&learning_rate=0.17&momentum=0.99&start=-4,2",
    )
