"""The trust boundary: the instructor's notebook with a stranger's answers in it.

From the stranger come the sources of answers and of added cells, and nothing else: order, metadata,
points, tests, locked cells and prose are the instructor's. What a learner did to the rest of the
notebook, by mistake or otherwise, is undone here and noted.
"""

from __future__ import annotations

import ast
import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.nbgraderformat import MetadataValidator, ValidationError
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

from lrcourse.grading._exercise_cell import ExerciseCell, Role
from lrcourse.grading._match import bound, defined, match, neighbours
from lrcourse.grading.intake import Submitted, SubmittedCell

__all__ = ["Exercise", "ExerciseCell", "Rebuilt", "Role", "visible"]

# As nbgrader makes a release, up to where it saves the cells in its gradebook, and from there on.
_BEFORE_SAVING = (LockCells, ClearSolutions, ClearOutput, ComputeChecksums)
_AFTER_SAVING = (ClearHiddenTests, ClearMarkScheme)

_MOST_ADDED = 1_000
_LARGEST_ADDED = 20_000_000
_ELSEWHERE = "# The answer stands in other cells of this notebook."

_nbformat: Any = nbformat  # its functions have no types


@dataclass(frozen=True)
class Rebuilt:
    """A notebook that is ready to run.

    Attributes
    ----------
    notebook : NotebookNode
        The instructor's order, metadata, points and tests; the student's answers and added cells;
        no outputs.
    roles : tuple of str
        One a cell of the notebook.
    notes : tuple of str
        What was missing, changed, there twice or found in another place.
    untouched : frozenset of str
        Grade ids of answers that are still as released, or missing.
    """

    notebook: NotebookNode
    roles: tuple[Role, ...]
    notes: tuple[str, ...]
    untouched: frozenset[str]


