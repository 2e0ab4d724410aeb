"""One zip an assignment, for a learning management system to hand out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

from lrcourse.grading.course import Course, files_below

FOLDER = Path("dist", "exercises")

_README = "README.txt"
_TEXT = """\
{assignment}

What is in here
{files}

How to work
1. Unpack this folder and open the notebook in JupyterLab. It needs the package
   lrcourse; your course says how to install it.
2. Write your answers where the notebook says so, in place of the line that
   raises NotImplementedError. Leave the other cells as they are.
3. See how far you are. This needs no network and changes nothing:

       lrcourse check {notebook}

4. Hand in the notebook, under the name that it has.
"""
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows; the same bytes every day


def bundle(course: Path | str, assignments: Sequence[str] = ()) -> list[Path]:
    """Pack released assignments: ``dist/exercises/<assignment>.zip`` in the course's folder.

    A zip holds one folder with what was released and a ``README.txt``, unless the assignment
    brings its own. The same release always gives the same bytes.

    Parameters
    ----------
    course : path-like
        The folder that holds ``nbgrader_config.py``.
    assignments : sequence of str
        Names of assignments; all that are released when empty.

    Returns
    -------
    list of Path
        The zips, sorted.

    Raises
    ------
    FileNotFoundError
        When `course` has no ``nbgrader_config.py``.
    ValueError
        When an assignment is not released.
    """
    opened = Course.open(course)
    released = opened.release_folder
    known = sorted(path.name for path in released.glob("*/") if any(path.glob("*.ipynb")))
    unknown = sorted(set(assignments) - set(known))
    if unknown:
        raise ValueError(f"{unknown[0]!r} is not released in {released}; there are {known}")
    target = opened.root / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    zips = []
    for name in sorted(assignments or known):
        zips.append(target / f"{name}.zip")
        zips[-1].write_bytes(_pack(released / name))
    return zips


def _pack(folder: Path) -> bytes:
    files = {short.as_posix(): path.read_bytes() for short, path in files_below(folder).items()}
    notebook = min(name for name in files if name.endswith(".ipynb"))
    text = _TEXT.format(
        assignment=folder.name,
        files="\n".join(f"    {name}" for name in files),
        notebook=notebook,
    )
    files.setdefault(_README, text.encode())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{folder.name}/{name}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()
