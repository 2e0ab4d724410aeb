"""Building throw-away books: what is executed again, and what makes a build fail."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from .conftest import Book

pytestmark = pytest.mark.slow

Build = Callable[[], "subprocess.CompletedProcess[str]"]
TRIALS = """
from types import SimpleNamespace
LEDGER = {"C1": None}
def outcomes():
    claim = SimpleNamespace(id="C1")
    yield SimpleNamespace(claim=claim, verdict="holds", seconds=0.0, as_published=%s)
"""


def test_the_package_decides_what_is_executed_again(book: Book, strict: Build) -> None:
    first = strict()
    assert first.returncode == 0, first.stdout + first.stderr
    assert "executed in" in first.stdout
    assert f"Open {book.site / 'index.html'}" in first.stdout

    book.page("print(1 + 1)", prose="Other prose.")
    assert "kept from a run" in strict().stdout
    assert "Other prose" in (book.site / "book" / "page.html").read_text(encoding="utf-8")

    book.write("lrcourse/demo.js", "export const version = 2;\n")
    assert "executed in" in strict().stdout
    assert len(list((book.root / "_build" / ".jupyter_cache").iterdir())) == 1


def test_a_page_is_executed_in_an_empty_folder(book: Book, strict: Build) -> None:
    book.page("import os\nassert not os.listdir()")
    build = strict()
    assert build.returncode == 0, build.stdout + build.stderr


def test_a_failing_cell_fails_the_build_each_time(book: Book, strict: Build) -> None:
    book.page("raise RuntimeError('the reason')")
    for build in (strict(), strict(), book.jupyter_book()):
        assert build.returncode != 0
        assert "the reason" in build.stdout + build.stderr


def test_a_warning_fails_the_build_each_time(book: Book, strict: Build) -> None:
    book.page("1", prose="See [](no-such-target).")
    for _ in range(2):
        build = strict()
        assert build.returncode != 0
        assert "no-such-target" in build.stderr
    book.page("1")
    assert strict().returncode == 0


def test_make_book(book: Book) -> None:
    book.write("lrcourse/claims.py", TRIALS % True)
    first = book.run("book/build.py")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "[trial]  1/1 C1" in first.stdout
    assert "[page] book/page" in first.stdout

    assert "Nothing has changed" in book.run("book/build.py").stdout

    (book.site / "book" / "page.html").unlink()
    again = book.run("book/build.py")
    assert "Nothing has changed" not in again.stdout
    assert (book.site / "book" / "page.html").is_file()

    page = book.site / "book" / "page.html"
    page.write_text("meddled with", encoding="utf-8")
    assert book.run("book/build.py").returncode == 0
    assert "meddled with" not in page.read_text(encoding="utf-8")


def test_make_book_shows_why_it_fails(book: Book) -> None:
    book.write("lrcourse/claims.py", TRIALS % False)
    trial = book.run("book/build.py")
    assert trial.returncode != 0
    assert "FAILED" in trial.stdout

    book.write("lrcourse/claims.py", TRIALS % True)
    book.page("raise RuntimeError('the reason')")
    page = book.run("book/build.py")
    assert page.returncode != 0
    assert "the reason" in page.stderr
    assert "FAILED: a cell of book/page" in page.stdout
