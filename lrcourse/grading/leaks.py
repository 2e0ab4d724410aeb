"""The gate that keeps solutions and hidden tests out of everything that is published."""

from __future__ import annotations

import builtins
import html
import io
import keyword
import re
import tarfile
import zipfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lrcourse.grading._marks import HIDDEN_MARKS, SOLUTION_MARKS

_CELL = re.compile(r"# %%(.*)")
_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"[^\W\d]\w*")
_COMMON = {*keyword.kwlist, *dir(builtins), "numpy", "array", "shape", "self"}
_SHORTEST = 10
# What rendering changes: Markdown's marks vanish, straight quotes become curly.
_UNIMPORTANT = str.maketrans("", "", "*`\"'“”‘’")


@dataclass(frozen=True)
class Secret:
    """A line that must not be published.

    Attributes
    ----------
    text : str
        The line, without the blanks around it.
    path : Path
        The text of the assignment that it stands in.
    line : int
        Its number there, from 1.
    """

    text: str
    path: Path
    line: int


@dataclass(frozen=True)
class Leak:
    """A secret that was found.

    Attributes
    ----------
    secret : Secret
        What leaked.
    artefact : str
        The file it was found in; inside an archive: ``archive!member``.
    line : int
        The number of the line there, from 1, as far as the format lets it be told.
    """

    secret: Secret
    artefact: str
    line: int

    def __str__(self) -> str:
        """Return one line that says what leaked, and where."""
        secret = self.secret
        return f"{self.artefact}:{self.line}: {secret.text!r} of {secret.path}:{secret.line}"


def find_secrets(path: Path | str) -> list[Secret]:
    r"""List what must not be published of the assignment at `path`.

    Secret is every line of a solution, of a hidden test, and of the sample answer and the rubric
    of a manually graded question, with three exceptions that can't be told from honest text:

    * a line of fewer than 10 characters, blanks not counted: ``else:``;
    * a line without a name of four letters or more that the author chose (keywords, builtins and
      ``numpy``, ``array``, ``shape`` do not count): ``for i in range(3):``, ``return a / b``;
    * a line that stands in the part that learners see as well.

    An author who wants a line guarded gives it a telling name.

    Parameters
    ----------
    path : path-like
        The text of an assignment.

    Returns
    -------
    list of Secret
        In the order of the text.

    Raises
    ------
    FileNotFoundError
        When there is no such file.

    Examples
    --------
    >>> import tempfile
    >>> text = "### BEGIN SOLUTION\nsteepest = max(curvatures)\n### END SOLUTION\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "bowl.py")
    ...     _ = path.write_text(text)
    ...     [secret.text for secret in find_secrets(path)]
    ['steepest = max(curvatures)']
    """
    path = Path(path)
    secret: list[Secret] = []
    visible: list[str] = []
    hidden = manual = False
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = raw.strip()
        cell = _CELL.fullmatch(line)
        if cell:
            manual = "manual=" in cell[1]
        elif line in (SOLUTION_MARKS[0], HIDDEN_MARKS[0]):
            hidden = True
        elif line in (SOLUTION_MARKS[1], HIDDEN_MARKS[1]):
            hidden = False
        elif manual:
            secret.append(Secret(line.removeprefix("#").strip(), path, number))
        elif hidden:
            secret.append(Secret(line, path, number))
        else:
            visible.append(line.removeprefix("#"))
    public = _squeeze("\n".join(visible))
    return [s for s in secret if _is_telling(s.text) and _squeeze(s.text) not in public]


