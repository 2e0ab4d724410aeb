"""Calls between the tests and a stranger's functions, each side in a process of its own.

Both sides speak the same way: a request names an object that the other side has lent, and what to
do with it; arguments and results travel as data (`_values`). While one side waits for its answer it
serves requests of the other, so that a test can lend a function of its own, such as a gradient.
"""

from __future__ import annotations

import base64
import builtins
import io
import json
import pickle
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any

from lrcourse.grading.sandbox._values import BadValue, Packed, pack, unpack
from lrcourse.grading.sandbox._wire import ANSWER, REQUEST, Wire

_SHOWN = 500  # characters of an exception's message


class Stopped(BaseException):
    """The other process died or hung. No `except Exception` of a test may take it for a result."""


class StrangeError(Exception):
    """The other side raised an exception that is not one of Python's own."""


class Peer:
    """One of the two sides.

    Parameters
    ----------
    wire : Wire
        To the other side.
    trusted : bool
        Whether the other side may send pickles and do more than call what it was lent: true only
        in the stranger's process, whose other side is the tests.
    locate : callable, optional
        Finds the line of a learner's cell in a traceback.
    """

    def __init__(
        self,
        wire: Wire,
        *,
        trusted: bool,
        locate: Callable[[TracebackType | None], Packed] = lambda trace: None,
    ) -> None:
        self._wire = wire
        self._trusted = trusted
        self._locate = locate
        self._lent: list[object] = []
        self.names: Mapping[str, object] = {}  # what the other side may ask for by name

    def ask(self, action: str, target: object, *arguments: object, **options: object) -> Any:
        """Let the other side do `action` to what it lent as `target`; return what comes of it."""
        request = {
            "do": action,
            "to": target,
            "with": pack(list(arguments), self._refer),
            "and": pack(options, self._refer),
        }
        self._wire.send(REQUEST, json.dumps(request).encode())
        while True:
            kind, body = self._wire.receive()
            if kind == ANSWER:
                return self._result(body)
            if kind != REQUEST:
                raise Stopped(body.decode("utf-8", "replace"))
            self.serve(body)

    def serve(self, body: bytes) -> None:
        """Do what the other side asks for and send what comes of it."""
        try:
            answer = {"value": pack(self._perform(json.loads(body)), self._refer)}
            text = json.dumps(answer)
        except Stopped:
            raise
        except BaseException as error:
            line = self._locate(error.__traceback__)
            text = json.dumps({"raised": describe(error) | {"line": line}})
        self._wire.send(ANSWER, text.encode())

    def _perform(self, request: Mapping[str, Any]) -> object:
        action, target = request["do"], request["to"]
        if action == "fetch" and self._trusted:
            return {name: self.names[name] for name in target if name in self.names}
        subject = self._lent[target]
        arguments = unpack(request["with"], self._resolve)
        options = unpack(request["and"], self._resolve)
        if action == "call":
            return subject(*arguments, **options)
        if not self._trusted and not _lends_parts(subject, action, arguments):
            raise PermissionError(f"{action} is not possible here")
        return _ACTIONS[action](subject, *arguments)

    def _result(self, body: bytes) -> Any:
        try:
            answer = json.loads(body)
            error = rebuilt(answer["raised"]) if "raised" in answer else None
            value = None if error else unpack(answer["value"], self._resolve)
        except (KeyError, TypeError, RecursionError, UnicodeDecodeError, json.JSONDecodeError):
            raise Stopped("sent nonsense") from None
        except BadValue as reason:
            raise Stopped(f"sent nonsense: {reason}") from None
        if error:
            raise error
        return value

    def _refer(self, value: object) -> Packed:
        """Pack what is more than data: the tests' own objects by value, all else as a loan."""
        if isinstance(value, Loan):
            return {"object": ["back", value._number]}
        if not self._trusted:  # the side of the tests: what it sends is read by `_resolve` below
            copied = _pickled(value, self._refer)
            if copied is not None:
                return {"object": ["copy", copied]}
        self._lent.append(value)
        return {"object": ["loan", len(self._lent) - 1, type(value).__name__]}

    def _resolve(self, body: Packed) -> object:
        how, what, *rest = body
        if how == "back":
            return self._lent[int(what)]
        if how == "copy" and self._trusted:
            return _Unpickler(base64.b64decode(what), self._resolve).load()
        if how == "loan":
            return Loan(self, int(what), str(rest[0])[:60])
        raise BadValue("not a reference")


