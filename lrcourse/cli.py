"""The command ``lrcourse``."""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lrcourse import __version__

if TYPE_CHECKING:
    from lrcourse.claims import Outcome


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; those of the process if left out.

    Returns
    -------
    int
        0 if all went well; 1 if a verdict is not the published one, a check found a mistake or a
        release is out of step; 2 if the arguments are wrong.
    """
    arguments = _parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
    except (KeyError, ValueError, TypeError, FileNotFoundError) as error:
        reason = error.args[0] if isinstance(error, KeyError) else error  # str would quote it
        if isinstance(error, OSError):
            reason = f"{error.strerror}: {error.filename}"
        print(f"lrcourse: {reason}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever reads the output, such as `head`, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lrcourse", description="What people say about the learning rate, put on trial."
    )
    parser.add_argument("--version", action="version", version=f"lrcourse {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    claims = commands.add_parser("claims", help="the ledger: every claim with its verdict")
    _add_ledger_options(claims)
    claims.set_defaults(run=_ledger)
    runs = claims.add_subparsers(metavar="run").add_parser("run", help="run trials again")
    runs.add_argument("ids", nargs="*", metavar="ID", help="claims, such as C2.1; all if left out")
    runs.add_argument(
        "--seed",
        type=int,
        nargs="+",
        default=[0],
        metavar="N",
        help="base seeds of all randomness (default 0)",
    )
    runs.add_argument("--cached", action="store_true", help="take earlier results where they fit")
    _add_ledger_options(runs)
    runs.set_defaults(run=_run_claims)

    check = commands.add_parser("check", help="run the visible tests of a notebook, and explain")
    check.add_argument(
        "notebook",
        nargs="?",
        help="an assignment of exercises/ with your answers; with --all, a folder of them",
    )
    check.add_argument(
        "--all", action="store_true", help="every assignment: what is mastered, what is next"
    )
    check.add_argument(
        "--time-limit", type=float, default=10.0, metavar="S", help="seconds a cell (default 10)"
    )
    check.add_argument("--json", action="store_true", help="print JSON")
    check.set_defaults(run=_check)

    release = commands.add_parser("release", help="make exercises/ from solutions/")
    release.add_argument("assignments", nargs="*", metavar="NAME", help="all if left out")
    release.add_argument("--course", default=".", metavar="DIR", help="default: this folder")
    release.add_argument("--check", action="store_true", help="write nothing, say what is stale")
    release.add_argument(
        "--gradebook", action="store_true", help="fill gradebook.db, as autograding needs it"
    )
    release.set_defaults(run=_release)
    answers = commands.add_parser("answers", help="grade known right and wrong answers")
    answers.add_argument("assignments", nargs="*", metavar="NAME", help="all if left out")
    answers.add_argument("--course", default=".", metavar="DIR", help="default: this folder")
    answers.add_argument("--repeat", type=int, default=1, metavar="N", help="grade each N times")
    answers.add_argument("--jobs", type=int, metavar="N", help="at a time (default: the cores)")
    answers.add_argument("--each", action="store_true", help="print every answer with its points")
    answers.set_defaults(run=_answers)
    _add_grade(commands.add_parser("grade", help="grade what students handed in"))
    _add_after_grading(commands)
    return parser


def _add_grade(grade: argparse.ArgumentParser) -> None:
    grade.add_argument("course", help="the folder with nbgrader_config.py")
    grade.add_argument("--assignment", required=True, metavar="NAME")
    grade.add_argument("--student", default="*", metavar="PATTERN", help="default: everybody")
    grade.add_argument("--jobs", type=int, metavar="N", help="at a time (default: the cores)")
    grade.add_argument(
        "--time-limit", type=float, default=10.0, metavar="S", help="seconds a cell (default 10)"
    )
    grade.add_argument(
        "--memory-limit", type=float, default=4.0, metavar="GB", help="a process (default 4)"
    )
    grade.add_argument(
        "--executor", default="local", metavar="local|dask://HOST:PORT", help="where it runs"
    )
    grade.add_argument("--sandbox", default="auto", choices=("auto", "bwrap", "process"))
    grade.add_argument(
        "--from", dest="downloads", metavar="PATH", help="collect these downloads first"
    )
    grade.add_argument(
        "--pattern", metavar="REGEX", help="how names of downloads give student and file"
    )
    grade.add_argument("--json", metavar="FILE", help="write the grades here too")
    grade.set_defaults(run=_grade)


def _add_after_grading(commands: Any) -> None:
    feedback = commands.add_parser("feedback", help="write a page for each graded notebook")
    feedback.add_argument("course", help="the folder with nbgrader_config.py")
    feedback.add_argument("--assignment", required=True, metavar="NAME")
    feedback.add_argument("--student", default="*", metavar="PATTERN", help="default: everybody")
    feedback.set_defaults(run=_feedback)

    export = commands.add_parser("export", help="write grades for another system")
    export.add_argument("course", help="the folder with nbgrader_config.py")
    export.add_argument("--to", required=True, choices=("csv", "canvas", "moodle"))
    export.add_argument("--assignment", metavar="NAME", help="all if left out")
    export.add_argument("--out", metavar="FILE", help="default: named after the system")
    export.set_defaults(run=_export)

    counts = commands.add_parser("statistics", help="how hard the questions of an assignment were")
    counts.add_argument("course", help="the folder with nbgrader_config.py")
    counts.add_argument("--assignment", required=True, metavar="NAME")
    counts.add_argument("--json", action="store_true", help="print JSON")
    counts.set_defaults(run=_statistics)


def _add_ledger_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--jobs", type=int, metavar="J", help="processes (default: the cores)")


def _ledger(arguments: argparse.Namespace) -> int:
    from lrcourse.claims import ARTICLE, family_wise

    tried = {one.claim.id: one for one in _outcomes(arguments, None, [0], fresh=False)}
    chance = family_wise(tried.values())
    if arguments.json:
        _print_json(
            [
                tried[claim_id].as_dict() | {"p_holm": chance[claim_id]}
                if claim_id in tried
                else {"id": claim_id, "statement": statement, "verdict": None}
                for claim_id, statement in ARTICLE.items()
            ]
        )
    else:
        _print_table(tried, chance)
    return 0


def _run_claims(arguments: argparse.Namespace) -> int:
    from lrcourse.claims import LEDGER, VerdictCard

    ids, seeds = arguments.ids or list(LEDGER), arguments.seed
    found = {
        (one.claim.id, one.seed): one
        for one in _outcomes(arguments, ids, seeds, fresh=not arguments.cached)
    }
    tried = [found[claim_id, seed] for claim_id in ids for seed in seeds]
    if arguments.json:
        results = [one.as_dict() for one in tried]
        _print_json(results[0] if len(results) == 1 else results)
    elif arguments.ids and len(seeds) == 1:
        for one in tried:
            print(f"{VerdictCard(one)}\n  {one.seconds:.1f} s, seed {one.seed}\n")
    else:
        _print_runs(tried, seeds)
    flips = [one for one in tried if not one.as_published]
    for one in flips:
        published = one.as_dict()["published"]
        print(
            f"{one.claim.id}, seed {one.seed}: the trial says {one.verdict}, the book {published}",
            file=sys.stderr,
        )
    return 1 if flips else 0


def _outcomes(
    arguments: argparse.Namespace, ids: list[str] | None, seeds: list[int], *, fresh: bool
) -> list[Outcome]:
    """Return the outcomes, with a bar and the time left for as long as trials run."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as TimeLeft

    from lrcourse.claims import LEDGER, outcomes

    coming = outcomes(ids, seeds=seeds, fresh=fresh, jobs=arguments.jobs)
    total = len(ids or LEDGER) * len(seeds)
    columns = (TextColumn("trials"), BarColumn(), MofNCompleteColumn(), TimeLeft())
    screen = Console(stderr=True)
    hidden = not screen.is_terminal
    with Progress(*columns, console=screen, transient=True, disable=hidden) as bar:
        return list(bar.track(coming, total=total))


