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
# # The noise floor
#
# *Exercises for the chapter of the same name. About 45 minutes. 10 points.*
#
# With a constant learning rate and noisy gradients, training does not end in the minimum. It ends
# in a cloud around it, and the height of the cloud is the noise floor. Here you work out how high
# it is, how a larger batch can be paid for with a larger rate, and how to measure a power law
# without fooling yourself.
#
# | | you write | points |
# |---|---|---|
# | 1 | `sgd_floor`: how high is the floor? | 3 |
# | 2 | `lr_for_batch`: another batch, the same floor | 2 |
# | 3 | `loglog_slope`: a power, with its interval | 3 |
# | 4 | a judgement, in your own words | 2 |
#
# **How to work.** Replace `raise NotImplementedError()` by your code and run the cell, then the
# test cell below it. If it prints nothing, those tests pass. Otherwise read the *last lines* of the
# message. Each exercise is graded by itself. After you hand in, further tests try other cases.

# %% locked="imports"
import numpy as np
from scipy import stats

# %% [markdown]
# ## 1. How high is the floor?
#
# Take the bowl $L(x) = \tfrac12\lambda x^2$. Every gradient is wrong by a random amount. For one
# example its variance is $\sigma^2$; the mean over a batch of $B$ examples has variance
# $\sigma^2 / B$. One step of SGD with rate $\eta$ pulls and kicks:
#
# $$x \leftarrow (1 - \eta\lambda)\,x - \eta\,\xi, \qquad \operatorname{Var}\xi = \sigma^2/B .$$
#
# After many steps the variance $V$ of $x$ no longer changes: what the pull takes away, the kick
# puts back, $V = (1-\eta\lambda)^2 V + \eta^2\sigma^2/B$. Solve this for $V$. The mean loss on
# the floor is $\tfrac12\lambda V$.
#
# Write `sgd_floor(lr, lam, sigma, B)`, that mean loss. Beyond $\eta\lambda = 2$ there is no floor:
# raise a `ValueError` when `lr * lam >= 2`, and when `lr`, `lam` or `B` is not above 0.


# %% solution="sgd_floor"
def sgd_floor(lr, lam, sigma, B):
    """Return the mean loss at which SGD with a constant rate stays on the bowl."""
    ### BEGIN SOLUTION
    if not (lr > 0 and lam > 0 and B > 0 and lr * lam < 2):
        raise ValueError(f"no floor for lr={lr}, lam={lam}, B={B}")
    kick_power = sigma**2 / B
    return lr * kick_power / (2 * (2 - lr * lam))
    ### END SOLUTION


# %% tests="sgd_floor" points=3 claims="C1.3 C1.4"
from lrcourse.grading.expect import expect

chapter = "“The noise floor”, section “Where they balance”"
expect(
    sgd_floor(0.5, 2.0, 4.0, 8),
    0.5,
    call="sgd_floor(lr=0.5, lam=2, sigma=4, B=8)",
    mistakes=[
        (0.25, "the factor 2 − ηλ is not 2: near the limit of stability the floor rises"),
        (1.0, "half of it: the loss is ½ λ V"),
        (4.0, "the batch is missing: the variance of a mean is σ²/B"),
        (1.4142, "the variance falls with B, the standard deviation with √B: use σ²/B"),
        (0.125, "σ must be squared: it is a standard deviation"),
    ],
    hint="V (1 − (1 − ηλ)²) = η²σ²/B, and 1 − (1 − ηλ)² = ηλ(2 − ηλ)",
    read=chapter,
)
for impossible in ((1.0, 2.0), (3.0, 1.0), (-0.1, 1.0), (0.1, 0.0)):
    try:
        sgd_floor(*impossible, 1.0, 1)
    except ValueError:
        continue
    raise AssertionError(f"sgd_floor with lr, lam = {impossible} must raise a ValueError")
