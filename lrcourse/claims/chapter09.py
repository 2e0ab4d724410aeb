"""The claims of chapter 9, "Momentum", and the rules that judge them."""

from __future__ import annotations

import numpy as np

from lrcourse.claims._claim import MOST, Claim, Contrast
from lrcourse.claims.trials.chapter09 import (
    BATCH_SIZE,
    BREAKING,
    MODERATE,
    MOMENTUM,
    SMALL,
    TOO_LARGE,
    best_momenta,
    fractions,
    many_valleys,
    small_rates,
    smoothness,
)

EXACTLY = (0.999, 1.001)
NOTHING = (-np.inf, 1e-6)
LESS_LOSS = (-np.inf, -0.1)  # a tenth of a nat
SMOOTHER = (0.0, 0.9)
MORE_OFTEN = (0.02, 1.0)
NETWORKS = f"a perceptron on 1000 waves in batches of {BATCH_SIZE}, 400 steps"
ALL_DATA = "a perceptron on 200 examples at once, 160 steps"

CLAIMS = (
    Claim(
        "C7.1",
        trial=fractions,
        primary=Contrast(
            "heavy ball, random bowls",
            "Fraction of the last update that is in this one, over the momentum, heavy ball",
            claimed=EXACTLY,
        ),
        limits=(
            Contrast(
                "unexplained, heavy ball",
                "Largest part of an update that is neither gradient nor last update, heavy ball",
                claimed=NOTHING,
            ),
            Contrast(
                "torch, network, constant rate",
                "Fraction of the last update that is in this one, over the momentum, torch",
                claimed=EXACTLY,
            ),
            Contrast(
                "unexplained, torch",
                "Largest part of an update that is neither gradient nor last update, torch",
                claimed=NOTHING,
            ),
        ),
        context=(
            Contrast(
                "torch, network, rate halved",
                "The same fraction over the momentum in torch, when the rate has just been halved",
                claimed=EXACTLY,
            ),
        ),
        condition="the learning rate is constant",
        because="In torch a new rate acts on the remembered gradients too: when the rate is "
        "halved, so is the fraction.",
        tried_on="random quadratic bowls; a perceptron on digits, trained by torch.optim.SGD",
        references=("polyak1964methods", "sutskever2013importance"),
    ),
    Claim(
        "C7.2",
        trial=best_momenta,
        primary=Contrast(
            "digits",
            "Share of random halves whose fastest momentum is in 0.5 to 0.9, linear regression on "
            "standardised digits (condition number about 160)",
            claimed=MOST,
            estimator="share",
        ),
        limits=(
            Contrast(
                "breast cancer",
                "Share of random halves whose fastest momentum is in 0.5 to 0.9, linear regression "
                "on standardised breast cancer data (condition number about 100 000)",
                claimed=MOST,
                estimator="share",
            ),
            *(
                Contrast(
                    f"condition number {condition}",
                    "Share of bowls whose fastest momentum is in 0.5 to 0.9, "
                    f"condition number {condition}",
                    claimed=MOST,
                    estimator="share",
                )
                for condition in (10, 100, 1000, 10_000)
            ),
            Contrast(
                "network, all data",
                "Share of runs whose best momentum is in 0.5 to 0.9, perceptron on all data",
                claimed=MOST,
                estimator="share",
            ),
        ),
        context=(
            Contrast(
                "defaults in torch",
                "Share of torch’s optimisers with momentum whose default is in 0.5 to 0.9",
                claimed=MOST,
                estimator="share",
            ),
        ),
        condition="the condition number is between about 30 and 1500",
        because="The best momentum follows the condition number; 0.9 is the usual value, not "
        "the middle of a range, and plain SGD has 0 unless told otherwise.",
        tried_on=f"linear regression on two data sets, random quadratic bowls, {ALL_DATA}",
        references=("polyak1964methods", "goh2017momentum", "sutskever2013importance"),
    ),
    Claim(
        "C7.3",
        trial=small_rates,
        primary=Contrast(
            "same rate",
            f"Validation loss with momentum {MOMENTUM} minus without, both at the rate {SMALL}",
            claimed=LESS_LOSS,
        ),
        limits=(
            Contrast(
                "same rate, three times",
                f"Validation loss with momentum minus without, both at the rate {3 * SMALL:g}",
                claimed=LESS_LOSS,
            ),
            Contrast(
                "same effective rate",
                f"Validation loss with momentum at {SMALL} minus without at ten times that rate",
                claimed=LESS_LOSS,
            ),
        ),
        context=(
            Contrast(
                "same effective rate, three times",
                f"Validation loss with momentum at {3 * SMALL:g} minus without at ten times that",
                claimed=LESS_LOSS,
            ),
            Contrast(
                "best against best",
                "Validation loss with momentum minus without, each at its best rate",
                claimed=LESS_LOSS,
            ),
            Contrast(
                "best against best, all data",
                "Training loss with momentum over without, each at its best rate, all data, log10",
                claimed=LESS_LOSS,
            ),
        ),
        condition="it is compared with the same small rate alone, not with η/(1−β) without "
        "momentum; a gain of its own needs gradients of all the data",
        because="On mini-batches, momentum 0.9 is a learning rate ten times larger.",
        tried_on=f"{NETWORKS}; {ALL_DATA}",
        references=("wang2024marginal", "kidambi2018insufficiency", "shallue2019measuring"),
    ),
    Claim(
        "C7.4",
        trial=smoothness,
        primary=Contrast(
            "step to step",
            "Change of the loss on all data from step to step, with momentum over without, at "
            f"η/(1−β) = {MODERATE}",
            claimed=SMOOTHER,
        ),
        limits=(
            Contrast(
                "as plotted",
                "Change of the mini-batch loss from step to step, with momentum over without, at "
                f"η/(1−β) = {MODERATE}",
                claimed=SMOOTHER,
            ),
            Contrast(
                "too large",
                f"Validation loss with momentum at η/(1−β) = {TOO_LARGE:g} minus without at "
                f"{MODERATE}",
                claimed=(-np.inf, 0.1),
            ),
            Contrast(
                "too large, all data",
                "Training loss with momentum minus without, gradients of all data, at "
                f"η/(1−β) = {BREAKING:g}",
                claimed=LESS_LOSS,
            ),
        ),
        context=(
            Contrast(
                "too large, plain",
                f"Validation loss without momentum at {TOO_LARGE:g} minus at {MODERATE}",
                claimed=(-np.inf, 0.1),
            ),
            Contrast(
                "same rate",
                "Change of the loss on all data from step to step, with momentum over without, at "
                "the same rate η",
                claimed=SMOOTHER,
            ),
        ),
        condition="the gradient is that of all the data; on mini-batches it calms the single "
        "steps, at the same η/(1−β), but saves no run from too large a rate",
        because="Momentum spreads each gradient over many small steps: the path is smoother, the "
        "place where it ends is not better.",
        tried_on=f"{NETWORKS}; {ALL_DATA}",
        references=("cohen2021edge", "wang2024marginal"),
    ),
    Claim(
        "C7.5",
        trial=many_valleys,
        primary=Contrast(
            "no noise",
            f"Share of balls that end in the deepest valley, momentum {MOMENTUM} minus none, "
            "exact gradients, η/(1−β) = 2/λ",
            claimed=MORE_OFTEN,
        ),
        limits=(
            Contrast(
                "noise",
                "The same with noise in the gradients",
                claimed=MORE_OFTEN,
            ),
            Contrast(
                "no noise, small rate",
                "The same with exact gradients and a twentieth of the rate",
                claimed=MORE_OFTEN,
            ),
        ),
        context=(
            Contrast(
                "no noise, 0.99",
                "The same with exact gradients and momentum 0.99",
                claimed=MORE_OFTEN,
            ),
            Contrast(
                "no noise, same rate",
                "The same with exact gradients, both at η a twentieth of 2/λ",
                claimed=MORE_OFTEN,
            ),
        ),
        condition="the gradients are exact and η/(1−β) is near the limit 2/λ",
        because="A heavy ball rolls over a small hill now and then; noise at the same η/(1−β) "
        "carries a light one over more of them.",
        tried_on="800 random one-dimensional landscapes of eight waves, the rate falling to 0; "
        "λ is the largest curvature at a minimum",
        references=("goh2017momentum",),
    ),
)
