"""Each page as a notebook to download, without outputs.

The theme offers the ``.ipynb`` of a MyST page only next to a link to a notebook server. This one is
made from the page's source, so that it is the same whether or not the page has just been executed.
"""

from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from sphinx.application import Sphinx

# Before 501, where the theme makes the download buttons.
BEFORE_THE_BUTTONS = 499


def notebook(text: str) -> nbformat.NotebookNode:
    """Convert the source of a page; cell ids count the cells, to be the same in every build."""
    result = read_myst_markdown_notebook(text)
    result.nbformat_minor = 5
    result.metadata = {"kernelspec": dict(result.metadata["kernelspec"])}
    for position, cell in enumerate(result.cells):
        cell.id = f"cell-{position:03d}"
    nbformat.validate(result)
    return result


def add_notebook(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Write the notebook next to the page's source and tell the theme its name."""
    if doctree is None or app.builder.format != "html":
        return
    source = Path(app.env.doc2path(pagename)).read_text(encoding="utf-8")
    if not is_myst_markdown_notebook(source):
        return
    target = Path(app.outdir) / "_sources" / f"{pagename}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook(source), target)
    context["ipynb_source"] = f"{pagename}.ipynb"


def setup(app: Sphinx) -> None:
    """Run for each page while its template is prepared."""
    app.connect("html-page-context", add_notebook, priority=BEFORE_THE_BUTTONS)
