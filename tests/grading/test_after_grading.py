"""What surrounds grading: downloads in, pages and tables out."""

import csv
import io
import json
import re
import zipfile
from datetime import datetime

import nbformat
import pytest
from nbgrader.api import Gradebook
from rich.console import Console

from lrcourse.grading import collect, feedback, statistics, summary
from lrcourse.grading.answers import fill_in
from lrcourse.grading.course import own_tools_on_path
from lrcourse.grading.export import export
from lrcourse.grading.grade import grade, no_formula
from lrcourse.grading.release import release

RIGHT = {"twice": "def twice(x):\n    return x + x", "half": "def half(x):\n    return x / 2"}
HIDDEN = {"twice": "def twice(x):\n    print('<script>alert(1)</script>')\n    return x * x"}


@pytest.fixture(scope="module")
def course(tmp_path_factory, small_course):
    """Return a course whose three submissions are graded; Canvas's numbers are the ids."""
    folder = small_course(tmp_path_factory.mktemp("course"))
    release(folder)
    essay = "Doubling is <script>alert(2)</script> adding.\n\n![x](http://a.example/x.png) $x^2$"
    for student, answers in {
        "4711": RIGHT | {"essay": essay},
        "4712": RIGHT | HIDDEN | {"essay": "Short."},
        "späth": {},
    }.items():
        home = folder / "submitted" / student / "numbers"
        home.mkdir(parents=True)
        (home / "small.ipynb").write_text(notebook(folder, answers), encoding="utf-8")
    (folder / "submitted" / "4712" / "numbers" / "timestamp.txt").write_text("2026-03-03 10:00 UTC")
    database = f"sqlite:///{folder / 'gradebook.db'}"
    with own_tools_on_path(), Gradebook(database) as book:
        book.add_student("4711", first_name="Ann", last_name='=cmd("x"), O', email="a@b.example")
        due = datetime(2026, 3, 2, 9)
        book.update_or_create_assignment("numbers", duedate=due)
    (folder / "nbgrader_config.py").write_text(
        (folder / "nbgrader_config.py").read_text()
        + "\nc.AssignLatePenalties.plugin_class = 'late.OneADay'\n"
    )
    (folder / "late.py").write_text(
        "from nbgrader.plugins import BasePlugin\n\nclass OneADay(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, seconds):\n"
        "        return seconds // 86400\n"
    )
    grade(folder, "numbers")
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as book:
        essay = book.find_grade("essay", "small", "numbers", "4711")
        essay.manual_score, essay.needs_manual_grade = 0.5, False
        book.find_comment("essay", "small", "numbers", "4711").manual_comment = "Good *idea*."
        book.db.commit()
    return folder


def notebook(folder, answers):
    released = nbformat.read(folder / "exercises" / "numbers" / "small.ipynb", 4)
    return nbformat.writes(fill_in(released, answers))


def rows(path):
    return list(csv.reader(path.read_text(encoding="utf-8").splitlines()))


@pytest.mark.slow
def test_canvas_reads_the_points_possible_and_a_line_for_each_person(course, tmp_path):
    head, possible, *people = rows(export(course, "canvas", out=tmp_path / "out.csv"))
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "numbers"]
    assert possible == ["Points Possible", "", "", "", "", "6.0"]
    by_id = {person[1] or person[3]: person for person in people}
    assert by_id["4711"] == ['\'=cmd("x"), O, Ann', "4711", "", "", "", "5.5"]
    assert by_id["4712"][-1] == "2.0"  # three points, a day late
    assert by_id["späth"] == ["", "", "", "späth", "", "0.0"]


