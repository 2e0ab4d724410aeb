"""The claims of chapter 5, "Generalisation on trial", and the rules that judge them."""

from __future__ import annotations

from math import inf

from lrcourse.claims._claim import NEARLY_ALL, Claim, Contrast
from lrcourse.claims.trials.chapter05 import (
    BUDGET,
    LARGE,
    LOSS,
    NOISE,
    PROBED,
    RATIO,
    SETTINGS,
    SMALL,
    generalisation,
    learning_by_heart,
)

BETTER = (0.01, inf)  # by a point of accuracy
LESS_BY_HEART = (-inf, -0.1)  # a tenth of the wrong labels
RATES = f"{SMALL} against {LARGE}"

CLAIMS = (
    Claim(
        "C4.1",
        trial=generalisation,
        primary=Contrast(
            "same training loss, ConvNet, waves",
            f"Validation accuracy when the training loss falls below {LOSS}, small rate minus "
            "large rate: ConvNet, waves",
            claimed=BETTER,
        ),
        context=(
            *(
                Contrast(
                    f"same training loss, {place}",
                    f"The same: {place}",
                    claimed=BETTER,
                )
                for place in list(SETTINGS)[1:]
            ),
            *(
                Contrast(
                    f"same steps, {place}",
                    f"Validation accuracy after {BUDGET} steps, small rate minus large rate: "
                    f"{place}",
                    claimed=BETTER,
                )
                for place in SETTINGS
            ),
            *(
                Contrast(
                    f"both get there, {place}",
                    f"Share of pairs in which both runs get to that training loss: {place}",
                    claimed=NEARLY_ALL,
                    estimator="share",
                )
                for place in SETTINGS
            ),
        ),
        because="At the same training loss the larger steps generalise better, or it hardly "
        "matters; a small rate wins clearly only where it is cut short before it learns wrong "
        "labels.",
        tried_on=f"{RATES}, mini-batches of 16: a small ConvNet on 300 procedural waves, new "
        f"ones for every replicate; a small MLP on 200 to 500 digits; both also with {NOISE:.0%} "
        "of the labels drawn anew",
        references=("li2019towards", "smith2021origin", "andriushchenko2023sgd", "hardt2016train"),
    ),
    Claim(
        "C4.2",
        trial=learning_by_heart,
        primary=Contrast(
            "same steps, digits",
            f"Share of wrong labels learnt by heart after {BUDGET} steps, small rate minus large "
            "rate: MLP, digits",
            claimed=LESS_BY_HEART,
        ),
        limits=(
            Contrast(
                "same steps, waves",
                "The same: ConvNet, waves",
                claimed=LESS_BY_HEART,
            ),
            *(
                Contrast(
                    f"same training loss, {place}",
                    f"Share of wrong labels learnt by heart when the training loss falls below "
                    f"{LOSS}, small rate minus large rate: {place}",
                    claimed=LESS_BY_HEART,
                )
                for place in PROBED
            ),
            Contrast(
                "eight times the steps, digits",
                f"Share of wrong labels learnt by heart, small rate after {RATIO} times the steps "
                "minus large rate: digits",
                claimed=LESS_BY_HEART,
            ),
        ),
        context=tuple(
            contrast
            for place in PROBED
            for contrast in (
                Contrast(
                    f"small rate at that loss, {place}",
                    "Share of wrong labels learnt by heart at the small rate when its training "
                    f"loss falls below {LOSS}: {place}",
                    claimed=(0.0, 0.2),
                ),
                Contrast(
                    f"both get there, {place}",
                    f"Share of pairs in which both runs get to that training loss: {place}",
                    claimed=NEARLY_ALL,
                    estimator="share",
                ),
            )
        ),
        condition="training stops after a fixed number of steps, too few for the small rate to "
        "have learnt as much of anything",
        because="A small rate learns the noise just as well, only later: it is early stopping in "
        "disguise.",
        tried_on=f"{RATES}, mini-batches of 16: a small MLP on digits and a small ConvNet on "
        f"procedural waves, {NOISE:.0%} of the training labels drawn anew",
        references=("arpit2017closer", "yao2007early"),
    ),
)
