"""The tests of an assignment put to the test: by right answers, by wrong ones, by none at all.

Every answer in ``answers/`` beside an assignment's text goes through the grader, in the notebook
that learners get. A right one must earn all points of its question, a wrong one and the untouched
stub must earn none.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lrcourse.grading.answers import fill_in, read_answers
from lrcourse.grading.course import CONFIG, Course
from lrcourse.grading.grade import grade

REFERENCE, UNTOUCHED = "reference", "untouched"
_nbformat: Any = nbformat  # its functions have no types


@dataclass(frozen=True)
class Tried:
    """What the tests of a question give to an answer.

    Attributes
    ----------
    assignment, question : str
    answer : str
        Name of the answer: ``right_…``, ``wrong_…``, ``reference`` (the assignment's own solution)
        or ``untouched`` (the stub).
    points : tuple of float
        One each time that it was graded.
    out_of : float
    message : str
        What the learner is told.
    """

    assignment: str
    question: str
    answer: str
    points: tuple[float, ...]
    out_of: float
    message: str = ""

    @property
    def deserves(self) -> float:
        """Points that the answer should get."""
        right = self.answer == REFERENCE or self.answer.startswith("right_")
        return self.out_of if right else 0.0

    @property
    def is_fair(self) -> bool:
        """Whether it got them, each time.

        Examples
        --------
        >>> Tried("a", "mean", "wrong_sign", (0.0,), 2).is_fair
        True
        >>> Tried("a", "mean", "right_loop", (2.0, 0.0), 2).is_fair
        False
        """
        return set(self.points) == {self.deserves}


@dataclass(frozen=True)
class Bench:
    """What came of all answers to an assignment.

    Attributes
    ----------
    assignment : str
    tried : tuple of Tried
        By question and answer.
    seconds : float
        That grading the reference took; nan where it was left out.
    """

    assignment: str
    tried: tuple[Tried, ...]
    seconds: float


def try_answers(
    folder: Path | str,
    assignment: str,
    *,
    repeat: int = 1,
    only: Collection[str] = (),
    jobs: int | None = None,
    sandbox: str = "auto",
) -> Bench:
    """Grade every answer to the questions of an assignment.

    The k-th submission holds the k-th answer to each question, so there are as many as the question
    with most answers has. The work is done in a temporary folder; the course stays as it is.

    Parameters
    ----------
    folder : path-like
        Of the course.
    assignment : str
        It must be released: what learners get is what is filled in.
    repeat : int
        How often to grade each submission.
    only : collection of str
        Submissions, such as ``reference`` and ``wrong-00``; all when empty.
    jobs, sandbox
        As `lrcourse.grading.grade.grade` takes them.

    Returns
    -------
    Bench

    Raises
    ------
    ValueError
        When there is no such assignment, it is not released, or `repeat` is below 1.
    FileNotFoundError
        When `folder` is no course, or there are no answers beside the assignment.
    """
    if repeat < 1:
        raise ValueError(f"repeat must be at least 1, got {repeat!r}")
    course = Course.open(folder)
    sources = course.sources(assignment)
    released = _released(course, assignment, sources)
    every = _submissions(course.source_folder / assignment / "answers", sources)
    submissions = {name: parts for name, parts in every if not only or name in only}
    with tempfile.TemporaryDirectory() as scratch:
        copy = _copy(course, assignment, Path(scratch).resolve())
        for name, (filled, _) in submissions.items():
            for turn in range(repeat):
                home = copy.submitted_folder / f"{name}-{turn}" / assignment
                home.mkdir(parents=True)
                for notebook, page in released.items():
                    mine = {q: text for q, text in filled.items() if q in _questions(page)}
                    _nbformat.write(fill_in(page, mine), home / f"{notebook}.ipynb")
        grades = grade(copy.root, assignment, jobs=jobs, sandbox=sandbox)
    records = {record.student: record for record in grades.records}
    tried = []
    for name, (_, answers) in submissions.items():
        turns = [records[f"{name}-{turn}"] for turn in range(repeat)]
        cells = [[c for n in record.notebooks for c in n["cells"]] for record in turns]
        for cell, *others in zip(*cells, strict=True):
            answer = answers.get(cell["question"])
            if answer is not None:
                points = tuple(float(each["points"]) for each in (cell, *others))
                facts = (assignment, cell["question"], answer, points, cell["out_of"])
                tried.append(Tried(*facts, cell["message"]))
    tried.sort(key=lambda one: (one.question, one.answer))
    reference = records.get(f"{REFERENCE}-0")
    return Bench(assignment, tuple(tried), reference.seconds if reference else math.nan)


def main(
    folder: Path | str,
    assignments: Sequence[str] = (),
    *,
    repeat: int = 1,
    jobs: int | None = None,
    each: bool = False,
    console: Console | None = None,
) -> int:
    """Grade the answers to assignments and print what their tests are worth.

    Parameters
    ----------
    folder : path-like
        Of the course.
    assignments : sequence of str
        All of them when empty.
    repeat, jobs
        As `try_answers` takes them.
    each : bool
        Print a line for each answer, with its points.
    console : rich.console.Console, optional
        Where to print; standard output by default.

    Returns
    -------
    int
        1 when an answer does not get what it deserves.
    """
    console = console or Console()
    course = Course.open(folder)
    benches = []
    for name in assignments or course.assignments():
        with console.status(name):
            benches.append(try_answers(folder, name, repeat=repeat, jobs=jobs))
    tried = [one for bench in benches for one in bench.tried]
    if each:
        console.print(_each(tried))
    console.print(_overview(benches))
    unfair = [one for one in tried if not one.is_fair]
    for one in unfair:
        points = " ".join(f"{p:g}" for p in sorted(set(one.points)))
        line = f"{one.assignment}, {one.question}: {one.answer} gets {points} of {one.out_of:g}"
        console.print(Text(line, style="red"))
    return 1 if unfair else 0


def _released(
    course: Course, assignment: str, sources: Mapping[str, NotebookNode]
) -> dict[str, NotebookNode]:
    home = course.release_folder / assignment
    missing = [name for name in sources if not (home / f"{name}.ipynb").is_file()]
    if missing:
        raise ValueError(f"{assignment}/{missing[0]} is not released: run `lrcourse release`")
    return {name: _nbformat.read(home / f"{name}.ipynb", as_version=4) for name in sources}


def _submissions(
    folder: Path, sources: Mapping[str, NotebookNode]
) -> Iterator[tuple[str, tuple[dict[str, str], dict[str, str]]]]:
    """Yield each submission: its name, what is filled in, and the answers' names by question."""
    reference = {
        question: cell.source
        for notebook in sources.values()
        for question, cell in _questions(notebook).items()
        if cell.cell_type == "code"
    }
    yield REFERENCE, (reference, dict.fromkeys(reference, REFERENCE))
    yield UNTOUCHED, ({}, dict.fromkeys(reference, UNTOUCHED))
    rows: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    for answer in read_answers(folder):
        kind = answer.name.partition("_")[0]
        rows[kind, seen[kind, answer.question]][answer.question] = answer
        seen[kind, answer.question] += 1
    for (kind, number), row in sorted(rows.items()):
        filled = {question: answer.source for question, answer in row.items()}
        names = {question: answer.name for question, answer in row.items()}
        yield f"{kind}-{number:02d}", (filled, names)


def _questions(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def _copy(course: Course, assignment: str, root: Path) -> Course:
    """Copy what grading one assignment takes to `root`."""
    shutil.copy(course.folder / CONFIG, root)
    for folder in (course.source_folder, course.release_folder):
        shutil.copytree(folder / assignment, root / folder.name / assignment)
    return Course.open(root)


def _each(tried: Sequence[Tried]) -> Table:
    table = Table("Assignment", "Question", "Answer", "Points", "Told")
    for one in tried:
        points = f"{max(one.points):g} of {one.out_of:g}"
        told = " / ".join(line.strip() for line in one.message.splitlines() if line.strip())
        table.add_row(one.assignment, one.question, one.answer, points, Text(told))
    return table


def _overview(benches: Sequence[Bench]) -> Table:
    table = Table(caption="Right answers with all points, wrong ones and stubs with none.")
    for heading in ("Assignment", "Question"):
        table.add_column(heading, overflow="fold")
    for heading in ("Right", "Wrong", "Stub", "Reference, s"):
        table.add_column(heading, no_wrap=True)
    totals = [0] * 6
    for bench in benches:
        for question in dict.fromkeys(one.question for one in bench.tried):
            mine = [one for one in bench.tried if one.question == question]
            counts = [
                count
                for group in (
                    [one.is_fair for one in mine if one.deserves],
                    [one.is_fair for one in mine if one.answer.startswith("wrong_")],
                    [one.is_fair for one in mine if one.answer == UNTOUCHED],
                )
                for count in (sum(group), len(group))
            ]
            totals = [a + b for a, b in zip(totals, counts, strict=True)]
            table.add_row(bench.assignment, question, *_shares(counts), f"{bench.seconds:.2f}")
    table.add_section()
    table.add_row("all", "", *_shares(totals), f"{sum(b.seconds for b in benches):.2f}")
    return table


def _shares(counts: Sequence[int]) -> list[str]:
    return [f"{fair} of {all_}" for fair, all_ in zip(counts[::2], counts[1::2], strict=True)]