@pytest.mark.slow
def test_moodle_reads_a_worksheet_of_one_assignment_or_a_column_each(course, tmp_path):
    head, *people = rows(export(course, "moodle", assignment="numbers", out=tmp_path / "one.csv"))
    assert head[0] == "Identifier"
    assert head[3:] == ["Grade", "Maximum Grade", "Last modified (grade)"]
    assert ["Participant 4712", "", "", "2.0", "6.0", "-"] in people
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        book.add_assignment("letters")
    head, *people = rows(export(course, "moodle", out=tmp_path / "all.csv"))
    assert head == ["ID number", "First name", "Last name", "Email address", "letters", "numbers"]
    assert ["4712", "", "", "", "", "2.0"] in people
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        book.remove_assignment("letters")


@pytest.mark.slow
def test_a_spreadsheet_has_penalties_and_who_waits(course, tmp_path):
    table = csv.DictReader((export(course, "csv", out=tmp_path / "o.csv")).read_text().splitlines())
    by_id = {row["student"]: row for row in table}
    assert (by_id["4712"]["score"], by_id["4712"]["penalty"]) == ("2.0", "1.0")
    assert [by_id[who]["needs_person"] for who in ("4711", "4712", "späth")] == ["no", "yes", "no"]
    with pytest.raises(ValueError, match="'excel'"):
        export(course, "excel")
    with pytest.raises(ValueError, match="'letters'"):
        export(course, "csv", assignment="letters")


@pytest.mark.slow
def test_feedback_explains_and_shows_nothing_that_is_hidden_or_could_run(course):
    pages = {path.parts[-3]: path.read_text() for path in feedback.feedback(course, "numbers")}
    assert set(pages) == {"4711", "4712", "späth"}
    for page in pages.values():
        assert "hidden twice" not in page
        assert "halved_number" not in page
        assert "confidential" not in page
        assert "<script" not in page
        assert not re.search(r'src="(?!data:)', page)
        assert "default-src 'none'" in page
    assert "A test that you cannot see fails." in pages["4712"]
    assert "2 of 6 points" in pages["4712"]
    assert "taken off because it came late" in pages["4712"]
    assert "5.5 of 6 points" in pages["4711"]
    assert "Good <em>idea</em>." in pages["4711"]
    assert "$x^2$" in pages["4711"]
    assert "not started" in pages["späth"]
    with pytest.raises(ValueError, match="nobody who matches 'zoe'"):
        feedback.feedback(course, "numbers", students="zoe")


