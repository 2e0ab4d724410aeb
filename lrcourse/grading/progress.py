"""How far a learner is in a course: which claims they have mastered, and what is next."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import joblib  # type: ignore[import-untyped]
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lrcourse.grading.check import Outcome, Report, check


@dataclass(frozen=True)
class Standing:
    """What a learner has shown about one claim.

    Attributes
    ----------
    points, out_of : float
        Of the questions with tests that are about the claim.
    """

    points: float
    out_of: float

    @property
    def mastered(self) -> bool:
        """Whether every test about the claim passes."""
        return self.points == self.out_of


@dataclass(frozen=True)
class Progress:
    """How far a learner is.

    Attributes
    ----------
    reports : tuple of Report
        One an assignment, by path.
    unread : tuple of (Path, str)
        Files that are no notebook any more, with the reason.
    """

    reports: tuple[Report, ...]
    unread: tuple[tuple[Path, str], ...] = ()

    @property
    def points(self) -> float:
        """Points earned in the visible tests of all assignments."""
        return sum(report.points for report in self.reports)

    @property
    def out_of(self) -> float:
        """Points of all questions that have tests."""
        return sum(report.out_of for report in self.reports)

    @property
    def claims(self) -> dict[str, Standing]:
        """What is shown about each claim, sorted by id.

        A question about two claims counts for both. Answers in words count for none: a person
        reads them.
        """
        about: dict[str, list[Outcome]] = defaultdict(list)
        for report in self.reports:
            for outcome in report.outcomes:
                if outcome.status != "by hand":
                    for claim in outcome.claims:
                        about[claim].append(outcome)
        return {
            claim: Standing(
                sum(outcome.points for outcome in about[claim]),
                sum(outcome.out_of for outcome in about[claim]),
            )
            for claim in sorted(about, key=_in_order)
        }

    @property
    def next(self) -> tuple[Report, Outcome] | None:
        """The first question with tests that does not pass, with its assignment; None at the end.

        A question that was begun comes before one that was not.
        """
        waiting = [
            (report, outcome)
            for report in self.reports
            for outcome in report.outcomes
            if outcome.status not in ("passed", "by hand")
        ]
        begun = [one for one in waiting if one[1].status != "not started"]
        return next(iter(begun or waiting), None)

    @property
    def exit_code(self) -> int:
        """Return 0 when every test of every assignment passes, else 1."""
        return 1 if self.next or self.unread else 0

    def to_json(self) -> str:
        """Return the progress as JSON text."""
        following = self.next
        progress = {
            "points": self.points,
            "out_of": self.out_of,
            "claims": {
                claim: asdict(standing) | {"mastered": standing.mastered}
                for claim, standing in self.claims.items()
            },
            "next": following
            and {"notebook": str(following[0].notebook), "question": following[1].question},
            "assignments": [report.as_dict() for report in self.reports],
            "unread": {str(path): reason for path, reason in self.unread},
        }
        return json.dumps(progress, indent=2, ensure_ascii=False)


def progress(folder: Path | str = "exercises", *, time_limit: float = 10.0) -> Progress:
    """Check every assignment below `folder`, some at a time.

    Parameters
    ----------
    folder : path-like
        Where the released assignments are; notebooks without questions are passed over.
    time_limit : float
        Seconds that each cell may take.

    Returns
    -------
    Progress

    Raises
    ------
    FileNotFoundError
        When there is no such folder.
    ValueError
        When it has no notebook, or `time_limit` is not above 0.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {str(folder)!r}")
    found = [
        path
        for path in sorted(folder.rglob("*.ipynb"))
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    if not found:
        raise ValueError(f"{str(folder)!r} has no notebook")
    if not time_limit > 0:
        raise ValueError(f"time_limit must be above 0 seconds, got {time_limit!r}")
    jobs = [joblib.delayed(_check)(path, time_limit) for path in found]
    results = joblib.Parallel(min(len(jobs), joblib.cpu_count()))(jobs)
    pairs = list(zip(found, results, strict=True))
    return Progress(
        tuple(result for _, result in pairs if isinstance(result, Report)),
        tuple((path, result) for path, result in pairs if isinstance(result, str)),
    )


def show(
    progress: Progress, statements: Mapping[str, str] | None = None, console: Console | None = None
) -> None:
    """Print `progress` for a person.

    Parameters
    ----------
    progress : Progress
    statements : mapping of str to str, optional
        What the claims say, by id.
    console : rich.console.Console, optional
        Where to print; standard output by default.
    """
    console = console or Console()
    _show_assignments(progress, console)
    claims = progress.claims
    if claims:
        mastered = sum(standing.mastered for standing in claims.values())
        table = Table(title=f"{mastered} of {len(claims)} claims mastered", title_justify="left")
        for heading in ("", "Claim", "What is said", "Points"):
            table.add_column(heading)
        for claim, standing in claims.items():
            table.add_row(
                Text("✓", "green") if standing.mastered else Text("·", "dim"),
                claim,
                (statements or {}).get(claim, ""),
                f"{standing.points:g} of {standing.out_of:g}",
            )
        console.print(table)
    for path, reason in progress.unread:
        console.print(Text(f"! {path}: {reason}", style="yellow"), soft_wrap=True)
    console.print(_advice(progress), highlight=False, soft_wrap=True)


def _check(path: Path, time_limit: float) -> Report | str:
    try:
        return check(path, time_limit=time_limit)
    except ValueError as error:  # one broken file does not hide the others
        return str(error)


def _show_assignments(progress: Progress, console: Console) -> None:
    table = Table("Assignment", "Points", "Passed", "To do")
    for report in progress.reports:
        tested = [outcome for outcome in report.outcomes if outcome.status != "by hand"]
        passed = [outcome.question for outcome in tested if outcome.status == "passed"]
        waiting = [outcome.question for outcome in tested if outcome.status != "passed"]
        table.add_row(
            report.notebook.stem,
            f"{report.points:g} of {report.out_of:g}",
            ", ".join(passed),
            ", ".join(waiting),
        )
    console.print(table)


def _advice(progress: Progress) -> str:
    told = (
        f"\n{progress.points:g} of {progress.out_of:g} points in the tests that you can see. "
        "Grading adds tests that you cannot see, and a person reads your judgements.\n"
    )
    following = progress.next
    if following is None:
        return f"{told}Nothing is left to do."
    report, outcome = following
    about = f" about {' and '.join(outcome.claims)}" if outcome.claims else ""
    return (
        f"{told}Next: {outcome.question} in {report.notebook}, "
        f"{outcome.out_of:g} points{about} ({outcome.status})."
    )


def _in_order(claim: str) -> tuple[tuple[int, str], ...]:
    """C2.1 before C10.1."""
    return tuple((len(part), part) for part in claim.split("."))
