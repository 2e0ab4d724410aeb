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
# # Which minimum?
#
# *Exercises for the chapter of the same name. About 50 minutes. 12 points.*
#
# In the chapter two hundred balls rolled down a hilly landscape, and you asked how many of them
# ended in the deepest valley. Here you build the parts of that experiment: who owns which valley,
# a ball with noise, an honest interval for a share, and a verdict that knows when to be silent.
#
# | | you write | points |
# |---|---|---|
# | 1 | `basin_labels`: which valley does each point belong to? | 3 |
# | 2 | `noisy_path`: a ball that is kicked at every step | 3 |
# | 3 | `share_with_interval`: how sure is a share? | 3 |
# | 4 | `which_is_more`: a verdict, or none | 1 |
# | 5 | a judgement, in your own words | 2 |
#
# **How to work.** Replace `raise NotImplementedError()` by your code and run the cell. Then run
# the test cell below it. If it prints nothing, those tests pass. If something is wrong, read the
# *last lines* of the message. Each exercise is graded by itself, so you may leave one out and go
# on. After you hand in, further tests try cases that are not shown here.

# %% locked="imports"
import numpy as np

# %% [markdown]
# ## 1. Which valley does each point belong to?
#
# Take a landscape in one dimension, written down at the points of a grid: `f_grid[i]` is the
# height at point `i`. The landscape is **periodic**: it goes on at the other end, so the last
# point and the first are neighbours, like the hours of a clock.
#
# Put a ball on a point. It moves to a neighbour that is lower; if both are lower, to the **lower
# of the two**. It stops where no neighbour is lower: that point is a minimum. All points from
# which the ball ends in the same minimum form its **basin**.
#
# Write `basin_labels(f_grid)`: an array of whole numbers, as long as `f_grid`, whose entry `i` is
# the **index of the minimum** in which a ball from point `i` ends. You may rely on this: there are
# at least three points, and no two heights are the same. `f_grid` may be a list.


# %% solution="basin_labels"
def basin_labels(f_grid):
    """Return for each grid point the index of the minimum that a ball from there ends in."""
    ### BEGIN SOLUTION
    heights = np.asarray(f_grid, dtype=float)
    around = np.stack([heights, np.roll(heights, 1), np.roll(heights, -1)])
    where_to = np.array([0, -1, 1])[around.argmin(axis=0)] + np.arange(len(heights))
    where_to %= len(heights)
    while (where_to != where_to[where_to]).any():
        where_to = where_to[where_to]
    return where_to
    ### END SOLUTION


# %% tests="basin_labels" points=3 claims="C1.1"
from lrcourse.grading.expect import expect

chapter = "“Which minimum?”, section “Water runs into the valley it falls into”"
expect(
    basin_labels([5, 3, 1, 4, 6, 2]),
    [5, 2, 2, 2, 5, 5],
    call="basin_labels([5, 3, 1, 4, 6, 2])",
    mistakes=[
        (
            [2, 2, 2, 2, 5, 5],
            "point 0 has two lower neighbours, 1 (height 3) and 5 (height 2, across the edge):"
            " go to the lower one",
        ),
        ([1, 0, 0, 0, 1, 1], "the basins are right, but numbered: give the index of the minimum"),
        ([0, 0, 0, 0, 1, 1], "the basins are numbered: give the index of the minimum in the grid"),
        ([2, 2, 2, 2, 2, 2], "that is the deepest point for all: a ball stops in its own valley"),
        ([5, 2, 2, 2, 5, 0], "the last point is a minimum: both its neighbours are higher"),
    ],
    hint="follow one ball by hand: which neighbours are lower, and which of them is the lower one?",
    read=chapter,
)
expect(
    basin_labels([0.5, 2.0, 3.0, 1.0]),
    [0, 0, 0, 0],
    call="basin_labels([0.5, 2.0, 3.0, 1.0])",
    mistakes=[
        (
            [0, 0, 3, 3],
            "point 3 was taken for a minimum, but across the edge its neighbour is point 0, and"
            " 0.5 is lower",
        ),
    ],
    hint="the last point and the first are neighbours; the ball goes on until nobody is lower",
    read=chapter,
)
### BEGIN HIDDEN TESTS
valley_dice = np.random.default_rng(2101)
for hills in (3, 4, 7, 20, 101):
    for _ in range(6):
        terrain = valley_dice.permutation(hills).astype(float)
        terrain.flags.writeable = False
        owners = []
        for ball in range(hills):
            while True:
                downhill = min(
                    (ball - 1) % hills, ball, (ball + 1) % hills, key=terrain.__getitem__
                )
                if downhill == ball:
                    break
                ball = downhill
            owners.append(ball)
        expect(basin_labels(terrain), np.array(owners), call=f"basin_labels of {hills} points")
