"""The command ``lrcourse grade``: grades with a bar, then says what a person has to know."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from lrcourse.grading import collect
from lrcourse.grading.course import Course
from lrcourse.grading.grade import RECORDS, Grades, grade, write_csv
from lrcourse.grading.gradebook import GradebookError
from lrcourse.grading.sandbox import Limits, SandboxError

_SHOWN = 30  # submissions that the summary names; the files have all of them


def main(
    folder: Path | str,
    assignment: str,
    *,
    students: str = "*",
    jobs: int | None = None,
    time_limit: float = 10.0,
    memory_limit: float = 4.0,
    executor: str = "local",
    sandbox: str = "auto",
    downloads: Path | str | None = None,
    pattern: str | None = None,
    json_file: Path | str | None = None,
    console: Console | None = None,
) -> int:
    """Grade an assignment and print a summary.

    Parameters
    ----------
    folder : path-like
        Of the course.
    assignment, students, jobs, executor, sandbox
        As `lrcourse.grading.grade.grade` takes them.
    time_limit : float
        Seconds a cell.
    memory_limit : float
        Gigabytes a process.
    downloads : path-like, optional
        A folder or zip from a learning management system, collected into ``submitted/`` first.
    pattern : str, optional
        As `lrcourse.grading.collect.collect` takes it.
    json_file : path-like, optional
        Where the grades are written too; ``.grading/<assignment>/grades.json`` and ``.csv`` always
        have them.
    console : rich.console.Console, optional
        Where to print; standard output by default.

    Returns
    -------
    int
        0 when all is graded, also where a person has to read on; 1 when that was not possible;
        130 when it was interrupted.
    """
    console = console or Console()
    limits = Limits(cell_seconds=time_limit, memory_bytes=int(memory_limit * 2**30))
    columns = (TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    screen = Console(stderr=True)
    try:
        if downloads is not None:
            collect.main(folder, assignment, downloads, pattern=pattern, console=console)
        with Progress(
            *columns, console=screen, transient=True, disable=not screen.is_terminal
        ) as bar:
            task = bar.add_task("grading", total=None)
            grades = grade(
                folder,
                assignment,
                students=students,
                jobs=jobs,
                limits=limits,
                sandbox=sandbox,
                executor=executor,
                watch=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except KeyboardInterrupt:
        console.print("Interrupted. Run the same command again: it goes on from here.")
        return 130
    except (GradebookError, SandboxError) as error:
        console.print(Text(f"not graded  {error}", style="red"), soft_wrap=True)
        return 1
    kept = Course.open(folder).root / RECORDS / assignment
    text = json.dumps(grades.as_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    for path in (kept / "grades.json", *([Path(json_file)] if json_file else [])):
        path.write_text(text, encoding="utf-8")
    write_csv(grades, kept / "grades.csv")
    show(grades, console)
    console.print(f"Every cell with its reason: {kept / 'grades.csv'}", soft_wrap=True)
    return 0


def show(grades: Grades, console: Console) -> None:
    """Print how many are graded, who got nothing, who needs a person, and what was in force.

    Parameters
    ----------
    grades : Grades
    console : rich.console.Console
    """
    records = grades.records
    zero = [record for record in records if record.points == 0]
    waiting = [record for record in records if record.state != "graded"]
    again = len(records) - grades.fresh
    seconds = f", {grades.seconds / grades.fresh:.2f} s each" if grades.fresh else ""
    lines = [
        f"{grades.assignment}: {len(records)} submissions, {grades.fresh} graded now"
        f" ({grades.seconds:.1f} s{seconds}), {again} unchanged since they were graded.",
        f"{len(zero)} have no points. {len(waiting)} need a person.",
        f"Sandbox: {grades.protection.level}; {', '.join(grades.protection.in_force)}.",
    ]
    if grades.protection.missing:
        lines.append(f"Not enforced on this machine: {', '.join(grades.protection.missing)}.")
    for line in lines:
        console.print(line, highlight=False)
    # An answer in words is no surprise, and everybody has one.
    told = {
        record.student: [reason for reason in record.reasons if not reason.startswith("answers in")]
        for record in waiting
    }
    rows = [(student, "; ".join(reasons)) for student, reasons in told.items() if reasons]
    rows += [(record.student, "no points") for record in zero if not told.get(record.student)]
    rows += [(name, f"not a submission: it {reason}") for name, reason in grades.refused.items()]
    if not rows:
        return
    table = Table(title="To look at")
    table.add_column("Submission")
    table.add_column("Why", overflow="fold")
    for student, reason in rows[:_SHOWN]:
        table.add_row(Text(student), Text(reason))
    console.print(table)
    if len(rows) > _SHOWN:
        console.print(f"and {len(rows) - _SHOWN} more")
