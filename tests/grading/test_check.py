"""Learners' mistakes, and what `check` says about them, in a real kernel."""

import io
import json

import nbformat
import pytest
from rich.console import Console

from lrcourse.grading._explain import explain
from lrcourse.grading._kernel import Failure, Frame, Result
from lrcourse.grading.answers import fill_in
from lrcourse.grading.check import check, show
from lrcourse.grading.release import release

TWICE = "def twice(x):\n    return x + x\n"
HALF = "def half(x):\n    return x / 2\n"


@pytest.fixture
def learner(course):
    """Return a function that checks the released notebook with these answers and changes."""
    release(course)
    released = nbformat.read(course / "exercises/numbers/small.ipynb", 4)

    def checked(answers, change=None, **words):
        notebook = fill_in(released, answers)
        if change:
            change(notebook)
        path = course / "mine.ipynb"
        nbformat.write(notebook, path)
        before = path.read_bytes()
        report = check(path, **words)
        assert path.read_bytes() == before
        return report, {outcome.question: outcome for outcome in report.outcomes}

    return checked


def cell(notebook, name):
    return next(cell for cell in notebook.cells if cell.id == name)


@pytest.mark.slow
def test_full_answers_pass_and_untouched_ones_are_not_started(learner):
    report, got = learner({"twice": TWICE, "half": HALF, "essay": "Words."})
    assert (report.passed, report.exit_code, report.points, report.out_of) == (True, 0, 5, 5)
    assert [outcome.status for outcome in report.outcomes] == ["passed", "passed", "by hand"]
    assert got["essay"].message == ""
    report, got = learner({"twice": TWICE})
    assert (report.passed, report.exit_code, report.points) == (False, 1, 2)
    assert got["half"].status == "not started"
    assert got["essay"].message == "No answer yet."
    told = json.loads(report.to_json())
    assert (told["points"], told["outcomes"][0]["question"]) == (2, "twice")
    console = Console(file=io.StringIO(), width=90)
    show(report, console)
    assert "2 of 5 points" in console.file.getvalue()
    assert "not started" in console.file.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def twice(x):\n    return x * x * x", "twice(2) expected 4 received 8"),
        ("def twice(x)\n    return x", "cannot read this cell: expected ':'. line 1: def twice(x)"),
        ("def twice(x):\nreturn x", "expected an indented block"),
        ("def twice(x):\n    return y", "name 'y' is not defined in twice, line 2 of the cell"),
        ("def twicce(x):\n    return x", "name 'twice' is not defined"),
        ("def twice():\n    return 1", "Keep the line `def …` as it was released"),
        ("def twice(x):\n    print(x + x)", "end the function with `return`"),
        ("def twice(x):\n    return x + x\n    raise NotImplementedError()", "delete it"),
        ("def twice(x):\n    return input()", "Take input() out"),
        ("import sys\ndef twice(x):\n    sys.exit()", "asks Python to end"),
        ("def twice(x):\n    return twice(x)", "calls itself without end"),
        ("raise KeyError('k')\n" + TWICE, "KeyError: 'k'"),
        ("import os\nos._exit(1)", "Python itself ended"),
        ("import os\ndef twice(x):\n    os.kill(os.getpid(), 9)", "Python itself ended"),
    ],
)
def test_a_mistake_is_explained_and_costs_its_own_question_only(learner, code, told):
    report, got = learner({"twice": code, "half": HALF})
    assert got["twice"].status == "failed"
    assert told in " ".join(got["twice"].message.split())
    assert "Traceback" not in got["twice"].message
    assert got["half"].status == "passed"
    assert report.points == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "code",
    [
        "def twice(x):\n    while True:\n        pass",
        "while True:\n    pass",
        "def twice(x):\n    while True:\n        print('spam')",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "def twice(x):\n    while True:\n        pass",
    ],
)
def test_an_endless_loop_is_stopped_and_the_rest_is_judged(learner, code):
    report, got = learner({"twice": code, "half": HALF}, time_limit=1.5)
    assert got["twice"].message.startswith("Still running after 1.5 seconds, and stopped.")
    assert "loop that never ends" in got["twice"].message
    assert (got["half"].status, report.exit_code) == ("passed", 1)


