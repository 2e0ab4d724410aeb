"""Files that strangers hand in: damaged, huge, hostile, or called something else."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from lrcourse.grading.intake import (
    Picture,
    SubmittedCell,
    Unreadable,
    extra_files,
    find_notebooks,
    read_submission,
)

ANSWER = SubmittedCell("code", "def f(x):\n    return x", "f", "one")
TAG = {"schema_version": 3, "grade_id": "f", "grade": False, "solution": True, "locked": False}


def notebook(**changes):
    """Return an honest notebook as a dict, with one answer."""
    cell = {
        "cell_type": "code",
        "id": "one",
        "metadata": {"nbgrader": dict(TAG)},
        "source": ["def f(x):\n", "    return x"],
        "execution_count": 1,
        "outputs": [],
    }
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": [cell]}
    return whole | changes


def text(**changes):
    return json.dumps(notebook(**changes), ensure_ascii=False)


def cell(**changes):
    return notebook()["cells"][0] | changes


@pytest.fixture
def read(tmp_path):
    """Return a function that reads these bytes as a submission."""

    def reading(data):
        path = tmp_path / "nb.ipynb"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_submission(path)

    return reading


def test_an_honest_notebook_reads_without_a_note(read):
    assert read(text()).cells == (ANSWER,)
    assert read(text()).notes == ()
    assert read(json.dumps(notebook(), indent=1)) == read(text())


@pytest.mark.parametrize(
    ("data", "note"),
    [
        (text().encode("utf-8-sig"), "byte-order mark"),
        (text().encode("utf-16"), "encoded as utf-16"),
        (text().encode("utf-16-le"), "encoded as utf-16-le"),
        (text().encode("utf-32"), "encoded as utf-32"),
        (text(nbformat=99), "nbformat 99 is unknown"),
        (text(nbformat="four"), "is unknown"),
        (text(nbformat_minor=99), "minor version 99"),
        (text(nbformat="@").replace('"@"', "9" * 5000), "is unknown"),
        (text(metadata=[1, 2]), "metadata are no object"),
        (text(metadata={}), "name of the kernel is missing"),
        (text(metadata={"kernelspec": {"name": 3}}), "name of the kernel is missing"),
        (text(metadata={"kernelspec": {"name": "ir", "language": "R"}}), "for the language 'R'"),
        (json.dumps({"content": notebook(), "type": "notebook"}), "within another JSON object"),
        (text(cells=[cell(), None, 3, "x", []]), "4 of 5 cells hold nothing"),
        (text(cells=[cell(), None]), "1 of 2 cells hold nothing"),
        (text(cells=[cell(outputs=[float("nan"), -float("inf")])]), "2 values were not valid JSON"),
        (text(cells=[cell(outputs=["\n"])]).replace(r'"\n"', '"\n\x01"'), "were mended"),
        (text(cells=[cell(outputs=["@"])]).replace("@", r"\ud800"), "were mended"),
        (text(cells=[cell(outputs=["@"])]).replace("@", r"\x \u12"), "were mended"),
        (text() + "\0\0\0", "what follows the notebook was left out"),
        (text() + text(), "what follows the notebook was left out"),
        (text(cells=[cell(cell_type=None)]), "no known kind of cell (in 1 cell)"),
        (text(cells=[cell(metadata={"nbgrader": TAG | {"schema_version": 1}})]), "schema 1"),
        (text(cells=[cell(metadata={"nbgrader": TAG | {"schema_version": 99}})]), "schema 99"),
    ],
)
def test_an_honest_answer_in_a_damaged_wrapper_is_read_with_a_note(read, data, note):
    submitted = read(data)
    assert submitted.cells == (ANSWER,)
    assert len(submitted.notes) == 1
    assert note in submitted.notes[0]


@pytest.mark.parametrize("metadata", [[], 3, None, {"nbgrader": []}, {"nbgrader": "f"}])
def test_a_cell_with_unusable_metadata_keeps_its_source(read, metadata):
    submitted = read(text(cells=[cell(metadata=metadata)]))
    assert submitted.cells == (SubmittedCell("code", ANSWER.source, None, "one"),)
    assert "metadata that cannot be used (in 1 cell)" in submitted.notes[0]


@pytest.mark.parametrize("grade_id", [3, None, ["f"], "f" * 1000])
def test_a_grade_id_that_is_no_short_text_counts_for_nothing(read, grade_id):
    assert read(text(cells=[cell(metadata={"nbgrader": {"grade_id": grade_id}})])).cells[0] == (
        SubmittedCell("code", ANSWER.source, None, "one")
    )


def test_nbformat_3_is_read(read):
    code = {"cell_type": "code", "language": "python", "metadata": {"nbgrader": TAG}}
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Title", "metadata": {}},
        code | {"input": ["def f(x):\n", "    return x"], "outputs": [], "collapsed": False},
    ]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    submitted = read(json.dumps(old | {"worksheets": [{"cells": cells}, {"metadata": {}}]}))
    assert [cell.kind for cell in submitted.cells] == ["markdown", "code"]
    assert (submitted.cells[1].source, submitted.cells[1].grade_id) == (ANSWER.source, "f")
    assert "read as nbformat 3" in submitted.notes


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        (["a\n", "b"], "a\nb"),
        ([], ""),
        ("é € 日本 \N{GRINNING FACE}", "é € 日本 \N{GRINNING FACE}"),
    ],
)
def test_sources_are_text_or_lists_of_lines(read, source, expected):
    assert read(text(cells=[cell(source=source)])).cells[0].source == expected
    assert read(json.dumps(notebook(cells=[cell(source=source)]))).cells[0].source == expected


@pytest.mark.parametrize("source", [None, 3, {"a": 1}, [1, 2], [["a"]], "@"])
def test_a_source_that_is_no_text_is_empty_with_a_note(read, source):
    # The last one stands for a number of more digits than Python reads.
    submitted = read(text(cells=[cell(source=source), cell()]).replace('"@"', "9" * 5000))
    assert [cell.source for cell in submitted.cells] == ["", ANSWER.source]
    assert submitted.notes == ("a source that is no text (in 1 cell)",)


@pytest.mark.parametrize(
    ("raw", "expected", "note"),
    [
        (b"caf\xe9 \x80", "café €", "Windows-1252"),
        (b"caf\xe9 \x81", "café \x81", "Latin-1"),
        ("éèà日本".encode() + b"\xff", "éèà日本\ufffd", "UTF-8 with broken characters"),
    ],
)
def test_text_that_is_not_utf_8_is_read_as_what_it_most_likely_is(read, raw, expected, note):
    submitted = read(text(cells=[cell(source="@")]).encode().replace(b"@", raw))
    assert submitted.cells[0].source == expected
    assert note in submitted.notes[0]


def test_broken_text_in_outputs_is_nobodys_business(read):
    data = text(cells=[cell(outputs=["@"])]).encode().replace(b"@", b"\xff\xfe")
    assert read(data).cells == (ANSWER,)
    assert read(data).notes == ()


def test_of_a_key_that_is_there_twice_the_last_counts(read):
    twice = text().replace('"source":', '"source": "no", "source":')
    assert read(twice).cells == (ANSWER,)


def test_deep_outputs_are_refused_not_followed(read):
    with pytest.raises(Unreadable, match="nested too deeply"):
        read(text(cells=[cell(outputs="@")]).replace('"@"', "[" * 100_000 + "]" * 100_000))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "nb.ipynb is empty: it has 0 bytes"),
        (b"\0" * 5000, "is empty: it has 5,000 bytes"),
        (b" \n\n", "is empty"),
        (b"PK\x03\x04rest", r"is not JSON: it begins with b'PK"),
        (b"<!DOCTYPE html><html>", "is not JSON: it begins with b'<!DOCTYPE html>"),
        (b"null", "is not JSON"),
        (b"[1, 2]", "not a notebook: it is of the kind 'array'"),
        (b'{"a": 1}', "it has no list called 'cells'"),
        (b'{"cells": {"a": 1}}', "'cells' is b'{\"a\": 1}'"),
        (b'{"cells": null}', "'cells' is b'null'"),
        (b'{"worksheets": 3}', "it has no list called 'cells'"),
        (text()[:-60], "is cut off: .* line 1, the last"),
        (json.dumps(notebook(), indent=1)[:400], "is cut off: .* line [0-9]{2}, the last"),
        (text().replace('"cells"', '\n<<<<<<< HEAD\n"cells"'), "line 2, column 1 .*<<<<<<< HEAD"),
        (text().replace('"source": [', '"source": [,'), "is not valid JSON at line 1, column"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_place_to_look(read, data, reason):
    with pytest.raises(Unreadable, match=reason):
        read(data)


def test_a_source_that_is_too_large_costs_its_own_cell(read):
    cells = [cell(source="x" * 3_000_000), cell(id="two")]
    submitted = read(text(cells=cells))
    assert submitted.cells[0].source == (
        "raise ValueError('This cell has 3,000,002 bytes, more than are graded.')"
    )
    assert submitted.cells[1].source == ANSWER.source
    assert submitted.notes == ("cell 1 ('f') has 3,000,002 bytes, more than are graded",)
    many = read(text(cells=[cell(source="x" * 3_000_000)] * 9))
    assert many.notes[-1] == "4 more cells are too large"


def test_all_sources_together_have_a_limit(read):
    submitted = read(text(cells=[cell(cell_type="markdown", source="x" * 19_000_000)] * 4))
    assert [len(cell.source) for cell in submitted.cells[:3]] == [19_000_000] * 3
    assert "cell 4 ('f') has 19,000,002 bytes" in submitted.notes[0]


def test_fifty_thousand_cells_are_read_and_a_million_refused(read):
    submitted = read(text(cells=[cell(metadata={}, source="1")] * 50_000 + [cell()]))
    assert len(submitted.cells) == 50_001
    assert submitted.cells[-1] == ANSWER
    for flood in ("{},", "0,"):
        with pytest.raises(Unreadable, match="1,000,001 cells; more than 200,000"):
            read('{"cells": [' + flood * 1_000_000 + "{}]}")


def test_pictures_in_words_are_kept_and_nothing_else_that_is_attached(read):
    attachments = {
        "a.png": {"image/png": "aGk="},
        "b.svg": {"image/svg+xml": "aGk="},
        "c.png": {"image/png": '"><script>'},
        "d.png": {"image/jpeg": ["aG\n", "k="]},
    }
    words = cell(cell_type="markdown", source="![](attachment:a.png)", attachments=attachments)
    submitted = read(text(cells=[words, cell(attachments=attachments)]))
    assert submitted.cells[0].pictures == (
        Picture("a.png", "image/png", "aGk="),
        Picture("d.png", "image/jpeg", "aG\nk="),
    )
    assert submitted.cells[1].pictures == ()
    assert submitted.notes == ("an attachment that is no picture (in 2 cells)",)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("field", "unit", "told"),
    [
        ("outputs", "A", "('f', 22)"),
        ("outputs", "[0.123456, 0.654321], ", "('f', 22)"),
        ("source", "A", "raise ValueError"),
    ],
)
def test_200_mb_are_read_within_bounded_time_and_memory(tmp_path, field, unit, told):
    opening, closing = ("", "0") if "[" in unit else ('"', '"')
    whole = text(cells=[cell(**{field: "@"})])
    head, tail = whole.replace('"@"', f"[{opening}@{closing}]").split("@")
    path = tmp_path / "nb.ipynb"
    with path.open("w") as file:
        file.write(head)
        for _ in range(20):
            file.write(unit * (10_000_000 // len(unit)))
        file.write(tail)
    code = (
        "import sys; from lrcourse.grading.intake import read_submission as read\n"
        "try:\n    cell = read(sys.argv[1]).cells[0]\n"
        "    print(cell.source if 'raise' in cell.source else (cell.grade_id, len(cell.source)))\n"
        "except ValueError as error:\n    print(error)\n"
    )
    limits = (1_000_000_000, 1_000_000_000)
    ran = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, limits),
        check=False,
    )
    assert told in ran.stdout, ran.stderr
    path.unlink()


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path):
    path = tmp_path / "nb.ipynb"
    with path.open("wb") as file:
        file.truncate(2_000_000_000)  # no room on the disk is taken
    with pytest.raises(Unreadable, match="2,000,000,000 bytes; more than 500,000,000"):
        read_submission(path)


def test_links_are_refused_and_pipes_never_opened(tmp_path):
    neighbour = tmp_path / "neighbour"
    neighbour.mkdir()
    (neighbour / "nb.ipynb").write_text(text())
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "nb.ipynb").symlink_to(neighbour / "nb.ipynb")
    (mine / "deep").symlink_to(neighbour)
    (mine / "table.csv").symlink_to("/etc/passwd")
    os.mkfifo(mine / "pipe.ipynb")
    os.mkfifo(mine / "pipe.csv")
    (mine / "folder.ipynb").mkdir()
    whole = tmp_path / "whole"
    whole.symlink_to(neighbour)
    for path, reason in [
        (mine / "nb.ipynb", "is a link"),
        (mine / "deep" / "nb.ipynb", "deep is a link"),
        (whole / "nb.ipynb", "whole is a link"),
        (mine / "pipe.ipynb", "is a pipe"),
        (mine / "folder.ipynb", "is a folder"),
        (Path("/dev/zero"), "is a device"),
        (mine / "none.ipynb", "No such file"),
        (mine / ("x" * 300), "name too long"),
    ]:
        with pytest.raises(Unreadable, match=f"(?i){reason}"):
            read_submission(path)
    assert extra_files(mine) == {}
    assert "is a link" in str(find_notebooks(whole, ["nb"])["nb"])
    found = find_notebooks(mine, ["nb", "pipe"])
    with pytest.raises(Unreadable, match="is a link"):
        read_submission(found["nb"])
    with pytest.raises(Unreadable, match="whole is a link"):
        extra_files(whole)


def put(folder, *names, grade_id=None):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        tag = {} if grade_id is None else {"nbgrader": TAG | {"grade_id": grade_id}}
        path.write_text(text(cells=[cell(metadata=tag)]))


@pytest.mark.parametrize(
    "name",
    ["nb.ipynb", "NB.ipynb", "nb.ipynb.txt", "nb.ipynb.json", "ps1/nb.ipynb", "s7 answers.ipynb"],
)
def test_a_renamed_notebook_is_found_where_there_is_one_choice(tmp_path, name):
    put(tmp_path, name, ".ipynb_checkpoints/nb-checkpoint.ipynb", "__MACOSX/nb.ipynb", "._nb.ipynb")
    assert find_notebooks(tmp_path, ["nb"]) == {"nb": tmp_path / name}


def test_renamed_notebooks_are_known_by_their_grade_ids(tmp_path):
    known = {"one": ["f", "g"], "two": ["h"]}
    put(tmp_path, "first.ipynb", grade_id="h")
    put(tmp_path, "second.ipynb", grade_id="f")
    found = find_notebooks(tmp_path, ["one", "two"], known)
    assert found == {"one": tmp_path / "second.ipynb", "two": tmp_path / "first.ipynb"}
    assert all(isinstance(path, Unreadable) for path in find_notebooks(tmp_path, known).values())
    assert read_submission(found["one"], name="one").notes == (
        "the file is called 'second.ipynb', not 'one.ipynb'",
    )


def test_what_is_ambiguous_is_left_to_a_person(tmp_path):
    known = {"one": ["f"], "two": ["h"]}
    put(tmp_path, "a.ipynb", "b.ipynb", grade_id="f")
    found = find_notebooks(tmp_path, ["one"], known)
    assert str(found["one"]) == (
        "no notebook is called 'one.ipynb'; there are: 'a.ipynb', 'b.ipynb'"
    )
    put(tmp_path, "one.ipynb", grade_id="f")  # a file of the right name settles it
    assert find_notebooks(tmp_path, ["one"], known) == {"one": tmp_path / "one.ipynb"}
    # The only file left is not taken when its grade ids say that it is another notebook.
    (tmp_path / "b.ipynb").unlink()
    assert isinstance(find_notebooks(tmp_path, ["one", "two"], known)["two"], Unreadable)
    put(tmp_path, "a.ipynb")
    assert find_notebooks(tmp_path, ["one", "two"], known)["two"] == tmp_path / "a.ipynb"


def test_a_folder_without_notebooks_says_what_there_is(tmp_path):
    assert "there are: no files" in str(find_notebooks(tmp_path, ["nb"])["nb"])
    (tmp_path / "nb.pdf").write_text("")
    assert "there are: 'nb.pdf'" in str(find_notebooks(tmp_path, ["nb"])["nb"])
    assert "No such file" in str(find_notebooks(tmp_path / "none", ["nb"])["nb"])
    assert "is a file, not a folder" in str(find_notebooks(tmp_path / "nb.pdf", ["nb"])["nb"])


def test_extra_files_are_small_regular_files_below_the_folder(tmp_path):
    put(tmp_path, "nb.ipynb", "sub/nb.ipynb.txt")
    for name in ["b.csv", "a/c.txt", ".secret", ".git/config", "__pycache__/x.pyc", "e\n.csv"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    with (tmp_path / "big.bin").open("wb") as file:
        file.truncate(16_000_001)
    assert extra_files(tmp_path) == {"b.csv": b"b.csv", "a/c.txt": b"a/c.txt"}


def test_extra_files_have_a_limit_together(tmp_path):
    for number in range(4):
        (tmp_path / f"{number}.bin").write_bytes(b"x" * 10_000_000)
    assert sorted(extra_files(tmp_path)) == ["0.bin", "1.bin", "2.bin"]
    for number in range(300):
        (tmp_path / f"a{number:03}").write_bytes(b"x")
        (tmp_path / f"{number % 4}.bin").unlink(missing_ok=True)
    assert len(extra_files(tmp_path)) == 200
