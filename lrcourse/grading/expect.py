"""Assertions that teach: what was expected, what came, which mistake usually causes it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np


class Mismatch(AssertionError):
    """What `expect` raises.

    Attributes
    ----------
    mistake, hint, read : str
        What the author of the test has to say, apart from the values that were compared: it can
        be told where the test itself must stay hidden. Empty where there is nothing.
    """

    def __init__(self, message: str, *, mistake: str = "", hint: str = "", read: str = "") -> None:
        super().__init__(message)
        self.mistake = mistake
        self.hint = hint
        self.read = read

    def _render_traceback_(self) -> list[str]:
        """Give notebooks the message alone to show; the traceback would be of the test."""
        return [f"✗ {self}"]


def expect(
    received: object,
    expected: object,
    *,
    call: str = "the result",
    mistakes: Sequence[tuple[object, str]] = (),
    hint: str = "",
    read: str = "",
    rtol: float = 1e-7,
    atol: float = 1e-12,
) -> None:
    """Raise an AssertionError that explains itself unless `received` equals `expected`.

    Parameters
    ----------
    received : object
        What the learner's code gave.
    expected : str, bool, None, number, array_like of numbers, or tuple of these
        The right answer. Numbers and arrays must agree in shape and, to the tolerances, in value;
        a list of numbers passes for an array. Items of a tuple are compared one by one.
    call : str
        What was asked, as code: ``"mean([1, 3])"``.
    mistakes : sequence of (value, explanation)
        Wrong answers that are worth recognising. The explanation of the first that equals
        `received` is shown.
    hint : str
        What to say where no mistake of `mistakes` fits.
    read : str
        Where the matter is explained.
    rtol, atol : float
        Relative and absolute tolerance of numbers, as in `numpy.allclose`.

    Raises
    ------
    Mismatch
        When the two differ, an `AssertionError`. The message has one fact a line.

    Examples
    --------
    >>> expect(2.0, 2, call="mean([1, 3])")
    >>> expect(4.0, 2, call="mean([1, 3])", mistakes=[(4, "the sum was not divided by the count")])
    Traceback (most recent call last):
    ...
    lrcourse.grading.expect.Mismatch: mean([1, 3])
      expected        2
      received        4
      likely mistake  the sum was not divided by the count
    """
    __tracebackhide__ = True  # IPython and pytest end the traceback at the line that asked
    if _equal(received, expected, rtol, atol):
        return
    known = (text for value, text in mistakes if _equal(received, value, rtol, atol))
    mistake = next(known, "")
    due, came = _show(expected), _show(received)
    if due == came:  # they differ only in the digits left out
        due, came = repr(expected), repr(received)
    facts = [
        ("expected", due),
        ("received", came),
        ("first difference", _first_difference(received, expected, rtol, atol)),
        ("likely mistake", _wrap(mistake or _general_mistake(received, expected))),
        ("hint", "" if mistake else _wrap(hint)),
        ("read", _wrap(read)),
    ]
    shown = [(name, text) for name, text in facts if text]
    width = max(len(name) for name, _ in shown) + 2
    lines = [f"  {name:{width}}{_indent(text, width + 2)}" for name, text in shown]
    advice = {"mistake": mistake, "hint": "" if mistake else hint, "read": read}
    raise Mismatch("\n".join([call, *lines]), **advice) from None


def _equal(received: object, expected: object, rtol: float, atol: float) -> bool:
    # Types are compared by identity: an object that claims to equal everything must not pass.
    if expected is None or isinstance(expected, str | bool):
        same_type = type(received) is type(expected) or (
            isinstance(expected, bool) and type(received) is np.bool_
        )
        return same_type and bool(received == expected)
    if isinstance(expected, tuple):
        return (
            type(received) in (tuple, list)
            and len(received) == len(expected)  # type: ignore[arg-type]
            and all(_equal(a, b, rtol, atol) for a, b in zip(received, expected, strict=True))  # type: ignore[call-overload]
        )
    numbers, target = _as_numbers(received), _as_numbers(expected)
    if target is None:
        raise TypeError(f"expected must be text, a number or an array, got {expected!r}")
    if numbers is None or numbers.shape != target.shape:
        return False
    return bool(np.allclose(numbers, target, rtol=rtol, atol=atol, equal_nan=True))


def _as_numbers(value: object) -> np.ndarray[Any, Any] | None:
    """`value` as a float array, or None where it is not made of real numbers."""
    if value is None or isinstance(value, str | bytes | bool | dict | set):
        return None
    try:
        array = np.real_if_close(np.asarray(value))
        if array.dtype.kind not in "iuf":
            return None
        return array.astype(np.float64)
    except Exception:  # a learner's object may raise anything here
        return None


def _general_mistake(received: object, expected: object) -> str:
    """Name a mistake that looks the same in every exercise; empty where there is none."""
    text = ""
    if received is None:
        text = "nothing came back: end the function with `return` (not `print`)"
    elif received is Ellipsis:
        text = "the three dots are still there: replace them by your answer"
    elif callable(received):
        text = "a function came back instead of its value: call it, with parentheses"
    elif isinstance(expected, str):
        text = _text_mistake(received, expected)
    elif isinstance(expected, tuple) and not isinstance(received, tuple | list):
        text = f"return {len(expected)} values, separated by commas"
    elif _as_numbers(expected) is not None:
        text = _number_mistake(received, expected)
    return text


def _text_mistake(received: object, expected: str) -> str:
    if not isinstance(received, str):
        return "the answer is a piece of text, in quotation marks"
    if received.strip().lower() == expected.lower():
        return "only capitals or blanks differ: the text must be exactly the same"
    return ""


def _number_mistake(received: object, expected: object) -> str:
    numbers, target = _as_numbers(received), _as_numbers(expected)
    if numbers is None:
        kind = type(received).__name__
        return f"the answer is made of real numbers, this is of type {kind}"
    assert target is not None
    if numbers.shape != target.shape:
        return f"the shape should be {target.shape}, not {numbers.shape}"
    if np.isnan(numbers).any() and not np.isnan(target).any():
        return "nan (not a number) came out: look for 0/0, inf - inf, or the root of a negative"
    if _repeats(numbers) and not _repeats(target) and np.allclose(numbers[-1], target[-1]):
        return "every row is the last one: one array was stored many times and changed in place"
    return ""


def _repeats(rows: np.ndarray[Any, Any]) -> bool:
    return rows.ndim > 1 and len(rows) > 1 and bool((rows == rows[0]).all())


def _first_difference(received: object, expected: object, rtol: float, atol: float) -> str:
    """Say where two arrays that are too long to compare by eye part ways."""
    if isinstance(expected, str | bool | tuple) or expected is None:
        return ""
    numbers, target = _as_numbers(received), _as_numbers(expected)
    if numbers is None or target is None or numbers.shape != target.shape or target.size <= 8:
        return ""
    wrong = ~np.isclose(numbers, target, rtol=rtol, atol=atol, equal_nan=True)
    at = tuple(int(i) for i in np.argwhere(wrong)[0])
    place = ", ".join(map(str, at))
    return f"at [{place}]: expected {target[at]:.6g}, received {numbers[at]:.6g}"


def _show(value: object) -> str:
    """`value` as a learner writes it, shortened where it is long."""
    if isinstance(value, np.generic):
        value = value.item()
    try:
        if isinstance(value, np.ndarray):
            text = np.array2string(value, threshold=40, precision=6, separator=", ")
        elif isinstance(value, float):
            text = min(repr(value), f"{value:.6g}", key=len)
        else:
            text = repr(value)
    except Exception:  # a learner's object may fail to print itself
        text = f"an object of type {type(value).__name__}"
    return text if len(text) <= 400 else text[:400] + " …"


def _wrap(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 56))


def _indent(text: str, width: int) -> str:
    return text.replace("\n", "\n" + " " * width)
