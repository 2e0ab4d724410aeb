"""The grader's side of the warm processes: how they are started and spoken to."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal

from lrcourse.grading.sandbox import _confine, _pages
from lrcourse.grading.sandbox._limits import Limits
from lrcourse.grading.sandbox._wire import CLOSE, SPAWN, WHY, Lost, Wire

Level = Literal["bwrap", "process"]

_BOOT = (
    "import json, sys; config = json.loads(sys.argv[2]); sys.path[:] = config['path'];"
    "from lrcourse.grading.sandbox import _warden; _warden.main(int(sys.argv[1]), config)"
)
_START_SECONDS = 120
_ANSWER_SECONDS = 30
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/sbin")
_READABLE = ("/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo")


class SandboxError(RuntimeError):
    """The sandbox that was asked for is not to be had; the message says why."""


@dataclass(frozen=True)
class Protection:
    """What keeps a stranger's code in its place on this machine.

    Attributes
    ----------
    level : {'bwrap', 'process'}
        Namespaces of bubblewrap, or a process of its own without them.
    in_force, missing : tuple of str
        In words, for the summary.
    """

    level: Level
    in_force: tuple[str, ...]
    missing: tuple[str, ...]


def protection(asked: str = "auto") -> Protection:
    """Find out what this machine can enforce.

    Parameters
    ----------
    asked : {'auto', 'bwrap', 'process'}
        ``auto`` takes bubblewrap where it works.

    Returns
    -------
    Protection

    Raises
    ------
    ValueError
        When `asked` is none of the three.
    SandboxError
        When bubblewrap is asked for and does not work, or the system cannot fork.

    Examples
    --------
    >>> protection("process").level
    'process'
    """
    if asked not in ("auto", "bwrap", "process"):
        raise ValueError(f"sandbox must be auto, bwrap or process, got {asked!r}")
    if not hasattr(os, "fork"):
        raise SandboxError(
            f"grading needs a system that can fork, such as Linux or macOS; this is"
            f" {platform.system()}"
        )
    trouble = "" if asked == "process" else _try_bwrap()
    if asked == "bwrap" and trouble:
        raise SandboxError(f"--sandbox bwrap was asked for, but {trouble}")
    level: Level = "process" if asked == "process" or trouble else "bwrap"
    landlock, seccomp = _confine.landlock_version(), _confine.has_seccomp()
    boxed = level == "bwrap"
    measures = {
        "separate processes for code and tests": True,
        "limits on time, memory, output and files": True,
        "files outside the private folder out of reach": boxed or landlock > 0,
        "no network": boxed or seccomp,
        "no signals to other processes": boxed or seccomp or landlock >= 6,
        "no other programs": seccomp or landlock > 0,
        "processes out of sight": boxed,
    }
    return Protection(
        level,
        tuple(measure for measure, holds in measures.items() if holds),
        tuple(measure for measure, holds in measures.items() if not holds),
    )


def _try_bwrap() -> str:
    """Say why bubblewrap cannot be used; nothing where it can."""
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed (Debian: apt install bubblewrap)"
    tried = subprocess.run(
        ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "true"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    return f"bwrap fails: {tried.stderr.strip()[:200]}" if tried.returncode else ""


class Warden:
    """A warm process for one role, and the processes that it forks; use it in a ``with`` statement.

    Parameters
    ----------
    role : {'student', 'tester'}
        Whose code the processes will run.
    level : {'bwrap', 'process'}
        Where a student's processes run; a tester's are the instructor's.
    modules : sequence of str
        What to import once, ahead of all notebooks.
    limits : Limits
    """

    def __init__(
        self,
        role: Literal["student", "tester"],
        level: Level,
        modules: Sequence[str],
        limits: Limits,
    ) -> None:
        self._role = role
        self._level: Level = level if role == "student" else "process"
        self._modules = list(modules)
        self._limits = limits
        self._lock = threading.Lock()
        self._is_ready = False

    def __enter__(self) -> Warden:
        self._scratch = tempfile.mkdtemp(prefix=f"lrcourse-{self._role}-")
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def spawn(self, files: Mapping[str, bytes], end: socket.socket) -> int:
        """Fork a process that has `end` and finds `files` in its folder; give its session."""
        packed = {name: base64.b64encode(content).decode() for name, content in files.items()}
        with self._lock:
            return int(self._request(SPAWN, json.dumps(packed).encode(), end))

    def why(self, session: int) -> str:
        """Say why the warden has ended a session; nothing if it has not."""
        with self._lock:
            return self._request(WHY, str(session).encode()).decode()

    def close(self, session: int) -> None:
        """End all processes of a session and remove its folder."""
        with self._lock:
            self._request(CLOSE, str(session).encode())

    def _request(self, kind: bytes, body: bytes, end: socket.socket | None = None) -> bytes:
        """Ask the warden; one that does not answer is replaced, and `Lost` raised."""
        try:
            self._wait_until_ready()
            self._wire.deadline = time.monotonic() + _ANSWER_SECONDS
            self._wire.send(kind, body)
            if end:
                self._wire.send_end(end)
            return self._wire.receive()[1]
        except (Lost, OSError):
            self._stop()
            self._start()
            raise Lost("the sandbox ended") from None

    def ready(self) -> None:
        """Wait until everything is imported."""
        with self._lock:
            try:
                self._wait_until_ready()
            except Lost as error:
                raise SandboxError(f"the {self._role}s' process did not start: {error}") from None

    def _wait_until_ready(self) -> None:
        if not self._is_ready:
            self._wire.deadline = time.monotonic() + _START_SECONDS
            self._wire.receive()
            self._is_ready = True

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        path = _import_path()
        config = {
            "role": self._role,
            "path": path,
            "modules": self._modules,
            "scratch": self._scratch,
            "limits": asdict(self._limits),
            "readable": [*_SYSTEM, *_READABLE, *_packages(path)],
            "confine": True,
        }
        command = [
            sys.executable,
            "-s",
            "-P",
            "-c",
            _BOOT,
            str(theirs.fileno()),
            json.dumps(config),
        ]
        if self._level == "bwrap":
            command = [*_bwrap(path, self._scratch), *command]
        with theirs:
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                env=_environment(self._scratch),
                cwd="/",
                stdin=subprocess.DEVNULL,
            )
        self._wire = Wire(ours, 1 << 20)
        self._is_ready = False

    def _stop(self) -> None:
        self._wire.close()  # the warden ends its sessions, and itself
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _environment(home: str) -> dict[str, str]:
    """Give all that a stranger's process may know of the environment."""
    one_thread = {
        f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB")
    }
    return {
        **one_thread,
        **_pages.ENVIRONMENT,
        "HOME": home,
        "IPYTHONDIR": home,
        "LANG": "C.UTF-8",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": home,
        "PATH": "/usr/bin:/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "TMPDIR": home,
    }


