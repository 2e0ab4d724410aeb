"""The folders, settings and submissions of a course: nbgrader's rules, and what is refused."""

import sys
from datetime import datetime
from pathlib import Path

import nbformat
import pytest
from traitlets.config import Config

from lrcourse.grading.course import Course, check_student, parse_timestamp
from lrcourse.grading.release import release

BOOK = nbformat.v4.new_notebook


def put(path, text="x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def put_notebook(path, *sources, **metadata):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(BOOK(cells=cells, metadata=metadata), path)
    return path


@pytest.fixture
def plain(tmp_path):
    """Return a course without settings, as `nbgrader quickstart` would lay it out."""
    put_notebook(tmp_path / "source/ps1/b.ipynb", "1")
    put_notebook(tmp_path / "source/ps1/a.ipynb", "2")
    return tmp_path


def test_a_course_without_settings_has_nbgraders_folders(plain):
    course = Course.open(plain)
    assert course.course_id == ""
    assert course.db_url == f"sqlite:///{plain}/gradebook.db"
    names = ("source", "release", "submitted", "autograded", "feedback")
    folders = [getattr(course, f"{name}_folder") for name in names]
    assert folders == [plain / name for name in names]
    assert course.assignments() == ["ps1"]
    assert [(name, book.cells[0].source) for name, book in course.sources("ps1").items()] == [
        ("a", "2"),
        ("b", "1"),
    ]


def test_settings_are_read_as_nbgrader_reads_them(plain):
    put(plain / "late_rules.py", "class Late: pass")
    put(
        plain / "nbgrader_config.py",
        "import late_rules\n"
        "c = get_config()\n"
        "c.CourseDirectory.course_id = 'nn101'\n"
        "c.CourseDirectory.root = 'there'\n"
        "c.CourseDirectory.db_url = 'sqlite:////elsewhere/g.db'\n"
        "c.CourseDirectory.source_directory = 'hidden'\n"
        "c.CourseDirectory.directory_structure = '{nbgrader_step}/{assignment_id}/{student_id}'\n"
        "c.AssignLatePenalties.plugin_class = 'late_rules.Late'\n",
    )
    put_notebook(plain / "there/hidden/ps2/only.ipynb", "1")
    (plain / "there/submitted/ps2/s1").mkdir(parents=True)
    before = list(sys.path)
    course = Course.open(plain)
    assert sys.path == before
    assert course.root == plain / "there"
    assert (course.course_id, course.db_url) == ("nn101", "sqlite:////elsewhere/g.db")
    assert course.config.AssignLatePenalties == Config(plugin_class="late_rules.Late")
    assert course.assignments() == ["ps2"]
    assert list(course.sources("ps2")) == ["only"]
    assert course.students("ps2") == ["s1"]
    assert course.submitted("s1", "ps2") == plain / "there/submitted/ps2/s1"
    assert course.autograded("s1", "ps2") == plain / "there/autograded/ps2/s1"


def test_what_is_no_course_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*/gone"):
        Course.open(tmp_path / "gone")
    put(tmp_path / "notes.txt")
    with pytest.raises(FileNotFoundError, match=r"neither nbgrader_config\.py.*\['notes\.txt'\]"):
        Course.open(tmp_path)


def test_an_unknown_assignment_is_named_with_those_there_are(plain):
    for ask in (Course.sources, Course.data_files):
        with pytest.raises(ValueError, match=r"no assignment '\.\./ps1' in .*\['ps1'\]"):
            ask(Course.open(plain), "../ps1")


def test_a_text_alone_is_built_as_a_release_builds_it(course):
    built = Course.open(course).sources("numbers")["small"]
    release(course)
    assert Course.open(course).sources("numbers")["small"].cells == built.cells


def test_a_notebook_behind_its_text_is_refused(course):
    release(course)
    path = course / "solutions/numbers/small.py"
    text = path.read_text()
    path.write_text(text.replace("twice(3), 6", "twice(5), 10"))
    with pytest.raises(ValueError, match=r"small\.ipynb is not what small\.py makes: run"):
        Course.open(course).sources("numbers")
    # Another course's paired text is none of lrcourse's: the notebook is the source.
    put(course / "solutions/numbers/mine.py", "# %%\n1\n\n# %% [markdown]\n# words\n")
    put_notebook(course / "solutions/numbers/mine.ipynb", "2")
    path.write_text(text)
    assert Course.open(course).sources("numbers")["mine"].cells[0].source == "2"


def test_a_file_that_is_no_notebook_is_named(plain):
    put(plain / "source/ps1/a.ipynb", "{")
    with pytest.raises(ValueError, match=r"ps1/a\.ipynb is not a notebook"):
        Course.open(plain).sources("ps1")


def test_data_files_are_those_of_the_release(course):
    release(course)
    put(course / "exercises/numbers/deep/more.csv")
    put(course / "exercises/numbers/.ipynb_checkpoints/old.csv")
    files = Course.open(course).data_files("numbers")
    assert list(files) == ["deep/more.csv", "table.csv"]
    assert files["table.csv"].read_text() == "1,2\n"


def test_unreleased_data_files_are_those_a_release_would_hold(course):
    assert list(Course.open(course).data_files("numbers")) == ["table.csv"]


def test_unreleased_texts_are_no_data(plain):
    put(plain / "source/ps1/helper.py", "x = 1")
    put(plain / "source/ps1/text.py", '# %% solution="f"\nsecret = 1\n\n# %%\n')
    put(plain / "source/ps1/feedback/old.html")
    assert list(Course.open(plain).data_files("ps1")) == ["helper.py"]


def test_students_are_sorted_and_chosen_by_pattern(plain):
    for name in ("s10", "s2", "ta@x.org", "S2"):
        (plain / "submitted" / name / "ps1").mkdir(parents=True)
    (plain / "submitted/s3/ps2").mkdir(parents=True)
    course = Course.open(plain)
    assert course.students("ps1") == ["S2", "s10", "s2", "ta@x.org"]
    assert course.students("ps1", "s*") == ["s10", "s2"]
    assert course.students("ps1", "s1?") == ["s10"]
    assert course.students("ps2") == ["s3"]
    assert course.students("nothing") == []
    assert course.submitted("s2", "ps1") == plain / "submitted/s2/ps1"


def test_links_and_odd_names_are_no_submissions(plain):
    honest = plain / "submitted/honest/ps1"
    honest.mkdir(parents=True)
    for name in ("<img src=x>", 'a"b', "back\\slash", " space", "line\nbreak"):
        (plain / "submitted" / name / "ps1").mkdir(parents=True)
    (plain / "submitted/linked").symlink_to(plain / "submitted/honest")
    (plain / "submitted/deep").mkdir()
    (plain / "submitted/deep/ps1").symlink_to("/etc")
    (plain / "submitted/broken").mkdir()
    (plain / "submitted/broken/ps1").symlink_to("/gone")
    put(plain / "submitted/file/ps1")
    (plain / "submitted/.hidden/ps1").mkdir(parents=True)
    course = Course.open(plain)
    assert course.students("ps1") == ["honest"]
    refused = course.refused("ps1")
    assert {name for name, why in refused.items() if "holds" in why or "space" in why} == {
        "<img src=x>",
        'a"b',
        "back\\slash",
        " space",
        "line\nbreak",
    }
    assert {name for name, why in refused.items() if "link" in why} == {"linked", "deep", "broken"}
    assert refused["file"] == "is not a folder"
    with pytest.raises(ValueError, match="linked/ps1 is or lies in a link"):
        course.submitted("linked", "ps1")
    with pytest.raises(FileNotFoundError, match="'nobody' handed in no 'ps1'"):
        course.submitted("nobody", "ps1")
    for ask in (course.submitted, course.autograded, course.feedback):
        with pytest.raises(ValueError, match=r"'\.\./honest' is no id of a student"):
            ask("../honest", "ps1")


def test_the_instructors_own_links_are_followed(plain, tmp_path_factory):
    store = tmp_path_factory.mktemp("store")
    (store / "s1/ps1").mkdir(parents=True)
    (plain / "submitted").symlink_to(store)
    assert Course.open(plain).students("ps1") == ["s1"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "x" * 129, "\x00", "a\u202eb"])
