"""Attacks and damage by what is around the answers: classes 8 and 9.

The answers are wrong where a case wants points for nothing, and honest where a notebook is only
damaged: then nothing may be lost.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import nbformat
from nbformat import NotebookNode

from benchmarks.attacks.course import NOTEBOOK, NOTHING, Attack, Place

WRONG = {"double": "def double(x):\n    return 'wrong'", "norm": "def norm(v):\n    return -1.0"}
UNEARNED = {"double": 0, "norm": 0}
CELLS, OTHERS = "8 cells", "9 no notebooks"
Change = Callable[[list[Any]], object]


def _by_id(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


def _each_test(change: Callable[[NotebookNode], object]) -> Callable[..., NotebookNode]:
    """Change every test cell."""

    def damage(notebook: NotebookNode, place: Place) -> NotebookNode:
        for name, cell in _by_id(notebook).items():
            if name.startswith("test_"):
                change(cell)
        return notebook

    return damage


def _set(**facts: Any) -> Callable[[NotebookNode], object]:
    return lambda cell: cell.metadata.nbgrader.update(facts)


def _pass(cell: NotebookNode) -> None:
    cell.source = "assert True"


def _to_markdown(cell: NotebookNode) -> None:
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


def _to_list(cell: NotebookNode) -> None:
    cell.metadata["nbgrader"] = [1, 2, 3]


def _to_solution(cell: NotebookNode) -> None:
    cell.source = "pass"
    cell.metadata.nbgrader.update(grade=False, solution=True, locked=False)


def _without_tests(notebook: NotebookNode, place: Place) -> NotebookNode:
    notebook.cells = [cell for cell in notebook.cells if "assert" not in cell.source]
    return notebook


def _twice(notebook: NotebookNode, place: Place) -> NotebookNode:
    """Put a second test cell of the same name below each, which passes."""
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.metadata.get("nbgrader", {}).get("grade"):
            again = nbformat.from_dict(cell)
            again.id = f"{cell.id}-again"
            again.source = "assert True" if cell.cell_type == "code" else cell.source
            cells.append(again)
    notebook.cells = cells
    return notebook


def _backwards(notebook: NotebookNode, place: Place) -> NotebookNode:
    notebook.cells = notebook.cells[::-1]
    return notebook


def _tests_first(notebook: NotebookNode, place: Place) -> NotebookNode:
    notebook.cells = sorted(notebook.cells, key=lambda cell: "assert" not in cell.source)
    return notebook


def _names_swapped(notebook: NotebookNode, place: Place) -> NotebookNode:
    cells = _by_id(notebook)
    first, second = cells["test_double"], cells["test_total"]
    first.metadata.nbgrader.grade_id, second.metadata.nbgrader.grade_id = (
        "test_total",
        "test_double",
    )
    return notebook


def _locked_cell(notebook: NotebookNode, place: Place) -> NotebookNode:
    _by_id(notebook)[
        "imports"
    ].source = "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None"
    return notebook


def _answers_untagged(notebook: NotebookNode, place: Place) -> NotebookNode:
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


def _answers_below(notebook: NotebookNode, place: Place) -> NotebookNode:
    """Answer in new cells, right below cells that are left as they were released."""
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
            answer = nbformat.v4.new_code_cell(cell.source, id=f"{cell.id}-mine")
            cell.source = "# see below\nraise NotImplementedError()"
            cells.append(answer)
    notebook.cells = cells
    return notebook


CELL_ATTACKS = [
    Attack(CELLS, name, answers=WRONG, earned=UNEARNED, damage=damage)
    for name, damage in {
        "tests that always pass": _each_test(_pass),
        "tests deleted": _without_tests,
        "tests twice": _twice,
        "tests before answers": _tests_first,
        "tests with names swapped": _names_swapped,
        "tests as markdown": _each_test(_to_markdown),
        "tests as solutions": _each_test(_to_solution),
        "grade: false": _each_test(_set(grade=False)),
        "tests renamed": _each_test(lambda cell: _set(grade_id=f"x{cell.id}")(cell)),
        "1000 points": _each_test(_set(points=1000)),
        "negative points": _each_test(_set(points=-5)),
        "no points": _each_test(lambda cell: cell.metadata.nbgrader.pop("points")),
        "metadata that is a list": _each_test(_to_list),
        "schema version 1": _each_test(_set(schema_version=1)),
        "schema version 99": _each_test(_set(schema_version=99)),
        "locked cell changed": _locked_cell,
    }.items()
] + [
    Attack(CELLS, name, damage=damage)
    for name, damage in {
        "honest, tests edited": _each_test(_pass),
        "honest, tests deleted": _without_tests,
        "honest, everything twice": _twice,
        "honest, cells in reverse": _backwards,
        "honest, metadata lists": _each_test(_to_list),
        "honest, schema version 1": _each_test(_set(schema_version=1)),
        "honest, schema version 99": _each_test(_set(schema_version=99)),
        "honest, all metadata gone": _answers_untagged,
        "honest, answers in cells below": _answers_below,
    }.items()
]


def _write(place: Place, content: bytes, name: str = f"{NOTEBOOK}.ipynb") -> None:
    (place.home / name).write_bytes(content)


def _text(notebook: NotebookNode) -> str:
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT)


def _raw(make: Callable[[str], bytes], name: str = f"{NOTEBOOK}.ipynb") -> Callable[..., None]:
    """Write what `make` turns the notebook's text into."""
    return lambda notebook, place: _write(place, make(_text(notebook)), name)


