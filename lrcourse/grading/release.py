"""From the text of the assignments to what learners get, by nbgrader's own release."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jupytext
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log
from rich.console import Console

from lrcourse.grading.bundle import FOLDER, bundle
from lrcourse.grading.course import CONFIG, files_below, own_tools_on_path, read_config
from lrcourse.grading.notebooks import read_assignment, write_notebook

Action = Literal["new", "changed", "removed"]


class ReleaseError(RuntimeError):
    """nbgrader refused to release an assignment; the message holds what it logged."""


@dataclass(frozen=True)
class Change:
    """A released file that is not what its source makes.

    Attributes
    ----------
    path : Path
        The file, relative to the course's folder.
    action : {'new', 'changed', 'removed'}
        What a release does to the file.
    """

    path: Path
    action: Action


def release(
    course: Path | str,
    assignments: Sequence[str] = (),
    *,
    check: bool = False,
    gradebook: bool = False,
) -> list[Change]:
    """Release assignments: build nbgrader's source notebooks and the learners' notebooks.

    The folders and what stays out of a release are read from ``nbgrader_config.py``. Each text
    ``solutions/<assignment>/<name>.py`` becomes a source notebook beside it, from which nbgrader
    makes ``exercises/<assignment>/<name>.ipynb``. The same text always gives the same bytes.

    Parameters
    ----------
    course : path-like
        The folder that holds ``nbgrader_config.py``.
    assignments : sequence of str
        Names of assignments; all of them when empty.
    check : bool
        Write nothing; say what a release would change.
    gradebook : bool
        Record the assignments in ``gradebook.db`` too, as ``nbgrader autograde`` needs it.

    Returns
    -------
    list of Change
        The released files that changed (with `check`: that would), sorted by path.

    Raises
    ------
    FileNotFoundError
        When `course` has no ``nbgrader_config.py``.
    ValueError
        When an assignment has no text in the source folder.
    lrcourse.grading.notebooks.AssignmentError
        When the text of an assignment breaks a rule.
    ReleaseError
        When nbgrader refuses.
    """
    course = Path(course).resolve()
    if not (course / CONFIG).is_file():
        raise FileNotFoundError(f"{course} is not the folder of a course: it has no {CONFIG}")
    config = read_config(course)
    folders = CourseDirectory(config=config, root=str(course))
    source = course / folders.source_directory
    target = course / folders.release_directory
    known = sorted(path.name for path in source.glob("*/") if any(_texts(path)))
    unknown = sorted(set(assignments) - set(known))
    if unknown:
        raise ValueError(f"no text for assignment {unknown[0]!r} in {source}; there are {known}")
    fresh: dict[Path, bytes] = {}
    for name in assignments or known:
        built = {
            text.with_suffix(".ipynb"): write_notebook(read_assignment(text))
            for text in _texts(source / name)
        }
        if not check:
            for path, notebook in built.items():
                path.write_text(notebook, encoding="utf-8")
        notebooks = {path.name: notebook for path, notebook in built.items()}
        database = course if gradebook and not check else None
        made = _generate(config, source / name, notebooks, database, folders.ignore)
        fresh |= {target / name / path: content for path, content in made.items()}
    present: dict[Path, bytes] = {}
    for folder in [target / name for name in assignments] or sorted(target.glob("*/")):
        present |= {path: path.read_bytes() for path in files_below(folder).values()}
    changes = _compare(present, fresh)
    if not check:
        _apply(changes, fresh)
    return [Change(path.relative_to(course), action) for path, action in changes]


def main(
    course: Path | str = ".",
    assignments: Sequence[str] = (),
    *,
    check: bool = False,
    gradebook: bool = False,
    console: Console | None = None,
) -> int:
    """Release assignments, pack each as a zip, and print what changed.

    Parameters
    ----------
    course, assignments, check, gradebook
        As `release` takes them.
    console : rich.console.Console, optional
        Where to print; standard output by default.

    Returns
    -------
    int
        Exit status: 1 when `check` finds a file out of step, or when a release is refused.
    """
    console = console or Console()
    try:
        changes = release(course, assignments, check=check, gradebook=gradebook)
    except (ValueError, FileNotFoundError, ReleaseError) as error:
        console.print(f"[red]not released[/red]  {error}", highlight=False, soft_wrap=True)
        return 1
    for change in changes:
        console.print(f"{change.action:8} {change.path}", highlight=False, soft_wrap=True)
    if not check:
        zips = bundle(course, assignments)
        console.print(f"{len(zips)} of them packed in {FOLDER}/", highlight=False)
    if not changes:
        console.print("The released assignments are in step with their sources.")
    elif check:
        console.print("[red]Out of step.[/red] `lrcourse release` makes them anew.")
    return 1 if check and changes else 0


def _texts(folder: Path) -> Iterator[Path]:
    """Yield the text notebooks directly in `folder`; other Python files are not assignments."""
    for path in sorted(folder.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if jupytext.guess_format(text, ".py")[0] == "percent":
            yield path


def _generate(
    config: Any, source: Path, notebooks: dict[str, str], database: Path | None, ignore: list[str]
) -> dict[Path, bytes]:
    """Let nbgrader release one assignment in a folder of its own; give path and bytes of each file.

    Working apart leaves the course untouched when anything fails, and makes checking the same act
    as releasing.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folders = CourseDirectory(config=config, root=str(Path(scratch).resolve()))
        folders.assignment_id = source.name
        stage = Path(folders.root) / folders.source_directory / source.name
        shutil.copytree(source, stage, ignore=shutil.ignore_patterns(*ignore, "*.ipynb"))
        for name, notebook in notebooks.items():
            (stage / name).write_text(notebook, encoding="utf-8")
        config = config.copy()
        if database is None:
            config.SaveCells.enabled = False
            config.GenerateAssignment.no_database = True
        else:
            folders.db_url = f"sqlite:///{database / 'gradebook.db'}"
        with own_tools_on_path():
            outcome = capture_log(GenerateAssignment(coursedir=folders, config=config))
        if not outcome["success"]:
            raise ReleaseError(f"nbgrader refused {source.name}:\n{outcome.get('log', '')}")
        made = Path(folders.root) / folders.release_directory / source.name
        return {short: path.read_bytes() for short, path in files_below(made, ()).items()}


def _compare(present: dict[Path, bytes], fresh: dict[Path, bytes]) -> list[tuple[Path, Action]]:
    changes: list[tuple[Path, Action]] = []
    for path in sorted(present.keys() | fresh.keys()):
        if path not in fresh:
            changes.append((path, "removed"))
        elif path not in present:
            changes.append((path, "new"))
        elif present[path] != fresh[path]:
            changes.append((path, "changed"))
    return changes


def _apply(changes: list[tuple[Path, Action]], fresh: dict[Path, bytes]) -> None:
    for path, action in changes:
        if action == "removed":
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(fresh[path])
