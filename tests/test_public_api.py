"""Every public name: documented in full, and told what was wrong when it is called badly."""

from __future__ import annotations

import inspect
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

import lrcourse
from lrcourse import (
    claims,
    datasets,
    demos,
    landscapes,
    models,
    optimizers,
    plotting,
    statistics,
)
from lrcourse.demos.quiz import predict
from lrcourse.grading import answers, check, expect, leaks, notebooks, release

GRADING = (answers, check, expect, leaks, notebooks, release)
RNG = np.random.default_rng(0)


def public():
    """Yield the full name and the object of every public function and class."""
    for part in lrcourse.__all__:
        module = import_module(f"lrcourse.{part}")
        names = getattr(module, "__all__", None) or [
            name
            for name, value in vars(module).items()
            if name[0] != "_" and getattr(value, "__module__", "") == module.__name__
        ]
        yield from ((f"{part}.{name}", getattr(module, name)) for name in names)
    for module in GRADING:
        short = module.__name__.removeprefix("lrcourse.")
        yield from (
            (f"{short}.{name}", value)
            for name, value in vars(module).items()
            if name[0] != "_" and getattr(value, "__module__", "") == module.__name__
        )


CALLABLES = {
    name: value for name, value in public() if inspect.isclass(value) or inspect.isfunction(value)
}

# What needs a kernel, a course or a browser is shown in tests, not in a doctest; a protocol, an
# enumeration and a plain record of results have nothing to call.
NO_EXAMPLE = {
    "optimizers.Optimizer",
    "claims.Claim",
    "claims.Finding",
    "claims.Judgement",
    "claims.Outcome",
    "claims.Verdict",
    "statistics.Interval",
    "demos.Answer",
    "demos.Quiz",
    "grading.answers.Answer",
    "grading.check.Outcome",
    "grading.check.Report",
    "grading.check.check",
    "grading.check.show",
    "grading.leaks.Leak",
    "grading.leaks.Secret",
    "grading.notebooks.AssignmentError",
    "grading.notebooks.read_assignment",
    "grading.notebooks.write_notebook",
    "grading.release.Change",
    "grading.release.ReleaseError",
    "grading.release.main",
    "grading.release.release",
    "datasets.Dataset",
}


@pytest.mark.parametrize("name", CALLABLES)
def test_docstring_has_parameters_returns_and_an_example(name):
    value = CALLABLES[name]
    text = inspect.getdoc(value) or ""
    assert text, name
    if name not in NO_EXAMPLE:
        assert ">>>" in text, f"{name} has no doctest"
    if inspect.isfunction(value):
        signature = inspect.signature(value)
        if signature.parameters:
            assert "Parameters\n-" in text
            for parameter in signature.parameters:
                assert parameter in text, f"{name} does not document {parameter}"
        if signature.return_annotation not in (None, "None", "Iterator[None]"):
            assert "Returns\n-" in text or "Return" in text.splitlines()[0]


@pytest.mark.parametrize("name", [n for n, v in CALLABLES.items() if inspect.isclass(v)])
def test_public_methods_are_documented(name):
    for method, value in vars(CALLABLES[name]).items():
        if method[0] != "_" and (inspect.isfunction(value) or isinstance(value, property)):
            assert inspect.getdoc(value), f"{name}.{method}"