@dataclass(frozen=True)
class Exercise:
    """An instructor's notebook, prepared once for all its submissions.

    Attributes
    ----------
    name : str
        Of the notebook, without ``.ipynb``.
    cells : tuple of ExerciseCell
    metadata : mapping
        Of the notebook.
    """

    name: str
    cells: tuple[ExerciseCell, ...]
    metadata: Mapping[str, Any]

    @property
    def grade_ids(self) -> frozenset[str]:
        """All of nbgrader's names in the notebook."""
        return frozenset(cell.grade_id for cell in self.cells if cell.grade_id)

    @property
    def modules(self) -> frozenset[str]:
        """What the instructor's cells import, and what may be a module in what they import.

        ``np.testing.assert_equal`` imports ``numpy.testing`` as much as a statement would.
        """
        found: set[str] = set()
        known: dict[str, str] = {}  # modules by the name they have in the cells
        for cell in self.cells:
            if cell.role not in ("locked", "tests", "inside"):
                continue
            try:
                nodes = list(ast.walk(ast.parse(cell.source)))
            except SyntaxError:  # magics
                continue
            for node in nodes:
                match node:
                    case ast.Import(names):
                        found.update(alias.name for alias in names)
                        known.update({alias.asname or alias.name: alias.name for alias in names})
                    case ast.ImportFrom(str(module), level=0):
                        found.add(module)
            for node in nodes:
                match node:
                    case ast.Attribute(ast.Attribute(ast.Name(name), part)) if name in known:
                        found.add(f"{known[name]}.{part}")
        return frozenset(found)

    @classmethod
    def from_source(cls, name: str, notebook: NotebookNode, *, config: Any = None) -> Exercise:
        r"""Prepare an instructor's source notebook, with solutions and hidden tests.

        Parameters
        ----------
        name : str
            Of the notebook, without ``.ipynb``.
        notebook : NotebookNode
            The source; it stays as it is.
        config : traitlets.config.Config, optional
            The course's settings, for stubs and marks other than nbgrader's defaults.

        Returns
        -------
        Exercise
            It holds no solution.

        Raises
        ------
        ValueError
            When nbgrader would not release the notebook, or it has tests that nbgrader writes
            itself (``### AUTOTEST``).

        Examples
        --------
        >>> from lrcourse.grading.intake import Submitted, SubmittedCell
        >>> from lrcourse.grading.notebooks import parse_assignment
        >>> source = parse_assignment('''
        ... # %% solution="twice"
        ... def twice(x):
        ...     ### BEGIN SOLUTION
        ...     return x + x
        ...     ### END SOLUTION
        ...
        ... # %% tests="twice" points=2
        ... assert twice(1) == 2
        ... ''')
        >>> exercise = Exercise.from_source("numbers", source)
        >>> [(cell.grade_id, cell.role, cell.points) for cell in exercise.cells]
        [('twice', 'student', None), ('test_twice', 'tests', 2)]
        >>> answer = SubmittedCell("code", "twice = abs", "twice")
        >>> rebuilt = exercise.rebuild(Submitted((answer,), ()))
        >>> [cell.source for cell in rebuilt.notebook.cells]
        ['twice = abs', 'assert twice(1) == 2']
        >>> rebuilt.notes
        ("cell 'test_twice' is missing: it was put back as it was released",)
        """
        try:
            source = _nbformat.convert(copy.deepcopy(notebook), 4)
            MetadataValidator().upgrade_notebook_metadata(source)
            MetadataValidator().validate_nb(source)
            _refuse_autotests(source)
            graded = _process(source, _BEFORE_SAVING, config)
            released = _process(graded, _AFTER_SAVING, config)
        except (RuntimeError, ValueError, ValidationError) as error:
            raise ValueError(f"notebook {name!r} cannot be released: {error}") from error
        tests = "\n".join(
            cell.source for cell in graded.cells if _role(cell) in ("tests", "inside")
        )
        cells = zip(source.cells, graded.cells, released.cells, _ids(source), strict=True)
        return cls(name, tuple(_prepare(*cell, tests) for cell in cells), _plain(graded.metadata))

    def rebuild(self, submitted: Submitted) -> Rebuilt:
        """Put a stranger's answers into the instructor's notebook.

        Of several copies of an answer the last one that holds an answer counts, as in a run from
        top to bottom; other changed copies run where they stand, as added cells do. An answer
        without nbgrader's metadata is recovered when there is one reading only. A missing answer
        is as it was released. Added cells stand right after the cell that they followed.

        Parameters
        ----------
        submitted : Submitted

        Returns
        -------
        Rebuilt
            Valid in notebook format 4.5; the same input gives the same notebook.
        """
        found = match(self.cells, submitted.cells)
        notes = list(found.notes)
        entries: list[tuple[int, int, Role, dict[str, Any]]] = []
        untouched = set()
        for place, cell in enumerate(self.cells):
            number = found.sources.get(place)
            answer = None if number is None else submitted.cells[number]
            if place in found.elsewhere:
                answer = SubmittedCell("code", _ELSEWHERE, None)
            elif cell.answer and answer is None:
                untouched.add(cell.grade_id or "")
            entries.append((2 * place, 0, cell.role, _node(cell, answer)))
        around = neighbours(found.places, len(submitted.cells), len(self.cells))
        for count, number in enumerate(_limit(found.added, submitted, notes), start=1):
            before, after = around[number]
            where = min(2 * before + 1, 2 * after - 1)  # the earlier one when cells were moved
            added = submitted.cells[number]
            role: Role = "student" if added.kind == "code" else "prose"
            entries.append((where, number, role, _added_node(added, f"added-{count:04d}")))
        entries.sort(key=lambda entry: entry[:2])
        notebook = {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": self.metadata,
            "cells": [node for *_, node in entries],
        }
        return Rebuilt(
            notebook=_nbformat.from_dict(notebook),  # copies every dict and list
            roles=tuple(role for *_, role, _ in entries),
            notes=tuple(notes),
            untouched=frozenset(untouched),
        )


def visible(source: str) -> str:
    r"""Return a test cell without its hidden part, as the learner saw it.

    Parameters
    ----------
    source : str
        With nbgrader's own marks.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        When the marks do not pair up.

    Examples
    --------
    >>> visible("assert f(1)\n### BEGIN HIDDEN TESTS\nassert f(2)\n### END HIDDEN TESTS")
    'assert f(1)'
    """
    cell = _nbformat.v4.new_code_cell(source, metadata={"nbgrader": {"grade": True}})
    try:
        _CLEAR_HIDDEN.preprocess_cell(cell, {}, 0)
    except RuntimeError as error:
        raise ValueError(f"{error}, got {source!r}") from error
    text: str = cell.source
    return text


_CLEAR_HIDDEN = ClearHiddenTests()


def _process(notebook: NotebookNode, steps: tuple[Any, ...], config: Any) -> NotebookNode:
    notebook = copy.deepcopy(notebook)
    resources: dict[str, Any] = {}
    for step in steps:
        notebook, resources = step(config=config).preprocess(notebook, resources)
    return notebook


