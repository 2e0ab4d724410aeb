"""The claims of chapter 1, "What a step is", and the rules that judge them."""

from __future__ import annotations

from lrcourse.claims._claim import MOST, NEARLY_ALL, Claim, Contrast
from lrcourse.claims.trials.chapter01 import (
    BATCH_SIZE,
    MOMENTA,
    PROBLEMS,
    absolute_numbers,
    critical_rates,
    downhill,
    overshooting,
    step_lengths,
)

NEARLY_NONE = (0.0, 0.2)
WITHIN_ONE_PERCENT = (0.99, 1.01)
TENFOLD = (9.9, 10.1)
BOWLS_AND_DATA = "random quadratic bowls; linear regression on random halves of two data sets"

CLAIMS = (
    Claim(
        "C0.1",
        trial=step_lengths,
        primary=Contrast(
            "slope, gradient descent, random bowls",
            "Growth of a gradient-descent step when the slope grows tenfold",
            claimed=TENFOLD,
        ),
        limits=(
            Contrast(
                "slope, Adam, random bowls",
                "Growth of Adam’s first step when the slope grows tenfold",
                claimed=TENFOLD,
            ),
            *(
                Contrast(
                    f"slope, gradient descent, {name}",
                    f"Growth of a gradient-descent step when the slope grows tenfold, {name}",
                    claimed=TENFOLD,
                )
                for name in PROBLEMS
            ),
        ),
        context=(
            *(
                Contrast(
                    f"slope, Adam, {name}",
                    f"Growth of Adam’s first step when the slope grows tenfold, {name}",
                    claimed=TENFOLD,
                )
                for name in PROBLEMS
            ),
            Contrast(
                "rate, gradient descent, random bowls",
                "Growth of a gradient-descent step when the rate grows tenfold",
                claimed=TENFOLD,
            ),
            Contrast(
                "rate, Adam, random bowls",
                "Growth of Adam’s first step when the rate grows tenfold",
                claimed=TENFOLD,
            ),
        ),
        condition="the update rule is plain (stochastic) gradient descent",
        because="With Adam the learning rate sets the length of the step, whatever the slope.",
        tried_on=f"the first step: {BOWLS_AND_DATA}",
        references=("bottou2018optimization", "kingma2015adam"),
    ),
    Claim(
        "C0.3",
        trial=overshooting,
        primary=Contrast(
            "beyond the limits, random bowls",
            "Share of bowls where raising ηλ from 0.5 to 1.5 brings overshooting, "
            "and raising it to 2.5 divergence",
            claimed=MOST,
            estimator="share",
        ),
        limits=(
            Contrast(
                "below the limits, random bowls",
                "Share of bowls where raising ηλ tenfold, from 0.09 to 0.9, brings overshooting",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            *(
                Contrast(
                    f"beyond the limits, {name}",
                    f"Share of runs where raising ηλ to 1.5 and to 2.5 does the same, {name}",
                    claimed=NEARLY_ALL,
                    estimator="share",
                )
                for name in PROBLEMS
            ),
        ),
        context=(
            Contrast(
                "onset of overshoot",
                "ηλ at which the path begins to cross the valley",
                claimed=WITHIN_ONE_PERCENT,
            ),
            Contrast(
                "onset of divergence",
                "ηλ at which descent begins to diverge",
                claimed=(1.98, 2.02),
            ),
        ),
        condition="ηλ passes 1 (it overshoots) or 2 (it diverges)",
        because="Below ηλ = 1 a larger learning rate only gets there sooner.",
        tried_on=BOWLS_AND_DATA,
        references=("nesterov2004lectures", "lecun1998efficient"),
    ),
    Claim(
        "C1.2",
        trial=downhill,
        primary=Contrast(
            "whole loss, random bowls",
            "Share of bowls where no full-gradient step below 2/λ raises the loss",
            claimed=MOST,
            estimator="share",
        ),
        limits=(
            *(
                Contrast(
                    f"whole loss, {name}",
                    f"Share of runs where no full-gradient step below 2/λ raises the loss, {name}",
                    claimed=NEARLY_ALL,
                    estimator="share",
                )
                for name in PROBLEMS
            ),
            Contrast(
                "mini-batches",
                "Share of runs where no mini-batch step, at a twentieth of 2/λ, raises the loss",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            Contrast(
                "deeper valley",
                "Share of starts from which small steps end in the deeper of two valleys",
                claimed=NEARLY_ALL,
            ),
        ),
        context=(
            Contrast(
                "rising steps",
                "Share of mini-batch steps, at a twentieth of 2/λ, that raise the loss",
                claimed=(0.0, 0.01),
            ),
            Contrast(
                "first step from the bottom",
                "Share of first steps from the bottom, at a thousandth of 2/λ, that raise the loss",
                claimed=NEARLY_NONE,
                estimator="share",
            ),
        ),
        condition="the gradient is that of the whole loss and ηλ < 2; "
        "and then only to the bottom of the valley it started in",
        because="Near the bottom, mini-batch steps climb, however small they are.",
        tried_on=f"{BOWLS_AND_DATA}; the same in batches of {BATCH_SIZE}; a tilted double well",
        references=("nesterov2004lectures", "lee2016gradient"),
    ),
    Claim(
        "C1.5",
        trial=absolute_numbers,
        primary=Contrast(
            "both labels fit",
            "Share of replicates where 0.001 is safe and 0.1 is not, "
            "on at least one of four versions of two data sets",
            claimed=NEARLY_ALL,
            estimator="share",
        ),
        context=(
            Contrast(
                "product predicts",
                "Share of bowls where ηλ < 2 predicts what happens at four rates",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            *(
                Contrast(
                    f"{rate} on {name}",
                    f"Share of runs where {rate} converges on {name}",
                    claimed=claimed,
                    estimator="share",
                )
                for rate, claimed in (("0.001", NEARLY_ALL), ("0.1", NEARLY_NONE))
                for name in PROBLEMS
            ),
        ),
        because="A learning rate is large or small only against the curvature: ηλ decides.",
        tried_on=BOWLS_AND_DATA,
        references=("lecun1998efficient", "yang2022tensor"),
    ),
    Claim(
        "C2.1",
        trial=critical_rates,
        primary=Contrast(
            "gradient descent",
            "Measured over predicted critical rate 2/λ, gradient descent",
            claimed=WITHIN_ONE_PERCENT,
        ),
        limits=tuple(
            Contrast(
                name, f"Measured over predicted critical rate, {name}", claimed=WITHIN_ONE_PERCENT
            )
            for name in (
                *(f"heavy ball, momentum {beta}" for beta in MOMENTA),
                *(f"Nesterov, momentum {beta}" for beta in MOMENTA),
                *PROBLEMS,
            )
        ),
        context=(
            Contrast(
                "0.001 on raw digits",
                "Share of runs where 0.001 diverges on raw digits",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            Contrast(
                "0.1 on standardised digits",
                "Share of runs where 0.1 converges on standardised digits",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
        ),
        condition="the loss is a quadratic bowl",
        because="The limit is known beforehand: 2/λ, more with heavy-ball momentum.",
        tried_on=BOWLS_AND_DATA,
        references=("nesterov2004lectures", "polyak1964methods", "cohen2021edge"),
    ),
)
