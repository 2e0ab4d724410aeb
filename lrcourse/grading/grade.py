"""Grade the submissions of an assignment: what strangers wrote, run apart from the tests.

The instructor's notebook decides what is run, in which order and for how many points; from a
submission come the sources of the answers, and nothing else. The results are in nbgrader's own
gradebook and folders, so that its tools go on from there.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from lrcourse.grading import _verdicts, intake
from lrcourse.grading._executors import Dask, Done, Executor, Job, Local, Setup
from lrcourse.grading._verdicts import Verdict
from lrcourse.grading.course import Course
from lrcourse.grading.gradebook import CellGrade, GradebookWriter, NotebookGrade
from lrcourse.grading.rebuild import Exercise, Rebuilt
from lrcourse.grading.sandbox import Cell, Limits, Protection, Ran, protection

RECORDS = ".grading"
_ALWAYS_WARM = ("numpy", "lrcourse.grading.expect")
_nbformat: Any = nbformat  # its functions have no types


@dataclass(frozen=True)
class Record:
    """What a submission got; it is kept in ``.grading/<assignment>/<student>.json``.

    Attributes
    ----------
    student, assignment : str
    digest : str
        Of all that the grades depend on: who has the same need not be graded again.
    seconds : float
    points, out_of : float
        Of what needs no person.
    state : {'graded', 'needs a human'}
    reasons : list of str
        Why a human is needed.
    notebooks : list of dict
        By notebook: ``name``, ``state`` (graded, refused, missing), ``reason``, ``notes`` and
        ``cells``, one `Verdict` for each question.
    """

    student: str
    assignment: str
    digest: str
    seconds: float
    points: float
    out_of: float
    state: str
    reasons: list[str]
    notebooks: list[dict[str, Any]]


@dataclass(frozen=True)
class Grades:
    """What a run has done.

    Attributes
    ----------
    assignment : str
    records : list of Record
        By student.
    fresh : int
        How many were graded now; the others had been before, and nothing has changed.
    refused : mapping of str to str
        Folders that are no submissions, with the reason.
    protection : Protection
    seconds : float
        Of the whole run.
    """

    assignment: str
    records: list[Record]
    fresh: int
    refused: Mapping[str, str]
    protection: Protection
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Give all of it as JSON can hold it."""
        return {
            "assignment": self.assignment,
            "sandbox": asdict(self.protection),
            "refused": dict(self.refused),
            "submissions": [asdict(record) for record in self.records],
        }


@dataclass
class _Submission:
    """One submission on its way."""

    student: str
    digest: str
    rebuilt: dict[str, Rebuilt] = field(default_factory=dict)
    notes: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)  # notebook and reason
    files: dict[str, bytes] = field(default_factory=dict)


