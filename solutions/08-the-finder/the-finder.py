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
# # Learning-rate finders
#
# *Exercises for the chapter of the same name. About 50 minutes. 11 points.*
#
# A finder raises the learning rate step by step and watches the loss. Here you build one: the
# smooth curve, the ramp, a rule that reads the curve, and the honest question how much worse its
# answer is than the best.
#
# | | you write | points |
# |---|---|---|
# | 1 | `ema_debiased`: a smooth curve that begins right | 2 |
# | 2 | `ramp`: raise the rate, and stop in time | 3 |
# | 3 | `pick_rate`: read the curve by a rule | 2 |
# | 4 | `regret_of`: how much worse than the best? | 2 |
# | 5 | a judgement, in your own words | 2 |
#
# **How to work.** Replace `raise NotImplementedError()` by your code and run the cell, then the
# test cell below it. If it prints nothing, those tests pass. Otherwise read the *last lines* of the
# message. Each exercise is graded by itself. After you hand in, further tests try other cases.

# %% locked="imports"
import math

import numpy as np

# %% [markdown]
# ## 1. A smooth curve that begins right
#
# Losses of mini-batches jump. An exponential moving average smooths them:
#
# $$m_t = \beta\, m_{t-1} + (1-\beta)\, x_t, \qquad m_{-1} = 0 .$$
#
# It begins far too low, since it starts from 0. Dividing by $1 - \beta^{t+1}$ repairs that: the
# first value is then exactly $x_0$, and a constant stays the constant.
#
# Write `ema_debiased(x, b)`: an array with the debiased average at each position. `x` may be a
# list; `b` is in [0, 1).


# %% solution="ema_debiased"
def ema_debiased(x, b):
    """Return the exponential moving average of x, divided by what is missing at the start."""
    ### BEGIN SOLUTION
    running, calm_curve = 0.0, []
    for place, jumpy in enumerate(np.asarray(x, dtype=float)):
        running = b * running + (1 - b) * jumpy
        calm_curve.append(running / (1 - b ** (place + 1)))
    return np.array(calm_curve)
    ### END SOLUTION


# %% tests="ema_debiased" points=2 claims="C6.1"
from lrcourse.grading.expect import expect

expect(
    ema_debiased([4.0, 2.0, 2.0], 0.5),
    [4.0, 2.666667, 2.285714],
    call="ema_debiased([4, 2, 2], b=0.5)",
    rtol=1e-5,
    mistakes=[
        ([2.0, 2.0, 2.0], "the bias is still there: divide by 1 − b^(t+1)"),
        ([4.0, 3.0, 2.5], "starting from x₀ is another repair: start from 0, then divide"),
        (
            [2.666667, 2.285714, 2.133333],
            "the exponent is t + 1: at the first value divide by 1 − b",
        ),
        ([4.0, 2.0, 2.0], "nothing was smoothed"),
        ([8.0, 5.333333, 4.571429], "the new value counts with weight 1 − b"),
    ],
    read="the formula above",
)
### BEGIN HIDDEN TESTS
jump_dice = np.random.default_rng(8101)
for decay in (0.0, 0.3, 0.9, 0.98):
    for points_seen in (1, 2, 17):
        bumpy = jump_dice.normal(2, 1, size=points_seen)
        bumpy.flags.writeable = False
        weights_due = [decay ** np.arange(k, -1, -1.0) for k in range(points_seen)]
        calm_due = [w @ bumpy[: len(w)] / w.sum() for w in weights_due]
        expect(ema_debiased(bumpy, decay), np.array(calm_due), call=f"ema_debiased, b={decay}")
