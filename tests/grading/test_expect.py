"""What passes, what does not, and what the learner is told."""

import numpy as np
import pytest

from lrcourse.grading.expect import Mismatch, expect


def message(received, expected, **words):
    with pytest.raises(AssertionError) as failure:
        expect(received, expected, **words)
    return " ".join(str(failure.value).split())


class EqualToAll:
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __repr__(self):
        raise RuntimeError("no")


class Text(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (1, 1.0),
        (np.float32(0.5), 0.5),
        ([1, 2], np.array([1.0, 2.0])),
        (np.array([[1, 2]]), [[1, 2]]),
        (1 + 1e-9, 1),
        (2 + 0j, 2),
        (float("nan"), float("nan")),
        (float("inf"), float("inf")),
        ("word", "word"),
        (True, True),
        (np.bool_(False), False),
        (None, None),
        ((1, "a", [1, 2]), (1.0, "a", np.array([1, 2]))),
        ([3, 4], (3, 4)),
    ],
)
def test_equal_answers_pass(received, expected):
    expect(received, expected)


@pytest.mark.parametrize(
    ("received", "expected", "told"),
    [
        (None, 1, "nothing came back"),
        (..., 1, "three dots"),
        (len, 1, "call it"),
        ("1", 1, "this is of type str"),
        (True, 1, "of type bool"),
        (1, True, "expected True received 1"),
        ({1: 2}, 1, "of type dict"),
        (1j, 1, "real numbers"),
        ([1, 2], 1, "shape should be (), not (2,)"),
        ([[1], [2]], [1, 2], "shape should be (2,), not (2, 1)"),
        ([[1], [2, 3]], [1, 2], "of type list"),
        (float("nan"), 1, "not a number"),
        ([[2.0], [2.0]], [[1], [2]], "every row is the last one"),
        ("Word ", "word", "capitals or blanks"),
        (3, "word", "quotation marks"),
        (1, (1, 2), "return 2 values"),
        ((1, 3), (1, 2), "received (1, 3)"),
        ((1,), (1, 2), "received (1,)"),
        (EqualToAll(), 1, "an object of type EqualToAll"),
        (EqualToAll(), "word", "quotation marks"),
        (Text("other"), "word", "received 'other'"),
        (1 + 1e-6, 1, "received 1.000001"),
        (np.arange(20.0), np.arange(20.0) + (np.arange(20) == 7), "at [7]: expected 8, received 7"),
    ],
)
def test_other_answers_are_explained(received, expected, told):
    assert told in message(received, expected)


def test_a_known_mistake_is_named_and_replaces_the_hint():
    words = {"mistakes": [(4, "no mean"), (5, "other")], "hint": "divide", "read": "chapter"}
    assert message(4, 2, **words).endswith("likely mistake no mean read chapter")
    assert message(9, 2, **words).endswith("received 9 hint divide read chapter")


def test_equal_looking_numbers_are_shown_in_full():
    assert "received 0.3333334" in message(0.3333334, 1 / 3)


def test_the_call_comes_first():
    assert message(1, 2, call="f(3)").startswith("f(3) expected 2 received 1")


def test_a_target_that_cannot_be_compared_is_the_authors_mistake():
    with pytest.raises(TypeError, match="got <object object"):
        expect(1, object())


def test_a_notebook_shows_the_message_and_no_traceback():
    with pytest.raises(Mismatch) as failure:
        expect(1, 2, call="one()")
    assert failure.value._render_traceback_() == [f"✗ {failure.value}"]
