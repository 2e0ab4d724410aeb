"""The process of the tests: it holds what is hidden, and asks a learner's process for the rest."""

from __future__ import annotations

import ast
import builtins
import json
import linecache
from collections.abc import Mapping
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from lrcourse.grading.sandbox._peer import Peer, Stopped, describe
from lrcourse.grading.sandbox._shell import last_line
from lrcourse.grading.sandbox._student import Alarm
from lrcourse.grading.sandbox._wire import DONE, LOCKED, TEST, Wire

_ADVICE = ("mistake", "hint", "read")  # what an assertion of `expect` tells besides the values


def serve(wire: Wire) -> None:
    """Run the instructor's cells and tests until nobody asks for more."""
    tests = _Tests(Peer(wire, trusted=False))
    while True:
        kind, body = wire.receive()
        if kind not in (LOCKED, TEST):  # the answer to a question whose test has ended
            continue
        request = json.loads(body)
        outcome = tests.locked(**request) if kind == LOCKED else tests.test(**request)
        wire.send(DONE, json.dumps(outcome).encode())


_transformer: Any = TransformerManager  # without types
_to_python = _transformer().transform_cell


class _Tests:
    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._shared: dict[str, object] = {"__name__": "__main__", "__builtins__": builtins}
        self._open: dict[str, dict[str, object]] = {}

    def locked(self, source: str, seconds: float) -> dict[str, Any]:
        """Run a cell that learners cannot change, such as the imports."""
        names = dict(self._shared)
        outcome = self._execute("imports", source, 1, seconds, names, fetch=False)
        if outcome["failure"] is None:  # else it needs what learners write: it stays with them
            self._shared = names
        return outcome

    def test(self, test: str, source: str, first: int, seconds: float) -> dict[str, Any]:
        """Run a part of the test cell `test`; a later part goes on where the first ended."""
        names = self._open.get(test)
        if names is None:
            names = self._open[test] = dict(self._shared)
        outcome = self._execute(test, source, first, seconds, names)
        if first == 1:  # a later test may use what an earlier one imports
            self._shared |= {
                name: value for name, value in names.items() if name not in outcome["fetched"]
            }
        return outcome

    def _execute(
        self,
        test: str,
        source: str,
        first: int,
        seconds: float,
        names: dict[str, object],
        *,
        fetch: bool = True,
    ) -> dict[str, Any]:
        """Run `source`, whose first line is line `first` of the cell."""
        place = f"<{test}:{first}>"
        value: object = None
        failure: dict[str, Any] | None = None
        fetched: Mapping[str, object] = {}
        try:
            with Alarm(seconds, seconds):
                tree = ast.parse(_to_python(source), place)
                ast.increment_lineno(tree, first - 1)
                lines = [""] * (first - 1) + [line + "\n" for line in source.splitlines()]
                linecache.cache[place] = (len(source), None, lines, place)
                wanted = _unknown(tree, names)
                fetched = self._peer.ask("fetch", wanted) if wanted and fetch else {}
                names |= fetched
                value = _run(tree, place, names)
        except (Exception, Stopped, SystemExit, KeyboardInterrupt) as error:
            line = last_line(error.__traceback__, place.__eq__)
            advice = {part: str(getattr(error, part, "")) for part in _ADVICE}
            theirs = getattr(error, "learners_line", None)
            failure = {**describe(error), "line": line, "theirs": theirs, "advice": advice}
            failure["stopped"] = isinstance(error, Stopped)
        points = float(value) if type(value) in (int, float) else None  # type: ignore[arg-type]
        return {"failure": failure, "value": points, "fetched": sorted(fetched)}


def _unknown(tree: ast.Module, names: Mapping[str, object]) -> list[str]:
    """Name what the code reads and neither the tests nor Python know: it is the learner's.

    What the code itself imports, defines or takes as an argument is never asked for: a learner's
    function of that name must not stand in for it.
    """
    read, own = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            read.add(node.id)
        elif isinstance(node, ast.alias):
            own.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.arg):
            own.add(node.arg)
    return sorted(n for n in read - own if n not in names and not hasattr(builtins, n))


def _run(tree: ast.Module, place: str, names: dict[str, object]) -> object:
    """Execute the statements; give the value of a last one that is an expression."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr):
        exec(compile(tree, place, "exec"), names)
        return None
    tree.body.pop()
    exec(compile(tree, place, "exec"), names)
    return eval(compile(ast.Expression(last.value), place, "eval"), names)
