"""The zips that are handed out."""

import zipfile

import pytest

from lrcourse.grading.bundle import bundle
from lrcourse.grading.release import release


def test_a_zip_holds_what_was_released_and_says_what_to_do(course):
    release(course)
    (course / "exercises/numbers/.ipynb_checkpoints").mkdir()
    (course / "exercises/numbers/.ipynb_checkpoints/old.ipynb").write_text("{}")
    (path,) = bundle(course)
    assert path == course.resolve() / "dist/exercises/numbers.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [
            "numbers/README.txt",
            "numbers/small.ipynb",
            "numbers/table.csv",
        ]
        released = (course / "exercises/numbers/small.ipynb").read_bytes()
        assert archive.read("numbers/small.ipynb") == released
        text = archive.read("numbers/README.txt").decode()
    assert "lrcourse check small.ipynb" in text
    assert "    table.csv\n" in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_same_release_gives_the_same_bytes(course):
    release(course)
    (path,) = bundle(course)
    before = path.read_bytes()
    (course / "exercises/numbers/table.csv").touch()
    assert bundle(course, ["numbers"]) == [path]
    assert path.read_bytes() == before


def test_an_own_readme_stays(course):
    (course / "solutions/numbers/README.txt").write_text("Mine.")
    release(course)
    (path,) = bundle(course)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("numbers/README.txt") == b"Mine."


def test_refusals(course, tmp_path_factory):
    release(course)
    with pytest.raises(ValueError, match=r"'letters' is not released.*\['numbers'\]"):
        bundle(course, ["letters"])
    with pytest.raises(FileNotFoundError, match=r"nbgrader_config\.py"):
        bundle(tmp_path_factory.mktemp("empty"))