wave_of_land = np.cos(np.linspace(0, 6 * np.pi, 60, endpoint=False)) + 1e-3 * np.arange(60)
expect(len(set(np.asarray(basin_labels(wave_of_land)).tolist())), 3, call="three valleys")
expect(basin_labels((3, 1, 2)), [1, 1, 1], call="basin_labels((3, 1, 2)), a tuple")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. A ball that is kicked at every step
#
# Mini-batches make gradients noisy. The simplest model adds a random kick to the slope at each
# step:
#
# $$x_{t+1} = x_t - \eta\,\bigl(f'(x_t) + \sigma\, z_t\bigr), \qquad z_t \sim \mathcal N(0, 1).$$
#
# The kick is part of the gradient, so the learning rate multiplies it too. That is why a large rate
# is also a noisy one.
#
# Write `noisy_path(slope, x0, lr, noise, T, seed)`. `slope` is a function that gives $f'(x)$ for a
# number $x$; `noise` is $\sigma$. Return an array of `T + 1` numbers, the start included.
#
# Draw the kicks from `np.random.default_rng(seed)`, **one standard normal number a step, in
# order**. The same seed must give the same path, whatever ran before, and another seed another
# path.


# %% solution="noisy_path"
def noisy_path(slope, x0, lr, noise, T, seed):
    """Return the T + 1 points of descent with noise of size `noise` in the slope."""
    ### BEGIN SOLUTION
    kicks = np.random.default_rng(seed).standard_normal(T)
    trail = [float(x0)]
    for jolt_now in kicks:
        trail.append(trail[-1] - lr * (slope(trail[-1]) + noise * jolt_now))
    return np.array(trail)
    ### END SOLUTION


# %% tests="noisy_path" points=3 claims="C1.1"
from lrcourse.grading.expect import expect

chapter = "“Which minimum?”, section “Two ways out of a valley”"
expect(
    noisy_path(lambda x: 2 * x, 1.0, 0.25, 0.0, 3, seed=0),
    [1.0, 0.5, 0.25, 0.125],
    call="noisy_path(slope=2x, x0=1, lr=0.25, noise=0, T=3, seed=0), without noise",
    mistakes=[
        ([0.5, 0.25, 0.125], "the start is missing: T steps make T + 1 points"),
        ([1.0, 0.5, 0.25], "the last point is missing: T steps make T + 1 points"),
        ([1.0, 1.5, 2.25, 3.375], "the step goes uphill: subtract the slope"),
        ([1.0, 0.5, 0.0, -0.5], "every step uses the slope at x0: take it where you are"),
    ],
    read=chapter,
)
z = np.random.default_rng(7).standard_normal(2)
first, second = -0.1 * 2.0 * z[0], -0.1 * 2.0 * (z[0] + z[1])
expect(
    noisy_path(lambda x: 0.0, 0.0, 0.1, 2.0, 2, seed=7),
    [0.0, first, second],
    call="noisy_path(slope=0, x0=0, lr=0.1, noise=2, T=2, seed=7), noise alone",
    mistakes=[
        ([0.0, 10 * first, 10 * second], "the kick must be multiplied by lr too"),
        ([0.0, -first, -second], "the kick has the wrong sign: it is part of the slope"),
        ([0.0, -10 * first, -10 * second], "the kick belongs to the slope: lr * (slope + kick)"),
        ([0.0, first / 2, second / 2], "the noise was left out: a kick is noise times z"),
        (
            [0.0, first, 2 * first],
            "both steps use the same kick: make one generator, before the loop",
        ),
    ],
    hint="z comes from np.random.default_rng(seed).standard_normal(), one number a step",
    read=chapter,
)
### BEGIN HIDDEN TESTS
for kick_seed in (0, 3, 11):
    for rate_of_ball, kick_size, tumbles in ((0.1, 0.0, 5), (0.3, 1.5, 9), (0.01, 4.0, 1)):
        drawn = np.random.default_rng(kick_seed).standard_normal(tumbles)
        here, due_trail = 0.7, [0.7]
        for jolt in drawn:
            here = here - rate_of_ball * (here**3 - here + kick_size * jolt)
            due_trail.append(here)
        walked = noisy_path(lambda x: x**3 - x, 0.7, rate_of_ball, kick_size, tumbles, kick_seed)
        expect(walked, np.array(due_trail), call=f"noisy_path with seed {kick_seed}")
