"""Grading against nbgrader: ``python -m benchmarks.grading [--students N] [--many N]``.

Both sides grade the same submissions, of two notebooks each: one of NumPy, one that imports torch
and trains a small network. They are right, partly right, wrong and untouched. That both give every
cell the same score is checked before the table is printed. nbgrader runs as it comes, one
submission after the other; ours uses `--jobs` processes.

*Whole* is the wall-clock time of the command, start-up included; *steady* is the time a submission,
from the first graded one to the last, as the folders of graded notebooks appear. CPU seconds are
those of all processes of a side, read from a control group where this machine lets one be made.

With ``--many N`` ours alone then grades N submissions, and the table has the seconds a submission
for each block of a hundred: they should not grow.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from lrcourse.grading.answers import fill_in
from lrcourse.grading.release import release

GOALS = {"steady": 20, "whole": 10, "CPU": 7}
ASSIGNMENT = "steps"
BLOCK = 100
CONFIG = """c = get_config()
c.CourseDirectory.course_id = "benchmark"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.ignore = ["*.py", ".ipynb_checkpoints"]
"""

HEAD = """# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---"""

# Question: the line `def`, a right body, a wrong one, visible tests, hidden tests.
NUMPY = {
    "sgd_step": (
        "def sgd_step(w, g, lr):",
        "return w - lr * g",
        "return w + lr * g",
        "assert np.allclose(sgd_step(np.array([1.0, 2.0]), np.ones(2), 0.5), [0.5, 1.5])",
        "rng = np.random.default_rng(1)\nfor _ in range(20):\n    w, g = rng.normal(size=(2, 5))\n"
        "    np.testing.assert_allclose(sgd_step(w, g, 0.1), w - 0.1 * g)",
    ),
    "momentum_step": (
        "def momentum_step(w, v, g, lr, beta):",
        "v = beta * v + g\n    return w - lr * v, v",
        "return w - lr * g, v",
        "w, v = momentum_step(np.ones(2), np.zeros(2), np.ones(2), 0.1, 0.9)\n"
        "assert np.allclose(v, 1)",
        "w, v = momentum_step(np.ones(2), np.ones(2), np.ones(2), 0.1, 0.9)\n"
        "assert np.allclose(v, 1.9)\nassert np.allclose(w, 0.81)",
    ),
    "cosine_lr": (
        "def cosine_lr(t, T, lr):",
        "return lr * 0.5 * (1 + np.cos(np.pi * t / T))",
        "return lr * (1 - t / T)",
        "assert np.isclose(cosine_lr(0, 10, 1.0), 1.0)",
        "assert np.isclose(cosine_lr(2, 10, 1.0), 0.9045084971874737)",
    ),
    "clip_by_norm": (
        "def clip_by_norm(g, c):",
        "n = np.linalg.norm(g)\n    return g if n <= c else g * c / n",
        "return np.clip(g, -c, c)",
        "assert np.allclose(clip_by_norm(np.array([0.1, 0.1]), 1), [0.1, 0.1])",
        "np.testing.assert_allclose(clip_by_norm(np.array([3.0, 4.0]), 1.0), [0.6, 0.8])",
    ),
}
TORCH = {
    "make_model": (
        "def make_model(h):",
        "return nn.Sequential(nn.Linear(8, h), nn.Tanh(), nn.Linear(h, 1))",
        "return nn.Linear(8, 1)",
        "assert make_model(16)(torch.zeros(3, 8)).shape == (3, 1)",
        "assert len(make_model(32)) == 3",
    ),
    "train": (
        "def train(model, x, y, lr, steps):",
        "optimizer = torch.optim.SGD(model.parameters(), lr=lr)\n    losses = []\n"
        "    for _ in range(steps):\n"
        "        loss = ((model(x).squeeze(-1) - y) ** 2).mean()\n"
        "        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()\n"
        "        losses.append(loss.item())\n    return losses",
        "return [((model(x).squeeze(-1) - y) ** 2).mean().item()] * steps",
        "torch.manual_seed(0)\nx = torch.randn(2048, 8)\ny = torch.sin(x[:, 0])\n"
        "net = nn.Sequential(nn.Linear(8, 64), nn.Tanh(), nn.Linear(64, 1))\n"
        "losses = train(net, x, y, 0.2, 220)\nassert len(losses) == 220",
        "assert losses[-1] < losses[0] / 2",
    ),
    "warmup_lr": (
        "def warmup_lr(t, w, lr):",
        "return lr * min(1.0, (t + 1) / w)",
        "return lr",
        "assert warmup_lr(100, 10, 0.1) == 0.1",
        "assert abs(warmup_lr(0, 10, 0.1) - 0.01) < 1e-12",
    ),
    "best_lr": (
        "def best_lr(lrs, losses):",
        "return lrs[int(np.nanargmin(losses))]",
        "return lrs[-1]",
        "assert best_lr([0.1, 0.2, 0.3], [3, 2, 1]) == 0.3",
        "assert best_lr([0.1, 0.2, 0.3], [float('nan'), 1, 2]) == 0.2",
    ),
}
NOTEBOOKS = {
    "with-numpy": ("import numpy as np", NUMPY),
    "with-torch": ("import numpy as np\nimport torch\nfrom torch import nn", TORCH),
}


