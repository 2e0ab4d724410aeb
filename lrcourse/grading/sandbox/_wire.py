"""Messages over a socket: a kind of one letter and some bytes, bounded in size and time."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

PATIENCE = 3  # how many times longer, by the clock, a process may take than it may compute

# To the warm process, and back: fork a process, why did it end, end it; done.
SPAWN, WHY, CLOSE, READY = b"+", b"w", b"x", b"r"
# To a process: run a cell, split in two, run a locked cell, run a part of a test; done.
CELL, SPLIT, LOCKED, TEST, DONE = b"c", b"s", b"l", b"t", b"d"
# Between the tests and a learner's functions (`_peer`); nobody is there any more.
REQUEST, ANSWER, GONE = b"?", b"!", b"g"
HELLO = b"h"

_HEAD = struct.Struct("<Ic")
_TICKS = os.sysconf("SC_CLK_TCK")
_Argument = TypeVar("_Argument")
_Result = TypeVar("_Result")


class Lost(Exception):
    """The other side died, kept silent for too long or sent nonsense; the message says which."""


class Wire:
    """One end of a conversation.

    Parameters
    ----------
    end : socket.socket
        A connected stream socket.
    largest : int
        Bytes of the largest message that is taken.
    """

    def __init__(self, end: socket.socket, largest: int) -> None:
        self._end = end
        self._largest = largest
        self.deadline: float | None = None  # of time.monotonic; None: waits for ever

    def send(self, kind: bytes, body: bytes = b"") -> None:
        """Send a message; `Lost` where nobody takes it."""
        left = memoryview(_HEAD.pack(len(body), kind) + body)
        while left:
            left = left[self._try(self._end.send, left) :]

    def receive(self) -> tuple[bytes, bytes]:
        """Wait for a message: its kind and its body."""
        size, kind = _HEAD.unpack(self._take(_HEAD.size))
        if size > self._largest:
            raise Lost(f"gave back more than {self._largest >> 20} MB")
        return kind, self._take(size)

    def send_end(self, other: socket.socket) -> None:
        """Hand over one end of another conversation."""
        socket.send_fds(self._end, [b"+"], [other.fileno()])

    def receive_end(self) -> socket.socket:
        """Take an end that `send_end` hands over."""
        _, ends, _, _ = socket.recv_fds(self._end, 1, 1)
        if not ends:
            raise Lost("ended")
        return socket.socket(fileno=ends[0])

    def close(self) -> None:
        """End the conversation."""
        self._end.close()

    def _take(self, size: int) -> bytes:
        taken = bytearray()
        while len(taken) < size:
            part = self._try(self._end.recv, min(1 << 20, size - len(taken)))
            if not part:
                raise Lost("ended")
            taken += part
        return bytes(taken)

    def _try(self, action: Callable[[_Argument], _Result], argument: _Argument) -> _Result:
        while True:
            try:
                self._end.settimeout(self._left())
                return action(argument)
            except TimeoutError:
                if not self._has_more_time():
                    raise Lost("took too long") from None
            except OSError:
                raise Lost("ended") from None

    def _has_more_time(self) -> bool:
        """Whether the deadline, which has come, has been put off."""
        return False

    def _left(self) -> float | None:
        if self.deadline is None:
            return None
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class Line(Wire):
    """The grader's end: it knows, from the kernel, which process speaks at the other end."""

    def __init__(self, end: socket.socket, largest: int) -> None:
        super().__init__(end, largest)
        self.process: int | None = None
        self._due = 0.0  # seconds of computing that the process may have behind it
        self._latest = 0.0

    def allow(self, seconds: float, latest: float) -> None:
        """Let the other side compute for `seconds`, however long the machine takes to give them.

        Parameters
        ----------
        seconds : float
            Of the process's own time: what other work takes from it on a busy machine does not
            count. A process that waits without computing has `PATIENCE` times as long.
        latest : float
            When it ends in any case, of `time.monotonic`.
        """
        now = time.monotonic()
        self._due = self._computed() + seconds
        self._latest = min(now + PATIENCE * seconds, latest)
        self.deadline = min(now + seconds, latest)

    def _has_more_time(self) -> bool:
        now = time.monotonic()
        missing = self._due - self._computed()
        if missing <= 0 or now >= self._latest:
            return False
        self.deadline = min(now + max(missing, 0.01), self._latest)
        return True

    def _computed(self) -> float:
        """Give the seconds that the process has computed; without end where nobody can tell."""
        try:
            text = Path(f"/proc/{self.process}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return math.inf
        user, system = text.rpartition(")")[2].split()[11:13]  # its name may hold anything
        return (int(user) + int(system)) / _TICKS

    def meet(self) -> None:
        """Wait for the first word of the other side and keep its process id.

        The id comes with the message from the kernel: what the process says of itself may be a lie,
        and would turn `kill` on somebody else.
        """
        self._end.settimeout(self._left())
        try:
            _, extra, _, _ = self._end.recvmsg(_HEAD.size, socket.CMSG_SPACE(12))
        except OSError:
            raise Lost("ended") from None
        for level, kind, data in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                self.process = struct.unpack("3i", data[:12])[0]
        if not self.process:
            raise Lost("ended")

    def kill(self) -> None:
        """End the other side, whatever it is doing."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process, signal.SIGKILL)
            self.process = None
        self.close()


def pair(largest: int) -> tuple[Line, socket.socket]:
    """Make a conversation: the grader's line, and the end to hand over."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return Line(ours, largest), theirs
