# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Generalisation on trial
#
# *Exercises for the chapter of the same name. About 50 minutes. 10 points.*
#
# "A small learning rate generalises better": whether that is so depends on what you hold equal. In
# the chapter the sign of the difference changed with the way of comparing. Here you build the ways,
# and the checks that keep them honest.
#
# | | you write | points |
# |---|---|---|
# | 1 | `at_equal_loss`: validation where the training loss arrives | 3 |
# | 2 | `paired_effect`: a difference, seed by seed | 3 |
# | 3 | `find_confound`: what else was different? | 1 |
# | 4 | `same_seeds`: who is missing from the comparison? | 1 |
# | 5 | a judgement, in your own words | 2 |
#
# **How to work.** Replace `raise NotImplementedError()` by your code and run the cell, then the
# test cell below it. If it prints nothing, those tests pass. Otherwise read the *last lines* of the
# message. Each exercise is graded by itself. After you hand in, further tests try other cases.

# %% locked="imports"
import math

import numpy as np
from scipy import stats

# %% [markdown]
# ## 1. Validation where the training loss arrives
#
# After the same number of *steps*, a small rate has come less far. To ask whether it generalises
# better you can compare at the same *training loss*: look at the validation accuracy at the
# **first** moment at which the training loss is at or below a threshold.
#
# Write `at_equal_loss(train, val, threshold)`. `train` and `val` are measured at the same moments.
# Return the entry of `val` that goes with the **first** entry of `train` at or below `threshold`;
# `nan` when there is none. A training loss of `nan` has not arrived. The arguments may be lists.


# %% solution="at_equal_loss"
def at_equal_loss(train, val, threshold):
    """Return the validation value where the training loss first reaches the threshold."""
    ### BEGIN SOLUTION
    for fitted_so_far, held_out_then in zip(train, val, strict=True):
        if fitted_so_far <= threshold:
            return float(held_out_then)
    return math.nan
    ### END SOLUTION


# %% tests="at_equal_loss" points=3 claims="C4.1 C4.2"
from lrcourse.grading.expect import expect

chapter = "“Generalisation on trial”, section “A step is not a measure of progress”"
expect(
    at_equal_loss([2.0, 1.0, 0.4, 0.6, 0.3], [0.1, 0.5, 0.7, 0.6, 0.8], 0.5),
    0.7,
    call="at_equal_loss(train=[2, 1, 0.4, 0.6, 0.3], val=[0.1, 0.5, 0.7, 0.6, 0.8], 0.5)",
    mistakes=[
        (0.8, "that is the last moment; the first one at or below the threshold counts"),
        (0.5, "at that moment the training loss is still 1.0, above the threshold"),
        (0.6, "the training loss is above the threshold again there; take the first moment"),
        (0.4, "that is the training loss: return the validation value that goes with it"),
        (2, "that is the index: return the validation value there"),
    ],
    read=chapter,
)
expect(
    at_equal_loss([2.0, 1.5], [0.1, 0.3], 0.5),
    math.nan,
    call="at_equal_loss([2.0, 1.5], [0.1, 0.3], 0.5), a run that does not arrive",
    mistakes=[
        (0.3, "the run never reaches the threshold: nothing can be compared, return nan"),
        (0.1, "np.argmax of nothing but False is 0: test first whether there is such a moment"),
    ],
    hint="return math.nan when no entry of train is at or below the threshold",
    read="the text above",
)
expect(at_equal_loss([0.9, 0.5], [0.2, 0.4], 0.5), 0.4, call="a loss that equals the threshold")
### BEGIN HIDDEN TESTS
arrival_dice = np.random.default_rng(5101)
for moments in (1, 2, 5, 50):
    for _ in range(8):
        fitted = arrival_dice.uniform(0, 1, size=moments)
        held = arrival_dice.uniform(0, 1, size=moments)
        bar_height = float(arrival_dice.uniform(0, 0.6))
        arrived = [k for k in range(moments) if fitted[k] <= bar_height]
        value_due = float(held[arrived[0]]) if arrived else math.nan
        expect(at_equal_loss(fitted, held, bar_height), value_due, call=f"{moments} moments")
broken_run = [math.nan, math.nan, 0.2]
expect(at_equal_loss(broken_run, [1, 2, 3], 0.5), 3.0, call="nan before the arrival")
expect(at_equal_loss([math.nan], [1.0], 0.5), math.nan, call="nothing but nan")
expect(at_equal_loss((3, 2, 1), (10, 20, 30), 2), 20.0, call="tuples of whole numbers")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. A difference, seed by seed
#
# Each seed gives a data split, an initialisation and an order of batches. If both rates are run on
# the **same seeds**, you can subtract seed by seed, and all that the seed does to both cancels.
#
# Write `paired_effect(a, b)`: the mean of the differences `a - b` and its 95 % interval, three
# numbers. `a[k]` and `b[k]` belong to the same seed. A pair in which **either** is `nan` is left
# out as a whole. With $n$ pairs left, the interval is mean $\pm\, t\, s/\sqrt n$, with Student's
# $t$ = `stats.t.ppf(0.975, n - 1)` and the standard deviation $s$ of the differences (divide by
# $n - 1$). Raise a `ValueError` when fewer than two pairs are left.


