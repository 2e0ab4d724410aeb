"""The bench of answers: how it is read and put into a notebook."""

import pytest

from lrcourse.grading.answers import fill_in, parse_answers, read_answers
from lrcourse.grading.notebooks import parse_assignment

TEXT = '''"""Answers."""

import math
from os import path

LIMIT = 3


def right_sum(x):
    """Add."""
    return x + x


def wrong_square(x):
    return _square(x)


def _square(x):
    return x * x
'''


def test_answers_carry_the_imports_and_the_questions_name():
    right, wrong = parse_answers("twice", TEXT)
    assert (right.right, right.name) == (True, "right_sum")
    assert (wrong.right, wrong.name) == (False, "wrong_square")
    namespace = {}
    exec(wrong.source, namespace)
    assert namespace["twice"](3) == 9
    assert {"math", "path"} <= namespace.keys()


def test_other_names_are_refused():
    with pytest.raises(ValueError, match="got 'maybe'"):
        parse_answers("twice", "def maybe(x):\n    return x\n")


def test_files_are_read_in_order(tmp_path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.py").write_text(TEXT)
    assert [answer.question for answer in read_answers(tmp_path)] == ["a", "a", "b", "b"]


def test_filling_in_leaves_the_original_alone():
    notebook = parse_assignment(
        '# %% solution="twice"\n### BEGIN SOLUTION\n1\n### END SOLUTION\n\n'
        '# %% tests="twice" points=1\npass\n'
    )
    filled = fill_in(notebook, {"twice": "new"})
    assert filled.cells[0].source == "new"
    assert notebook.cells[0].source != "new"
    with pytest.raises(KeyError, match="test_twice"):
        fill_in(notebook, {"test_twice": "new"})