expect(noisy_path(lambda x: x, 2, 0.5, 1, 0, seed=1), [2.0], call="noisy_path with T = 0")
once = np.array(noisy_path(lambda x: x, 1.0, 0.1, 1.0, 6, seed=5))
np.random.seed(1)
other_seed = np.array(noisy_path(lambda x: x, 1.0, 0.1, 1.0, 6, seed=6))
expect(noisy_path(lambda x: x, 1.0, 0.1, 1.0, 6, seed=5), once, call="the same seed again")
expect(bool((once[1:] == other_seed[1:]).any()), False, call="another seed gives the same kicks")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. How sure is a share?
#
# Of `n` balls, `hits` ended in the deepest valley. The share is `hits / n`. But with twenty balls,
# a share of 1 does not mean that the true chance is 1.
#
# The interval $\hat p \pm 1.96\sqrt{\hat p(1-\hat p)/n}$ of many textbooks fails just there: for 20
# of 20 it has length zero. Wilson (1927) solves the question the right way round, for which $p$ the
# result would be no surprise. With $z = 1.96$,
#
# $$\text{centre} = \frac{\hat p + z^2/2n}{1 + z^2/n}, \qquad
# \text{half width} = \frac{z}{1 + z^2/n}\sqrt{\frac{\hat p(1-\hat p)}{n} + \frac{z^2}{4n^2}} .$$
#
# Write `share_with_interval(hits, n)`: three numbers, the share and both ends of its interval. Use
# $z = 1.96$. Raise a `ValueError` when `n` is below 1, or `hits` is below 0 or above `n`.


# %% solution="share_with_interval"
def share_with_interval(hits, n):
    """Return the share hits/n and the two ends of its 95 % interval (Wilson)."""
    ### BEGIN SOLUTION
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"hits must lie in 0 … n and n be at least 1, got {hits} of {n}")
    portion, z_squared = hits / n, 1.96**2
    shrink = 1 + z_squared / n
    midpoint = (portion + z_squared / (2 * n)) / shrink
    reach = 1.96 * np.sqrt(portion * (1 - portion) / n + z_squared / (4 * n * n)) / shrink
    return portion, midpoint - reach, midpoint + reach
    ### END SOLUTION


# %% tests="share_with_interval" points=3 claims="C1.1"
from lrcourse.grading.expect import expect

expect(
    share_with_interval(20, 20),
    (1.0, 0.838875, 1.0),
    call="share_with_interval(20, 20)",
    rtol=1e-4,
    mistakes=[
        ((1.0, 1.0, 1.0), "this interval claims certainty: it is the textbook's, not Wilson's"),
        ((0.919437, 0.838875, 1.0), "the first number is the share itself, not the centre"),
        ((0.838875, 1.0), "three numbers are asked for: the share, then both ends"),
        ((1.0, 1.0, 0.838875), "the ends are swapped: the lower one comes first"),
    ],
    hint="compute the centre and the half width as they stand above, piece by piece",
    read="the two formulas above",
)
expect(
    share_with_interval(5, 20),
    (0.25, 0.111862, 0.468704),
    call="share_with_interval(5, 20)",
    rtol=1e-4,
    mistakes=[
        ((0.25, 0.060225, 0.439775), "that is the textbook's interval, not Wilson's"),
        ((0.25, 0.129413, 0.426887), "z is 1.96, for 95 % on both sides"),
        ((0.25, 0.078617, 0.501948), "the half width must be divided by 1 + z²/n as well"),
    ],
    read="the two formulas above",
)
try:
    share_with_interval(21, 20)
except ValueError:
    pass
else:
    raise AssertionError(
        "share_with_interval(21, 20) must raise a ValueError: 21 of 20 is no share"
    )
### BEGIN HIDDEN TESTS
from lrcourse.statistics import share_interval

for landed, thrown in ((0, 1), (1, 1), (0, 20), (1, 20), (10, 20), (19, 20), (199, 200), (3, 7)):
    honest = share_interval(landed, thrown)
    expect(
        share_with_interval(landed, thrown),
        (landed / thrown, honest.low, honest.high),
        call=f"share_with_interval({landed}, {thrown})",
        atol=3e-4,  # 1.96 is rounded
    )
