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
# # Warm-up
#
# *Exercises for the chapter of the same name. About 40 minutes. 10 points.*
#
# Warm-up lets the rate climb to its peak before it falls. It helps where the start is sharper than
# the peak can bear, and does nothing elsewhere. Here you write the schedule, read off a sweep how
# large a rate still trains, and say when a warm-up is worth a thought.
#
# | | you write | points |
# |---|---|---|
# | 1 | `warm_cosine`: up, then down | 3 |
# | 2 | `max_trainable_lr`: how far does training reach? | 3 |
# | 3 | `needs_warmup`: no, perhaps, yes | 2 |
# | 4 | a judgement, in your own words | 2 |
#
# **How to work.** Replace `raise NotImplementedError()` by your code and run the cell, then the
# test cell below it. If it prints nothing, those tests pass. Otherwise read the *last lines* of the
# message. Each exercise is graded by itself. After you hand in, further tests try other cases.

# %% locked="imports"
import math

import numpy as np

# %% [markdown]
# ## 1. Up, then down
#
# Write `warm_cosine(t, W, T, peak)`: the rate at step `t` (0, 1, 2, …) of a run of `T` steps.
#
# * In the first `W` steps it climbs in a straight line: `peak * (t + 1) / W`. The very first step
#   is **not zero** (a step of size zero is a step wasted), and step `W - 1` has the peak.
# * From step `W` on it falls as a cosine: `peak / 2 * (1 + cos(π (t - W) / (T - W)))`, down to 0 at
#   step `T`. After that it stays 0.
#
# `W` may be 0: then there is no climb. You may rely on `0 <= W < T`.


# %% solution="warm_cosine"
def warm_cosine(t, W, T, peak):
    """Return the rate at step t: W steps up in a line, then a cosine down to 0 at T."""
    ### BEGIN SOLUTION
    if t < W:
        return peak * (t + 1) / W
    descent_share = min((t - W) / (T - W), 1.0)
    return 0.5 * peak * (1 + math.cos(math.pi * descent_share))
    ### END SOLUTION


# %% tests="warm_cosine" points=3 claims="C2.4"
from lrcourse.grading.expect import expect

chapter = "“Warm-up”, section “Two ways out”"
expect(
    [warm_cosine(t, 4, 8, 1.0) for t in range(9)],
    [0.25, 0.5, 0.75, 1.0, 1.0, 0.853553, 0.5, 0.146447, 0.0],
    call="warm_cosine(t, W=4, T=8, peak=1.0) at t = 0 … 8",
    rtol=1e-4,
    atol=1e-6,
    mistakes=[
        (
            [0.0, 0.25, 0.5, 0.75, 1.0, 0.853553, 0.5, 0.146447, 0.0],
            "the first step has rate 0, and is wasted: count from t + 1",
        ),
        (
            [0.25, 0.5, 0.75, 1.0, 0.5, 0.308658, 0.146447, 0.03806, 0.0],
            "the cosine begins at step W, not at step 0: use t − W and T − W",
        ),
        (
            [0.25, 0.5, 0.75, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0],
            "that is a straight line down; a cosine is asked for",
        ),
    ],
    read=chapter,
)
expect(
    warm_cosine(12, 4, 8, 1.0),
    0.0,
    call="warm_cosine(t=12, W=4, T=8, peak=1.0), after the end",
    mistakes=[(1.0, "after T the cosine climbs again: it should stay at 0")],
    read="the text above",
)
### BEGIN HIDDEN TESTS
for climb, whole_run, summit in ((0, 5, 0.3), (1, 4, 2.0), (10, 100, 0.01), (7, 8, 1.0)):
    for moment in range(whole_run + 4):
        if moment < climb:
            height_due = summit * (moment + 1) / climb
        else:
            angle_now = math.pi * min(moment - climb, whole_run - climb) / (whole_run - climb)
            height_due = summit * math.cos(angle_now / 2) ** 2
        seen_height = warm_cosine(moment, climb, whole_run, summit)
        expect(seen_height, height_due, call=f"step {moment}, W={climb}, T={whole_run}", atol=1e-12)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. How far does training reach?
