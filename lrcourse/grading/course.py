"""The folders, settings and submissions of an nbgrader course.

Every course of nbgrader will do: what ``nbgrader_config.py`` does not set has nbgrader's default.
"""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatch, fnmatchcase
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import parse_utc
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from lrcourse.grading.notebooks import read_assignment

CONFIG = "nbgrader_config.py"

# Stands for the one part of a path that is looked for: no name can hold it.
_ANY = "\0"
_LONGEST_ID = 128  # nbgrader's column
_LONGEST_TIMESTAMP = 100
_nbformat: Any = nbformat  # its functions have no types


@dataclass(frozen=True)
class Course:
    """An nbgrader course; `Course.open` reads one.

    Attributes
    ----------
    folder : Path
        Where the settings are, with links resolved.
    root : Path
        Where the course is: the same folder, unless the settings say otherwise.
    config : traitlets.config.Config
        What ``nbgrader_config.py`` sets.
    directory : nbgrader.coursedir.CourseDirectory
        nbgrader's own view of the folders.
    """

    folder: Path
    root: Path
    config: Config
    directory: CourseDirectory

    @classmethod
    def open(cls, folder: Path | str) -> Course:
        r"""Read the settings of the course in `folder`.

        Parameters
        ----------
        folder : path-like
            Where ``nbgrader_config.py`` is, or the folder with ``source/`` of a course without it.

        Returns
        -------
        Course

        Raises
        ------
        FileNotFoundError
            When there is no such folder, or nothing in it makes it a course.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "nbgrader_config.py").write_text(
        ...         "c = get_config()\nc.CourseDirectory.source_directory = 'solutions'\n"
        ...     )
        ...     course = Course.open(folder)
        >>> course.source_folder.name, course.release_folder.name
        ('solutions', 'release')
        """
        folder = Path(folder).resolve()
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no folder {folder}")
        config = read_config(folder)
        # A course on a hub may keep its settings in one place and its folders in another.
        root = (folder / config.get("CourseDirectory", {}).get("root", ".")).resolve()
        course = cls(folder, root, config, CourseDirectory(config=config, root=str(root)))
        if not (folder / CONFIG).is_file() and not course.source_folder.is_dir():
            raise FileNotFoundError(
                f"{folder} is not the folder of a course: it has neither {CONFIG} nor "
                f"{course.source_folder.name}/; there are "
                f"{sorted(path.name for path in folder.iterdir())}"
            )
        return course

    @property
    def course_id(self) -> str:
        """The course's name in the gradebook; may be empty."""
        return str(self.directory.course_id)

    @property
    def db_url(self) -> str:
        """Where the gradebook is, as SQLAlchemy takes it."""
        return str(self.directory.db_url)

    @property
    def source_folder(self) -> Path:
        """The instructor's notebooks."""
        return Path(self.root, self.directory.source_directory)

    @property
    def release_folder(self) -> Path:
        """What learners get."""
        return Path(self.root, self.directory.release_directory)

    @property
    def submitted_folder(self) -> Path:
        """What learners handed in."""
        return Path(self.root, self.directory.submitted_directory)

    @property
    def autograded_folder(self) -> Path:
        """The graded notebooks."""
        return Path(self.root, self.directory.autograded_directory)

    @property
    def feedback_folder(self) -> Path:
        """The pages that learners get back."""
        return Path(self.root, self.directory.feedback_directory)

    def assignments(self) -> list[str]:
        """Give the names of the assignments that have a source, sorted.

        Returns
        -------
        list of str
        """
        start, end = self._parts(self.directory.source_directory, ".", _ANY)
        return sorted(
            name for name, path in _matches(start, end) if _notebooks(path) or _texts(path)
        )

    def sources(self, assignment: str) -> dict[str, NotebookNode]:
        """Give the instructor's notebooks of an assignment, with solutions and hidden tests.

        A text ``<name>.py`` of `lrcourse release` that has no notebook beside it is built.

        Parameters
        ----------
        assignment : str

        Returns
        -------
        dict of str to NotebookNode
            Name without suffix and notebook, sorted by name.

        Raises
        ------
        ValueError
            When there is no such assignment, a file is not a notebook, or a notebook that was
            built from a text is not what the text makes now.
        """
        folder = self._source(assignment)
        texts = _texts(folder)
        found = {name: _read_notebook(path) for name, path in _notebooks(folder).items()}
        for name, text in texts.items():
            if name not in found:
                found[name] = read_assignment(text)
            elif "lrcourse" in found[name].metadata and _facts(found[name]) != _facts(
                read_assignment(text)
            ):
                # Grading with tests that were mended in the text alone would be silently wrong.
                raise ValueError(
                    f"{text.with_suffix('.ipynb')} is not what {text.name} makes: "
                    "run `lrcourse release` first"
                )
        return dict(sorted(found.items()))

    def data_files(self, assignment: str) -> dict[str, Path]:
        """Give the files that learners get beside the notebooks of an assignment.

        Where the assignment was not released, these are the files of the source that nbgrader
        would release.

        Parameters
        ----------
        assignment : str

        Returns
        -------
        dict of str to Path
            Name relative to the assignment's folder (with ``/``) and file, sorted by name.

        Raises
        ------
        ValueError
            When there is no such assignment.
        """
        source = self._source(assignment)
        folder = self._folder(self.directory.release_directory, ".", assignment)
        texts: set[Path] = set()
        if not folder.is_dir():
            folder, texts = source, set(_texts(source).values())
        return {
            name.as_posix(): path
            for name, path in files_below(folder, self._ignored).items()
            if name.suffix != ".ipynb" and path not in texts
        }

    def students(self, assignment: str, pattern: str = "*") -> list[str]:
        """Give the ids of those who handed in an assignment.

        Parameters
        ----------
        assignment : str
        pattern : str
            Only ids that match, with ``*``, ``?`` and ``[…]`` as in file names.

        Returns
        -------
        list of str
            Sorted. `refused` names the folders that are left out.
        """
        return [
            student
            for student, reason in self._submissions(assignment).items()
            if not reason and fnmatchcase(student, pattern)
        ]

    def refused(self, assignment: str) -> dict[str, str]:
        """Say which folders in the place of submissions are none, and why.

        Parameters
        ----------
        assignment : str

        Returns
        -------
        dict of str to str
            Name of the folder and reason, sorted by name.
        """
        found = self._submissions(assignment)
        return {student: reason for student, reason in found.items() if reason}

    def submitted(self, student: str, assignment: str) -> Path:
        """Give the folder that a student handed in.

        Parameters
        ----------
        student, assignment : str

        Returns
        -------
        Path

        Raises
        ------
        ValueError
            When the id is none, or the folder is reached through a link.
        FileNotFoundError
            When the student handed in nothing.
        """
        check_student(student)
        start, _ = self._parts(self.directory.submitted_directory, _ANY, assignment)
        folder = self._folder(self.directory.submitted_directory, student, assignment)
        if not folder.is_dir():
            raise FileNotFoundError(f"{student!r} handed in no {assignment!r}: no folder {folder}")
        reason = _reason_against(student, folder, Path(start))
        if reason:
            raise ValueError(f"{folder} {reason}")
        return folder

    def autograded(self, student: str, assignment: str) -> Path:
        """Give the folder for the graded notebooks of a student; it need not exist.

        Parameters
        ----------
        student, assignment : str

        Returns
        -------
        Path

        Raises
        ------
        ValueError
            When the id is none.
        """
        check_student(student)
        return self._folder(self.directory.autograded_directory, student, assignment)

    def feedback(self, student: str, assignment: str) -> Path:
        """Give the folder for the feedback to a student; it need not exist.

        Parameters
        ----------
        student, assignment : str

        Returns
        -------
        Path

        Raises
        ------
        ValueError
            When the id is none.
        """
        check_student(student)
        return self._folder(self.directory.feedback_directory, student, assignment)

    def timestamp(self, student: str, assignment: str) -> datetime | None:
        """Say when a submission was handed in, from nbgrader's ``timestamp.txt``.

        Parameters
        ----------
        student, assignment : str

        Returns
        -------
        datetime or None
            In UTC without a time zone, as in the gradebook; None when the file is missing or does
            not hold a date.
        """
        path = self.submitted(student, assignment) / "timestamp.txt"
        if path.is_symlink() or not path.is_file():
            return None
        with path.open("rb") as file:
            return parse_timestamp(file.read(_LONGEST_TIMESTAMP + 1).decode("utf-8", "replace"))

    @property
    def _ignored(self) -> list[str]:
        return [*self.directory.ignore, ".ipynb_checkpoints"]

    def _source(self, assignment: str) -> Path:
        known = self.assignments()
        if assignment not in known:
            raise ValueError(
                f"no assignment {assignment!r} in {self.source_folder}; there are {known}"
            )
        return self._folder(self.directory.source_directory, ".", assignment)

    def _submissions(self, assignment: str) -> dict[str, str]:
        """Give every name in the place of a student, with a reason where it is no submission."""
        start, end = self._parts(self.directory.submitted_directory, _ANY, assignment)
        return {
            student: _reason_against(student, path, Path(start))
            for student, path in sorted(_matches(start, end))
        }

    def _folder(self, step: str, student: str, assignment: str) -> Path:
        return Path(os.path.normpath(self.directory.format_path(step, student, assignment)))

    def _parts(self, step: str, student: str, assignment: str) -> tuple[str, str]:
        """Give what stands before and after `_ANY` in a path of the course."""
        parts = self.directory.format_path(step, student, assignment).split(_ANY)
        return parts[0], parts[-1]


