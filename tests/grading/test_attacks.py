"""Every attack on the grader, through the real command, at each level of isolation."""

import os
import shutil

import pytest

from benchmarks.attacks import code, files
from benchmarks.attacks.run import run

ATTACKS = [*code.ATTACKS, *files.ATTACKS]
LEVELS = ["process", *(["bwrap"] if shutil.which("bwrap") else [])]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=LEVELS)
def report(request, tmp_path_factory):
    """Grade all attackers in one run."""
    return run(tmp_path_factory.mktemp("attacked"), ATTACKS, request.param, os.cpu_count() or 1)


def test_every_class_is_tried_more_than_once():
    kinds = [attack.kind for attack in ATTACKS]
    assert {kind[0] for kind in kinds} == set("123456789")
    assert min(map(kinds.count, kinds)) >= 5
    assert len({(attack.kind, attack.name) for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("number", range(len(ATTACKS)), ids=lambda k: ATTACKS[k].name)
def test_it_gains_nothing_and_harms_nobody(report, number):
    outcome = report.outcomes[number]
    assert outcome.points == outcome.attack.deserves
    assert outcome.harmed == 0
    assert outcome.leaked == ()
    assert outcome.seconds < 15  # a notebook of ten seconds, and the ends of its processes


def test_nothing_happened_around_them(report):
    assert report.status == 0
    assert report.changed == ()
    assert report.connections == 0
    assert report.left == ()


def test_what_cannot_be_read_waits_for_a_person(report):
    by_name = {outcome.attack.name: outcome.told for outcome in report.outcomes}
    for name in ("corrupt JSON", "an empty file", "JSON of another kind", "a picture", "a pipe"):
        assert "loot" in by_name[name], name
