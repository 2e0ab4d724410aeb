"""The claims of chapter 4, "Noise floor and stability", and the rules that judge them."""

from __future__ import annotations

from math import inf

from lrcourse.claims._claim import NEARLY_ALL, Claim, Contrast
from lrcourse.claims.trials.chapter04 import (
    BATCH_SIZE,
    BOWL_PRODUCTS,
    DEPTH,
    EARLY,
    LARGE,
    LATE,
    RECKLESS,
    SMALL,
    STEPS,
    bouncing,
    cost_of_bouncing,
    fluctuations,
    limits_by_depth,
)

STAYS_AWAY = (0.5, inf)  # ten times the steps do not even halve what is left
COSTS_TWO_POINTS = (-inf, -0.02)
AT_LEAST_TWICE = (2.0, inf)
A_THIRD_LOWER = (0.0, 2 / 3)

CLAIMS = (
    Claim(
        "C1.3",
        trial=bouncing,
        primary=Contrast(
            "mini-batches",
            f"Loss above the minimum after {LATE} steps over that after {EARLY}, "
            "mini-batches at half the critical rate",
            claimed=STAYS_AWAY,
        ),
        limits=(
            Contrast(
                "whole gradient",
                "The same with the gradient of the whole loss",
                claimed=STAYS_AWAY,
            ),
            Contrast(
                "exact fit",
                "The same with mini-batches of targets that can be fitted exactly",
                claimed=STAYS_AWAY,
            ),
        ),
        context=(
            Contrast(
                "decayed",
                f"Loss above the minimum after {LATE} steps of a rate that decays to 0 over that "
                "of the constant rate",
                claimed=STAYS_AWAY,
            ),
            Contrast(
                "growth with the rate",
                "Exponent p of a noise floor that grows as the rate to the power p",
                claimed=(0.9, 1.1),
            ),
            Contrast(
                "growth with the batch",
                "Exponent p of a noise floor that grows as the batch size to the power p",
                claimed=(-1.1, -0.9),
            ),
            *(
                Contrast(
                    f"floor at ηλ = {product}",
                    f"Measured over predicted noise floor, one-dimensional bowl at ηλ = {product}",
                    claimed=(0.97, 1.03),
                )
                for product in BOWL_PRODUCTS
            ),
            Contrast(
                "beyond 2/λ",
                "Share of noiseless runs at ηλ = 2.2 in a double well that circle for ever",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
        ),
        condition="the mini-batches still disagree at the optimum and the rate stays constant; "
        "and then at any rate, small ones in a smaller circle",
        because="It is the noise that bounces; the learning rate only says how far.",
        tried_on="linear regression on halves of the diabetes data, mini-batches of "
        f"{BATCH_SIZE}; one-dimensional bowls; a double well",
        references=(
            "bottou2018optimization",
            "ma2018power",
            "robbins1951stochastic",
        ),
    ),
    Claim(
        "C1.4",
        trial=cost_of_bouncing,
        primary=Contrast(
            "bouncing to the end",
            f"Accuracy of runs at {LARGE} to the end minus that of their twins that calm down "
            "over the last fifth of the steps, noisy waves",
            claimed=COSTS_TWO_POINTS,
        ),
        limits=(
            Contrast(
                "bouncing to the end, clean digits",
                "The same on digits, which the network can fit",
                claimed=COSTS_TWO_POINTS,
            ),
            Contrast(
                "bouncing, then calm",
                f"Accuracy of runs at {LARGE} that calm down over the last fifth minus that of "
                f"runs at {SMALL} throughout, noisy waves",
                claimed=COSTS_TWO_POINTS,
            ),
        ),
        context=(
            Contrast(
                "bouncing, not small",
                f"Accuracy of runs at {LARGE} to the end minus that of runs at {SMALL} throughout",
                claimed=COSTS_TWO_POINTS,
            ),
        ),
        condition="the rate is still high at the last step and the network cannot fit the data",
        because="Bounce first and calm down last: only the end has to be calm.",
        tried_on=f"small networks on procedural waves and on digits, {STEPS} steps of mini-batches "
        f"of {BATCH_SIZE}",
        references=("bottou2018optimization", "li2019towards"),
    ),
    Claim(
        "C3.1",
        trial=fluctuations,
        primary=Contrast(
            "noisy labels",
            f"Fluctuation of the training loss at {LARGE} over that at {SMALL}, "
            "digits with 30 % of the labels drawn anew",
            claimed=AT_LEAST_TWICE,
        ),
        limits=(
            Contrast(
                "clean labels",
                "The same with clean labels",
                claimed=AT_LEAST_TWICE,
            ),
        ),
        context=(
            Contrast(
                "noisy labels, loss of the batch",
                "The same of the loss on each mini-batch, the curve that one usually sees, "
                "noisy labels",
                claimed=AT_LEAST_TWICE,
            ),
            Contrast(
                "clean labels, diverged",
                f"Share of runs that diverge at {RECKLESS}, clean labels",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
        ),
        condition="the mini-batches go on disagreeing, as they do with noisy labels",
        because="Once every example is fitted the noise is gone, "
        "and the larger rate is there sooner.",
        tried_on=f"small networks on digits, the second half of {STEPS} steps of mini-batches of "
        f"{BATCH_SIZE}",
        references=("bottou2018optimization", "ma2018power", "mandt2017stochastic"),
    ),
    Claim(
        "C3.2",
        trial=limits_by_depth,
        primary=Contrast(
            "deeper",
            f"Largest rate that learns with {DEPTH} hidden layers over that with one, waves",
            claimed=A_THIRD_LOWER,
        ),
        limits=(
            Contrast(
                "deeper, layer norm",
                "The same with layer norm",
                claimed=A_THIRD_LOWER,
            ),
            Contrast("deeper, digits", "The same on digits", claimed=A_THIRD_LOWER),
            Contrast(
                "wider",
                f"Largest rate that learns with {DEPTH} times as many units in one hidden layer "
                "over that without them, waves",
                claimed=A_THIRD_LOWER,
            ),
        ),
        context=(
            Contrast(
                "curvature at the start",
                f"Curvature λ at the initial weights with {DEPTH} hidden layers over that with one",
                claimed=AT_LEAST_TWICE,
            ),
        ),
        condition="complex means deep",
        because="Every layer adds curvature, and the limit falls as curvature grows.",
        tried_on="small fully connected networks on procedural waves and on digits, their first "
        "100 steps",
        references=("gilmer2022loss",),
    ),
)
