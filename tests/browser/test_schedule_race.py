"""The race in the browser against lrcourse, its words, its points, its panels."""

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

from lrcourse.demos import ScheduleRace
from lrcourse.demos._grid import unpack
from lrcourse.demos._schedule_runs import PEAKS, SHAPES
from lrcourse.demos.schedule_race import NAMES, network_means

pytestmark = pytest.mark.slow

PAGE = "book/07-schedules.html"

OpenPage = Callable[..., Any]


def open_race(open_page: OpenPage, root: str, query: str = "", layout: str = "desktop") -> Locator:
    race = open_page(root, f"{PAGE}#schedule-race?{query}", layout).locator("#schedule-race")
    expect(race.locator("a.action")).to_be_visible()
    return race


def embedded_model(book: Path) -> dict[str, Any]:
    """Return the state of the only race of the built page, with its buffers."""
    script = re.search(
        r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>',
        (book / PAGE).read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert script
    models = json.loads(script.group(1))["state"].values()
    (model,) = (model for model in models if "_problem" in model["state"])
    return model


def random_settings(count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(7)
    return [
        {
            "schedule": str(list(NAMES)[i % len(NAMES)]),
            "points": rng.uniform(0, 1, 5).tolist(),
            "peak": float(10 ** rng.uniform(-2, np.log10(20))),
            "noise": float(rng.choice([0.0, rng.uniform(0, 0.3)])),
        }
        for i in range(count)
    ]


def test_the_browser_computes_what_lrcourse_computes(open_page: OpenPage, book: Path) -> None:
    settings = random_settings(32)
    state = embedded_model(book)["state"]
    results = open_page(book.as_uri(), PAGE).evaluate(
        """async ([text, problem, settings]) => {
            const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
            const { simulate, factorsOf } = await import(url);
            // JSON, which the results go through, knows no Infinity.
            const plain = (values) => Array.from(values, (v) => (Number.isFinite(v) ? v : "inf"));
            return settings.map((s) => {
                const found = simulate(problem, s);
                return {
                    ...found,
                    factors: plain(found.factors), longer: plain(factorsOf(s, 600)),
                    losses: plain(found.losses), valley: plain(found.valley),
                    constantLosses: plain(found.constantLosses),
                    singles: found.singles.map(plain),
                };
            });
        }""",
        [state["_esm"], state["_problem"], settings],
    )
    seen = set()
    for setting, found in zip(settings, results, strict=True):
        race = ScheduleRace(**setting)
        with np.errstate(over="ignore"):
            singles = np.nan_to_num(race.single_losses(), nan=np.inf, posinf=np.inf).T
        for name, expected in {
            "factors": race.factors(),
            "longer": race.factors(600),
            "losses": race.losses(),
            "constantLosses": race.constant_losses(),
            "valley": race.valley(),
        }.items():
            np.testing.assert_allclose(
                np.array(found[name], float), expected, rtol=1e-9, atol=1e-14
            )
        # A run that has grown beyond all bounds and come back keeps the rounding of its top.
        top = np.maximum.accumulate(np.minimum(singles, 1e300), axis=1)
        shown = np.array(found["singles"], float)
        known = np.isfinite(singles) & np.isfinite(shown) & (top < 1e200)
        assert (np.abs(shown[known] - singles[known]) <= 1e-9 * top[known]).all()
        np.testing.assert_array_equal(shown[:, 1:] < 1e100, singles[:, 1:] < 1e100)
        assert found["constant"] == race.best_constant
        assert found["bestPeak"] == race.best_peak
        assert found["walked"] == pytest.approx(race.walked, rel=1e-12)
        assert found["result"] == race.result
        seen.add(race.result)
    assert {"win", "loss", "diverged"} <= seen


def test_the_browser_reads_the_runs_of_the_network(open_page: OpenPage, book: Path) -> None:
    model = embedded_model(book)
    found = open_page(book.as_uri(), PAGE).evaluate(
        """async ({ state, buffers }) => {
            for (const { path, data } of buffers) {
                const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
                const parent = path.slice(0, -1).reduce((node, key) => node[key], state);
                parent[path.at(-1)] = new DataView(bytes.buffer);
            }
            const blob = new Blob([state._esm], { type: "text/javascript" });
            const { readRuns } = await import(URL.createObjectURL(blob));
            return readRuns(state.runs);
        }""",
        model,
    )
    (buffer,) = model["buffers"]
    grid = {**ScheduleRace().runs["accuracy"], "data": base64.b64decode(buffer["data"])}
    assert list(found) == list(SHAPES)
    for row, (name, means) in zip(unpack(grid), network_means().items(), strict=True):
        results = np.array(found[name]["results"], dtype=float)
        np.testing.assert_allclose(results, row, rtol=1e-12)
        best = max(means, key=means.__getitem__)
        assert PEAKS[found[name]["best"]] == best
        assert found[name]["means"][found[name]["best"]] == pytest.approx(means[best], rel=1e-3)


@pytest.mark.parametrize(
    ("query", "word", "facts"),
    [
        ("", "You win", ["a factor of 1.3 below", "best from a peak of 0.843"]),
        ("noise=0.1&peak=0.45&points=1,1,1,1,1&schedule=drawn", "A draw", ["add up to 180.0"]),
        ("noise=0.1&peak=1.3&schedule=linear", "You win", ["On the network, straight to 0"]),
        ("noise=0&peak=0.45&points=1,1,1,0.5,0&schedule=drawn", "The constant rate wins", []),
        ("noise=0.1&peak=20&schedule=exponential", "You diverge", ["above the start"]),
        ("points=0,0,0,0,0", "The constant rate wins", ["add up to 0.000"]),
    ],
)
def test_says_in_words_who_wins(
    open_page: OpenPage, book: Path, query: str, word: str, facts: list[str]
) -> None:
    status = open_race(open_page, book.as_uri(), query).get_by_role("status")
    expect(status.locator("strong")).to_contain_text(word)
    for fact in facts:
        expect(status).to_contain_text(fact)


def levels(race: Locator) -> list[float]:
    """Return what the five sliders say."""
    sliders = race.locator("[data-setting^=points]").all()
    return [float((s.get_attribute("aria-valuetext") or "").split()[0]) for s in sliders]


def test_the_points_follow_a_schedule_and_a_drawing_begins_from_it(
    open_page: OpenPage, root: str, layout: str
) -> None:
    race = open_race(open_page, root, layout=layout)
    group = race.get_by_role("group", name="Schedule")
    group.get_by_role("radio", name="your drawing").focus()
    for _ in range(4):
        race.page.keyboard.press("ArrowRight")
    expect(group.get_by_role("radio", name="cosine")).to_be_checked()
    assert levels(race) == [1, 0.85, 0.5, 0.15, 0]
    expect(race.get_by_role("status")).to_contain_text("On the network, cosine")
    race.locator('[data-setting="points2"]').press("ArrowUp")
    expect(group.get_by_role("radio", name="your drawing")).to_be_checked()
    assert levels(race) == [1, 0.85, 0.55, 0.15, 0]
    expect(race.locator("a.action")).to_have_attribute(
        "href", "#schedule-race?noise=0.1&peak=0.45&points=1,0.85,0.55,0.15,0&schedule=drawn"
    )


def test_a_point_is_dragged(open_page: OpenPage, book: Path) -> None:
    race = open_race(open_page, book.as_uri())
    picture = race.locator("svg").first
    picture.scroll_into_view_if_needed()
    knob = picture.locator(".handle").nth(1).locator(".knob")
    box, frame = knob.bounding_box(), picture.locator(".frame").bounding_box()
    assert box
    assert frame
    mouse, y = race.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] / 2, y)
    mouse.down()
    mouse.move(box["x"] + 60, y + frame["height"] / 2, steps=4)
    mouse.up()
    expected = 1 - (1.12 + 0.06) / 2
    assert levels(race)[1] == pytest.approx(expected, abs=0.02)
    mouse.move(box["x"], y - 300)  # let go
    assert levels(race)[1] == pytest.approx(expected, abs=0.02)
    assert levels(race)[0] == 1


def test_the_network_has_no_line_for_a_drawing(open_page: OpenPage, book: Path) -> None:
    network = open_race(open_page, book.as_uri()).locator("svg").nth(3)
    expect(network.locator("path.line.mine")).to_have_attribute("d", "")
    expect(network.locator(".ring.mine")).to_be_hidden()
    chosen = open_race(open_page, book.as_uri(), "schedule=step").locator("svg").nth(3)
    expect(chosen.locator("path.line.mine")).to_have_attribute("d", re.compile("^M"))
    expect(chosen.locator(".ring.mine")).to_be_visible()


def test_bad_values_in_a_link_do_no_harm(open_page: OpenPage, book: Path) -> None:
    race = open_race(open_page, book.as_uri(), "schedule=magic&points=1,2&peak=99&noise=x")
    expect(race.locator("a.action")).to_have_attribute(
        "href", "#schedule-race?noise=0.1&peak=20&points=1,1,1,0.5,0&schedule=drawn"
    )
