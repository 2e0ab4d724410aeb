"""Downloads of a learning management system, sorted into nbgrader's folders.

A download is a folder or a zip file. Names say whose a file is:

======================================================= =====================================
``doejane_LATE_4711_98765_steps.ipynb``                 Canvas: name, number of the person,
                                                        number of the upload
``Jane Doe_4711_assignsubmission_file_/steps.ipynb``    Moodle, a folder for each person
``Jane Doe_4711_assignsubmission_file_steps.ipynb``     Moodle, all in one folder
``jane/steps.ipynb``, ``jane.zip``                      a folder or a zip file for each person
======================================================= =====================================

The number is what these systems know a person by when grades come back, so it becomes the id.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from rich.console import Console

from lrcourse.grading.course import Course, check_student

_PATTERNS = (
    r"(?:.*/)?[^/_]+_(?:LATE_)?(?P<student>\d+)_\d+_(?P<file>[^/]+)",
    r"(?:.*/)?[^/]+_(?P<student>\d+)_assignsubmission_file_?/(?P<file>.+)",
    r"(?:.*/)?[^/]+_(?P<student>\d+)_assignsubmission_file_(?P<file>[^/]+)",
    r"(?P<student>[^/]+)/(?P<file>.+)",
)
_AGAIN = re.compile(r"(.+?)-(\d+)(\.[^.]+)")  # Canvas numbers what is handed in again
_LARGEST = 512 << 20
_MOST_BYTES = 16 << 30
_MOST_FILES = 200_000
_DEEPEST = 2  # a zip file in a zip file
_JUNK = {"__MACOSX", ".DS_Store", ".ipynb_checkpoints", "Thumbs.db"}


@dataclass
class Collected:
    """What was found in a download.

    Attributes
    ----------
    written : list of Path
        Files that are new or have changed.
    same : int
        How many were there already.
    left_out : dict of str to str
        Name in the download and reason.
    students : set of str
    """

    written: list[Path] = field(default_factory=list)
    same: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    students: set[str] = field(default_factory=set)


def collect(
    folder: Path | str, assignment: str, downloads: Path | str, *, pattern: str | None = None
) -> Collected:
    """Sort downloads into ``submitted/<student>/<assignment>/``.

    Of a file that was handed in several times the one with the highest number counts. A file that
    is there already with other content is replaced: the download is the newer one.

    Parameters
    ----------
    folder : path-like
        Of the course.
    assignment : str
    downloads : path-like
        A folder or a zip file.
    pattern : str, optional
        Regular expression for names in the download, with ``/`` between folders, in place of the
        known ones; its groups ``student`` and ``file`` say whose a file is and what to call it.

    Returns
    -------
    Collected

    Raises
    ------
    FileNotFoundError
        When there is no such course or download.
    ValueError
        When there is no such assignment, `pattern` is malformed, or a zip file is broken or holds
        more than 16 GB or 200,000 files.
    """
    course = Course.open(folder)
    names = set(course.sources(assignment))
    downloads = Path(downloads)
    if not downloads.exists():
        raise FileNotFoundError(2, "No such file or folder", str(downloads))
    patterns = _PATTERNS if pattern is None else (_checked(pattern),)
    found = Collected()
    latest: dict[tuple[str, str], tuple[int, bytes]] = {}
    for name, content in _Reader(found).read(downloads):
        match = next((m for p in patterns if (m := re.fullmatch(p, name))), None)
        if match is None:
            found.left_out[name] = "its name does not say whose it is"
            continue
        try:
            student = check_student(match["student"].strip())
            file = _safe(match["file"])
        except ValueError as error:
            found.left_out[name] = str(error)
            continue
        file, number = _attempt(file, names)
        before = latest.get((student, file))
        if before is None or before[0] <= number:
            latest[student, file] = (number, content)
        if before is not None:
            found.left_out[name if before[0] > number else f"{file} of {student}"] = (
                "it was handed in again"
            )
    for (student, file), (_, content) in latest.items():
        found.students.add(student)
        path = course.submitted_folder / student / assignment / file
        if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
            found.same += 1
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        found.written.append(path)
    return found


def main(
    folder: Path | str,
    assignment: str,
    downloads: Path | str,
    *,
    pattern: str | None = None,
    console: Console | None = None,
) -> None:
    """Collect downloads and print what was found.

    Parameters
    ----------
    folder, assignment, downloads, pattern
        As `collect` takes them.
    console : rich.console.Console, optional
        Where to print; standard output by default.
    """
    console = console or Console()
    found = collect(folder, assignment, downloads, pattern=pattern)
    console.print(
        f"Collected from {downloads}: {len(found.students)} people, {len(found.written)} files new"
        f" or changed, {found.same} as before, {len(found.left_out)} left out.",
        highlight=False,
        soft_wrap=True,
    )
    for name, reason in sorted(found.left_out.items()):
        console.print(f"  {name}: {reason}", highlight=False, soft_wrap=True, markup=False)


class _Reader:
    """Reads every file of a download, within bounds."""

    def __init__(self, found: Collected) -> None:
        self._found = found
        self._files = self._bytes = 0

    def read(self, downloads: Path) -> Iterator[tuple[str, bytes]]:
        if downloads.is_file():
            yield from self._zip(downloads, "", 1)
            return
        for path in sorted(downloads.rglob("*")):
            name = path.relative_to(downloads).as_posix()
            if path.is_symlink():
                self._found.left_out[name] = "it is a link"
            elif path.is_file() and not _JUNK.intersection(path.parts):
                yield from self._file(name, path)

    def _file(self, name: str, path: Path) -> Iterator[tuple[str, bytes]]:
        if path.suffix == ".zip":
            yield from self._zip(path, name.removesuffix(".zip") + "/", 1)
        elif path.stat().st_size > _LARGEST:
            self._found.left_out[name] = "it is larger than 512 MB"
        else:
            self._count(path.stat().st_size)
            yield name, path.read_bytes()

    def _zip(
        self, source: Path | IO[bytes], prefix: str, depth: int
    ) -> Iterator[tuple[str, bytes]]:
        try:
            with zipfile.ZipFile(source) as archive:
                for entry in archive.infolist():
                    yield from self._entry(archive, entry, prefix, depth)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            if not prefix:
                raise ValueError(f"{source} is no zip file that can be read ({error})") from error
            self._found.left_out[prefix.rstrip("/") + ".zip"] = f"it cannot be read ({error})"

    def _entry(
        self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, prefix: str, depth: int
    ) -> Iterator[tuple[str, bytes]]:
        name = prefix + entry.filename
        if entry.is_dir() or _JUNK.intersection(PurePosixPath(entry.filename).parts):
            return
        if stat.S_ISLNK(entry.external_attr >> 16):
            self._found.left_out[name] = "it is a link"
        elif entry.file_size > _LARGEST:
            self._found.left_out[name] = "it is larger than 512 MB"
        elif name.endswith(".zip") and depth < _DEEPEST:
            with archive.open(entry) as inner:
                yield from self._zip(inner, name.removesuffix(".zip") + "/", depth + 1)
        else:
            self._count(entry.file_size)  # `read` gives no more than that
            yield name, archive.read(entry)

    def _count(self, size: int) -> None:
        self._files += 1
        self._bytes += size
        if self._files > _MOST_FILES or self._bytes > _MOST_BYTES:
            raise ValueError(
                f"the download holds more than {_MOST_BYTES >> 30} GB or {_MOST_FILES:,} files"
            )


def _checked(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        raise ValueError(f"pattern is no regular expression ({error}), got {pattern!r}") from error
    if not {"student", "file"} <= groups.keys():
        raise ValueError(f"pattern needs groups named student and file, got {pattern!r}")
    return pattern


def _safe(name: str) -> str:
    """Return a relative name that stays in its folder."""
    parts = name.replace("\\", "/").split("/")
    bad = [part for part in parts if part in ("", ".", "..") or ":" in part or "\0" in part]
    if bad or not name.isprintable():
        raise ValueError(f"the name {name!r} leads elsewhere")
    return "/".join(parts)


def _attempt(file: str, names: set[str]) -> tuple[str, int]:
    """Split the number of an attempt off, where what is left is a notebook of the assignment."""
    match = _AGAIN.fullmatch(file)
    if match and match[1] in names and f"{match[1]}-{match[2]}" not in names:
        return f"{match[1]}{match[3]}", int(match[2])
    return file, 0
