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
# # Too small: the price
#
# *Exercises for the chapter of the same name. About 35 minutes. 9 points.*
#
# A small learning rate is paid for in steps. Here you measure the price, read the best rate off a
# sweep in which some runs have died, and work out when a larger budget can make up for a smaller
# rate.
#
# | | you write | points |
# |---|---|---|
# | 1 | `steps_to`: how long until the loss is low enough? | 2 |
# | 2 | `best_rate`: the best of a sweep, and a warning | 3 |
# | 3 | `budget_needed`: the same progress at another rate | 2 |
# | 4 | a judgement, in your own words | 2 |
#
# **How to work.** Replace `raise NotImplementedError()` by your code and run the cell, then the
# test cell below it. If it prints nothing, those tests pass. Otherwise read the *last lines* of the
# message. Each exercise is graded by itself. After you hand in, further tests try other cases.

# %% locked="imports"
import math

import numpy as np

# %% [markdown]
# ## 1. How long until the loss is low enough?
#
# `losses[t]` is the loss **after `t` steps**; `losses[0]` is the loss before training. Write
# `steps_to(losses, target)`: the number of steps until the loss is **at or below** `target` for the
# first time. A run that never gets there has needed infinitely many: return `math.inf`. A loss of
# `nan` has not got there.


# %% solution="steps_to"
def steps_to(losses, target):
    """Return after how many steps the loss first reaches the target; inf if never."""
    ### BEGIN SOLUTION
    for steps_taken, loss_then in enumerate(losses):
        if loss_then <= target:
            return steps_taken
    return math.inf
    ### END SOLUTION


# %% tests="steps_to" points=2 claims="C0.2 C5.1"
from lrcourse.grading.expect import expect

chapter = "“Too small: the price”, section “What many steps are worth”"
expect(
    steps_to([2.0, 1.0, 0.5, 0.6, 0.4], 0.5),
    2,
    call="steps_to([2.0, 1.0, 0.5, 0.6, 0.4], target=0.5)",
    mistakes=[
        (3, "the loss at index 0 is the one before training: index 2 means two steps"),
        (4, "at index 2 the loss equals the target, and that counts (<=)"),
        (1, "after one step the loss is 1.0, still above the target"),
        (0.5, "the number of steps is asked for, not the loss"),
    ],
    read=chapter,
)
expect(
    steps_to([2.0, 1.0], 0.5),
    math.inf,
    call="steps_to([2.0, 1.0], target=0.5), a run that never gets there",
    mistakes=[
        (0, "np.argmax of nothing but False is 0, as if the run had been there at once"),
        (1, "the run ends, but it has not arrived: return math.inf"),
        (2, "the run ends, but it has not arrived: return math.inf"),
        (-1, "-1 would be the best of all when runs are compared: return math.inf"),
    ],
    read="the text above",
)
### BEGIN HIDDEN TESTS
patience_dice = np.random.default_rng(6101)
for _ in range(30):
    descent = patience_dice.uniform(0, 1, size=int(patience_dice.integers(1, 12)))
    bar_wanted = float(patience_dice.uniform(0, 0.5))
    reached = [k for k, height in enumerate(descent) if height <= bar_wanted]
    answer_due = reached[0] if reached else math.inf
    expect(steps_to(descent, bar_wanted), answer_due, call=f"steps_to of {len(descent)} losses")
expect(steps_to([0.1, 0.2], 0.5), 0, call="a run that begins below the target")
expect(steps_to([math.nan, math.nan, 0.1], 0.5), 2, call="nan before the arrival")
expect(steps_to([1.0, math.nan], 0.5), math.inf, call="a run that ends in nan")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. The best of a sweep, and a warning
#
# A sweep trained one run at each rate of a grid. Some runs diverged: their loss is `nan` or `inf`.
# Write `best_rate(grid, losses)`, which returns two things:
#
# * the rate with the **lowest finite loss** (of equal ones, the smallest rate);
# * a flag, `True` if that rate is the **first or the last of the grid**. Then the true optimum may
#   lie outside, and the grid must grow before anybody believes it.
#
# `grid` is sorted upwards. Raise a `ValueError` when no loss is finite.


