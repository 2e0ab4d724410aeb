"""The claims of chapter 3, "Divergence, catapult and edge", and the rules that judge them."""

from __future__ import annotations

from lrcourse.claims._claim import MOST, NEARLY_ALL, Claim, Contrast
from lrcourse.claims.trials.chapter03 import (
    CATAPULT,
    EDGE_RATES,
    FAST,
    LINEAR_TOO_FAR,
    SLOW,
    TOO_FAR,
    WILD,
    early_leads,
    rising_losses,
)

WITHIN_THREE_PERCENT = (0.97, 1.03)

CLAIMS = (
    Claim(
        "C2.2",
        trial=rising_losses,
        primary=Contrast(
            f"network, {CATAPULT} times the limit, diverges",
            f"Share of networks that diverge after their loss rose, at {CATAPULT} times 2/λ",
            claimed=NEARLY_ALL,
            estimator="share",
        ),
        context=(
            Contrast(
                f"network, {CATAPULT} times the limit, rises",
                f"Share of networks whose loss rises by half or more, at {CATAPULT} times 2/λ",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            Contrast(
                f"network, {TOO_FAR} times the limit, diverges",
                f"Share of networks that diverge, at {TOO_FAR} times 2/λ",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            Contrast(
                f"bowl, {CATAPULT} times the limit, diverges",
                f"Share of quadratic bowls on which descent diverges, at {CATAPULT} times 2/λ",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            *(
                Contrast(
                    f"linear network, {multiple} times the limit, diverges",
                    f"Share of linear networks that diverge, at {multiple} times 2/λ",
                    claimed=NEARLY_ALL,
                    estimator="share",
                )
                for multiple in (CATAPULT, LINEAR_TOO_FAR)
            ),
            Contrast(
                f"edge, rate {EDGE_RATES[-1]}, at the start",
                f"Rate of {EDGE_RATES[-1]:g} as a share of 2/λ, before a long training",
                claimed=(0.0, 0.5),
            ),
            *(
                Contrast(
                    f"edge, rate {rate}, at the end",
                    f"Rate of {rate:g} as a share of 2/λ, after it",
                    claimed=WITHIN_THREE_PERCENT,
                )
                for rate in EDGE_RATES
            ),
            Contrast(
                f"edge, rate {EDGE_RATES[-1]}, rising steps",
                "Share of the steps in its second half that raise the loss",
                claimed=(0.05, 1.0),
            ),
            Contrast(
                f"edge, rate {EDGE_RATES[-1]}, diverges",
                "Share of these runs that diverge",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
        ),
        because="A network can answer a rate that is too large by becoming flatter.",
        tried_on="small ReLU and tanh networks with squared error on 100 to 200 examples, all of "
        "them in every step; linear networks; random quadratic bowls",
        references=("lewkowycz2020large", "cohen2021edge", "damian2023self"),
    ),
    Claim(
        "C2.3",
        trial=early_leads,
        primary=Contrast(
            "mini-batches, overtaken",
            f"Share of runs at {FAST} that are ahead of a rate of {SLOW} early and behind it late",
            claimed=MOST,
            estimator="share",
        ),
        limits=(
            Contrast(
                "diverging, ever ahead",
                f"Share of runs at {WILD:g}, which diverge, that are ever ahead of {SLOW}",
                claimed=MOST,
                estimator="share",
            ),
            Contrast(
                "full batch, overtaken",
                f"Share of runs at {FAST} that are ahead early and behind late, "
                "with all examples in every step",
                claimed=MOST,
                estimator="share",
            ),
        ),
        context=(
            Contrast(
                "diverging, diverges",
                f"Share of runs at {WILD:g} that diverge",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            *(
                Contrast(
                    f"{name}, {phase}",
                    f"Training loss at {FAST} minus that at {SLOW}, {phase}, {name}",
                    claimed=claimed,
                )
                for name in ("mini-batches", "full batch")
                for phase, claimed in (
                    ("early", (-float("inf"), 0.0)),
                    ("late", (0.0, float("inf"))),
                )
            ),
        ),
        condition="the rate is large but stable, and the gradient noisy; "
        "and then it is overtaken, no more",
        because="A run that truly diverges is behind from its first steps.",
        tried_on="a small ReLU classifier of one-dimensional images, in batches of 16 and of all "
        "100",
        references=("bottou2018optimization",),
    ),
)
