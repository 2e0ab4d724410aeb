"""Grading a course as a whole: what is written, what is done again, what survives a crash."""

import csv
import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from lrcourse.grading import summary
from lrcourse.grading.answers import fill_in
from lrcourse.grading.course import Course
from lrcourse.grading.grade import grade, write_csv
from lrcourse.grading.gradebook import GradebookWriter
from lrcourse.grading.release import release
from lrcourse.grading.sandbox import Limits

RIGHT = {"twice": "def twice(x):\n    return x + x", "half": "def half(x):\n    return x / 2"}
OPEN_ONLY = {"twice": "def twice(x):\n    return x * x", "half": "def half(x):\n    return 2"}


def hand_in(course, student, answers):
    released = nbformat.read(course / "exercises" / "numbers" / "small.ipynb", 4)
    home = course / "submitted" / student / "numbers"
    home.mkdir(parents=True, exist_ok=True)
    nbformat.write(fill_in(released, answers), home / "small.ipynb")


@pytest.fixture
def released(course):
    """Return a course with three submissions: all right, right where it shows, untouched."""
    release(course)
    hand_in(course, "ann", RIGHT | {"essay": "In my own words."})
    hand_in(course, "bob", OPEN_ONLY)
    hand_in(course, "cid", {})
    return course


def points(course):
    """Read score and 'a person must look' by student and cell, as nbgrader keeps them."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        return {
            (submission.student.id, one.name): (one.auto_score, bool(one.needs_manual_grade))
            for submission in book.assignment_submissions("numbers")
            for notebook in submission.notebooks
            for one in notebook.grades
        }


DESERVED = {
    ("ann", "test_twice"): (2, False),
    ("ann", "test_half"): (3, False),
    ("ann", "essay"): (None, True),
    ("bob", "test_twice"): (0, False),
    ("bob", "test_half"): (3, False),
    ("bob", "essay"): (0, False),
    ("cid", "test_twice"): (0, False),
    ("cid", "test_half"): (0, False),
    ("cid", "essay"): (0, False),
}


@pytest.mark.slow
def test_everybody_gets_what_they_deserve_and_nothing_is_done_twice(released):
    seen = []
    first = grade(released, "numbers", jobs=2, watch=lambda *counts: seen.append(counts))
    assert points(released) == DESERVED
    assert (first.fresh, seen[0], seen[-1]) == (3, (0, 3), (3, 3))
    by_student = {record.student: record for record in first.records}
    assert [(r.points, r.out_of) for r in by_student.values()] == [(5, 5), (3, 6), (0, 6)]
    assert by_student["ann"].state == "needs a human"
    assert "essay" in by_student["ann"].reasons[0]
    failed = next(c for c in by_student["bob"].notebooks[0]["cells"] if c["id"] == "test_twice")
    assert failed["hidden"]
    assert "hidden twice(3)" in failed["reason"]
    assert "hidden" not in failed["message"]
    assert (released / "autograded" / "ann" / "numbers" / "small.ipynb").is_file()

    again = grade(released, "numbers", jobs=2)
    assert again.fresh == 0
    assert again.records == first.records
    hand_in(released, "bob", RIGHT)
    changed = grade(released, "numbers", jobs=2)
    assert changed.fresh == 1
    assert points(released)["bob", "test_twice"] == (2, False)

    (released / "gradebook.db").unlink()  # the records alone are not enough
    assert grade(released, "numbers", jobs=2).fresh == 3
    assert points(released)["bob", "test_twice"] == (2, False)


@pytest.mark.slow
def test_a_mended_test_grades_again_and_keeps_what_a_person_gave(released):
    grade(released, "numbers", students="[ab]*", limits=Limits(cell_seconds=5))
    with Gradebook(f"sqlite:///{released / 'gradebook.db'}") as book:
        essay = book.find_grade("essay", "small", "numbers", "ann")
        essay.manual_score, essay.needs_manual_grade = 1, False
        book.db.commit()
    text = released / "solutions" / "numbers" / "small.py"
    mended = text.read_text().replace("expect(twice(3), 6,", "expect(twice(3), 9,")
    text.write_text(mended)
    with pytest.raises(ValueError, match="run `lrcourse release` first"):
        grade(released, "numbers", students="[ab]*", limits=Limits(cell_seconds=5))
    release(released)
    assert grade(released, "numbers", students="[ab]*", limits=Limits(cell_seconds=5)).fresh == 2
    found = points(released)
    assert found["ann", "test_twice"] == (0, False)
    assert found["bob", "test_twice"] == (2, False)
    with Gradebook(f"sqlite:///{released / 'gradebook.db'}") as book:
        assert book.find_grade("essay", "small", "numbers", "ann").score == 1


@pytest.mark.slow
def test_the_command_writes_files_and_a_summary(released, capsys):
    hand_in(released, "=evil", RIGHT)
    (released / "submitted" / "dot" / "numbers").mkdir(parents=True)
    console = Console(width=100)
    target = released / "mine.json"
    assert summary.main(released, "numbers", jobs=2, json_file=target, console=console) == 0
    said = capsys.readouterr().out
    assert "5 graded now" in said
    assert "Sandbox:" in said
    assert "dot" in said
    kept = released / ".grading" / "numbers"
    assert json.loads(target.read_text()) == json.loads((kept / "grades.json").read_text())
    rows = list(csv.DictReader((kept / "grades.csv").read_text().splitlines()))
    assert len(rows) == 5 * 3
    assert {row["student"] for row in rows} == {"ann", "bob", "cid", "dot", "'=evil"}
    assert [row["status"] for row in rows if row["student"] == "ann"][-1] == "by hand"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"jobs": 0}, "jobs must be at least 1, got 0"),
        ({"assignment": "letters"}, "letters"),
        ({"students": "zoe*"}, "'zoe\\*'"),
        ({"sandbox": "wet"}, "'wet'"),
        ({"executor": "celery://x"}, "'celery://x'"),
    ],
)
def test_what_is_asked_for_must_make_sense(released, change, words):
    arguments = {"assignment": "numbers"} | change
    with pytest.raises(ValueError, match=words):
        grade(released, **arguments)


def many(course, count):
    """Hand in `count` submissions; return the points that each deserves for its tests."""
    deserved = {}
    for number in range(count):
        kind, student = number % 3, f"s{number:02d}"
        hand_in(course, student, (RIGHT, OPEN_ONLY, {})[kind])
        deserved[student, "test_twice"] = ((2, 0, 0)[kind], False)
        deserved[student, "test_half"] = ((3, 3, 0)[kind], False)
    return deserved


def scores_of_tests(course):
    return {key: value for key, value in points(course).items() if key[1].startswith("test_")}


@pytest.mark.slow
def test_a_grader_that_is_killed_ten_times_gives_the_same_grades(course):
    release(course)
    deserved = many(course, 40)
    command = [sys.executable, "-m", "lrcourse", "grade", str(course), "--assignment", "numbers"]
    rng = random.Random(20)
    done = -1
    for _ in range(10):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        records = course / ".grading" / "numbers"
        # Killed at random moments, but later than the last time: every run gets somewhere.
        while process.poll() is None and len(list(records.glob("s*.json"))) <= done:
            time.sleep(0.02)
        time.sleep(rng.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.wait()
        done = len(list(records.glob("s*.json")))
    final = grade(course, "numbers")
    assert final.fresh < 40
    assert scores_of_tests(course) == deserved
    with GradebookWriter(Course.open(course)) as book:
        assert book.integrity() == []
    assert not list(course.rglob("*.part"))


@pytest.mark.slow
def test_a_cluster_gives_the_same_grades_also_when_a_worker_dies(course):
    from distributed import LocalCluster

    release(course)
    deserved = many(course, 18)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        address = cluster.scheduler_address.replace("tcp://", "dask://")
        killed = []

        def watch(done, total):
            if done == 4 and not killed:
                victim = cluster.workers[0].process.pid
                killed.append(victim)
                subprocess.run(["kill", "-KILL", str(victim)], check=True)

        grades = grade(course, "numbers", executor=address, watch=watch)
    assert killed
    assert grades.fresh == 18
    assert scores_of_tests(course) == deserved


def test_a_table_holds_no_formula(tmp_path, released):
    grades = grade(released, "numbers", students="cid", sandbox="process", jobs=1)
    write_csv(grades, tmp_path / "out.csv")
    assert "cid,numbers,small,test_twice,0.0,2.0,not started" in (tmp_path / "out.csv").read_text()
    assert Path(tmp_path / "out.csv").read_text().startswith("student,")
