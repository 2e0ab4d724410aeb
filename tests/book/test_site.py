"""The built book as files: complete, self-contained and light."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from jupyter_cache import get_cache

pytestmark = pytest.mark.slow

WEIGHT = 500_000
ELSEWHERE = re.compile(r"^(https?:)?//", re.IGNORECASE)
# Links that load something, as opposed to those that a reader may follow.
LOADING = {"stylesheet", "preload", "modulepreload", "icon", "shortcut", "manifest", "prefetch"}


class Scan(HTMLParser):
    """What a page is called by (ids), what it links to and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.scripts: list[str] = []
        self.styles = ""
        self._in_style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.ids |= {values[key] for key in ("id", "name") if key in values}
        self.styles += values.get("style", "")
        self._in_style = tag == "style"
        if tag == "script" and "src" in values:
            self.scripts.append(values["src"])
        if tag == "link" and not LOADING & set(values.get("rel", "").split()):
            self.links.append(values.get("href", ""))
        elif tag in ("a", "area"):
            self.links.append(values.get("href", "#"))
        else:
            self.loads += [
                values[key] for key in ("src", "href", "data", "poster") if key in values
            ]
            self.loads += [part.split()[0] for part in values.get("srcset", "").split(",") if part]

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.styles += data


@cache
def scan(path: Path) -> Scan:
    return Scan(path.read_text(encoding="utf-8"))


def loaded_by_css(text: str) -> list[str]:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    found = re.findall(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""", text)
    return [first or second for first, second in found]


def problems_of(path: Path, link: str, site: Path) -> str | None:
    """Say what is wrong with a link from a page, or None."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_relative_to(site.resolve()):
        return f"{link} leads out of the site"
    if not target.is_file():
        return f"{link} does not exist"
    if parts.fragment and target.suffix == ".html":
        anchor, is_state, _ = unquote(parts.fragment).partition("?")
        # A demo keeps its settings in the fragment, #demo?setting=value. The script that is in the
        # page as JSON text names the demo, and gives it its id in the browser.
        names_demo = is_state and f'\\"{anchor}\\"' in target.read_text(encoding="utf-8")
        if anchor not in scan(target).ids and not names_demo:
            return f"{link} has no such anchor"
    return None


def test_every_link_and_asset_resolves(pages: list[Path], site: Path) -> None:
    broken = [
        f"{page.relative_to(site)}: {problem}"
        for page in pages
        for link in {*scan(page).links, *scan(page).loads, *loaded_by_css(scan(page).styles)}
        if (problem := problems_of(page, link, site))
    ]
    broken += [
        f"{sheet.relative_to(site)}: {problem}"
        for sheet in site.rglob("*.css")
        for link in loaded_by_css(sheet.read_text(encoding="utf-8"))
        if (problem := problems_of(sheet, link, site))
    ]
    assert not broken


def test_nothing_is_loaded_from_elsewhere(pages: list[Path], site: Path) -> None:
    foreign = [
        f"{page.relative_to(site)}: {link}"
        for page in pages
        for link in [*scan(page).loads, *loaded_by_css(scan(page).styles)]
        if ELSEWHERE.match(link)
    ]
    foreign += [
        f"{sheet.relative_to(site)}: {link}"
        for sheet in site.rglob("*.css")
        for link in loaded_by_css(sheet.read_text(encoding="utf-8"))
        if ELSEWHERE.match(link)
    ]
    assert not foreign


def test_no_page_is_heavy(pages: list[Path], site: Path) -> None:
    sizes = {str(page.relative_to(site)): page.stat().st_size for page in pages}
    assert not {name: size for name, size in sizes.items() if size > WEIGHT}


def test_mathjax_comes_from_inside_the_site(pages: list[Path], site: Path) -> None:
    with_formulas = [page for page in pages if 'class="math ' in page.read_text(encoding="utf-8")]
    assert with_formulas
    for page in with_formulas:
        scripts = [urlsplit(link).path for link in scan(page).scripts if "mathjax" in link.lower()]
        assert len(scripts) == 1, page
        assert (page.parent / scripts[0]).resolve().is_relative_to(site.resolve())


def test_a_formula_keeps_the_mark_behind_it(pages: list[Path], site: Path) -> None:
    formula = re.compile(r'<span class="math [^>]*>[^<]*</span>(?=[.,;:!?)])')
    kept = f'<span class="lr-together">{formula.pattern}'
    together = loose = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        together += len(re.findall(kept, text))
        loose += len(formula.findall(text)) - len(re.findall(kept, text))
    assert together > 100
    assert loose == 0


def test_docstrings_are_read_as_they_were_meant(site: Path) -> None:
    def words(name: str) -> str:
        text = (site / f"book/appendix/api/{name}.html").read_text(encoding="utf-8")
        return " ".join(re.sub(r"<[^>]*>", "", text).split())

    # Neither is the first a type and a description, nor the second a list from A on.
    assert "The losses that the rules read, raw: held-out if there are any" in words("finder")
    page = (site / "book/appendix/api/optimizers.html").read_text(encoding="utf-8")
    assert "A. Cauchy" in words("optimizers")
    assert "<ol" not in page


def test_the_front_door_leads_to_the_first_page(site: Path) -> None:
    assert "url=book/index.html" in (site / "index.html").read_text(encoding="utf-8")


def test_each_page_with_code_offers_its_notebook(site: Path) -> None:
    for source in (site / "_sources").rglob("*.md"):
        name = source.relative_to(site / "_sources").with_suffix("")
        has_code = "{code-cell}" in source.read_text(encoding="utf-8")
        page = (site / name).with_suffix(".html")
        offered = [link for link in scan(page).links if link.endswith(f"{name.name}.ipynb")]
        assert bool(offered) == has_code, name


def test_each_notebook_is_what_was_executed(site: Path) -> None:
    """Pages are executed in an empty folder, and kept only if no cell fails."""
    (folder,) = (site.parent / ".jupyter_cache").iterdir()
    executed = get_cache(folder)
    notebooks = sorted((site / "_sources").rglob("*.ipynb"))
    assert notebooks
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert not any(cell.outputs or cell.execution_count for cell in code), path
        executed.match_cache_notebook(notebook)  # KeyError if a cell of code or the kernel differs
