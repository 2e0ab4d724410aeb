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
# # Momentum
#
# *Exercises for the chapter of the same name. About 50 minutes. 11 points.*
#
# Momentum remembers the last step. Here you write it, find out which learning rates with different
# momenta are really the same, which momentum is best in a narrow valley, and what goes wrong when
# the rate changes in the middle of a run.
#
# | | you write | points |
# |---|---|---|
# | 1 | `heavy_ball`: a step that is remembered | 3 |
# | 2 | `matched_lr`: another momentum, the same stride | 2 |
# | 3 | `best_momentum`: the best pair for a valley | 2 |
# | 4 | `rescale_velocity`: a new rate in the middle of a run | 2 |
# | 5 | a judgement, in your own words | 2 |
#
# **How to work.** Replace `raise NotImplementedError()` by your code and run the cell, then the
# test cell below it. If it prints nothing, those tests pass. Otherwise read the *last lines* of the
# message. Each exercise is graded by itself. After you hand in, further tests try other cases.

# %% locked="imports"
import math

import numpy as np

# %% [markdown]
# ## 1. A step that is remembered
#
# Heavy-ball momentum keeps a velocity. Each step fades the old one and adds the gradient:
#
# $$v_{t+1} = \beta v_t - \eta\,\nabla L(x_t), \qquad x_{t+1} = x_t + v_{t+1}, \qquad v_0 = 0 .$$
#
# Write `heavy_ball(grad, x0, lr, beta, T)`. `grad(x)` gives the gradient at an array `x`. Return
# all `T + 1` points, the start included, as an array of shape `(T + 1, d)`. `x0` may be a list or
# hold whole numbers, and must stay as it is.


# %% solution="heavy_ball"
def heavy_ball(grad, x0, lr, beta, T):
    """Return the T + 1 points of heavy-ball momentum from x0."""
    ### BEGIN SOLUTION
    trail = [np.array(x0, dtype=float)]
    remembered = np.zeros_like(trail[0])
    for _ in range(T):
        remembered = beta * remembered - lr * np.asarray(grad(trail[-1]), dtype=float)
        trail.append(trail[-1] + remembered)
    return np.stack(trail)
    ### END SOLUTION


# %% tests="heavy_ball" points=3 claims="C7.1"
from lrcourse.grading.expect import expect

chapter = "“Momentum”, section “A step that is remembered”"
expect(
    heavy_ball(lambda x: 2 * x, [4], 0.25, 0.5, 3),
    [[4.0], [2.0], [0.0], [-1.0]],
    call="heavy_ball(grad=2x, x0=[4], lr=0.25, beta=0.5, T=3)",
    mistakes=[
        ([[4.0], [2.0], [1.0], [0.5]], "momentum was left out: this is plain gradient descent"),
        (
            [[4.0], [3.0], [1.75], [0.6875]],
            "the gradient was multiplied by 1 − beta: that is another form",
        ),
        ([[4.0], [4.0], [2.0], [0.0]], "the first step already moves: update v first, then x"),
        ([[4.0], [6.0], [10.0], [17.0]], "the step goes uphill: subtract lr times the gradient"),
        ([[2.0], [0.0], [-1.0]], "the start is missing: T steps make T + 1 points"),
    ],
    read=chapter,
)
lent = np.array([4.0, 2.0])
lent.flags.writeable = False  # whoever changes the caller's x0 gets an error here
_ = heavy_ball(lambda x: x, lent, 0.1, 0.9, 2)
### BEGIN HIDDEN TESTS
ball_dice = np.random.default_rng(9101)
for size_of_ball, stride, inertia, footsteps in (
    (1, 0.1, 0.9, 20),
    (3, 0.3, 0.5, 8),
    (5, 0.05, 0.0, 6),
    (2, 0.2, 0.99, 1),
    (2, 0.2, 0.9, 0),
):
    curve_there = ball_dice.normal(size=(size_of_ball, size_of_ball))
    curve_there = curve_there @ curve_there.T / size_of_ball
    dropped_at = ball_dice.normal(size=size_of_ball)
    places = [dropped_at, dropped_at - stride * curve_there @ dropped_at]
    while len(places) <= footsteps:
        drift = inertia * (places[-1] - places[-2])
        places.append(places[-1] - stride * curve_there @ places[-1] + drift)
    rolled = heavy_ball(
        lambda x, H=curve_there: H @ np.asarray(x), dropped_at.copy(), stride, inertia, footsteps
    )
    expect(
        rolled, np.array(places[: footsteps + 1]), call=f"heavy_ball, {footsteps} steps", atol=1e-9
    )
expect(
    heavy_ball(lambda x: np.ones(2), (1, 2), 1, 1, 2), [[1, 2], [0, 1], [-2, -1]], call="beta = 1"
)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Another momentum, the same stride
#
# On a slope that does not change, the velocity grows until what fades equals what is added. Then
# every step is $\eta/(1-\beta)$ times the gradient: the **effective learning rate**.
#
# You have tuned `lr` with momentum `b1`. Write `matched_lr(lr, b1, b2)`: the rate that has the
# **same effective learning rate** with momentum `b2`. Raise a `ValueError` when a momentum is not
# in [0, 1).


