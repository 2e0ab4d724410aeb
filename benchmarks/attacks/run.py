"""Grade all attackers in one run, and look at everything that must not have happened."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
from rich.console import Console

from benchmarks.attacks.course import (
    ASSIGNMENT,
    FULL,
    HONEST,
    NOTEBOOK,
    SECRETS,
    Attack,
    Place,
    make_course,
)
from lrcourse.grading import summary
from lrcourse.grading.answers import fill_in

SECONDS, GIGABYTES = 1.0, 2.0  # a cell, a process


@dataclass(frozen=True)
class Outcome:
    """What an attack came to.

    Attributes
    ----------
    attack : Attack
    points : mapping of str to float
        By question.
    neighbours : tuple of mapping
        Points of the honest submissions before and after.
    seconds : float
        That its notebook took.
    leaked : tuple of str
        Secrets in what the student gets to see.
    told : str
        Why it needs a person, if it does.
    """

    attack: Attack
    points: Mapping[str, float]
    neighbours: tuple[Mapping[str, float], ...]
    seconds: float
    leaked: tuple[str, ...]
    told: str

    @property
    def unearned(self) -> float:
        """Points too many."""
        return sum(max(0, self.points[q] - due) for q, due in self.attack.deserves.items())

    @property
    def lost(self) -> float:
        """Honest points too few."""
        return sum(max(0, due - self.points[q]) for q, due in self.attack.deserves.items())

    @property
    def harmed(self) -> int:
        """How many neighbours did not get full points."""
        return sum(points != FULL for points in self.neighbours)


@dataclass(frozen=True)
class Report:
    """What became of all attacks, and of everything around them."""

    outcomes: tuple[Outcome, ...]
    status: int
    seconds: float
    changed: tuple[str, ...]
    connections: int
    left: tuple[str, ...]


def run(root: Path, attacks: Sequence[Attack], sandbox: str, jobs: int = 2) -> Report:
    """Hand in, grade with the real command, and look."""
    course, bait, scratch = root / "course", root / "bait", root / "scratch"
    for folder in (course, bait, scratch):
        folder.mkdir()
    (bait / "precious.txt").write_text("as it was")
    released = make_course(course)
    with listener() as (port, calls):
        for number, attack in enumerate(attacks):
            _honest(course, released, number)
            place = Place(
                course,
                _home(course, f"{number:03d}-b-attacker"),
                _home(course, f"{number:03d}-a-honest"),
                bait,
                port,
            )
            attack.hand_in(released, place)
        _honest(course, released, len(attacks))
        watched = [course / "solutions", course / "exercises", course / "submitted", bait]
        found = {path: content for place in watched for path, content in _contents(place)}
        beside = set(root.iterdir()) | set(course.iterdir())
        began = time.perf_counter()
        # The sandbox's processes have their scratch folder in their command.
        with mock.patch.object(tempfile, "tempdir", str(scratch)):
            status = _grade(course, sandbox, jobs)
        seconds = time.perf_counter() - began
        time.sleep(3)  # for who wants to call later
        connections = len(calls)
    now = {path: content for place in watched for path, content in _contents(place)}
    changed = [str(path) for path in found | now if found.get(path) != now.get(path)]
    fresh = (set(root.iterdir()) | set(course.iterdir())) - beside
    expected = {"gradebook.db", "autograded", ".grading"}
    changed += [str(path) for path in fresh if path.name not in expected]
    records = _records(course)
    outcomes = tuple(_outcome(course, attack, k, records) for k, attack in enumerate(attacks))
    return Report(
        outcomes,
        status,
        seconds,
        tuple(changed),
        connections,
        tuple(_processes(scratch)),
    )


def _grade(course: Path, sandbox: str, jobs: int) -> int:
    return summary.main(
        course,
        ASSIGNMENT,
        jobs=jobs,
        time_limit=SECONDS,
        memory_limit=GIGABYTES,
        sandbox=sandbox,
        console=Console(file=io.StringIO()),
    )


def _home(course: Path, student: str) -> Path:
    return course / "submitted" / student / ASSIGNMENT


def _honest(course: Path, released: Any, number: int) -> None:
    home = _home(course, f"{number:03d}-a-honest")
    home.mkdir(parents=True)
    nbformat.write(fill_in(released, HONEST), str(home / f"{NOTEBOOK}.ipynb"))


def _records(course: Path) -> dict[str, dict[str, Any]]:
    text = (course / ".grading" / ASSIGNMENT / "grades.json").read_text(encoding="utf-8")
    return {record["student"]: record for record in json.loads(text)["submissions"]}


def _points(record: Mapping[str, Any] | None) -> dict[str, float]:
    if record is None:  # not a submission at all
        return dict.fromkeys(FULL, 0)
    cells = [cell for notebook in record["notebooks"] for cell in notebook["cells"]]
    return {cell["question"]: cell["points"] for cell in cells if cell["question"] in FULL}


def _outcome(
    course: Path, attack: Attack, number: int, records: Mapping[str, dict[str, Any]]
) -> Outcome:
    student = f"{number:03d}-b-attacker"
    record = records.get(student)
    neighbours = [records[f"{k:03d}-a-honest"] for k in (number, number + 1)]
    seen = _seen(course, student, record) if record else ""
    return Outcome(
        attack,
        _points(record),
        tuple(map(_points, neighbours)),
        record["seconds"] if record else 0.0,
        tuple(secret for secret in SECRETS if secret in seen),
        "; ".join(record["reasons"]) if record else "not a submission",
    )


def _seen(course: Path, student: str, record: Mapping[str, Any]) -> str:
    """Give all that a student gets back: outputs, and what the verdicts tell them."""
    page = course / "autograded" / student / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    notebook = nbformat.read(str(page), 4)
    told = [cell["message"] for one in record["notebooks"] for cell in one["cells"]]
    outputs = [
        json.dumps(cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("grade")
    ]
    return "\n".join([*told, *outputs])


def _contents(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            yield path, f"link to {path.readlink()}"
        elif path.is_file():
            yield path, hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            yield path, "no file"


def _processes(scratch: Path) -> Iterator[str]:
    """Name the sandbox's processes that run, of this run alone."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if "lrcourse.grading.sandbox" in command and str(scratch) in command:
            yield f"{folder.name} {command[:60]}"


@contextmanager
def listener() -> Iterator[tuple[int, list[str]]]:
    """Listen on a port of this machine, for TCP and UDP; yield it and the list of who calls."""
    calls: list[str] = []
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    letters = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    letters.bind(("127.0.0.1", port))
    over = threading.Event()

    def take(end: socket.socket, wait: Any) -> None:
        end.settimeout(0.2)
        while not over.is_set():
            try:
                calls.append(str(wait(end)))
            except TimeoutError:
                continue

    waits = ((server, lambda end: end.accept()[1]), (letters, lambda end: end.recv(100)))
    threads = [threading.Thread(target=take, args=pair) for pair in waits]
    for thread in threads:
        thread.start()
    try:
        yield port, calls
    finally:
        over.set()
        for thread in threads:
            thread.join()
        server.close()
        letters.close()
