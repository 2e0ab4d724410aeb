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
# # Divergence, catapult, edge of stability
#
# *Exercises for the chapter of the same name. About 60 minutes. 12 points.*
#
# A loss that rises is not yet a loss that is lost. Here you build the instruments that tell the
# cases apart: a curvature meter, a classifier of runs, the window of the catapult, and the ratio
# that is one at the edge of stability.
#
# | | you write | points |
# |---|---|---|
# | 1 | `catapult_window`: which rates are too large and work all the same? | 2 |
# | 2 | `eos_ratio`: how close to the edge? | 2 |
# | 3 | `classify_run`: what became of this run? | 3 |
# | 4 | `largest_curvature`: how sharp is it, without the Hessian? | 3 |
# | 5 | a judgement, in your own words | 2 |
#
# **How to work.** Replace `raise NotImplementedError()` by your code and run the cell, then the
# test cell below it. If it prints nothing, those tests pass. Otherwise read the *last lines* of the
# message. Each exercise is graded by itself. After you hand in, further tests try other cases.

# %% locked="imports"
import numpy as np

# %% [markdown]
# ## 1. The window of the catapult
#
# A linear network with two layers and squared loss has a curvature that training itself changes.
# Call it $\lambda_0$ at the start. On a bowl, $\eta\lambda_0 > 2$ would be the end. In this network
# the loss first rises, the weights shrink, the curvature falls, and training settles in a flatter
# place: the **catapult**. It works up to $\eta\lambda_0 = 4$. Beyond that the curvature grows too,
# and nothing saves the run.
#
# Write `catapult_window(lambda0)`: the lowest and the highest learning rate of the window, as a
# pair. Raise a `ValueError` when `lambda0` is not above 0.


# %% solution="catapult_window"
def catapult_window(lambda0):
    """Return the learning rates between which a two-layer linear network catapults."""
    ### BEGIN SOLUTION
    if not lambda0 > 0:
        raise ValueError(f"a starting curvature must be above 0, got {lambda0!r}")
    bowl_limit = 2 / lambda0
    return bowl_limit, 2 * bowl_limit
    ### END SOLUTION


# %% tests="catapult_window" points=2 claims="C2.2"
from lrcourse.grading.expect import expect

chapter = "“Divergence, catapult, edge of stability”, section “The catapult”"
expect(
    catapult_window(5.0),
    (0.4, 0.8),
    call="catapult_window(5.0)",
    mistakes=[
        ((0.2, 0.4), "from 1/λ on steps cross the bottom; the window begins at 2/λ"),
        ((0.4, 2.4), "12/λ is said of wide ReLU networks; this network ends at 4/λ"),
        ((10.0, 20.0), "multiplied: a sharper start needs a smaller rate, so divide"),
        ((0.8, 0.4), "the lower end comes first"),
        (0.8, "both ends are asked for, as a pair"),
    ],
    read=chapter,
)
try:
    catapult_window(0)
except ValueError:
    pass
else:
    raise AssertionError("catapult_window(0) must raise a ValueError: a flat start has no window")
### BEGIN HIDDEN TESTS


def fate_of_two_layers(rate_tried, outer, inner):
    """Train uv towards 0 and say whether the loss rose, and whether it ended small."""
    begun, rose = (outer * inner) ** 2, False
    for _ in range(4000):
        product = outer * inner
        outer, inner = outer - rate_tried * product * inner, inner - rate_tried * product * outer
        square = (outer * inner) ** 2
        rose = rose or square > 1.5 * begun
        if not square < 1e12:
            return rose, False
    return rose, square < 1e-6


for outer_start, inner_start in ((2.0, 0.01), (0.7, 0.02), (5.0, 0.03)):
    sharp_start = outer_start**2 + inner_start**2
    bottom_rate, top_rate = catapult_window(sharp_start)
    for factor, fate_due in ((0.9, (False, True)), (1.2, (True, True))):
        fate = fate_of_two_layers(factor * bottom_rate, outer_start, inner_start)
        expect(fate[0], fate_due[0], call=f"does the loss rise at {factor} of the lower end?")
        expect(fate[1], fate_due[1], call=f"does it settle at {factor} of the lower end?")
    expect(
        fate_of_two_layers(0.95 * top_rate, outer_start, inner_start)[1],
        True,
        call="does it settle just below the upper end?",
    )
    expect(
        fate_of_two_layers(1.1 * top_rate, outer_start, inner_start)[1],
        False,
        call="does it settle beyond the upper end?",
    )
