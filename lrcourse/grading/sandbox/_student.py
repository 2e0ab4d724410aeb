"""The process in which a stranger's code runs: cells first, later calls of the tests.

Nothing here protects anybody: the code that runs here can change all of it. What protects is what
the process was denied before (`_confine`), and that it never holds a test or a solution.
"""

from __future__ import annotations

import gc
import json
import os
import random
import signal
from types import TracebackType
from typing import Any

from lrcourse.grading.sandbox._peer import Peer, describe
from lrcourse.grading.sandbox._shell import OUTPUTS, Shell, capture, last_line
from lrcourse.grading.sandbox._wire import CELL, DONE, HELLO, REQUEST, SPLIT, Wire


def serve(wire: Wire, shell: Shell) -> None:
    """Run cells and calls until nobody asks for more."""
    peer = _peer(wire, shell)
    while True:
        kind, body = wire.receive()
        if kind == CELL:
            wire.send(DONE, json.dumps(_run(shell, **json.loads(body)), default=str).encode())
        elif kind == REQUEST:
            capture()
            OUTPUTS.room = 0  # what is printed while a test asks is nobody's to see
            peer.serve(body)
        elif kind == SPLIT:
            end = wire.receive_end()
            state = random.getstate()  # Python draws a new one in each half
            child = os.fork()
            random.setstate(state)
            if child == 0:
                wire.close()
                wire = Wire(end, 1 << 30)
                wire.send(HELLO)
                peer = _peer(wire, shell)
            else:
                end.close()


def _peer(wire: Wire, shell: Shell) -> Peer:
    peer = Peer(wire, trusted=True, locate=_line)
    peer.names = shell.user_ns
    return peer


def _line(trace: TracebackType | None) -> tuple[int, str] | None:
    return last_line(trace, lambda name: "ipython-input" in name)


def _run(shell: Any, source: str, seconds: float, latest: float, room: int) -> dict[str, Any]:
    """Run a cell for `seconds` at most: its outputs and what went wrong."""
    capture()
    OUTPUTS.room = room
    with Alarm(seconds, latest):
        result = shell.run_cell(source, store_history=True)
    error = result.error_before_exec or result.error_in_exec
    failure = None
    if error is not None:
        failure = describe(error)
        line = _line(error.__traceback__)
        if isinstance(error, SyntaxError):
            line = (error.lineno or 0, (error.text or "").strip()[:200])
            failure["message"] = str(error.msg)
        failure["line"] = line
    gc.collect(0)
    return {"outputs": OUTPUTS.take(), "failure": failure}


class Alarm:
    """Raise a `TimeoutError` in the code of a ``with`` block that takes too long.

    Parameters
    ----------
    seconds : float
        That the process may compute.
    latest : float
        Seconds by the clock after which it ends in any case.
    """

    def __init__(self, seconds: float, latest: float) -> None:
        self._timers = {
            signal.SIGPROF: (signal.ITIMER_PROF, seconds),
            signal.SIGALRM: (signal.ITIMER_REAL, latest),
        }

    def __enter__(self) -> None:
        for number, (timer, seconds) in self._timers.items():
            signal.signal(number, self._ring)
            signal.setitimer(timer, seconds)

    def __exit__(self, *_: object) -> None:
        for timer, _seconds in self._timers.values():
            signal.setitimer(timer, 0)

    def _ring(self, number: int, _frame: object) -> None:
        _timer, seconds = self._timers[signal.Signals(number)]
        raise TimeoutError(f"still running after {seconds:g} seconds")
