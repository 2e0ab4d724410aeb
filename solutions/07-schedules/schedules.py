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
# # Schedules
#
# *Exercises for the chapter of the same name. About 50 minutes. 10 points.*
#
# A schedule is a function: a step goes in, a learning rate comes out. Nothing is remembered between
# two calls, so training can be resumed anywhere. Here you write two of the best known ones, find
# out how far a third can ever walk, and test a sentence of the article on real schedules.
#
# | | you write | points |
# |---|---|---|
# | 1 | `cosine`: from the peak to the floor | 3 |
# | 2 | `warm_restarts`: again and again | 2 |
# | 3 | `exp_reach`: how far can a rate go that shrinks and shrinks? | 2 |
# | 4 | `has_increase`: does it ever go up? | 1 |
# | 5 | a judgement, in your own words | 2 |
#
# **How to work.** Replace `raise NotImplementedError()` by your code and run the cell, then the
# test cell below it. If it prints nothing, those tests pass. Otherwise read the *last lines* of the
# message. Each exercise is graded by itself. After you hand in, further tests try other cases.

# %% locked="imports"
import math

import numpy as np

# %% [markdown]
# ## 1. From the peak to the floor
#
# Cosine annealing goes from `peak` at step 0 to `floor` at step `T`:
#
# $$\eta(t) = \text{floor} + \tfrac12(\text{peak} - \text{floor})\,
# \bigl(1 + \cos(\pi\, t/T)\bigr).$$
#
# After step `T` it **stays at the floor**. (PyTorch's own class goes up again there; that is where
# the sentence comes from that a cosine "sometimes increases the rate".)
#
# Write `cosine(t, T, peak, floor=0.0)`. `t` is a step, 0 or above, or an array of steps; the answer
# has the same shape.


# %% solution="cosine"
def cosine(t, T, peak, floor=0.0):
    """Return the rate of cosine annealing at step t, or at each of the steps t."""
    ### BEGIN SOLUTION
    share_done = np.minimum(np.asarray(t, dtype=float) / T, 1.0)
    return floor + 0.5 * (peak - floor) * (1.0 + np.cos(np.pi * share_done))
    ### END SOLUTION


# %% tests="cosine" points=3 claims="C5.3"
from lrcourse.grading.expect import expect

chapter = "“Schedules”, section “The usual shapes”"
expect(
    cosine(5, 10, 1.0, 0.2),
    0.6,
    call="cosine(t=5, T=10, peak=1.0, floor=0.2)",
    mistakes=[
        (0.7, "the floor was added to the whole: half way it is half way between peak and floor"),
        (0.5, "the floor was left out"),
        (0.6841, "the last step is T, not T − 1: divide by T"),
        (0.2, "half of the angle is missing: the cosine runs from 0 to π"),
        (1.1, "half of (peak − floor): divide by two"),
    ],
    read=chapter,
)
expect(
    cosine(np.array([0, 10, 15, 20]), 10, 0.5),
    [0.5, 0.0, 0.0, 0.0],
    call="cosine(np.array([0, 10, 15, 20]), T=10, peak=0.5)",
    mistakes=[
        ([0.5, 0.0, 0.25, 0.5], "after T it goes up again: let t/T be at most 1"),
        ([0.5, 0.0122, 0.0, 0.0], "it arrives one step late: the floor is reached at step T"),
    ],
    hint="np.minimum(t / T, 1) works for numbers and arrays alike",
    read="the text above",
)
### BEGIN HIDDEN TESTS
import lrcourse.schedules as trusted_schedules

for span, summit, ground in ((1, 0.1, 0.0), (7, 3.0, 0.5), (100, 1.0, 0.01), (12, 0.2, 0.2)):
    moments = np.arange(2 * span + 3)
    angles = np.pi * np.minimum(moments, span) / span
    shape_due = ground + (summit - ground) * (1 + np.cos(angles)) / 2
    expect(cosine(moments, span, summit, ground), shape_due, call=f"cosine, T={span}", atol=1e-12)
    single = cosine(int(moments[1]), span, summit, ground)
    expect(np.shape(single), (), call="the shape of cosine at one step")