#
# A sweep trained one run at each rate of `grid`, sorted upwards; `final` holds the losses at the
# end. A run has **learned** if its loss is finite and **below** `chance`, the loss of guessing.
#
# Write `max_trainable_lr(grid, final, chance)`: the largest rate such that it **and every smaller
# rate of the grid** have learned. A lucky run beyond a hole does not count: you could not rely on
# it. If not even the smallest rate has learned, return `nan`.


# %% solution="max_trainable_lr"
def max_trainable_lr(grid, final, chance):
    """Return the largest rate up to which every run has learned; nan if the first has not."""
    ### BEGIN SOLUTION
    reliable = math.nan
    for rung, ended_at in zip(grid, final, strict=True):
        if not (math.isfinite(ended_at) and ended_at < chance):
            break
        reliable = float(rung)
    return reliable
    ### END SOLUTION


# %% tests="max_trainable_lr" points=3 claims="C8.3"
from lrcourse.grading.expect import expect

rates = [0.01, 0.03, 0.1, 0.3, 1.0]
expect(
    max_trainable_lr(rates, [0.9, 0.4, 2.3, 0.5, math.nan], 2.0),
    0.03,
    call="max_trainable_lr(rates, [0.9, 0.4, 2.3, 0.5, nan], chance=2.0)",
    mistakes=[
        (0.3, "0.3 has learned, but 0.1 below it has not: a hole ends the range"),
        (0.1, "0.1 is the first that has not learned: the last one before it is asked for"),
        (1.0, "nan is no loss below chance"),
        (0.01, "0.03 has learned as well"),
    ],
    read="“Warm-up”, section “The limit moves”",
)
expect(
    max_trainable_lr(rates, [2.5, 0.4, 0.3, 0.5, 0.6], 2.0),
    math.nan,
    call="max_trainable_lr(rates, [2.5, 0.4, 0.3, 0.5, 0.6], chance=2.0)",
    mistakes=[
        (1.0, "not even the smallest rate has learned, so there is no range that begins there"),
    ],
    read="the text above",
)
### BEGIN HIDDEN TESTS
reach_dice = np.random.default_rng(10102)
for _ in range(40):
    rungs_there = int(reach_dice.integers(1, 9))
    ladder_there = np.geomspace(1e-3, 10, rungs_there)
    ended = reach_dice.uniform(0, 3, size=rungs_there)
    ended[reach_dice.random(rungs_there) < 0.2] = reach_dice.choice([math.nan, math.inf])
    good = 0
    while good < rungs_there and math.isfinite(ended[good]) and ended[good] < 2.3:
        good += 1
    reach_due = float(ladder_there[good - 1]) if good else math.nan
    expect(max_trainable_lr(ladder_there, ended, 2.3), reach_due, call=f"{rungs_there} rates")
expect(max_trainable_lr((1, 2), (2.0, 1.0), 2.0), math.nan, call="a loss equal to chance")
expect(max_trainable_lr((1, 2), (-math.inf, 1.0), 2.0), math.nan, call="a loss of -inf")
expect(max_trainable_lr((1, 2), (1, 1), 2), 2.0, call="all have learned")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. No, perhaps, yes
#
# At the start the curvature of the loss is $\lambda_0$. With a peak rate $\eta$ three things can
# happen in the first steps, as in the chapter on the catapult:
#
# | $\eta\lambda_0$ | without warm-up | answer |
# |---|---|---|
# | up to 2, 2 included | the first steps are stable | `"no"` |
# | above 2, up to 4, 4 included | it may catapult to a flatter place by itself | `"perhaps"` |
# | above 4 | the solvable model says that it is lost | `"yes"` |
#
# Write `needs_warmup(eta, lambda0)`. Raise a `ValueError` when one of them is not above 0.


