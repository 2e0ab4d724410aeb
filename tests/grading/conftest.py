"""A small course for the tests of the grading tools."""

import shutil
from pathlib import Path

import pytest

ASSIGNMENT = '''\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # Small numbers

# %% locked="imports"
import math

# %% solution="twice"
def twice(x):
    """Return x, twice."""
    ### BEGIN SOLUTION
    doubled_number = x + x
    return doubled_number
    ### END SOLUTION


# %% tests="twice" points=2 claims="C1.1"
from lrcourse.grading.expect import expect

expect(twice(2), 4, call="twice(2)")
### BEGIN HIDDEN TESTS
expect(twice(3), 6, call="the hidden twice(3)")
### END HIDDEN TESTS

# %% solution="half"
def half(x):
    """Return one half of x."""
    ### BEGIN SOLUTION
    halved_number = x / 2
    return halved_number
    ### END SOLUTION


# %% tests="half" points=3 claims="C1.1 C2.1"
assert half(4) == 2

# %% [markdown] manual="essay" points=1
# The confidential model essay about doubling and halving.
'''


@pytest.fixture(scope="session")
def small_course():
    """Return a function that makes a course with one assignment, not yet released."""

    def make(folder):
        root = Path(__file__).parents[2]
        home = folder / "solutions" / "numbers"
        (home / "answers").mkdir(parents=True)
        shutil.copy(root / "nbgrader_config.py", folder)
        (home / "small.py").write_text(ASSIGNMENT, encoding="utf-8")
        (home / "table.csv").write_text("1,2\n")
        (home / "notes.md").write_text("The confidential notes.\n")
        (home / "answers" / "twice.py").write_text("def wrong_square(x):\n    return x * x\n")
        return folder

    return make


@pytest.fixture
def course(tmp_path, small_course):
    """Return the folder of a course with one assignment, not yet released."""
    return small_course(tmp_path)
