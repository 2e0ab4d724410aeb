"""Large pages for what a warm process holds."""

from __future__ import annotations

import mmap
import subprocess
import sys
from pathlib import Path

import pytest

from lrcourse.grading.sandbox import _pages as pages

WHOLE = "7f0000400000-7f0000800000"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"{WHOLE} rw-p 00000000 00:00 0 ", [(0x7F0000400000, 0x7F0000800000)]),
        (f"{WHOLE} rw-p 00000000 00:00 0          [heap]", [(0x7F0000400000, 0x7F0000800000)]),
        ("7f0000400001-7f0000a00000 rw-p 0 00:00 0", [(0x7F0000600000, 0x7F0000A00000)]),
        ("7f0000400001-7f00007fffff rw-p 0 00:00 0", []),  # not one whole page
        (f"{WHOLE} r--p 00000000 00:00 0 ", []),
        (f"{WHOLE} rw-s 00000000 00:00 0 ", []),  # shared: a fork copies none of it
        (f"{WHOLE} rw-p 00000000 08:01 7  /usr/lib/libm.so", []),
        (f"{WHOLE} rw-p 00000000 00:00 0          [stack]", []),
    ],
)
def test_only_whole_pages_of_private_data_are_taken(
    line: str, expected: list[tuple[int, int]]
) -> None:
    assert list(pages.large([line])) == expected


def test_what_is_held_stays_as_it_is() -> None:
    block = mmap.mmap(-1, 8 * pages.SIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for page in range(0, len(block), mmap.PAGESIZE):
        block[page] = page // mmap.PAGESIZE % 251
    pages.collapse()
    assert all(
        block[page] == page // mmap.PAGESIZE % 251 for page in range(0, len(block), mmap.PAGESIZE)
    )


@pytest.mark.skipif(
    not Path("/sys/kernel/mm/transparent_hugepage").is_dir()
    or tuple(map(int, Path("/proc/sys/kernel/osrelease").read_text().split(".")[:2])) < (6, 1),
    reason="this kernel cannot move memory into large pages",
)
def test_pages_are_large_afterwards() -> None:
    code = """if True:
        from pathlib import Path
        from lrcourse.grading.sandbox import _pages
        held = bytearray(b"x") * (64 << 20)
        def large():
            lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
            return next(int(line.split()[1]) for line in lines if "AnonHugePages" in line)
        before = large()
        _pages.collapse()
        print(large() - before)
    """
    gained = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert int(gained.stdout) > 0