def _plain(node: Any) -> Any:
    """Copy notebook nodes into dicts, which are faster to copy and to send."""
    return json.loads(json.dumps(node))


def _refuse_autotests(notebook: NotebookNode) -> None:
    # Left as it is, the line is a comment that everybody passes.
    for cell in notebook.cells:
        if _tag(cell).get("grade") and re.search(r"(?m)^\s*#.*AUTOTEST", cell.source):
            raise ValueError(f"write the tests out in place of '### AUTOTEST': {cell.source!r}")


def _ids(notebook: NotebookNode) -> list[str]:
    """Give each cell an id: its own, or one that counts."""
    ids: list[str] = []
    for number, cell in enumerate(notebook.cells, start=1):
        own = cell.get("id")
        ids.append(own if own and own not in ids else f"cell-{number:04d}")
    return ids


def _tag(cell: NotebookNode) -> Mapping[str, Any]:
    """Give nbgrader's metadata of a cell that it takes part in."""
    tag: Mapping[str, Any] = cell.metadata.get("nbgrader", {})
    return tag if any(tag.get(word) for word in ("grade", "solution", "locked", "task")) else {}


def _role(cell: NotebookNode) -> Role:
    tag = _tag(cell)
    if cell.cell_type != "code":
        return "prose"
    if tag.get("solution") or not tag:
        return "student"
    if not tag.get("grade"):
        return "locked"
    return "inside" if cell.metadata.get("lrcourse", {}).get("inside") is True else "tests"


def _prepare(
    source: NotebookNode, graded: NotebookNode, released: NotebookNode, cell_id: str, tests: str
) -> ExerciseCell:
    tag = _tag(graded)
    answer = bool(tag.get("solution"))
    metadata = _plain(graded.metadata)
    if not tag:
        metadata.get("nbgrader", {}).pop("grade_id", None)  # as nbgrader does
    return ExerciseCell(
        id=cell_id,
        grade_id=tag.get("grade_id"),
        kind=graded.cell_type,
        role=_role(graded),
        source=released.source if answer else graded.source,
        released=released.source,
        answer=answer,
        points=tag.get("points"),
        defines=_names(source.source, released.source, tests) if answer else frozenset(),
        metadata=metadata,
        attachments=None if answer else _plain(graded.get("attachments")),
    )


def _names(solution: str, released: str, tests: str) -> frozenset[str]:
    """Say what a cell defines when it holds an answer: what the tests ask for, if they ask."""
    names = defined(released) or defined(solution) or bound(solution)
    asked = {name for name in names if re.search(rf"\b{re.escape(name)}\b", tests)}
    return frozenset(asked) if asked else defined(released)


def _node(cell: ExerciseCell, answer: SubmittedCell | None) -> dict[str, Any]:
    source = cell.source if answer is None else answer.source
    node: dict[str, Any] = {
        "cell_type": cell.kind,
        "id": cell.id,
        "metadata": cell.metadata,
        "source": source,
    }
    if cell.kind == "code":
        node |= {"execution_count": None, "outputs": []}
    elif cell.attachments:
        node["attachments"] = cell.attachments
    elif answer is not None and answer.pictures:
        node["attachments"] = _attachments(answer)
    return node


def _added_node(cell: SubmittedCell, cell_id: str) -> dict[str, Any]:
    node: dict[str, Any] = {
        "cell_type": cell.kind,
        "id": cell_id,
        "metadata": {},
        "source": cell.source,
    }
    if cell.kind == "code":
        node |= {"execution_count": None, "outputs": []}
    elif cell.pictures:
        node["attachments"] = _attachments(cell)
    return node


def _attachments(cell: SubmittedCell) -> dict[str, dict[str, str]]:
    attachments: dict[str, dict[str, str]] = {}
    for picture in cell.pictures:
        attachments.setdefault(picture.name, {})[picture.mime] = picture.data
    return attachments


def _limit(added: list[int], submitted: Submitted, notes: list[str]) -> list[int]:
    """Keep the first added cells; leave out raw ones, which a web page would show as they are."""
    kept: list[int] = []
    room = _LARGEST_ADDED
    for number in added:
        cell = submitted.cells[number]
        room -= len(cell.source) + sum(len(picture.data) for picture in cell.pictures)
        if len(kept) == _MOST_ADDED or room < 0:
            break
        if cell.kind != "raw":
            kept.append(number)
    if len(kept) < len(added):
        notes.append(f"{len(kept):,} of {len(added):,} added cells were kept")
    return kept
