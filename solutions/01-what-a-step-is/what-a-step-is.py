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
# # What a step is
#
# *Exercises for the chapter of the same name. About 45 minutes. 12 points.*
#
# In the chapter you saw that a learning rate is neither small nor large by itself. It multiplies
# the gradient, and what happens next depends on how *curved* the loss is. Here you build that
# insight from four short functions, and then use it to answer a colleague.
#
# | | you write | points |
# |---|---|---|
# | 1 | `regime`: what will this step do? | 2 |
# | 2 | `gd_path`: where does gradient descent go? | 3 |
# | 3 | `critical_lr`: how large is too large? | 3 |
# | 4 | `predict_lr_after_rescale`: new units, new learning rate | 2 |
# | 5 | a judgement, in your own words | 2 |
#
# **How to work.** Replace `raise NotImplementedError()` by your code and run the cell. Then run
# the test cell below it. If it prints nothing, those tests pass. If something is wrong, read the
# *last lines* of the message: what was expected, what came, and the mistake that usually causes
# it. Each exercise is graded by itself, so you may leave one out and go on. After you hand in,
# further tests try cases that are not shown here.
#
# You need NumPy and the course's package, nothing else.

# %% locked="imports"
import numpy as np

# %% [markdown]
# ## 1. What will this step do?
#
# Roll a ball to the bottom of a bowl, in steps. The bowl is the loss
# $L(x) = \tfrac{1}{2}\lambda x^2$, where $\lambda > 0$ says how curved it is. The slope at $x$ is
# $\lambda x$, so one step of gradient descent with learning rate $\eta$ leads to
#
# $$x_{\text{new}} = x - \eta\,\lambda x = (1 - \eta\lambda)\,x .$$
#
# Every step multiplies $x$ by the same number, $1 - \eta\lambda$. So the *product* $\eta\lambda$
# decides everything:
#
# | $\eta\lambda$ | what the ball does | answer |
# |---|---|---|
# | up to 1, 1 included | rolls down on its own side, never crosses the bottom | `"monotone"` |
# | above 1, up to 2, 2 included | jumps across the bottom at every step | `"oscillating"` |
# | above 2 | jumps across and lands higher every time | `"diverging"` |
#
# At exactly 1 it reaches the bottom in a single step. At exactly 2 it jumps between the same two
# points for ever: it does not settle, but it does not fly off either, so we call it oscillating.
#
# Write `regime(lr, lam)`. Both arguments are positive numbers; return one of the three words.


# %% solution="regime"
def regime(lr, lam):
    """Say what gradient descent does on the bowl lam/2 · x²."""
    ### BEGIN SOLUTION
    turning_power = lr * lam
    if turning_power <= 1:
        return "monotone"  # never crosses the bottom
    return "oscillating" if turning_power <= 2 else "diverging"
    ### END SOLUTION


# %% tests="regime" points=2 claims="C0.3 C2.1"
from lrcourse.grading.expect import expect

chapter = "“What a step is”, section “One direction”"
expect(
    regime(0.1, 4),
    "monotone",
    call="regime(0.1, 4), where lr·lam = 0.4",
    hint="compare the product lr·lam with 1 and with 2",
    read=chapter,
)
expect(
    regime(0.375, 4),
    "oscillating",
    call="regime(0.375, 4), where lr·lam = 1.5",
    mistakes=[
        (
            "monotone",
            "there are two limits: from 1 on the ball crosses the bottom, from 2 on it"
            " climbs; it seems that only the second is tested",
        ),
        ("diverging", "it crosses the bottom, but every jump is shorter than the last: it settles"),
    ],
    read=chapter,
)
expect(
    regime(0.75, 4),
    "diverging",
    call="regime(0.75, 4), where lr·lam = 3",
    mistakes=[("oscillating", "it does jump across, but it lands twice as far out each time")],
    read=chapter,
)
expect(
    regime(0.01, 400),
    "diverging",
    call="regime(0.01, 400), where lr·lam = 4",
    hint="a learning rate of 0.01 looks small, but this bowl is steep: only the product counts",
    read=chapter,
)
expect(
    regime(0.25, 4),
    "monotone",
    call="regime(0.25, 4), where lr·lam is exactly 1",
    hint="the first row of the table includes 1: use <= where the row says 'included'",
    read="the table above",
)
### BEGIN HIDDEN TESTS
edge_of_each_word = [
    (0.5, 4.0, "oscillating"),
    (2, 1, "oscillating"),
    (1, 1, "monotone"),
    (8, 0.125, "monotone"),
    (4, 0.5, "oscillating"),
    (1, 2.0009765625, "diverging"),
    (1, 1.0009765625, "oscillating"),
    (np.float32(0.5), np.int64(2), "monotone"),
    (1e-6, 1.9e6, "oscillating"),
    (3e-6, 1e6, "diverging"),
    (100.0, 0.001, "monotone"),
]
for bowl_step, bowl_bend, word_due in edge_of_each_word:
    expect(regime(bowl_step, bowl_bend), word_due, call=f"regime({bowl_step}, {bowl_bend})")

