"""Every assignment of the course, found by its text."""

from pathlib import Path

ROOT = Path(__file__).parents[2]


def pytest_generate_tests(metafunc):
    if "assignment" in metafunc.fixturenames:
        texts = sorted((ROOT / "solutions").glob("*/*.py"))
        metafunc.parametrize("assignment", texts, ids=lambda path: path.parent.name)
