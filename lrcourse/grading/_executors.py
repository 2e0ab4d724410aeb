"""Where notebooks are run: in threads of this process, or on a Dask cluster.

Whoever runs them gives back plain results; the gradebook is written by the caller alone.
"""

from __future__ import annotations

import atexit
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol

from lrcourse.grading.sandbox import Cell, Limits, Ran, Sandbox, protection


@dataclass(frozen=True)
class Setup:
    """What all notebooks of a run share.

    Attributes
    ----------
    sandbox : {'auto', 'bwrap', 'process'}
    modules : tuple of str
        To import once.
    limits : Limits
    files : mapping of str to bytes
        The instructor's data files.
    """

    sandbox: str
    modules: tuple[str, ...]
    limits: Limits
    files: Mapping[str, bytes]

    def open(self) -> Sandbox:
        """Make the sandbox; enter it to start it."""
        return Sandbox(protection(self.sandbox), self.modules, self.limits)


@dataclass(frozen=True)
class Job:
    """The notebooks of one submission.

    Attributes
    ----------
    student : str
    notebooks : mapping of str to tuple of Cell
        What to run of each.
    files : mapping of str to bytes
        The learner's data files.
    """

    student: str
    notebooks: Mapping[str, tuple[Cell, ...]]
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Done:
    """What became of a job.

    Attributes
    ----------
    notebooks : mapping of str to list of Ran
        One result a cell.
    seconds : float
        Wall-clock time of the job.
    """

    notebooks: Mapping[str, list[Ran]]
    seconds: float


class Executor(Protocol):
    """Runs jobs; used in a ``with`` statement."""

    def __enter__(self) -> Executor:
        """Start."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End what runs."""

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Done]]:
        """Yield each job with what became of it, as they are done."""


class Local:
    """Runs jobs in threads of this process; the work is done in the sandbox's processes.

    Parameters
    ----------
    setup : Setup
    threads : int
        Jobs at a time.
    """

    def __init__(self, setup: Setup, threads: int) -> None:
        self._setup = setup
        self._threads = threads

    def __enter__(self) -> Local:
        with ExitStack() as opened:
            self._sandbox = opened.enter_context(self._setup.open())
            self._pool = ThreadPoolExecutor(self._threads)
            opened.callback(self._pool.shutdown, wait=True, cancel_futures=True)
            self._opened = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Done]]:
        """Yield each job with what became of it, as they are done."""
        self._sandbox.ready()
        waiting: dict[Future[Done], Job] = {}
        coming = iter(jobs)
        while True:
            # A few are read ahead, not all: 5,000 submissions need not lie in memory.
            while len(waiting) < self._threads + 2 and (job := next(coming, None)):
                waiting[self._pool.submit(_do, self._sandbox, self._setup, job)] = job
            if not waiting:
                return
            for done in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(done), done.result()


class Dask:
    """Runs jobs on the workers of a cluster, each with a sandbox of its own.

    Parameters
    ----------
    setup : Setup
    address : str
        Of the scheduler, such as ``tcp://10.0.0.1:8786``.
    """

    def __init__(self, setup: Setup, address: str) -> None:
        self._setup = setup
        self._address = address

    def __enter__(self) -> Dask:
        self._client = _distributed().Client(self._address, timeout=30)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()

    def run(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Done]]:
        """Yield each job with what became of it, as they are done."""
        coming = iter(jobs)
        setup = self._client.scatter(self._setup, broadcast=True, hash=False)
        waiting: dict[str, Job] = {}
        queue = _distributed().as_completed()
        threads = max(1, sum(self._client.nthreads().values()))
        while True:
            while len(waiting) < 3 * threads and (job := next(coming, None)):
                # A worker that dies takes no grade with it: its jobs run again on another.
                future = self._client.submit(_do_on_worker, setup, job, pure=False, retries=3)
                waiting[future.key] = job
                queue.add(future)
            if not waiting:
                return
            future = next(queue)
            yield waiting.pop(future.key), future.result()


def _distributed() -> Any:
    """Import Dask, which has no types and which grading on one machine does without."""
    import distributed

    return distributed


def _do(sandbox: Sandbox, setup: Setup, job: Job) -> Done:
    began = time.perf_counter()
    results = {
        name: sandbox.run(cells, job.files, setup.files) for name, cells in job.notebooks.items()
    }
    return Done(results, time.perf_counter() - began)


_on_worker: dict[Any, Sandbox] = {}


def _do_on_worker(setup: Setup, job: Job) -> Done:
    """Run a job in this worker's sandbox, which starts with the first one."""
    key = (setup.sandbox, setup.modules, setup.limits)
    if key not in _on_worker:
        sandbox = setup.open()
        sandbox.__enter__()
        sandbox.ready()
        atexit.register(sandbox.__exit__, None, None, None)
        _on_worker[key] = sandbox
    return _do(_on_worker[key], setup, job)
