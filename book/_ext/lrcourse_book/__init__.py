"""What the course adds to Jupyter Book, each concern in a module of its own."""

from typing import Any

from sphinx.application import Sphinx

from . import downloads, execution_cache, mathjax, progress, redirect, repairs


def setup(app: Sphinx) -> dict[str, Any]:
    """Register every part with Sphinx."""
    for part in (execution_cache, mathjax, downloads, redirect, repairs, progress):
        part.setup(app)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
