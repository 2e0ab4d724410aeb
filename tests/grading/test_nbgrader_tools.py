"""nbgrader's own tools go on from what `lrcourse grade` has written."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from lrcourse.grading.answers import fill_in
from lrcourse.grading.grade import grade
from lrcourse.grading.release import release

pytestmark = pytest.mark.slow
TOKEN = "for-this-test-only"
ENVIRONMENT = os.environ | {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
}
SCRIPT = "<script>alert('mine')</script>"
ANSWERS = {
    "twice": "from IPython.display import HTML\n\ndef twice(x):\n    return x + x\n\n"
    f'HTML("<b>bold</b>{SCRIPT}")',
    "half": "def half(x):\n    return 7",
    "essay": f"In my own words. {SCRIPT}",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory, small_course):
    """Return a course with one graded submission."""
    folder = small_course(tmp_path_factory.mktemp("nbgrader"))
    release(folder)
    released = nbformat.read(folder / "exercises" / "numbers" / "small.ipynb", 4)
    home = folder / "submitted" / "ann" / "numbers"
    home.mkdir(parents=True)
    nbformat.write(fill_in(released, ANSWERS), home / "small.ipynb")
    grade(folder, "numbers", jobs=1)
    return folder


@pytest.fixture(scope="module")
def formgrader(course):
    """Start a real server with nbgrader's formgrader; return a function that asks it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"),
        "--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}",
    ]
    log = course / "server.log"
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=course, env=ENVIRONMENT, stdout=out, stderr=out)

    def ask(path, put=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/formgrader{path}",
            data=None if put is None else json.dumps(put).encode(),
            headers={"Authorization": f"token {TOKEN}"},
            method="GET" if put is None else "PUT",
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.read().decode()

    try:
        for _ in range(150):
            try:
                ask("/api/assignments")
                break
            except (urllib.error.URLError, ConnectionError):
                assert server.poll() is None, log.read_text()
                time.sleep(0.2)
        yield ask
    finally:
        server.terminate()
        server.wait(timeout=20)


def test_formgrader_lists_shows_and_takes_a_score(course, formgrader):
    [assignment] = json.loads(formgrader("/api/assignments"))
    assert (assignment["name"], assignment["num_submissions"]) == ("numbers", 1)
    [submission] = json.loads(formgrader("/api/submissions/numbers"))
    assert submission["student"] == "ann"
    assert submission["needs_manual_grade"]
    assert (submission["code_score"], submission["max_code_score"]) == (2, 5)
    [notebook] = json.loads(formgrader("/api/submitted_notebooks/numbers/small"))
    page = formgrader(f"/submissions/{notebook['id']}/")
    assert "In my own words." in page
    assert "<b>bold</b>" in page
    assert SCRIPT not in page
    grades = json.loads(formgrader(f"/api/grades?submission_id={notebook['id']}"))
    essay = next(one for one in grades if one["name"] == "essay")
    formgrader(f"/api/grade/{essay['id']}", put=essay | {"manual_score": 1})
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        assert book.find_submission("numbers", "ann").score == 3
        assert not book.find_submission("numbers", "ann").needs_manual_grade


@pytest.mark.parametrize("exporter", ["", "--exporter=lrcourse.grading.export.CanvasExporter"])
def test_nbgrader_writes_feedback_and_exports(course, exporter, tmp_path):
    def nbgrader(*words):
        command = [sys.executable, "-m", "nbgrader", *words]
        done = subprocess.run(
            command, cwd=course, env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]

    table = tmp_path / "out.csv"
    nbgrader("export", f"--to={table}", *([exporter] if exporter else []))
    assert "numbers" in table.read_text()
    assert "ann" in table.read_text()
    if not exporter:
        nbgrader("generate_feedback", "numbers", "--force")
        page = course / "feedback" / "ann" / "numbers" / "small.html"
        assert "In my own words." in page.read_text()
        assert SCRIPT not in page.read_text()