# %% solution="paired_effect"
def paired_effect(a, b):
    """Return the mean difference a - b over pairs, and its 95 % interval."""
    ### BEGIN SOLUTION
    gaps = np.asarray(a, dtype=float) - np.asarray(b, dtype=float)
    gaps = gaps[~np.isnan(gaps)]
    if len(gaps) < 2:
        raise ValueError(f"two whole pairs are needed, got {len(gaps)}")
    width = stats.t.ppf(0.975, len(gaps) - 1) * gaps.std(ddof=1) / math.sqrt(len(gaps))
    return gaps.mean(), gaps.mean() - width, gaps.mean() + width
    ### END SOLUTION


# %% tests="paired_effect" points=3 claims="C4.1"
from lrcourse.grading.expect import expect

small, large = [0.70, 0.50, 0.90, 0.60], [0.72, 0.53, 0.91, 0.64]
expect(
    paired_effect(large, small),
    (0.025, 0.004457, 0.045543),
    call="paired_effect(large, small), where large is a little better on every seed",
    rtol=1e-3,
    mistakes=[
        ((0.025, -0.256, 0.306), "the pairs were not used: subtract seed by seed first"),
        ((-0.025, -0.045543, -0.004457), "a - b is asked for, not b - a"),
        ((0.025, 0.012348, 0.037652), "with four pairs Student's t is 3.18, not 1.96"),
        ((0.025, 0.007209, 0.042791), "the standard deviation of a sample divides by n − 1"),
        ((0.025, -0.016086, 0.066086), "the interval of a mean: divide s by √n"),
    ],
    hint="work with the differences a[k] - b[k] alone",
    read="“Generalisation on trial”, section “The trial”",
)
holes = paired_effect([1.0, math.nan, 3.0, 5.0], [0.0, 7.0, 1.0, math.nan])
expect(
    holes[0],
    1.5,
    call="the mean of paired_effect([1, nan, 3, 5], [0, 7, 1, nan])",
    mistakes=[
        (
            0.333333,
            "nan was dropped from each list by itself: then pairs no longer belong together",
        ),
        (math.nan, "a pair with a nan is left out as a whole"),
    ],
    read="the text above",
)
### BEGIN HIDDEN TESTS
import lrcourse.statistics as trusted_statistics

pair_dice = np.random.default_rng(5102)
for pairs_run in (2, 3, 8, 25):
    for gone in (0, 1):
        treated = pair_dice.normal(size=pairs_run + gone)
        control = treated + pair_dice.normal(0.1, 0.05, size=pairs_run + gone)
        if gone:
            treated[0] = math.nan
        whole = ~np.isnan(treated)
        honest = trusted_statistics.paired_interval(treated[whole], control[whole])
        sure = ((treated - control)[whole].mean(), honest.low, honest.high)
        expect(paired_effect(treated, control), sure, call=f"{pairs_run} whole pairs", atol=1e-8)
expect(paired_effect((2, 4), (1, 1)), (2.0, -10.7062, 14.7062), call="tuples", rtol=1e-3)
for too_few in (([1.0], [2.0]), ([1.0, math.nan], [2.0, 3.0]), ([], [])):
    try:
        paired_effect(*too_few)
    except ValueError:
        continue
    raise AssertionError(f"paired_effect{too_few} must raise a ValueError: fewer than two pairs")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. What else was different?
#
# You compared a large rate with a small one in two ways, after equal steps and at equal training
# loss. Each way has an effect (large minus small) with an interval, as in exercise 2.
#
# If the two intervals lie on **opposite sides of zero**, or one of them excludes zero and the other
# does not, then what you saw in one comparison was the budget and not the rate.
#
# Write `find_confound(equal_steps, equal_loss)`. Both are triples (mean, low, high). An interval
# *says* `+1` when its low end is above 0, `-1` when its high end is below 0, and `0` otherwise.
# Return `"budget"` when the two say different things, else `"none"`.


# %% solution="find_confound"
def find_confound(equal_steps, equal_loss):
    """Say whether the budget explains what a comparison after equal steps shows."""
    ### BEGIN SOLUTION
    sayings = {
        (bottom_end > 0) - (top_end < 0) for _, bottom_end, top_end in (equal_steps, equal_loss)
    }
    return "none" if len(sayings) == 1 else "budget"
    ### END SOLUTION


