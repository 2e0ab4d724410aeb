"""Releases: what they hold, what they never hold, and what is out of step."""

import io
import json
from pathlib import Path

import nbformat
import pytest
from rich.console import Console

from lrcourse.grading.notebooks import AssignmentError
from lrcourse.grading.release import Change, ReleaseError, main, release

NOTEBOOK = Path("exercises/numbers/small.ipynb")
TABLE = Path("exercises/numbers/table.csv")
TEXT = Path("solutions/numbers/small.py")


def snapshot(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_release_holds_the_notebook_and_the_data_alone(course):
    assert release(course) == [Change(NOTEBOOK, "new"), Change(TABLE, "new")]
    assert set(snapshot(course / "exercises")) == {course / NOTEBOOK, course / TABLE}
    assert (course / "solutions/numbers/small.ipynb").exists()
    assert not list(course.rglob("*.db"))


def test_solutions_hidden_tests_and_sample_answers_stay_behind(course):
    release(course)
    text = (course / NOTEBOOK).read_text()
    for secret in (
        "doubled_number",
        "halved_number",
        "hidden",
        "HIDDEN",
        "SOLUTION",
        "essay about",
    ):
        assert secret not in text
    cells = {cell.id: cell for cell in nbformat.reads(text, 4).cells}
    assert cells["twice"].source.endswith("# YOUR CODE HERE\n    raise NotImplementedError()")
    assert cells["essay"].source == "YOUR ANSWER HERE"
    assert cells["test_twice"].metadata.nbgrader.points == 2
    assert all("checksum" in cells[name].metadata.nbgrader for name in ("twice", "test_twice"))


def test_a_second_release_changes_no_byte(course):
    release(course)
    before = snapshot(course)
    assert release(course) == []
    assert snapshot(course) == before


def test_check_writes_nothing_and_names_what_is_out_of_step(course):
    before = snapshot(course)
    assert release(course, check=True) == [Change(NOTEBOOK, "new"), Change(TABLE, "new")]
    assert snapshot(course) == before
    release(course)
    (course / NOTEBOOK).write_text("edited by hand")
    (course / "exercises/numbers/old.csv").write_text("left over")
    (course / "exercises/gone").mkdir()
    (course / "exercises/gone/gone.ipynb").write_text("its source was removed")
    before = snapshot(course)
    changes = release(course, check=True)
    assert [(change.path.name, change.action) for change in changes] == [
        ("gone.ipynb", "removed"),
        ("old.csv", "removed"),
        ("small.ipynb", "changed"),
    ]
    assert snapshot(course) == before
    assert release(course) == changes
    assert release(course, check=True) == []


def test_one_assignment_leaves_the_others_alone(course):
    release(course)
    (course / "solutions/words").mkdir()
    text = (course / TEXT).read_text()
    (course / "solutions/words/words.py").write_text(text)
    (course / TEXT).write_text(text.replace("Small", "Large"))
    assert release(course, ["words"]) == [Change(Path("exercises/words/words.ipynb"), "new")]
    assert release(course, check=True) == [Change(NOTEBOOK, "changed")]


def test_checkpoints_of_an_open_notebook_are_nobodys_business(course):
    release(course)
    folder = course / "exercises/numbers/.ipynb_checkpoints"
    folder.mkdir()
    (folder / "small-checkpoint.ipynb").write_text("{}")
    assert release(course, check=True) == []


def test_refusals(course, tmp_path_factory):
    with pytest.raises(ValueError, match=r"no text for assignment 'letters'.*\['numbers'\]"):
        release(course, ["letters"])
    empty = tmp_path_factory.mktemp("empty")
    with pytest.raises(FileNotFoundError, match=r"no nbgrader_config\.py"):
        release(empty)
    (course / TEXT).write_text((course / TEXT).read_text().replace("points=2", "points=0"))
    with pytest.raises(AssignmentError, match=r"small\.py: cell 4 .* got 0"):
        release(course)
    assert not (course / "exercises").exists()


def test_a_refusal_of_nbgrader_is_passed_on(course):
    config = course / "nbgrader_config.py"
    config.write_text(config.read_text() + 'c.ClearSolutions.code_stub = {"R": "stop()"}\n')
    with pytest.raises(ReleaseError, match="language 'python' has not been specified"):
        release(course)
    assert not (course / "exercises").exists()


def test_main_prints_and_returns_the_exit_status(course):
    def run(**words):
        console = Console(file=io.StringIO(), width=200)
        return main(course, console=console, **words), console.file.getvalue()

    assert run(check=True)[0] == 1
    assert not (course / "dist").exists()
    code, text = run()
    assert code == 0
    assert "new      exercises/numbers/small.ipynb" in text
    assert "1 of them packed in dist/exercises/" in text
    assert (course / "dist/exercises/numbers.zip").exists()
    code, text = run(check=True)
    assert code == 0
    assert "in step" in text
    code, text = run(assignments=["letters"])
    assert code == 1
    assert "'letters'" in text


@pytest.mark.slow
def test_the_gradebook_is_made_on_demand(course):
    release(course, gradebook=True)
    assert (course / "gradebook.db").exists()
    before = (course / NOTEBOOK).read_bytes()
    assert json.loads(before)["nbformat_minor"] == 5
    assert release(course, gradebook=True) == []
