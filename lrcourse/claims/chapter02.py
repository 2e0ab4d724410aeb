"""The claim of chapter 2, "Which minimum?", and the rule that judges it."""

from __future__ import annotations

from lrcourse.claims._claim import NEARLY_ALL, Claim, Contrast
from lrcourse.claims.trials.chapter02 import ACROSS, DESIGNED, LARGE, NETWORKS, global_minimum

MORE_OFTEN = (0.05, float("inf"))
LESS_OFTEN = (-float("inf"), -0.05)

CLAIMS = (
    Claim(
        "C1.1",
        trial=global_minimum,
        primary=Contrast(
            "small",
            "Share of balls that a small rate, a hundredth of 2/λ, leads to the global minimum",
            claimed=NEARLY_ALL,
        ),
        context=(
            Contrast(
                "stays",
                "Share of balls that a small rate leaves in the valley where they started",
                claimed=NEARLY_ALL,
            ),
            Contrast(
                "smaller",
                "How much more often a ball gets there at a tenth of the small rate",
                claimed=MORE_OFTEN,
            ),
            Contrast(
                "small, noise",
                "How much more often at the small rate with noise on the slope",
                claimed=MORE_OFTEN,
            ),
            *(
                Contrast(
                    name,
                    f"How much more often at {way.learning_rate} times 2/λ"
                    f"{', with noise' if way.noise else ''}{', decaying' if way.decays else ''}",
                    claimed=LESS_OFTEN,
                )
                for name, way in LARGE.items()
            ),
            *(
                Contrast(
                    f"{name}, large, decays",
                    f"How much more often at {ACROSS.learning_rate:g} times 2/λ, decaying, {name}",
                    claimed=LESS_OFTEN,
                )
                for name in DESIGNED
            ),
            *(
                Contrast(
                    f"XOR, {size}",
                    f"Share of networks that learn XOR at a {size} rate",
                    claimed=NEARLY_ALL,
                    estimator="share",
                )
                for size in ("small", "large")
            ),
        ),
        because="A small learning rate leads to the bottom of the valley you happened to start in.",
        tried_on="random landscapes of one parameter, and two made by hand, one to favour large "
        f"rates and one to defeat them; {NETWORKS} networks with 9 weights on XOR",
        references=("safran2018spurious", "kleinberg2018alternative", "mohtashami2023special"),
    ),
)
