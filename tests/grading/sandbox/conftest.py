"""One sandbox for all tests of a level: to start it costs seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from lrcourse.grading.sandbox import Cell, Limits, Ran, Sandbox, SandboxError, protection

Run = Callable[..., dict[str, Ran]]


@pytest.fixture(scope="session", params=["process", "bwrap"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    try:
        found = protection(request.param)
    except SandboxError as error:
        pytest.skip(f"nothing to test: {error}")
    limits = Limits(cell_seconds=2, notebook_seconds=30, folder_bytes=20 << 20)
    with Sandbox(found, ["numpy", "lrcourse.grading.expect"], limits) as started:
        yield started


@pytest.fixture
def run(sandbox: Sandbox) -> Run:
    """Run cells, each a role and a source by name; give what became of each."""

    def run(files: dict[str, bytes] | None = None, **cells: tuple[str, str]) -> dict[str, Ran]:
        made = [Cell(name, role, source) for name, (role, source) in cells.items()]  # type: ignore[arg-type]
        return dict(zip(cells, sandbox.run(made, {}, files or {}), strict=True))

    return run
