"""Values cross the border as data, and come back as they were."""

from __future__ import annotations

import json
import math
from collections import OrderedDict, namedtuple
from typing import Any, NoReturn

import numpy as np
import pytest

from lrcourse.grading.sandbox._values import BadValue, pack, unpack

Pair = namedtuple("Pair", "left right")


def no_reference(value: object) -> NoReturn:
    raise AssertionError(f"{value!r} is data, and was lent")


def crossed(value: object) -> Any:
    return unpack(json.loads(json.dumps(pack(value, no_reference))), no_reference)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -(2**62),
        3**200,
        1.5,
        -0.0,
        math.inf,
        "ä\u2028",
        b"\x00\xff",
        2 - 3j,
        [1, [2.0, "x"]],
        (1, (2,)),
        {"a": [1], 2: {(1, 2): None}},
        {1, 2},
        frozenset("a"),
        range(3, 9, 2),
        slice(1, None, -1),
        ...,
    ],
    ids=repr,
)
def test_plain_values_come_back(value: object) -> None:
    result = crossed(value)
    assert type(result) is type(value)
    assert result == value
    assert repr(result) == repr(value)  # tells -0.0 from 0.0


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6).reshape(2, 3),
        np.zeros((0, 3), dtype=np.float32),
        np.array(1.5),
        np.array([1 + 2j]),
        np.array(["a", "bc"]),
        np.array([True, False]),
        np.array([np.nan, -np.inf]),
        np.arange(10)[::3],
        np.arange(6).reshape(2, 3).T,
        np.array(["2026-01-01"], dtype="datetime64[D]"),
        np.arange(3, dtype=">i4"),
    ],
    ids=repr,
)
def test_arrays_come_back(array: np.ndarray[Any, Any]) -> None:
    result = crossed(array)
    assert result.dtype == array.dtype
    np.testing.assert_array_equal(result, array)
    result[...] = 0  # a copy of its own


def test_an_array_that_must_not_be_changed_stays_so() -> None:
    fixed = np.ones(2)
    fixed.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        crossed(fixed)[0] = 2


@pytest.mark.parametrize("scalar", [np.float32(0.1), np.int8(-3), np.bool_(True), np.str_("x")])
def test_numpy_scalars_keep_their_type(scalar: np.generic) -> None:
    result = crossed(scalar)
    assert type(result) is type(scalar)
    assert result == scalar


def test_a_subclass_is_reduced_to_the_data_that_it_holds() -> None:
    class Everything(float):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = float.__hash__

    class Liar(list[int]):
        def __iter__(self) -> Any:
            return iter([42])

    assert crossed(Everything(2.0)) != 3
    assert type(crossed(Everything(2.0))) is float
    assert crossed(Liar([1, 2])) == [1, 2]
    assert crossed(OrderedDict(a=1)) == {"a": 1}
    assert crossed(Pair(1, "b")).right == "b"


def test_tensors_come_back() -> None:
    torch = pytest.importorskip("torch")
    for dtype in (torch.float32, torch.int64, torch.bfloat16, torch.bool, torch.complex64):
        tensor = torch.tensor([[1, 0], [0, 1]]).to(dtype)
        result = crossed(tensor)
        assert result.dtype == dtype
        assert torch.equal(result, tensor)
    assert crossed(torch.ones(2, requires_grad=True)).requires_grad
    assert crossed(torch.nn.Parameter(torch.ones(2))).shape == (2,)


@pytest.mark.parametrize(
    "packed",
    [
        {},
        [],
        {"list": [1], "tuple": [1]},
        {"nonsense": 1},
        {"array": ["O8", [1], ""]},
        {"array": ["|O", [1], "AAAAAAAAAAA="]},
        {"array": ["<f8", [3], "AAAA"]},
        {"array": ["<f8", [-1], ""]},
        {"array": ["<f8", [10**12], ""]},
        {"array": "x"},
        {"array": None},
        {"list": 3},
        {"list": [[]]},
        {"set": [{"list": []}]},
        {"dict": [[{"dict": []}, 1]]},
        {"dict": [1]},
        {"integer": "x"},
        {"record": ["a b", ["x"], [1]]},
        {"record": ["__import__('os')", ["x"], [1]]},
        {"record": ["A", ["x"], [1, 2]]},
        {"range": [1, 2, 0]},
        {"complex": [1]},
        {"bytes": "%"},
        {"tensor": [["<f8"], [1], "", "save", True]},
    ],
    ids=str,
)
def test_nonsense_is_refused(packed: object) -> None:
    with pytest.raises(BadValue):
        unpack(packed, no_reference)
