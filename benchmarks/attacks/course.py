"""A small course, and what an attack on its assignment is."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from lrcourse.grading.answers import fill_in
from lrcourse.grading.release import release

ASSIGNMENT, NOTEBOOK, DATA = "loot", "loot", "table.csv"
POINTS = {"double": 2, "total": 1, "norm": 3, "peak": 2}
FULL = dict(POINTS)
NOTHING = dict.fromkeys(POINTS, 0)
# What nobody may get to see: of a solution, of hidden tests, and what hidden tests pass in.
SECRETS = ("doubled_in_secret", "hidden_pairs", "17.25", "34.5", "hidden_vector", "0.4825")

CONFIG = """c = get_config()
c.CourseDirectory.course_id = "attacked"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"
c.CourseDirectory.ignore = ["*.py", ".ipynb_checkpoints"]
"""

SOURCE = """# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% locked="imports"
import numpy as np

# %% solution="double"
def double(x):
    ### BEGIN SOLUTION
    doubled_in_secret = x + x
    return doubled_in_secret
    ### END SOLUTION

# %% tests="double" points=2
assert double(2) == 4
### BEGIN HIDDEN TESTS
hidden_pairs = [(17.25, 34.5), (-3.5, -7.0)]
for given, due in hidden_pairs:
    assert double(given) == due, (given, due)
### END HIDDEN TESTS

# %% solution="total"
def total():
    ### BEGIN SOLUTION
    return float(np.loadtxt("table.csv", delimiter=",").sum())
    ### END SOLUTION

# %% tests="total" points=1
assert total() == 10

# %% solution="norm"
def norm(v):
    ### BEGIN SOLUTION
    return float(np.sqrt(np.sum(np.square(v))))
    ### END SOLUTION

# %% tests="norm" points=3
np.testing.assert_allclose(norm([3.0, 4.0]), 5.0)
### BEGIN HIDDEN TESTS
hidden_vector = np.array([1.0, 2.0, 2.0])
np.testing.assert_allclose(norm(hidden_vector), np.linalg.norm(hidden_vector))
assert abs(norm(3 * hidden_vector) - 9) < 1e-9
### END HIDDEN TESTS

# %% solution="peak"
def peak(step):
    ### BEGIN SOLUTION
    return 0.5 * (1 - step / 10)
    ### END SOLUTION

# %% tests="peak" points=2
from lrcourse.grading.expect import expect
from lrcourse.schedules import LinearToZero

expect(peak(0), LinearToZero(0.5, total_steps=10)(0), call="peak(0)")
### BEGIN HIDDEN TESTS
expect(peak(0.35), 0.4825, call="peak(0.35)")
expect(peak(4), LinearToZero(0.5, total_steps=10)(4), call="peak(4)")
### END HIDDEN TESTS

# %% [markdown] manual="essay" points=1
# A model essay.
"""

HONEST = {
    "double": "def double(x):\n    return 2 * x",
    "total": "def total():\n    return float(np.loadtxt('table.csv', delimiter=',').sum())",
    "norm": "def norm(v):\n    return sum(x * x for x in np.asarray(v).tolist()) ** 0.5",
    "peak": "def peak(step):\n    return 0.5 - 0.05 * step",
    "essay": "In my own words.",
}


@dataclass(frozen=True)
class Place:
    """Where an attack happens: what an attacker may know or guess.

    Attributes
    ----------
    course, home : Path
        The course, and the attacker's submission in it.
    neighbour : Path
        The submission of the honest neighbour before.
    bait : Path
        A folder outside the course, with a file in it.
    port : int
        Where somebody listens.
    """

    course: Path
    home: Path
    neighbour: Path
    bait: Path
    port: int


@dataclass(frozen=True)
class Attack:
    """A submission that wants more than it deserves, or is damaged.

    Attributes
    ----------
    kind : str
        Its class, such as ``1 never ending``.
    name : str
    answers : mapping of str to str
        Cells that differ from the honest ones; ``{course}``, ``{neighbour}``, ``{bait}`` and
        ``{port}`` are filled in.
    first, last : str
        Code of an added first or last cell.
    earned : mapping of str to float
        Points that it deserves; full points for questions that are left out.
    damage : callable, optional
        Changes the filled notebook; or writes the submission itself and returns None.
    files : mapping of str to str
        Further files that are handed in.
    """

    kind: str
    name: str
    answers: Mapping[str, str] = field(default_factory=dict)
    first: str = ""
    last: str = ""
    earned: Mapping[str, float] = field(default_factory=dict)
    damage: Callable[[NotebookNode, Place], NotebookNode | None] | None = None
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def deserves(self) -> dict[str, float]:
        """Points by question."""
        return FULL | dict(self.earned)

    def hand_in(self, released: NotebookNode, place: Place) -> None:
        """Write the submission."""
        facts: dict[str, Any] = {name: repr(str(value)) for name, value in vars(place).items()}
        facts["port"] = place.port

        def fill(text: str) -> str:
            for name, value in facts.items():
                text = text.replace(f"{{{name}}}", str(value))
            return text

        answers = HONEST | {name: fill(text) for name, text in self.answers.items()}
        notebook: NotebookNode | None = fill_in(released, answers)
        make: Any = nbformat.v4.new_code_cell
        assert notebook
        if self.first:
            notebook.cells.insert(0, make(fill(self.first), id="first"))
        if self.last:
            notebook.cells.append(make(fill(self.last), id="last"))
        place.home.mkdir(parents=True)
        for name, text in self.files.items():
            (place.home / name).write_text(fill(text))
        if self.damage:
            notebook = self.damage(notebook, place)
        if notebook is not None:
            text = nbformat.writes(notebook, version=nbformat.NO_CONVERT)
            (place.home / f"{NOTEBOOK}.ipynb").write_text(text, encoding="utf-8")


def make_course(root: Path) -> NotebookNode:
    """Write the course, without submissions; return the notebook that learners get."""
    (root / "nbgrader_config.py").write_text(CONFIG)
    folder = root / "solutions" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / f"{NOTEBOOK}.py").write_text(SOURCE)
    (folder / DATA).write_text("1,2\n3,4\n")
    release(root)
    released = nbformat.read(str(root / "exercises" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"), 4)
    return copy.deepcopy(released)
