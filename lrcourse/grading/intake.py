"""A stranger's files: found, opened and read without trusting them.

Nothing of a submission is trusted and nothing of it is executed here. A link is never followed,
what is no regular file is never opened, and a file of any content is read in bounded time and
memory. What can be read in spite of damage is read, with a note; what cannot is refused with a
reason that tells a person where to look.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from msgspec import Raw, Struct

from lrcourse.grading._ipynb import NotANotebook, RawCell, piece, read_cells, size

Kind = Literal["code", "markdown", "raw"]

LARGEST_NOTEBOOK = 500_000_000
LARGEST_SOURCE: Mapping[Kind, int] = {"code": 2_000_000, "raw": 2_000_000, "markdown": 20_000_000}
_ALL_SOURCES = 60_000_000

LARGEST_EXTRA_FILE = 16_000_000
_ALL_EXTRA_FILES = 32_000_000
_MOST_EXTRA_FILES = 200

_MOST_FILES = 5_000
_DEEPEST = 5
_MOST_CANDIDATES = 20
_LEFT_OUT = {"__pycache__", "__MACOSX", "node_modules"}
# Browsers and mail programs add an ending of their own.
_NOTEBOOK = re.compile(r"(?P<stem>.+?)\.ipynb(?:\.json|\.txt)?", re.IGNORECASE)

# A picture within a markdown cell is shown to a person: no kind that can hold a script.
_PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*={0,2}\s*")
_KINDS: Mapping[str, Kind] = {
    "code": "code",
    "markdown": "markdown",
    "raw": "raw",
    "heading": "markdown",  # before nbformat 4
    "html": "markdown",
}


class Unreadable(ValueError):
    """A file is refused; the message is the reason, one sentence for the instructor."""


class Picture(NamedTuple):
    """A picture that was pasted into a markdown cell.

    Attributes
    ----------
    name : str
        As the cell's text refers to it, after ``attachment:``.
    mime : str
        ``image/png`` or the like.
    data : str
        The picture in base64.
    """

    name: str
    mime: str
    data: str


@dataclass(frozen=True)
class SubmittedCell:
    r"""A cell of a stranger's notebook.

    Attributes
    ----------
    kind : {'code', 'markdown', 'raw'}
    source : str
        Lines end in ``\n`` alone.
    grade_id : str or None
        nbgrader's name of the cell as the file claims it; good for matching only.
    cell_id : str or None
        The cell's id as the file claims it; good for matching only.
    pictures : tuple of Picture
        Of a markdown cell.
    """

    kind: Kind
    source: str
    grade_id: str | None
    cell_id: str | None = None
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Submitted:
    """A stranger's notebook.

    Attributes
    ----------
    cells : tuple of SubmittedCell
    notes : tuple of str
        What was damaged, and how it was read all the same.
    """

    cells: tuple[SubmittedCell, ...]
    notes: tuple[str, ...]


class _Metadata(Struct, gc=False):
    nbgrader: Raw = Raw(b"")


class _Tag(Struct, gc=False):
    grade_id: Raw = Raw(b"")
    schema_version: Raw = Raw(b"")


def read_submission(path: Path | str, *, name: str | None = None) -> Submitted:
    r"""Read the cells of a notebook that a stranger handed in.

    Parameters
    ----------
    path : path-like
        The file. Neither it nor the folder that it lies in may be a link.
    name : str, optional
        What the notebook should be called; a note says so when it is called otherwise.

    Returns
    -------
    Submitted

    Raises
    ------
    Unreadable
        When the file is missing, not a regular file, too large, or no notebook.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder).resolve() / "mine.ipynb"
    ...     _ = path.write_text('{"nbformat": 3, "worksheets": [{"cells": '
    ...                         '[{"cell_type": "code", "input": ["x = 1\\n", "x"]}]}]}')
    ...     submitted = read_submission(path, name="numbers")
    >>> submitted.cells[0].source
    'x = 1\nx'
    >>> submitted.notes
    ("the file is called 'mine.ipynb', not 'numbers.ipynb'", 'read as nbformat 3',
     'the name of the kernel is missing')
    """
    path = Path(path)
    notes = []
    if name is not None and path.name != f"{name}.ipynb":
        notes.append(f"the file is called {path.name!r}, not '{name}.ipynb'")
    try:
        raw, damage = read_cells(_read_file(path, LARGEST_NOTEBOOK))
    except NotANotebook as error:
        raise Unreadable(f"{path.name} {error}") from error
    reader = _Reader()
    cells = tuple(reader.read(number, cell) for number, cell in enumerate(raw, start=1))
    return Submitted(cells, (*notes, *damage, *reader.notes()))


def find_notebooks(
    folder: Path | str,
    names: Sequence[str],
    grade_ids: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Path | Unreadable]:
    """Find the file of each expected notebook in the folder of a submission.

    A file of the right name directly in the folder always counts. Otherwise a file is taken when
    there is one choice only: of the right name in a folder below or but for case; then with more of
    a notebook's grade ids than of any other's; at last the only file left for the only name left.

    Parameters
    ----------
    folder : path-like
        What one student handed in for one assignment.
    names : sequence of str
        Names of the expected notebooks, without ``.ipynb``.
    grade_ids : mapping of str to collection of str, optional
        The grade ids in each of them, to know a renamed file by.

    Returns
    -------
    dict of str to Path or Unreadable
        For each name its file, or the reason why there is none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "numbers (1).ipynb").write_text('{"cells": []}')
    ...     found = find_notebooks(folder, ["numbers"])["numbers"]
    ...     none = find_notebooks(folder, ["letters", "numbers"])["letters"]
    >>> found.name
    'numbers (1).ipynb'
    >>> none
    Unreadable("no notebook is called 'letters.ipynb'; there are: 'numbers (1).ipynb'")
    """
    folder = Path(folder)
    try:
        _check_no_link(folder)
        files = list(_files(folder))
    except Unreadable as error:
        return {name: Unreadable(str(error)) for name in names}
    found: dict[str, Path | Unreadable] = {}
    left = {path: match["stem"] for path in files if (match := _NOTEBOOK.fullmatch(path.name))}
    for name in names:
        path = folder / f"{name}.ipynb"
        if path in left:
            found[name] = path
            del left[path]
    searches = (_by_name, _by_grade_ids, _the_only_one)
    for search in searches:
        missing = [name for name in names if name not in found]
        for name, path in search(missing, left, grade_ids or {}).items():
            found[name] = path
            del left[path]
    there = ", ".join(repr(path.relative_to(folder).as_posix()) for path in files[:10])
    for name in names:
        if name not in found:
            found[name] = Unreadable(
                f"no notebook is called '{name}.ipynb'; there are: {there or 'no files'}"
            )
    return {name: found[name] for name in names}


def extra_files(folder: Path | str) -> dict[str, bytes]:
    """Read the data files that a student handed in beside the notebooks.

    Links, devices, hidden files and notebooks are left out, and so is what goes beyond 16 MB a
    file, 32 MB or 200 files in all, in the order of the names.

    Parameters
    ----------
    folder : path-like
        What one student handed in for one assignment.

    Returns
    -------
    dict of str to bytes
        Content by name, relative to the folder and with ``/`` on every system.

    Raises
    ------
    Unreadable
        When `folder` is a link or no folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "table.csv").write_text("1,2")
    ...     extra_files(folder)
    {'table.csv': b'1,2'}
    """
    folder = Path(folder)
    _check_no_link(folder)
    extra: dict[str, bytes] = {}
    room = _ALL_EXTRA_FILES
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if _NOTEBOOK.fullmatch(path.name) or not name.isprintable():
            continue
        try:
            content = _read_file(path, min(room, LARGEST_EXTRA_FILE))
        except Unreadable:
            continue
        extra[name] = content
        room -= len(content)
        if len(extra) == _MOST_EXTRA_FILES:
            break
    return extra


def fingerprint(folder: Path | str) -> str:
    """Digest all that a student handed in: names and contents.

    Parameters
    ----------
    folder : path-like

    Returns
    -------
    str
        The same as long as nothing changes that is read here.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     before = fingerprint(folder)
    ...     _ = Path(folder, "a.ipynb").write_text("{}")
    ...     before == fingerprint(folder)
    False
    """
    folder = Path(folder)
    digest = hashlib.sha256()
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        digest.update(os.fsencode(name) + b"\0")
        try:
            digest.update(hashlib.sha256(_read_file(path, LARGEST_NOTEBOOK)).digest())
        except Unreadable as error:
            digest.update(str(error).encode("utf-8", "replace"))
    return digest.hexdigest()


class _Reader:
    """Reads raw cells under one common limit and counts what was damaged."""

    def __init__(self) -> None:
        self._room = _ALL_SOURCES
        self._counts: dict[str, int] = {}
        self._schemas: set[str] = set()
        self._refused: list[str] = []

    def read(self, number: int, cell: RawCell) -> SubmittedCell:
        kind = self._kind(cell)
        grade_id = self._grade_id(cell)
        raw = cell.source if size(cell.source) else cell.input
        pictures: tuple[Picture, ...] = ()
        if size(raw) + size(cell.attachments) > min(self._room, LARGEST_SOURCE[kind]):
            source = self._refuse(number, kind, grade_id, size(raw) + size(cell.attachments))
        else:
            self._room -= size(raw) + size(cell.attachments)
            source = self._source(raw)
            if kind == "markdown" and size(cell.attachments):
                pictures = tuple(self._pictures(cell.attachments))
        cell_id = piece(cell.id, str) if size(cell.id) < 200 else None
        return SubmittedCell(kind, source, grade_id, cell_id, pictures)

    def notes(self) -> list[str]:
        """Say what was damaged, in few words whatever the number of cells."""
        notes = [
            f"{what} (in {number:,} cell{'s' * (number != 1)})"
            for what, number in self._counts.items()
        ]
        if self._schemas:
            notes.append(f"nbgrader metadata of schema {', '.join(sorted(self._schemas)[:5])}")
        refused = self._refused[:5]
        if len(self._refused) > 5:
            refused.append(f"{len(self._refused) - 5:,} more cells are too large")
        return notes + refused

    def _count(self, what: str) -> None:
        self._counts[what] = self._counts.get(what, 0) + 1

    def _kind(self, cell: RawCell) -> Kind:
        name = piece(cell.cell_type, str) or ""
        if name in _KINDS:
            return _KINDS[name]
        self._count("no known kind of cell")
        return "code" if size(cell.outputs) or size(cell.input) else "raw"

    def _grade_id(self, cell: RawCell) -> str | None:
        metadata, tag = piece(cell.metadata, _Metadata), None
        if metadata is None and size(cell.metadata):
            self._count("metadata that cannot be used")
        elif metadata and size(metadata.nbgrader):
            tag = piece(metadata.nbgrader, _Tag)
            if tag is None:
                self._count("nbgrader metadata that cannot be used")
        if tag is None:
            return None
        schema = bytes(tag.schema_version)[:10].decode("utf-8", "replace") or "0"
        if schema != "3":
            self._schemas.add(schema)
        return piece(tag.grade_id, str) if size(tag.grade_id) < 200 else None

    def _source(self, raw: Raw) -> str:
        if not size(raw):
            self._count("no source")
            return ""
        text = piece(raw, str)
        if text is None:
            lines = piece(raw, list[str])
            text = "".join(lines) if lines is not None else self._damaged_source(bytes(raw))
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def _damaged_source(self, raw: bytes) -> str:
        text, encoding = _decode(raw)
        if encoding != "utf-8":
            self._count(f"not UTF-8: read as {encoding}")
        try:
            value = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, list) and all(isinstance(line, str) for line in value):
            value = "".join(value)
        if not isinstance(value, str):
            self._count("a source that is no text")
            return ""
        return value.encode("utf-8", "replace").decode("utf-8")

    def _refuse(self, number: int, kind: Kind, grade_id: str | None, length: int) -> str:
        which = f"cell {number:,}" + (f" ({grade_id!r})" if grade_id else "")
        reason = f"has {length:,} bytes, more than are graded"
        self._refused.append(f"{which} {reason}")
        # In place of the source, so that both the run and the reader meet the reason.
        text = f"This cell {reason}."
        return f"raise ValueError({text!r})" if kind == "code" else text

    def _pictures(self, raw: Raw) -> Iterator[Picture]:
        attachments = piece(raw, dict[str, dict[str, str | list[str]]])
        for name, kinds in (attachments or {}).items():
            for mime, content in kinds.items():
                data = content if isinstance(content, str) else "".join(content)
                if mime in _PICTURES and _BASE64.fullmatch(data):
                    yield Picture(name, mime, data)
                else:
                    self._count("an attachment that is no picture")


def _decode(raw: bytes) -> tuple[str, str]:
    """Decode text of unknown encoding: a few broken bytes in UTF-8, or an encoding of Windows."""
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if sum(character > "\x7f" for character in text) > 2 * broken:
        return text, "UTF-8 with broken characters"
    try:
        return raw.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "Latin-1"


def _check_no_link(folder: Path) -> None:
    try:
        mode = folder.lstat().st_mode
    except (OSError, ValueError) as error:
        raise Unreadable(f"{folder.name} cannot be opened: {_reason(error)}") from error
    if not stat.S_ISDIR(mode):
        raise Unreadable(f"{folder.name} is {_what(mode)}, not a folder")


def _read_file(path: Path, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes; never follow a link, never wait."""
    _check_no_link(path.parent)
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):  # asked before opening: to open a device can do things
            raise Unreadable(f"{path.name} is {_what(mode)}, not a file")
        flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        flags |= getattr(os, "O_BINARY", 0)
        with open(os.open(path, os.O_RDONLY | flags), "rb") as file:  # noqa: PTH123
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise Unreadable(f"{path.name} is no longer a file")
            length = facts.st_size
            content = file.read(limit + 1) if length <= limit else b""
    except (OSError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"{path.name} cannot be opened: {_reason(error)}") from error
    if max(length, len(content)) > limit:
        raise Unreadable(f"{path.name} has {length:,} bytes; more than {limit:,} are not read")
    return content


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _what(mode: int) -> str:
    kinds = {
        stat.S_IFLNK: "a link",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFREG: "a file",
    }
    return kinds.get(stat.S_IFMT(mode), "a device")


