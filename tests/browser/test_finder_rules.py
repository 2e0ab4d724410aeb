"""The finders' demo in the browser: smoothing and rules against `lrcourse.finder`, its words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from lrcourse.demos import FinderRules
from lrcourse.demos._finder_runs import LENGTHS, RATES, TASKS, TESTS, finder_runs
from lrcourse.demos.finder_rules import RULE_NAMES, read
from lrcourse.finder import ema, smooth_log_lr, suggest

pytestmark = pytest.mark.slow

PAGE = "book/08-the-finder.html"

OpenPage = Callable[..., Any]

LOAD = """async ({ state, buffers }) => {
    for (const { path, data } of buffers) {
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        const parent = path.slice(0, -1).reduce((node, key) => node[key], state);
        parent[path.at(-1)] = new DataView(bytes.buffer);
    }
    const blob = new Blob([state._esm], { type: "text/javascript" });
    window.finders = await import(URL.createObjectURL(blob));
    window.runs = state.runs;
}"""


def embedded_model(book: Path) -> dict[str, Any]:
    """Return the state of the only finders' demo of the built page, with its buffers."""
    script = re.search(
        r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>',
        (book / PAGE).read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert script
    models = json.loads(script.group(1))["state"].values()
    (model,) = (model for model in models if "runs" in model["state"])
    return model


@pytest.fixture
def module(open_page: OpenPage, book: Path) -> Any:
    """Return the page with the demo's functions in ``finders`` and its runs in ``runs``."""
    page = open_page(book.as_uri(), PAGE)
    page.evaluate(LOAD, embedded_model(book))
    return page


def open_demo(open_page: OpenPage, root: str, query: str = "", layout: str = "desktop") -> Locator:
    page = open_page(root, f"{PAGE}#finder-rules?{query}", layout)
    demo = page.locator("#finder-rules")
    expect(demo.locator("a.action")).to_be_visible()
    return demo


def test_the_browser_smooths_as_the_finder_does(module: Any) -> None:
    rng = np.random.default_rng(8)
    for _ in range(20):
        n = int(rng.integers(5, 200))
        rates = np.geomspace(*np.sort(10 ** rng.uniform(-6, 2, 2)), n)
        losses = rng.lognormal(0, 1, n)
        momentum, decades = float(rng.uniform(0, 0.999)), float(rng.uniform(0.01, 1))
        average, both_sides = module.evaluate(
            """([rates, losses, momentum, decades]) => [
                finders.ema(losses, momentum), finders.smoothLogRate(rates, losses, decades),
            ]""",
            [rates.tolist(), losses.tolist(), momentum, decades],
        )
        np.testing.assert_allclose(average, ema(losses, momentum=momentum), rtol=1e-9)
        expected = smooth_log_lr(rates, losses, decades=decades)
        np.testing.assert_allclose(both_sides, expected, rtol=1e-9)


@pytest.mark.parametrize("task", TASKS)
def test_the_browser_reads_the_range_tests_as_the_finder_does(module: Any, task: str) -> None:
    strengths = [1.0, *np.geomspace(0.05, 4, 5).tolist()]
    found = module.evaluate(
        """([task, strengths]) => finders.readTask(runs, task).tests.map((tests) =>
            tests.map((test) => strengths.map((s) => finders.suggestAll(test, s))))""",
        [task, strengths],
    )
    for of_length, length in zip(found, LENGTHS, strict=True):
        tests = finder_runs(task, 0).tests[length]
        assert len(of_length) == len(tests) == TESTS
        for by_strength, test in zip(of_length, tests, strict=True):
            for shown, strength in zip(by_strength, strengths, strict=True):
                assert list(shown) == list(RULE_NAMES)
                for rule, one in shown.items():
                    expected = read(test, rule, strength)
                    if strength == 1:
                        assert expected == suggest(test, rule)
                    assert (one is None) == (expected is None), (length, rule, strength)
                    if one and expected:
                        read_there = one["rate"], one["readAt"], one["loss"]
                        read_here = expected.learning_rate, expected.read_at, expected.loss
                        assert read_there == pytest.approx(read_here, rel=1e-9)
                        assert one["atEdge"] == expected.at_edge


@pytest.mark.parametrize("task", TASKS)
def test_the_browser_judges_as_python_does(module: Any, task: str) -> None:
    rng = np.random.default_rng(1)
    rates = [1e-7, *(10 ** rng.uniform(-5, 1, 30)), 100.0]
    shown = module.evaluate(
        """([task, rates]) => {
            const known = finders.readTask(runs, task);
            const { good, race, results, rates: swept } = known;
            return { good, race, results, swept,
                regrets: rates.map((rate) => finders.regret(known, rate)),
                words: rates.map((rate) => finders.verdict(known, { rate })) };
        }""",
        [task, [float(rate) for rate in rates]],
    )
    demo = FinderRules(task=task)
    step = demo.runs["tasks"][task]["losses"]["step"]
    np.testing.assert_allclose(shown["results"], demo.losses(), rtol=step * 0.51)
    np.testing.assert_allclose(shown["swept"], RATES, rtol=1e-12)
    np.testing.assert_allclose(shown["good"], demo.good, rtol=0.01)
    race = [shown["race"][end] for end in ("low", "rate", "high")]
    np.testing.assert_allclose(race, finder_runs(task, 0).race)
    np.testing.assert_allclose(shown["regrets"], [demo.regret(r) for r in rates], rtol=4 * step)
    low, high = demo.good
    expected = ["Too low" if r < low else "Too high" if r > high else "Good" for r in rates]
    assert shown["words"] == expected


@pytest.mark.parametrize(
    ("query", "word", "facts"),
    [
        ("", "Too high", ["Just before the rise", "smoothed as published", "400 steps"]),
        ("task=digits-adam&rule=valley", "Good", ["Valley", "Within a tenth of the best"]),
        ("task=spirals&rule=steepest&ramp_steps=50", "No answer", ["does not stand out"]),
        ("task=spirals&rule=blow_up_over_ten&ramp_steps=400", "No answer", ["never blew up"]),
        ("rule=slide&ramp_steps=50", "Too low", ["(50 steps)"]),
        ("smoothing=4", "Too low", ["4 times as much as published"]),
    ],
)
def test_says_in_words_how_the_rule_does(
    open_page: OpenPage, book: Path, query: str, word: str, facts: list[str]
) -> None:
    status = open_demo(open_page, book.as_uri(), query).get_by_role("status")
    expect(status.locator("strong")).to_contain_text(word)
    for fact in facts:
        expect(status).to_contain_text(fact)


def test_the_rule_is_chosen_with_the_keyboard(open_page: OpenPage, book: Path, layout: str) -> None:
    demo = open_demo(open_page, book.as_uri(), layout=layout)
    options = demo.get_by_role("group", name="Rule").get_by_role("radio")
    expect(options).to_have_count(len(RULE_NAMES))
    expect(options.nth(4)).to_be_checked()
    options.nth(4).focus()
    demo.page.keyboard.press("ArrowLeft")
    expect(options.nth(3)).to_be_checked()
    expect(demo.locator("a.action")).to_have_attribute("href", re.compile("rule=minimum_over_ten"))
    expect(demo.get_by_role("status")).to_contain_text("Minimum ÷ 10")
    demo.get_by_role("button", name="Reset").click()
    expect(options.nth(4)).to_be_checked()


def test_the_suggestion_is_dropped_down_on_the_sweep(open_page: OpenPage, book: Path) -> None:
    demo = open_demo(open_page, book.as_uri(), "rule=minimum_over_ten&task=digits-adam")
    ramp, truth = demo.locator("svg").nth(0), demo.locator("svg").nth(1)
    at = [float(p.locator(".guide.mine").get_attribute("x1") or "nan") for p in (ramp, truth)]
    read_at = float(ramp.locator(".ring.mine").get_attribute("cx") or "nan")
    decade = (380 - 12 - 52) / np.log10(RATES[-1] / RATES[0])
    assert at[0] == pytest.approx(at[1])
    assert float(truth.locator(".ring.mine").get_attribute("cx") or "nan") == pytest.approx(at[1])
    assert read_at - at[0] == pytest.approx(decade)  # a tenth of the rate
    shading = truth.locator("g .good-rates")
    low = float(shading.get_attribute("x") or "nan")
    ratio = np.divide(*FinderRules(task="digits-adam").good[::-1])
    width = float(shading.get_attribute("width") or "nan")
    assert width == pytest.approx(np.log10(ratio) * decade, abs=0.5)
    assert at[1] > low + width


def test_every_test_is_a_dot_at_every_rule(open_page: OpenPage, book: Path) -> None:
    demo = open_demo(open_page, book.as_uri())
    dots = demo.locator("svg").nth(2).locator(".dots.seeds")
    expected = [
        sum(suggest(test, rule) is not None for test in finder_runs("digits", 0).tests[100])
        for rule in RULE_NAMES
    ]
    drawn = [(d.get_attribute("d") or "").count("M") for d in dots.all()]
    assert drawn[: len(expected)] == expected


def test_a_word_that_is_no_choice_does_no_harm(open_page: OpenPage, book: Path) -> None:
    demo = open_demo(open_page, book.as_uri(), "rule=luck&ramp_steps=1e9&test=abc")
    expect(demo.locator("a.action")).to_have_attribute(
        "href", "#finder-rules?ramp_steps=400&rule=before_the_rise&smoothing=1&task=digits&test=1"
    )