# %% solution="matched_lr"
def matched_lr(lr, b1, b2):
    """Return the rate whose stride with momentum b2 is that of lr with b1."""
    ### BEGIN SOLUTION
    if not (0 <= b1 < 1 and 0 <= b2 < 1):
        raise ValueError(f"a momentum lies in [0, 1), got {b1} and {b2}")
    full_stride = lr / (1 - b1)
    return full_stride * (1 - b2)
    ### END SOLUTION


# %% tests="matched_lr" points=2 claims="C7.3 C7.4"
from lrcourse.grading.expect import expect

chapter = "“Momentum”, section “One slope, many steps”"
expect(
    matched_lr(0.1, 0.0, 0.9),
    0.01,
    call="matched_lr(0.1, b1=0, b2=0.9)",
    mistakes=[
        (1.0, "wrong way round: momentum 0.9 makes strides ten times as long, so lr must shrink"),
        (0.1, "lr is unchanged: then the stride would be ten times as long"),
        (0.19, "1 + beta belongs to the limit of stability, not to the stride"),
        (0.09, "1 − beta is the factor, not beta"),
    ],
    read=chapter,
)
expect(
    matched_lr(0.02, 0.9, 0.5),
    0.1,
    call="matched_lr(0.02, b1=0.9, b2=0.5)",
    mistakes=[
        (0.004, "wrong way round: less momentum, shorter strides, so lr may grow"),
        (0.01, "b1 was ignored: lr was tuned with momentum 0.9"),
    ],
    read=chapter,
)
### BEGIN HIDDEN TESTS
stride_dice = np.random.default_rng(9102)
for _ in range(12):
    tuned_lr = float(10 ** stride_dice.uniform(-4, 0))
    fade_one, fade_two = (float(b) for b in stride_dice.uniform(0, 0.97, size=2))
    pace = {}
    for fade, rate_used in (
        (fade_one, tuned_lr),
        (fade_two, matched_lr(tuned_lr, fade_one, fade_two)),
    ):
        velocity_now = 0.0
        for _ in range(3000):
            velocity_now = fade * velocity_now - rate_used
        pace[fade] = velocity_now
    expect(pace[fade_two], pace[fade_one], call="the stride on an even slope", rtol=1e-6)
for odd_pair in ((1.0, 0.5), (0.5, 1.0), (-0.1, 0.5), (0.5, math.nan)):
    try:
        matched_lr(0.1, *odd_pair)
    except ValueError:
        continue
    raise AssertionError(f"matched_lr with momenta {odd_pair} must raise a ValueError")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. The best pair for a valley
#
# A valley is steep one way ($\lambda_{\max}$) and flat the other ($\lambda_{\min}$). Without noise
# there is a pair of rate and momentum with which both directions shrink equally fast, and no other
# pair is faster (Polyak, 1964):
#
# $$\eta^* = \frac{4}{\bigl(\sqrt{\lambda_{\max}} + \sqrt{\lambda_{\min}}\bigr)^2}, \qquad
# \beta^* = \left(\frac{\sqrt{\lambda_{\max}} - \sqrt{\lambda_{\min}}}
# {\sqrt{\lambda_{\max}} + \sqrt{\lambda_{\min}}}\right)^2 .$$
#
# Write `best_momentum(lmin, lmax)`: the pair `(lr, beta)`. Raise a `ValueError` unless
# `0 < lmin <= lmax`.


# %% solution="best_momentum"
def best_momentum(lmin, lmax):
    """Return the rate and momentum with which heavy ball crosses a valley fastest."""
    ### BEGIN SOLUTION
    if not 0 < lmin <= lmax:
        raise ValueError(f"curvatures must satisfy 0 < lmin <= lmax, got {lmin} and {lmax}")
    flat_root, steep_root = math.sqrt(lmin), math.sqrt(lmax)
    total_root = steep_root + flat_root
    return 4 / total_root**2, ((steep_root - flat_root) / total_root) ** 2
    ### END SOLUTION


# %% tests="best_momentum" points=2 claims="C7.2 C7.4"
from lrcourse.grading.expect import expect

chapter = "“Momentum”, section “What is left: valleys that are steep one way and flat the other”"
expect(
    best_momentum(1.0, 9.0),
    (0.25, 0.25),
    call="best_momentum(lmin=1, lmax=9)",
    mistakes=[
        ((0.25, 0.5), "the momentum is squared as well"),
        ((1.0, 0.25), "the sum of the roots is squared"),
        ((0.4, 0.25), "the sum of the roots is squared, not the sum of the curvatures"),
        ((0.25, 0.64), "take the roots of the curvatures in the momentum, too"),
    ],
    read=chapter,
)
### BEGIN HIDDEN TESTS
for gentle, fierce in ((0.5, 0.5), (1.0, 100.0), (0.01, 7.0), (2, 32)):
    rate_best, fade_best = best_momentum(gentle, fierce)

    def slowest(rate, fade, ends=(gentle, fierce)):
        return max(max(abs(np.roots([1, -(1 + fade - rate * bend), fade]))) for bend in ends)

    reference_pace = (math.sqrt(fierce) - math.sqrt(gentle)) / (
        math.sqrt(fierce) + math.sqrt(gentle)
    )
    expect(slowest(rate_best, fade_best), reference_pace, call="the pace of the pair", atol=1e-4)