ball_dice = np.random.default_rng(1101)
for _ in range(60):
    bowl_bend = float(10 ** ball_dice.uniform(-3, 3))
    squeeze = float(ball_dice.uniform(0.02, 3.5))
    if min(abs(squeeze - 1), abs(squeeze - 2)) < 1e-3:
        continue
    ball_at, ball_then = 1.0, 1.0 - squeeze
    same_side = ball_then * ball_at >= 0
    word_due = "monotone" if same_side else "oscillating"
    if abs(ball_then) > abs(ball_at):
        word_due = "diverging"
    expect(regime(squeeze / bowl_bend, bowl_bend), word_due, call=f"regime, lr·lam = {squeeze}")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Where does gradient descent go?
#
# A real loss has more than one direction. Near a minimum it looks like a bowl in $d$ dimensions,
# $L(x) = \tfrac{1}{2} x^\top H x$, where the *Hessian* $H$ is a symmetric $d \times d$ matrix that
# holds the curvatures. Its gradient is $Hx$.
#
# Write `gd_path(H, x0, lr, T)`, which walks `T` steps from the point `x0` and returns **every
# point on the way, the start included**: an array of shape `(T + 1, d)`. Row 0 is `x0`, row 1 is
# the point after one step, and so on.
#
# Three things to watch:
#
# * `H` and `x0` may be lists, and may hold whole numbers. The path is an array of floats.
# * The array that you are given as `x0` belongs to somebody else: leave it as it is.
# * `T` may be 0. Then the path is the start alone.


# %% solution="gd_path"
def gd_path(H, x0, lr, T):
    """Return the T + 1 points of gradient descent on ½ xᵀHx, from x0, as shape (T + 1, d)."""
    ### BEGIN SOLUTION
    bowl_matrix = np.asarray(H, dtype=float)
    footprints = [np.array(x0, dtype=float)]
    while len(footprints) <= T:
        here = footprints[-1]
        footprints.append(here - lr * bowl_matrix @ here)
    return np.stack(footprints)
    ### END SOLUTION


# %% tests="gd_path" points=3 claims="C0.1 C0.3"
from lrcourse.grading.expect import expect