for landed, thrown in ((-1, 5), (1, 0), (6, 5), (0, 0)):
    try:
        share_with_interval(landed, thrown)
    except ValueError:
        continue
    raise AssertionError(f"share_with_interval({landed}, {thrown}) must raise a ValueError")
covered = 0
for chance_hits in np.random.default_rng(2103).binomial(30, 0.9, size=300):
    _, bottom, top = share_with_interval(int(chance_hits), 30)
    covered += bottom <= 0.9 <= top
expect(bool(covered >= 270), True, call="the interval holds the truth in nine of ten cases or more")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. A verdict, or none
#
# Small rates hit the deepest valley in some share of the runs, large rates in another. Each share
# has an interval. If the intervals have a point in common, the data do not say which is more.
#
# Write `which_is_more(small, large)`. Both arguments are pairs `(low, high)`. Return `"small"` if
# the whole interval of the small rates lies above that of the large ones, `"large"` in the opposite
# case, and `"undecided"` otherwise. Intervals that only touch are undecided.


# %% solution="which_is_more"
def which_is_more(small, large):
    """Say which share is larger, if the intervals can say it."""
    ### BEGIN SOLUTION
    (small_bottom, small_top), (large_bottom, large_top) = small, large
    ruling_word = "undecided"
    if small_bottom > large_top:
        ruling_word = "small"
    elif large_bottom > small_top:
        ruling_word = "large"
    return ruling_word
    ### END SOLUTION


# %% tests="which_is_more" points=1 claims="C1.1"
from lrcourse.grading.expect import expect

expect(
    which_is_more((0.1, 0.3), (0.5, 0.8)),
    "large",
    call="which_is_more(small=(0.1, 0.3), large=(0.5, 0.8))",
    mistakes=[("small", "the answer names the larger share, not the smaller one")],
    read="the text above",
)
expect(
    which_is_more((0.2, 0.5), (0.4, 0.9)),
    "undecided",
    call="which_is_more(small=(0.2, 0.5), large=(0.4, 0.9))",
    mistakes=[("large", "the intervals share the points from 0.4 to 0.5: nothing is decided")],
    read="the text above",
)
### BEGIN HIDDEN TESTS
rulings = [
    ((0.6, 0.7), (0.1, 0.2), "small"),
    ((0.1, 0.2), (0.2, 0.3), "undecided"),
    ((0.2, 0.3), (0.1, 0.2), "undecided"),
    ((0.0, 1.0), (0.4, 0.5), "undecided"),
    ((0.4, 0.5), (0.0, 1.0), "undecided"),
    ((0, 0), (1, 1), "large"),
    ([0.9, 0.95], [0.2, 0.89], "small"),
]
for small_ends, large_ends, ruling in rulings:
    expect(which_is_more(small_ends, large_ends), ruling, call=f"{small_ends} and {large_ends}")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Your judgement
#
# A friend writes: *"I train with a tiny learning rate, because only careful steps find the global
# minimum."*
#
# Answer in four to eight sentences. Say what a tiny rate without noise really decides, name **one
# landscape where a larger rate does better and one where it does worse**, and say what you would
# measure before you believe either of you. A person reads this answer.

# %% [markdown] manual="judgement" points=2 claims="C1.1"
# **Rubric for the letter about careful steps, 2 points**
#
# * *Half a point:* a tiny rate without noise follows the slope into the basin it started in; the
#   start decides, not the care.
# * *Half a point:* a landscape where a larger rate, or noise with decay, does better: shallow or
#   narrow valleys on the way to a wide and deep one.
# * *Half a point:* one where it does worse: a deep but narrow minimum that a large step jumps over.
# * *Half a point:* a measurement with many starts or seeds and an interval, and the limit that
#   networks are not landscapes in one dimension.
#
# **A sample answer to the careful friend**
#
# Your tiny steps trace the way that water would take, so you end in whichever valley you began in;
# being careful does not let you see over a hill. If shallow dips lie in front of a wide deep
# valley, a larger rate steps across the dips, and with noise that fades it finds the deep one far
# more often than you do. If the deepest point is a needle, the larger rate jumps over it and you,
# starting above it, would have had it. So take two hundred starts, run both rates, count who ends
# where, and look at the intervals of both shares before you say anything. For a network I would
# still be cautious, since most of its low points are about equally good.
