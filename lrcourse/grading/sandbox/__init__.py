"""Where strangers' code runs, apart from the tests that judge it.

The tests live in one process, a stranger's code in another. A test calls the stranger's functions
through messages that carry data only, so that nothing the code does to its own process changes what
the tests see. Both processes are forked from warm ones, in milliseconds.

What the split cannot do: gradients do not flow across it, `isinstance` does not hold for what a
stranger's class makes, and a change in place of an argument is not seen (hand over an array with
``flags.writeable = False`` to catch it). A test that needs these runs in the stranger's process,
and proves less.
"""

from lrcourse.grading.sandbox._host import Protection, SandboxError, protection
from lrcourse.grading.sandbox._limits import Limits
from lrcourse.grading.sandbox._session import Cell, Failure, Ran, Sandbox

__all__ = [
    "Cell",
    "Failure",
    "Limits",
    "Protection",
    "Ran",
    "Sandbox",
    "SandboxError",
    "protection",
]
