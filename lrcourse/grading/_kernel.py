"""A Jupyter kernel that runs cells under a time limit and says what went wrong."""

from __future__ import annotations

import ast
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from subprocess import DEVNULL
from types import TracebackType
from typing import Any

from jupyter_client.manager import KernelManager

# What the kernel is asked after an error: the frames of the traceback, and where a syntax error is.
_FRAMES = (
    "[(f.name, f.lineno or 0, f.line or '')"
    " for f in __import__('traceback').extract_tb(__import__('sys').last_traceback)[-40:]"
    " if 'ipykernel_' in f.filename]"
)
_SYNTAX = (
    "(lambda e: (e.lineno or 0, (e.text or '').strip(), e.msg) if isinstance(e, SyntaxError)"
    " else None)(__import__('sys').last_value)"
)
_STDERR_KEPT = 2000


@dataclass(frozen=True)
class Frame:
    """One line of the learner's notebook that was running."""

    function: str
    line: int
    text: str


@dataclass(frozen=True)
class Failure:
    """An exception in the kernel."""

    kind: str
    message: str
    frames: tuple[Frame, ...] = ()
    syntax: Frame | None = None


@dataclass(frozen=True)
class Result:
    """What became of a cell."""

    failure: Failure | None = None
    stderr: str = ""
    timed_out: bool = False
    died: bool = False

    @property
    def ok(self) -> bool:
        """Whether the cell ran to its end without an exception."""
        return not (self.failure or self.timed_out or self.died)


class Kernel:
    """A Python kernel that works in `folder`; use it in a ``with`` statement.

    Parameters
    ----------
    folder : Path
        Working folder of the code.
    time_limit : float
        Seconds that a cell may take.
    """

    def __init__(self, folder: Path, time_limit: float) -> None:
        self._folder = folder
        self._time_limit = time_limit
        self.alive = False

    def __enter__(self) -> Kernel:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def run(self, code: str) -> Result:
        """Run `code`; after a hang or a death `alive` is False and `restart` is needed."""
        request = self._client.execute(code, allow_stdin=False, stop_on_error=False)
        end = time.monotonic() + self._time_limit
        failure: Failure | None = None
        stderr, timed_out = "", False
        while True:
            if time.monotonic() > end:
                if timed_out:  # the code resists the interrupt
                    self.alive = False
                    break
                # An interrupt tells where the code is; a second later the kernel is given up.
                timed_out, end = True, time.monotonic() + 1.0
                self._manager.interrupt_kernel()
            try:
                message = self._client.get_iopub_msg(timeout=0.1)
            except Empty:
                if not self._manager.is_alive():
                    self.alive = False
                    return Result(failure, stderr, died=True)
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if message["msg_type"] == "error":
                failure = Failure(content["ename"], content["evalue"])
            elif message["msg_type"] == "stream" and content["name"] == "stderr":
                stderr = (stderr + content["text"])[-_STDERR_KEPT:]
            elif message["msg_type"] == "status" and content["execution_state"] == "idle":
                break
        if failure and self.alive:
            failure = self._locate(failure)
        return Result(failure, stderr, timed_out)

    def restart(self) -> None:
        """Replace the kernel by a fresh one."""
        self._stop()
        self._start()

    def _start(self) -> None:
        self._manager: Any = KernelManager(kernel_name="python3")
        # History is kept in memory: a check should leave no trace in the learner's own.
        self._manager.start_kernel(
            cwd=str(self._folder),
            extra_arguments=["--HistoryManager.hist_file=:memory:"],
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        self._client: Any = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=60)
        self.alive = True

    def _stop(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()

    def _locate(self, failure: Failure) -> Failure:
        try:
            reply = self._client.execute(
                "",
                silent=True,
                store_history=False,
                user_expressions={"frames": _FRAMES, "syntax": _SYNTAX},
                reply=True,
                timeout=5,
            )
            told = reply["content"]["user_expressions"]
            frames = ast.literal_eval(told["frames"]["data"]["text/plain"])
            syntax = ast.literal_eval(told["syntax"]["data"]["text/plain"])
        except Exception:  # whatever the learner's code broke, the error itself is known
            return failure
        where = Frame("", syntax[0], syntax[1]) if syntax else None
        message = syntax[2] if syntax else failure.message
        return Failure(failure.kind, message, tuple(Frame(*frame) for frame in frames), where)
