"""The gate finds a planted line in every kind of artefact, and is quiet about honest ones."""

import html
import json
import tarfile
import zipfile

import pytest

from lrcourse.grading.leaks import find_leaks, find_secrets

LINE = 'doubled_number = "x" + x if x < 3 else x * 2'
TEXT = f"""\
# %% solution="twice"
def twice(x):
    ### BEGIN SOLUTION
    {LINE}
    y = x
    return x
    for i in range(3):
        return visible_helper(x)
    ### END SOLUTION

# %% tests="twice" points=2
return visible_helper(x)
### BEGIN HIDDEN TESTS
expect(twice(30), 60)
### END HIDDEN TESTS

# %% [markdown] manual="essay" points=1
# * *One point:* the model's "answer", which few will write.
#
# %% [markdown]
# Honest prose that everybody may read.
"""


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.py"
    path.write_text(TEXT)
    return path


def plant(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_secret_are_the_telling_lines_that_learners_do_not_see(source):
    assert [(secret.line, secret.text) for secret in find_secrets(source)] == [
        (4, LINE),
        (14, "expect(twice(30), 60)"),
        (18, '* *One point:* the model\'s "answer", which few will write.'),
    ]


def highlighted(line):
    return "".join(f'<span class="n">{html.escape(word)}</span> ' for word in line.split())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.py", f"x = 1\n    {LINE}\n"),
        ("a.py", f"x = 1\n{LINE.replace(' ', '')}\n"),
        ("a.md", f"text\n> {LINE} # and more\n"),
        ("a.html", f"<pre>\n{html.escape(LINE)}</pre>"),
        ("a.html", f"<pre>\n<span></span>{highlighted(LINE)}</pre>"),
        ("a.html", "<pre>\n" + "".join(f"&#{ord(c)};" for c in LINE)),
        ("a.html", f"<p>\n{html.escape(LINE).replace('&quot;', '”').replace('* ', '')}</p>"),
        ("a.html", "<script>\n" + json.dumps({"state": html.escape(LINE)})),
        ("searchindex.js", "Search.setIndex(\n" + json.dumps({"titles": [LINE]}) + ")"),
        ("a.ipynb", json.dumps({"cells": [{"source": ["a\n", LINE + "\n"]}]}, indent=1)),
        ("a.json", "\n" + json.dumps(LINE).replace("<", "\\u003c").replace('\\"', "\\u0022")),
        ("a.json", "\n" + json.dumps(json.dumps("a\n" + LINE))),
    ],
)
def test_a_planted_line_is_found(source, tmp_path, name, content):
    page = plant(tmp_path / "site" / "deep" / name, content)
    (leak,) = find_leaks([source], [tmp_path / "site"])
    assert leak.secret.text == LINE
    assert leak.artefact == str(page)
    assert leak.line >= 2
    assert f"{page}:{leak.line}: " in str(leak)


def test_emphasis_and_bullets_of_markdown_do_not_hide_prose(source, tmp_path):
    content = "<li><p><em>One point:</em> the model’s “answer”,\nwhich few will write.</p></li>"
    page = plant(tmp_path / "a.html", content)
    assert [leak.secret.line for leak in find_leaks([source], [page])] == [18]


def test_archives_are_opened_also_inside_archives(source, tmp_path):
    inner = tmp_path / "inner.whl"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("package/a.py", LINE)
    outer = tmp_path / "outer.tar.gz"
    with tarfile.open(outer, "w:gz") as tar:
        tar.add(tmp_path, "dist", recursive=False)
        tar.add(inner, "dist/inner.whl")
    assert find_leaks([source], [inner])[0].artefact.endswith("inner.whl!package/a.py")
    (leak,) = find_leaks([source], [outer])
    assert leak.artefact.endswith("outer.tar.gz!dist/inner.whl!package/a.py")


def test_honest_artefacts_are_quiet(source, tmp_path):
    plant(tmp_path / "site/a.py", "def twice(x):\n    y = x\n    return x\nvisible_helper(x)\n")
    plant(tmp_path / "site/a.html", "Honest prose that everybody may read. doubled_number = ?")
    (tmp_path / "site/font.woff").write_bytes(b"\0\1" + LINE.encode())
    assert find_leaks([source], [tmp_path / "site"]) == []


def test_folders_can_be_skipped_and_must_exist(source, tmp_path):
    plant(tmp_path / "site/__pycache__/a.py", LINE)
    assert find_leaks([source], [tmp_path / "site"], skip=["__pycache__"]) == []
    with pytest.raises(FileNotFoundError, match="no artefact"):
        find_leaks([source], [tmp_path / "missing"])
