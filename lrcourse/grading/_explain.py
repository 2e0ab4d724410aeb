"""An exception in a learner's notebook, in plain words."""

from __future__ import annotations

import re

from lrcourse.grading._kernel import Failure, Frame, Result

# Kind of exception, pattern of its message, advice for a beginner; the first match counts.
_ADVICE = [
    (
        "TypeError",
        r"positional argument|unexpected keyword|required keyword",
        "The function takes other arguments than the tests give it. Keep the line `def …` as it"
        " was released.",
    ),
    (
        "TypeError",
        r"NoneType",
        "Something is None that should hold a value: often a function without `return`, or a"
        " method such as list.append or list.sort, which gives back nothing.",
    ),
    (
        "TypeError",
        r"not callable",
        "Something that is not a function has parentheses after it: a missing `*`, or a name"
        " that hides a function (`sum = 0`, `max = 3`).",
    ),
    (
        "TypeError|UFuncTypeError|UFuncOutputCastingError|_UFuncOutputCastingError",
        r"Cannot cast ufunc|same_kind",
        "An array of whole numbers cannot take fractions in place. Begin with a copy of floats:"
        " np.array(x, dtype=float).",
    ),
    (
        "TypeError|AttributeError",
        r"list|tuple",
        "The tests may pass a plain list. Turn it into an array first: np.array(x, dtype=float).",
    ),
    (
        "UnboundLocalError",
        r"",
        "The name gets its value in a line that had not run yet, or that ran in one branch only.",
    ),
    (
        "NameError",
        r"",
        "Python does not know this name here. Is it spelled as in the line `def …`? Was it made"
        " in a cell above? Is its import missing?",
    ),
    (
        "ValueError",
        r"shapes|broadcast|mismatch|inhomogeneous|setting an array element",
        "The shapes of two arrays do not fit. Print x.shape of each just before that line.",
    ),
    (
        "ValueError",
        r"read-only",
        "The code writes into an array that was only lent to it. Work on a copy:"
        " np.array(x, dtype=float), and `y = y - …` in place of `y -= …`.",
    ),
    (
        "ValueError",
        r"truth value of an array",
        "An `if` needs one True or False, and this comparison gives one for each entry. Use"
        " np.all, np.any, or compare single numbers.",
    ),
    ("IndexError", r"", "An index lies past the end: positions run from 0 to len(x) - 1."),
    ("KeyError", r"", "There is no entry of that name in the dictionary."),
    ("AttributeError", r"", "That object has nothing of this name. Is it of the kind you think?"),
    ("ZeroDivisionError", r"", "A division by 0: which case makes the divisor 0?"),
    ("RecursionError", r"", "The function calls itself without end: what stops it?"),
    ("MemoryError", r"", "The code asked for more memory than there is: is an array too large?"),
    ("ModuleNotFoundError|ImportError", r"", "This package is not installed where this runs."),
    (
        "StdinNotImplementedError",
        r"",
        "The code waits for somebody to type. Take input() out: the tests pass the values.",
    ),
    (
        "SystemExit",
        r"",
        "The code asks Python to end. Take exit(), quit() or sys.exit() out; use `return`.",
    ),
    (
        "FileNotFoundError|PermissionError",
        r"",
        "The code looks for a file that is not there. No exercise needs one that you did not get.",
    ),
]


def explain(result: Result, time_limit: float) -> str:
    """Say in plain words why a cell did not run to its end.

    Parameters
    ----------
    result : Result
        Of a cell that is not `ok`.
    time_limit : float
        Seconds that it was allowed.

    Returns
    -------
    str
        One fact a line: what happened, where, and what to look for.
    """
    failure = result.failure
    if result.timed_out:
        lines = [
            f"Still running after {time_limit:g} seconds, and stopped.",
            *_place(failure),
            "Probably a loop that never ends: does its condition become False at some time?",
        ]
    elif result.died or failure is None:
        lines = [
            "Python itself ended while this ran.",
            "Look for exit() or os._exit(), endless recursion, or very large arrays.",
        ]
    elif failure.kind in ("AssertionError", "Mismatch"):  # `expect` raises the second
        lines = [failure.message] if failure.message else ["This does not hold:", *_place(failure)]
    elif failure.syntax:
        lines = explain_syntax(failure.syntax, failure.message)
    else:
        lines = [f"{failure.kind}: {failure.message}", *_place(failure), *_advice(failure)]
    return "\n".join(lines)


def explain_syntax(where: Frame, message: str) -> list[str]:
    """Say where Python stopped reading, as lines of text."""
    return [
        f"Python cannot read this cell: {message}.",
        f"  line {where.line}:  {where.text}",
        "Look there and in the line above for a missing bracket, colon or quotation mark, or for a"
        " line that begins too far left or right.",
    ]


def _place(failure: Failure | None) -> list[str]:
    """Show the learner's line that failed, and the line of the test that led there."""
    if failure is None or not failure.frames:
        return []
    last = failure.frames[-1]
    inside = last.function != "<module>"
    place = f"in {last.function}, line {last.line} of the cell" if inside else "at"
    shown = [f"  {place}:  {last.text.rstrip(',')}"]
    tests = [frame for frame in failure.frames if frame.function == "<module>"]
    if tests and tests[-1] is not last:
        shown.append(f"  called by the test:  {tests[-1].text.rstrip(',')}")
    return shown


def _advice(failure: Failure) -> list[str]:
    for kinds, pattern, advice in _ADVICE:
        if re.fullmatch(kinds, failure.kind) and re.search(pattern, failure.message):
            return [advice]
    return []
