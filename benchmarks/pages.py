"""What every page of the built book costs a reader: ``python -m benchmarks.pages [--rounds N]``.

Every page is opened in Chromium, in a fresh profile, from a server on this machine. *HTML* is the
page alone; *raw* is all that its first view loads, as from disk; *gzip* is the same as a host sends
it that compresses text. *Ready* is from the first byte asked for until the page is loaded, its
formulas are typeset and its demos are drawn. *Frame* is the time from a change of one small mark
until the next frame is painted: it is the machine's and the screen's beat, and no page can be
faster. *Key* is what a change of a slider takes beyond that: the median over all sliders of the
page, and the slowest slider's.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import shutil
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

SITE = Path(__file__).parents[1] / "_build" / "html"
GOALS = {"html": 500, "first view": 1500, "ready": 1000, "key": 16}  # KB, KB, ms, ms
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-frame-rate-limit", "--disable-gpu-vsync"]
READY = """async () => {
    await window.MathJax?.startup?.promise;
    const waiting = () => document.querySelectorAll("img.demo-fallback:not([hidden])").length;
    while (waiting()) await new Promise(requestAnimationFrame);
    return performance.now();
}"""
KEYS = """async () => {
    const painted = () => new Promise((done) => requestAnimationFrame(() => {
        const channel = new MessageChannel();
        channel.port1.onmessage = () => done(performance.now());
        channel.port2.postMessage(0);
    }));
    const median = async (change) => {
        const times = [];
        for (let press = 0; press < 12; press++) {
            await painted();
            await painted();
            const before = performance.now();
            change(press);
            times.push(await painted() - before);
        }
        return times.sort((a, b) => a - b)[6];
    };
    const sliders = [...document.querySelectorAll("input[type=range]")];
    if (!sliders.length) return [];
    const mark = document.createElement("div");
    mark.style = "position: fixed; top: 0; width: 9px; height: 9px";
    document.body.append(mark);
    const times = [await median((press) => {
        mark.style.background = press % 2 ? "red" : "blue";
    })];
    for (const input of sliders) times.push(await median((press) => {
        input.value = Number(input.value) + (press % 2 ? -1 : 1);
        input.dispatchEvent(new Event("input", { bubbles: true }));
    }));
    return times;
}"""


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the book, text compressed; counts what it sends."""

    sent: dict[str, tuple[int, int]] = {}  # noqa: RUF012 (one book, one count)

    def do_GET(self) -> None:
        """Send a file."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() or not path.is_file():
            self.send_error(404)
            return
        raw = path.read_bytes()
        text = path.suffix in {".html", ".js", ".css", ".svg", ".json", ".txt"}
        body = gzip.compress(raw, 6) if text else raw
        Handler.sent[self.path] = (len(raw), len(body))
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        if text:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep the output to the table."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the book on a free port."""
    handler = functools.partial(Handler, directory=str(SITE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def fresh(browser: Browser) -> Iterator[Page]:
    """Open a page in a profile that has nothing kept."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def view(browser: Browser, address: str) -> tuple[int, int, float, list[float]]:
    """Return the bytes of a first view, raw and compressed, and its times in ms."""
    Handler.sent.clear()
    with fresh(browser) as page:
        page.goto(address, wait_until="load")
        ready = page.evaluate(READY)
        page.wait_for_load_state("networkidle")
        raw, packed = (sum(sizes) for sizes in zip(*Handler.sent.values(), strict=True))
        return raw, packed, ready, page.evaluate(KEYS)


def main() -> None:
    """Print one row a page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    pages = sorted(SITE.rglob("book/**/*.html"))
    if not pages:
        raise SystemExit(f"there is no built book in {SITE}; make book builds it")
    print(f"{rounds} round(s), medians. Goals: " + ", ".join(f"{k} {v}" for k, v in GOALS.items()))
    print(
        f"{'page':40}{'HTML KB':>9}{'raw KB':>9}{'gzip KB':>9}{'ready ms':>10}"
        f"{'frame ms':>9}{'key ms':>9}{'slowest':>9}"
    )
    chromium = shutil.which("chromium")
    with served() as root, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for path in pages:
            name = path.relative_to(SITE).as_posix()
            views = [view(browser, f"{root}/{name}") for _ in range(rounds)]
            raw, packed = views[0][:2]
            ready = statistics.median(v[2] for v in views)
            times = [statistics.median(each) for each in zip(*(v[3] for v in views), strict=True)]
            keys = f"{'-':>9}"
            if times:
                frame, *sliders = times
                beyond = statistics.median(sliders) - frame, max(sliders) - frame
                keys = f"{frame:9.1f}{beyond[0]:9.1f}{beyond[1]:9.1f}"
            size = path.stat().st_size
            print(
                f"{name.removeprefix('book/').removesuffix('.html'):40}{size / 1e3:9.0f}"
                f"{raw / 1e3:9.0f}{packed / 1e3:9.0f}{ready:10.0f}{keys}",
                flush=True,
            )
        browser.close()


if __name__ == "__main__":
    main()