expect(ema_debiased((3, 3, 3, 3), 0.9), [3.0] * 4, call="a constant stays the constant")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Raise the rate, and stop in time
#
# A range test takes one step at each of `n` rates, from `lo` to `hi`, **evenly spaced on a
# logarithmic axis**, both ends included. It notes the loss of each step. It stops **after** the
# first step whose loss is `nan`, infinite, or **above four times the best loss so far**; that
# loss is noted too. And it gives back the weights as they were, also if a step fails.
#
# The model is yours to move, not to see: `step(lr)` takes one step and returns its loss, `save()`
# returns the weights, `load(weights)` puts them back. Write `ramp(step, save, load, lo, hi, n)`. It
# returns two arrays of equal length: the rates that were tried, and their losses. If `step` raises
# an exception, let it pass, but put the weights back first.


# %% solution="ramp"
def ramp(step, save, load, lo, hi, n):
    """Raise the rate from lo to hi in n steps; return the rates tried and their losses."""
    ### BEGIN SOLUTION
    kept_weights, tried, seen_losses = save(), [], []
    try:
        for rung in np.geomspace(lo, hi, n):
            tried.append(float(rung))
            seen_losses.append(float(step(float(rung))))
            lowest = min(seen_losses[:-1], default=math.inf)
            if not math.isfinite(seen_losses[-1]) or seen_losses[-1] > 4 * lowest:
                break
    finally:
        load(kept_weights)
    return np.array(tried), np.array(seen_losses)
    ### END SOLUTION


# %% tests="ramp" points=3 claims="C6.1"
from lrcourse.grading.expect import expect


class Scripted:
    """A model whose losses are known beforehand; it counts what is done to it."""

    def __init__(self, losses):
        self.losses, self.rates, self.weights = list(losses), [], 1.0

    def step(self, lr):
        self.rates.append(lr)
        self.weights += 1.0
        loss = self.losses[len(self.rates) - 1]
        if loss == "crash":
            raise RuntimeError("the step failed")
        return loss

    def save(self):
        return self.weights

    def load(self, weights):
        self.weights = weights


chapter = "“Learning-rate finders”, section “What a range test does”"
model = Scripted([2.0, 1.0, 3.0, 4.1, 9.0])
tried, losses = ramp(model.step, model.save, model.load, 0.001, 10.0, 5)
expect(
    tried,
    [0.001, 0.01, 0.1, 1.0],
    call="the rates of ramp(lo=0.001, hi=10, n=5) on losses 2, 1, 3, 4.1, 9",
    mistakes=[
        ([0.001, 0.01, 0.1, 1.0, 10.0], "4.1 is above four times the best (1.0): stop there"),
        ([0.001, 0.01, 0.1], "the step that ends the test is noted too"),
        ([0.001, 2.50075, 5.0005, 7.50025], "rates are spaced evenly on a logarithmic axis"),
    ],
    read=chapter,
)
expect(losses, [2.0, 1.0, 3.0, 4.1], call="the losses of the same test", read=chapter)
expect(
    model.weights,
    1.0,
    call="the weights after the test",
    hint="call save() before the first step and load(...) at the end, in a finally block",
    read="the text above",
)
### BEGIN HIDDEN TESTS
for script, steps_due in (
    ([5.0, 4.0, math.nan, 1.0], 3),
    ([5.0, math.inf, 1.0, 1.0], 2),
    ([5.0, 4.0, 3.0, 2.0], 4),
    ([1.0, 4.0, 0.9, 3.5], 4),
    ([1.0, 4.5, 0.9, 3.5], 2),
    ([math.nan, 1.0, 1.0, 1.0], 1),
):
    puppet = Scripted(script)
    rungs_seen, heard = ramp(puppet.step, puppet.save, puppet.load, 1e-4, 1e-1, 4)
    expect(len(puppet.rates), steps_due, call=f"how many steps ramp takes on {script}")
    expect(rungs_seen, np.geomspace(1e-4, 1e-1, 4)[:steps_due], call=f"the rates on {script}")
    expect(heard, np.array(script[:steps_due]), call=f"the losses on {script}")
    expect(puppet.weights, 1.0, call="the weights afterwards")
puppet = Scripted([1.0, "crash", 1.0])
try:
    ramp(puppet.step, puppet.save, puppet.load, 0.1, 1.0, 3)
