"""The same demo in JupyterLab, with a kernel behind it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect

pytestmark = pytest.mark.slow

BOOK = Path(__file__).parents[2] / "book"
SHOW = "from lrcourse.demos import QuadraticBowl\nbowl = QuadraticBowl()\nbowl"
PATIENCE = 90_000  # milliseconds; a cold kernel on a busy machine


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a JupyterLab of its own, with no settings of this machine, and return its address."""
    home = tmp_path_factory.mktemp("lab")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in (SHOW, "print(bowl)")],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, home / "demo.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {
        name: str(home / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "HOME")
    }
    for folder in folders.values():
        Path(folder).mkdir()
    shutil.copy(BOOK / "01-what-a-step-is.md", home / "chapter.md")
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={home}"),
        *("--IdentityProvider.token=", "--ServerApp.password="),
        f"--LabApp.app_settings_dir={BOOK / '_lab'}",
        "--LabApp.extension_manager=readonly",
    ]
    address = f"http://127.0.0.1:{port}"
    log = home / "lab.log"
    with log.open("wb") as sink:
        server = subprocess.Popen(
            command, env={**os.environ, **folders}, cwd=home, stdout=sink, stderr=sink
        )
        try:
            wait_until_up(address, server, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=30)


def wait_until_up(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/api/status"):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start: {log.read_text(encoding='utf-8')[-2000:]}")


@pytest.fixture
def open_notebook(lab: str, browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Open a notebook and run all of it; there may be no error in the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 1200})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    faults: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        # JupyterLab's MyST reads one notebook at a time: a term of the glossary, which is another
        # page, is shown as plain text and named here.
        if message.type == "error" and not message.text.startswith(
            "Cross reference target was not found: term-"
        ):
            faults.append(message.text)

    page.on("console", listen)
    # JupyterLab throws now and then by itself, while it lays out a long notebook. A demo's module
    # comes from a blob.
    page.on("pageerror", lambda error: "blob:" in (error.stack or "") and faults.append(str(error)))

    def open_notebook(name: str) -> Page:
        page.goto(f"{lab}/lab/tree/{name}?reset")
        expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible(timeout=PATIENCE)
        indicator = page.locator(".jp-Notebook-ExecutionIndicator")
        expect(indicator).to_have_attribute("data-status", "idle", timeout=PATIENCE)
        run_all(page)
        return page

    yield open_notebook
    context.close()
    assert not faults


@pytest.fixture
def notebook(open_notebook: Callable[[str], Page]) -> Page:
    """Open a notebook that shows the demo and prints it."""
    return open_notebook("demo.ipynb")


def run_all(page: Page) -> None:
    """Run all cells; a command that comes while the kernel connects is lost, and given again."""
    prompt = page.locator(".jp-CodeCell .jp-InputPrompt").first
    for _ in range(6):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        try:
            expect(prompt).not_to_have_text("[ ]:", timeout=PATIENCE / 6)
        except AssertionError:
            continue
        return
    pytest.fail("JupyterLab does not run the cells")


def printed(page: Page) -> Locator:
    """Return what the second cell printed: the demo as Python sees it."""
    return page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output pre")


def print_again(page: Page) -> None:
    page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def test_keys_redraw_and_reach_the_kernel(notebook: Page) -> None:
    demo = notebook.locator(".lrdemo")
    expect(demo).to_be_visible(timeout=PATIENCE)
    expect(printed(notebook)).to_contain_text("learning_rate=0.17, momentum=0.0", timeout=PATIENCE)
    for setting in ("learning_rate", "momentum", "condition_number", "start0", "start1"):
        slider = demo.locator(f'[data-setting="{setting}"]')
        before = drawing(demo), demo.get_by_role("status").inner_text()
        slider.press("ArrowRight")
        slider.press("ArrowUp")
        after = drawing(demo), demo.get_by_role("status").inner_text()
        assert before[0] != after[0], setting
        assert before[1] != after[1], setting
    print_again(notebook)
    expect(printed(notebook)).to_have_text(
        "QuadraticBowl(condition_number=10.5, learning_rate=0.178, momentum=0.02, "
        "start=(-3.8, 2.2))"
    )
    demo.get_by_role("button", name="Reset").click()
    print_again(notebook)
    expect(printed(notebook)).to_have_text(
        "QuadraticBowl(condition_number=10.0, learning_rate=0.17, momentum=0.0, start=(-4.0, 2.0))"
    )


def test_python_redraws_and_there_is_no_link_to_share(notebook: Page) -> None:
    demo = notebook.locator(".lrdemo")
    expect(demo).to_be_visible(timeout=PATIENCE)
    expect(demo.get_by_text("Link to this state")).to_have_count(0)
    notebook.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    notebook.keyboard.press("Control+A")
    notebook.keyboard.type("bowl.learning_rate = 0.25; print(bowl.regime)")
    notebook.keyboard.press("Control+Enter")
    expect(printed(notebook)).to_have_text("diverging", timeout=PATIENCE)
    expect(demo.get_by_role("status")).to_contain_text("Diverging")
    expect(demo.locator('[data-setting="learning_rate"]')).to_have_attribute(
        "aria-valuetext", "0.250, 1.25 times the critical rate"
    )


def test_a_page_of_the_book_opens_as_a_notebook(open_notebook: Callable[[str], Page]) -> None:
    page = open_notebook("chapter.md")
    demo = page.locator(".lrdemo")
    expect(demo).to_be_visible(timeout=PATIENCE)
    before = drawing(demo)
    demo.locator('[data-setting="momentum"]').press("ArrowRight")
    assert drawing(demo) != before
    expect(page.locator(".lr-card").last).to_contain_text("holds", timeout=PATIENCE)


def drawing(demo: Locator) -> str:
    return demo.evaluate("el => [...el.querySelectorAll('svg')].map(s => s.outerHTML).join()")
