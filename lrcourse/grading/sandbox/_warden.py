"""The warm process: it has imported everything once, and forks a process for each notebook.

It holds no test, no solution and no submission. It keeps an eye on what it has forked: who starts
too many processes, fills the folder or leaves children behind is ended as a whole.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import importlib
import json
import os
import random
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lrcourse.grading.sandbox import _confine, _pages, _student, _tester
from lrcourse.grading.sandbox._limits import Limits
from lrcourse.grading.sandbox._shell import make_shell
from lrcourse.grading.sandbox._wire import CLOSE, HELLO, READY, SPAWN, Lost, Wire

_GLANCE = 0.05  # seconds between two looks at what the processes do


def main(control: int, config: Mapping[str, Any]) -> None:
    """Serve the grader over the socket `control` until it hangs up.

    Parameters
    ----------
    control : int
        File descriptor of a connected socket.
    config : mapping
        ``role`` ("student" or "tester"), ``modules`` to import, ``scratch`` (a folder), ``limits``,
        ``readable`` (what students' code may read) and ``confine`` (whether to ask the kernel).
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever ends leaves no zombie
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the grader decides when this ends
    _confine.adopt_orphans()
    _confine.has_seccomp()  # looks for its library, which a confined process may not
    gc.disable()  # what is imported is there to stay
    shell = make_shell() if config["role"] == "student" else None
    _warm(config["modules"])
    if config["role"] == "student":
        _warm_optimizers()
    gc.freeze()  # a fork need not touch it
    gc.enable()
    if config["role"] == "student":  # forks for each test
        _pages.collapse()
    warden = _Warden(Wire(socket.socket(fileno=control), 1 << 30), control, config, shell)
    with contextlib.suppress(Lost):
        warden.serve()
    warden.close_all()


def _warm(modules: Sequence[str]) -> None:
    """Import what the notebooks will import, with the same random numbers every time."""
    for name in modules:
        with contextlib.suppress(Exception):  # then the cell that imports it will say so
            importlib.import_module(name)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(0)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
        sys.modules["torch"].manual_seed(0)


def _warm_optimizers() -> None:
    """Import what torch's first optimiser would: a second, in each notebook that makes one."""
    if "torch" in sys.modules:
        with contextlib.suppress(Exception):
            importlib.import_module("torch._dynamo")


class _Warden:
    def __init__(self, wire: Wire, control: int, config: Mapping[str, Any], shell: Any) -> None:
        self._wire = wire
        self._control = control
        self._config = config
        self._shell = shell
        self._limits = Limits(**config["limits"])
        self._folders: dict[int, Path] = {}  # of the sessions that run
        self._closing: dict[int, Path] = {}  # of those that were killed and are still dying
        self._ended: dict[int, str] = {}  # why sessions were ended from here

    def serve(self) -> None:
        self._wire.send(READY)
        while True:
            watching = _GLANCE if self._folders or self._closing else None
            if not select.select([self._control], [], [], watching)[0]:
                self._look()
                continue
            kind, body = self._wire.receive()
            if kind == SPAWN:
                self._spawn(json.loads(body), self._wire.receive_end())
            elif kind == CLOSE:
                self._close(int(body))
                self._wire.send(READY)
            else:
                self._look()
                self._wire.send(READY, self._ended.get(int(body), "").encode())

    def close_all(self) -> None:
        for session in list(self._folders):
            self._close(session)
        for _ in range(1000):  # who is killed may just have forked
            if not self._closing:
                break
            time.sleep(0.005)
            self._look()

    def _spawn(self, files: Mapping[str, str], end: socket.socket) -> None:
        folder = Path(tempfile.mkdtemp(dir=self._config["scratch"]))
        child = os.fork()
        if child == 0:
            try:
                self._become(folder, files, end)
            except BaseException:  # an end like any other: the grader sees that nobody answers
                os._exit(1)
            os._exit(0)
        end.close()
        if child in self._closing:  # the kernel gives a number again when nobody has it any more
            _remove(self._closing.pop(child))
        self._folders[child] = folder
        self._wire.send(READY, str(child).encode())

    def _become(self, folder: Path, files: Mapping[str, str], end: socket.socket) -> None:
        """Turn into the process of one notebook."""
        os.setsid()
        self._wire.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with Path(os.devnull).open("r+b") as nothing:
            for standard in range(3):
                os.dup2(nothing.fileno(), standard)
        os.chdir(folder)
        os.environ.update(HOME=str(folder), TMPDIR=str(folder), IPYTHONDIR=str(folder))
        tempfile.tempdir = None
        random.seed(0)  # after the fork, which draws a new state
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(content))
        wire = Wire(end, 1 << 30)
        if self._config["role"] == "tester":
            _confine.limit(self._limits)
            wire.send(HELLO)
            _tester.serve(wire)
            return
        sys.path.append(str(folder))  # last: a file here can stand in for no installed package
        if self._config["confine"]:
            _confine.deny_files(self._config["readable"], folder)
        _confine.limit(self._limits)
        _confine.drop_privileges()
        if self._config["confine"]:
            _confine.deny_calls()
        wire.send(HELLO)
        _student.serve(wire, self._shell)

    def _look(self) -> None:
        """End sessions that take too much, and processes of none or of one that is closed."""
        families = self._families()
        for session, members in families.items():
            if session not in self._folders:
                _kill(members)
            elif len(members) > self._limits.processes:
                self._end(session, members, "started too many processes")
            elif _is_full(self._folders[session], self._limits):
                self._end(session, members, "wrote too much to its folder")
        for session in self._closing.keys() - families.keys():
            _remove(self._closing.pop(session))

    def _end(self, session: int, members: Sequence[int], reason: str) -> None:
        self._ended[session] = reason
        _kill(members)

    def _close(self, session: int) -> None:
        """Kill a session; its folder goes when the last of its processes has gone."""
        self._ended.pop(session, None)
        if session in self._folders:
            self._closing[session] = self._folders.pop(session)
        self._look()

    def _families(self) -> dict[int, list[int]]:
        """Give the living descendants by the session that they belong to.

        A child of the warden is the root of its session, or an orphan; an orphan that has left its
        session belongs to one that nobody knows.
        """
        families: dict[int, list[int]] = {}
        for child in _children(os.getpid()):
            try:
                session = child if child in self._folders else os.getsid(child)
            except ProcessLookupError:
                continue
            families.setdefault(session, []).extend([child, *_descendants(child)])
        return families


