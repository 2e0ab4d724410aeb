"""A cell of an instructor's notebook, with all that grading needs to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Role = Literal["prose", "student", "locked", "tests", "inside"]


@dataclass(frozen=True)
class ExerciseCell:
    """A cell of an instructor's notebook.

    Attributes
    ----------
    id : str
        Of the notebook format; unique in the notebook.
    grade_id : str or None
        nbgrader's name; None for prose and for code that learners may change.
    kind : {'code', 'markdown', 'raw'}
    role : {'prose', 'student', 'locked', 'tests', 'inside'}
        Where the cell runs.
    source : str
        As it is graded: tests with their hidden part, the released text in place of a solution.
    released : str
        As learners got it.
    answer : bool
        Whether the source comes from the learner.
    points : float or None
        Of a graded cell or a task.
    defines : frozenset of str
        Names by which an answer that lost its tag is known.
    metadata : mapping
        As nbgrader leaves it in what it graded.
    attachments : mapping or None
        Pictures of the instructor's own text.
    """

    id: str
    grade_id: str | None
    kind: str
    role: Role
    source: str
    released: str
    answer: bool
    points: float | None
    defines: frozenset[str]
    metadata: Mapping[str, Any]
    attachments: Mapping[str, Any] | None = None