@dataclass(frozen=True)
class Side:
    """What grading all submissions took."""

    name: str
    whole: float
    steady: float
    cpu: float | None
    scores: dict[tuple[str, str, str], float | None]


def source(imports: str, questions: dict[str, tuple[str, ...]]) -> str:
    """Return the text of a notebook's source."""
    cells = [f'# %% locked="imports"\n{imports}']
    for name, (head, right, _, visible, hidden) in questions.items():
        cells.append(
            f'# %% solution="{name}"\n{head}\n    ### BEGIN SOLUTION\n    {right}\n'
            "    ### END SOLUTION"
        )
        cells.append(
            f'# %% tests="{name}" points=2\n{visible}\n### BEGIN HIDDEN TESTS\n{hidden}\n'
            "### END HIDDEN TESTS"
        )
    cells.append('# %% [markdown] manual="essay" points=2\n# A sample answer.')
    return "\n\n".join([HEAD, *cells]) + "\n"


def make_course(root: Path, students: int) -> None:
    """Write a course with its submissions."""
    (root / "nbgrader_config.py").write_text(CONFIG)
    folder = root / "solutions" / ASSIGNMENT
    folder.mkdir(parents=True)
    for name, parts in NOTEBOOKS.items():
        (folder / f"{name}.py").write_text(source(*parts))
    release(root, gradebook=True)
    rng = random.Random(7)
    for number in range(students):
        home = root / "submitted" / f"student-{number:04d}" / ASSIGNMENT
        home.mkdir(parents=True)
        for name, (_, questions) in NOTEBOOKS.items():
            released = nbformat.read(root / "exercises" / ASSIGNMENT / f"{name}.ipynb", 4)
            answers = {"essay": "In my own words."}
            for question, (head, right, wrong, *_) in questions.items():
                share = (1, 1, 1, 1, 0.5, 0.5, 0.5, 0)[number % 8]
                if number % 10 < 9:  # the tenth hands in what was released
                    body = right if rng.random() < share else wrong
                    answers[question] = f"{head}\n    {body}"
            nbformat.write(fill_in(released, answers), home / f"{name}.ipynb")


@contextlib.contextmanager
def counted() -> Iterator[tuple[list[str], Any]]:
    """Yield a prefix for a command, and a function that gives the CPU seconds of all it starts."""
    group = Path("/sys/fs/cgroup/cpuacct") / f"grading-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        yield [], lambda: None
        return
    join = f'echo $$ > {group}/cgroup.procs; exec "$@"'
    try:
        yield (
            ["sh", "-c", join, "sh"],
            lambda: int((group / "cpuacct.usage").read_text()) / 1e9,
        )
    finally:
        with contextlib.suppress(OSError):
            group.rmdir()


