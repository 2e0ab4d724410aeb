"""The package as a whole: light to import, and dependent in one direction only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lrcourse

ROOT = Path(lrcourse.__file__).parent
MAY_USE = {
    "landscapes": set(),
    "optimizers": set(),
    "schedules": {"plotting"},
    "statistics": set(),
    "datasets": set(),
    "plotting": set(),
    "grading": set(),
    "monitoring": {"optimizers", "plotting"},
    "models": {"datasets"},
    "training": {
        "datasets",
        "models",
        "optimizers",
        "plotting",
        "schedules",
        "statistics",
    },
    "finder": {"datasets", "optimizers", "plotting", "schedules", "statistics", "training"},
    "claims": {
        "datasets",
        "finder",
        "landscapes",
        "models",
        "monitoring",
        "optimizers",
        "schedules",
        "statistics",
        "training",
    },
    "demos": {
        "claims",
        "datasets",
        "finder",
        "landscapes",
        "models",
        "monitoring",
        "optimizers",
        "plotting",
        "schedules",
        "statistics",
        "training",
    },
}


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_import_is_light():
    heavy = run_python(
        "import sys, lrcourse; "
        "print([name for name in ('torch', 'matplotlib', 'sklearn', 'pandas', 'numpy', 'scipy') "
        "if name in sys.modules])"
    )
    assert heavy.strip() == "[]"


@pytest.mark.parametrize("submodule", lrcourse.__all__)
def test_no_submodule_imports_torch_or_matplotlib(submodule):
    loaded = run_python(
        f"import sys, lrcourse; lrcourse.{submodule}; "
        "print([name for name in ('torch', 'matplotlib') if name in sys.modules])"
    )
    assert loaded.strip() == "[]"


def test_submodules_are_listed_and_others_refused():
    assert set(lrcourse.__all__) <= set(dir(lrcourse))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = lrcourse.nothing


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_every_part_is_in_the_plan():
    parts = {path.name.removesuffix(".py") for path in ROOT.iterdir() if path.name[0] not in "_."}
    assert parts - {"cli", "py.typed"} == MAY_USE.keys()


@pytest.mark.parametrize("part", MAY_USE)
def test_dependencies_point_one_way(part):
    files = [ROOT / f"{part}.py"] if (ROOT / f"{part}.py").exists() else (ROOT / part).rglob("*.py")
    used = {
        name.split(".")[1]
        for path in files
        for name in imports(path)
        if name.startswith("lrcourse.")
    }
    assert used - {part, "_kept", "_validate"} <= MAY_USE[part]