for odd_pair in ((0.0, 1.0), (-1.0, 1.0), (2.0, 1.0), (math.nan, 1.0)):
    try:
        best_momentum(*odd_pair)
    except ValueError:
        continue
    raise AssertionError(f"best_momentum{odd_pair} must raise a ValueError")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. A new rate in the middle of a run
#
# PyTorch keeps momentum in another form: $m \leftarrow \beta m + \nabla L$, then
# $x \leftarrow x - \eta m$. Its buffer holds gradients; the rate comes in only at the step. In the
# form of exercise 1 the velocity $v$ has the rate inside: $v = -\eta\, m$.
#
# While the rate stays, both walk the same path. When it changes from `lr_old` to `lr_new` they
# part, unless you convert the velocity. Write `rescale_velocity(v, lr_old, lr_new)`: the velocity
# with which the form of exercise 1, **from now on with `lr_new`**, goes on exactly as PyTorch's
# form would. `v` is an array, and must stay as it is; both rates are above 0.


# %% solution="rescale_velocity"
def rescale_velocity(v, lr_old, lr_new):
    """Return the velocity that goes on at lr_new as PyTorch's buffer would."""
    ### BEGIN SOLUTION
    pure_memory = -np.asarray(v, dtype=float) / lr_old
    return -lr_new * pure_memory
    ### END SOLUTION


# %% tests="rescale_velocity" points=2 claims="C7.1"
from lrcourse.grading.expect import expect

expect(
    rescale_velocity(np.array([-0.4, 0.2]), 0.1, 0.05),
    [-0.2, 0.1],
    call="rescale_velocity(np.array([-0.4, 0.2]), lr_old=0.1, lr_new=0.05)",
    mistakes=[
        ([-0.8, 0.4], "wrong way round: half the rate, half the velocity"),
        ([-0.4, 0.2], "the velocity holds the old rate: it must change with it"),
        ([0.2, -0.1], "the direction stays: only the length changes"),
        ([4.0, -2.0], "that is PyTorch's buffer m; the velocity is asked for"),
    ],
    read="the text above",
)
### BEGIN HIDDEN TESTS
for fade, rate_early, rate_late in ((0.9, 0.1, 0.01), (0.5, 0.02, 0.3), (0.99, 0.05, 0.05)):
    point_a = point_b = np.array([1.0, -2.0, 0.5])
    tilt = np.array([[2.0, 0.3, 0.0], [0.3, 1.0, 0.1], [0.0, 0.1, 0.5]])
    buffer_now, velocity_now = np.zeros(3), np.zeros(3)
    for moment in range(30):
        rate_now = rate_early if moment < 12 else rate_late
        if moment == 12:
            velocity_now.flags.writeable = False
            velocity_now = np.asarray(rescale_velocity(velocity_now, rate_early, rate_late))
        buffer_now = fade * buffer_now + tilt @ point_a
        point_a = point_a - rate_now * buffer_now
        velocity_now = fade * velocity_now - rate_now * (tilt @ point_b)
        point_b = point_b + velocity_now
    expect(point_b, point_a, call="thirty steps in both forms, with a change of rate", atol=1e-10)
expect(rescale_velocity([2, 4], 1, 0.5), [1.0, 2.0], call="rescale_velocity([2, 4], 1, 0.5)")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Your judgement
#
# Somebody adds momentum 0.9 to a training that ran well with plain SGD, leaves the learning rate
# as it is, and reports: *"Momentum made training faster, but a bit unstable."*
#
# Answer in four to eight sentences. Say what was really changed, **how you would compare fairly**,
# where momentum has a gain of its own, and where you expect none. A person reads this answer.

# %% [markdown] manual="judgement" points=2 claims="C7.3 C7.4"
# **Rubric for the answer about momentum 0.9, 2 points**
#
# * *Half a point:* the effective rate went up tenfold; that alone explains faster and less stable.
# * *Half a point:* a fair comparison: equal lr/(1 − β), or each tuned, on fresh seeds.
# * *Half a point:* the gain of its own: deterministic or large-batch training in narrow valleys.
# * *Half a point:* with small, noisy batches next to none at equal effective rate.
#
# **A sample answer about momentum 0.9**
#
# With momentum 0.9 and the old rate every stride on an even slope became ten times as long, so
# what was really changed is the effective learning rate. That it is faster and wobbles more is
# what plain SGD does too at ten times the rate. To see momentum itself I would give it a tenth of
# the rate, or tune the rate of each on its own and compare on seeds that were not used for
# tuning. Where gradients are nearly exact and the valley is narrow, it then still wins by a wide
# margin, for it cancels the zigzag and adds up the drift. With small batches the noise sets the
# pace, and I would expect the two to end in the same place.
