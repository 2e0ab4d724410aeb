"""Read docstrings as their authors meant them."""

import re
from typing import Any

from sphinx.application import Sphinx

INITIAL = re.compile(r"^(\s*)([A-Z])\. (?=\S)")
TYPE = ":type: "


def keep_colon(
    _app: Sphinx, what: str, _name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Put a property's first line together again: what is before a colon was read as its type."""
    if what == "property":
        for line in [line for line in lines if line.startswith(TYPE)]:
            lines.remove(line)
            lines[0] = f"{line.removeprefix(TYPE)}: {lines[0]}"


def keep_initials(
    _app: Sphinx, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Leave an author's initial at the start of a line, which would be read as a list's letter."""
    lines[:] = [INITIAL.sub(r"\1\\\2. ", line) for line in lines]


def setup(app: Sphinx) -> None:
    """Work after napoleon, whose priority is 500, has read the sections of a docstring."""
    for repair in (keep_colon, keep_initials):
        app.connect("autodoc-process-docstring", repair, priority=600)