### BEGIN HIDDEN TESTS
floor_dice = np.random.default_rng(4101)
for _ in range(40):
    bend_now = float(10 ** floor_dice.uniform(-2, 2))
    pull_share = float(floor_dice.uniform(0.01, 1.9))
    rate_now, noise_now = pull_share / bend_now, float(floor_dice.uniform(0, 5))
    crowd = int(floor_dice.integers(1, 300))
    spread_now = 0.0
    for _ in range(20000):
        spread_next = (1 - pull_share) ** 2 * spread_now + rate_now**2 * noise_now**2 / crowd
        if spread_next == spread_now:
            break
        spread_now = spread_next
    expect(
        sgd_floor(rate_now, bend_now, noise_now, crowd),
        bend_now * spread_now / 2,
        call=f"sgd_floor where lr·lam = {pull_share:.3f}",
    )
expect(sgd_floor(1, 1, 2, 4), 0.5, call="sgd_floor(1, 1, 2, 4), ints")
for impossible in ((0.1, 1.0, 1.0, 0), (2.0, 1.0, 1.0, 3), (float("nan"), 1.0, 1.0, 3)):
    try:
        sgd_floor(*impossible)
    except ValueError:
        continue
    raise AssertionError(f"sgd_floor{impossible} must raise a ValueError")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Another batch, the same floor
#
# For small rates the floor of exercise 1 is proportional to $\eta / B$. You have tuned `lr` with
# batches of `B0` examples. Now there is memory for batches of `B1`. Which rate has **the same
# floor**, as long as rates are small?
#
# Write `lr_for_batch(lr, B0, B1)`.


# %% solution="lr_for_batch"
def lr_for_batch(lr, B0, B1):
    """Return the rate that has with batches of B1 the floor that lr had with B0 (small rates)."""
    ### BEGIN SOLUTION
    crowd_ratio = B1 / B0
    return lr * crowd_ratio
    ### END SOLUTION


# %% tests="lr_for_batch" points=2 claims="C3.1"
from lrcourse.grading.expect import expect

expect(
    lr_for_batch(0.01, 32, 128),
    0.04,
    call="lr_for_batch(0.01, B0=32, B1=128)",
    mistakes=[
        (0.02, "√4 is the rule for equal kicks in one step; the floor asks for equal lr/B"),
        (0.0025, "wrong way round: larger batches are less noisy, so the rate may grow"),
        (0.005, "wrong way round, and the floor goes with lr/B, without a root"),
        (0.01, "lr is unchanged: then the floor would be a quarter as high"),
        (0.16, "the ratio counts once"),
    ],
    read="“The noise floor”, section “Three ways to get lower”",
)
### BEGIN HIDDEN TESTS
for tuned_rate, crowd_before, crowd_after in (
    (0.003, 16, 4),
    (1e-4, 1, 1000),
    (0.1, 7, 7),
    (1, 2, 3),
):
    moved_rate = lr_for_batch(tuned_rate, crowd_before, crowd_after)
    expect(moved_rate / crowd_after, tuned_rate / crowd_before, call="lr/B afterwards and before")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. A power, with its interval
#
# "The floor is proportional to the rate" means that on paper with two logarithmic axes the floors
# lie on a line with slope 1. You measured floors at several rates, with several seeds: `y_by_seed`
# has one row for each seed, one column for each value of `x`.
#
# Fit a straight line to $\log y$ against $\log x$ **for each seed**, by least squares. You get one
# slope a seed: independent numbers. Their mean is the estimate, and
#
# $$\text{mean} \pm t\,\frac{s}{\sqrt n}$$
#
# is its 95 % interval, with $n$ seeds, the standard deviation $s$ of the slopes (divide by $n-1$)
# and Student's $t$ = `stats.t.ppf(0.975, n - 1)` (`stats` is scipy's, imported above). To pool
# all points into one fit would count points of one seed as if they were independent, and give an
# interval that is too short.
#
# Write `loglog_slope(x, y_by_seed)`: three numbers, the mean slope and both ends of its interval.
# There are at least two seeds and two values of `x`; all numbers are above 0.


# %% solution="loglog_slope"
def loglog_slope(x, y_by_seed):
    """Return mean slope and 95 % interval of log y against log x, one fit a seed."""
    ### BEGIN SOLUTION
    ruler = np.log(np.asarray(x, dtype=float))
    ruler = ruler - ruler.mean()
    powers = np.log(np.asarray(y_by_seed, dtype=float)) @ ruler / (ruler @ ruler)
    doubt = stats.t.ppf(0.975, len(powers) - 1) * powers.std(ddof=1) / np.sqrt(len(powers))
    return powers.mean(), powers.mean() - doubt, powers.mean() + doubt
    ### END SOLUTION


