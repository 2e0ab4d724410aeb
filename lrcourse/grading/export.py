"""Grades in the formats that learning management systems import, as nbgrader's export plug-ins.

They read the gradebook, so they have what a person gave and late penalties too. Each also works
through nbgrader itself: ``nbgrader export --exporter=lrcourse.grading.export.CanvasExporter``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, MissingEntry, Student
from nbgrader.plugins import ExportPlugin

from lrcourse.grading.course import Course
from lrcourse.grading.grade import no_formula


class TableExporter(ExportPlugin):  # type: ignore[misc]
    """One line for each person and assignment, for a spreadsheet.

    Columns: student, first_name, last_name, email, assignment, score, max_score, penalty, handed_in
    and needs_person (whether an answer still waits for one). Who handed in nothing has no score.
    """

    default = "grades.csv"

    def export(self, gradebook: Gradebook) -> None:
        """Write the file that ``to`` names.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook
        """
        path = Path(str(self.to) or self.default)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            for row in self.rows(gradebook):
                writer.writerow([no_formula(cell) for cell in row])

    def rows(self, gradebook: Gradebook) -> Iterator[list[Any]]:
        """Yield the lines of the file, the heading first.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook

        Yields
        ------
        list
        """
        yield [
            *("student", "first_name", "last_name", "email", "assignment", "score", "max_score"),
            *("penalty", "handed_in", "needs_person"),
        ]
        for student in self._students(gradebook):
            for assignment in self._assignments(gradebook):
                entry = _submission(gradebook, assignment, student)
                facts: list[Any] = ["", assignment.max_score, "", "", ""]
                if entry:
                    penalty = entry.late_submission_penalty or 0
                    facts = [
                        max(entry.score - penalty, 0),
                        assignment.max_score,
                        penalty,
                        entry.timestamp.isoformat() if entry.timestamp else "",
                        "yes" if entry.needs_manual_grade else "no",
                    ]
                names = [student.id, student.first_name, student.last_name, student.email]
                yield [*(name or "" for name in names), assignment.name, *facts]

    def _students(self, gradebook: Gradebook) -> list[Student]:
        wanted = {str(name) for name in self.student}
        return [one for one in gradebook.students if not wanted or one.id in wanted]

    def _assignments(self, gradebook: Gradebook) -> list[Assignment]:
        wanted = {str(name) for name in self.assignment}
        return [one for one in gradebook.assignments if not wanted or one.name in wanted]

    def _scores(self, gradebook: Gradebook, student: Student) -> list[Any]:
        """Give the score in each assignment, after penalties; nothing where nothing is there."""
        found = (_submission(gradebook, one, student) for one in self._assignments(gradebook))
        return [
            max(one.score - (one.late_submission_penalty or 0), 0) if one else "" for one in found
        ]


class CanvasExporter(TableExporter):
    """The CSV file that Canvas's gradebook imports.

    Canvas finds a person by ``ID`` (its own number, as in the names of downloaded files), or by
    ``SIS Login ID``; it wants ``Student`` and ``Section`` too, which may be empty. The second line
    has the points possible. An assignment named ``name (number)`` is the one of that number;
    another name makes a new assignment. An empty score changes nothing.
    """

    default = "canvas.csv"

    def rows(self, gradebook: Gradebook) -> Iterator[list[Any]]:
        """Yield the lines of the file, the heading first.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook

        Yields
        ------
        list
        """
        assignments = self._assignments(gradebook)
        names = [assignment.name for assignment in assignments]
        yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *names]
        yield ["Points Possible", "", "", "", "", *(one.max_score for one in assignments)]
        for student in self._students(gradebook):
            number = student.lms_user_id or (student.id if student.id.isdigit() else "")
            login = "" if number else student.id
            name = ", ".join(part for part in (student.last_name, student.first_name) if part)
            yield [name, number, "", login, "", *self._scores(gradebook, student)]


class MoodleExporter(TableExporter):
    """The grading worksheet that Moodle's assignment activity imports, for one assignment.

    Moodle finds a person by ``Identifier`` ("Participant" and a number, as in the names of
    downloaded files) and reads ``Grade``. In ``Last modified (grade)``, ``-`` says never: where
    Moodle has a grade already, allow it to update records that were modified more recently. For
    several assignments the file has a column each, as Moodle's import of grades takes it, with
    ``ID number`` to find people by.
    """

    default = "moodle.csv"

    def rows(self, gradebook: Gradebook) -> Iterator[list[Any]]:
        """Yield the lines of the file, the heading first.

        Parameters
        ----------
        gradebook : nbgrader.api.Gradebook

        Yields
        ------
        list
        """
        assignments = self._assignments(gradebook)
        if len(assignments) != 1:
            people = ["ID number", "First name", "Last name", "Email address"]
            yield [*people, *(one.name for one in assignments)]
            for student in self._students(gradebook):
                facts = (student.id, student.first_name, student.last_name, student.email)
                yield [*(fact or "" for fact in facts), *self._scores(gradebook, student)]
            return
        most = assignments[0].max_score
        yield [
            *("Identifier", "Full name", "Email address", "Grade", "Maximum Grade"),
            "Last modified (grade)",
        ]
        for student in self._students(gradebook):
            [score] = self._scores(gradebook, student)
            name = " ".join(part for part in (student.first_name, student.last_name) if part)
            number = student.lms_user_id or student.id
            yield [f"Participant {number}", name, student.email or "", score, most, "-"]


EXPORTERS = {"csv": TableExporter, "canvas": CanvasExporter, "moodle": MoodleExporter}


def export(
    folder: Path | str, to: str, *, assignment: str | None = None, out: Path | str | None = None
) -> Path:
    """Write the grades of a course for another system.

    Parameters
    ----------
    folder : path-like
        Of the course.
    to : {'csv', 'canvas', 'moodle'}
    assignment : str, optional
        Only this one; all if left out.
    out : path-like, optional
        The file to write; ``grades.csv``, ``canvas.csv`` or ``moodle.csv`` in the course if left
        out.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FileNotFoundError
        When `folder` is no course.
    ValueError
        When `to` is none of the three, or the gradebook has no such assignment.
    """
    if to not in EXPORTERS:
        raise ValueError(f"to must be one of {', '.join(EXPORTERS)}, got {to!r}")
    course = Course.open(folder)
    path = Path(out) if out else course.root / EXPORTERS[to].default
    plugin = EXPORTERS[to](parent=None)
    plugin.to = str(path)
    with Gradebook(course.db_url, course.course_id) as gradebook:
        known = [one.name for one in gradebook.assignments]
        if assignment is not None and assignment not in known:
            raise ValueError(f"the gradebook has no assignment {assignment!r}, there are {known}")
        plugin.assignment = [assignment] if assignment else []
        plugin.export(gradebook)
    return path


def _submission(gradebook: Gradebook, assignment: Assignment, student: Student) -> Any:
    try:
        return gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return None
