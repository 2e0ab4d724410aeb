"""Take the picture of a live demo that the readme shows, from the built book."""

from __future__ import annotations

from pathlib import Path

from chromium import ARGUMENTS, find
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PICTURE = ROOT / "book/_static/live-demo.png"
STATE = "quadratic-bowl?learning_rate=0.22&momentum=0.5&condition_number=12"


def main() -> None:
    """Write the picture."""
    page_address = (ROOT / "_build/html/book/01-what-a-step-is.html").as_uri()
    executable = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 900}, device_scale_factor=1.5)
        page.goto(f"{page_address}#{STATE}")
        demo = page.locator("#quadratic-bowl")
        demo.wait_for()
        page.wait_for_timeout(500)  # until MathJax has moved the page for the last time
        demo.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
