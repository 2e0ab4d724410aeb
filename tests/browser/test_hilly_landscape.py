"""The balls in the browser against lrcourse, and what the demo says and draws of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from lrcourse.demos import HillyLandscape
from lrcourse.demos._noise import normals
from lrcourse.demos.hilly_landscape import BALLS, LANDSCAPES, STEPS
from lrcourse.optimizers import GradientDescent

pytestmark = pytest.mark.slow

PAGE = "book/02-which-minimum.html"

OpenPage = Callable[..., Page]


def embedded_state(book: Path) -> dict[str, Any]:
    """Return the state of the demo as the built page carries it."""
    script = re.search(
        r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>',
        (book / PAGE).read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert script
    models = json.loads(script.group(1))["state"].values()
    return next(m["state"] for m in models if "noiseTable" in str(m["state"]))


def in_the_browser(page: Page, book: Path, settings: list[dict[str, Any]], every: int) -> Any:
    """Return, for each setting, the path, the share in the deepest valley, and the valleys."""
    state = embedded_state(book)
    return page.evaluate(
        """async ([text, landscapes, settings, every]) => {
            const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
            const hills = await import(url);
            return settings.map((s) => {
                const land = landscapes[s.landscape];
                const path = hills.simulate(land, s, every);
                const end = path.at(-1);
                return {
                    path: path.map((points) => Array.from(points)),
                    loss: Array.from(end, hills.lossOf(land)),
                    valleys: Array.from(end, (x) => hills.basin(land, x)),
                    shares: path.map((points) => hills.shareInDeepest(land, points)),
                    rate: hills.firstRate(land, s),
                };
            });
        }""",
        [state["_esm"], state["_landscapes"], settings, every],
    )


def random_settings(count: int, fastest: float) -> list[dict[str, Any]]:
    rng = np.random.default_rng(2018)
    return [
        {
            "landscape": str(rng.choice(list(LANDSCAPES))),
            "learning_rate": float(10 ** rng.uniform(-2, np.log10(fastest))),
            "noise": float(rng.choice([0.0, rng.uniform(0, 2)])),
            "schedule": str(rng.choice(["constant", "decay"])),
        }
        for _ in range(count)
    ]


def test_every_step_in_the_browser_is_a_step_of_lrcourse(open_page: OpenPage, book: Path) -> None:
    """Large rates are chaotic, so each step is checked from where the browser's ball stands."""
    noise = normals(STEPS * BALLS, seed=0).reshape(STEPS, BALLS)
    steps = np.arange(STEPS)[:, None]
    page = open_page(book.as_uri(), PAGE)
    for setting in random_settings(8, fastest=8):
        (result,) = in_the_browser(page, book, [setting], every=1)
        hills = HillyLandscape(**setting)
        path = np.asarray(result["path"])
        assert path.shape == (STEPS + 1, BALLS)
        assert result["rate"] == pytest.approx(hills.rate, rel=1e-12)
        slope = hills.curve.gradient(path[:-1])
        slope += setting["noise"] * hills.curve.gradient(path[0]).std() * noise
        rates = hills.rate * (1 - steps / STEPS * (setting["schedule"] == "decay"))
        expected, _ = GradientDescent().step(path[:-1], slope, None, rates)
        np.testing.assert_allclose(path[1:], expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_array_equal(path[0], hills.path()[0])
        np.testing.assert_allclose(result["loss"], hills.curve.loss(path[-1]), atol=1e-9)
        assert result["valleys"] == hills.curve.basin(path[-1]).tolist()
        np.testing.assert_allclose(
            result["shares"],
            (hills.curve.basin(path) == hills.curve.global_basin).mean(axis=1),
            rtol=1e-12,
        )


def test_where_nothing_is_chaotic_whole_paths_agree(open_page: OpenPage, book: Path) -> None:
    settings = [{**setting, "noise": 0.0} for setting in random_settings(12, fastest=0.5)]
    results = in_the_browser(open_page(book.as_uri(), PAGE), book, settings, every=5)
    for setting, result in zip(settings, results, strict=True):
        path = HillyLandscape(**setting).path()
        np.testing.assert_allclose(result["path"], path, rtol=1e-9, atol=1e-9)


def open_hills(open_page: OpenPage, root: str, query: str = "", layout: str = "desktop") -> Locator:
    hills = open_page(root, f"{PAGE}#hilly-landscape?{query}", layout).locator("#hilly-landscape")
    expect(hills.locator("a.action")).to_be_visible()
    return hills


@pytest.mark.parametrize(
    ("query", "word", "fact"),
    [
        ("learning_rate=0.01", "No gain", "100 % end in the valley where they started"),
        ("learning_rate=1&noise=1&schedule=decay", "Gain", "28 % started there"),
        ("landscape=rippled-bowl&learning_rate=4&schedule=decay", "Gain", "100 % of the balls"),
        ("landscape=needle&learning_rate=4&schedule=decay", "Loss", "0 % of the balls"),
        ("learning_rate=1&noise=1", "Gain", "still moved by"),
    ],
)
def test_says_what_came_of_it(
    open_page: OpenPage, book: Path, query: str, word: str, fact: str
) -> None:
    status = open_hills(open_page, book.as_uri(), query).get_by_role("status")
    expect(status.locator("strong")).to_contain_text(word)
    expect(status).to_contain_text(fact)


def test_choices_work_with_the_keyboard(open_page: OpenPage, root: str, layout: str) -> None:
    hills = open_hills(open_page, root, layout=layout)
    curve = hills.locator("svg").first
    before = curve.get_attribute("aria-label")
    hills.get_by_role("radio", name="5").focus()
    hills.page.keyboard.press("ArrowRight")
    expect(hills.get_by_role("radio", name="6")).to_be_checked()
    expect(hills.get_by_role("radio", name="6")).to_be_focused()
    assert curve.get_attribute("aria-label") != before
    hills.get_by_role("radio", name="constant").press("ArrowRight")
    expect(hills.locator("a.action")).to_have_attribute(
        "href", "#hilly-landscape?landscape=random-6&learning_rate=0.05&noise=0&schedule=decay"
    )
    assert hills.locator("figure").count() == 4  # drawn anew, and not once more


def test_bad_words_in_a_link_do_no_harm(open_page: OpenPage, book: Path) -> None:
    hills = open_hills(open_page, book.as_uri(), "landscape=alps&schedule=never&noise=9")
    expect(hills.locator("a.action")).to_have_attribute(
        "href", "#hilly-landscape?landscape=random-5&learning_rate=0.05&noise=2&schedule=constant"
    )


def test_each_ball_is_drawn(open_page: OpenPage, book: Path) -> None:
    """The areas of the circles add up to the number of balls, and none is outside the picture."""
    query = "learning_rate=8&noise=2&landscape=needle"
    hills = open_hills(open_page, book.as_uri(), query)
    data = "".join(path.get_attribute("d") or "" for path in hills.locator("svg path.balls").all())
    radii = [float(r) for r in re.findall(r"M\S+ \S+a(\S+) ", data)]
    assert sum((r / 1.8) ** 2 for r in radii) == pytest.approx(BALLS, rel=0.02)
    assert "NaN" not in data
    places = [float(x) + r for x, r in zip(re.findall(r"M(\S+) ", data), radii, strict=True)]
    assert 0 < min(places) < max(places) < 380