def _json(change: Callable[[dict[str, Any]], object]) -> Callable[..., None]:
    def make(text: str) -> bytes:
        value = json.loads(text)
        change(value)
        return json.dumps(value).encode()

    return _raw(make)


def _version_3(notebook: NotebookNode, place: Place) -> None:
    _write(place, nbformat.writes(nbformat.convert(notebook, 3), version=3).encode())


def _outputs(value: dict[str, Any]) -> None:
    code = next(cell for cell in value["cells"] if cell["cell_type"] == "code")
    code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * (200 << 20)}]


def _source(value: dict[str, Any]) -> None:
    cell = {"cell_type": "code", "id": "big", "metadata": {}, "outputs": []}
    value["cells"].append(cell | {"execution_count": None, "source": "# " + "x" * (200 << 20)})


def _cells(value: dict[str, Any]) -> None:
    empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    value["cells"] += [empty | {"id": f"e{k}", "source": "1 + 1"} for k in range(50_000)]


def _linked(notebook: NotebookNode, place: Place) -> None:
    name = f"{NOTEBOOK}.ipynb"
    (place.home / name).symlink_to(place.neighbour / name)


def _linked_data(notebook: NotebookNode, place: Place) -> NotebookNode:
    (place.home / "more.csv").symlink_to("/etc/passwd")
    return notebook


def _linked_folder(notebook: NotebookNode, place: Place) -> None:
    place.home.rmdir()
    place.home.symlink_to(place.neighbour)


def _fifo(notebook: NotebookNode, place: Place) -> None:
    os.mkfifo(place.home / f"{NOTEBOOK}.ipynb")


FILE_ATTACKS = (
    [
        Attack(OTHERS, name, earned=NOTHING, damage=damage)
        for name, damage in {
            "corrupt JSON": _raw(lambda text: text[: len(text) // 2].encode()),
            "an empty file": _raw(lambda text: b""),
            "JSON of another kind": _raw(lambda text: b"[1, 2, 3]"),
            "a picture": _raw(lambda text: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50),
            "JSON nested for ever": _raw(lambda text: b"[" * 200_000),
            "a link to the neighbour's notebook": _linked,
            "a pipe": _fifo,
            "no file": lambda notebook, place: None,
        }.items()
    ]
    + [
        Attack(OTHERS, f"honest, {name}", damage=damage)
        for name, damage in {
            "in Latin-1": _raw(lambda text: text.replace("own", "öwn").encode("latin-1")),
            "in UTF-16": _raw(lambda text: text.encode("utf-16")),
            "with a byte order mark": _raw(lambda text: text.encode("utf-8-sig")),
            "nbformat 3": _version_3,
            "nbformat 4.99": _json(lambda value: value.update(nbformat_minor=99)),
            "nbformat 99": _json(lambda value: value.update(nbformat=99)),
            "no kernel": _json(lambda value: value["metadata"].pop("kernelspec")),
            "an unknown kernel": _json(
                lambda value: value["metadata"]["kernelspec"].update(name="fortran")
            ),
            "metadata that is a list": _json(lambda value: value.update(metadata=[])),
            "under another name": _raw(lambda text: text.encode(), "homework final (2).ipynb"),
            "200 MB of outputs": _json(_outputs),
            "50,000 cells": _json(_cells),
            "a link to a file of the system": _linked_data,
            "cells without ids": _json(lambda value: [cell.pop("id") for cell in value["cells"]]),
        }.items()
    ]
    + [
        Attack(OTHERS, "200 MB of source", damage=_json(_source), earned={}),
        Attack(
            OTHERS,
            "honest, warnings on stderr",
            first="import sys, warnings\nwarnings.warn('old')\nprint('careful', file=sys.stderr)",
        ),
        Attack(OTHERS, "a link to the neighbour's folder", damage=_linked_folder, earned=NOTHING),
    ]
)

ATTACKS = [*CELL_ATTACKS, *FILE_ATTACKS]
