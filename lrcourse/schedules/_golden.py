"""What other libraries computed, kept with the versions that did."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "golden"


@cache
def _read(library: str) -> str:
    return (FOLDER / f"{library}.json").read_text("utf-8")


def golden_values(library: str) -> dict[str, Any]:
    """Return the learning rates that another library computed for the schedules of the atlas.

    Parameters
    ----------
    library : {"fastai", "keras", "optax", "timm"}

    Returns
    -------
    dict
        ``versions``: of the library and of what it ran on; ``values``: the rate at each step from
        step 0 on, by the name of the schedule here; ``metrics``, of some: what the plateau rule
        was told.

    Raises
    ------
    ValueError
        If there are no values of that library.

    Examples
    --------
    >>> golden = golden_values("timm")
    >>> golden["versions"]["timm"], golden["values"]["warmup"][:2]
    ('1.0.31', [0.0, 0.01])
    """
    known = sorted(path.stem for path in FOLDER.glob("*.json"))
    if library not in known:
        raise ValueError(f"library must be one of {', '.join(known)}, got {library!r}")
    values: dict[str, Any] = json.loads(_read(library))
    return values