def grade(
    folder: Path | str,
    assignment: str,
    *,
    students: str = "*",
    jobs: int | None = None,
    limits: Limits | None = None,
    sandbox: str = "auto",
    executor: str = "local",
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> Grades:
    """Grade what students handed in.

    A submission that was graded before is left as it is, unless it, the assignment or the limits
    have changed since: a run that was interrupted goes on where it was. What a person wrote into
    the gradebook stays.

    Parameters
    ----------
    folder : path-like
        Of the course: where ``nbgrader_config.py`` is.
    assignment : str
    students : str
        Only ids that match this pattern of ``*``, ``?`` and ``[…]``.
    jobs : int, optional
        Submissions at a time; the number of cores if left out.
    limits : Limits, optional
        What a notebook may use.
    sandbox : {'auto', 'bwrap', 'process'}
        Where students' code runs; ``auto`` is bubblewrap where it works.
    executor : str
        ``"local"``, or ``"dask://HOST:PORT"`` for the scheduler of a Dask cluster.
    watch : callable
        Is told, after each submission, how many are done and how many there are.

    Returns
    -------
    Grades

    Raises
    ------
    FileNotFoundError
        When `folder` is no course.
    ValueError
        When there is no such assignment, no student matches, or an argument is malformed.
    lrcourse.grading.sandbox.SandboxError
        When the sandbox that was asked for is not to be had.
    """
    began = time.monotonic()
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs must be at least 1, got {jobs!r}")
    limits = limits or Limits()
    found = protection(sandbox)
    course = Course.open(folder)
    sources = course.sources(assignment)
    exercises = {name: Exercise.from_source(name, source) for name, source in sources.items()}
    names = course.students(assignment, students)
    if not names:
        raise ValueError(
            f"nobody who matches {students!r} handed in {assignment!r} in {course.submitted_folder}"
        )
    files = {name: path.read_bytes() for name, path in course.data_files(assignment).items()}
    modules = set(_ALWAYS_WARM).union(*(exercise.modules for exercise in exercises.values()))
    setup = Setup(sandbox, tuple(sorted(modules)), limits, files)
    base = _digest([version("lrcourse"), repr(limits), *map(repr, sources.items()), *_flat(files)])
    store = _Store(course.root / RECORDS / assignment)
    run = _Run(course, assignment, exercises, setup=setup, base=base, store=store)
    done = {name for name in names if run.is_done(name)}
    with ExitStack() as opened:
        where = _executor(executor, setup, jobs)
        if len(done) < len(names):  # it imports while the gradebook is made
            opened.enter_context(where)
        book = opened.enter_context(GradebookWriter(course))
        book.register(assignment)
        if lost := done - book.submitted(assignment):  # of a gradebook that is there no more
            if len(done) == len(names):
                opened.enter_context(where)
            done -= lost
        coming = [name for name in names if name not in done]
        watch(len(done), len(names))
        graded = run.grade(coming, where, book) if coming else ()
        for number, _ in enumerate(graded, start=len(done) + 1):
            watch(number, len(names))
    records = [record for name in names if (record := store.read(name))]
    refused = course.refused(assignment)
    return Grades(assignment, records, len(coming), refused, found, time.monotonic() - began)


def write_csv(grades: Grades, path: Path | str) -> None:
    """Write a line for each question of each submission.

    Parameters
    ----------
    grades : Grades
    path : path-like
    """
    columns = ("student", "assignment", "notebook", "cell", "points", "out_of", "status", "reason")
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for record in grades.records:
            for notebook in record.notebooks:
                for cell in notebook["cells"]:
                    facts = (cell["id"], cell["points"], cell["out_of"], cell["status"])
                    row = (record.student, record.assignment, notebook["name"], *facts)
                    writer.writerow([*map(no_formula, row), no_formula(cell["reason"])])


def read_records(course: Course, assignment: str) -> list[Record]:
    """Read what was graded of an assignment.

    Parameters
    ----------
    course : Course
    assignment : str

    Returns
    -------
    list of Record
        By student; empty when nothing is graded.
    """
    store = _Store(course.root / RECORDS / assignment)
    found = (store.read(student) for student in course.students(assignment))
    return [record for record in found if record is not None]


class _Run:
    """What the submissions of one run have in common."""

    def __init__(
        self,
        course: Course,
        assignment: str,
        exercises: Mapping[str, Exercise],
        *,
        setup: Setup,
        base: str,
        store: _Store,
    ) -> None:
        self._course = course
        self._assignment = assignment
        self._exercises = exercises
        self._grade_ids = {name: exercise.grade_ids for name, exercise in exercises.items()}
        self._setup = setup
        self._base = base
        self._store = store

    def is_done(self, student: str) -> bool:
        """Whether a submission has its grades already."""
        record = self._store.read(student)
        return record is not None and record.digest == self._digest_of(student)

    def grade(
        self, students: Sequence[str], executor: Executor, book: GradebookWriter
    ) -> Iterator[Record]:
        """Grade submissions, one transaction each; yield what they get."""
        open_: dict[str, _Submission] = {}

        def jobs() -> Iterator[Job]:
            for student in students:
                submission = open_[student] = self._read(student)
                notebooks = {name: _cells(made) for name, made in submission.rebuilt.items()}
                yield Job(student, notebooks, submission.files)

        for job, done in executor.run(jobs()):
            yield self._save(open_.pop(job.student), done, book)

    def _digest_of(self, student: str) -> str:
        folder = self._course.submitted(student, self._assignment)
        return _digest([self._base, intake.fingerprint(folder)])

    def _read(self, student: str) -> _Submission:
        folder = self._course.submitted(student, self._assignment)
        submission = _Submission(student, self._digest_of(student))
        found = intake.find_notebooks(folder, list(self._exercises), self._grade_ids)
        for name, exercise in self._exercises.items():
            place = found[name]
            try:
                if isinstance(place, intake.Unreadable):
                    raise place
                submitted = intake.read_submission(place, name=name)
            except intake.Unreadable as error:
                submission.refused[name] = str(error)
                continue
            made = exercise.rebuild(submitted)
            submission.rebuilt[name] = made
            submission.notes[name] = [*submitted.notes, *made.notes]
        submission.files = dict(intake.extra_files(folder))
        return submission

    def _save(self, submission: _Submission, done: Done, book: GradebookWriter) -> Record:
        verdicts: dict[str, list[Verdict]] = {}
        grades: list[NotebookGrade] = []
        for name, exercise in self._exercises.items():
            made = submission.rebuilt.get(name)
            if made is None:
                reason = submission.refused[name]
                verdicts[name] = [
                    _verdicts.refused(cell.grade_id or cell.id, cell.points, reason)
                    for cell in exercise.cells
                    if cell.points is not None
                ]
                grades.append(NotebookGrade(name, None, reason=reason))
                continue
            ran = dict(zip(_code(made), done.notebooks[name], strict=True))
            verdicts[name] = list(_judge(made, ran, self._setup.limits.cell_seconds))
            filled = _filled(made.notebook, ran, verdicts[name])
            cells = {verdict.id: _grade(verdict) for verdict in verdicts[name]}
            grades.append(NotebookGrade(name, filled, cells))
        record = self._record(submission, verdicts, done.seconds)
        book.save(submission.student, self._assignment, grades)
        self._store.write(record)
        return record

    def _record(
        self, submission: _Submission, verdicts: Mapping[str, list[Verdict]], seconds: float
    ) -> Record:
        everything = [verdict for some in verdicts.values() for verdict in some]
        reasons = [f"{name}: {reason}" for name, reason in submission.refused.items()]
        by_hand = [verdict.question for verdict in everything if verdict.status == "by hand"]
        if by_hand:
            reasons.append(f"answers in words: {', '.join(by_hand)}")
        return Record(
            student=submission.student,
            assignment=self._assignment,
            digest=submission.digest,
            seconds=round(seconds, 3),
            points=sum(verdict.points or 0 for verdict in everything),
            out_of=sum(v.out_of for v in everything if v.status != "by hand"),
            state="needs a human" if reasons else "graded",
            reasons=reasons,
            notebooks=[
                {
                    "name": name,
                    "state": "refused" if name in submission.refused else "graded",
                    "reason": submission.refused.get(name, ""),
                    "notes": submission.notes.get(name, []),
                    "cells": [asdict(verdict) for verdict in some],
                }
                for name, some in verdicts.items()
            ],
        )


class _Store:
    """The records of an assignment: a file each, whole or not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, student: str) -> Record | None:
        """Give a record; None where there is none that can be read."""
        try:
            return Record(**json.loads(self._path(student).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, record: Record) -> None:
        """Keep a record; a crash leaves the old one or the new one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(record.student)
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text(json.dumps(asdict(record), ensure_ascii=False), encoding="utf-8")
        fresh.replace(path)

    def _path(self, student: str) -> Path:
        return self._folder / f"{student}.json"


def _executor(name: str, setup: Setup, jobs: int | None) -> Executor:
    if name == "local":
        return Local(setup, jobs or len(os.sched_getaffinity(0)))
    scheme, _, address = name.partition("://")
    if scheme != "dask" or not address:
        raise ValueError(f"executor must be local or dask://HOST:PORT, got {name!r}")
    return Dask(setup, f"tcp://{address}")


def _code(made: Rebuilt) -> list[int]:
    """Give the numbers of the cells that run."""
    cells = enumerate(zip(made.notebook.cells, made.roles, strict=True))
    return [
        number
        for number, (cell, role) in cells
        if role != "prose" and cell.cell_type == "code" and cell.source.strip()
    ]


def _cells(made: Rebuilt) -> tuple[Cell, ...]:
    cells = made.notebook.cells
    return tuple(
        Cell(_id(cells[number]), made.roles[number], cells[number].source)  # type: ignore[arg-type]
        for number in _code(made)
    )


def _judge(made: Rebuilt, ran: Mapping[int, Ran], seconds: float) -> Iterator[Verdict]:
    """Give a verdict on each question, in the notebook's order."""
    answers: dict[str, Ran] = {}
    for number, (cell, role) in enumerate(zip(made.notebook.cells, made.roles, strict=True)):
        facts = cell.metadata.get("nbgrader", {})
        name = _id(cell)
        if facts.get("solution") and number in ran:
            answers[name] = ran[number]
        if not facts.get("grade") and not facts.get("task"):
            continue
        points = float(facts.get("points", 0))
        if role in ("tests", "inside"):
            question = name.removeprefix("test_")
            yield _verdicts.of_tests(
                name,
                points,
                ran.get(number, Ran("ok")),
                answers.get(question),
                untouched=question in made.untouched,
                seconds=seconds,
            )
        else:
            yield _verdicts.of_words(name, points, untouched=name in made.untouched)


def _grade(verdict: Verdict) -> CellGrade:
    return CellGrade(verdict.points)


def _filled(
    notebook: NotebookNode, ran: Mapping[int, Ran], verdicts: Sequence[Verdict]
) -> NotebookNode:
    """Put outputs into a rebuilt notebook; a test's is the reason why it fails."""
    reasons = {verdict.id: verdict for verdict in verdicts}
    for number, result in ran.items():
        cell = notebook.cells[number]
        outputs = [dict(output) for output in result.outputs]
        verdict = reasons.get(_id(cell))
        failure = result.failure
        if failure and not any(output["output_type"] == "error" for output in outputs):
            text = verdict.reason if verdict else f"{failure.kind}: {failure.message}"
            error = {"ename": failure.kind, "evalue": failure.message, "traceback": [text]}
            outputs.append({"output_type": "error", **error})
        cell.outputs = [_nbformat.from_dict(output) for output in outputs]
        cell.execution_count = None
    return notebook


def _id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id") or cell.id)


def no_formula(value: object) -> object:
    """Keep a spreadsheet from reading a text as a formula.

    Parameters
    ----------
    value : object

    Returns
    -------
    object
        `value`, behind an apostrophe if it is a text that could be a formula.

    Examples
    --------
    >>> no_formula("=1+1"), no_formula("-"), no_formula(-1)
    ("'=1+1", '-', -1)
    """
    if isinstance(value, str) and value[1:] and value[0] in "=+-@\t\r":
        return f"'{value}"
    return value


def _flat(files: Mapping[str, bytes]) -> Iterator[str | bytes]:
    for name, content in sorted(files.items()):
        yield from (name, content)


def _digest(parts: Iterable[str | bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
        digest.update(len(raw).to_bytes(8, "little"))
        digest.update(raw)
    return digest.hexdigest()
