"""What a sweep tells: tables, intervals, the best rate and its edge, files, pictures."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("Agg")
import matplotlib.pyplot as plt

from lrcourse.datasets import wave1d
from lrcourse.models import MLP
from lrcourse.optimizers import SGD, GradientDescent
from lrcourse.plotting import INK
from lrcourse.statistics import mean_interval
from lrcourse.training import Sweep, sweep

DATA = wave1d(200, seed=0).split(0.25, rng=np.random.default_rng(0))
RATES = [0.003, 0.03, 0.3, 1e5]


@pytest.fixture(scope="module")
def result():
    return sweep(
        MLP((40, 16, 10)),
        DATA,
        SGD(),
        RATES,
        momenta=[0.0, 0.5],
        seeds=4,
        steps=30,
        batch_size=25,
        checkpoints=[0, 15, 30],
        keep_params=True,
    )


def test_tables_are_tidy(result):
    table = result.table()
    assert len(table) == 4 * 2 * 4
    assert list(table.columns) == [
        *("learning_rate", "momentum", "seed", "diverged_at"),
        *("train_loss", "train_accuracy", "val_loss", "val_accuracy"),
    ]
    np.testing.assert_array_equal(table["val_loss"], result.metrics["val_loss"][:, -1])
    history = result.history()
    assert len(history) == 3 * len(table)
    assert history["step"].tolist()[:4] == [0, 15, 30, 0]
    np.testing.assert_array_equal(
        history[history["step"] == 15]["train_loss"], result.metrics["train_loss"][:, 1]
    )


def test_the_summary_has_intervals_over_seeds_and_counts_divergence(result):
    summary = result.summary("val_loss", level=0.9).set_index(["learning_rate", "momentum"])
    assert summary.loc[(1e5, 0.0), "diverged"] == 4
    assert np.isnan(summary.loc[(1e5, 0.0), "mean"])
    runs = result.table().query("learning_rate == 0.03 and momentum == 0.5")["val_loss"]
    interval = mean_interval(runs, level=0.9)
    row = summary.loc[(0.03, 0.5)]
    assert (row["mean"], row["low"], row["high"]) == pytest.approx(
        (interval.estimate, interval.low, interval.high)
    )
    assert (row["seeds"], row["diverged"]) == (4, 0)


def test_a_setting_of_which_one_run_diverged_cannot_be_best(result):
    row = result.runs.query("learning_rate == 0.3 and momentum == 0.5").index[0]
    runs = result.runs.copy()
    runs.loc[row, "diverged_at"] = 12
    lucky = {name: values.copy() for name, values in result.metrics.items()}
    at_best = result.best()
    fast, pushed = result.runs["learning_rate"] == 0.3, result.runs["momentum"] == 0.5
    lucky["val_loss"][fast] = 1e-3
    lucky["val_loss"][fast & pushed] = 1e-9
    lucky["val_loss"][row] = np.nan
    hurt = Sweep(result.config, runs, result.loss, result.checkpoints, lucky)
    assert (hurt.best().learning_rate, hurt.best().momentum) == (0.3, 0.0)
    assert hurt.summary().query("learning_rate == 0.3 and momentum == 0.5")["diverged"].item() == 1
    assert at_best.value > 1e-3


def test_the_best_is_lowest_in_loss_and_highest_in_accuracy(result):
    for metric, pick in (("val_loss", "min"), ("val_accuracy", "max")):
        best, summary = result.best(metric), result.summary(metric)
        stable = summary[summary["diverged"] == 0]
        assert best.value == getattr(stable["mean"], pick)()
        assert not best.at_edge


def test_a_best_rate_at_the_edge_is_flagged(result):
    low = sweep(MLP((40, 10)), DATA, SGD(), [1e-4, 1e-3, 1e-2], steps=10)
    assert low.best().at_edge
    assert "edge of the grid" in str(low.best())
    assert "edge" not in str(result.best())


def test_no_best_where_everything_diverged():
    lost = sweep(MLP((40, 10), objective="cross entropy"), DATA, SGD(), [1e6], steps=9)
    with pytest.raises(ValueError, match="val_loss has no best: in every setting a run diverged"):
        lost.best()


def test_what_is_saved_is_what_is_loaded(result, tmp_path):
    path = result.save(tmp_path / "sweep")
    assert path.name == "sweep.npz"
    back = Sweep.load(path)
    assert back.config == result.config
    pd.testing.assert_frame_equal(back.runs, result.runs)
    np.testing.assert_array_equal(back.loss, result.loss)
    np.testing.assert_array_equal(back.checkpoints, result.checkpoints)
    for mine, theirs in ((back.metrics, result.metrics), (back.params, result.params)):
        assert mine.keys() == theirs.keys()
        for name in mine:
            np.testing.assert_array_equal(mine[name], theirs[name])
    assert repr(back) == repr(result)
    with pytest.raises(FileNotFoundError):
        Sweep.load(tmp_path / "nothing.npz")


def test_the_configuration_says_what_was_trained(result):
    assert result.config["model"]["name"] == "MLP"
    assert tuple(result.config["model"]["sizes"]) == (40, 16, 10)
    assert result.config["optimizer"]["name"] == "SGD"
    assert (result.config["steps"], result.config["batch_size"]) == (30, 25)
    table = sweep(MLP((40, 10)), DATA, SGD(), [0.1], steps=2, schedule=[1, 0.5])
    assert table.config["schedule"] == "table of shape (2,)"


def test_pictures_say_what_they_show(result):
    assert "8 settings with learning rates from 0.003" in result.plot_loss().alt
    assert "8 of 32 runs diverged" in result.plot_loss().alt
    best = result.best()
    alt = result.plot_rates().alt
    assert alt.startswith("Validation loss against the learning rate")
    assert "at 2 of 8 settings a run diverged" in alt
    assert f"{best.learning_rate:g}" in alt
    many = sweep(MLP((40, 10)), DATA, GradientDescent(), np.geomspace(1e-4, 1e-2, 12), steps=5)
    assert "12 settings" in many.plot_loss().alt
    assert "at the edge of the grid" in many.plot_rates().alt
    still = sweep(MLP((40, 10)), DATA, GradientDescent(), [0.0, *np.geomspace(0.1, 1, 9)], steps=2)
    assert "10 settings" in still.plot_loss().alt
    assert "Validation accuracy" in still.plot_rates("val_accuracy").alt


def test_marks_of_a_picture_tell_settings_apart(result, monkeypatch):
    kept = []
    subplots = plt.subplots
    monkeypatch.setattr(plt, "subplots", lambda *a, **o: kept.append(subplots(*a, **o)) or kept[-1])
    result.plot_rates()
    _, axes = kept[-1]
    curves = {line.get_label(): line for line in axes.lines}
    crosses = [line for line in axes.lines if line.get_marker() == "x" and len(line.get_xdata())]
    broken = {line.get_color() for line in crosses}
    assert broken <= {line.get_color() for name, line in curves.items() if name.startswith("β")}
    assert all(min(line.get_ydata()) > 1 for line in crosses)  # above the axes, off the data
    assert sum(len(line.get_xdata()) for line in crosses) == 2
    best = next(line for name, line in curves.items() if name.startswith("best"))
    assert best.get_markeredgecolor() == INK  # of no momentum
    result.plot_loss()
    figure, axes = kept[-1]
    assert axes.get_legend() is None  # it stands beside the data
    assert len(figure.legends) == 1
    curves = [line for line in axes.lines if line.get_marker() != "x"]
    looks = {(tuple(line.get_color()), line.get_linestyle()) for line in curves}
    assert len(looks) == len(curves) == 8
