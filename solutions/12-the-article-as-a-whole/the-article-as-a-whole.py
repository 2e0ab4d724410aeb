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
# # The article as a whole
#
# *Exercises for the chapter of the same name. About 75 minutes. 10 points.*
#
# The last assignment is the work that this course was made by. You write the rule by which many
# claims are tested at once, the rule by which an interval becomes a verdict, and then the audit
# itself: it gets a claim that you have never seen and a budget of training runs, and returns a
# verdict that would come out again on other seeds.
#
# | | you write | points |
# |---|---|---|
# | 1 | `holm`: which of many claims survive? | 2 |
# | 2 | `verdict_of`: from an interval to a word | 2 |
# | 3 | `audit`: from a claim to a verdict | 4 |
# | 4 | a judgement, in your own words | 2 |
#
# **How to work.** Replace `raise NotImplementedError()` by your code and run the cell, then the
# test cell below it. If it prints nothing, those tests pass. Otherwise read the *last lines* of the
# message. Each exercise is graded by itself. After you hand in, further tests try other cases.

# %% locked="imports"
import json
import math

import numpy as np
from scipy import stats

from lrcourse.datasets import digits
from lrcourse.models import MLP
from lrcourse.optimizers import GradientDescent
from lrcourse.training import sweep


def accuracy_after(rate, steps, seed):
    """Train a small network on half of the digits; return its accuracy on the others, or nan."""
    halves = digits().split(0.5, rng=np.random.default_rng(seed)).standardised()
    network = MLP((64, 16, 10))
    run = sweep(network, halves, GradientDescent(), [rate], steps=steps, seeds=[seed], jobs=1)
    return float(run.metrics["val_accuracy"][0, -1])


# %% [markdown]
# ## 1. Which of many claims survive?
#
# If you test twenty claims that are all wrong, each at level 0.05, one of them will look right.
# Holm's rule keeps the chance of *any* such mistake below `alpha`. Sort the $m$ p-values upwards.
# The smallest is compared with $\alpha/m$, the next with $\alpha/(m-1)$, and so on, the last with
# $\alpha$. As long as each is **at most** its limit, its claim survives. At the **first** that is
# above, stop: that claim and all that follow do not survive.
#
# Write `holm(pvals, alpha)`: a list of `True` and `False`, one for each p-value, **in the order in
# which they were given**.


# %% solution="holm"
def holm(pvals, alpha):
    """Return which claims survive Holm's rule, in the order given."""
    ### BEGIN SOLUTION
    survivors = [False] * len(pvals)
    for passed, position in enumerate(np.argsort(pvals, kind="stable")):
        if pvals[position] > alpha / (len(pvals) - passed):
            break
        survivors[position] = True
    return survivors
    ### END SOLUTION


# %% tests="holm" points=2 claims="C9.1"
from lrcourse.grading.expect import expect

expect(
    tuple(map(bool, holm([0.02, 0.001, 0.03, 0.012], 0.05))),
    (True, True, True, True),
    call="holm([0.02, 0.001, 0.03, 0.012], alpha=0.05)",
    mistakes=[
        (
            (False, True, False, True),
            "that divides alpha by 4 for all of them (Bonferroni): the limits grow step by step",
        ),
        (
            (False, True, False, False),
            "the limits are alpha/4, alpha/3, alpha/2, alpha for the sorted p-values",
        ),
    ],
    read="“How the trials work”, section “Many trials, one lucky one”",
)
expect(
    tuple(map(bool, holm([0.04, 0.3, 0.001, 0.03], 0.05))),
    (False, False, True, False),
    call="holm([0.04, 0.3, 0.001, 0.03], alpha=0.05)",
    mistakes=[
        (
            (True, False, False, False),
            "the answers belong to the p-values in the order given, not in the sorted one",
        ),
        ((True, False, True, True), "without a correction: 0.03 is to be held against 0.05 / 3"),
    ],
    read="the text above",
)
expect(
    tuple(map(bool, holm([0.001, 0.04, 0.045], 0.05))),
    (True, False, False),
    call="holm([0.001, 0.04, 0.045], alpha=0.05)",
    mistakes=[
        (
            (True, False, True),
            "0.045 is below its own limit, 0.05, but the rule has stopped at 0.04 before it",
        ),
        (
            (True, True, True),
            "that goes down from the largest: Holm's rule climbs from the smallest",
        ),
    ],
    read="the text above",
)
### BEGIN HIDDEN TESTS
import lrcourse.statistics as trusted_statistics

