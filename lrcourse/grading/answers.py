"""Right and wrong answers to the questions of an assignment: they put its tests to the test.

Beside the text of an assignment, ``answers/<question>.py`` holds functions named ``right_…`` and
``wrong_…`` after what they do, and helpers of theirs named ``_…``. An answer has the signature of
the question's own function. A good test gives every right answer its points and every wrong one
none.
"""

from __future__ import annotations

import ast
import copy
import errno
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode


@dataclass(frozen=True)
class Answer:
    """One answer: the code that a learner might have put into the solution cell.

    Attributes
    ----------
    question : str
        Name of the solution that it stands in for.
    name : str
        What it does, such as ``wrong_sign``.
    source : str
        The file's imports, then the function under the question's name.
    """

    question: str
    name: str
    source: str

    @property
    def right(self) -> bool:
        """Whether the answer deserves its points."""
        return self.name.startswith("right_")


def read_answers(folder: Path | str) -> list[Answer]:
    r"""Read all answers in the files of `folder`, by file name and then in the file's order.

    Parameters
    ----------
    folder : path-like
        A folder of files such as ``mean_loss.py``, one a question.

    Returns
    -------
    list of Answer

    Raises
    ------
    FileNotFoundError
        When there is no such folder.
    ValueError
        When a function of such a file is called neither ``right_…`` nor ``wrong_…``.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "twice.py").write_text("def right_sum(x):\n    return x + x\n")
    ...     read_answers(folder)[0].name
    'right_sum'
    """
    if not Path(folder).is_dir():
        raise FileNotFoundError(errno.ENOENT, "No such folder", str(folder))
    return [
        answer
        for path in sorted(Path(folder).glob("*.py"))
        for answer in parse_answers(path.stem, path.read_text(encoding="utf-8"))
    ]


def parse_answers(question: str, text: str) -> list[Answer]:
    r"""Split the text of a file of answers to `question`.

    Parameters
    ----------
    question : str
        Name of the question.
    text : str
        Python code: imports and functions. Each answer takes all of the imports along, and those
        functions whose name begins with an underscore.

    Returns
    -------
    list of Answer

    Raises
    ------
    ValueError
        When a function is called neither ``right_…`` nor ``wrong_…``.

    Examples
    --------
    >>> parse_answers("twice", "import math\n\ndef wrong_square(x):\n    return x * x\n")
    [Answer(question='twice', name='wrong_square',
            source='import math\n\n\ndef twice(x):\n    return x * x\n')]
    """
    tree = ast.parse(text)
    imports = _sources(text, (n for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom)))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    helpers = [node for node in functions if node.name.startswith("_")]
    head = "".join(f"{line}\n" for line in imports) + "\n\n" * bool(imports)
    head += "".join(f"{code}\n\n\n" for code in _sources(text, helpers))
    answers = []
    for node in functions:
        if node in helpers:
            continue
        if not node.name.startswith(("right_", "wrong_")):
            raise ValueError(f"an answer's name begins with right_ or wrong_, got {node.name!r}")
        (code,) = _sources(text, [node])
        code = code.replace(f"def {node.name}(", f"def {question}(", 1)
        answers.append(Answer(question, node.name, f"{head}{code}\n"))
    return answers


def _sources(text: str, nodes: Iterable[ast.AST]) -> list[str]:
    return [ast.get_source_segment(text, node) or "" for node in nodes]


def fill_in(notebook: NotebookNode, sources: Mapping[str, str]) -> NotebookNode:
    """Return a copy of `notebook` with `sources` in the cells of these grade ids.

    Parameters
    ----------
    notebook : NotebookNode
        A released assignment.
    sources : mapping of str to str
        Grade id of a solution cell to the code or text that goes in.

    Returns
    -------
    NotebookNode

    Raises
    ------
    KeyError
        When a grade id belongs to no solution cell of the notebook.

    Examples
    --------
    >>> from lrcourse.grading.notebooks import parse_assignment
    >>> notebook = parse_assignment('''
    ... # %% solution="twice"
    ... def twice(x):
    ...     ### BEGIN SOLUTION
    ...     return x + x
    ...     ### END SOLUTION
    ...
    ... # %% tests="twice" points=2
    ... assert twice(1) == 2
    ... ''')
    >>> fill_in(notebook, {"twice": "twice = abs"}).cells[0].source
    'twice = abs'
    """
    filled: NotebookNode = copy.deepcopy(notebook)
    cells = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in filled.cells
        if "nbgrader" in cell.metadata and cell.metadata.nbgrader.solution
    }
    for grade_id, source in sources.items():
        if grade_id not in cells:
            raise KeyError(f"no solution cell is called {grade_id!r}, there are {sorted(cells)}")
        cells[grade_id].source = source
    return filled
