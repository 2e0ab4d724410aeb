"""What a stranger's code may use."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one notebook may use; more of it ends the cell, or the call, that asks for it.

    Parameters
    ----------
    cell_seconds : float
        That a cell may compute, and the calls that one test cell makes: what other work takes on a
        busy machine does not count. Who waits instead has three times as long by the clock.
    notebook_seconds : float, optional
        Wall-clock seconds of the whole notebook, ten cells' worth by default. What has not run by
        then stays without points.
    memory_bytes : int
        Address space of a process.
    processes : int
        Processes at one time, the pauses before each test included.
    folder_bytes, folder_files : int
        What may lie in the private folder.
    output_bytes : int
        Outputs kept of a cell; the rest is cut off.
    reply_bytes : int
        Largest value that a function may give back to a test.

    Raises
    ------
    ValueError
        When a limit is not above 0.

    Examples
    --------
    >>> Limits(cell_seconds=2.0).notebook_seconds
    20.0
    """

    cell_seconds: float = 10.0
    notebook_seconds: float = 0.0
    memory_bytes: int = 4 << 30
    processes: int = 64
    folder_bytes: int = 256 << 20
    folder_files: int = 5_000
    output_bytes: int = 1 << 20
    reply_bytes: int = 32 << 20

    def __post_init__(self) -> None:
        if not self.notebook_seconds:
            object.__setattr__(self, "notebook_seconds", 10 * self.cell_seconds)
        for name, value in vars(self).items():
            if not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{name} must be a finite number above 0, got {value!r}")
