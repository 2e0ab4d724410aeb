"""A real browser over the built book, on ``file://`` and on ``http://``."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from chromium import ARGUMENTS, find
from playwright.sync_api import Browser, Page, sync_playwright

BOOK = Path(__file__).parents[2] / "_build" / "html"
LAYOUTS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        """Serve a file; have an empty icon for a browser that asks for one on its own account."""
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *args: object) -> None:
        """Keep the test output to the tests."""


@pytest.fixture(scope="session")
def book() -> Path:
    """Return the folder of the built book."""
    if not (BOOK / "index.html").is_file():
        pytest.fail(f"there is no built book in {BOOK}; `make book` builds it")
    return BOOK


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Launch the Chromium of the system, or Playwright's own."""
    executable = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def http_root(book: Path) -> Iterator[str]:
    """Serve the built book on a free port."""
    handler = functools.partial(_QuietHandler, directory=str(book))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(params=["file", "http"])
def root(request: pytest.FixtureRequest, book: Path) -> str:
    """Return the address of the book's folder, from disk and from a server."""
    return book.as_uri() if request.param == "file" else request.getfixturevalue("http_root")


@pytest.fixture(params=list(LAYOUTS))
def layout(request: pytest.FixtureRequest) -> str:
    """Name each layout in turn: desktop, phone, dark."""
    return request.param


OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def opener(browser: Browser) -> Callable[[], AbstractContextManager[OpenPage]]:
    """Return what makes an `open_page`, for pages that outlive a test."""

    @contextmanager
    def opener() -> Iterator[OpenPage]:
        contexts = []
        faults: list[str] = []

        def open_page(root: str, path: str, layout: str = "desktop", **options: Any) -> Page:
            context = browser.new_context(**{**LAYOUTS[layout], **options})
            contexts.append(context)
            page = context.new_page()
            page.on(
                "console",
                lambda m: (
                    m.type in ("error", "warning")
                    and faults.append(f"{m.text} {m.location['url']}")
                ),
            )
            page.on("pageerror", lambda error: faults.append(str(error)))

            def watch(request: Any) -> None:
                if not request.url.startswith((f"{root}/", "blob:", "data:")):
                    faults.append(f"request outside the book: {request.url}")

            page.on("request", watch)
            page.goto(f"{root}/{path}")
            return page

        yield open_page
        for context in contexts:
            context.close()
        assert not faults

    return opener


@pytest.fixture
def open_page(opener: Callable[[], AbstractContextManager[OpenPage]]) -> Iterator[OpenPage]:
    """Return a function that opens an address in a layout.

    When the test is over, no page may have written an error or a warning to its console, or asked
    for anything outside `root`.
    """
    with opener() as open_page:
        yield open_page