def _check(arguments: argparse.Namespace) -> int:
    if arguments.all:
        return _progress(arguments)
    if arguments.notebook is None:
        raise ValueError("check which notebook? Name one, or say --all")
    from lrcourse.grading import check

    report = check.check(arguments.notebook, time_limit=arguments.time_limit)
    if arguments.json:
        print(report.to_json())
    else:
        check.show(report)
    return report.exit_code


def _progress(arguments: argparse.Namespace) -> int:
    from lrcourse.claims import ARTICLE
    from lrcourse.grading import progress

    far = progress.progress(arguments.notebook or "exercises", time_limit=arguments.time_limit)
    if arguments.json:
        print(far.to_json())
    else:
        progress.show(far, ARTICLE)
    return far.exit_code


def _grade(arguments: argparse.Namespace) -> int:
    # A grammar of web addresses, which notebooks have none of: building it takes a second.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    gc.disable()  # what is imported stays: to look for garbage in it takes a sixth of the time
    from lrcourse.grading import summary

    gc.freeze()
    gc.enable()
    return summary.main(
        arguments.course,
        arguments.assignment,
        students=arguments.student,
        jobs=arguments.jobs,
        time_limit=arguments.time_limit,
        memory_limit=arguments.memory_limit,
        executor=arguments.executor,
        sandbox=arguments.sandbox,
        downloads=arguments.downloads,
        pattern=arguments.pattern,
        json_file=arguments.json,
    )