def test_names_that_are_no_ids(name):
    with pytest.raises(ValueError, match="is no id of a student"):
        check_student(name)


def test_timestamps_are_nbgraders(plain):
    folder = plain / "submitted/s1/ps1"
    folder.mkdir(parents=True)
    course = Course.open(plain)
    assert course.timestamp("s1", "ps1") is None
    put(folder / "timestamp.txt", "2026-02-02 15:58:23.948203 UTC\n")
    assert course.timestamp("s1", "ps1") == datetime(2026, 2, 2, 15, 58, 23, 948203)
    assert parse_timestamp("2026-02-02T15:00:00+01:00") == datetime(2026, 2, 2, 14)


@pytest.mark.parametrize(
    "nonsense",
    [b"", b"soon", b"12", b"\xff\xfe", b"9999-99-99", b"2026-01-01 " + b"9" * 200, b"20260101 a b"],
)
def test_nonsense_is_no_timestamp(plain, nonsense):
    folder = plain / "submitted/s1/ps1"
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_bytes(nonsense)
    assert Course.open(plain).timestamp("s1", "ps1") is None


def test_a_linked_timestamp_is_not_read(plain):
    folder = plain / "submitted/s1/ps1"
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").symlink_to(put(plain / "elsewhere.txt", "2026-02-02"))
    assert Course.open(plain).timestamp("s1", "ps1") is None


def test_a_course_that_nbgrader_knows_is_known_here():
    course = Course.open(Path(__file__).parents[2])
    assert course.course_id == "lrcourse"
    assert course.source_folder.name == "solutions"
    assert course.assignments()
