"""What is published is in step with its sources and holds no solution and no hidden test."""

import html
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from lrcourse.claims import ARTICLE
from lrcourse.grading.answers import fill_in, read_answers
from lrcourse.grading.bundle import bundle
from lrcourse.grading.feedback import feedback
from lrcourse.grading.grade import grade
from lrcourse.grading.leaks import find_leaks, find_secrets
from lrcourse.grading.notebooks import read_assignment
from lrcourse.grading.release import release

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "solutions").glob("*/*.py"))


def leaks_in(*artefacts):
    return [str(leak) for leak in find_leaks(SOURCES, artefacts, skip=["__pycache__"])]


def test_exercises_are_in_step_with_their_sources():
    assert release(ROOT, check=True) == []


def test_every_assignment_has_secrets_to_guard(assignment):
    assert len(find_secrets(assignment)) >= 20


def test_every_question_is_about_a_claim_of_the_article(assignment):
    for question in read_assignment(assignment).metadata.lrcourse.questions:
        assert question.get("claims"), question
        assert set(question["claims"]) <= set(ARTICLE), question


def test_nothing_leaks_into_exercises_package_or_book():
    assert leaks_in(ROOT / "exercises", ROOT / "lrcourse", ROOT / "book") == []


def in_a_notebook(secret, folder):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f'x = "1"\n{secret}\n')])
    (folder / "a.ipynb").write_text(nbformat.writes(notebook))


def in_a_module(secret, folder):
    (folder / "a.py").write_text(f"def f():\n    {secret}\n")


def in_an_archive(secret, folder):
    in_a_notebook(secret, folder)
    with zipfile.ZipFile(folder / "a.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(folder / "a.ipynb", "a/a.ipynb")
    (folder / "a.ipynb").unlink()


def in_a_page(secret, folder):
    code = highlight(f"if True:\n    {secret}\n", PythonLexer(), HtmlFormatter())
    (folder / "a.html").write_text(f"<html><body>{code}</body></html>")


def in_a_search_index(secret, folder):
    index = f"Search.setIndex({json.dumps({'titles': ['Solution', secret], 'terms': {'a': 0}})})"
    (folder / "searchindex.js").write_text(index)


def in_feedback(secret, folder):
    message = html.escape(f"AssertionError\n{secret}")
    (folder / "feedback.html").write_text(f"<pre>{message}</pre>")


@pytest.mark.parametrize(
    "plant",
    [in_a_notebook, in_a_module, in_an_archive, in_a_page, in_a_search_index, in_feedback],
)
def test_the_gate_notices_a_line_of_every_assignment_in_every_kind_of_file(
    assignment, tmp_path, plant
):
    secrets = find_secrets(assignment)
    for secret in (secrets[0], max(secrets, key=lambda secret: len(secret.text))):
        plant(secret.text, tmp_path)
        assert secret.text in {leak.secret.text for leak in find_leaks(SOURCES, [tmp_path])}


def test_nothing_leaks_into_the_zips(tmp_path):
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    shutil.copytree(ROOT / "exercises", tmp_path / "exercises")
    zips = bundle(tmp_path)
    assert len(zips) == len(SOURCES)
    assert leaks_in(*zips) == []


@pytest.mark.slow
def test_nothing_leaks_into_feedback(tmp_path):
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    for name in ("solutions", "exercises"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for text in SOURCES:
        assignment = text.parent.name
        answers = read_answers(text.parent / "answers")
        released = nbformat.read(ROOT / "exercises" / assignment / f"{text.stem}.ipynb", 4)
        wrong = {a.question: a.source for a in answers if a.name.startswith("wrong_")}
        folder = tmp_path / "submitted" / "ann" / assignment
        folder.mkdir(parents=True)
        nbformat.write(fill_in(released, wrong), folder / f"{text.stem}.ipynb")
        grade(tmp_path, assignment)
        (page,) = feedback(tmp_path, assignment)
        assert "not passed" in page.read_text(encoding="utf-8")
        own = {leak.secret for leak in find_leaks(SOURCES, [folder])}  # what the student wrote
        assert [str(leak) for leak in find_leaks(SOURCES, [page]) if leak.secret not in own] == []


@pytest.mark.slow
def test_nothing_leaks_into_the_wheel(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
    subprocess.run([*command, str(tmp_path), str(ROOT)], check=True)
    (wheel,) = tmp_path.glob("lrcourse-*.whl")
    assert leaks_in(wheel) == []


@pytest.mark.slow
def test_nothing_leaks_into_the_built_book():
    site = ROOT / "_build" / "html"
    assert site.exists(), f"there is no built book in {site}; `make book` builds it"
    assert (site / "searchindex.js").exists()
    assert leaks_in(site) == []
