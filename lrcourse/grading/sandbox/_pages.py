"""Memory in large pages: a fork copies the list of a process's pages, so the fewer the better."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from pathlib import Path

SIZE = 2 << 20  # bytes of a large page
_COLLAPSE = 25  # MADV_COLLAPSE, of Linux 6.1; an older kernel refuses it, and nothing happens

# With this in the environment, glibc asks for large pages from the start.
ENVIRONMENT = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


def collapse() -> None:
    """Move what this process holds by now into large pages, where the kernel can do that.

    A process with torch in it forks in a third of the time. It costs a fifth of a second, once.
    """
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in large(lines):
        libc.madvise(start, end - start, _COLLAPSE)


def large(lines: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Yield what spans of ``/proc/PID/maps`` hold data of no file, cut to whole large pages.

    >>> spans = ["3ff000-801000 rw-p 0 0:0 0 [heap]", "a00000-c00000 r-xp 0 8:1 7 /usr/lib/libm.so"]
    >>> [(hex(start), hex(end)) for start, end in large(spans)]
    [('0x400000', '0x800000')]
    """
    for line in lines:
        span, rights, _, _, _, *name = line.split()
        if rights == "rw-p" and name in ([], ["[heap]"]):
            start, end = (int(address, 16) for address in span.split("-"))
            start, end = -(-start // SIZE) * SIZE, end // SIZE * SIZE
            if start < end:
                yield start, end