def _files(folder: Path) -> Iterator[Path]:
    """Yield what lies in `folder`, links too, files before folders; hidden things are left out."""
    waiting = [(folder, 0)]
    number = 0
    while waiting:
        here, depth = waiting.pop(0)
        try:
            with os.scandir(here) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            number += 1
            if number > _MOST_FILES:
                return
            if entry.name.startswith(".") or entry.name in _LEFT_OUT:
                continue
            if not entry.is_dir(follow_symlinks=False):
                yield here / entry.name
            elif depth < _DEEPEST:
                waiting.append((here / entry.name, depth + 1))


def _by_name(
    missing: Sequence[str], left: Mapping[Path, str], grade_ids: Mapping[str, Collection[str]]
) -> dict[str, Path]:
    """Find files that are called right but for case, an added ending, or the folder."""
    choices = {
        name: [path for path, stem in left.items() if stem.casefold() == name.casefold()]
        for name in missing
    }
    return {name: paths[0] for name, paths in choices.items() if len(paths) == 1}


def _by_grade_ids(
    missing: Sequence[str], left: Mapping[Path, str], grade_ids: Mapping[str, Collection[str]]
) -> dict[str, Path]:
    """Find files by the grade ids in them."""
    choices: dict[str, list[Path]] = {}
    if missing and grade_ids:
        for path in list(left)[:_MOST_CANDIDATES]:
            claimed = _claimed(path)
            shared = {name: len(claimed & set(known)) for name, known in grade_ids.items()}
            most = max(shared.values(), default=0)
            best = [name for name, number in shared.items() if number == most]
            if most and len(best) == 1:
                choices.setdefault(best[0], []).append(path)
    return {name: choices[name][0] for name in missing if len(choices.get(name, [])) == 1}


def _the_only_one(
    missing: Sequence[str], left: Mapping[Path, str], grade_ids: Mapping[str, Collection[str]]
) -> dict[str, Path]:
    """Give the only name left the only file left, unless its grade ids say that it is another."""
    if len(missing) != 1 or len(left) != 1:
        return {}
    (path,) = left
    others = {
        grade_id for name, known in grade_ids.items() for grade_id in known if name != missing[0]
    }
    return {} if _claimed(path) & others else {missing[0]: path}


def _claimed(path: Path) -> set[str]:
    try:
        cells = read_submission(path).cells
    except Unreadable:
        return set()
    return {cell.grade_id for cell in cells if cell.grade_id is not None}
