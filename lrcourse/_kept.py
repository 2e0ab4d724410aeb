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
        path = _file(name)
        if path is None:
            raise ModuleNotFoundError(f"module must be importable, got {name!r}")
        sources[name] = path.read_bytes()
        waiting += _imports(sources[name])
    digest = hashlib.sha256(np.__version__.encode())
    for name in sorted(sources):
        digest.update(name.encode() + b"\0" + sources[name] + b"\0")
    return digest.hexdigest()[:16]


@cache
def _imports(source: bytes) -> tuple[str, ...]:
    """Return the modules of this package that a source imports, wherever in it."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and _is_ours(node.module):
            submodules = [f"{node.module}.{alias.name}" for alias in node.names]
            names += [node.module, *(name for name in submodules if _file(name))]
    return tuple(name for name in names if _is_ours(name) and name != PACKAGE)


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == PACKAGE


def _file(name: str) -> Path | None:
    """Find the source of a module; those of this package without importing what surrounds them."""
    top, *parts = name.split(".") if _is_ours(name) else [name]
    spec = importlib.util.find_spec(top)
    if spec is None or spec.origin is None:
        return None
    if not parts:
        return Path(spec.origin)
    path = Path(spec.origin).parent.joinpath(*parts)
    candidates = (path.with_suffix(".py"), path / "__init__.py")
    return next((candidate for candidate in candidates if candidate.is_file()), None)