# %% tests="find_confound" points=1 claims="C4.2"
from lrcourse.grading.expect import expect

expect(
    find_confound((-0.13, -0.15, -0.11), (0.00, -0.01, 0.01)),
    "budget",
    call="find_confound(equal_steps=(-0.13, -0.15, -0.11), equal_loss=(0.00, -0.01, 0.01))",
    mistakes=[("none", "after equal steps there is an effect, at equal loss there is none")],
    read="the text above",
)
expect(
    find_confound((0.06, 0.04, 0.08), (0.02, 0.01, 0.03)),
    "none",
    call="find_confound(equal_steps=(0.06, 0.04, 0.08), equal_loss=(0.02, 0.01, 0.03))",
    mistakes=[("budget", "both say that the large rate is better: how much does not matter here")],
    read="the text above",
)
### BEGIN HIDDEN TESTS
for steps_said, loss_said, culprit in (
    ((0.1, 0.05, 0.2), (-0.1, -0.2, -0.05), "budget"),
    ((0.0, -0.1, 0.1), (0.02, -0.01, 0.05), "none"),
    ((0.0, -0.1, 0.1), (0.02, 0.01, 0.03), "budget"),
    ((-0.2, -0.3, -0.1), (-0.1, -0.15, -0.05), "none"),
    ((0.1, 0.0, 0.2), (0.1, 0.01, 0.2), "budget"),
    ([-0.1, -0.2, 0.0], [0, -1, 1], "none"),
):
    expect(find_confound(steps_said, loss_said), culprit, call=f"{steps_said} and {loss_said}")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Who is missing?
#
# At equal loss, runs that never arrive drop out. If the large rate arrives with nine seeds and the
# small one with nine *other* seeds, both counts are 9 and the comparison is still between different
# seeds: survivors against survivors.
#
# Write `same_seeds(reached_a, reached_b)`. Each argument has one entry a seed, true where that run
# arrived. Return `True` when exactly the same seeds arrived in both arms, else `False`.


# %% solution="same_seeds"
def same_seeds(reached_a, reached_b):
    """Say whether the same seeds arrived in both arms."""
    ### BEGIN SOLUTION
    here, there = (np.asarray(arm).astype(bool) for arm in (reached_a, reached_b))
    return bool((here == there).all())
    ### END SOLUTION


# %% tests="same_seeds" points=1 claims="C4.1"
from lrcourse.grading.expect import expect

expect(
    same_seeds([True, True, False], [True, False, True]),
    False,
    call="same_seeds([True, True, False], [True, False, True])",
    mistakes=[(True, "two arrived in each arm, but not the same two")],
    read="the text above",
)
expect(
    same_seeds([True, False, True], [True, False, True]),
    True,
    call="same_seeds([True, False, True], [True, False, True])",
    mistakes=[(False, "the same seed is missing in both: what is left are pairs")],
    read="the text above",
)
### BEGIN HIDDEN TESTS
for arm_one, arm_two, equal_sets in (
    ([1, 0, 1], [1, 0, 1], True),
    (np.array([True, True]), np.array([True, False]), False),
    ([False, False], [False, False], True),
    ((True,), (False,), False),
    ([0, 1, 1, 0], [1, 0, 0, 1], False),
):
    expect(same_seeds(arm_one, arm_two), equal_sets, call=f"same_seeds({arm_one}, {arm_two})")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Your judgement
#
# A paper trains for 50 epochs with a small rate and with a large one, finds that the small rate has
# the better validation accuracy on noisy labels, and concludes: *"small learning rates resist
# noise."*
#
# Answer in four to eight sentences, as a reviewer. Name the confound, say **which further
# comparison you would ask for and what each outcome of it would mean**, and what you would check
# about seeds and about runs that did not finish. A person reads this answer.

# %% [markdown] manual="judgement" points=2 claims="C4.2"
# **Rubric for the review, 2 points**
#
# * *Half a point:* the confound: after equal epochs the small rate has fitted less, which is early
#   stopping under a false name.
# * *Half a point:* a comparison at equal training loss, or each at its best stopping point.
# * *Half a point:* both outcomes read correctly (difference gone: budget; difference stays: rate).
# * *Half a point:* paired seeds with an interval, and counts of runs that diverged or never
#   arrived.
#
# **A sample answer of the reviewer**
#
# After fifty epochs the small rate has simply not fitted the wrong labels yet, so the comparison
# mixes the rate with the budget. I ask the authors for the validation accuracy at equal training
# loss, and with each rate stopped at its own best point on held-out data. If the difference
# vanishes there, the paper has rediscovered early stopping; if it stays, the rate itself matters
# and the claim is interesting. Please run both rates on the same seeds, report the paired
# difference with its interval, and say how many runs diverged or never reached the loss, since a
# comparison among survivors only flatters whichever arm lost its worst seeds.
