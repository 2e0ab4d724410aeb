"""The claims of chapter 7, "Schedules", and the rules that judge them."""

from __future__ import annotations

from math import inf

from lrcourse.claims._claim import NEARLY_ALL, Claim, Contrast
from lrcourse.claims.trials.chapter07 import (
    RACES,
    SCHEDULES,
    SETTINGS,
    STARTS,
    TUNED_ON,
    adjusting,
    bad_peaks,
    decaying,
    definitions,
    rising_cosines,
)

NEARLY_NONE = (0.0, 0.2)
BETTER = (0.01, inf)  # in test accuracy: by more than one image in a hundred
NO_WORSE = (-0.01, inf)
RACED_ON = (
    "small networks for a few hundred steps of SGD: noisy one-dimensional images, and digits; "
    f"peaks tuned on {TUNED_ON} seeds, raced on others"
)
SCHEDULERS = f"{SETTINGS} random settings of each scheduler"

CLAIMS = (
    Claim(
        "C5.2",
        trial=adjusting,
        primary=Contrast(
            "tuned start, waves",
            "Test accuracy of a plateau rule minus that of the best constant rate, noisy images",
            claimed=BETTER,
        ),
        limits=(
            Contrast(
                "tuned start, digits",
                "The same on digits, where a constant rate leaves little to gain",
                claimed=NO_WORSE,
            ),
        ),
        context=(
            Contrast(
                "against cosine, waves",
                "Plateau rule minus a cosine with its own best peak, noisy images",
                claimed=NO_WORSE,
            ),
            Contrast(
                "against cosine, digits",
                "Plateau rule minus a cosine with its own best peak, digits",
                claimed=NO_WORSE,
            ),
            *(
                Contrast(
                    f"{start}, {place}",
                    f"Plateau rule from {start} minus the best constant rate, {place}",
                    claimed=NO_WORSE,
                )
                for place in ("waves", "digits")
                for start in STARTS
                if start != "tuned start"
            ),
        ),
        condition="a constant rate leaves something to gain",
        because="The rule can only lower the rate: a start that was too low stays too low.",
        tried_on=RACED_ON,
        references=("bengio2012practical",),
    ),
    Claim(
        "C5.3",
        trial=decaying,
        primary=Contrast(
            "linear, waves",
            "Test accuracy of a linear decay to 0 minus that of the best constant rate, "
            "noisy images in small batches",
            claimed=BETTER,
        ),
        limits=(
            Contrast(
                "linear, waves, ConvNet",
                "The same with a convolutional network",
                claimed=BETTER,
            ),
            Contrast(
                "linear, few waves, full batch",
                "The same on 300 of the images, each step on all of them",
                claimed=BETTER,
            ),
            Contrast(
                "linear, digits",
                "The same on digits, which leave little noise once they are learnt",
                claimed=BETTER,
            ),
        ),
        context=(
            Contrast(
                "linear, few waves, learnt by heart",
                "The same on 300 of the images in small batches, until they are known by heart",
                claimed=BETTER,
            ),
            *(
                Contrast(
                    f"{name}, waves",
                    f"{name[0].upper()}{name[1:]} minus the best constant rate, noisy images",
                    claimed=BETTER,
                )
                for name in SCHEDULES
                if name not in ("constant", "linear")
            ),
        ),
        condition="the gradient is still noisy when the budget ends",
        because="Decay quiets the noise of the mini-batches; without noise it has nothing to do.",
        tried_on=RACED_ON,
        references=("ge2019step", "defazio2023optimal", "bergsma2025straight"),
    ),
    Claim(
        "C5.4",
        trial=definitions,
        primary=Contrast(
            "torch",
            "Share of settings in which torch’s StepLR drops every k epochs and stays between, "
            "and ExponentialLR shrinks by the same factor at every step",
            claimed=NEARLY_ALL,
            estimator="share",
        ),
        limits=(
            Contrast(
                "lrcourse",
                "The same of StepDecay and Exponential in this package",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
        ),
        context=(
            Contrast(
                "sum of the rates",
                "Sum of all rates of an exponential decay, over η/(1 − γ)",
                claimed=(0.99, 1.01),
            ),
            Contrast(
                "frozen",
                "Share of bowls where a decay by 5 % a step stops far from the minimum "
                "that a constant rate reaches",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
        ),
        condition="the scheduler is one of torch",
        because="The rates of an exponential decay add up to η/(1 − γ): "
        "what is farther away is never reached.",
        tried_on=f"{SCHEDULERS}; random quadratic bowls",
        references=("ge2019step",),
    ),
    Claim(
        "C5.5",
        trial=rising_cosines,
        primary=Contrast(
            "one cycle",
            "Share of settings in which torch’s CosineAnnealingLR rises before its T_max",
            claimed=NEARLY_ALL,
            estimator="share",
        ),
        context=(
            Contrast(
                "past the end",
                "Share in which it rises when it is left running to twice T_max",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            Contrast(
                "lrcourse, past the end",
                "The same of CosineAnnealing in this package, which stays at its end",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            Contrast(
                "warm restarts",
                "Share in which CosineAnnealingWarmRestarts rises within two periods",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
        ),
        because="A cosine only falls; what rises is a warm restart, "
        "or torch’s scheduler left running past T_max.",
        tried_on=SCHEDULERS,
        references=("loshchilov2017sgdr",),
    ),
    Claim(
        "C5.6",
        trial=bad_peaks,
        primary=Contrast(
            "ten times the best, waves",
            "Test accuracy of the luckiest of four schedules from ten times the best constant rate "
            "minus that of the best constant rate, noisy images",
            claimed=NO_WORSE,
        ),
        context=(
            *(
                Contrast(
                    f"ten times the best, {place}",
                    f"The same, {place}",
                    claimed=NO_WORSE,
                )
                for place in RACES
                if place in ("waves, ConvNet", "digits")
            ),
            Contrast(
                "a tenth of the best, waves",
                "The same from a tenth of the best constant rate, noisy images",
                claimed=NO_WORSE,
            ),
            Contrast(
                "three times the best, waves",
                "The same from three times the best constant rate, noisy images",
                claimed=NO_WORSE,
            ),
            Contrast(
                "random bowls",
                "Share of bowls that end above their start under every schedule, "
                "from ten times the critical rate",
                claimed=NEARLY_NONE,
                estimator="share",
            ),
        ),
        because="A schedule tolerates, and wants, a somewhat higher peak; "
        "it does not mend one that is ten times too high or too low.",
        tried_on=f"{RACED_ON}; random quadratic bowls",
        references=("nesterov2004lectures",),
    ),
)
