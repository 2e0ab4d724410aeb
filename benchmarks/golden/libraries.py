"""Write down what other libraries call their functions that have to do with learning rates.

The trial of claim C6.4 searches these names, so that it needs none of the libraries. Run in an
environment of its own, with this repository on the path:

    pip install keras tensorflow
    pip install --no-deps fastai lightning pytorch-ignite deepspeed torch-lr-finder
    pip install pandas scipy
    PYTHONPATH=. python -m benchmarks.golden.libraries lrcourse/claims/trials/_recorded_names.py

Nothing is imported: the sources are read.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib.metadata import version
from pathlib import Path

from lrcourse.claims.trials._finder_names import about_rates, names_in

# Name of the package, and under what name it is installed.
LIBRARIES = {
    "keras": "keras",
    "tensorflow": "tensorflow",
    "fastai": "fastai",
    "lightning": "lightning",
    "ignite": "pytorch-ignite",
    "deepspeed": "deepspeed",
    "torch_lr_finder": "torch-lr-finder",
}
HEAD = '''"""Names that libraries define and that speak of a learning rate.

Written by ``benchmarks/golden/libraries.py`` from the libraries as installed; not edited by hand.
"""

from collections.abc import Mapping
from typing import NamedTuple


class Record(NamedTuple):
    """What was read of a library: its version, files, names, and the names about rates."""

    version: str
    files: int
    definitions: int
    names: tuple[str, ...]


RECORDED: Mapping[str, Record] = {
'''


def main(target: str) -> None:
    """Write one record a library."""
    text = HEAD
    for package, distribution in LIBRARIES.items():
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise SystemExit(f"{distribution} is not installed")
        names, files = names_in(Path(spec.submodule_search_locations[0]))
        chosen = [name for name in names if about_rates(name)]
        text += f'    "{package}": Record(\n        "{version(distribution)}",\n'
        text += f"        {files},\n        {len(names)},\n        (\n"
        text += "".join(f'            "{name}",\n' for name in chosen) + "        ),\n    ),\n"
        print(f"{package}: {len(chosen)} of {len(names)} names in {files} files")
    Path(target).write_text(text + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
