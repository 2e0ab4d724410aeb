"""A short name for the content of files, with which a build knows what has changed."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

LEFTOVERS = {"__pycache__", ".ipynb_checkpoints", ".mypy_cache", ".ruff_cache", ".DS_Store"}


def source_files(root: Path, names: Iterable[str]) -> Iterator[Path]:
    """All files of the named files and folders, sorted, without what tools leave behind."""
    for name in names:
        start = root / name
        for path in [start] if start.is_file() else sorted(start.rglob("*")):
            if path.is_file() and LEFTOVERS.isdisjoint(path.relative_to(root).parts):
                yield path


def digest(root: Path, names: Iterable[str]) -> str:
    """Hash of the names and the content of `source_files`."""
    total = hashlib.sha256()
    for path in source_files(root, names):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(root).as_posix()}\n{content}\n".encode())
    return total.hexdigest()[:16]