chapter = "“What a step is”, section “Many directions”"
two_steps = np.array([[4.0, 2.0], [2.0, -2.0], [1.0, 2.0]])
expect(
    gd_path(np.diag([1.0, 4.0]), np.array([4.0, 2.0]), 0.5, 2),
    two_steps,
    call="gd_path(np.diag([1.0, 4.0]), np.array([4.0, 2.0]), lr=0.5, T=2)",
    mistakes=[
        (two_steps[1:], "the start is missing: T steps make T + 1 points, and row 0 is x0"),
        (two_steps[:2], "the last point is missing: T steps make T + 1 points"),
        (two_steps[-1], "only the last point came back: keep every point on the way"),
        (two_steps.T, "rows and columns are swapped: one row for each point"),
        ([[4, 2], [6, 6], [9, 18]], "the step goes uphill: subtract the gradient"),
        ([[4, 2], [0, -6], [0, 18]], "the steps are too long: the gradient is Hx, without a 2"),
        ([[4, 2], [2, -2], [0, -6]], "every step uses the gradient at x0: take it where you are"),
        (
            two_steps[[2, 2, 2]],
            "all rows are the last point: one array was changed in place and"
            " stored again and again; make a new array, or store a copy",
        ),
        (two_steps[[0, 0, 0]], "the path never leaves x0: start each step where the last ended"),
    ],
    hint="one step is x - lr * (H @ x), with the gradient as it is, not scaled to length 1",
    read=chapter,
)
expect(
    gd_path([[3, 1], [1, 2]], [1, 0], 0.25, 1),
    [[1, 0], [0.25, -0.25]],
    call="gd_path([[3, 1], [1, 2]], [1, 0], lr=0.25, T=1), with plain lists of whole numbers",
    mistakes=[
        ([[1, 0], [0, 0]], "the numbers were cut to whole ones: ask for floats, dtype=float"),
        ([[1, 0], [0.25, 0]], "`*` multiplies entry by entry: the product with a matrix is `@`"),
    ],
    hint="begin with np.array(..., dtype=float) for both H and x0",
    read=chapter,
)
lent = np.array([4.0, 2.0])
lent.flags.writeable = False  # whoever changes the caller's x0 gets an error here
_ = gd_path(np.diag([1.0, 4.0]), lent, 0.5, 2)
### BEGIN HIDDEN TESTS
walk_dice = np.random.default_rng(1102)
for size_of_walk in (1, 2, 3, 5, 8):
    twist = np.linalg.qr(walk_dice.normal(size=(size_of_walk, size_of_walk)))[0]
    bends = walk_dice.uniform(0.1, 2.0, size=size_of_walk)
    if size_of_walk > 2:
        bends[0] = 0.0
    tilted_bowl = (twist * bends) @ twist.T
    tilted_bowl = (tilted_bowl + tilted_bowl.T) / 2
    dropped_at = walk_dice.normal(size=size_of_walk)
    for stride, footsteps in ((0.3, 7), (0.9, 4), (1.2, 12), (0.05, 1)):
        shrink = np.eye(size_of_walk) - stride * tilted_bowl
        due_points = [np.linalg.matrix_power(shrink, k) @ dropped_at for k in range(footsteps + 1)]
        walked = gd_path(tilted_bowl.copy(), dropped_at.copy(), stride, footsteps)
        expect(walked, np.array(due_points), call="gd_path", rtol=1e-6, atol=1e-9)

bowl_lent, start_lent = np.diag([2.0, 1.0]), np.array([1.0, -3.0])
for lent_array in (bowl_lent, start_lent):
    lent_array.flags.writeable = False
first_walk = np.array(gd_path(bowl_lent, start_lent, 0.25, 6))
second_walk = np.array(gd_path(bowl_lent, start_lent, 0.25, 6))
expect(second_walk, first_walk, call="gd_path called twice with the same arguments")
expect(gd_path(np.eye(3), np.ones(3), 0.1, 0), np.ones((1, 3)), call="gd_path with T = 0")
expect(gd_path([[4]], [8], 0.125, 3), [[8], [4], [2], [1]], call="gd_path in one dimension")
expect(gd_path(np.eye(2), [1, 2], 3, 2), [[1, 2], [-2, -4], [4, 8]], call="gd_path, lr = 3")
expect(gd_path(np.eye(2), [0, 0], 0.5, 2), np.zeros((3, 2)), call="gd_path from the minimum")
long_walk = gd_path(np.diag([1.0, 0.0]), (2.0, 5.0), 0.5, 40)
expect(np.shape(long_walk), (41, 2), call="the shape of 40 steps")
expect(long_walk[-1], [2 * 0.5**40, 5.0], call="the end of 40 steps with one flat direction")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. How large is too large?
#
# Along each eigenvector of $H$ the walk of exercise 2 is the walk of exercise 1, with the
# eigenvalue as its $\lambda$. Gradient descent as a whole is stable only if it is stable along
# *every* eigenvector, so one of them sets the limit. Which one?
#
# The **critical learning rate** is the border between settling and diverging. In a single bowl of
# curvature $\lambda$ it is
#
# * $2/\lambda$ for plain gradient descent, as in exercise 1;
# * $(1+\beta)$ times as large for *heavy-ball* momentum $\beta$, which remembers where it was
#   going and so forgives more;
# * $\dfrac{1+\beta}{1+2\beta}$ times as large for *Nesterov's* momentum, which looks ahead before
#   it takes the gradient. For $\beta > 0$ that factor is below 1: Nesterov's method tolerates
#   *less* than plain gradient descent.
#
# Write `critical_lr(H, beta=0, nesterov=False)` for a bowl with Hessian `H`. You may rely on this:
# `H` is symmetric, no eigenvalue is negative, and at least one is positive. Some may be exactly 0:
# the loss is flat in those directions, and no step along them can go wrong. `beta` is in [0, 1).
#
# *A tool that helps:* `np.linalg.eigvalsh` gives the eigenvalues of a symmetric matrix.


