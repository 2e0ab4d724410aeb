"""The claims of chapter 6, "Too small: the price", and the rules that judge them."""

from __future__ import annotations

from math import inf

from lrcourse.claims._claim import MOST, Claim, Contrast
from lrcourse.claims.trials.chapter06 import (
    BATCH_SIZE,
    BUDGETS,
    FIRST,
    JOURNEYS,
    first_steps,
    price_of_small,
    small_steps,
)

AT_LEAST_AS_GOOD = (0.0, inf)
INVERSE = (-1.1, -0.9)

CLAIMS = (
    Claim(
        "C0.2",
        trial=first_steps,
        primary=Contrast(
            "up to 0.3, network on waves",
            f"Share of runs whose loss after {FIRST} steps is lower at 0.3 than at 0.03, "
            "network on waves",
            claimed=MOST,
            estimator="share",
        ),
        limits=(
            Contrast(
                "up to 0.03, network on waves",
                "The same at 0.03 and at 0.003",
                claimed=MOST,
                estimator="share",
            ),
            *(
                Contrast(
                    f"up to 0.3, {task}",
                    f"The same at 0.3 and at 0.03, {task}",
                    claimed=MOST,
                    estimator="share",
                )
                for task in (
                    "network on digits",
                    "convolutions on waves",
                    "logistic regression on digits",
                )
            ),
            *(
                Contrast(
                    f"up to 3, {task}",
                    f"The same at 3 and at 0.3, {task}",
                    claimed=MOST,
                    estimator="share",
                )
                for task in ("network on waves", "network on digits", "convolutions on waves")
            ),
        ),
        context=(
            Contrast(
                "up to 30, logistic regression on digits",
                "The same at 30 and at 3, logistic regression on digits",
                claimed=MOST,
                estimator="share",
            ),
        ),
        condition="the rate stays below the limit of stability",
        because="Faster with the rate, up to the cliff: beyond it the first steps already fail.",
        tried_on=f"the first {FIRST} steps of small networks, mini-batches of {BATCH_SIZE}",
        references=("bottou2018optimization",),
    ),
    Claim(
        "C3.3",
        trial=small_steps,
        primary=Contrast(
            "network on waves",
            "Accuracy at a tenth of the best rate minus that at the best rate, "
            f"both after {BUDGETS['network on waves'][1]} steps, network on waves",
            claimed=AT_LEAST_AS_GOOD,
        ),
        context=(
            *(
                Contrast(
                    name,
                    f"The same after {steps} steps, {name}",
                    claimed=AT_LEAST_AS_GOOD,
                )
                for name, (_, steps) in BUDGETS.items()
                if name != "network on waves"
            ),
            Contrast(
                "ten times the steps",
                "The same if the small rate has ten times the steps, network on waves",
                claimed=AT_LEAST_AS_GOOD,
            ),
            Contrast(
                "ten times the steps for both",
                "The same if both have ten times the steps, network on waves",
                claimed=AT_LEAST_AS_GOOD,
            ),
        ),
        because="A small rate can end higher, if somebody pays for ten times the steps.",
        tried_on="small networks on procedural waves and on digits, constant rates, mini-batches "
        f"of {BATCH_SIZE}; the best rate was chosen on other data",
        references=("bengio2012practical",),
    ),
    Claim(
        "C5.1",
        trial=price_of_small,
        primary=Contrast(
            "network on digits",
            "Exponent p of a number of steps to a given loss that grows as the rate to the power "
            "p, network on digits",
            claimed=INVERSE,
        ),
        limits=tuple(
            Contrast(name, f"The same, {name}", claimed=INVERSE)
            for name in JOURNEYS
            if name != "network on digits"
        ),
        context=(
            Contrast(
                "a thirtieth, network on digits",
                "Steps needed at a thirtieth of the rate over those at the whole rate, "
                "network on digits",
                claimed=(25.0, 35.0),
            ),
        ),
        condition="the loss to be reached is still far from the best",
        because="A tenth of the rate takes ten times the steps.",
        tried_on="small networks on digits and on procedural waves, on the way down, at rates "
        "down to a thirtieth",
        references=("bengio2012practical",),
    ),
)
