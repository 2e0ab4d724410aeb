"""The raw cells of a notebook file that may be damaged, huge or hostile.

The file is never parsed whole. Its cells are found without making objects of what lies in them, so
that outputs of any size and shape cost a second and no memory, and the little that counts (sources,
grade ids) is read from there, each piece under a limit of its own.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, TypeVar

from msgspec import DecodeError, Raw, Struct, ValidationError
from msgspec.json import Decoder, decode

T = TypeVar("T")

_MOST_CELLS = 200_000
_MOST_OBJECTS = 20_000_000  # each costs 24 bytes while the cells are counted
_MOST_FLAWS = 1_000_000
_MISSING = Raw(b"")

# Strings as JSON has them, and as notebooks of other programs have them.
_HEX = rb"[0-9a-fA-F]"
_SOUND_STRING = (
    rb'"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u(?![dD][89a-fA-F])' + _HEX + rb"{4}"
    rb"|\\u[dD][89abAB]" + _HEX + rb"{2}\\u[dD][c-fC-F]" + _HEX + rb'{2})*+"'
)
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SOUND = re.compile(rb'(?:[^"NI]++|' + _SOUND_STRING + rb")*+")
_NO_NUMBER = re.compile(rb"NaN|Infinity")
_FLAWED_PIECE = re.compile(
    rb'[\x00-\x1f]|\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[dD][89a-fA-F]..|\\u|\\["\\/bfnrt]|\\.',
    re.DOTALL,
)


class NotANotebook(ValueError):
    """The bytes hold no cells; the message continues a sentence that begins with the file."""


class RawCell(Struct, gc=False):
    """The fields of a cell that count, each still as JSON text."""

    cell_type: Raw = _MISSING
    source: Raw = _MISSING
    input: Raw = _MISSING  # the source of a code cell before nbformat 4
    metadata: Raw = _MISSING
    attachments: Raw = _MISSING
    outputs: Raw = _MISSING
    id: Raw = _MISSING


class _Anything(Struct, gc=False):
    """An object of which nothing is kept, to count cells with."""


class _Book(Struct):
    cells: Raw = _MISSING
    worksheets: Raw = _MISSING  # held the cells before nbformat 4
    content: Raw = _MISSING  # holds the notebook in what Jupyter's server sends
    metadata: Raw = _MISSING
    nbformat: Raw = _MISSING
    nbformat_minor: Raw = _MISSING


class _Worksheet(Struct):
    cells: Raw = _MISSING


class _Kernel(Struct):
    name: Raw = _MISSING
    language: Raw = _MISSING


class _BookMetadata(Struct):
    kernelspec: Raw = _MISSING


_BOOK = Decoder(_Book)


def read_cells(data: bytes) -> tuple[list[RawCell], list[str]]:
    r"""Find the cells in the bytes of a notebook file.

    Parameters
    ----------
    data : bytes
        All of the file.

    Returns
    -------
    cells : list of RawCell
    notes : list of str
        What was damaged, and how it was read all the same.

    Raises
    ------
    NotANotebook
        When no cells can be found.

    Examples
    --------
    >>> data = b'\xef\xbb\xbf{"cells": [{"source": "1 + 1"}, null], "nbformat": 5}'
    >>> cells, notes = read_cells(data)
    >>> piece(cells[0].source, str)
    '1 + 1'
    >>> notes
    ['begins with a byte-order mark', 'nbformat 5 is unknown: read as nbformat 4',
     'the name of the kernel is missing', '1 of 2 cells hold nothing']
    """
    notes: list[str] = []
    data = _as_utf8(data, notes)
    book = _read_book(data, notes)
    if data.count(b"{") > _MOST_OBJECTS:
        raise NotANotebook(f"holds more than {_MOST_OBJECTS:,} JSON objects")
    if not size(book.cells) and not size(book.worksheets) and size(book.content):
        book = piece(book.content, _Book) or book
        notes.append("the notebook lies within another JSON object")
    cells = _split(book)
    _check_versions(book, notes)
    _check_kernel(book, notes)
    found = [cell for cell in cells if cell is not None]
    if len(found) < len(cells):
        notes.append(f"{len(cells) - len(found):,} of {len(cells):,} cells hold nothing")
    return found, notes


def size(raw: Raw) -> int:
    """Return the number of bytes of a piece of JSON; 0 when it is missing."""
    return memoryview(raw).nbytes


def piece(raw: Raw, kind: type[T]) -> T | None:
    """Decode a piece of JSON; give None when it is missing, damaged or of another kind."""
    try:
        value: T = _decoder(kind).decode(raw)  # type: ignore[arg-type]  # a type has a hash
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value


@cache
def _decoder(kind: Any) -> Decoder[Any]:
    return Decoder(kind)


def _as_utf8(data: bytes, notes: list[str]) -> bytes:
    if not re.search(rb"[^\x00\s]", data):
        raise NotANotebook(f"is empty: it has {len(data):,} bytes, none of them text")
    encoding = json.detect_encoding(data)
    if encoding == "utf-8-sig":
        notes.append("begins with a byte-order mark")
        data = data[3:]
    elif encoding != "utf-8":
        notes.append(f"is encoded as {encoding}, not as UTF-8")
        data = data.decode(encoding, "replace").lstrip("\ufeff").encode("utf-8", "replace")
    start = re.search(rb"\S", data)
    if start is None or data[start.start()] not in b"{[":
        at = start.start() if start else 0
        raise NotANotebook(f"is not JSON: it begins with {data[at : at + 30]!r}")
    return data


def _read_book(data: bytes, notes: list[str]) -> _Book:
    try:
        return _decode_book(data)
    except NotANotebook:
        mended, flaws = _mend(data)
        book = _decode_book(mended, notes)  # the message speaks of the mended text: same lines
        if flaws:
            notes.append(f"{flaws:,} values were not valid JSON and were mended")
        return book


def _decode_book(data: bytes, notes: list[str] | None = None) -> _Book:
    """Decode the outermost object; with `notes`, put up with text that follows it."""
    try:
        return _BOOK.decode(data)
    except RecursionError as error:
        raise NotANotebook("is nested too deeply to be read") from error
    except ValidationError as error:
        found = re.search(r"got `(\w+)`", str(error))
        kind = found[1] if found else "no object"
        raise NotANotebook(f"is JSON, but not a notebook: it is of the kind {kind!r}") from error
    except DecodeError as error:
        byte = re.search(r"\(byte (\d+)\)", str(error))
        at = int(byte[1]) if byte else len(data)
        if notes is not None and "trailing characters" in str(error):
            at -= 1
            notes.append(f"what follows the notebook was left out: {data[at : at + 30]!r}")
            return _decode_book(data[:at])
        raise NotANotebook(_place(data, at, str(error))) from error


def _place(data: bytes, at: int, reason: str) -> str:
    """Say where the JSON is broken."""
    line = data.count(b"\n", 0, at) + 1
    column = at - data.rfind(b"\n", 0, at)
    if at >= len(data):
        tail = data[-30:].decode("utf-8", "replace")
        return f"is cut off: its JSON does not end; line {line:,}, the last, ends with {tail!r}"
    near = data[at : at + 30].decode("utf-8", "replace")
    what = reason.removeprefix("JSON is malformed: ").partition(" (byte")[0]
    return f"is not valid JSON at line {line:,}, column {column:,} ({what}), near {near!r}"


def _mend(data: bytes) -> tuple[bytes, int]:
    """Rewrite what Python writes or forgives and JSON forbids, such as NaN."""
    pieces, flaws, start = [], 0, 0
    while flaws < _MOST_FLAWS:
        at = _SOUND.match(data, start).end()  # type: ignore[union-attr]  # it matches nothing too
        flaw = _NO_NUMBER.match(data, at) or _STRING.match(data, at)
        if flaw is None:
            break
        pieces.append(data[start:at])
        text = flaw[0]
        pieces.append(_FLAWED_PIECE.sub(_mend_piece, text) if text[:1] == b'"' else b"0")
        flaws, start = flaws + 1, flaw.end()
    if not flaws:
        return data, 0
    return b"".join([*pieces, data[start:]]), flaws


def _mend_piece(match: re.Match[bytes]) -> bytes:
    text = match[0]
    if text[0] < 0x20:
        return b"\\u%04x" % text[0]
    if text[:2] == b"\\u":
        if len(text) == 2:  # decides itself whether four digits follow
            follows = match.string[match.end() : match.end() + 4]
            return text if re.fullmatch(_HEX + rb"{4}", follows) else b"\\\\u"
        return text if len(text) == 12 else b"\\ufffd"  # half of a pair stands for nothing
    return text if text[1:] in b'"\\/bfnrt' else b"\\" + text


def _split(book: _Book) -> list[RawCell | None]:
    if size(book.cells):
        return _split_list(book.cells)
    sheets = piece(book.worksheets, list[_Worksheet])
    if sheets is None:
        raise NotANotebook("is JSON, but not a notebook: it has no list called 'cells'")
    return [cell for sheet in sheets if size(sheet.cells) for cell in _split_list(sheet.cells)]


def _split_list(cells: Raw) -> list[RawCell | None]:
    text = memoryview(cells)  # the outputs in it may be too large to copy
    if text[0] != ord("["):
        raise NotANotebook(f"has no list of cells: 'cells' is {bytes(text[:30])!r}")
    try:
        number = len(decode(text, type=list[_Anything | None]))
        if number <= _MOST_CELLS:
            return decode(text, type=list[RawCell | None])
    except ValidationError:  # something among the cells is no object
        number = bytes(text).count(b",") + 1  # at most
        if number <= _MOST_CELLS:
            return [piece(cell, RawCell) for cell in decode(text, type=list[Raw])]
    raise NotANotebook(f"has {number:,} cells; more than {_MOST_CELLS:,} are not read")


def _check_versions(book: _Book, notes: list[str]) -> None:
    major, minor = (
        bytes(raw)[:20].decode("utf-8", "replace") for raw in (book.nbformat, book.nbformat_minor)
    )
    if major == "4" and re.fullmatch("[0-5]", minor):
        return
    if major == "3" and size(book.worksheets):
        notes.append("read as nbformat 3")
    elif major == "4":
        notes.append(f"nbformat 4 with minor version {minor or 'missing'}: read as nbformat 4")
    else:
        known = f"nbformat {major} is unknown" if major else "the version of nbformat is missing"
        notes.append(f"{known}: read as nbformat {4 if size(book.cells) else 3}")


def _check_kernel(book: _Book, notes: list[str]) -> None:
    metadata = piece(book.metadata, _BookMetadata)
    if metadata is None and size(book.metadata):
        notes.append(f"the notebook's metadata are no object but {bytes(book.metadata)[:30]!r}")
        return
    kernel = piece(metadata.kernelspec, _Kernel) if metadata else None
    name = piece(kernel.name, str) if kernel else None
    language = (piece(kernel.language, str) or "") if kernel else ""
    if not name:
        notes.append("the name of the kernel is missing")
    elif language.lower() not in ("", "python", "python3", "ipython"):
        notes.append(f"the kernel is {name[:40]!r} for the language {language[:40]!r}")