def find_leaks(
    sources: Iterable[Path | str], artefacts: Iterable[Path | str], *, skip: Iterable[str] = ()
) -> list[Leak]:
    r"""Search `artefacts` for the secrets of the assignments in `sources`.

    Blanks, line breaks, quotation marks and Markdown's ``*`` and backticks don't matter. A line is
    found as it stands, in JSON and JavaScript strings, in HTML with entities and across the tags
    of a syntax highlighter, and in zip files (wheels) and tar files. It is not found in pictures,
    fonts and other binary files, or where it is encoded (base64).

    Parameters
    ----------
    sources : iterable of path-like
        Texts of assignments.
    artefacts : iterable of path-like
        Files and folders that are published.
    skip : iterable of str
        Names of folders to leave out: what no one publishes, such as ``__pycache__``.

    Returns
    -------
    list of Leak
        Empty when nothing leaks.

    Raises
    ------
    FileNotFoundError
        When an artefact does not exist: a gate that looks at nothing would always be open.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     source, page = Path(folder, "twice.py"), Path(folder, "page.html")
    ...     _ = source.write_text("### BEGIN SOLUTION\n    doubled = x + x\n### END SOLUTION")
    ...     _ = page.write_text("<p>Hello</p>\n<b>doubled</b> = x &#43; x")
    ...     [(leak.secret.text, leak.line) for leak in find_leaks([source], [page])]
    [('doubled = x + x', 2)]
    """
    secrets = [secret for source in sources for secret in find_secrets(source)]
    wanted = [(secret, _squeeze(secret.text), _longest_word(secret.text)) for secret in secrets]
    leaks = []
    for artefact in artefacts:
        for name, text in _read(Path(artefact), frozenset(skip)):
            found: dict[Secret, int] = {}
            for view in _views(text):
                words = set(_WORD.findall(view))
                # A word is looked up in a set: only the few candidates are searched for.
                here = [(s, squeezed) for s, squeezed, word in wanted if word in words]
                if here:
                    found |= {s: n for s, n in _search(view, here) if s not in found}
            leaks += [Leak(secret, name, line) for secret, line in found.items()]
    return leaks


def _is_telling(text: str) -> bool:
    names = {word for word in _WORD.findall(text) if len(word) >= 4} - _COMMON
    return len(_squeeze(text)) >= _SHORTEST and bool(names)


def _squeeze(text: str) -> str:
    return "".join(text.translate(_UNIMPORTANT).split())


def _longest_word(text: str) -> str:
    longest: str = max(_WORD.findall(text), key=len)
    return longest


def _views(text: str) -> Iterator[str]:
    """Yield `text` as it stands and as a browser or a JSON reader would show it."""
    strings = [text]
    for _ in range(2):  # a page's JSON may hold JSON
        unescaped = _unescape_string(strings[-1])
        if unescaped == strings[-1]:
            break
        strings.append(unescaped)
    for view in strings:
        yield view
        if "&" in view or "<" in view:
            # Tags may span lines; the line breaks are kept for the numbers.
            bare = _TAG.sub(lambda tag: "\n" * tag[0].count("\n"), view)
            yield html.unescape(bare)


def _unescape_string(text: str) -> str:
    r"""Undo the escapes of JSON and JavaScript strings: \", \\, \n, \t, \/ and \uXXXX."""
    if "\\" not in text:
        return text
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)
    unescaped: str = re.sub(
        r"\\([nrt\"'/\\])", lambda code: " " if code[1] in "nrt" else code[1], text
    )
    return unescaped


def _search(view: str, wanted: list[tuple[Secret, str]]) -> Iterator[tuple[Secret, int]]:
    starts, pieces, length = [], [], 0
    for line in view.splitlines():
        starts.append(length)
        pieces.append(_squeeze(line))
        length += len(pieces[-1])
    squeezed = "".join(pieces)
    for secret, text in wanted:
        at = squeezed.find(text)
        if at >= 0:
            yield secret, bisect_right(starts, at)


def _read(artefact: Path, skip: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield name and text of every text file in a file, a folder or an archive."""
    if not artefact.exists():
        raise FileNotFoundError(f"there is no artefact {artefact}")
    if artefact.is_file():
        yield from _open(str(artefact), artefact.read_bytes())
        return
    for path in sorted(artefact.rglob("*")):
        inside = path.relative_to(artefact).parts
        if path.is_file() and not skip.intersection(inside):
            yield from _open(str(path), path.read_bytes())


def _open(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    buffer = io.BytesIO(content)
    if zipfile.is_zipfile(buffer):
        with zipfile.ZipFile(buffer) as archive:
            for member in archive.namelist():
                yield from _open(f"{name}!{member}", archive.read(member))
    elif name.endswith((".tar.gz", ".tgz", ".tar")):
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for entry in tar:
                file = tar.extractfile(entry)
                if file is not None:
                    yield from _open(f"{name}!{entry.name}", file.read())
    elif b"\0" not in content[:8192]:
        yield name, content.decode("utf-8", errors="replace")
