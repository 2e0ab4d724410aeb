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
# # Monitoring: stopping, plateaus, cycles
#
# *Exercises for the chapter of the same name. About 50 minutes. 10 points.*
#
# A run is under way and you watch its curves. Here you write the rules that watch for you: one
# that stops, one that cuts the rate, one that picks a snapshot. Then you write down, as a
# program, how to read two curves before you touch the rate.
#
# | | you write | points |
# |---|---|---|
# | 1 | `early_stop`: which weights are kept, and when is it over? | 2 |
# | 2 | `plateau_lr`: cut the rate when nothing gets better | 3 |
# | 3 | `snapshot_best`: pick among the ends of cycles | 1 |
# | 4 | `diagnose`: read both curves | 2 |
# | 5 | a judgement, in your own words | 2 |
#
# **How to work.** Replace `raise NotImplementedError()` by your code and run the cell, then the
# test cell below it. If it prints nothing, those tests pass. Otherwise read the *last lines* of the
# message. Each exercise is graded by itself. After you hand in, further tests try other cases.

# %% locked="imports"
import math

import numpy as np

# %% [markdown]
# ## 1. Which weights are kept, and when is it over?
#
# `val` holds the validation losses of a run, one a check, the first one finite. Walk through it as
# if you were there: you cannot see what comes later.
#
# * A loss is an **improvement** if it is below `best - min_delta`, where `best` is the loss of the
#   last improvement. The first loss is one. A `nan` is none.
# * After `patience` checks **in a row** without an improvement it is over.
#
# Write `early_stop(val, patience, min_delta=0.0)`, which returns two indices: the check whose
# weights are **kept**, that is the last improvement, and the check at which it **stops**. If it
# never stops, the second is the last check.


# %% solution="early_stop"
def early_stop(val, patience, min_delta=0.0):
    """Return the index of the check that is kept, and of the check at which it stops."""
    ### BEGIN SOLUTION
    kept_at = 0
    for check_now, loss_now in enumerate(val):
        if loss_now < val[kept_at] - min_delta:
            kept_at = check_now
        elif check_now - kept_at == patience:
            return kept_at, check_now
    return kept_at, len(val) - 1
    ### END SOLUTION


# %% tests="early_stop" points=2 claims="C8.1"
from lrcourse.grading.expect import expect

section = "“Monitoring: stopping, plateaus, cycles”, section “What to watch”"
expect(
    early_stop([0.9, 0.5, 0.6, 0.7, 0.8, 0.3], 2),
    (1, 3),
    call="early_stop([0.9, 0.5, 0.6, 0.7, 0.8, 0.3], patience=2)",
    mistakes=[
        ((3, 3), "the weights of check 1 are kept, not those of the check at which it stops"),
        ((5, 5), "the loss at check 5 is never seen: the run is over before"),
        ((5, 3), "the loss at check 5 is never seen: the run is over before"),
        ((1, 4), "two checks in a row without an improvement are 2 and 3: it stops at 3"),
    ],
    read=section,
)
expect(
    early_stop([0.9, 0.95, 0.8, 0.85, 0.7, 0.75], 2),
    (4, 5),
    call="early_stop([0.9, 0.95, 0.8, 0.85, 0.7, 0.75], patience=2)",
    mistakes=[
        ((2, 3), "an improvement starts the count again: the checks must be in a row"),
    ],
    read="the text above",
)
expect(
    early_stop([1.0, 0.95, 0.85, 0.8], 3, min_delta=0.1),
    (2, 3),
    call="early_stop([1.0, 0.95, 0.85, 0.8], patience=3, min_delta=0.1)",
    mistakes=[
        ((3, 3), "0.8 is only 0.05 below 0.85, and min_delta asks for more than 0.1"),
        ((0, 3), "0.85 is 0.15 below 1.0, the last improvement: compare with that, not with 0.95"),
    ],
    read="the text above",
)
### BEGIN HIDDEN TESTS
import lrcourse.monitoring as trusted_watch

watch_dice = np.random.default_rng(11101)
for tolerated in (1, 2, 3, 7):
    for needed_gain in (0.0, 0.05):
        for _ in range(6):
            seen_losses = np.round(watch_dice.normal(size=30).cumsum() * 0.1 + 3, 2)
            seen_losses[1:][watch_dice.random(29) < 0.1] = math.nan
            rule = trusted_watch.EarlyStopping(tolerated, needed_gain)
            memory = rule.init()
            for moment_seen, loss_seen in enumerate(seen_losses):
                memory = rule.update(memory, moment_seen, loss_seen)
                if memory.should_stop:
                    break
            expect(
                early_stop(seen_losses.tolist(), tolerated, needed_gain),
                (memory.best_step, moment_seen),
                call=f"30 losses, patience {tolerated}, min_delta {needed_gain}",
            )
expect(early_stop(np.array([2.0]), 1), (0, 0), call="a single check")
expect(early_stop((3, 2, 2, 2, 2), 3), (1, 4), call="equal losses are no improvement")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Cut the rate when nothing gets better
#
# The rule starts at the rate `lr0` and reads one validation loss after each epoch.
#
# * A loss **below the lowest one so far** is an improvement, and sets the count of bad epochs to 0.
#   Any other loss adds one to the count.
# * As soon as the count is **above** `patience`, the rate is multiplied by `factor`, and the count
#   is set to 0: the new rate gets its own chance.
#
# Write `plateau_lr(vals, lr0, factor, patience)`: the list of the rates with which the epochs are
# trained, one for each entry of `vals`. The first is `lr0`, for nothing is known before epoch 0,
# and what epoch `k` brings can only change the rate of epoch `k + 1`.


# %% solution="plateau_lr"
def plateau_lr(vals, lr0, factor, patience):
    """Return the rate of each epoch, under a rule that cuts the rate on a plateau."""
    ### BEGIN SOLUTION
    rates_used, rate_now = [], lr0
    lowest_seen, bad_in_a_row = math.inf, 0
    for epoch_loss in vals:
        rates_used.append(rate_now)
        bad_in_a_row = 0 if epoch_loss < lowest_seen else bad_in_a_row + 1
        lowest_seen = min(lowest_seen, epoch_loss)
        if bad_in_a_row > patience:
            rate_now, bad_in_a_row = rate_now * factor, 0
    return rates_used
    ### END SOLUTION


# %% tests="plateau_lr" points=3 claims="C5.2"
from lrcourse.grading.expect import expect

flat = [3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0]
expect(
    plateau_lr(flat, 1.0, 0.5, 1),
    [1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.25],
    call="plateau_lr([3, 2, 2, 2, 2, 2, 2], lr0=1, factor=0.5, patience=1)",
    mistakes=[
        (
            [1.0, 1.0, 1.0, 1.0, 0.5, 0.25, 0.125],
            "after a cut the count starts at 0 again, else every later epoch cuts",
        ),
        (
            [1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25],
            "what epoch 3 brings changes the rate of epoch 4, not its own",
        ),
        (
            [1.0, 1.0, 1.0, 0.5, 0.25, 0.125, 0.0625],
            "it cuts when the count is above the patience, not when it reaches it",
        ),
        (
            [1.0] * 7,
            "a loss that equals the lowest one is no improvement",
        ),
    ],
    read="“Monitoring: stopping, plateaus, cycles”, section “C8.2”",
)
expect(
    plateau_lr([3.0, 4.0, 2.0, 3.0, 1.0, 2.0], 1.0, 0.1, 1),
    [1.0] * 6,
    call="plateau_lr([3, 4, 2, 3, 1, 2], lr0=1, factor=0.1, patience=1)",
    mistakes=[
        (
            [1.0, 1.0, 1.0, 1.0, 0.1, 0.1],
            "the bad epochs are not in a row: an improvement sets the count to 0",
        ),
    ],
    read="the text above",
)
expect(
    plateau_lr([1.0, 3.0, 2.5, 2.0, 1.5], 1.0, 0.1, 2),
    [1.0, 1.0, 1.0, 1.0, 0.1],
    call="plateau_lr([1, 3, 2.5, 2, 1.5], lr0=1, factor=0.1, patience=2)",
    mistakes=[
        ([1.0] * 5, "falling is not enough: a loss must be below the lowest one so far"),
    ],
    read="the text above",
)
### BEGIN HIDDEN TESTS
import lrcourse.schedules as trusted_schedules

cut_dice = np.random.default_rng(11102)
for borne in (0, 1, 3):
    for share_left in (0.1, 0.5):
        for _ in range(8):
            told_losses = np.round(3 + cut_dice.normal(size=25).cumsum() * 0.2, 1)
            watcher = trusted_schedules.Plateau(
                0.8, share_left, borne, threshold=0.0, threshold_mode="abs", eps=0.0
            )
            seen_state, rates_due = watcher.init(), []
            for told_loss in told_losses:
                rates_due.append(seen_state.lr)
                seen_state = watcher.update(seen_state, told_loss)
            expect(
                plateau_lr(told_losses.tolist(), 0.8, share_left, borne),
                rates_due,
                call=f"25 losses, factor {share_left}, patience {borne}",
            )
expect(plateau_lr((5,), 0.3, 0.5, 0), [0.3], call="a single epoch")
expect(plateau_lr(np.array([1.0, 1.0, 0.5]), 1, 0.5, 0), [1.0, 1.0, 0.5], call="an array")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Pick among the ends of cycles
#
# With a cyclic rate of `period` steps, each cycle ends at a low rate, after the steps with the
# indices `period - 1`, `2 * period - 1`, and so on. Only there are the weights worth keeping. In
# between the rate is high, and a low loss there is luck that one batch brought.
#
# Write `snapshot_best(losses, period)`: the index of the **end of a cycle** with the lowest loss,
# the earlier one if two are equal. A `nan` never wins. Raise a `ValueError` when no whole cycle has
# a loss that is a number.


# %% solution="snapshot_best"
def snapshot_best(losses, period):
    """Return the index of the end of a cycle with the lowest loss."""
    ### BEGIN SOLUTION
    cycle_ends = np.asarray(losses, dtype=float)[period - 1 :: period]
    if not (~np.isnan(cycle_ends)).any():
        raise ValueError(f"no whole cycle of {period} steps ends with a number")
    return period * (int(np.nanargmin(cycle_ends)) + 1) - 1
    ### END SOLUTION


# %% tests="snapshot_best" points=1 claims="C8.4"
from lrcourse.grading.expect import expect

expect(
    snapshot_best([5.0, 0.1, 3.0, 4.0, 0.2, 2.0, 9.0, 0.3], 3),
    5,
    call="snapshot_best([5, 0.1, 3, 4, 0.2, 2, 9, 0.3], period=3)",
    mistakes=[
        (1, "index 1 is in the middle of a cycle: cycles end at 2 and 5"),
        (1.0, "index 1 is in the middle of a cycle: cycles end at 2 and 5"),
        (7, "the last cycle is not finished: its end would be index 8"),
        (3, "cycles begin at 0, 3, 6 and end at 2, 5"),
        (2, "the loss at 5 is lower than at 2"),
        (2.0, "the index of the step is asked for, not its loss"),
    ],
    read="“Monitoring: stopping, plateaus, cycles”, section “C8.4”",
)
### BEGIN HIDDEN TESTS
round_dice = np.random.default_rng(11103)
for turn_length in (1, 2, 5, 10):
    for _ in range(8):
        whole_turns, rest_of_turn = round_dice.integers(1, 6), round_dice.integers(0, turn_length)
        every_loss = np.round(round_dice.uniform(0, 1, whole_turns * turn_length + rest_of_turn), 1)
        every_loss[::3] = np.where(round_dice.random(len(every_loss[::3])) < 0.2, math.nan, 0.4)
        chosen_step = None
        for last_of_turn in range(turn_length - 1, len(every_loss), turn_length):
            at_this_end = every_loss[last_of_turn]
            if chosen_step is None and at_this_end == at_this_end:
                chosen_step = last_of_turn
            elif chosen_step is not None and at_this_end < every_loss[chosen_step]:
                chosen_step = last_of_turn
        if chosen_step is not None:
            answered = snapshot_best(every_loss.tolist(), turn_length)
            expect(answered, chosen_step, call=f"cycles of {turn_length} steps")
for no_snapshot in (([1.0, 2.0], 3), ([], 1), ([1.0, math.nan, 1.0, math.nan], 2)):
    try:
        snapshot_best(*no_snapshot)
    except ValueError:
        continue
    raise AssertionError(f"snapshot_best{no_snapshot} must raise a ValueError")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Read both curves
#
# *"Validation gets worse, so the rate is too high."* You have seen that this is not enough to go
# by. Write down how to read the curves. `train` and `val` are the losses of a run, one a check, at
# least eight of each. The *tail* of a curve is the mean of its last four values. Take the **first
# row that fits**:
#
# | what you see | answer |
# |---|---|
# | a training loss is not finite, or their tail **not below** the first one | `"rate too high"` |
# | the validation tail is **more than 5 %** above the lowest loss before it | `"overfitting"` |
# | the training tail is **more than 5 %** below the mean of the four before it | `"not done"` |
# | none of these | `"done"` |
#
# The limits are rules of thumb, the order is not: whether validation tells you about the rate can
# only be asked of a run whose training works. Write `diagnose(train, val)`.


# %% solution="diagnose"
def diagnose(train, val):
    """Say what two curves show: "rate too high", "overfitting", "not done" or "done"."""
    ### BEGIN SOLUTION
    fitting, held_out = np.asarray(train, dtype=float), np.asarray(val, dtype=float)
    tail_now, tail_before = fitting[-4:].mean(), fitting[-8:-4].mean()
    if not (np.isfinite(fitting).all() and tail_now < fitting[0]):
        return "rate too high"
    if held_out[-4:].mean() > 1.05 * held_out[:-4].min():
        return "overfitting"
    still_falls = tail_now < 0.95 * tail_before
    return "not done" if still_falls else "done"
    ### END SOLUTION


