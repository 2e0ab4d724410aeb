"""The one writer of a course's gradebook and of its graded notebooks.

nbgrader's own tools read what is written: formgrader, ``nbgrader export``, ``nbgrader
generate_feedback``. The difference to ``nbgrader autograde`` is that a submission is one
transaction, that a person's review of unchanged work stands, that what could not be graded waits
for a person, and that nothing a student wrote runs in a page.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, SaveCells
from nbgrader.utils import (
    capture_log,
    compute_checksum,
    is_grade,
    is_locked,
    is_solution,
    is_task,
)
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, load_only

from lrcourse.grading.clean import clean_markdown, clean_notebook
from lrcourse.grading.course import Course, check_student, folder_on_path, own_tools_on_path
from lrcourse.grading.notebooks import write_notebook

_PATIENCE = 60  # seconds to wait while formgrader writes
_NOTHING = "No response."  # nbgrader's words
_MISSING = "No such notebook was handed in."
_nbformat: Any = nbformat  # its functions have no types


class GradebookError(RuntimeError):
    """The gradebook can't take the assignment; the message says why."""


@dataclass(frozen=True)
class CellGrade:
    """What a graded cell gets.

    Attributes
    ----------
    score : float or None
        Points; None when a person must give them.
    by_hand : bool
        Whether a person must look even so.
    comment : str
        For the student, in markdown; stands with the answer that the cell tests.
    """

    score: float | None
    by_hand: bool = False
    comment: str = ""


@dataclass(frozen=True)
class NotebookGrade:
    """What a notebook of a submission gets.

    Attributes
    ----------
    name : str
        Of the instructor's notebook, without suffix.
    notebook : NotebookNode or None
        The notebook that was run, with its outputs; None when the file was refused.
    cells : mapping of str to CellGrade
        By grade id: one for every cell with points, when there is a notebook.
    reason : str
        Why there is no notebook.
    """

    name: str
    notebook: NotebookNode | None
    cells: Mapping[str, CellGrade] = field(default_factory=dict)
    reason: str = ""