# %% solution="best_rate"
def best_rate(grid, losses):
    """Return the rate with the lowest finite loss, and whether it lies at an end of the grid."""
    ### BEGIN SOLUTION
    heights = np.asarray(losses, dtype=float)
    if not np.isfinite(heights).any():
        raise ValueError("no run of this sweep has a finite loss")
    winner = int(np.argmin(np.where(np.isfinite(heights), heights, np.inf)))
    return float(grid[winner]), winner in (0, len(heights) - 1)
    ### END SOLUTION


# %% tests="best_rate" points=3 claims="C3.3"
from lrcourse.grading.expect import expect

chapter = "“Too small: the price”, section “The two walls”"
grid = [0.01, 0.03, 0.1, 0.3]
expect(
    best_rate(grid, [1.0, 0.4, 0.7, math.nan]),
    (0.03, False),
    call="best_rate([0.01, 0.03, 0.1, 0.3], [1.0, 0.4, 0.7, nan])",
    mistakes=[
        ((0.3, True), "np.argmin takes nan for the smallest: leave runs that diverged out"),
        ((0.4, False), "the rate is asked for, not its loss"),
        (0.03, "two things are asked for: the rate and the flag"),
        ((1, False), "the rate is asked for, not its place in the grid"),
    ],
    read=chapter,
)
expect(
    best_rate(grid, [1.0, 0.8, 0.6, 0.5]),
    (0.3, True),
    call="best_rate([0.01, 0.03, 0.1, 0.3], [1.0, 0.8, 0.6, 0.5])",
    mistakes=[((0.3, False), "the best is the last of the grid: still falling, so raise the flag")],
    read="the text above",
)
expect(
    best_rate(grid, [1.0, 0.4, math.nan, math.inf]),
    (0.03, False),
    call="best_rate([0.01, 0.03, 0.1, 0.3], [1.0, 0.4, nan, inf])",
    mistakes=[
        (
            (0.03, True),
            "0.03 is the last that lives, but not the last of the grid: the wall is in sight",
        ),
    ],
    read="the text above",
)
### BEGIN HIDDEN TESTS
sweep_dice = np.random.default_rng(6102)
for _ in range(40):
    rungs = int(sweep_dice.integers(1, 9))
    ladder = np.sort(10 ** sweep_dice.uniform(-4, 1, size=rungs))
    results = sweep_dice.integers(1, 6, size=rungs).astype(float)
    results[sweep_dice.random(rungs) < 0.3] = sweep_dice.choice([math.nan, math.inf])
    living = [k for k in range(rungs) if math.isfinite(results[k])]
    if not living:
        continue
    first_best = min(living, key=lambda k: (results[k], k))
    pair_due = (float(ladder[first_best]), first_best in (0, rungs - 1))
    expect(best_rate(ladder, results), pair_due, call=f"best_rate of {rungs} rates")
expect(best_rate((1, 2, 3), (3, -math.inf, 2)), (3.0, True), call="a loss of -inf is not finite")
for dead in ([math.nan], [math.inf, math.nan], []):
    try:
        best_rate([0.1, 0.2][: len(dead)], dead)
    except ValueError:
        continue
    raise AssertionError(f"best_rate of the losses {dead} must raise a ValueError")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. The same progress at another rate
#
# Well below the limit of stability, $T$ steps at rate $\eta$ take you as far as $T\eta/\eta_2$
# steps at rate $\eta_2$: only the product counts. A tenth of the rate needs ten times the steps.
#
# The rule ends at the limit of stability. Write `budget_needed(T, lr, lr2, limit)`: the steps at
# rate `lr2` that are worth `T` steps at `lr`, **rounded up** to a whole number. Raise a
# `ValueError` when `lr2` is at or above `limit`, where no number of steps helps, and when a rate
# is not above 0.


