"""What is published is in step with its sources and holds no solution and no hidden test."""

import subprocess
import sys
from pathlib import Path

import pytest

from lrcourse.grading.leaks import find_leaks, find_secrets
from lrcourse.grading.release import release

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "solutions").glob("*/*.py"))


def leaks_in(*artefacts):
    return [str(leak) for leak in find_leaks(SOURCES, artefacts, skip=["__pycache__"])]


def test_exercises_are_in_step_with_their_sources():
    assert release(ROOT, check=True) == []


def test_every_assignment_has_secrets_to_guard(assignment):
    assert len(find_secrets(assignment)) >= 20


def test_nothing_leaks_into_exercises_package_or_book():
    assert leaks_in(ROOT / "exercises", ROOT / "lrcourse", ROOT / "book") == []


@pytest.mark.parametrize("where", ["exercises", "lrcourse"])
def test_the_gate_would_notice(assignment, tmp_path, where):
    secret = find_secrets(assignment)[0]
    planted = tmp_path / where / "planted.md"
    planted.parent.mkdir()
    planted.write_text(f"Honest.\n{secret.text}\n", encoding="utf-8")
    assert [(leak.secret, leak.line) for leak in find_leaks(SOURCES, [tmp_path])] == [(secret, 2)]


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
    assert leaks_in(site) == []