claim_dice = np.random.default_rng(12101)
for claims_made in (1, 2, 5, 20):
    for _ in range(12):
        luck_of_each = claim_dice.beta(0.3, 3.0, size=claims_made) / claims_made
        strictness = float(claim_dice.choice([0.01, 0.05, 0.2]))
        survive_due = trusted_statistics.holm_adjusted(luck_of_each) <= strictness
        answered = holm(luck_of_each.tolist(), strictness)
        expect(
            tuple(map(bool, answered)),
            tuple(survive_due.tolist()),
            call=f"{claims_made} p-values at level {strictness}",
        )
on_the_line = [0.0625, 0.125, 0.03125, 0.03125]
expect(
    tuple(map(bool, holm(on_the_line, 0.125))), (True,) * 4, call="p-values equal to their limits"
)
expect(tuple(map(bool, holm((0.2, 0.2), 0.1))), (False, False), call="a tuple, none survives")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. From an interval to a word
#
# The effect has a confidence interval, `(low, high)`; above zero it speaks for the claim. Before
# the experiment you have also said which effect would be too small to matter, `smallest_effect`,
# which is above zero. The first row that fits is the verdict:
#
# | interval | verdict |
# |---|---|
# | lies strictly between `-smallest_effect` and `smallest_effect` | `"equivalent"` |
# | lies above zero | `"holds"` |
# | lies below zero | `"contradicted"` |
# | anything else | `"undecided"` |
#
# Mind the difference between the first and the last: *nothing found* is not *nothing there*. Only a
# **narrow** interval around zero shows that there is nothing that matters.
#
# Write `verdict_of(interval, smallest_effect)`.


# %% solution="verdict_of"
def verdict_of(interval, smallest_effect):
    """Return "equivalent", "holds", "contradicted" or "undecided"."""
    ### BEGIN SOLUTION
    lower_end, upper_end = interval
    if max(-lower_end, upper_end) < smallest_effect:
        return "equivalent"
    said_by_sign = {lower_end > 0: "holds", upper_end < 0: "contradicted"}
    return said_by_sign.get(True, "undecided")
    ### END SOLUTION


# %% tests="verdict_of" points=2 claims="C9.1"
from lrcourse.grading.expect import expect

for interval, answer, mistake in (
    ((0.03, 0.07), "holds", "all of the interval is above zero, and part of it above 0.02"),
    ((-0.07, -0.03), "contradicted", "all of the interval is below zero: the opposite is true"),
    (
        (-0.08, 0.10),
        "undecided",
        "it contains zero, but also effects of 0.10: more seeds are needed",
    ),
    ((-0.01, 0.01), "equivalent", "whatever the effect is, it is smaller than 0.02 either way"),
    ((0.005, 0.012), "equivalent", "there is an effect, but one too small to matter: first row"),
):
    expect(
        verdict_of(interval, 0.02),
        answer,
        call=f"verdict_of({interval}, smallest_effect=0.02)",
        mistakes=[
            (other, mistake)
            for other in ("holds", "contradicted", "equivalent", "undecided")
            if other != answer
        ],
        read="“How the trials work”, section “From numbers to a verdict”",
    )
### BEGIN HIDDEN TESTS
for ends_of_it, matters_from, word_due in (
    ((0.0, 0.5), 0.1, "undecided"),
    ((-0.5, 0.0), 0.1, "undecided"),
    ((-0.1, 0.05), 0.1, "undecided"),
    ((-0.05, 0.1), 0.1, "undecided"),
    ((0.05, 0.1), 0.1, "holds"),
    ((-0.1, -0.05), 0.1, "contradicted"),
    ((-0.099, 0.099), 0.1, "equivalent"),
    ((-0.09, -0.01), 0.1, "equivalent"),
    ([0.2, 0.3], 0.1, "holds"),
    ((np.float64(-3.0), np.float64(-2.0)), 1, "contradicted"),
    ((math.nan, math.nan), 0.1, "undecided"),
    ((-math.inf, math.inf), 0.1, "undecided"),
):
    worded = verdict_of(ends_of_it, matters_from)
    expect(worded, word_due, call=f"verdict_of({ends_of_it}, smallest_effect={matters_from})")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. From a claim to a verdict
#
# A claim says that one way of training scores higher than another. Write
# `audit(run, arms, judge, budget)`, which puts it on trial:
#
# * `arms` is a pair: the arm that the claim favours, then the other. They may be anything.
# * `run(arm, seed)` trains one network and returns its score. A run that was lost returns `nan` or
#   an infinity. Each call costs one of `budget`; an **even** number of calls is what you can use.
# * **Pre-register**: the seeds are `0, 1, …, budget // 2 - 1`, each for **both** arms. With fewer
#   than eight of them raise a `ValueError` *before* anything is trained.
# * The effect is the mean difference, favoured minus other, over the pairs in which **both** scores
#   are finite. Its 95 % interval is that of the chapter on generalisation: mean $\pm\, t\, s/\sqrt
#   n$, with $t$ = `stats.t.ppf(0.975, n - 1)`.
# * `judge(low, high)` is the rule that was agreed on before. Ask it **once**, at the end: whoever
#   looks again and again, and stops when he likes what he sees, finds something in any noise.
# * If fewer than eight whole pairs are left, do not ask it: then effect and interval are `None`,
#   and the verdict is `"undecided"`.
#
# Return a dictionary that `json.dumps` can write:
#
# | key | value |
# |---|---|
# | `"seeds"` | list of the seeds that were run |
# | `"lost"` | how many pairs were left out |
# | `"effect"` | a float, or `None` |
# | `"interval"` | list of low and high, floats, or `None` |
# | `"verdict"` | the word |


