"""IPython without a kernel: runs cells and keeps what they show."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

_FRAMES = 30


class Outputs:
    """Outputs in nbformat's form, up to a number of characters."""

    def __init__(self) -> None:
        self.room = 0
        self._kept: list[dict[str, Any]] = []

    def add(self, kind: str, **parts: Any) -> None:
        """Keep an output, unless there is no room for it."""
        if self.room <= 0:
            return
        size = len(str(parts.get("text", parts.get("data", parts))))
        self.room -= size + 50
        if self.room <= 0:
            kind, parts = "stream", {"name": "stderr", "text": "[more output was left out]\n"}
        last = self._kept[-1] if self._kept else {}
        if kind == "stream" == last.get("output_type") and last["name"] == parts["name"]:
            last["parts"].append(parts["text"])
        elif kind == "stream":
            self._kept.append(
                {"output_type": kind, "name": parts["name"], "parts": [parts["text"]]}
            )
        else:
            self._kept.append({"output_type": kind, **parts})

    def take(self) -> list[dict[str, Any]]:
        """Give what was kept and begin anew."""
        taken, self._kept = self._kept, []
        for output in taken:
            if "parts" in output:
                output["text"] = "".join(output.pop("parts"))
        return taken


OUTPUTS = Outputs()


class _Stream(io.TextIOBase):
    encoding = "utf-8"

    def __init__(self, name: str) -> None:
        self._name = name

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            OUTPUTS.add("stream", name=self._name, text=str(text))
        return len(text)


class _Publisher(DisplayPublisher):
    def publish(self, data: dict[str, Any], metadata: Any = None, **_: Any) -> None:  # type: ignore[override]
        OUTPUTS.add("display_data", data=dict(data), metadata={})


class _Hook(DisplayHook):
    def write_output_prompt(self) -> None:
        """Print no number."""

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        count = self.shell.execution_count  # type: ignore[union-attr]
        OUTPUTS.add("execute_result", data=dict(format_dict), metadata={}, execution_count=count)

    def finish_displayhook(self) -> None:
        """Print no line end."""


class Shell(InteractiveShell):
    """Runs cells; what they show goes to `OUTPUTS`."""

    displayhook_class = _Hook
    display_pub_class = _Publisher

    def enable_gui(self, gui: Any = None) -> None:
        """Have no windows."""

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        lines = [str(line)[:4000] for line in (stb if isinstance(stb, list) else [stb])][-60:]
        OUTPUTS.add("error", ename=etype.__name__, evalue=str(evalue)[:2000], traceback=lines)


def make_shell() -> Shell:
    """Start IPython: no history on disk, no startup files, no colours."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    config.Completer.use_jedi = False
    shell: Any = Shell.instance(config=config)
    shell.run_cell("0", store_history=True)  # the first cell costs most
    OUTPUTS.take()
    shell.reset(new_session=True)
    made: Shell = shell
    return made


def capture() -> None:
    """Let Python's output go to `OUTPUTS`."""
    sys.stdout, sys.stderr = _Stream("stdout"), _Stream("stderr")


def last_line(
    trace: TracebackType | None, belongs: Callable[[str], bool]
) -> tuple[int, str] | None:
    """Find the last line of a traceback whose file `belongs`: its number and its text."""
    found = None
    for frame in traceback.extract_tb(trace)[-_FRAMES:]:
        if belongs(frame.filename):
            found = (frame.lineno or 0, (frame.line or "").strip()[:200])
    return found