class GradebookWriter:
    """Write grades into the gradebook of a course; use it in a ``with`` statement.

    The gradebook is made when there is none. Only one writer may be at work on a course.

    Parameters
    ----------
    course : Course

    Raises
    ------
    GradebookError
        When the database can't be opened.
    """

    def __init__(self, course: Course) -> None:
        self._course = course
        self._registered: dict[str, _Assignment] = {}

    def __enter__(self) -> GradebookWriter:
        url = self._course.db_url
        local = url.startswith("sqlite")
        self._engine = create_engine(url, connect_args={"timeout": _PATIENCE} if local else {})
        try:
            with own_tools_on_path(), Gradebook(url, self._course.course_id):
                pass
        except OperationalError as error:
            self._engine.dispose()
            raise _unusable(url, error) from error
        with folder_on_path(self._course.folder):
            rule = AssignLatePenalties(config=self._course.config)
            rule.init_plugin()
        self._late_rule: Any = rule.plugin_inst
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._engine.dispose()

    def register(self, assignment: str) -> None:
        """Bring the gradebook in step with the source of an assignment.

        What is stored is what ``nbgrader generate_assignment`` would store. Grades stay; where the
        points of a cell changed that a person had graded, the person is asked to look again.

        Parameters
        ----------
        assignment : str

        Raises
        ------
        ValueError
            When there is no such assignment, or its source can't be read.
        GradebookError
            When nbgrader refuses the source, or cells are gone for which there are grades.
        """
        if assignment in self._registered:
            return
        drafts = _draft(self._course, assignment)
        try:
            with Gradebook(self._course.db_url, self._course.course_id) as book:
                _store(book, self._course, assignment, drafts)
            with Session(self._engine) as session:
                self._registered[assignment] = _load(session, assignment, drafts)
        except OperationalError as error:
            raise _unusable(self._course.db_url, error) from error

    def save(self, student: str, assignment: str, results: Sequence[NotebookGrade]) -> None:
        """Store the grades of one submission, in one transaction, and its graded notebooks.

        A score, extra credit or comment that a person gave stays. A notebook that is missing or
        was refused gets 0 and waits for a person, with the released notebook in its place so that
        formgrader can show it.

        Parameters
        ----------
        student, assignment : str
        results : sequence of NotebookGrade
            One for each notebook; one that is left out counts as missing.

        Raises
        ------
        ValueError
            When a notebook or a cell is unknown, or a cell with points has no grade.
        FileNotFoundError
            When the student handed in nothing.
        """
        check_student(student)
        self.register(assignment)
        known = self._registered[assignment]
        moment = self._course.timestamp(student, assignment)
        folder = self._course.autograded(student, assignment)
        graded = _complete(known, results)
        pages = {name: known.notebooks[name].page(grade) for name, grade in graded.items()}
        changed = {
            name: _answers_before(folder / f"{name}.ipynb") != _answers(page)
            for name, page in pages.items()
        }
        with Session(self._engine) as session, session.begin():
            submission = _submission(session, known, student)
            if moment:
                submission.timestamp = moment
            late = _seconds_late(submission, known.duedate)
            for name, row in _notebook_rows(session, known, submission).items():
                notebook = known.notebooks[name]
                score = _save_grades(session, row, notebook, graded[name], changed[name])
                _save_comments(session, row, notebook, pages[name], graded[name])
                row.late_submission_penalty = self._penalty(student, score, late)
        # Notebooks after grades: cut off between the two, a next run sees the old notebook and
        # knows that the answers changed.
        mode = 0o664 if self._course.directory.groupshared else 0o644
        for name, page in pages.items():
            _write(folder / f"{name}.ipynb", write_notebook(page), mode)
        if moment:
            _write(folder / "timestamp.txt", f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC\n", mode)
        else:
            (folder / "timestamp.txt").unlink(missing_ok=True)

    def submitted(self, assignment: str) -> set[str]:
        """Give the students of whom the gradebook has a submission.

        Parameters
        ----------
        assignment : str

        Returns
        -------
        set of str
        """
        wanted = select(SubmittedAssignment.student_id).join(Assignment)
        with Session(self._engine) as session:
            return set(session.scalars(wanted.where(Assignment.name == assignment)))

    def integrity(self) -> list[str]:
        """Let SQLite check its file.

        Returns
        -------
        list of str
            What is wrong; empty when all is well, and for another database.
        """
        if self._engine.dialect.name != "sqlite":
            return []
        with self._engine.connect() as connection:
            found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check"))]
        return [] if found == ["ok"] else found

    def _penalty(self, student: str, score: float, late: float) -> float | None:
        if late <= 0:
            return None
        with folder_on_path(self._course.folder):
            penalty = self._late_rule.late_submission_penalty(student, score, late)
        return None if penalty is None else min(max(penalty, 0.0), score)


@dataclass(frozen=True)
class _Draft:
    """A source notebook on its way through nbgrader's release."""

    registered: NotebookNode  # without solutions, with hidden tests: what the gradebook knows
    released: NotebookNode


@dataclass(frozen=True)
class _Notebook:
    """A notebook of an assignment in the gradebook; cells by grade id."""

    id: str
    grade_cells: dict[str, str]  # id of the row
    comment_cells: dict[str, str]
    tasks: frozenset[str]
    checksums: dict[str, str]
    words: frozenset[str]  # what the instructor wrote
    released: NotebookNode

    def page(self, grade: NotebookGrade) -> NotebookNode:
        """Give the notebook to write: what was run, or the release with the reason."""
        if grade.notebook is None:
            page = deepcopy(self.released)
            note = clean_markdown(f"**This notebook was not graded.** {grade.reason}")
            page.cells.insert(0, _nbformat.v4.new_markdown_cell(note, id="not-graded"))
            if (page.nbformat, page.nbformat_minor) < (4, 5):
                del page.cells[0]["id"]
        else:
            page = clean_notebook(grade.notebook, self.words)
        for cell in page.cells:
            if _id(cell) in self.checksums:
                cell.metadata.nbgrader["checksum"] = self.checksums[_id(cell)]
        return page


@dataclass(frozen=True)
class _Assignment:
    id: str
    duedate: Any
    notebooks: dict[str, _Notebook]


def _draft(course: Course, assignment: str) -> dict[str, _Draft]:
    """Let nbgrader release an assignment into a folder of its own, and look on."""
    sources = course.sources(assignment)
    registered: dict[str, NotebookNode] = {}

    def look(notebook: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        registered[resources["nbgrader"]["notebook"]] = deepcopy(notebook)
        return notebook, resources

    with tempfile.TemporaryDirectory() as scratch:
        folders = CourseDirectory(config=course.config, root=str(course.root))
        folders.assignment_id, folders.ignore = assignment, ["*"]
        folders.release_directory = str(Path(scratch, "release").resolve())
        home = Path(folders.format_path(folders.source_directory, ".", assignment))
        if not all((home / f"{name}.ipynb").is_file() for name in sources):
            folders.source_directory = str(Path(scratch, "source").resolve())
            home = Path(folders.format_path(folders.source_directory, ".", assignment))
            home.mkdir(parents=True)
            for name, notebook in sources.items():
                (home / f"{name}.ipynb").write_text(write_notebook(notebook), encoding="utf-8")
        converter = GenerateAssignment(coursedir=folders, config=course.config)
        converter.no_database = True
        converter.preprocessors = [
            look if str(step).strip("'<>").endswith("SaveCells") else step
            for step in converter.preprocessors
        ]
        outcome = capture_log(converter)
        if not outcome["success"]:
            raise GradebookError(f"nbgrader refused {assignment}:\n{outcome.get('log', '')}")
        target = Path(folders.format_path(folders.release_directory, ".", assignment))
        return {
            name: _Draft(registered[name], _nbformat.read(target / f"{name}.ipynb", as_version=4))
            for name in sources
        }


def _store(book: Gradebook, course: Course, assignment: str, drafts: Mapping[str, _Draft]) -> None:
    """Write the cells of an assignment through nbgrader, where the gradebook differs."""
    entry = book.update_or_create_assignment(assignment)
    stored = {notebook.name: notebook for notebook in entry.notebooks}
    for name in sorted(set(stored) - set(drafts)):
        if entry.submissions:
            raise GradebookError(
                f"{assignment}/{name} has grades but no source any more; there are {sorted(drafts)}"
            )
        book.remove_notebook(name, assignment)
    for name, draft in drafts.items():
        wanted = _cells(draft.registered)
        present = _stored_cells(stored[name]) if name in stored else {}
        if wanted == present:
            continue
        if name in stored and stored[name].submissions:
            gone = sorted({cell for _, cell in set(present) - set(wanted)})
            if gone:
                raise GradebookError(
                    f"{assignment}/{name} has grades for cells that are gone from its source: "
                    f"{gone}; put them back, or take the submissions out of the gradebook"
                )
            # nbgrader's SaveCells changes cells that have grades, and refuses to add any.
            for kind, cell in set(wanted) - set(present):
                add = getattr(book, f"add_{kind}_cell")
                add(cell, name, assignment, **wanted[kind, cell])
            _ask_again(book, stored[name], wanted)
        place = {"assignment": assignment, "notebook": name, "db_url": course.db_url}
        book.db.remove()  # SaveCells opens the database itself
        SaveCells(config=course.config).preprocess(deepcopy(draft.registered), {"nbgrader": place})
        stored = {
            notebook.name: notebook for notebook in book.find_assignment(assignment).notebooks
        }


def _ask_again(
    book: Gradebook, stored: Notebook, wanted: Mapping[tuple[str, str], Mapping[str, Any]]
) -> None:
    """Mark what a person graded out of other points than the cell has now."""
    for cell in [*stored.grade_cells, *stored.task_cells]:
        kind = "grade" if cell in stored.grade_cells else "task"
        if wanted[kind, cell.name]["max_score"] != cell.max_score:
            graded = (Grade.cell_id == cell.id) & Grade.manual_score.is_not(None)
            book.db.execute(update(Grade).where(graded).values(needs_manual_grade=True))
    book.db.commit()


def _cells(notebook: NotebookNode) -> dict[tuple[str, str], dict[str, Any]]:
    """Give what nbgrader's SaveCells stores about a notebook, by kind and grade id."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for cell in notebook.cells:
        name, kind = _id(cell), cell.cell_type
        if is_grade(cell):
            points = float(cell.metadata.nbgrader["points"])
            found["grade", name] = {"max_score": points, "cell_type": kind}
        if is_solution(cell):
            found["solution", name] = {}
        if is_task(cell):
            points = float(cell.metadata.nbgrader["points"])
            found["task", name] = {"max_score": points, "cell_type": kind}
        if is_grade(cell) or is_solution(cell) or is_locked(cell) or is_task(cell):
            found["source", name] = {
                "cell_type": kind,
                "locked": is_locked(cell),
                "source": cell.source,
                "checksum": cell.metadata.nbgrader.get("checksum"),
            }
    return found


def _stored_cells(notebook: Notebook) -> dict[tuple[str, str], dict[str, Any]]:
    """Give the same of a notebook in the gradebook."""
    points = ("max_score", "cell_type")
    facts: dict[str, tuple[Any, tuple[str, ...]]] = {
        "grade": (notebook.grade_cells, points),
        "solution": (notebook.solution_cells, ()),
        "task": (notebook.task_cells, points),
        "source": (notebook.source_cells, ("cell_type", "locked", "source", "checksum")),
    }
    return {
        (kind, cell.name): {fact: getattr(cell, fact) for fact in names}
        for kind, (cells, names) in facts.items()
        for cell in cells
    }


def _load(session: Session, assignment: str, drafts: Mapping[str, _Draft]) -> _Assignment:
    entry = session.scalars(select(Assignment).where(Assignment.name == assignment)).one()
    notebooks = {}
    for row in entry.notebooks:
        draft = drafts[row.name]
        tasks = {cell.name: cell.id for cell in row.task_cells}
        notebooks[row.name] = _Notebook(
            id=row.id,
            grade_cells={cell.name: cell.id for cell in row.grade_cells} | tasks,
            comment_cells={cell.name: cell.id for cell in row.solution_cells} | tasks,
            tasks=frozenset(tasks),
            checksums={cell.name: cell.checksum for cell in row.source_cells},
            words=frozenset(
                cell.source
                for cell in [*draft.registered.cells, *draft.released.cells]
                if cell.cell_type != "code"
            ),
            released=draft.released,
        )
    return _Assignment(entry.id, entry.duedate, notebooks)


def _complete(known: _Assignment, results: Sequence[NotebookGrade]) -> dict[str, NotebookGrade]:
    """Check the results of a submission against the assignment; add the missing notebooks."""
    given = {grade.name: grade for grade in results}
    if len(given) < len(results) or not given.keys() <= known.notebooks.keys():
        names = [grade.name for grade in results]
        raise ValueError(f"one grade a notebook of {sorted(known.notebooks)}, got {names}")
    for name, grade in given.items():
        cells = known.notebooks[name].grade_cells.keys()
        needed = cells - known.notebooks[name].tasks if grade.notebook is not None else set()
        if not needed <= grade.cells.keys() <= cells:
            raise ValueError(f"{name}: grades for {sorted(cells)}, got {sorted(grade.cells)}")
    return {
        name: given.get(name, NotebookGrade(name, None, {}, _MISSING)) for name in known.notebooks
    }


def _submission(session: Session, known: _Assignment, student: str) -> SubmittedAssignment:
    submission = session.scalars(
        select(SubmittedAssignment).where(
            SubmittedAssignment.assignment_id == known.id,
            SubmittedAssignment.student_id == student,
        )
    ).one_or_none()
    if submission is None:
        if session.get(Student, student) is None:
            session.add(Student(id=student))
            session.flush()
        submission = SubmittedAssignment(id=new_uuid(), assignment_id=known.id, student_id=student)
        session.add(submission)
        session.flush()
    return submission


def _seconds_late(submission: SubmittedAssignment, duedate: Any) -> float:
    if submission.timestamp is None or duedate is None:
        return 0.0
    if submission.extension is not None:
        duedate = duedate + submission.extension
    return float((submission.timestamp - duedate).total_seconds())


def _notebook_rows(
    session: Session, known: _Assignment, submission: SubmittedAssignment
) -> dict[str, SubmittedNotebook]:
    """Give the row of every notebook of a submission; make those that are not there."""
    query = select(SubmittedNotebook).where(SubmittedNotebook.assignment_id == submission.id)
    present = {row.notebook_id: row for row in session.scalars(query)}
    rows = {}
    for name, notebook in known.notebooks.items():
        row = present.get(notebook.id)
        if row is None:
            row = SubmittedNotebook(
                id=new_uuid(), notebook_id=notebook.id, assignment_id=submission.id
            )
            session.add(row)
        rows[name] = row
    session.flush()
    return rows


def _save_grades(
    session: Session,
    row: SubmittedNotebook,
    notebook: _Notebook,
    given: NotebookGrade,
    changed: bool,
) -> float:
    """Store the grades of a notebook; give its score, by hand or not."""
    columns = (Grade.cell_id, Grade.auto_score, Grade.manual_score, Grade.extra_credit)
    query = select(Grade).where(Grade.notebook_id == row.id)
    stored = session.scalars(query.options(load_only(*columns, Grade.needs_manual_grade)))
    present = {grade.cell_id: grade for grade in stored}
    untouched = _untouched(notebook, given)
    total = 0.0
    for name, cell_id in notebook.grade_cells.items():
        cell = given.cells.get(name, CellGrade(None))
        if given.notebook is None:
            cell = CellGrade(0.0, by_hand=True)
        elif cell.score is None and name in untouched:
            cell = CellGrade(0.0)  # as in nbgrader: an empty answer needs no reader
        grade = present.get(cell_id)
        fresh = grade is None
        if grade is None:
            grade = Grade(id=new_uuid(), notebook_id=row.id, cell_id=cell_id)
            session.add(grade)
        # What a person has seen and settled stays settled while nothing changes.
        if fresh or changed or grade.auto_score != cell.score:
            grade.auto_score = cell.score
            grade.needs_manual_grade = (
                cell.by_hand or cell.score is None or grade.manual_score is not None
            )
        points = cell.score if grade.manual_score is None else grade.manual_score
        total += (points or 0.0) + (grade.extra_credit or 0.0)
    return total


def _save_comments(
    session: Session,
    row: SubmittedNotebook,
    notebook: _Notebook,
    page: NotebookNode,
    given: NotebookGrade,
) -> None:
    query = select(Comment).where(Comment.notebook_id == row.id)
    stored = session.scalars(query.options(load_only(Comment.cell_id, Comment.auto_comment)))
    present = {comment.cell_id: comment for comment in stored}
    untouched = _untouched(notebook, given)
    told = _comments(notebook, page, given)
    for name, cell_id in notebook.comment_cells.items():
        comment = present.get(cell_id)
        if comment is None:
            comment = Comment(id=new_uuid(), notebook_id=row.id, cell_id=cell_id)
            session.add(comment)
        comment.auto_comment = _NOTHING if name in untouched else told.get(name)


def _comments(notebook: _Notebook, page: NotebookNode, given: NotebookGrade) -> dict[str, str]:
    """Give the comment for each answer: nbgrader has no place for one at a test.

    The comment of a test goes to the answer of the same name (``test_mean`` to ``mean``), else to
    the answer above it.
    """
    told: dict[str, list[str]] = {}
    above = ""
    for name in map(_id, page.cells):
        if name in notebook.comment_cells:
            above = name
        comment = given.cells[name].comment if name in given.cells else ""
        namesake = name.removeprefix("test_")
        home = namesake if namesake in notebook.comment_cells else above
        if comment and home:
            told.setdefault(home, []).append(clean_markdown(comment))
    return {name: "\n\n".join(comments) for name, comments in told.items()}


def _untouched(notebook: _Notebook, given: NotebookGrade) -> set[str]:
    """Give the answers that are as they were released."""
    if given.notebook is None:
        return set()
    return {
        _id(cell)
        for cell in given.notebook.cells
        if is_solution(cell) and compute_checksum(cell) == notebook.checksums.get(_id(cell))
    }


def _answers(notebook: NotebookNode) -> list[tuple[str, str]]:
    """Give what a student can change in a graded notebook."""
    return [(cell.cell_type, cell.source) for cell in notebook.cells if not is_locked(cell)]


def _answers_before(path: Path) -> list[tuple[str, str]] | None:
    """Give the same of the notebook that was written last; None where there is none."""
    try:
        return _answers(_nbformat.reads(path.read_text(encoding="utf-8"), as_version=4))
    except Exception:  # a file that someone broke is as good as none
        return None


def _id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _write(path: Path, content: str, mode: int) -> None:
    """Write a file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # One name for each file: what a killed writer leaves is overwritten by the next.
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(content, encoding="utf-8")
    draft.chmod(mode)
    draft.replace(path)


def _unusable(url: str, error: OperationalError) -> GradebookError:
    return GradebookError(
        f"the gradebook {url} can't be used ({error.orig}); "
        "after an upgrade of nbgrader run `nbgrader db upgrade`"
    )