honest_curve = trusted_schedules.CosineAnnealing(0.3, 40)
steps_asked = np.arange(60)
expect(cosine(steps_asked, 40, 0.3), honest_curve(steps_asked), call="as lrcourse", atol=1e-12)
expect(cosine(np.zeros((2, 3), dtype=int), 5, 1), np.ones((2, 3)), call="an array of shape (2, 3)")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Again and again
#
# With **warm restarts** the cosine falls from `peak` to 0 and starts again at `peak`. The first
# cycle takes `T0` steps, each further one `mult` times as many as the one before: with `T0=2` and
# `mult=2` cycles begin at steps 0, 2, 6, 14, … At `s` steps into a cycle of length `L` the rate is
# `peak/2 · (1 + cos(π s/L))`.
#
# Write `warm_restarts(t, T0, mult, peak)` for one step `t`. `T0` and `mult` are whole numbers of at
# least 1. It must not depend on earlier calls.


# %% solution="warm_restarts"
def warm_restarts(t, T0, mult, peak):
    """Return the rate of cosine annealing with warm restarts at step t."""
    ### BEGIN SOLUTION
    into_cycle, cycle_length = t, T0
    while into_cycle >= cycle_length:
        into_cycle -= cycle_length
        cycle_length *= mult
    return 0.5 * peak * (1 + math.cos(math.pi * into_cycle / cycle_length))
    ### END SOLUTION


# %% tests="warm_restarts" points=2 claims="C5.5"
from lrcourse.grading.expect import expect

chapter = "“Schedules”, section “The usual shapes”"
expect(
    [warm_restarts(t, 2, 2, 1.0) for t in range(7)],
    [1.0, 0.5, 1.0, 0.853553, 0.5, 0.146447, 1.0],
    call="warm_restarts(t, T0=2, mult=2, peak=1.0) at t = 0 … 6",
    rtol=1e-4,
    mistakes=[
        ([1.0, 0.5, 1.0, 0.5, 1.0, 0.5, 1.0], "each cycle is `mult` times as long as the last"),
        (
            [1.0, 0.5, 0.0, 0.853553, 0.5, 0.146447, 0.0],
            "at step T0 a new cycle begins: its rate is the peak, not 0",
        ),
        (
            [1.0, 0.5, 0.5, 0.853553, 0.5, 0.146447, 0.5],
            "the peak stays the same in each cycle",
        ),
    ],
    read=chapter,
)
### BEGIN HIDDEN TESTS
for first_length, growth in ((1, 1), (3, 1), (2, 3), (5, 2), (10, 1)):
    begins_at, spans = [0], [first_length]
    while begins_at[-1] < 200:
        begins_at.append(begins_at[-1] + spans[-1])
        spans.append(spans[-1] * growth)
    for moment in (0, 1, 2, 3, 5, 7, 8, 20, 35, 79, 199):
        cycle = max(k for k, begin in enumerate(begins_at) if begin <= moment)
        phase = (moment - begins_at[cycle]) / spans[cycle]
        expect(
            warm_restarts(moment, first_length, growth, 0.4),
            0.2 * (1 + math.cos(math.pi * phase)),
            call=f"warm_restarts(t={moment}, T0={first_length}, mult={growth})",
            atol=1e-12,
        )
backwards = [warm_restarts(moment, 2, 2, 1.0) for moment in (9, 3, 9, 0)]
expect(backwards[0], backwards[2], call="the same step asked for twice")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. How far can a rate go that shrinks and shrinks?
#
# Exponential decay multiplies the rate by $\gamma < 1$ at each step: $\eta_0, \gamma\eta_0,
# \gamma^2\eta_0, \dots$ The sum of *all* rates is finite. On a flat slope training can move no
# farther than this sum times the slope, however long it runs: it freezes.
#
# Write `exp_reach(lr0, gamma)`: the sum of all rates, for ever. Raise a `ValueError` when `gamma`
# is not between 0 and 1 (both excluded), or `lr0` is not above 0.


# %% solution="exp_reach"
def exp_reach(lr0, gamma):
    """Return the sum of all rates of exponential decay."""
    ### BEGIN SOLUTION
    if not (lr0 > 0 and 0 < gamma < 1):
        raise ValueError(f"lr0 must be above 0 and gamma between 0 and 1, got {lr0} and {gamma}")
    kept_each_step = 1 - gamma
    return lr0 / kept_each_step
    ### END SOLUTION


# %% tests="exp_reach" points=2 claims="C5.4"
from lrcourse.grading.expect import expect

