"""A progress bar that stays away from what takes less than a second."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 1.0  # seconds


class Bar:
    """A bar over `total` units of work, as a context.

    Parameters
    ----------
    total : int
    shown : bool
        Whether to show anything at all.
    """

    def __init__(self, total: int, *, shown: bool) -> None:
        self.total, self.shown, self.done = total, shown, 0
        self.started = time.monotonic()
        self.progress: Progress | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.progress is not None:
            self.progress.stop()

    def advance(self, units: int) -> None:
        """Tell the bar that so many more units are done."""
        self.done += units
        if not self.shown or time.monotonic() - self.started < PATIENCE:
            return
        if self.progress is None:
            from rich.console import Console
            from rich.progress import Progress

            self.progress = Progress(console=Console(stderr=True), transient=True)
            self.task = self.progress.add_task("training", total=self.total)
            self.progress.start()
        assert self.task is not None
        self.progress.update(self.task, completed=self.done)