except Exception:
    pass
else:
    raise AssertionError("a step that fails must be heard of: let its exception pass")
expect(puppet.weights, 1.0, call="the weights after a step that failed")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Read the curve by a rule
#
# You have rates on a logarithmic grid and smooth losses. Write `pick_rate(lrs, losses, rule)`:
#
# * `"steepest"`: the rate at which the loss falls fastest **per factor of the rate**. That is where
#   `np.gradient(losses, np.log(lrs))` is smallest;
# * `"minimum/10"`: the rate at the lowest loss, divided by ten.
#
# Any other rule is a `ValueError`. (One well-known library once took the gradient by the rate
# itself instead of its logarithm, and suggested rates a thousand times too small.)


# %% solution="pick_rate"
def pick_rate(lrs, losses, rule):
    """Return the rate that a rule reads off a range test."""
    ### BEGIN SOLUTION
    ladder, heard = np.asarray(lrs, dtype=float), np.asarray(losses, dtype=float)
    if rule == "minimum/10":
        return float(ladder[heard.argmin()] / 10)
    if rule != "steepest":
        raise ValueError(f"no rule is called {rule!r}")
    return float(ladder[np.gradient(heard, np.log(ladder)).argmin()])
    ### END SOLUTION


# %% tests="pick_rate" points=2 claims="C6.2"
from lrcourse.grading.expect import expect

chapter = "“Learning-rate finders”, section “What the turn says”"
rates = [0.001, 0.01, 0.1, 1.0, 10.0]
curve = [2.0, 1.9, 1.2, 0.5, 3.0]
expect(
    pick_rate(rates, curve, "minimum/10"),
    0.1,
    call='pick_rate(rates, [2.0, 1.9, 1.2, 0.5, 3.0], "minimum/10")',
    mistakes=[
        (1.0, "that is the rate at the minimum: divide it by ten"),
        (0.05, "the loss was divided, not the rate"),
    ],
    read=chapter,
)
expect(
    pick_rate(rates, curve, "steepest"),
    0.1,
    call='pick_rate(rates, [2.0, 1.9, 1.2, 0.5, 3.0], "steepest")',
    mistakes=[
        (0.001, "the slope was taken by the rate itself: on a log grid use np.log(lrs)"),
        (10.0, "that is where the loss rises fastest; it should fall"),
        (1.0, "steepest means the smallest gradient, not the lowest loss"),
    ],
    read="the text above",
)
### BEGIN HIDDEN TESTS
curve_dice = np.random.default_rng(8103)
for rungs_there in (5, 20, 60):
    for _ in range(5):
        ladder_there = np.geomspace(10 ** curve_dice.uniform(-6, -3), 5.0, rungs_there)
        heights = np.cumsum(curve_dice.normal(-0.1, 1, size=rungs_there))
        slopes = np.gradient(heights, np.log(ladder_there))
        for law, rate_due in (
            ("steepest", ladder_there[slopes.argmin()]),
            ("minimum/10", ladder_there[heights.argmin()] / 10),
        ):
            expect(
                pick_rate(ladder_there, heights, law), rate_due, call=f"{law}, {rungs_there} rates"
            )
            moved = pick_rate(1000 * ladder_there, heights + 5, law)
            expect(moved, 1000 * rate_due, call=f"{law} with all rates a thousand times as large")
for nonsense in ("valley?", "", None):
    try:
        pick_rate([0.1, 1.0], [1.0, 0.5], nonsense)
    except ValueError:
        continue
    raise AssertionError(f"pick_rate with rule={nonsense!r} must raise a ValueError")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. How much worse than the best?
#
# A full sweep has trained each rate of `grid` to the end; `losses` are its results, all finite and
# above 0. A finder suggests `lr`, which may lie between two rates of the grid. Its loss is read off
# the sweep by **linear interpolation over the logarithm of the rate**; outside the grid the loss at
# the nearer end counts.
#
# Write `regret_of(lr, grid, losses)`: that loss **divided by the best loss of the sweep**. It is 1
# for the best rate and never below.


# %% solution="regret_of"
def regret_of(lr, grid, losses):
    """Return the loss at lr, read off a sweep, in units of the best."""
    ### BEGIN SOLUTION
    sweep_losses = np.asarray(losses, dtype=float)
    read_off = np.interp(math.log(lr), np.log(np.asarray(grid, dtype=float)), sweep_losses)
    return float(read_off / sweep_losses.min())
    ### END SOLUTION


# %% tests="regret_of" points=2 claims="C6.3"
from lrcourse.grading.expect import expect

expect(
    regret_of(0.1, [0.01, 1.0], [3.0, 1.0]),
    2.0,
    call="regret_of(0.1, grid=[0.01, 1.0], losses=[3.0, 1.0])",
    mistakes=[
        (2.8181818, "0.1 lies half way between 0.01 and 1 on a logarithmic axis: take logarithms"),
        (3.0, "that is the nearest point of the grid: interpolate between the two"),
        (1.0, "that is how much is lost (the difference); the ratio to the best is asked for"),
        (0.5, "upside down: the loss divided by the best"),
    ],
    read="“Learning-rate finders”, section “The trial”",
)
expect(
    regret_of(50.0, [0.01, 1.0], [3.0, 1.5]),
    1.0,
    call="regret_of(50, grid=[0.01, 1.0], losses=[3.0, 1.5]), beyond the grid",
    hint="outside the grid the loss at the nearer end counts: np.interp does just that",
    read="the text above",
)
### BEGIN HIDDEN TESTS
regret_dice = np.random.default_rng(8104)
for rungs_there in (2, 5, 30):
    known = np.sort(10 ** regret_dice.uniform(-5, 1, size=rungs_there))
    ends = regret_dice.uniform(0.5, 3, size=rungs_there)
    for offered in 10 ** regret_dice.uniform(-6, 2, size=8):
        position = np.interp(np.log10(offered), np.log10(known), np.arange(rungs_there))
        left = int(min(position, rungs_there - 2))
        mixed = ends[left] + (position - left) * (ends[left + 1] - ends[left])
        found = regret_of(float(offered), known, ends)
        expect(found, mixed / ends.min(), call=f"regret_of({offered:.3g})", rtol=1e-6)
expect(regret_of(0.1, (0.01, 0.1, 1), (2, 1, 4)), 1.0, call="the best rate itself")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Your judgement
#
# Somebody writes: *"I ran a learning-rate finder, and it says 0.03. So 0.03 is the optimal learning
# rate for my model."*
#
# Answer in four to eight sentences. Say what a range test of a hundred steps has really measured,
# **two reasons why its answer can be off**, and what you would do with the 0.03. A person reads
# this answer.

# %% [markdown] manual="judgement" points=2 claims="C6.3"
# **Rubric for the answer about 0.03, 2 points**
#
# * *Half a point:* the test measures how fast the loss falls early and where it blows up, on a rate
#   that never stays; it does not train to the end at any rate.
# * *Half a point:* two reasons: the rule and its smoothing, batch noise, the length of the ramp, a
#   short horizon favours large rates, a schedule wants another peak.
# * *Half a point:* right decade, not right value.
# * *Half a point:* use it as the centre of a small sweep to the real horizon, several seeds.
#
# **A sample answer about 0.03**
#
# Your finder has taken one step at each of a hundred rates and noted how the loss moved; it has
# not trained your model at 0.03, or at any rate. What it shows well is where training explodes.
# Which number is read off depends on the rule, the smoothing and the length of the ramp, and with
# small batches two runs may differ by a factor of three. It also looks only at the first steps,
# and what is fast there need not be best in the end, least of all under a schedule, where the
# best peak is higher. I would take 0.03 as the right order of magnitude, train 0.01, 0.03, 0.1
# and 0.3 to the real horizon with two or three seeds each, and believe that.