# %% solution="critical_lr"
def critical_lr(H, beta=0, nesterov=False):
    """Return the learning rate above which the walk on ½ xᵀHx diverges."""
    ### BEGIN SOLUTION
    sharpest_bend = np.linalg.eigvalsh(np.asarray(H, dtype=float)).max()
    forgiveness = (1 + beta) / (1 + 2 * beta) if nesterov else 1 + beta
    return 2 * forgiveness / sharpest_bend
    ### END SOLUTION


# %% tests="critical_lr" points=3 claims="C1.2 C2.1"
from lrcourse.grading.expect import expect

chapter = "“What a step is”, section “Many directions”"
expect(
    critical_lr([[1, 0], [0, 4]]),
    0.5,
    call="critical_lr([[1, 0], [0, 4]])",
    mistakes=[
        (0.25, "1/λ is where the walk starts to cross the bottom; it diverges only beyond 2/λ"),
        (2.0, "the flattest direction (λ = 1) was used, but the sharpest (λ = 4) diverges first"),
        (
            0.4,
            "the sum of the curvatures (the trace, 5) was used: each direction walks by itself,"
            " so only the sharpest counts",
        ),
        (0.8, "the mean of the curvatures (2.5) was used: the sharpest direction alone counts"),
    ],
    hint="find the largest eigenvalue of H, then divide 2 by it",
    read=chapter,
)
expect(
    critical_lr([[5, 3], [3, 5]]),
    0.25,
    call="critical_lr([[5, 3], [3, 5]]), a bowl that is turned: its eigenvalues are 2 and 8",
    mistakes=[
        (0.4, "the diagonal (5, 5) is not the curvature of a turned bowl: use the eigenvalues"),
        (1.0, "the smaller eigenvalue (2) was used: the sharpest direction diverges first"),
        (0.125, "1/λ is where the walk starts to cross the bottom; it diverges only beyond 2/λ"),
        (2 / np.sqrt(68), "np.linalg.norm(H) mixes all the entries: use the largest eigenvalue"),
    ],
    read=chapter,
)
expect(
    critical_lr([[1, 0], [0, 4]], beta=0.5),
    0.75,
    call="critical_lr([[1, 0], [0, 4]], beta=0.5)",
    mistakes=[
        (0.5, "beta was ignored: heavy-ball momentum raises the limit by the factor 1 + beta"),
        (1.0, "2/(λ(1 - beta)) is not it: momentum raises the limit by the factor 1 + beta"),
        (0.25, "the limit was lowered by 1 - beta: momentum raises it by the factor 1 + beta"),
    ],
    read="“What a step is”, section “Momentum”",
)
expect(
    critical_lr([[1, 0], [0, 4]], beta=0.5, nesterov=True),
    0.375,
    call="critical_lr([[1, 0], [0, 4]], beta=0.5, nesterov=True)",
    mistakes=[
        (0.75, "this is the heavy ball's limit: look at `nesterov`, and divide by 1 + 2·beta"),
        (0.25, "the factor 1 + beta is missing on top of the fraction"),
        (0.5, "beta was ignored: Nesterov's factor is (1 + beta) / (1 + 2·beta)"),
    ],
    read="“What a step is”, section “Momentum”",
)
### BEGIN HIDDEN TESTS
limit_dice = np.random.default_rng(1103)