# %% solution="audit"
def audit(run, arms, judge, budget):
    """Put the claim that the first arm scores higher on trial, and return a report."""
    ### BEGIN SOLUTION
    planned = list(range(budget // 2))
    if len(planned) < 8:
        raise ValueError(f"{budget} runs are {len(planned)} seeds for each arm, 8 are needed")
    scored = np.array([[run(way, seed) for way in arms] for seed in planned], dtype=float)
    whole_pairs = scored[np.isfinite(scored).all(axis=1)]
    report = {"seeds": planned, "lost": len(planned) - len(whole_pairs)}
    if len(whole_pairs) < 8:
        return report | {"effect": None, "interval": None, "verdict": "undecided"}
    leads = whole_pairs[:, 0] - whole_pairs[:, 1]
    reach = float(stats.t.ppf(0.975, len(leads) - 1) * stats.sem(leads))
    centre = float(leads.mean())
    ends = [centre - reach, centre + reach]
    return report | {"effect": centre, "interval": ends, "verdict": judge(*ends)}
    ### END SOLUTION


# %% tests="audit" points=4 claims="C9.1"
from lrcourse.grading.expect import expect

calls, looks = [], []


def scored(arm, seed):
    """Return made-up scores: "slow" is better by 0.1 on average, and seed 3 of "fast" is lost."""
    calls.append((arm, seed))
    if (arm, seed) == ("fast", 3):
        return math.nan
    return seed / 10 + (0.1 + 0.02 * (-1) ** seed if arm == "slow" else 0.0)


def agreed(low, high):
    """Say whether the interval is above zero."""
    looks.append((low, high))
    return "holds" if low > 0 else "not shown"


report = audit(scored, ("slow", "fast"), agreed, 21)
expect(
    " ".join(sorted(f"{arm}-{seed}" for arm, seed in calls)),
    " ".join(f"{arm}-{seed}" for arm in ("fast", "slow") for seed in range(10)),
    call='the calls of run that audit(run, ("slow", "fast"), judge, budget=21) makes',
    hint="a budget of 21 pays for 20 runs: seeds 0 to 9, each with both arms, each once",
    read="“How the trials work”, section “Seeds that nobody chose”",
)
expect(
    json.loads(json.dumps(report))["lost"],
    1,
    call="the pairs left out, where one run of twenty is nan",
    mistakes=[(0, "seed 3 has no score for one arm: the pair is left out as a whole")],
    read="the text above",
)
expect(
    [report["effect"], *report["interval"]],
    [0.102222, 0.086018, 0.118426],
    call="effect and interval of that audit",
    rtol=1e-4,
    mistakes=[
        ([-0.102222, -0.118426, -0.086018], "favoured minus other, not the other way round"),
        ([0.102222, 0.0885, 0.115944], "with nine pairs Student's t is 2.31, not 1.96"),
        ([math.nan] * 3, "pairs with a nan are left out before the mean is taken"),
    ],
    hint="subtract seed by seed, over the nine whole pairs",
    read="“Generalisation on trial”, section “The trial”",
)
expect(len(looks), 1, call="how often the rule was asked", hint="once, at the end")
expect(report["verdict"], "holds", call="the verdict of that audit")
try:
    audit(scored, ("slow", "fast"), agreed, 14)
except ValueError:
    pass
else:
    raise AssertionError("a budget of 14 is 7 seeds for each arm: raise a ValueError")
expect(len(calls), 20, call="runs after a budget of 14 was refused", hint="check before you train")
trained = audit(
    lambda rate, seed: accuracy_after(rate, 60, seed),
    (0.05, 1.0),
    lambda low, high: "contradicted" if high < 0 else "holds" if low > 0 else "undecided",
    16,
)
expect(
    trained["verdict"],
    "contradicted",
    call="networks: “after 60 steps, rate 0.05 is more accurate than 1.0”",
    read="“Too small: the price”",
)
### BEGIN HIDDEN TESTS
import lrcourse.statistics as trusted_statistics

audit_dice = np.random.default_rng(12103)
for paid_runs, true_lead, spread_of_it, share_lost in (
    (16, 0.3, 0.2, 0.0),
    (17, 0.0, 1.0, 0.0),
    (40, -0.05, 0.05, 0.1),
    (60, 0.02, 0.1, 0.2),
    (30, 1.0, 1.0, 0.9),
    (24, 0.5, 0.1, 0.45),
    (24, 0.1, 0.0, 0.0),
):
    seeds_due = paid_runs // 2
    table_of_runs = audit_dice.normal(5, 1, size=(seeds_due, 1)) + np.zeros((1, 2))
    table_of_runs[:, 0] += true_lead + spread_of_it * audit_dice.normal(size=seeds_due)
    gone_ones = audit_dice.random((seeds_due, 2)) < share_lost
    table_of_runs[gone_ones] = audit_dice.choice([math.nan, math.inf, -math.inf])
    asked_runs, rulings = [], []

    def unseen_run(way, seed):
        asked_runs.append((way, seed))
        return float(table_of_runs[seed, ("yes", "no").index(way)])

    def unseen_rule(low, high):
        rulings.append((low, high))
        return f"ruling {len(rulings)}"

    found_out = json.loads(json.dumps(audit(unseen_run, ("yes", "no"), unseen_rule, paid_runs)))
    about_it = f"the audit of an unseen claim with a budget of {paid_runs}"
    pairs_asked = sorted(asked_runs)
    pairs_planned = sorted((way, seed) for way in ("yes", "no") for seed in range(seeds_due))
    expect(pairs_asked == pairs_planned, True, call=f"{about_it}: every seed once for both arms")
    complete_ones = table_of_runs[np.isfinite(table_of_runs).all(axis=1)]
    expect(found_out["seeds"], list(range(seeds_due)), call=f"{about_it}: its seeds")
    expect(found_out["lost"], seeds_due - len(complete_ones), call=f"{about_it}: lost pairs")
    if len(complete_ones) < 8:
        withheld = [found_out["effect"], found_out["interval"], found_out["verdict"], len(rulings)]
        expect(withheld == [None, None, "undecided", 0], True, call=f"{about_it}: too few are left")
        continue
    told_by_us = trusted_statistics.paired_interval(complete_ones[:, 0], complete_ones[:, 1])
    expect(found_out["effect"], told_by_us.estimate, call=f"{about_it}: effect", atol=1e-9)
    ends_due = [told_by_us.low, told_by_us.high]
    expect(found_out["interval"], ends_due, call=f"{about_it}: interval", atol=1e-9)
    expect(found_out["verdict"], "ruling 1", call=f"{about_it}: asked once, and its word returned")
# The claim on fresh seeds: the same distance, in short steps and in long ones.
distant = {"short": (0.1, 240), "long": (0.8, 30)}
rerun = audit(
    lambda way, seed: accuracy_after(*distant[way], seed=70_000 + seed),
    ("short", "long"),
    lambda low, high: "equivalent" if max(-low, high) < 0.03 else "differs",
    16,
)
expect(rerun["verdict"], "equivalent", call="an unseen claim about networks, on fresh seeds")
expect(rerun["lost"], 0, call="lost pairs of an unseen claim about networks")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Your judgement
#
# Choose one sentence about learning rates that you have heard, and that is **not** in the ledger of
# this course.
#
# Answer in five to ten sentences. **Register a trial of it before it is run**: what is compared, in
# which unit, at what equal cost, on how many seeds, which effect would be too small to matter, and
# which result would make you say *contradicted*. Name one condition under which you expect the
# verdict to change. A person reads this answer.

# %% [markdown] manual="judgement" points=2 claims="C9.1"
# **Rubric for the registered trial, 2 points**
#
# * *Half a point:* two arms and one number that is measured, at equal cost (steps, or time), each
#   arm tuned, or the reason why not.
# * *Half a point:* at least eight seeds, shared by both arms; what is done with lost runs.
# * *Half a point:* a smallest effect that matters, and the rule from interval to verdict, with the
#   result that would contradict.
# * *Half a point:* a condition that could turn the verdict, with a reason.
#
# **A sample answer for the registered trial**
#
# I have heard that the learning rate should be halved when the data set is doubled. I compare the
# tuned rate with half of it, on the digits with 400 and with 800 rows, after the same number of
# epochs with batches of 32, on a grid of rates a factor of two apart. What I measure is accuracy
# on 500 rows that nothing was chosen by. Twenty seeds fix split, start and order of batches, for
# both arms; a pair with a lost run is dropped and counted. Half a point of accuracy is the
# smallest effect that would make me change a rate. If the interval of *halved minus kept* on 800
# rows lies above zero and reaches half a point, the claim holds; if it lies below zero, it is
# contradicted; if all of it is within half a point, the advice is harmless and idle. I expect the
# opposite verdict if the number of *steps* is kept instead of epochs and the labels are noisy,
# because then the halved rate has gone only half as far.
