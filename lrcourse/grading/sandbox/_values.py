"""Values as data: what crosses the border between a stranger's process and the tests.

Only the grader's side packs objects that are more than data (`refer`); what a stranger sends is
rebuilt from numbers, text and containers alone, so that reading it runs none of their code.
"""

from __future__ import annotations

import base64
import keyword
import re
import sys
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np

Packed = Any
_DTYPE = re.compile(r"[<>|=][biufcSUmM]\d+(\[\w+\])?")
_SAFE_INTEGER = 2**63


class BadValue(ValueError):
    """What came is not a packed value."""


def pack(value: object, refer: Callable[[object], Packed]) -> Packed:
    """Turn `value` into what JSON can hold; `refer` packs whatever is more than data."""
    for base, packer in _PACKERS:
        if isinstance(value, base):
            return packer(value, refer)
    torch = sys.modules.get("torch")
    if torch is not None and type(value) in (torch.Tensor, torch.nn.Parameter):
        return _pack_tensor(value)
    return refer(value)


def unpack(packed: Packed, resolve: Callable[[Packed], object]) -> Any:
    """Rebuild what `pack` made; `resolve` turns a reference into an object."""
    if packed is None or isinstance(packed, bool | int | float | str):
        return packed
    if not (isinstance(packed, dict) and len(packed) == 1):
        raise BadValue(f"not a packed value: {str(packed)[:60]}")
    [(kind, body)] = packed.items()
    if kind == "object":
        return resolve(body)
    try:
        return _UNPACKERS[kind](body, resolve)
    except (LookupError, TypeError, ValueError, OverflowError, MemoryError) as error:
        raise BadValue(f"not a packed {kind}: {str(error)[:60]}") from None


def _pack_array(value: np.ndarray[Any, Any], refer: Callable[[object], Packed]) -> Packed:
    if value.dtype.hasobject:
        return {"list": [pack(item, refer) for item in value.tolist()]}
    if not _DTYPE.fullmatch(value.dtype.str):
        return refer(value)
    return {"array": [*_raw(value), value.flags.writeable]}


def _raw(value: np.ndarray[Any, Any]) -> list[Packed]:
    data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
    return [value.dtype.str, list(value.shape), data]


def _array(body: Packed, _: object = None) -> np.ndarray[Any, Any]:
    dtype, shape, data = body[:3]
    if not _DTYPE.fullmatch(dtype):
        raise BadValue(f"not a kind of number: {dtype!r}")
    array = np.frombuffer(base64.b64decode(data, validate=True), np.dtype(dtype))
    sides = [int(side) for side in shape]
    if min(sides, default=0) < 0:  # NumPy would work one out
        raise BadValue(f"not a shape: {sides}")
    array = array.reshape(sides).copy()
    # A test may hand over an array that must not be changed.
    array.flags.writeable = len(body) < 4 or bool(body[3])
    return array


def _pack_scalar(value: np.generic, refer: Callable[[object], Packed]) -> Packed:
    if not _DTYPE.fullmatch(value.dtype.str):
        return refer(value)
    return {"scalar": _raw(np.asarray(value))}


def _pack_tensor(value: Any) -> Packed:
    plain = value.detach().cpu().resolve_conj().resolve_neg()
    name = str(plain.dtype).removeprefix("torch.")
    if name == "bfloat16":
        plain = plain.float()
    return {"tensor": [*_raw(plain.numpy()), name, bool(value.requires_grad)]}


def _tensor(body: Packed, _: object) -> Any:
    import torch

    dtype, shape, data, name, learns = body
    kind = getattr(torch, str(name), None)
    if not isinstance(kind, torch.dtype):
        raise BadValue(f"not a dtype of torch: {name!r}")
    made = torch.from_numpy(_array([dtype, shape, data])).to(kind)
    return made.requires_grad_(bool(learns) and (kind.is_floating_point or kind.is_complex))


