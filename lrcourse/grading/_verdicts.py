"""What a question gets, and what the learner and the instructor are told about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from lrcourse.grading import _explain, _kernel
from lrcourse.grading.sandbox import Failure, Ran

Status = Literal["passed", "partial", "failed", "not started", "by hand", "refused"]

_HIDDEN = "A test that you cannot see fails."
_STOPS = {
    "took too long": "The code ran longer than it may.",
    "ended": "Python itself ended: look for exit(), endless recursion or very large arrays.",
}


@dataclass(frozen=True)
class Verdict:
    """What one question gets.

    Attributes
    ----------
    id : str
        Grade id of the cell that has the points.
    question : str
        What learners call it.
    status : {'passed', 'partial', 'failed', 'not started', 'by hand', 'refused'}
        ``by hand``: a person grades it; ``refused``: the notebook could not be read.
    points : float, optional
        None as long as a person has to decide.
    out_of : float
    reason : str
        For the instructor; it may quote hidden tests.
    message : str
        For the learner; it never does.
    hidden : bool
        Whether a hidden test decided.
    """

    id: str
    question: str
    status: Status
    points: float | None
    out_of: float
    reason: str = ""
    message: str = ""
    hidden: bool = False


def of_tests(
    grade_id: str, out_of: float, ran: Ran, answer: Ran | None, *, untouched: bool, seconds: float
) -> Verdict:
    """Judge a test cell.

    Parameters
    ----------
    grade_id : str
        Of the test cell.
    out_of : float
        Points of the cell.
    ran : Ran
        What became of the test.
    answer : Ran, optional
        What became of the learner's cell.
    untouched : bool
        Whether that cell is still as it was released.
    seconds : float
        Time limit of a cell.

    Returns
    -------
    Verdict
    """
    question = grade_id.removeprefix("test_")
    if ran.status == "ok":
        points = out_of if ran.value is None else min(max(ran.value, 0.0), out_of)
        if points == out_of:
            return Verdict(grade_id, question, "passed", points, out_of)
        note = f"The test gives {points:g} of {out_of:g} points."
        status: Status = "partial" if points else "failed"
        return Verdict(grade_id, question, status, points, out_of, note, note)
    failure = ran.failure or Failure("Stopped", "ended")
    if untouched:
        return Verdict(grade_id, question, "not started", 0.0, out_of, "as released", "")
    reason = _reason(ran, failure)
    if answer and answer.failure:  # the cell itself fails: the tests can only follow
        message = _open(answer.status, answer.failure, question, seconds)
        reason = f"the answer's cell: {_reason(answer, answer.failure)}; the test: {reason}"
    elif failure.hidden:
        message = _closed(ran.status, failure)
    else:
        message = _open(ran.status, failure, question, seconds)
    return Verdict(grade_id, question, "failed", 0.0, out_of, reason, message, failure.hidden)


def of_words(grade_id: str, out_of: float, *, untouched: bool) -> Verdict:
    """Judge an answer in words: nothing to read is 0 points, as in nbgrader; a person reads on.

    Parameters
    ----------
    grade_id : str
    out_of : float
    untouched : bool
        Whether the learner wrote nothing.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> of_words("essay", 2, untouched=True).points
    0.0
    >>> of_words("essay", 2, untouched=False).status
    'by hand'
    """
    if untouched:
        return Verdict(grade_id, grade_id, "not started", 0.0, out_of, "No response.", "No answer.")
    return Verdict(grade_id, grade_id, "by hand", None, out_of)


def refused(grade_id: str, out_of: float, reason: str) -> Verdict:
    """Give no points for now: the file could not be read, and a person has to look.

    Parameters
    ----------
    grade_id : str
    out_of : float
    reason : str

    Returns
    -------
    Verdict

    Examples
    --------
    >>> refused("test_mean", 2, "the file is empty").points
    0.0
    """
    question = grade_id.removeprefix("test_")
    message = f"The notebook could not be read: {reason}. A person will look at it."
    return Verdict(grade_id, question, "refused", 0.0, out_of, reason, message)


def _reason(ran: Ran, failure: Failure) -> str:
    """Say all, on a few lines."""
    where = f" (line {failure.line[0]}: {failure.line[1]})" if failure.line else ""
    theirs = f" in their line {failure.theirs[0]}: {failure.theirs[1]}" if failure.theirs else ""
    part = "hidden test: " if failure.hidden else ""
    if ran.status in ("stopped", "not run"):
        return f"{part}{ran.status}, {failure.message}"
    return f"{part}{failure.kind}: {failure.message}{theirs}{where}"


def _open(status: str, failure: Failure, question: str, seconds: float) -> str:
    """Explain what happened in the part of a notebook that the learner sees."""
    if status == "not run":
        return "It did not run: the time for the whole notebook was up."
    if status == "stopped" and failure.message not in ("took too long", "ended"):
        return f"It was stopped: the code {failure.message}."
    frames = []
    if failure.line:
        frames.append(_kernel.Frame("<module>", *failure.line))
    if failure.theirs:
        frames.append(_kernel.Frame(question, *failure.theirs))
    result = _kernel.Result(
        _kernel.Failure(failure.kind, failure.message, tuple(frames)),
        timed_out=failure.kind == "TimeoutError" or failure.message == "took too long",
        died=status == "stopped" and failure.message == "ended",
    )
    return _explain.explain(result, seconds)


def _closed(status: str, failure: Failure) -> str:
    """Say that a hidden test fails, and nothing that would show the test.

    Of an exception only the kind is told: its message may repeat what the test passed in.
    """
    lines = [_HIDDEN]
    if status == "stopped":
        lines.append(_STOPS.get(failure.message, "The code asked for more than it may."))
    elif failure.theirs:
        lines.append(f"There your code raises {failure.kind}.")
    return "\n".join([*lines, *_advice(failure.advice)])


def _advice(advice: Mapping[str, str]) -> list[str]:
    words = {"mistake": "Likely mistake", "hint": "Hint", "read": "Read"}
    return [f"{word}: {advice[part]}" for part, word in words.items() if advice.get(part)]
