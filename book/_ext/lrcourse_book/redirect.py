"""The front door: ``index.html`` at the top of the site leads to the first page.

The sources lie in ``book/``, so the first page is ``book/index.html``.
"""

from html import escape
from pathlib import Path

from sphinx.application import Sphinx

PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="0; url={target}">
<link rel="canonical" href="{target}">
<title>{title}</title>
</head>
<body><main><h1>{title}</h1><p><a href="{target}">Open the course</a></p></main></body>
</html>
"""


def write_front_door(app: Sphinx, exception: Exception | None) -> None:
    """Write the redirect; a relative link, so that it works on ``file://`` too."""
    root = str(app.config.root_doc)
    if exception or app.builder.name != "html" or root == "index":
        return
    text = PAGE.format(
        language=escape(app.config.language or "en"),
        target=escape(app.builder.get_target_uri(root)),
        title=escape(app.config.html_title),
    )
    (Path(app.outdir) / "index.html").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Write before 500, where sphinx-external-toc would put a bare redirect."""
    app.connect("build-finished", write_front_door, priority=400)