def _import_path() -> list[str]:
    """Give where packages are imported from: not from the current folder, which may be a course."""
    home = _package_folder().parent
    here = Path.cwd()
    return [
        place
        for place in dict.fromkeys(map(str, sys.path))
        if Path(place).is_absolute() and (Path(place) == home or Path(place) != here)
    ]


def _package_folder() -> Path:
    specification = importlib.util.find_spec("lrcourse")
    assert specification
    assert specification.origin
    return Path(specification.origin).parent


def _packages(path: Sequence[str]) -> list[str]:
    """Give the folders that hold installed packages, and this one; not what lies around it."""
    home = _package_folder()
    folders = [sys.prefix, sys.base_prefix, *path]
    # A checkout of this package has more around it than packages.
    around = [] if "site-packages" in home.parts else [str(place) for place in home.parents]
    found = [one for one in dict.fromkeys(folders) if Path(one).is_dir() and one not in around]
    return [str(home), *found]


def _bwrap(path: Sequence[str], scratch: str) -> list[str]:
    command = [
        *("bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),
    ]
    for place in _SYSTEM:
        if Path(place).is_symlink():
            command += ["--symlink", str(Path(place).readlink()), place]
        elif Path(place).is_dir():
            command += ["--ro-bind", place, place]
    for place in (*_READABLE[:2], *_packages(path)):
        command += ["--ro-bind-try", place, place]
    return [*command, "--bind", scratch, scratch, "--chdir", "/"]
