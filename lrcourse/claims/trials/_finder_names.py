"""How a library is searched for a learning-rate finder: by the names that its source defines."""

from __future__ import annotations

import re
from pathlib import Path

DEFINITION = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:class|def)[ \t]+(\w+)", re.MULTILINE)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
DEEDS = frozenset(
    {"estimate", "range", "suggest", "suggestion"}
    | {f"{verb}{end}" for verb in ("find", "search", "sweep") for end in ("", "er", "ing")}
    | {"tune", "tuner", "tuning"}
)


def names_in(folder: Path) -> tuple[list[str], int]:
    """Return all names of classes, functions and methods in a folder's Python files.

    The files are read, not imported: no part of a library is left out because something that it
    needs is missing. Private names and the library's own tests count too.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    names : list of str
        Sorted, each once.
    files : int
        How many files were read.
    """
    files = sorted(folder.rglob("*.py"))
    names = {
        name
        for file in files
        for name in DEFINITION.findall(file.read_text(encoding="utf-8", errors="replace"))
    }
    return sorted(names), len(files)


def about_rates(name: str) -> bool:
    """Say whether a name speaks of a learning rate.

    Examples
    --------
    >>> about_rates("ReduceLROnPlateau"), about_rates("learning_rate"), about_rates("Linear")
    (True, True, False)
    """
    words = _words(name)
    return bool({"lr", "lrs"} & words or {"learning", "rate"} <= words)


def is_finder(name: str) -> bool:
    """Say whether a name promises to find a learning rate.

    Examples
    --------
    >>> is_finder("lr_find"), is_finder("LRRangeTest"), is_finder("LearningRateScheduler")
    (True, True, False)
    """
    return about_rates(name) and bool(DEEDS & _words(name))


def _words(name: str) -> set[str]:
    """Return the words of a name in any of the usual spellings, in small letters."""
    return {word.lower() for word in WORD.findall(name)}
