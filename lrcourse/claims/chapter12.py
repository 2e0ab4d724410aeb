"""The claims of chapter 12, "The article as a whole", and the rules that judge them."""

from __future__ import annotations

from lrcourse.claims._claim import NEARLY_ALL, Claim, Contrast
from lrcourse.claims.trials.chapter12 import (
    BUDGET,
    LOSS,
    PATIENCE,
    SMALL,
    SMALLEST,
    TIES,
    TOO_LARGE,
    all_benefits,
)

CLAIMS = (
    Claim(
        "C9.1",
        trial=all_benefits,
        primary=Contrast(
            "all",
            f"Share of replicates in which a small rate, {SMALL}, is best or tied in speed, "
            f"steadiness, training loss and accuracy after {BUDGET} steps, and accuracy at equal "
            "training loss",
            claimed=NEARLY_ALL,
            estimator="share",
        ),
        context=(
            *(
                Contrast(
                    name,
                    f"Share of replicates in which it is best or tied in this: {name}",
                    claimed=NEARLY_ALL,
                    estimator="share",
                )
                for name in TIES
            ),
            Contrast(
                "all, in eight times the steps",
                f"The same as the first without speed, given {PATIENCE} times the steps",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            Contrast(
                "all, smallest rate",
                f"The same as the first, for the article’s own {SMALLEST}",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            Contrast(
                "all, tuned rate",
                "The same as the first, for the tuned rate",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
        ),
        because="No one rate has it all: the small one is steady, and pays for it in speed, loss "
        "and accuracy.",
        tried_on="a small ConvNet on 300 procedural waves, new ones for every replicate, in "
        f"mini-batches of 16; against a tuned rate and one {TOO_LARGE} times as large; equal "
        f"training loss means {LOSS}",
        references=("bottou2018optimization", "li2019towards"),
    ),
)
