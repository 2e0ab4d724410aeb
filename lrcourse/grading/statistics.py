"""How hard the questions were, and where people went wrong."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lrcourse.grading.course import Course
from lrcourse.grading.grade import read_records

_COMMON = 3  # failures that are named of each question


@dataclass(frozen=True)
class Question:
    """What became of a question.

    Attributes
    ----------
    name : str
    claims : tuple of str
        That it is about.
    out_of : float
    graded, started : int
        Answers that needed no person, and those among them that were begun.
    full : float
        Share of the graded answers with all points.
    mean : float
        Mean share of the points.
    discrimination : float
        Correlation of the share with the points of the other questions; nan where either is the
        same for all. A question that the strong fail and the weak pass has a negative one.
    failures : tuple of (str, int)
        The commonest messages, by their telling line, with how many got them.
    """

    name: str
    claims: tuple[str, ...]
    out_of: float
    graded: int
    started: int
    full: float
    mean: float
    discrimination: float
    failures: tuple[tuple[str, int], ...]


def statistics(folder: Path | str, assignment: str) -> list[Question]:
    """Sum up what was graded of an assignment.

    Parameters
    ----------
    folder : path-like
        Of the course.
    assignment : str

    Returns
    -------
    list of Question
        In the order of the notebooks; questions in words that wait for a person are left out.

    Raises
    ------
    FileNotFoundError
        When `folder` is no course.
    ValueError
        When there is no such assignment, or nothing of it is graded.
    """
    course = Course.open(folder)
    claims = {
        (name, question["name"]): tuple(question.get("claims", ()))
        for name, notebook in course.sources(assignment).items()
        for question in notebook.metadata.get("lrcourse", {}).get("questions", ())
    }
    records = read_records(course, assignment)
    if not records:
        raise ValueError(f"nothing of {assignment!r} is graded in {course.root}")
    cells: dict[tuple[str, str], dict[str, dict[str, Any]]] = defaultdict(dict)
    for record in records:
        for notebook in record.notebooks:
            for cell in notebook["cells"]:
                if cell["points"] is not None and cell["status"] != "refused":
                    cells[notebook["name"], cell["question"]][record.student] = cell
    totals = {record.student: record.points for record in records}
    return [
        _sum_up(question, claims.get((notebook, question), ()), answers, totals)
        for (notebook, question), answers in cells.items()
    ]


def main(
    folder: Path | str,
    assignment: str,
    *,
    as_json: bool = False,
    console: Console | None = None,
) -> int:
    """Print the statistics of an assignment.

    Parameters
    ----------
    folder, assignment
        As `statistics` takes them.
    as_json : bool
        Print JSON.
    console : rich.console.Console, optional
        Where to print; standard output by default.

    Returns
    -------
    int
        0.
    """
    console = console or Console()
    found = statistics(folder, assignment)
    claims = by_claim(found)
    if as_json:
        facts = {"questions": [asdict(one) for one in found], "claims": claims}
        text = json.dumps(_without_nan(facts), indent=1, ensure_ascii=False)
        console.print(text, markup=False, highlight=False, soft_wrap=True)
        return 0
    table = Table("Question", "Graded", "Begun", "Full", "Mean", "Discr.", "Commonest failures")
    for one in found:
        apart = "" if math.isnan(one.discrimination) else f"{one.discrimination:.2f}"
        shares = (f"{one.full:.0%}", f"{one.mean:.0%}", apart)
        failures = Text("\n".join(f"{count} × {text}" for text, count in one.failures))
        table.add_row(one.name, str(one.graded), str(one.started), *shares, failures)
    console.print(table)
    if claims:
        told = ", ".join(f"{claim} {share:.0%}" for claim, share in claims.items())
        console.print(f"Mean share of the points by claim: {told}", highlight=False)
    return 0


def by_claim(questions: Iterable[Question]) -> dict[str, float]:
    """Give the mean share of the points in the questions about each claim.

    Parameters
    ----------
    questions : iterable of Question

    Returns
    -------
    dict of str to float

    Examples
    --------
    >>> facts = {"out_of": 1, "graded": 2, "started": 2, "full": 0.5, "discrimination": 0.1}
    >>> easy = Question("a", ("C1",), mean=0.9, failures=(), **facts)
    >>> hard = Question("b", ("C1", "C2"), mean=0.5, failures=(), **facts)
    >>> by_claim([easy, hard])
    {'C1': 0.7, 'C2': 0.5}
    """
    shares = defaultdict(list)
    for question in questions:
        for claim in question.claims:
            shares[claim].append(question.mean)
    return {claim: float(np.mean(some)) for claim, some in shares.items()}


def _sum_up(
    question: str,
    claims: tuple[str, ...],
    answers: dict[str, dict[str, Any]],
    totals: dict[str, float],
) -> Question:
    cells = list(answers.values())
    points = np.array([cell["points"] for cell in cells], dtype=float)
    share = points / cells[0]["out_of"]
    others = np.array([totals[student] for student in answers]) - points
    messages = Counter(_telling(cell["message"]) for cell in cells if cell["status"] == "failed")
    return Question(
        question,
        claims,
        cells[0]["out_of"],
        len(cells),
        sum(cell["status"] != "not started" for cell in cells),
        float(np.mean(share == 1)),
        float(np.mean(share)),
        _correlation(share, others),
        tuple(messages.most_common(_COMMON)),
    )


def _correlation(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> float:
    if len(a) < 3 or a.std() == 0 or b.std() == 0:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])


def _telling(message: str) -> str:
    """Give the line that names the mistake; else the first."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    named = [line for line in lines if line.lower().startswith("likely mistake")]
    line = (named or lines or ["no message"])[0]
    return line[len("likely mistake") :].strip()[:100] if named else line[:100]


def _without_nan(value: Any) -> Any:
    """JSON has no nan."""
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value