@pytest.mark.slow
def test_names_made_before_a_crash_are_there_after_it(learner):
    def add_helper(notebook):
        helper = nbformat.v4.new_code_cell("one_half = 0.5", id="mine")
        notebook.cells.insert(1, helper)

    answers = {"twice": "import os\ndef twice(x):\n    os._exit(1)"}
    answers["half"] = "def half(x):\n    return x * one_half"
    _, got = learner(answers, add_helper)
    assert (got["twice"].status, got["half"].status) == ("failed", "passed")


@pytest.mark.slow
def test_lost_and_changed_cells_are_named(learner):
    def damage(notebook):
        notebook.cells.remove(cell(notebook, "test_twice"))
        cell(notebook, "test_half").source = "pass"
        notebook.cells.remove(cell(notebook, "essay"))

    report, got = learner({"twice": TWICE, "half": HALF}, damage)
    assert report.points == 0
    assert got["twice"].message.startswith("The cell with the tests is missing.")
    assert got["half"].message.startswith("The cell with the tests was changed")
    assert got["essay"].message.startswith("The cell for the answer is missing")


@pytest.mark.slow
def test_points_cannot_be_raised_and_metadata_may_be_odd(learner):
    def forge(notebook):
        cell(notebook, "test_twice").metadata.nbgrader.points = 1000
        cell(notebook, "test_half").metadata.nbgrader = ["odd"]

    report, got = learner({"twice": TWICE, "half": HALF}, forge)
    assert report.points == 0
    assert {got["twice"].status, got["half"].status} == {"broken"}


@pytest.mark.slow
def test_a_warning_is_passed_on(learner):
    code = "import warnings\ndef twice(x):\n    warnings.warn('careful')\n    return x + x"
    _, got = learner({"twice": code, "half": HALF})
    assert got["twice"].status == "passed"
    assert "line 3: UserWarning: careful" in got["twice"].message


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "not a notebook"), (b"{]", "not a notebook"), (b"\xff\xfe", "not a notebook")],
)
def test_other_files_are_refused(tmp_path, content, told):
    path = tmp_path / "mine.ipynb"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=f"mine.ipynb is {told}"):
        check(path)


def test_bad_arguments_are_named(tmp_path):
    path = tmp_path / "mine.ipynb"
    with pytest.raises(FileNotFoundError):
        check(path)
    nbformat.write(nbformat.v4.new_notebook(), path)
    with pytest.raises(ValueError, match="no questions"):
        check(path)
    with pytest.raises(ValueError, match=r"time_limit must be above 0 seconds, got -1"):
        check(path, time_limit=-1)


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("ValueError", "operands could not be broadcast together", "x.shape"),
        ("ValueError", "The truth value of an array is ambiguous", "np.all"),
        ("AttributeError", "'list' object has no attribute 'shape'", "np.array"),
        ("TypeError", "unsupported operand type(s) for *: 'float' and 'NoneType'", "is None"),
        ("TypeError", "'float' object is not callable", "missing `*`"),
        ("UFuncTypeError", "Cannot cast ufunc 'subtract' output", "copy of floats"),
        ("IndexError", "index 3 is out of bounds", "past the end"),
        ("ZeroDivisionError", "division by zero", "divisor 0"),
        ("ModuleNotFoundError", "No module named 'torch'", "not installed"),
        ("CustomError", "something", "CustomError: something"),
    ],
)
def test_common_exceptions_come_with_advice(kind, text, told):
    frames = (Frame("<module>", 3, "expect(f(1), 2),"), Frame("f", 2, "return 1"))
    message = explain(Result(Failure(kind, text, frames)), 10)
    assert told in message
    assert "in f, line 2 of the cell:  return 1" in message
    assert "called by the test:  expect(f(1), 2)" in message


def test_a_bare_assertion_shows_itself():
    frames = (Frame("<module>", 3, "assert f(1) == 2"),)
    message = explain(Result(Failure("AssertionError", "", frames)), 10)
    assert message == "This does not hold:\n  at:  assert f(1) == 2"