def _pack_tuple(value: tuple[object, ...], refer: Callable[[object], Packed]) -> Packed:
    items = [pack(item, refer) for item in tuple.__iter__(value)]
    fields = getattr(type(value), "_fields", None)
    if fields is None:
        return {"tuple": items}
    return {"record": [type(value).__name__, list(fields), items]}


def _record(body: Packed, resolve: Callable[[Packed], object]) -> Any:
    name, fields, items = body
    for word in (name, *fields):
        if not (isinstance(word, str) and word.isidentifier()) or keyword.iskeyword(word):
            raise BadValue(f"not a name: {word!r}")
    made = namedtuple(name, fields)  # type: ignore[misc]
    return made(*(unpack(item, resolve) for item in items))


def _items(body: Packed, resolve: Callable[[Packed], object]) -> list[Any]:
    if not isinstance(body, list):
        raise BadValue("no list of items")
    return [unpack(item, resolve) for item in body]


def _pack_integer(value: int, _: object) -> Packed:
    plain = int.__pos__(value)
    return plain if abs(plain) < _SAFE_INTEGER else {"integer": hex(plain)}


def _pack_dict(value: dict[object, object], refer: Callable[[object], Packed]) -> Packed:
    return {"dict": [[pack(k, refer), pack(v, refer)] for k, v in dict.items(value)]}


def _pack_slice(value: slice, refer: Callable[[object], Packed]) -> Packed:
    return {"slice": [pack(part, refer) for part in (value.start, value.stop, value.step)]}


def _pack_items(kind: str, base: type) -> Callable[[Any, Callable[[object], Packed]], Packed]:
    # The base's own iterator: a subclass may show other items than it holds.
    return lambda value, refer: {kind: [pack(item, refer) for item in base.__iter__(value)]}  # type: ignore[attr-defined]


# The first that fits counts: a bool is an int, NumPy's float64 is a float.
_PACKERS: list[tuple[Any, Callable[[Any, Callable[[object], Packed]], Packed]]] = [
    (type(None), lambda value, refer: None),
    (bool, lambda value, refer: bool(value)),
    (np.ndarray, _pack_array),
    (np.generic, _pack_scalar),
    (int, _pack_integer),
    (float, lambda value, refer: float.__pos__(value)),  # of a subclass: the plain number
    (str, lambda value, refer: str.encode(value, "utf-8", "replace").decode()),
    (complex, lambda value, refer: {"complex": [value.real, value.imag]}),
    (bytes, lambda value, refer: {"bytes": base64.b64encode(value).decode()}),
    (range, lambda value, refer: {"range": [value.start, value.stop, value.step]}),
    (slice, _pack_slice),
    (type(Ellipsis), lambda value, refer: {"dots": None}),
    (list, _pack_items("list", list)),
    (tuple, _pack_tuple),
    (dict, _pack_dict),
    (set, _pack_items("set", set)),
    (frozenset, _pack_items("frozenset", frozenset)),
]

_UNPACKERS: dict[str, Callable[[Packed, Callable[[Packed], object]], Any]] = {
    "array": _array,
    "scalar": lambda body, _: _array(body)[()],
    "tensor": _tensor,
    "integer": lambda body, _: int(str(body), 16),
    "complex": lambda body, _: complex(float(body[0]), float(body[1])),
    "bytes": lambda body, _: base64.b64decode(body, validate=True),
    "range": lambda body, _: range(*(int(x) for x in body)),
    "slice": lambda body, resolve: slice(*_items(body, resolve)),
    "dots": lambda body, _: ...,
    "list": _items,
    "tuple": lambda body, resolve: tuple(_items(body, resolve)),
    "record": _record,
    "dict": lambda body, resolve: {
        unpack(key, resolve): unpack(value, resolve) for key, value in body
    },
    "set": lambda body, resolve: set(_items(body, resolve)),
    "frozenset": lambda body, resolve: frozenset(_items(body, resolve)),
}
