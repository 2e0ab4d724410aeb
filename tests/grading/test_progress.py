"""What a learner has mastered, and what is next."""

import io
import json
from pathlib import Path

import nbformat
import pytest
from rich.console import Console

from lrcourse.cli import main
from lrcourse.grading.answers import fill_in
from lrcourse.grading.check import Outcome, Report
from lrcourse.grading.progress import Progress, Standing, progress, show
from lrcourse.grading.release import release

FIRST = Report(
    Path("exercises/01/one.ipynb"),
    (
        Outcome("a", "passed", 2, 2, claims=("C1.1", "C10.1")),
        Outcome("b", "not started", 0, 3, claims=("C1.1", "C2.1")),
        Outcome("words", "by hand", 0, 2, claims=("C2.1",)),
    ),
)
SECOND = Report(Path("exercises/02/two.ipynb"), (Outcome("c", "failed", 0, 1, "wrong"),))


def test_a_claim_is_mastered_when_all_its_tests_pass():
    far = Progress((FIRST, SECOND))
    assert far.claims == {"C1.1": Standing(2, 5), "C2.1": Standing(0, 3), "C10.1": Standing(2, 2)}
    assert [claim for claim, standing in far.claims.items() if standing.mastered] == ["C10.1"]
    assert list(far.claims) == ["C1.1", "C2.1", "C10.1"]
    assert (far.points, far.out_of, far.exit_code) == (2, 6, 1)


def test_what_was_begun_comes_before_what_was_not():
    assert Progress((FIRST, SECOND)).next == (SECOND, SECOND.outcomes[0])
    assert Progress((FIRST,)).next == (FIRST, FIRST.outcomes[1])
    done = Progress((Report(FIRST.notebook, (FIRST.outcomes[0], FIRST.outcomes[2])),))
    assert done.next is None
    assert done.exit_code == 0
    assert json.loads(done.to_json())["next"] is None
    assert Progress(done.reports, ((Path("x"), "torn"),)).exit_code == 1


def test_it_is_told_to_a_person():
    def told(far):
        console = Console(file=io.StringIO(), width=120)
        show(far, {"C1.1": "Small is beautiful."}, console)
        return console.file.getvalue()

    text = told(Progress((FIRST, SECOND), ((Path("x.ipynb"), "torn"),)))
    assert "1 of 3 claims mastered" in text
    assert "Small is beautiful." in text
    assert "2 of 5" in text
    assert "! x.ipynb: torn" in text
    assert "Next: c in exercises/02/two.ipynb, 1 points (failed)." in text
    text = told(Progress((FIRST,)))
    assert "Next: b in exercises/01/one.ipynb, 3 points about C1.1 and C2.1 (not started)" in text
    assert "Nothing is left to do." in told(Progress(()))


def test_refusals(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"):
        progress(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="has no notebook"):
        progress(tmp_path)
    (tmp_path / "a.ipynb").write_text("{")
    with pytest.raises(ValueError, match="above 0 seconds, got 0"):
        progress(tmp_path, time_limit=0)
    ((path, reason),) = progress(tmp_path).unread
    assert path == tmp_path / "a.ipynb"
    assert "not a notebook" in reason


@pytest.mark.slow
def test_the_command_checks_every_assignment(course, capsys):
    release(course)
    path = course / "exercises/numbers/small.ipynb"
    filled = fill_in(nbformat.read(path, 4), {"twice": "def twice(x):\n    return x + x\n"})
    nbformat.write(filled, path)
    assert main(["check", "--all", str(course / "exercises"), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["claims"] == {
        "C1.1": {"points": 2, "out_of": 5, "mastered": False},
        "C2.1": {"points": 0, "out_of": 3, "mastered": False},
    }
    assert told["next"] == {"notebook": str(path), "question": "half"}
    assert main(["check", "--all", str(course / "exercises")]) == 1
    assert "A small learning rate leads" in capsys.readouterr().out
    assert main(["check"]) == 2
    assert "--all" in capsys.readouterr().err