def measure(name: str, command: list[str], root: Path) -> Side:
    """Run a command that grades the course; watch the graded notebooks appear."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    }
    seen: dict[str, float] = {}
    with counted() as (prefix, cpu), tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(
            [*prefix, *command], cwd=root, env=environment, stdout=log, stderr=log
        )
        while process.poll() is None:
            for folder in root.glob(f"autograded/*/{ASSIGNMENT}/with-torch.ipynb"):
                seen.setdefault(str(folder), time.perf_counter())
            time.sleep(0.02)
        whole = time.perf_counter() - began
        if process.returncode:
            log.seek(0)
            raise SystemExit(f"{name} failed:\n{log.read().decode()[-3000:]}")
        used = cpu()
    steady = (max(seen.values()) - min(seen.values())) / (len(seen) - 1)
    return Side(name, whole, steady, used, read_scores(root))


def read_scores(root: Path) -> dict[tuple[str, str, str], float | None]:
    """Read what the gradebook holds, by student, notebook and cell."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        return {
            (submission.student.id, notebook.name, grade.name): grade.auto_score
            for submission in book.assignment_submissions(ASSIGNMENT)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def compare(students: int, jobs: int) -> None:
    """Print nbgrader beside ours."""
    commands = {
        "nbgrader autograde": [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT],
        f"lrcourse grade --jobs {jobs}": [
            *(sys.executable, "-m", "lrcourse", "grade", "."),
            *("--assignment", ASSIGNMENT, "--jobs", str(jobs)),
        ],
    }
    sides = []
    for name, command in commands.items():
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch).resolve()
            make_course(root, students)
            sides.append(measure(name, command, root))
    plain, ours = sides
    different = {key for key in plain.scores if plain.scores[key] != ours.scores.get(key)}
    if different or plain.scores.keys() != ours.scores.keys():
        raise SystemExit(f"the scores differ in {sorted(different)[:10]}")
    print(f"{students} submissions of 2 notebooks; all {len(plain.scores)} scores are the same.")
    print(f"{'':24}{'whole s':>9}{'steady s':>10}{'CPU s each':>12}")
    for side in sides:
        cpu = "" if side.cpu is None else f"{side.cpu / students:.2f}"
        print(f"{side.name:24}{side.whole:9.1f}{side.steady:10.3f}{cpu:>12}")
    ratios = {"whole": plain.whole / ours.whole, "steady": plain.steady / ours.steady}
    if plain.cpu and ours.cpu:
        ratios["CPU"] = plain.cpu / ours.cpu
    for name, ratio in ratios.items():
        print(f"{name}: {ratio:.1f} times less, goal {GOALS[name]}")


def grade_many(students: int, jobs: int) -> None:
    """Print the seconds a submission, block by block."""
    from lrcourse.grading.grade import grade

    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch).resolve()
        make_course(root, students)
        moments: list[float] = []
        grades = grade(
            root, ASSIGNMENT, jobs=jobs, watch=lambda done, total: moments.append(time.time())
        )
        size = sum(path.stat().st_size for path in root.glob("gradebook.db"))
    print(f"{students} submissions, {jobs} jobs: {grades.seconds:.0f} s; {size >> 20} MB gradebook")
    for start in range(0, students, BLOCK):
        block = moments[start : start + BLOCK + 1]
        each = (block[-1] - block[0]) / (len(block) - 1)
        print(f"{start + 1:6} to {start + len(block) - 1:<6}{each:8.3f} s a submission")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--students", type=int, default=20)
    parser.add_argument("--many", type=int, default=0, metavar="N")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.students:
        compare(arguments.students, arguments.jobs)
    if arguments.many:
        grade_many(arguments.many, arguments.jobs)


if __name__ == "__main__":
    main()