def _children(process: int) -> Iterator[int]:
    try:
        threads = list(Path(f"/proc/{process}/task").iterdir())
    except OSError:
        return
    for thread in threads:
        with contextlib.suppress(OSError):
            text = (thread / "children").read_text(encoding="ascii")
            yield from map(int, text.split())


def _descendants(process: int) -> Iterator[int]:
    for child in _children(process):
        yield child
        yield from _descendants(child)


def _kill(processes: Sequence[int]) -> None:
    for process in processes:
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)


def _is_full(folder: Path, limits: Limits) -> bool:
    """Whether more lies in `folder` than may."""
    size = count = 0
    open_folders = [str(folder)]
    while open_folders and count <= limits.folder_files and size <= limits.folder_bytes:
        with contextlib.suppress(OSError), os.scandir(open_folders.pop()) as entries:
            for entry in entries:
                count += 1
                with contextlib.suppress(OSError):
                    size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        open_folders.append(entry.path)
                if count > limits.folder_files:
                    break
    return count > limits.folder_files or size > limits.folder_bytes


def _remove(folder: Path) -> None:
    """Delete a folder, also what a stranger locked in it."""
    for parent, folders, _ in os.walk(folder):  # never through links
        for name in folders:
            inner = Path(parent, name)
            if not inner.is_symlink():
                with contextlib.suppress(OSError):
                    inner.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