def _feedback(arguments: argparse.Namespace) -> int:
    from lrcourse.grading import feedback

    return feedback.main(arguments.course, arguments.assignment, students=arguments.student)


def _export(arguments: argparse.Namespace) -> int:
    from lrcourse.grading.export import export

    print(
        export(arguments.course, arguments.to, assignment=arguments.assignment, out=arguments.out)
    )
    return 0


def _statistics(arguments: argparse.Namespace) -> int:
    from lrcourse.grading import statistics

    return statistics.main(arguments.course, arguments.assignment, as_json=arguments.json)


def _answers(arguments: argparse.Namespace) -> int:
    from lrcourse.grading import bench

    return bench.main(
        arguments.course,
        arguments.assignments,
        repeat=arguments.repeat,
        jobs=arguments.jobs,
        each=arguments.each,
    )


def _release(arguments: argparse.Namespace) -> int:
    from lrcourse.grading import release

    return release.main(
        arguments.course,
        arguments.assignments,
        check=arguments.check,
        gradebook=arguments.gradebook,
    )


def _print_table(tried: dict[str, Outcome], chance: dict[str, float]) -> None:
    from rich.console import Console
    from rich.table import Table

    from lrcourse.claims import ARTICLE

    table = Table(
        title="The learning rate on trial",
        caption="p: of the effect, corrected for the number of claims (Holm)",
    )
    for heading in ("Claim", "Statement", "Verdict", "Effect, 95 % interval", "p", "Measured"):
        table.add_column(heading)
    for claim_id, statement in ARTICLE.items():
        if claim_id in tried:
            one = tried[claim_id]
            primary = one.judgement.primary
            p = f"{chance[claim_id]:.1g}"
            cells = (one.sentence, str(primary.interval), p, primary.contrast.asks)
        else:
            cells = ("not yet tried", "", "", "")
        table.add_row(claim_id, statement, *cells)
    Console().print(table)


def _print_runs(tried: list[Outcome], seeds: list[int]) -> None:
    """Print the verdicts, a row for each claim and a column for each seed, with the seconds."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Verdicts", caption=f"{sum(one.seconds for one in tried):.0f} s in all")
    for heading in ("Claim", "Published", *(f"Seed {seed}" for seed in seeds), "Seconds a run"):
        table.add_column(heading)
    for start in range(0, len(tried), len(seeds)):
        row = tried[start : start + len(seeds)]
        seconds = sum(one.seconds for one in row) / len(row)
        verdicts = (str(one.verdict) if one.as_published else f"! {one.verdict}" for one in row)
        table.add_row(row[0].claim.id, row[0].as_dict()["published"], *verdicts, f"{seconds:.1f}")
    Console().print(table)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))
