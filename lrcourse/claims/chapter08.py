"""The claims of chapter 8, "Learning-rate finders", and the rules that judge them."""

from __future__ import annotations

import numpy as np

from lrcourse.claims._claim import NEARLY_ALL, Claim, Contrast
from lrcourse.claims.trials._recorded_names import RECORDED
from lrcourse.claims.trials.chapter08 import (
    RAMP,
    TASKS,
    best_rates,
    built_in,
    guessing,
    small_parts,
)

FACTOR_TWO = (-0.3, 0.3)  # of log10
FACTOR_THREE = (-0.48, 0.48)
LESS_LOSS = (-np.inf, -0.1)  # a tenth of a nat, mean over the tasks
NINE_TASKS = (
    "nine tasks for small perceptrons, 400 steps each: digits (also with noisy labels, momentum, "
    "Adam), waves (also deep, Adam), spirals, breast cancer"
)

CLAIMS = (
    Claim(
        "C6.1",
        trial=small_parts,
        primary=Contrast(
            "a tenth",
            "Rate just before the rise, read with a tenth of the data over read with all, log10",
            claimed=FACTOR_THREE,
        ),
        limits=(
            Contrast(
                "one batch",
                "Rate just before the rise, read with one batch over read with all data, log10",
                claimed=FACTOR_THREE,
            ),
            Contrast(
                "examples seen",
                f"Share of the training examples that a range test of {RAMP.steps} steps sees on "
                "the usual stream of batches, digits",
                claimed=(0.0, 0.5),
            ),
        ),
        context=(
            Contrast(
                "three tenths",
                "Rate just before the rise, read with three tenths over read with all, log10",
                claimed=FACTOR_THREE,
            ),
            Contrast(
                "turns",
                "Share of the tasks where, on a tenth of the data, the loss falls and rises again",
                claimed=NEARLY_ALL,
            ),
        ),
        condition="the part holds many batches; the test as published needs no part at all, it "
        "draws on the usual stream of batches",
        because="What a range test saves is steps, not data.",
        tried_on=f"{NINE_TASKS}; 350 to 1200 examples, batches of 16 or 32",
        references=("smith2017cyclical",),
    ),
    Claim(
        "C6.2",
        trial=best_rates,
        primary=Contrast(
            "constant rate",
            "Rate just before the rise over the best constant rate, log10, mean over tasks",
            claimed=FACTOR_TWO,
        ),
        context=(
            *(
                Contrast(
                    f"constant rate, {name}",
                    f"Rate just before the rise over the best constant rate, log10, {name}",
                    claimed=FACTOR_TWO,
                )
                for name in TASKS
            ),
            Contrast(
                "peak of a linear decay",
                "Rate just before the rise over the best peak of a decay to 0, log10",
                claimed=FACTOR_TWO,
            ),
            Contrast(
                "a third of it",
                "A third of that rate over the best constant rate, log10",
                claimed=FACTOR_TWO,
            ),
            Contrast(
                "valley",
                "Rate that fastai’s default rule reads over the best constant rate, log10",
                claimed=FACTOR_TWO,
            ),
            Contrast(
                "cost",
                "Validation loss just before the rise, above the least of the sweep",
                claimed=(0.0, 0.1),
            ),
        ),
        because="Where the ramp’s loss turns, a whole training has long gone wrong: go down by a "
        "factor of three or more.",
        tried_on=NINE_TASKS,
        references=("smith2017cyclical", "smith2018disciplined"),
    ),
    Claim(
        "C6.3",
        trial=guessing,
        primary=Contrast(
            "with a margin",
            "Validation loss with a finder (fastai’s default rule) minus with a blind guess, "
            "log-uniform from 1e-5 to 1",
            claimed=LESS_LOSS,
        ),
        limits=(
            Contrast(
                "just before the rise, plain descent",
                "Validation loss with the rate just before the rise minus with a blind guess, "
                "tasks without momentum",
                claimed=LESS_LOSS,
            ),
            Contrast(
                "just before the rise, momentum or Adam",
                "Validation loss with the rate just before the rise minus with a blind guess, "
                "tasks with momentum or Adam",
                claimed=LESS_LOSS,
            ),
        ),
        context=(
            Contrast(
                "0.001",
                "Validation loss with a finder minus with 0.001 for every task",
                claimed=LESS_LOSS,
            ),
            Contrast(
                "rule of thumb",
                "Validation loss with a finder minus with 0.1 (0.01 with momentum, 0.001 for Adam)",
                claimed=LESS_LOSS,
            ),
            Contrast(
                "a third of the rise",
                "Validation loss with a third of the rate before the rise minus with a blind guess",
                claimed=LESS_LOSS,
            ),
        ),
        condition="it is read with a margin, well below the rise; and then against a blind guess, "
        "not against a rule of thumb",
        because="A finder finds the decade; somebody who knows the decade gains little.",
        tried_on=f"{NINE_TASKS}; a loss above that of the untrained model counts as that loss",
        references=("smith2017cyclical",),
    ),
    Claim(
        "C6.4",
        trial=built_in,
        primary=Contrast(
            "both",
            "How many of the two libraries, PyTorch and TensorFlow, define a finder",
            claimed=(1.5, 2.0),
        ),
        context=(
            Contrast(
                "torch",
                "Share of searches that find a finder in torch, as installed",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
            *(
                Contrast(
                    name,
                    f"Share of searches that find a finder in {name} {record.version}",
                    claimed=NEARLY_ALL,
                    estimator="share",
                )
                for name, record in RECORDED.items()
            ),
            Contrast(
                "hidden and found",
                "Share of searches that find the finder’s name that was hidden in each library",
                claimed=NEARLY_ALL,
                estimator="share",
            ),
        ),
        because="Finders come with fastai, Lightning, Ignite or DeepSpeed, not with the libraries "
        "below them.",
        tried_on="names of classes, functions and methods in the source of torch as installed, and "
        "as recorded from the other libraries in the versions named; a finder under a name that "
        "does not speak of learning rates would be missed",
        references=("smith2017cyclical",),
    ),
)