@pytest.mark.slow
def test_statistics_say_what_was_hard(course, capsys):
    by_name = {one.name: one for one in statistics.statistics(course, "numbers")}
    twice, half = by_name["twice"], by_name["half"]
    assert (twice.graded, twice.started, twice.full) == (3, 2, pytest.approx(1 / 3))
    assert half.full == pytest.approx(2 / 3)
    assert twice.failures == (("A test that you cannot see fails.", 1),)
    assert statistics.main(course, "numbers", as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["questions"][0]["name"] == "twice"
    assert (twice.claims, half.claims) == (("C1.1",), ("C1.1", "C2.1"))
    assert told["claims"] == {
        "C1.1": pytest.approx((twice.mean + half.mean) / 2),
        "C2.1": pytest.approx(half.mean),
    }
    with pytest.raises(ValueError, match="nothing of"):
        statistics.statistics(copy_without_grades(course), "numbers")


def copy_without_grades(course):
    import shutil

    other = course.parent / "fresh"
    if not other.exists():
        shutil.copytree(course, other, ignore=shutil.ignore_patterns(".grading", "submitted"))
    return other


@pytest.fixture
def ungraded(tmp_path, small_course):
    """Return a course without submissions."""
    folder = small_course(tmp_path / "course")
    release(folder)
    return folder


def zipped(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_canvas_moodle_and_plain_downloads_are_sorted(ungraded, tmp_path):
    inner = io.BytesIO()
    zipped(inner, {"small.ipynb": "zip"})
    found = collect.collect(
        ungraded,
        "numbers",
        zipped(
            tmp_path / "all.zip",
            {
                "doejane_LATE_17_900_small.ipynb": "old",
                "doejane_17_901_small-1.ipynb": "new",
                "roe_18_902_other-2.ipynb": "x",
                "Jane Doe_19_assignsubmission_file_/small.ipynb": "m1",
                "Jane Doe_20_assignsubmission_file_small.ipynb": "m2",
                "ann/small.ipynb": "plain",
                "ann/.ipynb_checkpoints/small.ipynb": "junk",
                "bob.zip": inner.getvalue(),
                "readme.txt": "?",
                "eve/../../../escaped.ipynb": "slip",
                "eve/C:\\windows.ipynb": "slip",
            },
        ),
    )
    written = {
        str(path.relative_to(ungraded / "submitted")): path.read_text() for path in found.written
    }
    assert written == {
        "17/numbers/small.ipynb": "new",
        "18/numbers/other-2.ipynb": "x",
        "19/numbers/small.ipynb": "m1",
        "20/numbers/small.ipynb": "m2",
        "ann/numbers/small.ipynb": "plain",
        "bob/numbers/small.ipynb": "zip",
    }
    reasons = found.left_out
    assert reasons["readme.txt"] == "its name does not say whose it is"
    assert reasons["small.ipynb of 17"] == "it was handed in again"
    assert sum("leads elsewhere" in reason for reason in reasons.values()) == 2
    assert not list(tmp_path.rglob("escaped*"))
    again = collect.collect(ungraded, "numbers", tmp_path / "all.zip")
    assert (again.written, again.same) == ([], 6)


def test_links_bombs_and_broken_archives_stay_out(ungraded, tmp_path, monkeypatch):
    downloads = tmp_path / "downloads"
    (downloads / "ann").mkdir(parents=True)
    (downloads / "ann" / "small.ipynb").symlink_to("/etc/passwd")
    (downloads / "bob.zip").write_bytes(b"PK\x03\x04 broken")
    linked = zipfile.ZipInfo("cid/small.ipynb")
    linked.external_attr = 0o120777 << 16
    with zipfile.ZipFile(downloads / "more.zip", "w") as archive:
        archive.writestr(linked, "/etc/passwd")
    found = collect.collect(ungraded, "numbers", downloads)
    assert found.written == []
    assert sum("link" in reason for reason in found.left_out.values()) == 2
    assert "cannot be read" in found.left_out["bob.zip"]
    monkeypatch.setattr(collect, "_MOST_FILES", 3)
    many = zipped(tmp_path / "bomb.zip", {f"ann/{k}.txt": "x" for k in range(5)})
    with pytest.raises(ValueError, match="more than 16 GB or 3 files"):
        collect.collect(ungraded, "numbers", many)


def test_a_pattern_of_ones_own_and_what_makes_none(ungraded, tmp_path):
    many = zipped(tmp_path / "x.zip", {"week3-ann-small.ipynb": "x"})
    pattern = r"week\d-(?P<student>\w+)-(?P<file>.+)"
    found = collect.collect(ungraded, "numbers", many, pattern=pattern)
    assert found.students == {"ann"}
    for bad, words in (("(", "no regular expression"), ("(?P<student>.)", "groups named")):
        with pytest.raises(ValueError, match=words):
            collect.collect(ungraded, "numbers", many, pattern=bad)
    with pytest.raises(FileNotFoundError):
        collect.collect(ungraded, "numbers", tmp_path / "nowhere.zip")


@pytest.mark.slow
def test_the_command_collects_and_grades(ungraded, tmp_path, capsys):
    download = zipped(tmp_path / "d.zip", {"doe_17_9_small.ipynb": notebook(ungraded, RIGHT)})
    console = Console(width=120)
    assert summary.main(ungraded, "numbers", downloads=download, console=console) == 0
    said = capsys.readouterr().out
    assert "1 people, 1 files new" in said
    assert "1 graded now" in said


def test_only_what_could_be_a_formula_is_marked():
    texts = ("=1", "-", "a-b", "@x", 3)
    assert [no_formula(text) for text in texts] == ["'=1", "-", "a-b", "'@x", 3]
