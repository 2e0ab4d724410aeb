"""The built book, and throw-away books built with the course's own configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"
sys.path.insert(0, str(ROOT / "book" / "_ext"))

HEADER = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
    jupytext_version: 1.16.4
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""


@pytest.fixture(scope="session")
def site() -> Path:
    """Return the folder of the built book."""
    if not (SITE / "index.html").is_file():
        pytest.fail(f"there is no built book in {SITE}; `make book` builds it")
    return SITE


@pytest.fixture(scope="session")
def pages(site: Path) -> list[Path]:
    """Return every HTML file of the built book."""
    return sorted(site.rglob("*.html"))


class Book:
    """A book of two pages in a folder of its own, over a package of one module and one script."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.site = root / "_build" / "html"
        config: dict[str, Any] = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
        config["sphinx"]["config"] |= {
            "html_extra_path": [],
            "lrcourse_book_cache_key": ["lrcourse", "requirements.lock"],
        }
        self.write("_config.yml", yaml.safe_dump(config))
        self.write("_toc.yml", "format: jb-book\nroot: book/index\nchapters:\n- file: book/page\n")
        self.write("book/index.md", "# Front\n")
        self.write("book/references.bib", "")
        self.write("requirements.lock", "")
        self.write("lrcourse/__init__.py", "")
        self.write("lrcourse/demo.js", "export const version = 1;\n")
        self.page("print(1 + 1)")
        for part in ("_ext", "_static", "_templates", "build.py"):
            source, copy = ROOT / "book" / part, root / "book" / part
            if source.is_dir():
                shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, copy)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def page(self, code: str, prose: str = "Some prose.") -> None:
        cell = f"```{{code-cell}} ipython3\n{code}\n```\n"
        self.write("book/page.md", f"{HEADER}\n# Page\n\n{prose} $\\eta$\n\n{cell}")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run Python with these arguments at the root of the book."""
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root), "PYTHONUTF8": "1", "NO_COLOR": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    def jupyter_book(self, *options: str) -> subprocess.CompletedProcess[str]:
        start = "from jupyter_book.cli.main import main; main()"
        return self.run("-c", start, "build", ".", *options)


@pytest.fixture
def book(tmp_path: Path) -> Book:
    return Book(tmp_path)


@pytest.fixture
def strict(book: Book) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Build the throw-away book as the course is built."""
    return lambda: book.jupyter_book("-W", "-n", "--keep-going")
