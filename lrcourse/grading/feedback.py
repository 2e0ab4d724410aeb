"""What a learner gets back: points, what is wrong and why, in one page for each notebook.

A page has nothing that a learner must not see: no test, no solution, no rubric. What the learner
wrote is shown so that nothing in it can run, and the page itself forbids scripts and requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment, PackageLoader, Template
from markupsafe import Markup
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from rich.console import Console

from lrcourse.grading.clean import clean_html, clean_markdown, clean_outputs
from lrcourse.grading.course import Course
from lrcourse.grading.grade import Record, read_records

_WORDS = {
    "passed": "passed",
    "partial": "partly passed",
    "failed": "not passed",
    "not started": "not started",
    "by hand": "a person reads this",
    "refused": "could not be read",
}
_nbformat: Any = nbformat  # its functions have no types


def feedback(folder: Path | str, assignment: str, *, students: str = "*") -> list[Path]:
    """Write a page for each graded notebook, in nbgrader's folder for feedback.

    Parameters
    ----------
    folder : path-like
        Of the course.
    assignment : str
    students : str
        Only ids that match this pattern.

    Returns
    -------
    list of Path
        The pages.

    Raises
    ------
    FileNotFoundError
        When `folder` is no course.
    ValueError
        When there is no such assignment, or nobody who matches was graded.
    """
    course = Course.open(folder)
    course.sources(assignment)
    chosen = set(course.students(assignment, students))
    records = [one for one in read_records(course, assignment) if one.student in chosen]
    if not records:
        raise ValueError(f"nobody who matches {students!r} is graded in {assignment!r}")
    pages = []
    with Gradebook(course.db_url, course.course_id) as gradebook:
        for record in records:
            target = course.feedback(record.student, assignment)
            target.mkdir(parents=True, exist_ok=True)
            for notebook in record.notebooks:
                path = target / f"{notebook['name']}.html"
                page = _page(course, gradebook, record, notebook)
                path.write_text(page, encoding="utf-8")
                pages.append(path)
    return pages


def main(
    folder: Path | str, assignment: str, *, students: str = "*", console: Console | None = None
) -> int:
    """Write the pages and say where they are.

    Parameters
    ----------
    folder, assignment, students
        As `feedback` takes them.
    console : rich.console.Console, optional
        Where to print; standard output by default.

    Returns
    -------
    int
        0.
    """
    console = console or Console()
    pages = feedback(folder, assignment, students=students)
    where = Course.open(folder).feedback_folder
    console.print(f"{len(pages)} pages in {where}", highlight=False, soft_wrap=True)
    return 0


def _page(course: Course, gradebook: Gradebook, record: Record, notebook: dict[str, Any]) -> str:
    entry = _entry(gradebook, record, notebook["name"])
    path = course.autograded(record.student, record.assignment) / f"{notebook['name']}.ipynb"
    cells = {_id(cell): cell for cell in _nbformat.read(path, as_version=4).cells}
    comments = {one.name: one for one in entry.comments} if entry else {}
    questions = [
        _question(cell, cells, _grade(entry, cell["id"]), comments) for cell in notebook["cells"]
    ]
    penalty = (entry.late_submission_penalty or 0) if entry else 0
    score = sum(question["number"] for question in questions) - penalty
    return _template().render(
        assignment=record.assignment,
        notebook=notebook["name"],
        student=record.student,
        score=f"{max(score, 0):g}",
        out_of=f"{sum(cell['out_of'] for cell in notebook['cells']):g}",
        penalty=f"{penalty:g}" if penalty else "",
        waiting=any(question["word"] == _WORDS["by hand"] for question in questions),
        reason=notebook["reason"],
        questions=questions,
    )


def _question(
    cell: Mapping[str, Any],
    cells: Mapping[str, NotebookNode],
    grade: Any,
    comments: Mapping[str, Any],
) -> dict[str, Any]:
    """Give what a page shows of a question."""
    points, word = cell["points"], _WORDS[cell["status"]]
    if grade is not None and grade.manual_score is not None:
        points, word = grade.manual_score, "read by a person"
    if grade is not None:
        points = (points or 0) + (grade.extra_credit or 0) if points is not None else None
    name = cell["question"]
    answer = None if cell["status"] == "not started" else cells.get(name)
    return {
        "name": name,
        "number": points or 0,
        "points": "?" if points is None else f"{points:g}",
        "out_of": f"{cell['out_of']:g}",
        "word": word,
        "look": _look(points, cell["out_of"]),
        "messages": [cell["message"]] if cell["message"] else [],
        "comments": list(_comments(comments, {name, cell["id"]})),
        "code": answer.source if answer is not None and answer.cell_type == "code" else "",
        "words": _words(answer),
        "outputs": list(_outputs(answer)) if answer is not None else [],
    }


def _look(points: float | None, out_of: float) -> str:
    if points is None or 0 < points < out_of:
        return "part"
    return "full" if points else "none"


def _comments(comments: Mapping[str, Any], names: Iterable[str]) -> Iterator[Markup]:
    """Yield what a person wrote; what the grader wrote stands in the messages already."""
    for name in sorted(names):
        given = comments.get(name)
        if given is not None and given.manual_comment:
            yield _markdown(given.manual_comment)


def _words(answer: NotebookNode | None) -> Markup | str:
    if answer is None or answer.cell_type == "code":
        return ""
    return _markdown(answer.source)


def _markdown(source: str) -> Markup:
    # Cleaned twice: as markdown, and again as the HTML that is made of it.
    return Markup(clean_html(markdown2html_mistune(clean_markdown(source))))


def _outputs(answer: NotebookNode) -> Iterator[Markup]:
    for output in clean_outputs(answer.get("outputs", [])):
        if output.output_type == "stream":
            yield Markup("<pre>{}</pre>").format(output.text)
        elif output.output_type == "error":
            yield Markup('<pre class="none">{}: {}</pre>').format(output.ename, output.evalue)
        else:
            yield _shown(output.data)


def _shown(data: Mapping[str, str]) -> Markup:
    """Show the richest form of a result."""
    for form in ("image/png", "image/jpeg"):
        if form in data:
            text = "".join(data[form].split())
            return Markup('<img alt="output" src="data:{};base64,{}">').format(form, text)
    if "text/html" in data:
        return Markup('<div class="page">{}</div>').format(Markup(data["text/html"]))
    return Markup("<pre>{}</pre>").format(data.get("text/plain", ""))


def _entry(gradebook: Gradebook, record: Record, notebook: str) -> Any:
    try:
        return gradebook.find_submission_notebook(notebook, record.assignment, record.student)
    except MissingEntry:
        return None


def _grade(entry: Any, name: str) -> Any:
    grades = entry.grades if entry else ()
    return next((grade for grade in grades if grade.name == name), None)


def _id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


@cache
def _template() -> Template:
    environment = Environment(loader=PackageLoader("lrcourse.grading", "."), autoescape=True)
    return environment.get_template("feedback.html.jinja")
