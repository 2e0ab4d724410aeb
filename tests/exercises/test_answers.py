"""The tests of every assignment are tested: by right answers, by wrong ones, by none at all."""

import ast
import contextlib
import io
import os
import shutil
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from lrcourse.grading.answers import fill_in, read_answers
from lrcourse.grading.bench import try_answers
from lrcourse.grading.grade import grade
from lrcourse.grading.notebooks import read_assignment
from lrcourse.grading.release import release

ROOT = Path(__file__).parents[2]
TIMES = 5  # `lrcourse answers --repeat` takes any number


def cells_of(notebook, kind):
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get(kind)
    }


def released(assignment):
    """Read the notebook that learners get."""
    path = ROOT / "exercises" / assignment.parent.name / f"{assignment.stem}.ipynb"
    return nbformat.read(path, 4)


def passes(notebook, question, source):
    """Whether `source` passes the tests of `question`, with nothing run but what is locked."""
    namespace = {}
    locked = [c.source for name, c in cells_of(notebook, "locked").items() if "test_" not in name]
    code = [*locked, source, cells_of(notebook, "grade")[f"test_{question}"].source]
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for text in code:
                exec(text, namespace)
        except Exception:
            return False
    return True


def test_every_question_has_enough_answers(assignment):
    questions = set(cells_of(read_assignment(assignment), "solution"))
    answers = read_answers(assignment.parent / "answers")
    counts = Counter((answer.question, answer.right) for answer in answers)
    assert {question for question, _ in counts} == questions
    for question in questions:
        assert counts[question, True] >= 2, question
        assert counts[question, False] >= 5, question


def test_right_answers_pass_and_wrong_answers_fail_each_test_cell_alone(assignment):
    notebook = read_assignment(assignment)
    for name, cell in cells_of(notebook, "solution").items():
        assert passes(notebook, name, cell.source), f"the reference of {name}"
    for answer in read_answers(assignment.parent / "answers"):
        verdict = passes(notebook, answer.question, answer.source)
        assert verdict == answer.right, f"{answer.question}: {answer.name}"


def test_tests_that_pass_print_nothing(assignment):
    for name, cell in cells_of(released(assignment), "grade").items():
        last = ast.parse(cell.source).body[-1]
        # A notebook shows the value of an expression that ends a cell; that of `expect` is None.
        assert not isinstance(last, ast.Expr) or ast.unparse(last).startswith("expect("), name


def test_visible_tests_tell_right_answers_from_most_wrong_ones(assignment):
    notebook = released(assignment)
    answers = read_answers(assignment.parent / "answers")
    caught = [not passes(notebook, a.question, a.source) for a in answers if not a.right]
    assert sum(caught) >= 0.6 * len(caught)
    for answer in answers:
        if answer.right:
            assert passes(notebook, answer.question, answer.source), answer.name


@pytest.mark.slow
def test_the_grader_gives_each_answer_what_it_deserves(assignment):
    bench = try_answers(ROOT, assignment.parent.name)
    assert [one for one in bench.tried if not one.is_fair] == []
    told = [one for one in bench.tried if one.answer.startswith("wrong_")]
    assert all(one.message for one in told)


@pytest.mark.slow
def test_a_grade_never_depends_on_luck(assignment):
    bench = try_answers(ROOT, assignment.parent.name, repeat=TIMES, only=["reference", "wrong-00"])
    assert {len(one.points) for one in bench.tried} == {TIMES}
    assert all(one.is_fair for one in bench.tried)


@pytest.mark.slow
def test_nbgrader_itself_gives_the_same(tmp_path):
    name, stem = "01-what-a-step-is", "what-a-step-is"
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    texts = shutil.ignore_patterns("*.ipynb")
    shutil.copytree(ROOT / "solutions" / name, tmp_path / "solutions" / name, ignore=texts)
    release(tmp_path, gradebook=True)
    blank = nbformat.read(tmp_path / "exercises" / name / f"{stem}.ipynb", 4)
    source = read_assignment(tmp_path / "solutions" / name / f"{stem}.py")
    reference = {q: cell.source for q, cell in cells_of(source, "solution").items()}
    wrong = {
        answer.question: answer.source
        for answer in read_answers(tmp_path / "solutions" / name / "answers")
        if not answer.right
    }
    for student, answers in {"untouched": {}, "reference": reference, "wrong": wrong}.items():
        folder = tmp_path / "submitted" / student / name
        folder.mkdir(parents=True)
        filled = fill_in(blank, answers | {"judgement": f"In the words of {student}."})
        nbformat.write(filled, folder / f"{stem}.ipynb")
    theirs = autograde(tmp_path, name)
    grade(tmp_path, name)
    assert read_gradebook(tmp_path, name) == theirs
    assert sum(score or 0 for (who, _), (score, _) in theirs.items() if who == "reference") == 10


def autograde(course, assignment):
    """Run nbgrader, and give what it writes into its gradebook."""
    scripts = str(Path(sys.executable).parent)
    environment = os.environ | {"PATH": scripts + os.pathsep + os.environ["PATH"]}
    command = [sys.executable, "-m", "nbgrader", "autograde", assignment]
    command.append("--Execute.shutdown_kernel=immediate")
    done = subprocess.run(
        command, cwd=course, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return read_gradebook(course, assignment)


def read_gradebook(course, assignment):
    """Give score and full score by student and cell."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, grade.name): (grade.auto_score, grade.max_score)
            for submission in gradebook.assignment_submissions(assignment)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }
