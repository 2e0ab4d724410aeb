"""The claims of chapter 10, "Warm-up", and the rules that judge them."""

from __future__ import annotations

from lrcourse.claims._claim import Claim, Contrast
from lrcourse.claims.trials.chapter10 import slow_starts, stable_starts

WORTH_IT = (0.02, float("inf"))  # in accuracy
STABILISED = (0.1, float("inf"))  # in loss
CURVED = "networks of 2 and of 8 hidden layers on one-dimensional images"

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C2.4",
        trial=slow_starts,
        primary=Contrast(
            "warm-up, hot start",
            "Accuracy that a warm-up adds, each at its best peak, with initial weights 40 % "
            "too large in 8 hidden layers",
            claimed=WORTH_IT,
        ),
        limits=(
            Contrast(
                "warm-up, deep network",
                "Accuracy that a warm-up adds, each at its best peak, in the same network with the "
                "usual initial weights",
                claimed=WORTH_IT,
            ),
            Contrast(
                "warm-up, shallow network",
                "Accuracy that a warm-up adds, each at its best peak, with 2 hidden layers",
                claimed=WORTH_IT,
            ),
        ),
        context=tuple(
            Contrast(
                f"rising all the way, {name}",
                "Accuracy that rising to the very end adds to rising and then falling, each at "
                f"its best peak, {name}",
                claimed=(0.0, float("inf")),
            )
            for name in ("hot start", "deep network", "shallow network")
        ),
        condition="the start is so sharp that the best rate of later would destroy it; "
        "and if the rate falls again afterwards",
        because="From a usual start a warm-up brings nothing, and a rate that never falls again "
        "loses a lot.",
        tried_on=CURVED,
        references=("goyal2017accurate", "gilmer2022loss"),
    ),
    Claim(
        "C8.3",
        trial=stable_starts,
        primary=Contrast(
            "transformer, norm after",
            "Final loss that a warm-up saves at the same peak, transformer with its norms after "
            "the sums, Adam",
            claimed=STABILISED,
        ),
        limits=(
            Contrast(
                "transformer, norm before",
                "Final loss that a warm-up saves at the same peak, transformer with its norms "
                "inside the branches, Adam",
                claimed=STABILISED,
            ),
            Contrast(
                "hot start",
                "Final loss that a warm-up saves, 8 hidden layers, initial weights 40 % too large",
                claimed=STABILISED,
            ),
            Contrast(
                "hot start, small peak",
                "Final loss that a warm-up saves, the same at a hundredth of the peak",
                claimed=STABILISED,
            ),
            Contrast(
                "deep network",
                "Final loss that a warm-up saves, 8 hidden layers, usual initial weights",
                claimed=STABILISED,
            ),
            Contrast(
                "shallow network",
                "Final loss that a warm-up saves, 2 hidden layers",
                claimed=STABILISED,
            ),
            Contrast(
                "shallow network, Adam",
                "Final loss that a warm-up saves, 2 hidden layers, Adam",
                claimed=STABILISED,
            ),
        ),
        context=tuple(
            Contrast(
                f"product, {name}",
                f"Peak times curvature at the start, ηλ, {name}: above 2 the first steps climb",
                claimed=(2.0, float("inf")),
            )
            for name in ("hot start", "hot start, small peak", "deep network", "shallow network")
        ),
        condition="the start is too sharp for the peak: initial weights too large, or a "
        "transformer with its norms after the sums",
        because="Whether a warm-up is needed is decided by the curvature at the start; ηλ above 2 "
        "is a warning, not yet a reason.",
        tried_on=f"{CURVED}; transformers of 3 layers that reverse sequences of 8 tokens",
        references=("xiong2020layer", "gilmer2022loss"),
    ),
)
