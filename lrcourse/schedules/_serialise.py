"""Schedules as plain data, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from lrcourse.schedules._constant import Constant
from lrcourse.schedules._cosine import CosineAnnealing, CosineWarmRestarts
from lrcourse.schedules._cyclic import Cyclic
from lrcourse.schedules._exponential import Exponential
from lrcourse.schedules._inverse_square_root import InverseSquareRoot, Noam
from lrcourse.schedules._join import Joined
from lrcourse.schedules._one_cycle import OneCycle
from lrcourse.schedules._polynomial import LinearToZero, Polynomial
from lrcourse.schedules._schedule import Schedule
from lrcourse.schedules._step import MultiStep, Piecewise, StepDecay
from lrcourse.schedules._warmup import CosineWarmup, ExponentialWarmup, LinearWarmup
from lrcourse.schedules._wsd import WarmupStableDecay

KINDS: dict[str, type[Schedule]] = {
    kind.__name__: kind
    for kind in (
        Constant,
        CosineAnnealing,
        CosineWarmRestarts,
        CosineWarmup,
        Cyclic,
        Exponential,
        ExponentialWarmup,
        InverseSquareRoot,
        Joined,
        LinearToZero,
        LinearWarmup,
        MultiStep,
        Noam,
        OneCycle,
        Piecewise,
        Polynomial,
        StepDecay,
        WarmupStableDecay,
    )
}


def to_dict(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule as numbers, strings, lists and dicts, fit for JSON.

    Parameters
    ----------
    schedule : Schedule
        One of this package, joined or not.

    Returns
    -------
    dict
        The name of the schedule under ``"schedule"``, and its arguments.

    Raises
    ------
    TypeError
        If `schedule` is none of this package.

    Examples
    --------
    >>> from lrcourse.schedules import CosineAnnealing
    >>> to_dict(CosineAnnealing(0.1, total_steps=10))
    {'schedule': 'CosineAnnealing', 'lr': 0.1, 'total_steps': 10, 'end_lr': 0.0}
    """
    if KINDS.get(type(schedule).__name__) is not type(schedule):
        raise TypeError(f"schedule must be one of {', '.join(KINDS)}, got {schedule!r}")
    data: dict[str, Any] = {"schedule": type(schedule).__name__}
    for field in fields(schedule):  # type: ignore[arg-type]  # each kind is a dataclass
        data[field.name] = _plain(getattr(schedule, field.name))
    return data


def from_dict(data: Mapping[str, Any]) -> Schedule:
    """Return the schedule that `to_dict` described.

    Parameters
    ----------
    data : mapping
        What `to_dict` returned, also after a way through JSON.

    Returns
    -------
    Schedule
        Equal to the one described.

    Raises
    ------
    TypeError, ValueError
        If `data` does not describe a schedule, or an argument is bad.

    Examples
    --------
    >>> schedule = from_dict({"schedule": "LinearToZero", "lr": 0.1, "total_steps": 4})
    >>> schedule(0), schedule(4)
    (0.1, 0.0)
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"data must be a mapping, got {data!r}")
    kind = KINDS.get(data.get("schedule", ""))
    if kind is None:
        raise ValueError(f"data['schedule'] must be one of {', '.join(KINDS)}, got {data!r}")
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    unknown = data.keys() - known - {"schedule"}
    if unknown:
        raise ValueError(f"data has no place for {sorted(unknown)} in {kind.__name__}")
    arguments = {name: value for name, value in data.items() if name != "schedule"}
    if kind is Joined:
        arguments["schedules"] = [from_dict(part) for part in arguments.get("schedules", [])]
    return kind(**arguments)


def _plain(value: Any) -> Any:
    if isinstance(value, Schedule):
        return to_dict(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value
