"""Print the table: ``python -m benchmarks.attacks [--sandbox bwrap|process]``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.attacks import code, files
from benchmarks.attacks.run import Report, run

ALL = [*code.ATTACKS, *files.ATTACKS]


def table(report: Report) -> Table:
    """Return a line for each attack."""
    shown = Table("Class", "Attack", "Unearned", "Lost", "Neighbours harmed", "Leaked", "s")
    for one in report.outcomes:
        numbers = (f"{one.unearned:g}", f"{one.lost:g}", str(one.harmed))
        leaked = " ".join(one.leaked) or "-"
        shown.add_row(one.attack.kind, one.attack.name, *numbers, leaked, f"{one.seconds:.1f}")
    return shown


def main() -> int:
    """Print the table; 1 where something happened that must not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sandbox", default="auto", choices=("auto", "bwrap", "process"))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="attacks with this in their name")
    arguments = parser.parse_args()
    attacks = [one for one in ALL if arguments.only in f"{one.kind} {one.name}"]
    with tempfile.TemporaryDirectory() as scratch:
        report = run(Path(scratch).resolve(), attacks, arguments.sandbox, arguments.jobs)
    console = Console(width=120)
    console.print(table(report))
    outcomes = report.outcomes
    sums = [
        f"{len(outcomes)} attacks in {report.seconds:.0f} s",
        f"{sum(one.unearned for one in outcomes):g} unearned points",
        f"{sum(one.lost for one in outcomes):g} honest points lost",
        f"{sum(one.harmed for one in outcomes)} neighbours harmed",
        f"{len(report.changed)} files changed",
        f"{report.connections} connections",
        f"{sum(bool(one.leaked) for one in outcomes)} leaks",
        f"{len(report.left)} processes left",
    ]
    console.print("; ".join(sums) + ".")
    for path in report.changed:
        console.print(f"changed: {path}")
    bad = any(one.unearned or one.lost or one.harmed or one.leaked for one in outcomes)
    return int(bad or bool(report.changed or report.connections or report.left or report.status))


if __name__ == "__main__":
    raise SystemExit(main())
