"""What the course adds to Jupyter Book, each concern in a module of its own."""

from typing import Any

from sphinx.application import Sphinx

from . import (
    docstrings,
    downloads,
    execution_cache,
    mathjax,
    progress,
    redirect,
    repairs,
    side_by_side,
    together,
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register every part with Sphinx."""
    parts = (
        execution_cache,
        side_by_side,
        mathjax,
        docstrings,
        downloads,
        redirect,
        repairs,
        together,
        progress,
    )
    for part in parts:
        part.setup(app)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
