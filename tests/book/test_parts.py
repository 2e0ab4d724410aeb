"""The parts of the build that need no build."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

SOURCE = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# Title

```{code-cell} ipython3
:tags: [hide-input]

1 + 1
```
"""


@pytest.mark.parametrize("name", ["package/module.py", "package/static/demo.js", "lock.txt"])
def test_the_digest_changes_with_the_content_of_any_file(tmp_path: Path, name: str) -> None:
    from content_digest import digest

    for file in ("package/module.py", "package/static/demo.js", "lock.txt"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("before")
    before = digest(tmp_path, ["package", "lock.txt"])
    (tmp_path / name).write_text("after")
    assert digest(tmp_path, ["package", "lock.txt"]) != before


def test_the_digest_changes_with_a_name(tmp_path: Path) -> None:
    from content_digest import digest

    (tmp_path / "a.js").write_text("same")
    before = digest(tmp_path, ["."])
    (tmp_path / "a.js").rename(tmp_path / "b.js")
    assert digest(tmp_path, ["."]) != before


def test_the_digest_ignores_what_python_leaves_behind(tmp_path: Path) -> None:
    from content_digest import digest

    (tmp_path / "a.py").write_text("same")
    before = digest(tmp_path, ["."])
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "a.pyc").write_bytes(b"compiled")
    assert digest(tmp_path, ["."]) == before


def test_a_download_is_a_valid_notebook_and_the_same_each_time() -> None:
    from lrcourse_book.downloads import notebook

    result = notebook(SOURCE)
    nbformat.validate(result)
    assert [cell.cell_type for cell in result.cells] == ["markdown", "code"]
    assert result.cells[1].metadata.tags == ["hide-input"]
    assert result.metadata.kernelspec.name == "python3"
    assert nbformat.writes(result) == nbformat.writes(notebook(SOURCE))


def test_repairs() -> None:
    from lrcourse_book.repairs import repair

    theme = """
<script defer src="../_static/scripts/fontawesome.js?digest=1"></script>
<i class="fas fa-download"></i>
<div role="list"><div class="citation" id="id2" role="doc-biblioentry">Goh</div></div>"""
    repaired = """
<i class="fas fa-download" aria-hidden="true"></i>
<div role="list"><div class="citation" id="id2" role="listitem">Goh</div></div>"""
    assert repair(theme) == repaired
    assert repair(repaired) == repaired


def test_mathjax_is_found_in_the_installed_package() -> None:
    from lrcourse_book import mathjax

    found = [path for pattern in mathjax.FILES for path in mathjax.package_folder().glob(pattern)]
    assert {"tex-chtml.js", "MathJax_Main-Regular.woff", "ams.js"} <= {path.name for path in found}