# %% solution="budget_needed"
def budget_needed(T, lr, lr2, limit):
    """Return how many steps at lr2 are worth T steps at lr."""
    ### BEGIN SOLUTION
    if not (lr > 0 and 0 < lr2 < limit):
        raise ValueError(f"rates must lie between 0 and the limit {limit}, got {lr} and {lr2}")
    worth = T * lr / lr2
    return math.ceil(worth - 1e-9 * worth)
    ### END SOLUTION


# %% tests="budget_needed" points=2 claims="C5.1"
from lrcourse.grading.expect import expect

chapter = "“Too small: the price”, section “What many steps are worth”"
expect(
    budget_needed(100, 0.2, 0.05, limit=1.0),
    400,
    call="budget_needed(T=100, lr=0.2, lr2=0.05, limit=1.0)",
    mistakes=[
        (25, "wrong way round: a smaller rate needs more steps"),
        (1600, "the ratio counts once: steps are proportional to 1/η"),
        (100, "the same number of steps takes a smaller rate less far"),
    ],
    read=chapter,
)
expect(
    budget_needed(10, 0.1, 0.3, limit=1.0),
    4,
    call="budget_needed(T=10, lr=0.1, lr2=0.3, limit=1.0)",
    mistakes=[
        (3, "3 steps are too few: 3 times 0.3 is less than 10 times 0.1; round up"),
        (3.3333333, "steps are whole: round up"),
    ],
    read="the text above",
)
try:
    budget_needed(100, 0.2, 1.5, limit=1.0)
except ValueError:
    pass
else:
    raise AssertionError("budget_needed with lr2=1.5 and limit=1.0 must raise a ValueError")
### BEGIN HIDDEN TESTS
for horizon_run, rate_one, rate_two, steps_due in (
    (100, 0.1, 0.1, 100),
    (7, 0.3, 0.1, 21),
    (1000, 1e-3, 1e-4, 10000),
    (1, 0.5, 0.4, 2),
    (0, 0.1, 0.2, 0),
    (250, 0.25, 0.5, 125),
):
    expect(
        budget_needed(horizon_run, rate_one, rate_two, 2.0),
        steps_due,
        call=f"budget_needed({horizon_run}, {rate_one}, {rate_two}, limit=2)",
    )
for bad_rates in ((0.1, 2.0), (0.1, 0.0), (0.0, 0.1), (0.1, -1.0), (0.1, math.nan)):
    try:
        budget_needed(10, *bad_rates, 2.0)
    except ValueError:
        continue
    raise AssertionError(f"budget_needed with lr, lr2 = {bad_rates} must raise a ValueError")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Your judgement
#
# A manager asks: *"Our model must be good, not fast. So why don't we simply take a rate ten times
# smaller, to be on the safe side?"*
#
# Answer in four to eight sentences. Say what the smaller rate costs **in numbers**, what happens to
# the result if the budget stays as it is, and in which direction a *bad* rate is easier to notice.
# A person reads this answer.

# %% [markdown] manual="judgement" points=2 claims="C3.3 C5.1"
# **Rubric for the answer to the manager, 2 points**
#
# * *Half a point:* ten times the steps for the same loss, so ten times the bill.
# * *Half a point:* with the same budget the model ends worse, not safer.
# * *Half a point:* the asymmetry: too large explodes in view within minutes, too small looks like
#   slow, honest progress.
# * *Half a point:* a proposal: a short sweep over factors of three, best rate inside the grid, then
#   a schedule that ends low.
#
# **A sample answer to the manager**
#
# A tenth of the rate needs about ten times the steps to come equally far, so the safe side costs
# ten times the computing bill. If the bill must stay as it is, training stops a tenth of the way
# along, and the model is worse. The danger you have in mind announces itself: a rate that is too
# large blows up in the first minutes and costs us a restart. A rate that is too small looks like
# steady progress for weeks, and nobody ever sees the model we could have had. Let me spend one
# percent of the budget on a sweep with factors of three and show you the curve; then we start
# near the best rate and let a schedule bring it down.
