"""Where results are kept on disk, and the digest of code that names them."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
from functools import cache
from pathlib import Path

import numpy as np
import platformdirs

PACKAGE = __name__.partition(".")[0]


def directory() -> Path:
    """Return where tables are kept: ``$LRCOURSE_CACHE``, or the user's cache folder."""
    chosen = os.environ.get("LRCOURSE_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("lrcourse") / "trials"


@cache
def code_digest(module: str) -> str:
    """Return a digest of a module's source and of all that it imports from this package.

    Parameters
    ----------
    module : str
        A dotted name, such as ``"lrcourse.optimizers"``.

    Returns
    -------
    str
        16 hexadecimal digits. A change in a module that is not imported, however indirectly,
        leaves it as it is.

    Examples
    --------
    >>> code_digest("lrcourse.statistics") == code_digest("lrcourse.optimizers")
    False
    """
    sources: dict[str, bytes] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in sources:
            continue
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"module must be importable, got {name!r}")
        sources[name] = Path(spec.origin).read_bytes()
        waiting += _imports(sources[name])
    digest = hashlib.sha256(np.__version__.encode())
    for name in sorted(sources):
        digest.update(name.encode() + b"\0" + sources[name] + b"\0")
    return digest.hexdigest()[:16]


def _imports(source: bytes) -> list[str]:
    """Return the modules of this package that a source imports, wherever in it."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            names += [node.module, *filter(_is_module, submodules)]
    return [name for name in names if name.partition(".")[0] == PACKAGE and name != PACKAGE]


def _is_module(name: str) -> bool:
    if name.partition(".")[0] != PACKAGE:
        return False
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