BAD_CALLS = {
    "claims.Claim": (lambda: claims.LEDGER["C0.1"].run(seed=-3), "seed", "-3"),
    "claims.Contrast": (lambda: claims.Contrast("a", "a", claimed=(2, 1)), "claimed", "(2, 1)"),
    "claims.Glance": (lambda: claims.Glance(["C0.1"]), "outcomes", "'C0.1'"),
    "claims.VerdictCard": (lambda: claims.VerdictCard("C0.1"), "outcome", "'C0.1'"),
    "claims.judge": (
        lambda: claims.judge(claims.LEDGER["C0.1"], pd.DataFrame({"x": [1]})),
        "table",
        "['x']",
    ),
    "claims.outcome": (lambda: claims.outcome("C0.1", seed=0.5), "seed", "0.5"),
    "datasets.Dataset": (
        lambda: datasets.Dataset("d", [[np.inf]], [1.0]),
        "inputs",
        "[[inf]]",
    ),
    "demos.Demo": (lambda: demos.QuadraticBowl(colour=1), "colour", "learning_rate"),
    "demos.Point": (lambda: demos.QuadraticBowl(start="here"), "start", "'here'"),
    "demos.QuadraticBowl": (
        lambda: demos.QuadraticBowl(learning_rate=-1),
        "learning_rate",
        "-1",
    ),
    "demos.Setting": (lambda: demos.QuadraticBowl(momentum=True), "momentum", "True"),
    "demos.predict": (lambda: predict("Why?", []), "answers", "0"),
    "landscapes.DoubleWell": (lambda: landscapes.DoubleWell(tilt=3), "tilt", "3"),
    "landscapes.Quadratic": (
        lambda: landscapes.Quadratic.random(3, 2.0, rng=None),
        "rng",
        "None",
    ),
    "models.LinearRegression": (
        lambda: models.LinearRegression([[1.0]], [1.0]).gradient([0.0, 0.0], np.array([5])),
        "rows",
        "5",
    ),
    "optimizers.Adam": (lambda: optimizers.Adam(beta1=-1), "beta1", "-1"),
    "optimizers.GradientDescent": (
        lambda: optimizers.GradientDescent().step(1.0, 1.0, None, "fast"),
        "lr",
        "'fast'",
    ),
    "optimizers.HeavyBall": (lambda: optimizers.HeavyBall(2), "momentum", "2"),
    "optimizers.Nesterov": (lambda: optimizers.Nesterov("0.9"), "momentum", "'0.9'"),
    "optimizers.convergence_factor": (
        lambda: optimizers.convergence_factor(1.0, "steep"),
        "curvature",
        "'steep'",
    ),
    "optimizers.critical_learning_rate": (
        lambda: optimizers.critical_learning_rate(-4),
        "curvature",
        "-4",
    ),
    "optimizers.stability_regime": (
        lambda: optimizers.stability_regime(float("nan"), 1.0),
        "learning_rate",
        "nan",
    ),
    "optimizers.trajectory": (
        lambda: optimizers.trajectory(3, [1.0], optimizers.Adam(), 0.1, 1),
        "gradient",
        "3",
    ),
    "plotting.Picture": (lambda: plotting.Picture("plot", alt="A plot."), "figure", "'plot'"),
    "plotting.number": (lambda: plotting.number("many"), "value", "'many'"),
    "statistics.mean_interval": (
        lambda: statistics.mean_interval([1, 2], level=-0.5),
        "level",
        "-0.5",
    ),
    "statistics.paired_interval": (
        lambda: statistics.paired_interval(["a"], [1]),
        "treated",
        "['a']",
    ),
    "statistics.share_interval": (lambda: statistics.share_interval(-1, 4), "successes", "-1"),
    "grading.answers.parse_answers": (
        lambda: answers.parse_answers("f", "def f(): pass"),
        "f",
        "f",
    ),
    "grading.answers.read_answers": (lambda: answers.read_answers("nowhere"), "", "nowhere"),
    "grading.check.check": (
        lambda: check.check("x.ipynb", time_limit=-1),
        "time_limit",
        "-1",
    ),
    "grading.leaks.find_leaks": (lambda: leaks.find_leaks([], ["nowhere"]), "", "nowhere"),
    "grading.leaks.find_secrets": (lambda: leaks.find_secrets("nowhere.py"), "", "nowhere.py"),
    "grading.notebooks.parse_assignment": (
        lambda: notebooks.parse_assignment('# %% tests="f" points=-1\nassert True\n'),
        "points",
        "-1",
    ),
    "grading.notebooks.read_assignment": (
        lambda: notebooks.read_assignment("nowhere.py"),
        "",
        "nowhere.py",
    ),
    "grading.release.release": (
        lambda: release.release(".", ["nothing"]),
        "assignment",
        "'nothing'",
    ),
}

# Records and types that are made by the package, and functions that take no argument that can be
# wrong (or report what is wrong with a learner's values, which is their purpose).
NOTHING_TO_GET_WRONG = {
    "claims.Finding",
    "claims.Judgement",
    "claims.Outcome",
    "claims.Verdict",
    "datasets.breast_cancer",
    "datasets.digits",
    "demos.Answer",
    "demos.Quiz",
    "optimizers.Optimizer",
    "plotting.style",
    "statistics.Interval",
    "grading.answers.Answer",
    "grading.answers.fill_in",
    "grading.check.Outcome",
    "grading.check.Report",
    "grading.check.show",
    "grading.expect.expect",
    "grading.leaks.Leak",
    "grading.leaks.Secret",
    "grading.notebooks.AssignmentError",
    "grading.notebooks.write_notebook",
    "grading.release.Change",
    "grading.release.ReleaseError",
    "grading.release.main",
}


def test_every_public_name_is_called_badly_or_excused():
    assert BAD_CALLS.keys() | NOTHING_TO_GET_WRONG >= CALLABLES.keys()


@pytest.mark.parametrize("name", BAD_CALLS)
def test_bad_input_is_named_and_repeated(name, monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    call, argument, received = BAD_CALLS[name]
    with pytest.raises(Exception) as raised:  # noqa: PT011 - the message is what counts
        call()
    assert argument in str(raised.value)
    assert received in str(raised.value)