def explodes(bend, rate, memory, ahead):
    """Say whether one direction grows: by the roots of its two-step recursion, not by a limit."""
    keeps = 1 - rate * bend
    recursion = [1, -(1 + memory) * keeps, memory * keeps]
    if not ahead:
        recursion = [1, -(keeps + memory), memory]
    return max(abs(np.roots(recursion))) > 1 + 1e-9


for trial_bowl in range(24):
    width_of_bowl = 1 + trial_bowl % 6
    spin = np.linalg.qr(limit_dice.normal(size=(width_of_bowl, width_of_bowl)))[0]
    bend_list = 10 ** limit_dice.uniform(-2, 2, size=width_of_bowl)
    if trial_bowl % 3 == 0:
        bend_list[: width_of_bowl // 2] = 0.0
    spun_bowl = (spin * bend_list) @ spin.T
    spun_bowl = (spun_bowl + spun_bowl.T) / 2
    for memory, ahead in ((0, False), (0.3, False), (0.9, False), (0.3, True), (0.9, True)):
        border = critical_lr(spun_bowl.copy(), memory, ahead)
        expect(np.shape(border), (), call="the shape of critical_lr: one number")
        inside = any(explodes(b, 0.999 * border, memory, ahead) for b in bend_list)
        outside = any(explodes(b, 1.001 * border, memory, ahead) for b in bend_list if b > 0)
        case_told = f"beta={memory}, nesterov={ahead}"
        expect(bool(inside), False, call=f"does a step just below critical_lr diverge? {case_told}")
        expect(bool(outside), True, call=f"does a step just above critical_lr diverge? {case_told}")

expect(critical_lr(np.array([[8]])), 0.25, call="critical_lr of a 1 × 1 matrix of ints")
expect(critical_lr([[1, 1], [1, 1]]), 1.0, call="critical_lr([[1, 1], [1, 1]])")
expect(critical_lr(np.diag([0, 0, 4])), 0.5, call="critical_lr with flat directions")
expect(critical_lr(np.diag([0, 0, 4]), 0, True), 0.5, call="critical_lr, nesterov, beta = 0")
expect(critical_lr(np.eye(2), nesterov=True, beta=0.25), 5 / 3, call="critical_lr by keyword")
expect(critical_lr([[2, -1], [-1, 2]], 0.5), 1.0, call="critical_lr([[2, -1], [-1, 2]], 0.5)")
lent_bowl = np.array([[2.0, 1.0], [1.0, 2.0]])
lent_bowl.flags.writeable = False
expect(critical_lr(lent_bowl, 0.5), 1.0, call="critical_lr of an H that must not change")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. New units, new learning rate
#
# You have tuned a learning rate for a linear model with *squared loss*, and it works. Then somebody
# stores the same images with pixels from 0 to 255 instead of 0 to 1. Every input is now 255 times
# as large. The problem is no harder than before, yet your training blows up.
#
# What happened? The model predicts $w^\top x$ and the loss is the mean of
# $\tfrac{1}{2}(w^\top x - y)^2$. Its Hessian is the mean of $x x^\top$. By which factor does that
# change when every $x$ is $s$ times as large? And what must the learning rate do, so that
# *learning rate × curvature* stays as it was?
#
# Write `predict_lr_after_rescale(lr, s)`: the learning rate that behaves on inputs multiplied by
# `s` exactly as `lr` did on the old ones. `s` is any number but 0: below 1 in size when the inputs
# shrink, and negative when somebody also flips their sign.


# %% solution="predict_lr_after_rescale"
def predict_lr_after_rescale(lr, s):
    """Return the learning rate that does on inputs times s what lr did before (squared loss)."""
    ### BEGIN SOLUTION
    unit_change = s * s
    return lr / unit_change
    ### END SOLUTION


# %% tests="predict_lr_after_rescale" points=2 claims="C1.5"
from lrcourse.grading.expect import expect

chapter = "“What a step is”, section “Where curvature comes from”"
expect(
    predict_lr_after_rescale(0.32, 4),
    0.02,
    call="predict_lr_after_rescale(0.32, 4)",
    mistakes=[
        (0.08, "s was used once: the curvature contains each input twice (x times x)"),
        (1.28, "wrong way round: larger inputs make a more curved loss, so lr must shrink"),
        (5.12, "wrong way round: the curvature grows by s², so lr must shrink by s²"),
        (
            0.32,
            "lr is unchanged: learning rate × curvature must stay the same, and the curvature grew",
        ),
        (0.16, "√s was used: the curvature grows faster than s, not slower"),
    ],
    hint="by which factor does the mean of x·x grow when x is multiplied by s?",
    read=chapter,
)
expect(
    predict_lr_after_rescale(0.02, 0.5),
    0.08,
    call="predict_lr_after_rescale(0.02, 0.5)",
    mistakes=[(0.04, "s was used once: the curvature contains each input twice (x times x)")],
    hint="smaller inputs flatten the loss, so the learning rate may grow",
    read=chapter,
)
### BEGIN HIDDEN TESTS
unit_dice = np.random.default_rng(1104)
for _ in range(30):
    photos = unit_dice.normal(size=(12, 3))
    zoom = float(unit_dice.choice([-1, 1]) * 10 ** unit_dice.uniform(-2, 2))
    tuned = float(10 ** unit_dice.uniform(-6, 1))
    bend_before = np.linalg.norm(photos.T @ photos / 12, 2)
    bend_after = np.linalg.norm((zoom * photos).T @ (zoom * photos) / 12, 2)
    moved = predict_lr_after_rescale(tuned, zoom)
    expect(moved * bend_after, tuned * bend_before, call=f"lr × curvature after s = {zoom:.3g}")
expect(predict_lr_after_rescale(1, 2), 0.25, call="predict_lr_after_rescale(1, 2), ints")
expect(predict_lr_after_rescale(9, 3), 1, call="predict_lr_after_rescale(9, 3), ints")
expect(predict_lr_after_rescale(1, 255), 1 / 65025, call="predict_lr_after_rescale(1, 255)")
expect(predict_lr_after_rescale(0.5, -2), 0.125, call="predict_lr_after_rescale(0.5, -2)")
expect(predict_lr_after_rescale(0.3, 1), 0.3, call="predict_lr_after_rescale(0.3, 1)")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Your judgement
#
# A colleague says: *"I always use a learning rate of 0.01. It is small, so it is safe."*
#
# Answer in four to eight sentences, as you would at the coffee machine. Say whether "0.01 is safe"
# can be true as it stands, give **one example with numbers** in which it fails and one in which it
# is needlessly slow, and say **what your colleague could measure or do** to find out where 0.01
# stands on their own problem. Double-click the cell below to write. A person reads this answer.

# %% [markdown] manual="judgement" points=2 claims="C1.5"
# **Rubric for the answer about 0.01, 2 points**
#
# * *Half a point:* says that no number is safe by itself, and that the product with the curvature
#   decides it (below 2 stable, below 1 without crossing).
# * *Half a point:* a numerical example that fails and one that crawls, each with the product worked
#   out. Functions of this notebook may be cited. The arithmetic must be right.
# * *Half a point:* an action for the colleague: estimate the largest curvature, or try a few rates
#   a factor of 3 apart and watch where the training blows up, or standardise the inputs first.
# * *Half a point:* knows a limit of the argument: a bowl is an approximation, a network's curvature
#   changes in training, mini-batches add noise, and Adam rescales its steps.
# * Accept any wording. An answer that replaces 0.01 by another "safe" number earns none of it.
#
# **A sample answer about 0.01**
#
# "Safe" can't be a property of 0.01 alone, because 0.01 only means something once it is multiplied
# by the curvature of your loss. On raw pixels from 0 to 255 the sharpest direction may well have a
# curvature of 10 000; then the product is 100, fifty times past the limit of 2, and training blows
# up at once. On standardised inputs it may be 0.5; the product is 0.005, every step removes half a
# percent of the error even in the sharpest direction, and you wait for hundreds of steps for what
# a rate of 1 does in a handful. So measure before you trust it: estimate the largest eigenvalue of
# the Hessian, or simply raise the rate by factors of 3 until the loss explodes and stay a few times
# below. Do it again when the data are rescaled, since inputs twice as large quarter the limit. And
# keep in mind that for a network this holds near the point where you measured: the curvature moves
# while it trains.
