"""What people say about the learning rate, put on trial.

The package is what the course is made of, and is useful without it. Submodules load on first
use, so that ``import lrcourse`` costs next to nothing and never imports torch or matplotlib.

>>> import lrcourse
>>> lrcourse.optimizers.critical_learning_rate(4.0)
0.5
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrcourse import (
        claims,
        datasets,
        demos,
        finder,
        grading,
        landscapes,
        models,
        monitoring,
        optimizers,
        plotting,
        schedules,
        statistics,
        training,
    )

__version__ = "0.1.0"

__all__ = [
    "claims",
    "datasets",
    "demos",
    "finder",
    "grading",
    "landscapes",
    "models",
    "monitoring",
    "optimizers",
    "plotting",
    "schedules",
    "statistics",
    "training",
]


def __getattr__(name: str) -> ModuleType:
    """Import a submodule on first access."""
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