class Loan:
    """Stands for an object of the other process: calls, attributes and items go there."""

    __slots__ = ("_kind", "_number", "_peer")

    def __init__(self, peer: Peer, number: int, kind: str) -> None:
        self._peer, self._number, self._kind = peer, number, kind

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._peer.ask("call", self._number, *arguments, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._peer.ask("attribute", self._number, name)

    def __getitem__(self, key: Any) -> Any:
        return self._peer.ask("item", self._number, key)

    def __len__(self) -> int:
        return int(self._peer.ask("length", self._number))

    def __iter__(self) -> Iterator[Any]:
        many = self._peer.ask("iterate", self._number)
        while True:
            found = self._peer.ask("next", many._number)
            if not found:
                return
            yield found[0]

    def __next__(self) -> Any:
        found = self._peer.ask("next", self._number)
        if not found:
            raise StopIteration
        return found[0]

    def __repr__(self) -> str:
        return f"<an object of type {self._kind}>"


def describe(error: BaseException) -> Packed:
    """Give an exception's kinds, from its own to `BaseException`, and its message."""
    kinds = [kind.__name__ for kind in type(error).__mro__]
    try:
        message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    except BaseException:
        message = "its message cannot be shown"
    return {"kinds": kinds, "message": message[:_SHOWN]}


def rebuilt(raised: Packed) -> Exception:
    """Make the nearest of Python's own exceptions to one that `describe` described.

    `StopIteration` is no exception to a `for`, and whatever is no `Exception` would end the tests:
    these become a `StrangeError`.
    """
    message = str(raised["message"])[:_SHOWN]
    made: Exception = StrangeError(f"{str(raised['kinds'][0])[:60]}: {message}")
    for name in raised["kinds"]:
        kind = getattr(builtins, str(name), None)
        if not (isinstance(kind, type) and issubclass(kind, Exception)) or kind is Exception:
            continue
        if issubclass(kind, StopIteration | StopAsyncIteration):
            break
        try:
            made = kind(message)
            break
        except TypeError:  # UnicodeDecodeError and its like take more than a message
            continue
    line = raised.get("line")
    if isinstance(line, list) and len(line) == 2:
        made.learners_line = (int(line[0]), str(line[1])[:200])  # type: ignore[attr-defined]
    return made


def _next(many: Iterator[Any]) -> list[Any]:
    for found in many:
        return [found]
    return []


_ACTIONS: dict[str, Callable[..., object]] = {
    "attribute": getattr,
    "item": lambda subject, key: subject[key],
    "length": len,
    "iterate": iter,
    "next": _next,
}


def _lends_parts(subject: object, action: str, arguments: list[Any]) -> bool:
    """Whether a stranger may look into what the tests lent: public parts of their own objects.

    Not of functions and modules, whose attributes lead to the tests themselves.
    """
    if action != "attribute":
        return action in ("iterate", "next", "length", "item")
    defined = type(subject).__module__ == "__main__"
    return defined and isinstance(arguments[0], str) and not arguments[0].startswith("_")


def _pickled(value: object, refer: Callable[[object], Packed]) -> str | None:
    """Pickle an object of an importable class; None for what the tests define themselves."""
    stream = io.BytesIO()
    try:
        _Pickler(stream, refer).dump(value)
    except Exception:  # pickle raises many kinds for what it cannot take
        return None
    return base64.b64encode(stream.getvalue()).decode()


class _Pickler(pickle.Pickler):
    """Pickles by value; functions and classes that the tests define themselves are lent."""

    def __init__(self, stream: io.BytesIO, refer: Callable[[object], Packed]) -> None:
        super().__init__(stream)
        self._refer = refer
        self._top = True

    def persistent_id(self, value: object) -> Packed | None:
        top, self._top = self._top, False
        own = "__main__" in (type(value).__module__, getattr(value, "__module__", None))
        if isinstance(value, Loan) or (own and not top):
            return json.dumps(self._refer(value)["object"])
        if own:
            raise pickle.PicklingError("defined by the tests")
        return None


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, resolve: Callable[[Packed], object]) -> None:
        super().__init__(io.BytesIO(data))
        self._resolve = resolve

    def persistent_load(self, packed: str) -> object:
        return self._resolve(json.loads(packed))