chapter = "“Schedules”, section “C5.4 Step decay and exponential decay”"
expect(
    exp_reach(0.5, 0.75),
    2.0,
    call="exp_reach(lr0=0.5, gamma=0.75)",
    mistakes=[
        (1.5, "the first step uses lr0 itself, not γ·lr0"),
        (0.666667, "1 − γ belongs below the line"),
        (0.125, "multiplied: the sum of a geometric series is lr0/(1 − γ)"),
    ],
    read=chapter,
)
for impossible in (1.0, 1.5, 0.0):
    try:
        exp_reach(0.5, impossible)
    except ValueError:
        continue
    raise AssertionError(f"exp_reach(0.5, gamma={impossible}) must raise a ValueError")
### BEGIN HIDDEN TESTS
for opening, shrink in ((0.1, 0.5), (3.0, 0.99), (1e-3, 0.999), (2, 0.1)):
    long_sum = opening * sum(shrink**k for k in range(60000))
    expect(exp_reach(opening, shrink), long_sum, call=f"exp_reach({opening}, {shrink})", rtol=1e-9)
for impossible in ((0.0, 0.5), (-1.0, 0.5), (1.0, -0.5), (1.0, math.nan), (math.nan, 0.5)):
    try:
        exp_reach(*impossible)
    except ValueError:
        continue
    raise AssertionError(f"exp_reach{impossible} must raise a ValueError")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Does it ever go up?
#
# "A cosine schedule sometimes increases the rate." To test a sentence like this, look at every
# step.
#
# Write `has_increase(lrs)`: `True` if some rate is higher than the one just before it. Differences
# of rounding do not count: an increase is **more than one part in a million** of the rate before.


# %% solution="has_increase"
def has_increase(lrs):
    """Say whether a list of rates goes up anywhere."""
    ### BEGIN SOLUTION
    ladder = np.asarray(lrs, dtype=float)
    return bool((ladder[1:] > ladder[:-1] * (1 + 1e-6)).any())
    ### END SOLUTION


# %% tests="has_increase" points=1 claims="C5.5"
from lrcourse.grading.expect import expect

expect(
    has_increase([1.0, 0.5, 0.1, 0.4, 0.05]),
    True,
    call="has_increase([1.0, 0.5, 0.1, 0.4, 0.05])",
    mistakes=[(False, "the last is below the first, but in between it rises: look at each step")],
    read="the text above",
)
expect(
    has_increase([1.0, 0.5, 0.5, 0.1]),
    False,
    call="has_increase([1.0, 0.5, 0.5, 0.1])",
    mistakes=[(True, "staying equal is no increase")],
    read="the text above",
)
### BEGIN HIDDEN TESTS
import lrcourse.schedules as trusted_schedules

half_wave = 0.5 * (1 + np.cos(np.pi * np.arange(21) / 10))
for rates_seen, rises in (
    (half_wave[:11], False),
    (half_wave, True),
    (trusted_schedules.CosineAnnealing(0.1, 50)(np.arange(120)), False),
    ([0.3], False),
    ([], False),
    (0.1 * np.ones(50) * (1 + 1e-12 * np.arange(50)), False),
    ([1, 2], True),
    ([0.0, 0.0, 1e-9], True),
    (list(0.9 ** np.arange(40)), False),
):
    expect(has_increase(rates_seen), rises, call=f"has_increase of {len(rates_seen)} rates")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Your judgement
#
# A course says: *"Use a learning-rate schedule; then the choice of the learning rate no longer
# matters."*
#
# Answer in four to eight sentences. Say what a schedule that ends near zero does for you and **when
# it does nothing**, what it cannot repair, and how you would compare two schedules fairly. A person
# reads this answer.

# %% [markdown] manual="judgement" points=2 claims="C5.6"
# **Rubric for the answer to the course, 2 points**
#
# * *Half a point:* a decay removes the noise floor at the end, and allows a larger rate before.
# * *Half a point:* it does nothing where there is no noise to remove: full batch, or interpolation.
# * *Half a point:* a peak beyond stability still fails, and a peak far too small is still too
#   small.
# * *Half a point:* a fair comparison: each schedule with a peak tuned for it, on seeds that were
#   not used for tuning.
#
# **A sample answer to the course**
#
# A schedule moves the question, it does not answer it: the peak is now what you have to choose. If
# it lies beyond the limit, training dies before the decay begins, and if it is a hundredth of what
# the task could bear, the decay makes slow training slower. What a schedule buys is that you may be
# fast and noisy first and precise at the end, since the noise floor sinks with the rate. Where
# there is no noise, with full batches or when every example is fitted, I would expect nothing from
# it. To compare two of them I would tune the peak of each on some seeds and then race them on fresh
# ones, with an interval of the paired difference; one common peak would only show whom it suits.
