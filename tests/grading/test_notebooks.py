"""Text to nbgrader's source notebook: what maps onto what, and what is refused."""

import pytest
from nbgrader.nbgraderformat import MetadataValidator

from lrcourse.grading.notebooks import (
    AssignmentError,
    parse_assignment,
    read_assignment,
    write_notebook,
)

SOLUTION = """\
# %% solution="twice"
def twice(x):
    ### BEGIN SOLUTION
    return x + x
    ### END SOLUTION

"""
TESTS = """\
# %% tests="twice" points=2
assert twice(1) == 2
### BEGIN HIDDEN TESTS
assert twice(2) == 4
### END HIDDEN TESTS

"""
MANUAL = """\
# %% [markdown] manual="essay" points=1.5
# A sample.
"""
LOCKED = """\
# %% locked="imports"
import math

"""
PROSE = """\
# %% [markdown]
# Words.

"""


def test_each_kind_gets_nbgraders_metadata():
    notebook = parse_assignment(PROSE + LOCKED + SOLUTION + TESTS + MANUAL)
    MetadataValidator().validate_nb(notebook)
    kept = {
        cell.id: (cell.cell_type, *(cell.metadata.nbgrader.get(key) for key in keys))
        for cell in notebook.cells
        if (keys := ("grade", "solution", "locked", "points")) and "nbgrader" in cell.metadata
    }
    assert kept == {
        "imports": ("code", False, False, True, None),
        "twice": ("code", False, True, False, None),
        "test_twice": ("code", True, False, True, 2),
        "essay": ("markdown", True, True, False, 1.5),
    }
    assert notebook.cells[0].id == "cell-01"
    assert "jupytext" not in notebook.metadata


def test_the_same_text_gives_the_same_bytes():
    text = PROSE + SOLUTION + TESTS + MANUAL
    assert write_notebook(parse_assignment(text)) == write_notebook(parse_assignment(text))


def test_the_questions_are_listed():
    assert parse_assignment(SOLUTION + TESTS + MANUAL).metadata.lrcourse.questions == [
        {"name": "twice", "kind": "tests", "points": 2},
        {"name": "essay", "kind": "manual", "points": 1.5},
    ]


def test_a_question_says_what_it_is_about():
    text = SOLUTION + TESTS.replace("points=2", 'points=2 claims="C1.1 C10.2"')
    text += MANUAL.replace("points=1.5", 'points=1.5 claims="C2"')
    questions = parse_assignment(text).metadata.lrcourse.questions
    assert [question["claims"] for question in questions] == [["C1.1", "C10.2"], ["C2"]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing would be graded"),
        (PROSE + SOLUTION, "nothing would be graded"),
        (SOLUTION + MANUAL, 'solution="twice" has no cell with tests="twice"'),
        (TESTS, 'tests="twice" has no solution="twice" before it'),
        (TESTS + SOLUTION, 'tests="twice" has no solution="twice" before it'),
        (SOLUTION + TESTS + TESTS, 'tests="twice" is used twice'),
        (SOLUTION + SOLUTION + TESTS, "cell 2 ('def twice(x):'): the name 'twice' is taken"),
        (SOLUTION + TESTS + MANUAL.replace("essay", "twice"), "the name 'twice' is taken"),
        (SOLUTION + TESTS.replace("points=2", "points=0"), "must be a number above 0, got 0"),
        (SOLUTION + TESTS.replace("points=2", "points=-1"), "got -1"),
        (SOLUTION + TESTS.replace("points=2", 'points="2"'), "got '2'"),
        (SOLUTION + TESTS.replace("points=2", "points=true"), "got True"),
        (SOLUTION + TESTS.replace(" points=2", ""), "got None"),
        (SOLUTION.replace('"twice"', '"twice" points=2') + TESTS, "points belong to tests"),
        (SOLUTION.replace('"twice"', '"twice" claims="C1"') + TESTS, "claims belong to tests"),
        (SOLUTION + TESTS.replace("points=2", "points=2 claims=1.1"), "such as"),
        (SOLUTION + TESTS.replace("points=2", 'points=2 claims="C1.1,C2"'), "got 'C1.1,C2'"),
        (SOLUTION.replace("solution=", "answer=") + TESTS, "unknown word 'answer'"),
        (SOLUTION.replace('"twice"', '"twice" locked="a"') + TESTS, "of solution and locked"),
        (SOLUTION.replace('"twice"', '"Twice!"') + TESTS, "got 'Twice!'"),
        (SOLUTION.replace('"twice"', "2") + TESTS, "got 2"),
        (SOLUTION.replace('"twice"', '"test_twice"') + TESTS, "the name 'test_twice' is taken"),
        (SOLUTION.replace("    ### END SOLUTION\n", "") + TESTS, "must come in pairs"),
        (SOLUTION.replace("### BEGIN SOLUTION", "#") + TESTS, "must come in pairs"),
        (SOLUTION.replace("### END", "### BEGIN") + TESTS, "must come in pairs"),
        ("# %% solution='twice'\npass\n\n" + TESTS, "nothing stands between"),
        (SOLUTION + TESTS.replace("HIDDEN TESTS", "SOLUTION"), "belongs to a solution cell"),
        (
            SOLUTION.replace("return", "### BEGIN HIDDEN TESTS\n#") + TESTS,
            "belongs to a tests cell",
        ),
        (LOCKED + "### BEGIN SOLUTION\n### END SOLUTION\n", "belongs to a solution cell"),
        (SOLUTION + TESTS.replace("assert twice(1) == 2\n", ""), "all tests are hidden"),
        (SOLUTION + TESTS + MANUAL.replace("[markdown] ", ""), "must be markdown, this is code"),
        (SOLUTION.replace("%%", "%% [markdown]") + TESTS, "must be code, this is markdown"),
    ],
)
def test_a_broken_rule_is_named(text, reason):
    with pytest.raises(AssignmentError) as failure:
        parse_assignment(text)
    assert reason in str(failure.value)


def test_the_message_of_a_file_begins_with_its_path(tmp_path):
    path = tmp_path / "a.py"
    path.write_text(TESTS)
    with pytest.raises(AssignmentError, match=f"^{path}: cell 1"):
        read_assignment(path)
    with pytest.raises(FileNotFoundError):
        read_assignment(tmp_path / "b.py")
