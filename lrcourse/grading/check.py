"""What a learner's notebook gets in its visible tests, and what to do about the rest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import indent
from typing import Any, Literal

import nbformat
from nbformat import NotebookNode
from rich.console import Console
from rich.text import Text

from lrcourse.grading._explain import explain
from lrcourse.grading._kernel import Kernel, Result

Status = Literal["passed", "failed", "not started", "broken", "by hand"]

_MARKS: dict[Status, tuple[str, str]] = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "not started": ("·", "dim"),
    "broken": ("!", "yellow"),
    "by hand": ("✎", "cyan"),
}
_STUB = "raise NotImplementedError()"
_AFRESH = "Get the notebook afresh (download it again) and copy your answers into it."


@dataclass(frozen=True)
class Outcome:
    """What one question gets.

    Attributes
    ----------
    question : str
        Name of the function, or of the question in words.
    status : {'passed', 'failed', 'not started', 'broken', 'by hand'}
        ``broken``: the notebook lost a cell that the question needs, or its test was changed.
        ``by hand``: a person grades it.
    points, out_of : float
        Earned in the visible tests, and in all.
    message : str
        What is wrong and what to do; empty when there is nothing to say.
    claims : tuple of str
        Ids of the claims that the question is about.
    """

    question: str
    status: Status
    points: float
    out_of: float
    message: str = ""
    claims: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What a notebook gets in its visible tests.

    Attributes
    ----------
    notebook : Path
        The file that was checked.
    outcomes : tuple of Outcome
        One a question, in the notebook's order.
    """

    notebook: Path
    outcomes: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Whether every question with tests passes them."""
        return all(outcome.status in ("passed", "by hand") for outcome in self.outcomes)

    @property
    def points(self) -> float:
        """Points earned in the visible tests."""
        return sum(outcome.points for outcome in self.outcomes)

    @property
    def out_of(self) -> float:
        """Points of all questions that have tests."""
        return sum(outcome.out_of for outcome in self.outcomes if outcome.status != "by hand")

    @property
    def exit_code(self) -> int:
        """Return 0 when every test passes, else 1."""
        return 0 if self.passed else 1

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "notebook": str(self.notebook),
            "passed": self.passed,
            "points": self.points,
            "out_of": self.out_of,
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
        }

    def to_json(self) -> str:
        """Return the report as JSON text."""
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False)


def check(notebook: Path | str, *, time_limit: float = 10.0) -> Report:
    """Run a learner's notebook from top to bottom in a fresh kernel and judge each question.

    The file is only read. A cell that fails or hangs costs its own question and no other.

    Parameters
    ----------
    notebook : path-like
        A released assignment with a learner's answers.
    time_limit : float
        Seconds that each cell may take.

    Returns
    -------
    Report

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    ValueError
        When the file is not a notebook or has no questions, or `time_limit` is not above 0.
    """
    path = Path(notebook)
    if not time_limit > 0:
        raise ValueError(f"time_limit must be above 0 seconds, got {time_limit!r}")
    cells, questions = _read(path)
    graded = {cell.metadata.nbgrader.grade_id: cell for cell in reversed(cells) if _tag(cell)}
    begun = any(
        not _untouched(graded[question["name"]])
        for question in questions
        if question["kind"] == "tests" and question["name"] in graded
    )
    results = _run(cells, path.resolve().parent, time_limit) if begun else {}
    return Report(
        path, tuple(_judge(question, graded, results, time_limit) for question in questions)
    )


def show(report: Report, console: Console | None = None) -> None:
    """Print `report` for a person.

    Parameters
    ----------
    report : Report
        What `check` gave.
    console : rich.console.Console, optional
        Where to print; standard output by default.
    """
    console = console or Console()
    console.print(Text(f"{report.notebook}\n", style="bold"), soft_wrap=True)
    width = max(len(outcome.question) for outcome in report.outcomes)
    for outcome in report.outcomes:
        mark, colour = _MARKS[outcome.status]
        line = Text(f"{mark} {outcome.question:{width}}  ", style=colour)
        if outcome.status == "by hand":
            line.append(f"{outcome.out_of:g} points, read by a person", style="default")
        else:
            line.append(f"{outcome.points:g} of {outcome.out_of:g} points", style="default")
            line.append(f"  {outcome.status}")
        console.print(line)
        if outcome.message:
            console.print(Text(indent(outcome.message, "    ") + "\n"), soft_wrap=True)
    console.print(
        f"\n{report.points:g} of {report.out_of:g} points in the tests that you can see. "
        "Grading adds tests that you cannot see, for special cases.",
        highlight=False,
    )


def _read(path: Path) -> tuple[list[NotebookNode], list[Mapping[str, Any]]]:
    """Give the cells of a notebook, and name, kind and points of its questions."""
    text = path.read_bytes()
    try:
        book: Any = nbformat
        notebook = book.reads(text.decode("utf-8"), as_version=4)
        cells = list(notebook.cells)
    except Exception as error:  # nbformat raises many kinds for a broken file
        raise ValueError(f"{path} is not a notebook that can be read ({error})") from error
    # A release lists its questions, so that a cell that is gone is missed.
    questions = notebook.metadata.get("lrcourse", {}).get("questions", [])
    if not questions:
        questions = [
            {
                "name": tag["grade_id"].removeprefix("test_"),
                "kind": "manual" if tag.get("solution") else "tests",
                "points": tag.get("points", 0),
            }
            for tag in map(_tag, cells)
            if tag.get("grade")
        ]
    if not questions:
        raise ValueError(f"{path} has no questions: it is not a released assignment")
    return cells, questions


def _run(cells: list[NotebookNode], folder: Path, time_limit: float) -> dict[int, Result]:
    """Run the code cells in order; give the result of each by the cell's identity."""
    results: dict[int, Result] = {}
    with Kernel(folder, time_limit) as kernel:
        for position, cell in enumerate(cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            if not kernel.alive:
                kernel.restart()
                for earlier in cells[:position]:
                    result = results.get(id(earlier))
                    if result and result.ok and not _tag(earlier).get("grade"):
                        kernel.run(earlier.source)
            results[id(cell)] = kernel.run(cell.source)
    return results


def _judge(
    question: Mapping[str, Any],
    graded: Mapping[str, NotebookNode],
    results: Mapping[int, Result],
    time_limit: float,
) -> Outcome:
    name, points = str(question["name"]), float(question["points"])
    answer, test = graded.get(name), graded.get(f"test_{name}")
    earned = 0.0
    status: Status = "broken"
    if answer is None:
        message = (
            f"The cell for the answer is missing (deleted, or pasted as a new one).\n{_AFRESH}"
        )
    elif question["kind"] == "manual":
        status, message = "by hand", "No answer yet." if _untouched(answer) else ""
    elif test is None:
        message = f"The cell with the tests is missing.\n{_AFRESH}"
    elif not _untouched(test):
        message = f"The cell with the tests was changed: it proves nothing now.\n{_AFRESH}"
    elif _untouched(answer):
        status, message = "not started", ""
    elif any(line.strip() == _STUB for line in answer.source.splitlines()):
        status = "failed"
        message = f"The line `{_STUB}` is still in the cell: delete it when your code is in place."
    else:
        runs = [results[id(cell)] for cell in (answer, test) if id(cell) in results]
        failed = next((run for run in runs if not run.ok), None)
        if failed:
            status, message = "failed", explain(failed, time_limit)
        else:
            warning = re.sub(r"\S*ipykernel_\S*?:(\d+):", r"line \1:", runs[-1].stderr).strip()
            status, earned = "passed", points
            message = f"It passes, but Python warns:\n{warning}" if warning else ""
    return Outcome(name, status, earned, points, message, tuple(question.get("claims", ())))


def _tag(cell: NotebookNode) -> dict[str, Any]:
    tag = cell.metadata.get("nbgrader", {})
    return tag if isinstance(tag, dict) and "grade_id" in tag else {}


def _untouched(cell: NotebookNode) -> bool:
    """Whether a cell is as it was released, by nbgrader's checksum."""
    tag = _tag(cell)
    grade, solution = tag.get("grade", False), tag.get("solution", False)
    locked = not solution and (grade or tag.get("locked", False))
    facts = [cell.source, cell.cell_type, grade, solution, locked, tag.get("grade_id")]
    if grade:
        facts.append(float(tag.get("points", 0)))
    digest = hashlib.md5("".join(map(str, facts)).encode(), usedforsecurity=False)
    return bool(tag.get("checksum") == digest.hexdigest())
