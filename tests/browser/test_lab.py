"""The same demo in JupyterLab, with a kernel behind it."""

from __future__ import annotations

import os
import re
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
EXERCISE = BOOK.parent / "exercises" / "09-momentum" / "momentum.ipynb"
PLAIN = """\
def heavy_ball(grad, x0, lr, beta, T):
    path = [np.array(x0, dtype=float)]
    for _ in range(T):
        path.append(path[-1] - lr * grad(path[-1]))
    return np.array(path)
"""
HEAVY = PLAIN.replace("    for _", "    v = 0\n    for _").replace(
    "path.append(path[-1] - lr * grad(path[-1]))",
    "v = beta * v - lr * grad(path[-1])\n        path.append(path[-1] + v)",
)
SHOW = "from lrcourse.demos import QuadraticBowl\nbowl = QuadraticBowl()\nbowl"
RUN = re.compile(r"\[\d+\]:")
PATIENCE = 90_000  # milliseconds; a cold kernel on a busy machine
# Errors that JupyterLab's own extensions report. Its MyST reads one notebook at a time: a term of
# the glossary, which is another page, is shown as plain text and named. Its debugger asks every new
# kernel for its state, and says so if the connection is renewed before the answer.
OF_THE_LAB = (
    "Cross reference target was not found: term-",
    "Could not restore the debugger state: Canceled future for debug_request",
)


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
    shutil.copy(EXERCISE, home / "exercise.ipynb")
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
    """Open a notebook and run it; there may be no error in the console."""
    context = browser.new_context(viewport={"width": 1280, "height": 1200})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    faults: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(OF_THE_LAB):
            faults.append(message.text)

    page.on("console", listen)
    # JupyterLab throws now and then by itself, while it lays out a long notebook. A demo's module
    # comes from a blob.
    page.on("pageerror", lambda error: "blob:" in (error.stack or "") and faults.append(str(error)))

    def open_notebook(name: str, start: Callable[[Page], None] = run_all) -> Page:
        page.goto(f"{lab}/lab/tree/{name}?reset")
        expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible(timeout=PATIENCE)
        # Cells show before JupyterLab has read which kernel they want; who runs one then is asked.
        kernel = page.locator("#jp-main-statusbar").get_by_title("Change kernel")
        expect(kernel).to_have_text("Python 3 (ipykernel) | Idle", timeout=PATIENCE)
        start(page)
        return page

    yield open_notebook
    # A dialog that nobody asked for takes all clicks; let it say what it wants.
    faults += [f"dialog: {text}" for text in page.locator(".jp-Dialog-content").all_inner_texts()]
    context.close()
    assert not faults


@pytest.fixture
def notebook(open_notebook: Callable[[str], Page]) -> Page:
    """Open a notebook that shows the demo and prints it."""
    return open_notebook("demo.ipynb")


def run_all(page: Page) -> None:
    """Run all cells."""
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    waiting = page.locator(".jp-CodeCell .jp-InputPrompt").filter(has_text="[ ]:")
    expect(waiting).to_have_count(0, timeout=PATIENCE)


def run_first(page: Page) -> None:
    """Run the first cell."""
    cell = page.locator(".jp-CodeCell").first
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(RUN, timeout=PATIENCE)


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


def test_an_exercise_says_what_is_wrong_and_then_nothing(
    open_notebook: Callable[..., Page],
) -> None:
    page = open_notebook("exercise.ipynb", run_first)

    def cell(text: str) -> Locator:
        return page.locator(".jp-CodeCell").filter(has_text=text).first

    def told(answer: str) -> Locator:
        """Give an answer, run the tests below it, and return what they print."""
        cell("def heavy_ball").locator(".cm-content").click()
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(answer)
        page.keyboard.press("Control+Enter")
        tests = cell('call="heavy_ball(grad=2x')
        tests.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        return tests.locator(".jp-OutputArea-output")

    wrong = told(PLAIN)
    expect(wrong).to_contain_text("✗ heavy_ball(grad=2x, x0=[4], lr=0.25, beta=0.5, T=3)")
    expect(wrong).to_contain_text("momentum was left out: this is plain gradient descent")
    expect(wrong).not_to_contain_text("Traceback")
    expect(told(HEAVY)).to_have_count(0)


def drawing(demo: Locator) -> str:
    return demo.evaluate("el => [...el.querySelectorAll('svg')].map(s => s.outerHTML).join()")