def read_config(folder: Path) -> Config:
    """Read ``nbgrader_config.py`` in `folder` as nbgrader does; without it nothing is set.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    traitlets.config.Config
    """
    if not (folder / CONFIG).is_file():
        return Config()
    with folder_on_path(folder):
        return PyFileConfigLoader(CONFIG, path=str(folder)).load_config()


@contextmanager
def folder_on_path(folder: Path) -> Iterator[None]:
    """Let a course's settings import modules in its folder, as nbgrader lets them.

    Parameters
    ----------
    folder : Path
    """
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))


@contextmanager
def own_tools_on_path() -> Iterator[None]:
    """Put this environment's scripts first: nbgrader calls `alembic` to make a gradebook.

    Examples
    --------
    >>> with own_tools_on_path():
    ...     os.environ["PATH"].startswith(str(Path(sys.executable).parent))
    True
    """
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def files_below(folder: Path, ignored: Iterable[str] = (".ipynb_checkpoints",)) -> dict[Path, Path]:
    """Give every file below a folder by its relative path, sorted.

    Parameters
    ----------
    folder : Path
    ignored : iterable of str
        Patterns of ``*``, ``?`` and ``[…]``; a file of which a part of the path matches is left
        out.

    Returns
    -------
    dict of Path to Path
    """
    patterns = list(ignored)
    found = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {
        short: path
        for short, path in sorted(found.items())
        if not any(fnmatch(part, pattern) for part in short.parts for pattern in patterns)
    }


