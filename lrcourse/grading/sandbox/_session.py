"""One notebook: a stranger's cells in one process, the tests on them in another.

Nothing that a hidden test shows to a stranger's code can come back to the stranger. First all of
the stranger's cells run, with a pause (a fork) before each test: their outputs are complete before
any test begins. Then the open parts of all tests run, each on its own pause; what they say is for
the stranger to read. Last run the hidden parts, of which the stranger learns no more than whether
they pass.
"""

from __future__ import annotations

import ast
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal

from lrcourse.grading._marks import HIDDEN_MARKS
from lrcourse.grading.sandbox._host import Protection, Warden
from lrcourse.grading.sandbox._limits import Limits
from lrcourse.grading.sandbox._wire import (
    ANSWER,
    CELL,
    DONE,
    GONE,
    LOCKED,
    PATIENCE,
    REQUEST,
    SPLIT,
    TEST,
    Line,
    Lost,
    pair,
)

Role = Literal["student", "locked", "tests", "inside"]
Status = Literal["ok", "error", "stopped", "not run"]

_GRACE = 1.5  # seconds that a process has, after its time is up, to say where it was
_OUTPUT_FRAME = 8 << 20


@dataclass(frozen=True)
class Cell:
    """A cell to run.

    Attributes
    ----------
    id : str
        Its grade id, or its cell id.
    role : {'student', 'locked', 'tests', 'inside'}
        ``student``: runs in the stranger's process; ``locked``: in both, such as the imports;
        ``tests``: in the tester, beside the stranger's functions; ``inside``: a test that runs in
        the stranger's process, and proves less.
    source : str
    """

    id: str
    role: Role
    source: str


@dataclass(frozen=True)
class Failure:
    """What went wrong in a cell.

    Attributes
    ----------
    kind, message : str
        Of the exception.
    line : tuple of int and str, optional
        Where in the cell: line number and text.
    theirs : tuple of int and str, optional
        The line of the learner's code that a test had called.
    hidden : bool
        Whether it happened in a hidden part of the tests.
    advice : mapping
        What the test's author tells about it: ``mistake``, ``hint``, ``read``.
    """

    kind: str
    message: str
    line: tuple[int, str] | None = None
    theirs: tuple[int, str] | None = None
    hidden: bool = False
    advice: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ran:
    """What became of a cell.

    Attributes
    ----------
    status : {'ok', 'error', 'stopped', 'not run'}
        ``stopped``: its process died or had to be ended.
    outputs : tuple of dict
        Of a learner's cell, in nbformat's form; tests have none.
    failure : Failure, optional
        Unless all went well.
    value : float, optional
        Of a test's last expression, if that is a number: partial credit, as in nbgrader.
    """

    status: Status
    outputs: tuple[dict[str, Any], ...] = ()
    failure: Failure | None = None
    value: float | None = None


