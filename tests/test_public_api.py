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
    finder,
    landscapes,
    models,
    monitoring,
    optimizers,
    plotting,
    schedules,
    statistics,
    training,
)
from lrcourse.demos.quiz import predict
from lrcourse.grading import (
    answers,
    bench,
    check,
    collect,
    expect,
    export,
    feedback,
    grade,
    leaks,
    notebooks,
    release,
)
from lrcourse.grading import statistics as results

GRADING = (
    *(answers, bench, check, collect, expect, export),
    *(feedback, grade, leaks, notebooks, release, results),
)
RNG = np.random.default_rng(0)


def swept(learning_rates=(0.1,)):
    """Return a tiny sweep."""
    data = datasets.spirals(10, seed=0)
    rule = optimizers.GradientDescent()
    return training.sweep(models.logistic(2, 2), data, rule, learning_rates, steps=1)


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
    "monitoring.Diagnosis",
    "monitoring.EarlyStoppingState",
    "monitoring.NoiseScale",
    "monitoring.SharpnessError",
    "optimizers.AdagradState",
    "optimizers.AdamState",
    "optimizers.Optimizer",
    "optimizers.RMSPropState",
    "optimizers.SGDState",
    "optimizers.ScheduleFreeState",
    "claims.Claim",
    "claims.Finding",
    "claims.Judgement",
    "claims.Outcome",
    "claims.Verdict",
    "statistics.Interval",
    "demos.Answer",
    "demos.Quiz",
    "finder.Suggestion",
    "finder.Tournament",
    "grading.answers.Answer",
    "grading.bench.Bench",
    "grading.bench.Tried",
    "grading.bench.main",
    "grading.bench.try_answers",
    "grading.check.Outcome",
    "grading.check.Report",
    "grading.check.check",
    "grading.check.show",
    "grading.collect.Collected",
    "grading.collect.collect",
    "grading.collect.main",
    "grading.expect.Mismatch",
    "grading.export.CanvasExporter",
    "grading.export.MoodleExporter",
    "grading.export.TableExporter",
    "grading.export.export",
    "grading.feedback.feedback",
    "grading.feedback.main",
    "grading.grade.Grades",
    "grading.grade.Record",
    "grading.grade.grade",
    "grading.grade.read_records",
    "grading.grade.write_csv",
    "grading.leaks.Leak",
    "grading.leaks.Secret",
    "grading.notebooks.AssignmentError",
    "grading.notebooks.read_assignment",
    "grading.notebooks.write_notebook",
    "grading.release.Change",
    "grading.release.ReleaseError",
    "grading.release.main",
    "grading.release.release",
    "grading.statistics.Question",
    "grading.statistics.main",
    "grading.statistics.statistics",
    "datasets.Dataset",
    "models.Model",
    "training.Best",
    "training.Streams",
    "training.Sweep",
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
    "claims.family_wise": (lambda: claims.family_wise(["C0.1"]), "tried", "'C0.1'"),
    "claims.outcomes": (lambda: claims.outcomes(["C0.1"], jobs=0), "jobs", "0"),
    "claims.outcome": (lambda: claims.outcome("C0.1", seed=0.5), "seed", "0.5"),
    "datasets.Dataset": (
        lambda: datasets.Dataset("d", [[np.inf]], [1.0]),
        "inputs",
        "[[inf]]",
    ),
    "datasets.Split": (lambda: datasets.Split("train", "val"), "train", "'train'"),
    "datasets.reversal": (lambda: datasets.reversal(5, seed=0, length=1), "length", "1"),
    "datasets.spirals": (lambda: datasets.spirals(5, seed=0, arms=1), "arms", "1"),
    "datasets.wave1d": (lambda: datasets.wave1d(5, seed=-1), "seed", "-1"),
    "demos.BudgetCurve": (lambda: demos.BudgetCurve(seed=-1), "seed", "-1"),
    "demos.Choice": (lambda: demos.BudgetCurve(metric="luck"), "metric", "'luck'"),
    "demos.Demo": (lambda: demos.QuadraticBowl(colour=1), "colour", "learning_rate"),
    "demos.EdgeOfStability": (lambda: demos.EdgeOfStability(seed=-1), "seed", "-1"),
    "demos.FinderRules": (lambda: demos.FinderRules(rule="luck"), "rule", "'luck'"),
    "demos.HillyLandscape": (
        lambda: demos.HillyLandscape(landscape="alps"),
        "landscape",
        "'alps'",
    ),
    "demos.MomentumLock": (lambda: demos.MomentumLock(lock="ajar"), "lock", "'ajar'"),
    "demos.NoiseFloor": (lambda: demos.NoiseFloor(batch_size=2.5), "batch_size", "2.5"),
    "demos.Point": (lambda: demos.QuadraticBowl(start="here"), "start", "'here'"),
    "demos.QuadraticBowl": (
        lambda: demos.QuadraticBowl(learning_rate=-1),
        "learning_rate",
        "-1",
    ),
    "demos.Scoreboard": (lambda: demos.Scoreboard(seed=-1), "seed", "-1"),
    "demos.ScheduleRace": (lambda: demos.ScheduleRace(points=(1, 2)), "points", "(1, 2)"),
    "demos.Setting": (lambda: demos.QuadraticBowl(momentum=True), "momentum", "True"),
    "demos.WhenToStop": (lambda: demos.WhenToStop(seed=-1), "seed", "-1"),
    "demos.WarmUp": (lambda: demos.WarmUp(start="cold"), "start", "'cold'"),
    "demos.ThreeComparisons": (
        lambda: demos.ThreeComparisons(comparison="luck"),
        "comparison",
        "'luck'",
    ),
    "demos.predict": (lambda: predict("Why?", []), "answers", "0"),
    "finder.Ramp": (lambda: finder.Ramp(steps=0), "steps", "0"),
    "finder.RangeTest": (lambda: finder.RangeTest([0.1, 1], [2, 3, 4]), "losses", "(3,)"),
    "finder.SweepTrainer": (lambda: finder.SweepTrainer(1, 2, 3, seeds=4), "options", "seeds"),
    "finder.TorchTrainer": (lambda: finder.TorchTrainer("net", 1, 2, 3), "model", "'net'"),
    "finder.before_the_rise": (lambda: finder.before_the_rise([1]), "range_test", "[1]"),
    "finder.blow_up_over_ten": (lambda: finder.blow_up_over_ten(2), "range_test", "2"),
    "finder.ema": (lambda: finder.ema([1.0], momentum=-1), "momentum", "-1"),
    "finder.lr_range_test": (
        lambda: finder.lr_range_test(None, None, [], None, lowest=float("nan")),
        "lowest",
        "nan",
    ),
    "finder.minimum_over_ten": (lambda: finder.minimum_over_ten(None), "range_test", "None"),
    "finder.minimum_over_three": (lambda: finder.minimum_over_three({}), "range_test", "{}"),
    "finder.plot": (lambda: finder.plot("curve"), "range_test", "'curve'"),
    "finder.slide": (lambda: finder.slide(0.1), "range_test", "0.1"),
    "finder.smooth_log_lr": (
        lambda: finder.smooth_log_lr([1.0], [1.0], decades=-2),
        "decades",
        "-2",
    ),
    "finder.steepest": (lambda: finder.steepest([0.5]), "range_test", "[0.5]"),
    "finder.suggest": (
        lambda: finder.suggest(finder.RangeTest([0.1, 1], [2, 3]), "luck"),
        "rule",
        "'luck'",
    ),
    "finder.tournament": (lambda: finder.tournament(len, horizon=0), "horizon", "0"),
    "finder.valley": (lambda: finder.valley(()), "range_test", "()"),
    "landscapes.Curve": (lambda: landscapes.DoubleWell().basin("here"), "x", "'here'"),
    "landscapes.DoubleWell": (lambda: landscapes.DoubleWell(tilt=3), "tilt", "3"),
    "landscapes.Fourier": (lambda: landscapes.Fourier([0.0], [1.0]), "amplitudes", "0."),
    "landscapes.LinearNet": (lambda: landscapes.LinearNet(2.5), "width", "2.5"),
    "landscapes.Needle": (lambda: landscapes.Needle(depth=-1), "depth", "-1"),
    "landscapes.Quadratic": (
        lambda: landscapes.Quadratic.random(3, 2.0, rng=None),
        "rng",
        "None",
    ),
    "landscapes.RippledBowl": (lambda: landscapes.RippledBowl(height=0), "height", "0"),
    "models.LinearRegression": (
        lambda: models.LinearRegression([[1.0]], [1.0]).gradient([0.0, 0.0], np.array([5])),
        "rows",
        "5",
    ),
    "models.ConvNet": (lambda: models.ConvNet(kernels=(4,)), "kernels", "(4,)"),
    "models.MLP": (lambda: models.MLP((3,)), "sizes", "(3,)"),
    "models.Transformer": (lambda: models.Transformer(width=7), "width", "7"),
    "models.linear": (lambda: models.linear(0), "sizes", "0"),
    "models.logistic": (lambda: models.logistic(3, 1), "classes", "1"),
    "models.two_layer_linear": (
        lambda: models.two_layer_linear(3, 2, gain=-1),
        "gain",
        "-1",
    ),
    "monitoring.EarlyStopping": (lambda: monitoring.EarlyStopping(0), "patience", "0"),
    "monitoring.Monitor": (
        lambda: monitoring.Monitor().record(0, loss=float("nan"), lr=0.1),
        "loss",
        "nan",
    ),
    "monitoring.classify": (lambda: monitoring.classify([0.0] * 4), "losses", "0.0"),
    "monitoring.gradient_noise_scale": (
        lambda: monitoring.gradient_noise_scale(1.0, 1.0, small_batch=8, large_batch=4),
        "large_batch",
        "4 and 8",
    ),
    "monitoring.lr_to_stability_ratio": (
        lambda: monitoring.lr_to_stability_ratio(-0.1, 1.0),
        "learning_rate",
        "-0.1",
    ),
    "monitoring.sharpness": (lambda: monitoring.sharpness(7, []), "params", "[]"),
    "optimizers.Adagrad": (lambda: optimizers.Adagrad(lr_decay=-1), "lr_decay", "-1"),
    "optimizers.Adam": (lambda: optimizers.Adam(beta1=-1), "beta1", "-1"),
    "optimizers.AdamW": (lambda: optimizers.AdamW(weight_decay=-1), "weight_decay", "-1"),
    "optimizers.GradientDescent": (
        lambda: optimizers.GradientDescent().step(1.0, 1.0, None, "fast"),
        "lr",
        "'fast'",
    ),
    "optimizers.HeavyBall": (lambda: optimizers.HeavyBall(2), "momentum", "2"),
    "optimizers.Lion": (lambda: optimizers.Lion(beta2=1), "beta2", "1"),
    "optimizers.Nesterov": (lambda: optimizers.Nesterov("0.9"), "momentum", "'0.9'"),
    "optimizers.RMSProp": (lambda: optimizers.RMSProp(alpha=1.5), "alpha", "1.5"),
    "optimizers.SGD": (lambda: optimizers.SGD(nesterov=True), "nesterov", "momentum=0.0"),
    "optimizers.ScheduleFreeAdamW": (lambda: optimizers.ScheduleFreeAdamW(r=-2), "r", "-2"),
    "optimizers.ScheduleFreeSGD": (
        lambda: optimizers.ScheduleFreeSGD(weight_lr_power="2"),
        "weight_lr_power",
        "'2'",
    ),
    "optimizers.buffer_from_velocity": (
        lambda: optimizers.buffer_from_velocity(1.0, 0),
        "lr",
        "0",
    ),
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
    "optimizers.velocity_from_buffer": (
        lambda: optimizers.velocity_from_buffer(1.0, -0.1),
        "lr",
        "-0.1",
    ),
    "plotting.Picture": (lambda: plotting.Picture("plot", alt="A plot."), "figure", "'plot'"),
    "schedules.Constant": (lambda: schedules.Constant(-0.1), "lr", "-0.1"),
    "schedules.CosineAnnealing": (
        lambda: schedules.CosineAnnealing(0.1, 10, end_lr=0.2),
        "end_lr",
        "0.2",
    ),
    "schedules.CosineWarmRestarts": (
        lambda: schedules.CosineWarmRestarts(0.1, 10, multiplier=1.5),
        "multiplier",
        "1.5",
    ),
    "schedules.CosineWarmup": (lambda: schedules.CosineWarmup(0.1, -1), "warmup_steps", "-1"),
    "schedules.Cyclic": (lambda: schedules.Cyclic(0.5, 0.1, 4), "base_lr", "0.5"),
    "schedules.Exponential": (lambda: schedules.Exponential(0.1, 1.5), "gamma", "1.5"),
    "schedules.ExponentialWarmup": (
        lambda: schedules.ExponentialWarmup(0.1, 5, start=0),
        "start",
        "0",
    ),
    "schedules.InverseSquareRoot": (
        lambda: schedules.InverseSquareRoot(float("nan")),
        "lr",
        "nan",
    ),
    "schedules.Joined": (lambda: schedules.Joined((), ()), "schedules", "0"),
    "schedules.LinearToZero": (lambda: schedules.LinearToZero(0.1, 0), "total_steps", "0"),
    "schedules.LinearWarmup": (lambda: schedules.LinearWarmup("fast", 5), "lr", "'fast'"),
    "schedules.MultiStep": (
        lambda: schedules.MultiStep(0.1, (30, 20)),
        "milestones",
        "(30, 20)",
    ),
    "schedules.Noam": (lambda: schedules.Noam(0, 10), "d_model", "0"),
    "schedules.OneCycle": (
        lambda: schedules.OneCycle(0.1, 100, pct_start=1.0),
        "pct_start",
        "1.0",
    ),
    "schedules.Piecewise": (
        lambda: schedules.Piecewise((0.1,), (10,)),
        "values",
        "(0.1,)",
    ),
    "schedules.Plateau": (lambda: schedules.Plateau(0.1, factor=2), "factor", "2"),
    "schedules.Polynomial": (lambda: schedules.Polynomial(0.1, 10, power=0), "power", "0"),
    "schedules.Schedule": (lambda: schedules.Constant(0.1)(-3), "step", "-3"),
    "schedules.StepDecay": (lambda: schedules.StepDecay(0.1, 2.5), "step_size", "2.5"),
    "schedules.WarmupStableDecay": (
        lambda: schedules.WarmupStableDecay(0.1, 10, 8, 7),
        "warmup_steps",
        "8 + 7",
    ),
    "schedules.as_torch": (
        lambda: schedules.as_torch(schedules.Constant(0.1), "sgd"),
        "optimizer",
        "'sgd'",
    ),
    "schedules.from_dict": (
        lambda: schedules.from_dict({"schedule": "Cosine"}),
        "schedule",
        "'Cosine'",
    ),
    "schedules.golden_values": (lambda: schedules.golden_values("jax"), "library", "jax"),
    "schedules.join": (
        lambda: schedules.join((schedules.Constant(0.1),), (3,)),
        "schedules",
        "(3,)",
    ),
    "schedules.plot": (lambda: schedules.plot(0.1, 10), "schedule", "0.1"),
    "schedules.table": (
        lambda: schedules.table([schedules.Constant(0.1)], steps=0),
        "steps",
        "0",
    ),
    "schedules.to_dict": (lambda: schedules.to_dict(0.1), "schedule", "0.1"),
    "schedules.warmup": (
        lambda: schedules.warmup(schedules.Constant(0.1), 3, shape="steep"),
        "shape",
        "'steep'",
    ),
    "plotting.number": (lambda: plotting.number("many"), "value", "'many'"),
    "statistics.holm_adjusted": (
        lambda: statistics.holm_adjusted([1.5]),
        "p_values",
        "1.5",
    ),
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
    "training.Sweep": (lambda: swept().best("speed"), "metric", "'speed'"),
    "training.mini_batches": (
        lambda: training.mini_batches(5, 6, 1, rng=RNG),
        "batch_size",
        "6",
    ),
    "training.streams": (lambda: training.streams(-1), "seed", "-1"),
    "training.sweep": (lambda: swept(learning_rates=[-1.0]), "learning_rates", "[-1.0]"),
    "grading.answers.parse_answers": (
        lambda: answers.parse_answers("f", "def f(): pass"),
        "f",
        "f",
    ),
    "grading.answers.read_answers": (lambda: answers.read_answers("nowhere"), "", "nowhere"),
    "grading.bench.try_answers": (
        lambda: bench.try_answers(".", "01-what-a-step-is", repeat=0),
        "repeat",
        "0",
    ),
    "grading.bench.main": (lambda: bench.main(".", ["no-such"]), "assignment", "no-such"),
    "grading.collect.collect": (
        lambda: collect.collect(".", "01-what-a-step-is", ".", pattern="("),
        "pattern",
        "'('",
    ),
    "grading.collect.main": (
        lambda: collect.main(".", "01-what-a-step-is", "nowhere"),
        "",
        "nowhere",
    ),
    "grading.export.export": (lambda: export.export(".", "excel"), "to", "'excel'"),
    "grading.feedback.feedback": (
        lambda: feedback.feedback(".", "01-what-a-step-is", students="zoe"),
        "nobody",
        "'zoe'",
    ),
    "grading.feedback.main": (lambda: feedback.main(".", "no-such"), "assignment", "no-such"),
    "grading.grade.grade": (lambda: grade.grade(".", "no-such", jobs=0), "jobs", "0"),
    "grading.statistics.statistics": (
        lambda: results.statistics(".", "no-such"),
        "assignment",
        "no-such",
    ),
    "grading.statistics.main": (lambda: results.main(".", "no-such"), "assignment", "no-such"),
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
    "datasets.diabetes",
    "datasets.digits",
    "demos.Answer",
    "demos.Quiz",
    "finder.Suggestion",
    "finder.Tournament",
    "monitoring.Diagnosis",
    "monitoring.EarlyStoppingState",
    "monitoring.NoiseScale",
    "monitoring.SharpnessError",
    "optimizers.AdagradState",
    "optimizers.AdamState",
    "optimizers.Optimizer",
    "optimizers.RMSPropState",
    "optimizers.SGDState",
    "optimizers.ScheduleFreeState",
    "plotting.style",
    "schedules.Convention",
    "schedules.PlateauState",
    "statistics.Interval",
    "models.Model",
    "training.Best",
    "training.Streams",
    "grading.answers.Answer",
    "grading.answers.fill_in",
    "grading.bench.Bench",
    "grading.bench.Tried",
    "grading.collect.Collected",
    "grading.expect.Mismatch",
    "grading.export.CanvasExporter",
    "grading.export.MoodleExporter",
    "grading.export.TableExporter",
    "grading.grade.Grades",
    "grading.grade.Record",
    "grading.grade.no_formula",
    "grading.grade.read_records",
    "grading.grade.write_csv",
    "grading.statistics.Question",
    "grading.statistics.by_claim",
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
