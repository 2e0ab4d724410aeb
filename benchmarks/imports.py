"""What ``import lrcourse`` costs: ``python -m benchmarks.imports [--rounds N]``.

CPU seconds of the import alone, each in a fresh process, without the start of the interpreter. In
every round all of them run one after the other, so that a busy machine slows all; the table has
medians over rounds, after one that only warms the disk's cache. The subpackages are lazy: the rows
below ``lrcourse`` say what the first use of one adds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

import numpy as np

GOAL = 0.10  # of `import torch`
ABSENT = ("torch", "matplotlib", "numpy", "pandas", "scipy", "sklearn")
NAMES = (
    "lrcourse",
    "lrcourse.schedules",
    "lrcourse.optimizers",
    "lrcourse.training",
    "lrcourse.finder",
    "numpy",
    "torch",
)
CHILD = """
import sys, time
before = time.process_time()
import {name}
print(time.process_time() - before, *(name for name in {absent} if name in sys.modules))
"""


def imported(name: str) -> tuple[float, list[str]]:
    """Return the CPU seconds of an import in a fresh process, and which heavy modules it loads."""
    command = [sys.executable, "-c", CHILD.format(name=name, absent=ABSENT)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(answer[0]), answer[1:]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    loads = {name: imported(name)[1] for name in NAMES}
    if loads["lrcourse"]:
        raise SystemExit(f"import lrcourse loads {', '.join(loads['lrcourse'])}")
    seconds = np.array([[imported(name)[0] for name in NAMES] for _ in range(rounds)])
    ratios = np.median(seconds / seconds[:, [NAMES.index("torch")]], axis=0)
    print(f"{rounds} round(s), medians; goal: import lrcourse at most {GOAL:g} of import torch.")
    print(f"{'import':22}{'CPU ms':>9}{'range':>18}{'/ torch':>9}  loads")
    for i, name in enumerate(NAMES):
        column = 1e3 * seconds[:, i]
        spread = f"{column.min():.1f} to {column.max():.1f}"
        heavy = ", ".join(loads[name]) or "-"
        print(f"{name:22}{np.median(column):9.1f}{spread:>18}{ratios[i]:9.3f}  {heavy}")


if __name__ == "__main__":
    main()
