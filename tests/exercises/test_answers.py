"""The tests of every assignment are tested: by right answers, by wrong ones, by none at all."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import warnings
from collections import Counter, defaultdict
from pathlib import Path

import nbformat
import pytest

from lrcourse.grading.answers import fill_in, read_answers
from lrcourse.grading.notebooks import read_assignment
from lrcourse.grading.release import release

ROOT = Path(__file__).parents[2]


def cells_of(notebook, kind):
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get(kind)
    }


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


def test_visible_tests_tell_right_answers_from_most_wrong_ones(assignment):
    released = ROOT / "exercises" / assignment.parent.name / f"{assignment.stem}.ipynb"
    notebook = nbformat.read(released, 4)
    answers = read_answers(assignment.parent / "answers")
    caught = [not passes(notebook, a.question, a.source) for a in answers if not a.right]
    assert sum(caught) >= 0.6 * len(caught)
    for answer in answers:
        if answer.right:
            assert passes(notebook, answer.question, answer.source), answer.name


@pytest.mark.slow
def test_nbgrader_gives_each_answer_what_it_deserves(assignment, tmp_path):
    """Grade with nbgrader itself: the k-th submission holds the k-th answer to every question."""
    name = assignment.parent.name
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    shutil.copytree(
        assignment.parent, tmp_path / "solutions" / name, ignore=shutil.ignore_patterns("*.ipynb")
    )
    release(tmp_path, gradebook=True)
    released = nbformat.read(tmp_path / "exercises" / name / f"{assignment.stem}.ipynb", 4)
    source = read_assignment(assignment)
    questions = source.metadata.lrcourse.questions
    points = {q["name"]: q["points"] for q in questions if q["kind"] == "tests"}
    manual = {q["name"]: "In my own words." for q in questions if q["kind"] == "manual"}
    reference = {question: cell.source for question, cell in cells_of(source, "solution").items()}

    submissions = {"untouched": {}, "reference": reference | manual}
    deserved = {"untouched": dict.fromkeys(reference, 0), "reference": points}
    for right in (True, False):
        answers = defaultdict(list)
        for answer in read_answers(assignment.parent / "answers"):
            if answer.right == right:
                answers[answer.question].append(answer)
        for k in range(max(map(len, answers.values()))):
            student = f"{'right' if right else 'wrong'}-{k}"
            kth = {question: some[k] for question, some in answers.items() if k < len(some)}
            chosen = {question: answer.source for question, answer in kth.items()}
            submissions[student] = reference | chosen
            deserved[student] = {
                question: points[question] if right or question not in kth else 0
                for question in reference
            }
    for student, answers in submissions.items():
        folder = tmp_path / "submitted" / student / name
        folder.mkdir(parents=True)
        nbformat.write(fill_in(released, answers), folder / f"{assignment.stem}.ipynb")

    grades = autograde(tmp_path, name)
    given = {
        student: {question: grades[student, f"test_{question}"] for question in reference}
        for student in submissions
    }
    assert given == {
        student: {question: (score, points[question]) for question, score in scores.items()}
        for student, scores in deserved.items()
    }
    for question in manual:  # words wait for a person, and no words are worth nothing
        assert grades["reference", question][0] is None
        assert grades["untouched", question][0] == 0


def autograde(course, assignment):
    """Run nbgrader; give score and full score by student and cell."""
    scripts = str(Path(sys.executable).parent)
    environment = os.environ | {"PATH": scripts + os.pathsep + os.environ["PATH"]}
    command = [sys.executable, "-m", "nbgrader", "autograde", assignment]
    command.append("--Execute.shutdown_kernel=immediate")
    done = subprocess.run(
        command, cwd=course, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            (submission.student.id, grade.name): (grade.auto_score, grade.max_score)
            for submission in gradebook.assignment_submissions(assignment)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }
