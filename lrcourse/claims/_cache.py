"""Trial tables on disk, keyed by all the code that they depend on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd

from lrcourse._kept import code_digest, directory


def load(claim_id: str, module: str, seed: int) -> tuple[pd.DataFrame, float] | None:
    """Return the table of an earlier run and its seconds, or None if there is none to use."""
    path = _path(claim_id, module, seed)
    if not path.is_file():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    return pd.DataFrame(kept["table"]), kept["seconds"]


def is_kept(claim_id: str, module: str, seed: int) -> bool:
    """Say whether `load` would find a table."""
    return _path(claim_id, module, seed).is_file()


def save(claim_id: str, module: str, seed: int, table: pd.DataFrame, seconds: float) -> None:
    """Keep the table of a run, every number to its last bit."""
    path = _path(claim_id, module, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")  # a reader never sees half a file
    kept = {"seconds": seconds, "table": table.to_dict("list")}
    part.write_text(json.dumps(kept), encoding="utf-8")
    part.replace(path)


def last_seconds(claim_id: str) -> float:
    """Return how long the trial of a claim took when it last ran, on whatever code; 0 if never."""
    kept = sorted(directory().glob(f"{claim_id}-seed*.json"), key=lambda path: path.stat().st_mtime)
    return float(json.loads(kept[-1].read_text(encoding="utf-8"))["seconds"]) if kept else 0.0


def _path(claim_id: str, module: str, seed: int) -> Path:
    return directory() / f"{claim_id}-seed{seed}-{code_digest(module)}.json"