class _Down(Exception):
    """A cell has taken its session down: all starts again without it."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(reason)
        self.index = index
        self.reason = reason


class Sandbox:
    """Where notebooks run; use it in a ``with`` statement. Many threads may run one each.

    Its processes start at once and import in the background; `ready` waits for them.

    Parameters
    ----------
    protection : Protection
        As `lrcourse.grading.sandbox.protection` finds it.
    modules : sequence of str
        What the notebooks import, to be imported once.
    limits : Limits
    """

    def __init__(self, protection: Protection, modules: Sequence[str], limits: Limits) -> None:
        self._limits = limits
        self._students = Warden("student", protection.level, modules, limits)
        self._testers = Warden("tester", protection.level, modules, limits)

    def __enter__(self) -> Sandbox:
        with ExitStack() as opened:
            opened.enter_context(self._students)
            opened.enter_context(self._testers)  # both import at the same time
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()

    def ready(self) -> None:
        """Wait until both processes have imported everything.

        Raises
        ------
        SandboxError
            When one of them does not start.
        """
        self._students.ready()
        self._testers.ready()

    def run(
        self,
        cells: Sequence[Cell],
        theirs: Mapping[str, bytes],
        files: Mapping[str, bytes],
    ) -> list[Ran]:
        """Run a notebook.

        Parameters
        ----------
        cells : sequence of Cell
            In order.
        theirs, files : mapping of str to bytes
            Data files by relative name: the stranger's, and the instructor's, which come first.

        Returns
        -------
        list of Ran
            One a cell.
        """
        deadline = time.monotonic() + self._limits.notebook_seconds
        down: dict[int, Ran] = {}
        crashes = 0  # of the sandbox itself, which may be a neighbour's doing
        while time.monotonic() < deadline:
            try:
                with _Attempt(self._students, self._testers, self._limits, deadline) as attempt:
                    attempt.start({**theirs, **files}, files)
                    return attempt.run(cells, down)
            except _Down as lost:
                down[lost.index] = Ran("stopped", failure=Failure("Stopped", lost.reason))
            except Lost:
                crashes += 1
                if crashes > 2:
                    break
        never = Ran("not run", failure=Failure("NotRun", "the time for the whole notebook was up"))
        return [down.get(index, never) for index in range(len(cells))]


class _Attempt:
    """One pass over a notebook with fresh processes."""

    def __init__(self, students: Warden, testers: Warden, limits: Limits, deadline: float) -> None:
        self._wardens = {"student": students, "tester": testers}
        self._sessions: dict[str, int] = {}
        self._limits = limits
        self._deadline = deadline
        self._pauses: dict[int, Line] = {}
        self._lines: list[Line] = []

    def __enter__(self) -> _Attempt:
        return self

    def __exit__(self, *_: object) -> None:
        for line in self._lines:
            line.close()
        for role, session in self._sessions.items():
            try:
                self._wardens[role].close(session)
            except Lost:  # its warden has ended, and all of its processes with it
                continue

    def start(self, theirs: Mapping[str, bytes], files: Mapping[str, bytes]) -> None:
        """Fork both processes."""
        self._student = self._spawn("student", theirs, _OUTPUT_FRAME)
        self._tester = self._spawn("tester", files, self._limits.reply_bytes)

    def run(self, cells: Sequence[Cell], down: Mapping[int, Ran]) -> list[Ran]:
        """Run all cells but those that are `down`."""
        results = dict(down)
        live = [index for index in range(len(cells)) if index not in down]
        for index in live:
            with _blame(self, index):
                if cells[index].role not in ("tests", "inside"):
                    self._run(index, cells[index], results)
                elif index == live[-1]:  # nothing runs after it: it needs no copy of the process
                    self._pauses[index] = self._student
                else:
                    self._pauses[index] = self._pause()
        tests = [index for index in self._pauses if cells[index].role == "tests"]
        parts = {index: _split(cells[index].source) for index in tests}
        for hidden in (False, True):
            for index in tests:
                part = parts[index][hidden]
                if part and (index not in results or results[index].status == "ok"):
                    with _blame(self, index):
                        results[index] = self._test(index, cells[index].id, *part, hidden)
        for index in self._pauses:
            if cells[index].role == "inside":
                with _blame(self, index):
                    results[index] = self._inside(index, cells[index].source)
        return [results.get(index, Ran("ok")) for index in range(len(cells))]

    def is_down(self) -> str:
        """Say why the session has been ended from outside; nothing if it has not."""
        return self._wardens["student"].why(self._sessions["student"])

    def _check(self, index: int) -> None:
        """Blame a cell for what it left behind: the next one must not be taken for it."""
        reason = self.is_down()
        if reason:
            raise _Down(index, reason)

    def _run(self, index: int, cell: Cell, results: dict[int, Ran]) -> None:
        results[index] = self._cell(self._student, cell.source)
        self._check(index)
        if cell.role == "locked":
            self._ask_tester(LOCKED, source=cell.source)

    def _cell(self, line: Line, source: str) -> Ran:
        """Run a cell in the stranger's process; `Lost` if that does not survive it."""
        seconds, latest = self._seconds(), self._latest()
        line.allow(seconds + _GRACE, time.monotonic() + latest + _GRACE)
        request = {"source": source, "seconds": seconds, "latest": latest}
        request["room"] = self._limits.output_bytes
        line.send(CELL, json.dumps(request).encode())
        kind, body = line.receive()
        try:
            outcome = json.loads(body)
            outputs = tuple(_cleaned(outcome["outputs"]))
            failure = _failure(outcome["failure"]) if outcome["failure"] else None
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise Lost("sent nonsense") from None
        if kind != DONE:
            raise Lost("sent nonsense")
        return Ran("error" if failure else "ok", outputs, failure)

    def _pause(self) -> Line:
        """Split the stranger's process; one half waits, in this state, for a test."""
        line, end = pair(self._limits.reply_bytes)
        self._lines.append(line)
        with end:
            self._student.deadline = line.deadline = time.monotonic() + self._latest()
            self._student.send(SPLIT)
            self._student.send_end(end)
        line.meet()
        return line

    def _test(self, index: int, name: str, source: str, first: int, hidden: bool) -> Ran:
        """Run a part of a test, and carry its questions to the stranger's process and back."""
        lost = ""
        pause = self._pauses[index]
        pause.allow(self._seconds(), time.monotonic() + self._latest())
        self._send_tester(TEST, test=name, source=source, first=first)
        while True:
            kind, body = self._tester.receive()
            if kind == DONE:
                break
            if not lost:
                try:
                    pause.send(kind, body)
                    kind, body = pause.receive()
                    if kind not in (REQUEST, ANSWER):
                        raise Lost("sent nonsense")
                except Lost as error:
                    lost = str(error)
                    pause.kill()
            self._tester.send(*((GONE, lost.encode()) if lost else (kind, body)))
        self._check(index)
        return _result(json.loads(body), lost, hidden)

    def _inside(self, index: int, source: str) -> Ran:
        """Run a test in the stranger's process."""
        pause = self._pauses[index]
        try:
            ran = self._cell(pause, source)
        except Lost as error:
            pause.kill()
            return Ran("stopped", failure=Failure("Stopped", str(error), hidden=True))
        failure = ran.failure and Failure(ran.failure.kind, ran.failure.message, hidden=True)
        return Ran(ran.status, failure=failure)

    def _ask_tester(self, kind: bytes, **request: Any) -> None:
        self._send_tester(kind, **request)
        self._tester.receive()

    def _send_tester(self, kind: bytes, **request: Any) -> None:
        # The stranger's process is ended first; then the test can say what it was waiting for.
        seconds = self._latest() + 2 * _GRACE
        self._tester.deadline = time.monotonic() + seconds + _GRACE
        self._tester.send(kind, json.dumps({**request, "seconds": seconds}).encode())

    def _spawn(self, role: str, files: Mapping[str, bytes], largest: int) -> Line:
        line, end = pair(largest)
        self._lines.append(line)
        with end:
            self._sessions[role] = self._wardens[role].spawn(files, end)
        line.deadline = time.monotonic() + self._latest()
        line.meet()
        return line

    def _seconds(self) -> float:
        """Give the seconds that the next thing may compute."""
        return min(self._limits.cell_seconds, self._latest())

    def _latest(self) -> float:
        """Give the seconds by the clock after which the next thing ends in any case."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Lost("the time for the whole notebook was up")
        return min(PATIENCE * self._limits.cell_seconds, left)


class _blame:
    """Turn the end of a process into the fault of one cell."""

    def __init__(self, attempt: _Attempt, index: int) -> None:
        self._attempt = attempt
        self._index = index

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        if isinstance(error, Lost):
            # A warden that has ended raises `Lost` here: no cell of this notebook is to blame.
            raise _Down(self._index, self._attempt.is_down() or str(error)) from None


def _split(source: str) -> tuple[tuple[str, int] | None, tuple[str, int] | None]:
    """Split a test cell before its first hidden line: each part with the number of its line."""
    lines = source.splitlines()
    marks = [number for number, line in enumerate(lines) if line.strip() == HIDDEN_MARKS[0]]
    if not marks:
        return (source, 1), None
    shown, hidden = "\n".join(lines[: marks[0]]), "\n".join(lines[marks[0] :])
    try:
        ast.parse(shown)
        ast.parse(hidden)
    except SyntaxError:  # the mark stands inside a statement, or magics do: all of it is hidden
        return None, (source, 1)
    return (shown, 1), (hidden, marks[0] + 1)


def _result(outcome: Mapping[str, Any], lost: str, hidden: bool) -> Ran:
    failure = outcome["failure"]
    if lost:
        return Ran("stopped", failure=Failure("Stopped", lost, hidden=hidden))
    if failure:
        return Ran("error", failure=_failure(failure, hidden))
    return Ran("ok", value=outcome["value"])


def _failure(described: Mapping[str, Any], hidden: bool = False) -> Failure:
    """Read what `describe` wrote; a stranger may have sent it."""
    advice = described.get("advice") or {}
    return Failure(
        str(described["kinds"][0])[:100],
        str(described["message"])[:2000],
        _line(described.get("line")),
        _line(described.get("theirs")),
        hidden,
        {str(part): str(text) for part, text in advice.items() if text},
    )


def _line(described: Any) -> tuple[int, str] | None:
    return (int(described[0]), str(described[1])[:200]) if described else None


def _cleaned(outputs: Any) -> list[dict[str, Any]]:
    """Rebuild outputs from text alone, in nbformat's form."""
    made: list[dict[str, Any]] = []
    for output in outputs[:1000]:
        kind = output.get("output_type")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            made.append({"output_type": kind, "name": name, "text": str(output.get("text", ""))})
        elif kind in ("display_data", "execute_result"):
            data = {str(k): v for k, v in output["data"].items() if isinstance(v, str)}
            shown = {"output_type": kind, "data": data, "metadata": {}}
            made.append(shown | ({"execution_count": None} if kind == "execute_result" else {}))
        elif kind == "error":
            texts = [str(line) for line in output.get("traceback", [])[:100]]
            name, value = str(output.get("ename")), str(output.get("evalue"))
            made.append({"output_type": kind, "ename": name, "evalue": value, "traceback": texts})
    return made
