"""Repairs of the theme's HTML that neither a setting nor a style sheet can make."""

import re
from pathlib import Path

from sphinx.application import Sphinx

REPAIRS = [
    # 1.5 MB of script on every page that draws the icons which the theme's own font draws already.
    (re.compile(r'\s*<script defer src="[^"]*scripts/fontawesome\.js[^"]*"></script>'), ""),
    # The font writes an icon as a letter, which screen readers would try to read.
    (
        re.compile(r'<(i|span) class="([^"]*\bfa-[^"]*)"(?! aria-hidden)'),
        r'<\1 class="\2" aria-hidden="true"',
    ),
    # The arrow that folds a part of the contents has no name.
    (
        re.compile(r'<summary>(?=\s*<span class="toctree-toggle")'),
        '<summary aria-label="Pages of this part">',
    ),
    # A list's children must be list items; doc-biblioentry is deprecated.
    (re.compile(r'(<div class="citation"[^>]*) role="doc-biblioentry"'), r'\1 role="listitem"'),
]
# The script above, and templates that the theme leaves among the static files.
UNUSED = ["scripts/fontawesome.js", "scripts/fontawesome.js.map", "*webpack-macros.html"]


def repair(html: str) -> str:
    """Apply each repair; a page that is repaired stays as it is."""
    for pattern, replacement in REPAIRS:
        html = pattern.sub(replacement, html)
    return html


def repair_site(app: Sphinx, exception: Exception | None) -> None:
    """Repair every page of the site, those of earlier builds included."""
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    for path in [path for pattern in UNUSED for path in (site / "_static").glob(pattern)]:
        path.unlink()
    for path in site.rglob("*.html"):
        before = path.read_text(encoding="utf-8")
        after = repair(before)
        if after != before:
            path.write_text(after, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Work on what the theme has written."""
    app.connect("build-finished", repair_site)