for unsharp in (-1.0, float("nan")):
    try:
        catapult_window(unsharp)
    except ValueError:
        continue
    raise AssertionError(f"catapult_window({unsharp}) must raise a ValueError")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. How close to the edge?
#
# Full-batch training of many networks sharpens until the largest curvature reaches the limit of the
# learning rate, and stays there: the **edge of stability**. With heavy-ball momentum $\beta$ the
# limit is $2(1+\beta)/\eta$.
#
# Write `eos_ratio(sharp, lr, beta=0)`: the sharpness at the end of a run divided by that limit.
# "At the end" is the **mean over the last quarter** of the values in `sharp`: the last
# `len(sharp) // 4` of them, and at least one.


# %% solution="eos_ratio"
def eos_ratio(sharp, lr, beta=0):
    """Return the sharpness of the last quarter, in units of the limit of stability."""
    ### BEGIN SOLUTION
    late_part = np.asarray(sharp, dtype=float)[-max(1, len(sharp) // 4) :]
    return float(late_part.mean() * lr / (2 * (1 + beta)))
    ### END SOLUTION


# %% tests="eos_ratio" points=2 claims="C2.2"
from lrcourse.grading.expect import expect

chapter = "“Divergence, catapult, edge of stability”, section “The edge of stability”"
expect(
    eos_ratio([1, 2, 4, 8, 12, 16, 18, 22], 0.1),
    1.0,
    call="eos_ratio([1, 2, 4, 8, 12, 16, 18, 22], lr=0.1)",
    mistakes=[
        (0.51875, "the whole run was averaged: the beginning says nothing about the edge"),
        (1.1, "only the last value was used: take the mean of the last quarter"),
        (2.0, "the limit is 2/lr, not 1/lr"),
        (0.85, "that is the mean of the last half; a quarter is asked for"),
    ],
    hint="the last quarter of eight values is the last two: 18 and 22",
    read=chapter,
)
expect(
    eos_ratio([30, 30, 30, 30], 0.1, beta=0.5),
    1.0,
    call="eos_ratio([30, 30, 30, 30], lr=0.1, beta=0.5)",
    mistakes=[
        (1.5, "beta was left out: momentum raises the limit by the factor 1 + beta"),
        (0.75, "the limit is 2(1 + beta)/lr, not 2/(lr(1 - beta))"),
        (3.0, "the limit is raised by 1 + beta, not lowered by 1 - beta"),
    ],
    read=chapter,
)
### BEGIN HIDDEN TESTS
edge_dice = np.random.default_rng(3102)
for readings in (1, 2, 3, 4, 5, 7, 8, 40, 101):
    measured = edge_dice.uniform(1, 50, size=readings)
    measured.flags.writeable = False
    for inertia in (0, 0.5, 0.9):
        closing = measured[readings - max(1, readings // 4) :]
        ratio_due = np.mean(closing) / (2 * (1 + inertia) / 0.07)
        expect(eos_ratio(measured, 0.07, inertia), ratio_due, call=f"{readings} readings")
expect(eos_ratio((20,), 0.1), 1.0, call="eos_ratio((20,), 0.1)")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. What became of this run?
#
# Write `classify_run(losses)`, which looks at the losses of a full-batch run, one a step, and
# returns one word. The first rule that fits decides:
#
# 1. `"diverged"`: a loss is `nan` or infinite, or the **last loss is above the first**;
# 2. `"catapult"`: the largest loss is **more than 1.5 times** the first. It rose, and came back;
# 3. `"edge"`: in the second half, the loss rises in **at least one step in ten**, though it ends
#    lower;
# 4. `"converged"`: none of these.
#
# The second half are the losses from index `len(losses) // 2` on. There are at least four losses.


# %% solution="classify_run"
def classify_run(losses):
    """Say what a run did: diverged, catapult, edge or converged."""
    ### BEGIN SOLUTION
    curve = np.asarray(losses, dtype=float)
    climbs = np.diff(curve[len(curve) // 2 :]) > 0
    fate_word = "edge" if climbs.mean() >= 0.1 else "converged"
    if curve.max() > 1.5 * curve[0]:
        fate_word = "catapult"
    if not np.isfinite(curve).all() or curve[-1] > curve[0]:
        fate_word = "diverged"
    return fate_word
    ### END SOLUTION


# %% tests="classify_run" points=3 claims="C2.2 C2.3"
from lrcourse.grading.expect import expect

chapter = "“Divergence, catapult, edge of stability”, section “The idea”"
expect(
    classify_run([1.0, 3.0, 9.0, 4.0, 1.0, 0.3, 0.1, 0.05]),
    "catapult",
    call="classify_run([1, 3, 9, 4, 1, 0.3, 0.1, 0.05])",
    mistakes=[
        ("diverged", "a loss that rises has not diverged: this one came back and ended lower")
    ],
    read=chapter,
)
expect(
    classify_run([1.0, 0.5, 0.2, float("nan")]),
    "diverged",
    call="classify_run([1.0, 0.5, 0.2, nan])",
    mistakes=[
        ("converged", "nan is neither above nor below anything: ask np.isfinite first"),
        ("edge", "nan is neither above nor below anything: ask np.isfinite first"),
    ],
    read="rule 1",
)
expect(
    classify_run([1.0, 0.8, 0.6, 0.5, 0.45, 0.47, 0.42, 0.44, 0.40, 0.41, 0.38, 0.37]),
    "edge",
    call="classify_run of a loss that falls in zigzag",
    mistakes=[("converged", "look at the steps of the second half: some of them go up")],
    read="rule 3",
)
expect(
    classify_run([1.0, 1.2, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01]),
    "converged",
    call="classify_run([1, 1.2, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01])",
    mistakes=[
        ("diverged", "one rise of a fifth at the start is no divergence"),
        ("catapult", "a catapult is more than 1.5 times the first loss"),
        ("edge", "only steps of the second half count for the edge"),
    ],
    read="rules 2 and 3",
)
### BEGIN HIDDEN TESTS
falling = 0.9 ** np.arange(60)
zigzag = falling * (1 + 0.2 * (-1.0) ** np.arange(60))
rare = falling.copy()
rare[45] = rare[44] * 1.01
fates = [
    (falling, "converged"),
    (falling[::-1].copy(), "diverged"),
    (zigzag, "edge"),
    (rare, "converged"),
    (np.append(falling, np.inf), "diverged"),
    (np.concatenate([[1, np.inf], falling[:20] / 2]), "diverged"),
    (np.concatenate([[1.0, 1.6], 0.5 * falling]), "catapult"),
    (np.concatenate([[1.0, 1.5], 0.5 * falling]), "converged"),
    (np.ones(12), "converged"),
    ([4, 3, 2, 1], "converged"),
    ([1, 1, 1, 2], "diverged"),
    (np.array([2, 9, 1, 1], dtype=np.int64), "catapult"),
    ((1.0, 0.9, 0.8, 0.85), "edge"),
    (np.float32([1, 0.5, 0.25, 0.125, 0.0625]), "converged"),
]
for curve_given, fate_named in fates:
    expect(classify_run(curve_given), fate_named, call=f"classify_run of {len(curve_given)} losses")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Sharpness without the Hessian
#
# A network with a million weights has a Hessian with a million million entries. Nobody writes it
# down. But the product $Hv$ for one vector $v$ costs about as much as two gradients, and that is
# enough.
#
# **Power iteration**: start with a random vector, multiply by $H$, scale to length 1, repeat. The
# vector turns towards the eigenvector whose eigenvalue is largest *in size*. Its eigenvalue, sign
# included, is the Rayleigh quotient $v^\top H v$ of a vector of length 1. Go on until it stands
# still, not for some fixed few steps: close eigenvalues take long.
#
# Write `largest_curvature(hvp, dim)`. `hvp` is a function that gives $Hv$ for an array `v` of `dim`
# numbers; $H$ is symmetric and not zero. Return the eigenvalue of largest size, **with its sign**,
# right to one part in a thousand. (The tests have no two eigenvalues of exactly opposite sign that
# tie for the largest size.)


# %% solution="largest_curvature"
def largest_curvature(hvp, dim):
    """Return the eigenvalue of largest size of the matrix behind hvp, with its sign."""
    ### BEGIN SOLUTION
    probe = np.random.default_rng(0).standard_normal(dim)
    probe /= np.linalg.norm(probe)
    curvature_read, quiet = 0.0, 0
    for _ in range(5000):
        turned = np.asarray(hvp(probe), dtype=float)
        fresh = float(probe @ turned)
        quiet = quiet + 1 if abs(fresh - curvature_read) <= 1e-7 * abs(fresh) else 0
        curvature_read = fresh
        if quiet >= 5:
            break
        probe = turned / np.linalg.norm(turned)
    return curvature_read
    ### END SOLUTION


# %% tests="largest_curvature" points=3 claims="C2.1"
from lrcourse.grading.expect import expect

chapter = "“Divergence, catapult, edge of stability”, section “The edge of stability”"
tilted = np.array([[2.0, 1.0], [1.0, 2.0]])
expect(
    largest_curvature(lambda v: tilted @ v, 2),
    3.0,
    call="largest_curvature of [[2, 1], [1, 2]], with eigenvalues 3 and 1",
    rtol=1e-3,
    mistakes=[
        (2.0, "the diagonal is not the curvature of a tilted bowl"),
        (1.0, "that is the smaller eigenvalue"),
        (4.0, "that is the sum of the eigenvalues"),
    ],
    read=chapter,
)
saddle = np.diag([1.0, -5.0, 2.0])
expect(
    largest_curvature(lambda v: saddle @ v, 3),
    -5.0,
    call="largest_curvature of diag(1, -5, 2)",
    rtol=1e-3,
    mistakes=[
        (5.0, "the length of Hv has lost the sign: use the Rayleigh quotient v @ Hv"),
        (2.0, "the largest in size is asked for, and -5 is larger in size than 2"),
    ],
    read="the text above",
)
close = np.diag([1.0, 0.97, 0.5, 0.1])
expect(
    largest_curvature(lambda v: close @ v, 4),
    1.0,
    call="largest_curvature of diag(1, 0.97, 0.5, 0.1), two eigenvalues close together",
    rtol=1e-3,
    hint="too few steps: go on until the Rayleigh quotient stands still",
    read="the text above",
)
### BEGIN HIDDEN TESTS
hessian_dice = np.random.default_rng(3104)
for side, sizes in (
    (1, [7.0]),
    (2, [-0.01, 0.003]),
    (5, [3, -2, 1, 0, 0]),
    (6, [40, 38, 1, -39, 0, 2]),
    (12, np.linspace(-1, 0.9, 12)),
    (30, np.geomspace(1e-3, 1e3, 30)),
):
    frame = np.linalg.qr(hessian_dice.normal(size=(side, side)))[0]
    dense = (frame * np.asarray(sizes, dtype=float)) @ frame.T
    truth = max(np.linalg.eigvalsh(dense), key=abs)
    found = largest_curvature(lambda v, dense=dense: dense @ np.asarray(v), side)
    expect(found, truth, call=f"a Hessian of {side} rows", rtol=2e-3)
opposed = np.array([[1.0, -3.0], [-3.0, 1.0]])
expect(
    largest_curvature(lambda v: opposed @ np.asarray(v), 2),
    4.0,
    call="[[1, -3], [-3, 1]]",
    rtol=1e-3,
)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Your judgement
#
# A script stops every training as soon as the loss has risen twice in a row and reports *"diverged,
# learning rate too high"*.
#
# Answer its author in four to eight sentences. Name **two kinds of run that this script kills
# although they would have ended well**, say what a run that is really lost looks like, and propose
# a rule that you would put in its place. A person reads this answer.

# %% [markdown] manual="judgement" points=2 claims="C2.2"
# **Rubric for the answer to the script's author, 2 points**
#
# * *Half a point:* the catapult: a rise by a large factor, then convergence to a flatter place.
# * *Half a point:* the edge of stability, or mini-batch noise: many small rises on the way down.
# * *Half a point:* what is lost: nan or infinity, or a loss that stays above its start.
# * *Half a point:* a rule with a bound and some patience, and what it costs (wasted steps).
#
# **A sample answer to the script's author**
#
# Two rises in a row are daily business for healthy runs. Between two and four times the inverse
# curvature the loss may first climb a hundredfold while the weights shrink, and afterwards it sits
# in a flatter place than careful training finds. At the edge of stability a good part of all steps
# go up and the loss still comes down over a hundred of them, and mini-batches add rises that mean
# nothing at all. A run is lost when a number is no longer finite, or when the loss stays far above
# where it began. I would stop at the first nan, and otherwise when the loss has been above ten
# times its first value for some hundreds of steps; that wastes those steps, but it kills nobody who
# would have come back.
