"""Messages over a socket: a kind of one letter and some bytes, bounded in size and time."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import time

# To the warm process, and back: fork a process, why did it end, end it; done.
SPAWN, WHY, CLOSE, READY = b"+", b"w", b"x", b"r"
# To a process: run a cell, split in two, run a locked cell, run a part of a test; done.
CELL, SPLIT, LOCKED, TEST, DONE = b"c", b"s", b"l", b"t", b"d"
# Between the tests and a learner's functions (`_peer`); nobody is there any more.
REQUEST, ANSWER, GONE = b"?", b"!", b"g"
HELLO = b"h"

_HEAD = struct.Struct("<Ic")


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
        try:
            self._end.settimeout(self._left())
            self._end.sendall(_HEAD.pack(len(body), kind) + body)
        except TimeoutError:
            raise Lost("took too long") from None
        except OSError:
            raise Lost("ended") from None

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
            try:
                self._end.settimeout(self._left())
                part = self._end.recv(min(1 << 20, size - len(taken)))
            except TimeoutError:
                raise Lost("took too long") from None
            except OSError:
                raise Lost("ended") from None
            if not part:
                raise Lost("ended")
            taken += part
        return bytes(taken)

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
