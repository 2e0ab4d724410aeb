"""Every page of the built book in a browser, from disk and from a server.

`open_page` fails a test whose page writes an error to the console or asks another host.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

OpenPage = Callable[..., Page]

# axe's preload reads style sheets by XMLHttpRequest, which no browser allows on file://.
AXE = {"preload": False, "resultTypes": ["violations"]}
# What sticks out of the page to the right, unless it is inside something that scrolls or cuts: the
# width of the page alone would miss what the theme cuts off.
STICKING_OUT = """() => {
  const width = document.documentElement.clientWidth;
  const clipped = (el) => {
    for (let up = el.parentElement; up && up !== document.body; up = up.parentElement)
      if (getComputedStyle(up).overflowX !== "visible") return true;
    return false;
  };
  return [...document.querySelectorAll("article *")]
    .filter((el) => !el.ownerSVGElement && !clipped(el))
    .filter((el) => el.getBoundingClientRect().right > width + 1)
    .map((el) => el.outerHTML.slice(0, 120));
}"""

# What of the text has to be scrolled to be read; the reference may, a chapter may not.
CUT_OFF = """() =>
  [...document.querySelectorAll("div.math, .pst-scrollable-table-container")]
    .filter((el) => el.scrollWidth > el.clientWidth + 1)
    .map((el) => el.textContent.trim().slice(0, 120))"""
# What lies on a light ground of its own on a dark page, pictures aside.
LIGHT_FRAMES = """() =>
  [...document.querySelectorAll("article .cell_output, article .cell_output *:not(img, svg *)")]
    .filter((el) => {
      const [red, green, blue, alpha = 1] =
        getComputedStyle(el).backgroundColor.match(/[\\d.]+/g).map(Number);
      const light = alpha > 0.5 && Math.min(red, green, blue) > 180;
      return light && el.getBoundingClientRect().width > 300;
    })
    .map((el) => el.outerHTML.slice(0, 120))"""


def settle(page: Page) -> None:
    """Wait until scripts have run and formulas are typeset."""
    page.wait_for_load_state("load")
    page.evaluate("() => window.MathJax?.startup?.promise")
    page.wait_for_timeout(700)  # JupyterQuiz looks at the page once more after 500 ms


def names(book: Path) -> list[str]:
    pages = sorted(path.relative_to(book).as_posix() for path in (book / "book").rglob("*.html"))
    return [*pages, "search.html", "genindex.html"]


def test_no_page_overflows_a_phone(book: Path, open_page: OpenPage) -> None:
    """From disk; the next test opens every page from a server."""
    faults = {}
    for name in names(book):
        page = open_page(book.as_uri(), name, "phone")
        settle(page)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        out = page.evaluate(STICKING_OUT)
        if "/api/" not in name:
            out += page.evaluate(CUT_OFF)
        if wider > 0 or out:
            faults[name] = (wider, out)
        page.close()
    assert not faults


def test_no_page_has_a_serious_accessibility_fault(
    book: Path, http_root: str, open_page: OpenPage
) -> None:
    """In light; in dark, where colours alone are others; narrow, where all but colours are."""
    faults = []
    for name in names(book):
        page = open_page(http_root, name)
        settle(page)
        faults += [f"{name}, light: {fault}" for fault in serious(page)]
        page.emulate_media(color_scheme="dark")
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        page.wait_for_timeout(500)  # colours fade
        faults += [f"{name}, dark: {fault}" for fault in serious(page, runOnly=["color-contrast"])]
        faults += [f"{name}, light in the dark: {frame}" for frame in page.evaluate(LIGHT_FRAMES)]
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_timeout(500)  # the theme lets what scrolls be reached by key
        rules = {"color-contrast": {"enabled": False}}
        faults += [f"{name}, narrow: {fault}" for fault in serious(page, rules=rules)]
        page.close()
    assert not faults


def serious(page: Page, **options: Any) -> list[str]:
    """Say what axe finds that is serious or critical, and where."""
    violations = Axe().run(page, options=AXE | options).response["violations"]
    return [
        f"{violation['id']}: {violation['help']} {[node['target'] for node in violation['nodes']]}"
        for violation in violations
        if violation["impact"] in ("serious", "critical")
    ]


def test_formulas_are_typeset_with_fonts_of_the_site(root: str, open_page: OpenPage) -> None:
    page = open_page(root, "book/01-what-a-step-is.html")
    settle(page)
    assert page.locator("mjx-container").count() > 0
    assert page.locator("mjx-merror").count() == 0
    assert page.evaluate("document.fonts.check('16px MJXTEX')")


def test_the_front_door_opens(root: str, open_page: OpenPage) -> None:
    page = open_page(root, "index.html")
    page.wait_for_url("**/book/index.html")


def test_search_finds_a_page(root: str, open_page: OpenPage) -> None:
    page = open_page(root, "search.html?q=step")
    expect(page.locator("#search-results a").first).to_be_visible()
    page.locator("#search-results a").first.click()
    page.wait_for_url("**/book/**")


def test_icons_are_drawn(root: str, open_page: OpenPage) -> None:
    page = open_page(root, "book/index.html")
    settle(page)
    assert page.evaluate("document.fonts.check('900 16px \"Font Awesome 6 Free\"')")
    assert page.locator(".fa-download").bounding_box()["width"] > 5


def test_a_prediction_is_made_with_the_keyboard(
    root: str, layout: str, open_page: OpenPage
) -> None:
    page = open_page(root, "book/01-what-a-step-is.html", layout)
    settle(page)
    quiz = page.locator(".lr-quiz").first
    expect(quiz.get_by_role("radiogroup")).to_have_accessible_name(
        quiz.locator("[id^=quizQn]").inner_text()
    )
    answers, feedback = quiz.get_by_role("radio"), quiz.get_by_role("status")
    answers.first.focus()
    page.keyboard.press("ArrowDown")
    expect(answers.nth(1)).to_be_focused()
    expect(feedback).to_be_empty()  # to move is not to answer
    page.keyboard.press("Space")
    expect(answers.nth(1)).to_be_checked()
    expect(feedback).not_to_be_empty()
    before = feedback.inner_text()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(answers.first).to_be_checked()
    expect(feedback).not_to_have_text(before)


def test_a_prediction_can_be_read_without_scripts(root: str, open_page: OpenPage) -> None:
    page = open_page(root, "book/01-what-a-step-is.html", java_script_enabled=False)
    assert page.locator(".lr-quiz-static li").count() >= 2