def check_student(student: str) -> str:
    """Return `student` if it can be the id of a student.

    An id becomes a folder, a line of a table and a word in formgrader's pages.

    Parameters
    ----------
    student : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        When `student` is empty, longer than 128 characters, begins with a dot, begins or ends
        with a space, or holds a slash, a backslash, a quote, ``<``, ``>`` or what can't be
        printed.

    Examples
    --------
    >>> check_student("maria.o'neil@example.org")
    "maria.o'neil@example.org"
    >>> check_student("../ta")
    Traceback (most recent call last):
    ...
    ValueError: '../ta' is no id of a student: it begins with a dot
    """
    reason = _reason_against_id(student)
    if reason:
        raise ValueError(f"{student!r} is no id of a student: it {reason}")
    return student


def parse_timestamp(text: str) -> datetime | None:
    """Read a date as nbgrader does; give None for what is not one.

    Parameters
    ----------
    text : str

    Returns
    -------
    datetime or None
        In UTC, without a time zone.

    Examples
    --------
    >>> parse_timestamp("2026-02-01 10:00:00 UTC")
    datetime.datetime(2026, 2, 1, 10, 0)
    >>> parse_timestamp("yesterday")
    """
    text = text.strip()
    # Without a year the parser would fill in today's.
    if len(text) > _LONGEST_TIMESTAMP or not re.search(r"\d{4}", text):
        return None
    try:
        moment: datetime = parse_utc(text)
    except Exception:  # the parser raises many kinds for nonsense
        return None
    return moment


def _reason_against_id(student: str) -> str:
    if not student:
        return "is empty"
    if len(student) > _LONGEST_ID:
        return f"is longer than {_LONGEST_ID} characters"
    if student.startswith("."):
        return "begins with a dot"
    if student != student.strip():
        return "begins or ends with a space"
    bad = [letter for letter in student if letter in '/\\<>"' or not letter.isprintable()]
    return f"holds {bad[0]!r}" if bad else ""


def _reason_against(student: str, folder: Path, base: Path) -> str:
    reason = _reason_against_id(student)
    if reason:
        return reason
    # A link could make one student's work another's, or a file of the system a submission.
    if folder.resolve() != base.resolve() / folder.relative_to(base):
        return "is or lies in a link"
    return "" if folder.is_dir() else "is not a folder"


def _matches(start: str, end: str) -> Iterator[tuple[str, Path]]:
    """Yield the name that stands between `start` and `end`, and the path, where there is one."""
    # `start` may end within a name, which the patterns of pathlib can't say.
    for path in glob.iglob(f"{glob.escape(start)}*{glob.escape(end)}"):  # noqa: PTH207
        yield path[len(start) : len(path) - len(end)], Path(os.path.normpath(path))


def _notebooks(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.ipynb"))}


def _texts(folder: Path) -> dict[str, Path]:
    """Give the text notebooks directly in `folder`; other Python files are not assignments."""
    return {
        path.stem: path
        for path in sorted(folder.glob("*.py"))
        if jupytext.guess_format(path.read_text(encoding="utf-8"), ".py")[0] == "percent"
    }


def _read_notebook(path: Path) -> NotebookNode:
    try:
        notebook: NotebookNode = _nbformat.read(path, as_version=4)
    except Exception as error:  # nbformat raises many kinds for a broken file
        raise ValueError(f"{path} is not a notebook that can be read ({error})") from error
    return notebook


def _facts(notebook: NotebookNode) -> list[tuple[Any, ...]]:
    """Give what makes a notebook an assignment: saving it again in an editor changes none."""
    return [(cell.cell_type, cell.source, cell.metadata.get("nbgrader")) for cell in notebook.cells]