# %% tests="loglog_slope" points=3 claims="C1.3"
from lrcourse.grading.expect import expect

rates = [0.01, 0.1, 1.0]
exact = [[2.0, 20.0, 200.0], [5.0, 50.0, 500.0]]
expect(
    loglog_slope(rates, exact),
    (1.0, 1.0, 1.0),
    call="loglog_slope of floors that are 200·x and 500·x",
    mistakes=[
        ((2.302585, 2.302585, 2.302585), "both axes are logarithmic: take the logarithm of x too"),
        (1.0, "three numbers are asked for: the mean and both ends"),
    ],
    read="“The noise floor”, section “Where they balance”",
)
bent = [[1.0, 10.0, 100.0], [1.0, 100.0, 10000.0]]
expect(
    loglog_slope(rates, bent),
    (1.5, -4.853102, 7.853102),
    call="loglog_slope of two seeds with slopes 1 and 2",
    mistakes=[
        ((1.5, 0.52, 2.48), "with two seeds Student's t is 12.7, not 1.96"),
        ((1.5, -2.992372, 5.992372), "the standard deviation of a sample divides by n − 1"),
        ((1.5, -7.484646, 10.484646), "the interval of a mean: divide s by √n"),
        ((1.5, 1.0, 2.0), "these are the smallest and the largest slope, not an interval"),
    ],
    read="the formula above",
)
### BEGIN HIDDEN TESTS
import lrcourse.statistics as trusted_statistics

ruler_dice = np.random.default_rng(4103)
for seeds_run, places, true_power in ((2, 2, 1.0), (8, 5, -1.0), (5, 3, 0.5), (12, 9, 2.0)):
    abscissa = np.sort(10 ** ruler_dice.uniform(-3, 1, size=places))
    floors = abscissa**true_power * np.exp(ruler_dice.normal(0, 0.2, size=(seeds_run, places)))
    floors *= np.exp(ruler_dice.normal(size=(seeds_run, 1)))
    fitted = [np.polyfit(np.log(abscissa), np.log(row), 1)[0] for row in floors]
    honest = trusted_statistics.mean_interval(fitted)
    abscissa.flags.writeable = floors.flags.writeable = False
    expect(
        loglog_slope(abscissa, floors),
        (np.mean(fitted), honest.low, honest.high),
        call=f"loglog_slope of {seeds_run} seeds at {places} values",
        atol=1e-7,
    )
expect(loglog_slope((1, 2), [(3, 12), (1, 4)]), (2.0, 2.0, 2.0), call="whole numbers in tuples")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Your judgement
#
# A colleague says: *"My loss has stopped falling and only jitters. So the learning rate was too
# large from the start; I will begin again with a tenth of it."*
#
# Answer in four to eight sentences. Say what the jitter shows and what it does not, name **two ways
# to get lower without starting again**, and a case in which the jitter would vanish by itself. A
# person reads this answer.

# %% [markdown] manual="judgement" points=2 claims="C1.3 C1.4"
# **Rubric for the answer about jitter, 2 points**
#
# * *Half a point:* the jitter is a floor set by rate, batch and gradient noise; any constant rate
#   has one, a tenth of the rate a tenth of it, reached about ten times as late.
# * *Half a point:* reduce the rate now, from where training is: the way so far was not lost.
# * *Half a point:* a second way: larger batches, or averaging the last weights.
# * *Half a point:* interpolation: if the model can fit every example, the noise goes to zero too.
#
# **A sample answer about jitter**
#
# The jitter tells you that pull and kick are in balance at this rate, not that the rate was a
# mistake: it brought you here quickly. Every constant rate has such a floor while the gradients are
# noisy; a tenth of the rate has about a tenth of the height, and you would wait ten times as long
# to see it. So lower the rate now, from the weights you have, and watch the loss drop within a few
# hundred steps. If you would rather keep the rate, use larger batches or average the weights of the
# last epochs; both quieten the kicks. And if your model can fit all its examples, the gradients of
# all of them vanish together, and the jitter dies out at this very rate.
