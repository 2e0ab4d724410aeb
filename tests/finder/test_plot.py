"""The picture marks every rule, and describes itself."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")
import matplotlib.pyplot as plt

from lrcourse.finder import RULES, RangeTest, plot, suggest

RATES = np.geomspace(1e-5, 10, 100)


@pytest.fixture
def axes(monkeypatch):
    """Return the axes of the last picture, which are closed otherwise."""
    kept = []
    original = plt.subplots

    def subplots(*arguments, **options):
        figure, axes = original(*arguments, **options)
        kept.append(axes)
        return figure, axes

    monkeypatch.setattr(plt, "subplots", subplots)
    return kept


def test_every_rule_is_marked_where_it_says(axes):
    curve = RangeTest(RATES, np.log10(RATES / 0.3) ** 2, stopped_early=True)
    picture = plot(curve)
    lines = {line.get_label().split()[0]: line for line in axes[-1].lines}
    for rule in RULES:
        found = suggest(curve, rule)
        assert lines[rule].get_xdata()[0] == pytest.approx(found.learning_rate)
        assert rule in picture.alt
    assert axes[-1].get_xscale() == "log"
    assert axes[-1].get_xlabel() == "learning rate (logarithmic)"
    assert axes[-1].get_ylabel() == "loss of a batch"
    assert "stopped early" in picture.alt


def test_what_reads_nothing_or_the_edge_says_so(axes):
    picture = plot(RangeTest(RATES, -np.log10(RATES)))
    assert "blow_up_over_ten nothing" in picture.alt
    assert "on the edge" in picture.alt
    hollow = [line for line in axes[-1].lines if line.get_markerfacecolor() == "none"]
    assert any("minimum_over_three" in line.get_label() for line in hollow)
    assert "went to the end" in picture.alt


@pytest.mark.parametrize(
    "losses", [np.full(100, np.nan), np.ones(100), np.r_[2.0, np.full(99, np.inf)]]
)
def test_a_curve_without_anything_to_read_is_drawn(losses):
    picture = plot(RangeTest(RATES, losses))
    assert picture.alt.count("nothing") == len(RULES)


def test_a_blow_up_does_not_hide_the_descent(axes):
    losses = np.log10(RATES / 0.01) ** 2
    losses[-3:] = 1e6
    plot(RangeTest(RATES, losses))
    assert axes[-1].get_ylim()[1] < 100


def test_bad_input_is_named():
    with pytest.raises(TypeError, match=r"range_test must be a RangeTest, got \[1\]"):
        plot([1])