# %% solution="needs_warmup"
def needs_warmup(eta, lambda0):
    """Say whether a peak rate needs a warm-up at this starting curvature."""
    ### BEGIN SOLUTION
    if not (eta > 0 and lambda0 > 0):
        raise ValueError(f"rate and curvature must be above 0, got {eta} and {lambda0}")
    starting_strain = eta * lambda0
    answers_by_strain = {True: "yes", starting_strain <= 4: "perhaps", starting_strain <= 2: "no"}
    return answers_by_strain[True]
    ### END SOLUTION


# %% tests="needs_warmup" points=2 claims="C2.4 C8.3"
from lrcourse.grading.expect import expect

for eta, lambda0, answer, mistake in (
    (0.1, 5.0, "no", "the product is 0.5: stable from the first step, a warm-up only costs time"),
    (0.1, 30.0, "perhaps", "the product is 3: above 2, but it may come back by itself"),
    (0.1, 50.0, "yes", "the product is 5: above 4"),
    (0.5, 4.0, "no", "the product is exactly 2, which the table includes"),
):
    expect(
        needs_warmup(eta, lambda0),
        answer,
        call=f"needs_warmup(eta={eta}, lambda0={lambda0})",
        mistakes=[(other, mistake) for other in ("no", "perhaps", "yes") if other != answer],
        read="the table above",
    )
### BEGIN HIDDEN TESTS
for peak_asked, bend_at_start, word_due in (
    (1.0, 4.0, "perhaps"),
    (1.0, 4.0009765625, "yes"),
    (2.0, 1.0, "no"),
    (1.0, 2.0009765625, "perhaps"),
    (1e-4, 1e3, "no"),
    (1e-4, 1e5, "yes"),
    (3, 1, "perhaps"),
    (np.float32(0.5), 10, "yes"),
):
    answered = needs_warmup(peak_asked, bend_at_start)
    expect(answered, word_due, call=f"needs_warmup({peak_asked}, {bend_at_start})")
for odd_pair in ((0.0, 1.0), (1.0, 0.0), (-1.0, -1.0), (math.nan, 1.0)):
    try:
        needs_warmup(*odd_pair)
    except ValueError:
        continue
    raise AssertionError(f"needs_warmup{odd_pair} must raise a ValueError")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Your judgement
#
# A template begins every training with a warm-up over 30 % of the steps, *"because large models are
# trained that way"*. Your model is a small perceptron with a standard initialisation.
#
# Answer in four to eight sentences. Say **what you would measure to see whether it needs one**,
# what the 30 % cost, and name a model where warm-up decides whether anything is learned at all. A
# person reads this answer.

# %% [markdown] manual="judgement" points=2 claims="C8.3"
# **Rubric for the answer about the template, 2 points**
#
# * *Half a point:* measure the curvature at the start and compare peak times curvature with 2; or
#   run with and without on a few seeds.
# * *Half a point:* cost: a third of the budget at less than full speed, a worse loss at the end.
# * *Half a point:* where it decides: very sharp starts, such as large gains in deep ReLU nets or
#   post-norm transformers with Adam.
# * *Half a point:* a short warm-up is enough where one is needed; the reason is the limit of
#   stability, not the size of the model.
#
# **A sample answer about the template**
#
# I would compute the sharpness at initialisation by a few Hessian-vector products and multiply it
# with the peak rate. For a small perceptron with a standard start I expect less than two, and
# then the warm-up protects from nothing, while for a third of the run we walk more slowly than we
# could. If I am in doubt, I run both versions with a few seeds, which is cheap at this size. In a
# transformer with normalisation after each block, trained by Adam, the start is so sharp that
# without any warm-up the loss stays at chance, and five or ten percent of the steps repair it. So
# the question is how sharp your start is, not how large the models in the news are.
