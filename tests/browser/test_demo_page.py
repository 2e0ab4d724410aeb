"""What every demo must do in the rendered book: a row of `DEMOS` puts another one to the test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from lrcourse.demos import (
    BudgetCurve,
    Demo,
    EdgeOfStability,
    FinderRules,
    HillyLandscape,
    MomentumLock,
    NoiseFloor,
    QuadraticBowl,
    ScheduleRace,
    Scoreboard,
    ThreeComparisons,
    WarmUp,
    WhenToStop,
)

pytestmark = pytest.mark.slow

DEMOS = {
    "quadratic-bowl": ("book/01-what-a-step-is.html", QuadraticBowl),
    "hilly-landscape": ("book/02-which-minimum.html", HillyLandscape),
    "edge-of-stability": ("book/03-divergence-catapult-edge.html", EdgeOfStability),
    "noise-floor": ("book/04-the-noise-floor.html", NoiseFloor),
    "three-comparisons": ("book/05-generalisation.html", ThreeComparisons),
    "budget-curve": ("book/06-too-small.html", BudgetCurve),
    "schedule-race": ("book/07-schedules.html", ScheduleRace),
    "finder-rules": ("book/08-the-finder.html", FinderRules),
    "momentum-lock": ("book/09-momentum.html", MomentumLock),
    "sharp-start": ("book/10-warm-up.html", WarmUp),
    "when-to-stop": ("book/11-monitoring.html", WhenToStop),
    "scoreboard": ("book/12-the-article-as-a-whole.html", Scoreboard),
}

GLOBALS = "Object.keys(window)"

OpenPage = Callable[..., Page]
OpenDemo = Callable[..., Locator]


@pytest.fixture(scope="session")
def globals_of_the_book(
    opener: Callable[[], AbstractContextManager[OpenPage]], book: Path
) -> set[str]:
    """Return the names that a page without a demo defines."""
    with opener() as open_page:
        return set(open_page(book.as_uri(), "book/index.html").evaluate(GLOBALS))


@pytest.fixture(scope="module", params=list(DEMOS))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def path(name: str) -> str:
    return DEMOS[name][0]


@pytest.fixture
def open_demo(open_page: OpenPage, name: str, path: str) -> OpenDemo:
    def open_demo(
        root: str, layout: str = "desktop", fragment: str = "", **options: str
    ) -> Locator:
        demo = open_page(root, path + fragment, layout, **options).locator(f"#{name}")
        expect(demo.locator("a.action")).to_be_visible()
        return demo

    return open_demo


@pytest.fixture(scope="module")
def kept_demo(
    opener: Callable[[], AbstractContextManager[OpenPage]], book: Path, name: str, path: str
) -> Iterator[OpenDemo]:
    """Return a function that gives the demo, reset, on the one page of a layout."""
    with opener() as open_page:
        demos: dict[str, Locator] = {}

        def kept_demo(layout: str = "desktop") -> Locator:
            if layout not in demos:
                demos[layout] = open_page(book.as_uri(), path, layout).locator(f"#{name}")
                expect(demos[layout].locator("a.action")).to_be_visible()
            demos[layout].get_by_role("button", name="Reset").click()
            return demos[layout]

        yield kept_demo


def snapshot(demo: Locator) -> dict[str, str]:
    """Return what the demo shows, says and links to."""
    return demo.evaluate(
        """el => ({
            drawing: [...el.querySelectorAll("svg")].map((picture) => picture.outerHTML).join(),
            readout: el.querySelector("[role=status]").textContent,
            spoken: [...el.querySelectorAll("input")].map((i) => i.ariaValueText).join(),
            link: el.querySelector("a.action").getAttribute("href"),
        })"""
    )


def change(demo: Locator) -> None:
    """Move every slider away from where it was."""
    for slider in demo.get_by_role("slider").all():
        slider.press("PageUp")
        slider.press("ArrowRight")


def test_each_arrow_key_on_each_slider_redraws(kept_demo: OpenDemo, layout: str) -> None:
    demo = kept_demo(layout)
    sliders = demo.get_by_role("slider").all()
    assert sliders
    before = snapshot(demo)
    for slider in sliders:
        slider.focus()
        keys = ["ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"]
        # Away from the end at which a slider may stand.
        for key in reversed(keys) if slider.evaluate("el => el.value === el.max") else keys:
            demo.page.keyboard.press(key)
            after = snapshot(demo)
            unchanged = [part for part in before if before[part] == after[part]]
            assert not unchanged, (key, slider.get_attribute("data-setting"))
            before = after


def test_each_slider_follows_the_pointer(kept_demo: OpenDemo) -> None:
    demo = kept_demo()
    for slider in demo.get_by_role("slider").all():
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        assert box
        low, high, value = (
            float(slider.evaluate(f"el => el.{x}")) for x in ("min", "max", "value")
        )
        # Along the slider, and first away from where it stands; not at mirror images of each other,
        # for the loss of a bowl is the same on both sides.
        parts = (0.15, 0.8)
        for part in parts if value > (low + high) / 2 else reversed(parts):
            before = snapshot(demo)
            demo.page.mouse.click(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
            after = snapshot(demo)
            unchanged = [name for name in before if before[name] == after[name]]
            assert not unchanged, (part, slider.get_attribute("data-setting"))


def test_sliders_are_labelled_and_say_their_value(kept_demo: OpenDemo) -> None:
    demo = kept_demo()
    for slider in demo.get_by_role("slider").all():
        label = slider.evaluate("input => input.labels[0]?.textContent")
        expect(slider).to_have_accessible_name(label)
        expect(slider).to_have_attribute("aria-valuetext", re.compile(r"\d"))


def test_reset_comes_back_to_the_first_state(open_demo: OpenDemo, http_root: str) -> None:
    demo = open_demo(http_root)
    before = snapshot(demo)
    change(demo)
    assert not before.items() & snapshot(demo).items()
    demo.get_by_role("button", name="Reset").click()
    assert snapshot(demo) == before


def test_link_opens_the_same_state(open_demo: OpenDemo, book: Path) -> None:
    root = book.as_uri()
    demo = open_demo(root)
    change(demo)
    linked = snapshot(demo)
    demo.locator("a.action").click()
    expect(demo.page).to_have_url(re.compile(re.escape(linked["link"]) + "$"))
    assert snapshot(demo) == linked
    assert snapshot(open_demo(root, fragment=linked["link"])) == linked


def test_a_link_in_the_page_changes_the_state(open_demo: OpenDemo, http_root: str) -> None:
    demo = open_demo(http_root)
    first = snapshot(demo)
    change(demo)
    second = snapshot(demo)
    for state in (first, second, first):
        demo.page.evaluate("fragment => { location.hash = fragment; }", state["link"])
        expect(demo.locator("a.action")).to_have_attribute("href", state["link"])
        assert snapshot(demo) == state


def test_anchors_of_the_page_still_work(open_demo: OpenDemo, http_root: str, name: str) -> None:
    first = snapshot(open_demo(http_root))
    for fragment in (f"#{name}", "#a-heading-of-the-page", f"#{name}?nonsense=1"):
        assert snapshot(open_demo(http_root, fragment=fragment)) == first


def test_nothing_overflows(kept_demo: OpenDemo, layout: str) -> None:
    demo = kept_demo(layout)
    for end in ("", "Home", "End"):
        for slider in demo.get_by_role("slider").all() if end else []:
            slider.press(end)
        outside = demo.evaluate(
            """el => {
                const frame = el.getBoundingClientRect();
                const kinds = "div, p, label, span, input, button, a, svg, svg text";
                return [...el.querySelectorAll(kinds)].filter((e) => {
                    const box = e.getBoundingClientRect();
                    return box.width && (box.left < frame.left - 1 || box.right > frame.right + 1);
                }).map((e) => e.textContent || e.className);
            }"""
        )
        assert not outside


def test_controls_are_large_enough_to_touch(kept_demo: OpenDemo) -> None:
    demo = kept_demo("phone")
    for control in demo.locator("input, button, a.action").all():
        box = control.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44


def test_axe_finds_no_serious_fault(kept_demo: OpenDemo, layout: str) -> None:
    demo = kept_demo(layout)
    for end in ("", "Home", "End"):
        for slider in demo.get_by_role("slider").all() if end else []:
            slider.press(end)
        # Preloading fetches style sheets from the wrong folder.
        options = {"resultTypes": ["violations"], "preload": False}
        results = Axe().run(demo.page, "[data-demo]", options).response["violations"]
        serious = [v["id"] for v in results if v["impact"] in ("serious", "critical")]
        assert not serious


def test_text_in_the_pictures_has_contrast(kept_demo: OpenDemo, layout: str) -> None:
    """WCAG AA, 4.5 to 1, against the ground of the page; axe does not look into SVG."""
    demo = kept_demo(layout)
    faint = demo.evaluate(
        """el => {
            const rgb = (colour) => colour.match(/[\\d.]+/g).map(Number);
            const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
            const luminance = (channels) => {
                const [r, g, b] = channels.map((c) => linear(c / 255));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const ground = luminance(rgb(getComputedStyle(el).backgroundColor));
            const page = luminance(rgb(getComputedStyle(document.body).backgroundColor));
            if (ground !== page) return ["the demo and the page differ in their ground"];
            return [...el.querySelectorAll("svg text")].filter((text) => {
                const ink = luminance(rgb(getComputedStyle(text).fill));
                const [low, high] = [Math.min(ink, ground), Math.max(ink, ground)];
                return (high + 0.05) / (low + 0.05) < 4.5;
            }).map((text) => text.textContent);
        }"""
    )
    assert not faint


def test_without_javascript_the_picture_stands_in(
    open_page: OpenPage, book: Path, path: str, name: str
) -> None:
    page = open_page(book.as_uri(), path, java_script_enabled=False)
    picture = page.locator("img.demo-fallback")
    expect(picture).to_be_visible()
    expect(picture).to_have_attribute("alt", demo_class(name)().alt_text())
    assert picture.evaluate("img => img.complete && img.naturalWidth") > 400


def test_with_javascript_the_picture_is_gone(kept_demo: OpenDemo) -> None:
    demo = kept_demo()
    expect(demo.page.locator("img.demo-fallback")).to_be_hidden()
    for picture in demo.locator("svg").all():
        expect(picture).to_have_attribute("role", "img")
        expect(picture).to_have_attribute("aria-label", re.compile(r"\w{3}"))


def test_prints_its_present_state(kept_demo: OpenDemo) -> None:
    demo = kept_demo()
    change(demo)
    now = snapshot(demo)
    demo.page.emulate_media(media="print")
    assert snapshot(demo) == now
    expect(demo.locator("svg").first).to_be_visible()
    expect(demo.get_by_role("status")).to_be_visible()
    expect(demo.locator("a.action")).to_be_hidden()
    demo.page.emulate_media(media="screen")


def test_nothing_moves_by_itself(kept_demo: OpenDemo) -> None:
    demo = kept_demo()
    demo.page.emulate_media(reduced_motion="reduce")
    change(demo)
    assert demo.evaluate("el => el.getAnimations({ subtree: true }).length") == 0
    demo.page.emulate_media(reduced_motion="no-preference")


def test_leaves_no_globals(kept_demo: OpenDemo, globals_of_the_book: set[str]) -> None:
    added = set(kept_demo().page.evaluate(GLOBALS)) - globals_of_the_book
    assert not [n for n in added if "demo" in n.lower() or n.startswith("lr")]


def demo_class(name: str) -> type[Demo]:
    return DEMOS[name][1]
