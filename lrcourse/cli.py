"""The command ``lrcourse``."""

from __future__ import annotations

import argparse
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
    claims.add_argument("--json", action="store_true", help="print JSON")
    claims.set_defaults(run=_ledger)
    runs = claims.add_subparsers(metavar="run").add_parser("run", help="run trials again")
    runs.add_argument("ids", nargs="*", metavar="ID", help="claims, such as C2.1; all if left out")
    runs.add_argument("--seed", type=int, default=0, help="base seed of all randomness (default 0)")
    runs.add_argument("--json", action="store_true", help="print JSON")
    runs.add_argument("--cached", action="store_true", help="take earlier results where they fit")
    runs.set_defaults(run=_run_claims)

    check = commands.add_parser("check", help="run the visible tests of a notebook, and explain")
    check.add_argument("notebook", help="an assignment of exercises/ with your answers")
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
    return parser


def _ledger(arguments: argparse.Namespace) -> int:
    from lrcourse.claims import ARTICLE, LEDGER, outcome

    outcomes = {claim_id: outcome(claim_id) for claim_id in LEDGER}
    if arguments.json:
        untried = {"verdict": None}
        _print_json(
            [
                outcomes[claim_id].as_dict()
                if claim_id in outcomes
                else {"id": claim_id, "statement": statement, **untried}
                for claim_id, statement in ARTICLE.items()
            ]
        )
    else:
        _print_table(outcomes)
    return 0


def _run_claims(arguments: argparse.Namespace) -> int:
    from lrcourse.claims import LEDGER, VerdictCard, outcome

    outcomes = []
    for claim_id in arguments.ids or LEDGER:
        tried = outcome(claim_id, seed=arguments.seed, fresh=not arguments.cached)
        outcomes.append(tried)
        if not arguments.json:
            print(f"{VerdictCard(tried)}\n  {tried.seconds:.1f} s, seed {tried.seed}\n")
    if arguments.json:
        results = [tried.as_dict() for tried in outcomes]
        _print_json(results[0] if len(arguments.ids) == 1 else results)
    flips = [tried for tried in outcomes if not tried.as_published]
    for tried in flips:
        published = tried.as_dict()["published"]
        print(
            f"{tried.claim.id}: the trial says {tried.verdict}, the book {published}",
            file=sys.stderr,
        )
    return 1 if flips else 0


def _check(arguments: argparse.Namespace) -> int:
    from lrcourse.grading import check

    report = check.check(arguments.notebook, time_limit=arguments.time_limit)
    if arguments.json:
        print(report.to_json())
    else:
        check.show(report)
    return report.exit_code


def _release(arguments: argparse.Namespace) -> int:
    from lrcourse.grading import release

    return release.main(
        arguments.course,
        arguments.assignments,
        check=arguments.check,
        gradebook=arguments.gradebook,
    )


def _print_table(outcomes: dict[str, Outcome]) -> None:
    from rich.console import Console
    from rich.table import Table

    from lrcourse.claims import ARTICLE

    table = Table(title="The learning rate on trial")
    for heading in ("Claim", "Statement", "Verdict", "Effect, 95 % interval", "Measured"):
        table.add_column(heading)
    for claim_id, statement in ARTICLE.items():
        if claim_id in outcomes:
            tried = outcomes[claim_id]
            primary = tried.judgement.primary
            cells = (tried.sentence, str(primary.interval), primary.contrast.asks)
        else:
            cells = ("not yet tried", "", "")
        table.add_row(claim_id, statement, *cells)
    Console().print(table)


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))
