"""The text of an assignment as a source notebook for nbgrader.

An assignment is one text notebook (jupytext's percent format). A few words after ``# %%`` say
what a cell is for:

============================================ ============================================
``# %% solution="mean"``                     the learner's cell; what stands between
                                             ``### BEGIN SOLUTION`` and ``### END SOLUTION``
                                             is replaced by a stub
``# %% tests="mean" points=3``               the tests of `mean`; what stands between
                                             ``### BEGIN HIDDEN TESTS`` and
                                             ``### END HIDDEN TESTS`` stays with the instructor
``# %% [markdown] manual="essay" points=2``  an answer in words, graded by a person; the cell
                                             holds the sample answer and the rubric, and the
                                             learner gets an empty one
``# %% locked="imports"``                    a cell that learners cannot change
============================================ ============================================

Tests and manual cells may add ``claims="C1.1 C1.2"``: what their question is about. Every other
cell is prose or code of the learner's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from lrcourse.grading._marks import HIDDEN_MARKS, SOLUTION_MARKS

KINDS = ("solution", "tests", "manual", "locked")

# What jupytext notes down about the layout of the text.
_LAYOUT = {"cell_marker", "lines_to_next_cell", "lines_to_end_of_cell_marker"}
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CLAIM = re.compile(r"[A-Z]\w*(\.\w+)*")
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_nbformat: Any = nbformat  # its functions have no types


class AssignmentError(ValueError):
    """The text of an assignment breaks a rule; the message names the cell and what it holds."""


def read_assignment(path: Path | str) -> NotebookNode:
    """Read the text of an assignment from `path` as a source notebook for nbgrader.

    Parameters
    ----------
    path : path-like
        A ``.py`` file in jupytext's percent format.

    Returns
    -------
    NotebookNode
        As `parse_assignment` gives it.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    AssignmentError
        When the text breaks a rule; the message begins with the path.
    """
    path = Path(path)
    try:
        return parse_assignment(path.read_text(encoding="utf-8"))
    except AssignmentError as error:
        raise AssignmentError(f"{path}: {error}") from error


def parse_assignment(text: str) -> NotebookNode:
    r"""Turn the text of an assignment into a source notebook for nbgrader.

    The same text always gives the same notebook, cell ids included. The notebook's metadata list
    the questions, so that a missing cell can be named later.

    Parameters
    ----------
    text : str
        A notebook in jupytext's percent format.

    Returns
    -------
    NotebookNode
        Version 4.5, with nbgrader's cell metadata (schema 3).

    Raises
    ------
    AssignmentError
        When a cell has an unknown word or two kinds, a name is malformed or used twice, points
        are missing or not above 0, claims are malformed, a solution has no tests or tests no
        solution, markers don't pair up or stand in the wrong cell, or tests show nothing to the
        learner.

    Examples
    --------
    >>> notebook = parse_assignment('''
    ... # %% solution="twice"
    ... def twice(x):
    ...     ### BEGIN SOLUTION
    ...     return x + x
    ...     ### END SOLUTION
    ...
    ... # %% tests="twice" points=2 claims="C0.1"
    ... assert twice(1) == 2
    ... ''')
    >>> [cell.id for cell in notebook.cells]
    ['twice', 'test_twice']
    >>> notebook.cells[1].metadata.nbgrader.points
    2
    >>> notebook.metadata.lrcourse.questions
    [{'name': 'twice', 'kind': 'tests', 'points': 2, 'claims': ['C0.1']}]
    """
    draft = [cell for cell in jupytext.reads(text, fmt="py:percent").cells if cell.source.strip()]
    questions: list[dict[str, Any]] = []
    seen: set[tuple[str, str]] = set()
    cells = []
    for number, cell in enumerate(draft, start=1):
        kind, name, points, claims = _purpose(number, cell)
        if kind:
            _check_name(number, cell, kind, name, seen)
            seen.add((kind, name))
        _check_marks(number, cell, kind)
        if kind in ("tests", "manual"):
            questions.append({"name": name, "kind": kind, "points": points})
            if claims:
                questions[-1]["claims"] = claims
        cells.append(_cell(number, cell, kind, name, points))
    if not questions:
        raise AssignmentError('no cell has tests="…" or manual="…": nothing would be graded')
    for name in sorted(name for kind, name in seen if kind == "solution"):
        if ("tests", name) not in seen:
            raise AssignmentError(f'solution="{name}" has no cell with tests="{name}"')
    metadata = {
        "kernelspec": dict(_KERNEL),
        "language_info": {"name": "python"},
        "lrcourse": {"questions": questions},
    }
    notebook: NotebookNode = _nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    notebook.nbformat_minor = 5  # from 4.5 on cells have ids
    _nbformat.validate(notebook)
    return notebook


def write_notebook(notebook: NotebookNode) -> str:
    """Return `notebook` as the text of an .ipynb file: one form only, ending in a newline.

    Parameters
    ----------
    notebook : NotebookNode

    Returns
    -------
    str
    """
    text: str = _nbformat.writes(notebook, version=nbformat.NO_CONVERT)
    return text.rstrip("\n") + "\n"


def _purpose(number: int, cell: NotebookNode) -> tuple[str, str, float, list[str]]:
    """Give kind, name, points and claims of a cell; kind is empty for prose and free code."""
    words = {word: value for word, value in cell.metadata.items() if word not in _LAYOUT}
    unknown = set(words) - {*KINDS, "points", "claims", "tags"}
    if unknown:
        _fail(number, cell, f"unknown word {sorted(unknown)[0]!r}; known are {', '.join(KINDS)}")
    kinds = [kind for kind in KINDS if kind in words]
    if len(kinds) > 1:
        _fail(number, cell, f"a cell is of one kind, this is of {' and '.join(kinds)}")
    kind = kinds[0] if kinds else ""
    points: Any = words.get("points")
    claims: Any = words.get("claims", "")
    if kind not in ("tests", "manual"):
        for word in ("points", "claims"):
            if word in words:
                told = f"{word} belong to tests and manual cells, got {word}={words[word]!r}"
                _fail(number, cell, told)
        return kind, words.get(kind, ""), 0, []
    if isinstance(points, bool) or not isinstance(points, int | float) or not points > 0:
        _fail(number, cell, f"points must be a number above 0, got {points!r}")
    if not isinstance(claims, str) or not all(map(_CLAIM.fullmatch, claims.split())):
        _fail(number, cell, f'claims must be ids such as "C1.1 C1.2", got {claims!r}')
    return kind, words[kind], points, claims.split()


def _check_name(
    number: int, cell: NotebookNode, kind: str, name: object, seen: set[tuple[str, str]]
) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        _fail(number, cell, f"{kind} must be a name such as mean_loss, got {name!r}")
    if kind == "tests":
        if ("tests", name) in seen:
            _fail(number, cell, f'tests="{name}" is used twice')
        if ("solution", name) not in seen:
            _fail(number, cell, f'tests="{name}" has no solution="{name}" before it')
    elif name in {other for _, other in seen} or str(name).startswith("test_"):
        _fail(number, cell, f"the name {name!r} is taken")
    expected = "markdown" if kind == "manual" else "code"
    if cell.cell_type != expected:
        _fail(number, cell, f"a {kind} cell must be {expected}, this is {cell.cell_type}")


def _check_marks(number: int, cell: NotebookNode, kind: str) -> None:
    for marks, home in ((SOLUTION_MARKS, "solution"), (HIDDEN_MARKS, "tests")):
        found = [line.strip() for line in cell.source.splitlines() if line.strip() in marks]
        if found and kind != home:
            _fail(number, cell, f"{found[0]!r} belongs to a {home} cell")
        if found != list(marks) * (len(found) // 2):
            _fail(number, cell, f"the markers must come in pairs {marks}, got {found}")
        if kind == "solution" == home and not found:
            _fail(number, cell, f"nothing stands between {marks[0]!r} and {marks[1]!r}")
    if kind == "tests" and not any(_visible(cell.source)):
        _fail(number, cell, "all tests are hidden: the learner would see an empty cell")


def _visible(source: str) -> Iterator[str]:
    """Yield the lines of a test cell that learners see."""
    hidden = False
    for line in source.splitlines():
        if line.strip() == HIDDEN_MARKS[0]:
            hidden = True
        elif line.strip() == HIDDEN_MARKS[1]:
            hidden = False
        elif line.strip() and not hidden:
            yield line


def _cell(number: int, cell: NotebookNode, kind: str, name: str, points: float) -> NotebookNode:
    # Ids are spelled out: drawn at random, they would change with every release.
    grade_id = f"test_{name}" if kind == "tests" else name
    metadata: dict[str, Any] = {}
    if kind:
        metadata["nbgrader"] = {
            "schema_version": 3,
            "grade_id": grade_id,
            "grade": kind in ("tests", "manual"),
            "solution": kind in ("solution", "manual"),
            "locked": kind in ("tests", "locked"),
            "task": False,
        }
    if kind in ("tests", "manual"):
        metadata["nbgrader"]["points"] = points
    if "tags" in cell.metadata:
        metadata["tags"] = list(cell.metadata.tags)
    make = getattr(_nbformat.v4, f"new_{cell.cell_type}_cell")
    node: NotebookNode = make(
        source=cell.source, metadata=metadata, id=grade_id or f"cell-{number:02d}"
    )
    return node


def _fail(number: int, cell: NotebookNode, reason: str) -> None:
    first = next(iter(cell.source.strip().splitlines()), "")
    raise AssignmentError(f"cell {number} ({first!r}): {reason}")