# %% tests="diagnose" points=2 claims="C8.2"
from lrcourse.grading.expect import expect

falling = [1.0, 0.8, 0.65, 0.5, 0.4, 0.32, 0.25, 0.2]
jumping = [1.0, 2.0, 0.9, 3.0, 1.5, 2.5, 0.8, 2.0]
turning = [1.0, 0.9, 0.8, 0.75, 0.8, 0.9, 1.0, 1.1]
resting = [1.0, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
for train, val, answer, seen in (
    (falling, turning, "overfitting", "training falls all the time, so the rate works"),
    (jumping, turning, "rate too high", "look at training first: it is no lower than at the start"),
    (falling, falling, "not done", "validation is at its best, and training still falls"),
    (resting, resting, "done", "nothing changes any more, and nothing gets worse"),
):
    expect(
        diagnose(train, val),
        answer,
        call=f"diagnose(train={train}, val={val})",
        mistakes=[
            (other, seen)
            for other in ("rate too high", "overfitting", "not done", "done")
            if other != answer
        ],
        read="the table above",
    )
### BEGIN HIDDEN TESTS
rough = [2.0, math.nan, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5]
for fitted_curve, held_curve, finding_due in (
    (rough, [2.0, 1.5, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5], "rate too high"),
    ([2.0, math.inf, 1.0, 0.9, 0.8, 0.7, 0.6, 0.5], [1.0] * 8, "rate too high"),
    ([0.5] * 8, [0.5] * 8, "rate too high"),
    ([1.0, 9.0, 9.0, 9.0, 0.5, 0.5, 0.5, 0.5], [1.0] * 8, "not done"),
    ([4, 3, 2, 2, 2, 2, 2, 2, 2, 2], [5, 4, 4, 4, 4, 4, 4, 4, 4, 4], "done"),
    ([9, 8, 7, 6, 5, 4, 3, 2, 1, 1], [9, 1, 3, 3, 3, 3, 1, 1, 1, 1], "not done"),
    ([3.0, 1.0, 1.0, 1.0, 1.0, 0.96, 0.96, 0.96, 0.96], [1.0] * 8 + [1.15], "done"),
    ([3.0, 1.0, 1.0, 1.0, 1.0, 0.96, 0.96, 0.96, 0.96], [1.0] * 8 + [1.25], "overfitting"),
    ([3.0, 1.0, 1.0, 1.0, 1.0, 0.94, 0.94, 0.94, 0.94], [1.0] * 9, "not done"),
    ([1.0, 0.1, 0.1, 0.1, 0.1, 2.0, 2.0, 2.0], [1.0] * 7 + [9.0], "rate too high"),
):
    finding = diagnose(tuple(fitted_curve), np.array(held_curve, dtype=float))
    expect(finding, finding_due, call=f"{fitted_curve} and {held_curve}")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Your judgement
#
# A colleague writes: *"From epoch 30 on my validation loss went up while the training loss went on
# falling. I divided the rate by ten, and it stopped going up. So the rate had been too high."*
#
# Answer in four to eight sentences. Say **what else explains what was seen**, propose **one run
# that tells the two explanations apart**, and say what you would do with the run at hand. A person
# reads this answer.

# %% [markdown] manual="judgement" points=2 claims="C8.2"
# **Rubric for the answer about the turn, 2 points**
#
# * *Half a point:* the network began to overfit at the turn, and a tenth of the rate all but stops
#   the run, so that nothing changes any more, for better or worse.
# * *Half a point:* a run that decides: the lower rate from the start with ten times as many epochs,
#   or a comparison of the cut with simply stopping at epoch 30.
# * *Half a point:* what each explanation predicts for it: the turn comes back at about ten times
#   the steps and the same training loss; or it does not.
# * *Half a point:* for now: keep the weights of the best check; more data or regularisation would
#   help, a lower rate would not.
#
# **A sample answer about the turn**
#
# Training went on falling, so the rate was one with which training works. The more likely story is
# that the network had learned what the data have to teach and began to learn the noise, and that a
# tenth of the rate slowed this down so much that the rest of the run hardly moved. I would train
# once more from the start with the small rate and ten times as many epochs. If the rate was to
# blame, validation now keeps falling; if it was overfitting, the turn comes back after about 300
# epochs, at the same training loss. It is cheaper still to compare the cut with stopping at epoch
# 30: if they end equally well, the cut did nothing but stop. For this run I would keep the weights
# of epoch 30, and look for more data or a regulariser instead of another rate.
