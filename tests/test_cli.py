"""The command line: what it prints, and what it exits with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lrcourse import __version__
from lrcourse.claims import ARTICLE, LEDGER, PUBLISHED, Verdict, _outcome
from lrcourse.cli import main


@pytest.mark.slow
def test_the_ledger_as_a_table(capsys):
    assert main(["claims"]) == 0
    printed = capsys.readouterr().out
    assert all(claim_id in printed for claim_id in ARTICLE)


@pytest.mark.slow
def test_the_ledger_as_json(capsys):
    assert main(["claims", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["id"] for row in rows] == list(ARTICLE)
    verdicts = {row["id"]: row["verdict"] for row in rows if row["verdict"]}
    assert verdicts == {claim_id: str(verdict) for claim_id, verdict in PUBLISHED.items()}
    assert all(row["p"] <= row["p_holm"] <= 1 for row in rows if row["verdict"])


def test_one_trial_on_fresh_seeds_as_json(capsys):
    assert main(["claims", "run", "C0.3", "--seed", "12345", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["seed"], result["verdict"]) == (12345, "holds if")
    low, high = result["interval"]
    assert low <= result["effect"] <= high
    assert {finding["role"] for finding in result["findings"]} == {"primary", "limit", "context"}


def test_several_trials_are_a_list(capsys):
    assert main(["claims", "run", "C0.1", "C1.5", "--cached", "--json"]) == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)] == ["C0.1", "C1.5"]


def test_a_card_for_people(capsys):
    assert main(["claims", "run", "C0.1"]) == 0
    assert LEDGER["C0.1"].because in capsys.readouterr().out


def test_a_verdict_that_is_not_the_published_one_fails(capsys, monkeypatch):
    monkeypatch.setattr(_outcome, "PUBLISHED", {"C0.1": Verdict.HOLDS})
    assert main(["claims", "run", "C0.1"]) == 1
    assert "C0.1, seed 0: the trial says holds if, the book holds" in capsys.readouterr().err


def test_many_seeds_are_a_table_that_names_each_flip(capsys, monkeypatch):
    assert main(["claims", "run", "C0.1", "--seed", "1", "2", "--jobs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "Seed 1" in printed
    assert "Seed 2" in printed
    assert printed.count("holds if") == 3  # as published, and on both seeds
    monkeypatch.setattr(_outcome, "PUBLISHED", {"C0.1": Verdict.HOLDS})
    assert main(["claims", "run", "C0.1", "--seed", "1", "2", "--jobs", "1"]) == 1
    printed = capsys.readouterr()
    assert printed.out.count("! holds if") == 2
    assert "C0.1, seed 2: the trial says holds if, the book holds" in printed.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["claims", "run", "C9.9"], "got 'C9.9'"),
        (["claims", "run", "C0.1", "--seed", "-1"], "seeds must be at least 0, got -1"),
        (["check", "nothing.ipynb"], "No such file or directory: nothing.ipynb"),
        (["check", "README.md", "--time-limit", "0"], "time_limit must be above 0 seconds, got 0"),
    ],
)
def test_wrong_arguments_are_named_and_exit_with_2(capsys, arguments, message):
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_a_release_in_step_says_so(capsys):
    course = Path(__file__).parents[1]
    assert main(["release", "--check", "--course", str(course)]) == 0
    assert "in step" in capsys.readouterr().out


@pytest.mark.slow
def test_an_untouched_notebook_is_checked_and_found_not_started(capsys):
    notebook = Path(__file__).parents[1] / "exercises/01-what-a-step-is/what-a-step-is.ipynb"
    assert main(["check", str(notebook), "--json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert {row["status"] for row in report["outcomes"]} == {"not started", "by hand"}
    assert main(["check", str(notebook)]) == 1
    assert "not started" in capsys.readouterr().out


def test_a_command_is_asked_for():
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2


def test_the_module_is_the_command():
    done = subprocess.run(
        [sys.executable, "-m", "lrcourse", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["lrcourse", __version__]


@pytest.mark.slow
def test_a_reader_that_stops_early_is_no_error():
    done = subprocess.run(
        f'"{sys.executable}" -m lrcourse claims --json | head -c 10',
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
