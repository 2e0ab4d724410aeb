"""The appendix pages that are made from data: complete, and short where they promise to be."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from lrcourse.schedules import ATLAS

ROOT = Path(__file__).parents[2]


def visible_cells(name: str) -> list[str]:
    text = (ROOT / "book" / "appendix" / f"{name}.md").read_text(encoding="utf-8")
    cells = re.findall(r"```\{code-cell\} ipython3\n(.*?)```", text, flags=re.DOTALL)
    return [cell for cell in cells if not cell.startswith(":tags:")]


def test_the_loop_is_short_and_fits_the_page() -> None:
    cells = visible_cells("your-own-loop")
    [loop] = [cell for cell in cells if "Monitor(" in cell and "as_torch" in cell]
    assert len([line for line in loop.splitlines() if line.strip()]) <= 32
    assert max(len(line) for cell in cells for line in cell.splitlines()) <= 79


@pytest.mark.slow
def test_every_line_of_the_atlas_is_on_its_page(site: Path) -> None:
    page = (site / "book/appendix/conventions-atlas.html").read_text(encoding="utf-8")
    parts = re.split(r'<div class="lr-card lr-atlas" id="atlas-(\w+)"', page)
    shown = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert shown.keys() == {row.schedule for row in ATLAS}
    for row in ATLAS:
        part = unescape(shown[row.schedule])
        for text in (row.name, row.unit, row.first, row.past_end, row.note):
            assert text in part, (row.schedule, row.library, text)
    for library in ("keras", "optax", "timm", "fastai", "torch"):
        assert re.search(rf"pypi\.org/project/{library}/[\d.]+/", page)
