"""The claims of chapter 11, "Monitoring", and the rules that judge them."""

from __future__ import annotations

from lrcourse.claims._claim import MOST, Claim, Contrast
from lrcourse.claims.trials.chapter11 import RATES, cycles, early_stopping, turning

WORTH_IT = (0.02, float("inf"))  # in accuracy
HARMLESS = (-0.02, float("inf"))
SELDOM = (0.0, 0.2)
BETTER = (0.0, float("inf"))
MANY_MORE = (0.1, float("inf"))  # in shares of balls

CLAIMS: tuple[Claim, ...] = (
    Claim(
        "C8.1",
        trial=early_stopping,
        primary=Contrast(
            "wrong labels",
            "Test accuracy that stopping by the validation loss saves, digits with 30 % of the "
            "labels drawn anew",
            claimed=WORTH_IT,
        ),
        limits=(
            Contrast(
                "wrong labels, higher rate",
                "Test accuracy that stopping saves, the same at three times the learning rate",
                claimed=WORTH_IT,
            ),
            Contrast(
                "wrong labels, hard task",
                "Test accuracy that stopping saves, on one-dimensional images with as many wrong "
                "labels",
                claimed=WORTH_IT,
            ),
        ),
        context=(
            Contrast(
                "loss, wrong labels, hard task",
                "Test loss at the end over test loss where it stopped, hard task",
                claimed=(1.0, float("inf")),
            ),
            Contrast(
                "by accuracy, wrong labels",
                "Test accuracy that stopping by the validation accuracy saves, digits",
                claimed=WORTH_IT,
            ),
            Contrast(
                "by accuracy, wrong labels, hard task",
                "Test accuracy that stopping by the validation accuracy saves, hard task",
                claimed=HARMLESS,
            ),
            Contrast(
                "right labels",
                "Test accuracy that stopping by the validation loss saves, all labels right",
                claimed=HARMLESS,
            ),
            Contrast(
                "hindsight, wrong labels",
                "Test accuracy that the best check, known only afterwards, adds to stopping",
                claimed=(0.0, 0.03),
            ),
        ),
        condition="what you watch turns when what you want does: on wrong labels of an easy task, "
        "the loss; on a hard task the accuracy still rises long after the loss has turned",
        because="Stop by what you want: a validation loss can get worse while accuracy gets "
        "better.",
        tried_on="small networks on 400 to 500 images of digits and of waves, trained far too long",
        references=("prechelt1998early", "yao2007early", "guo2017calibration"),
    ),
    Claim(
        "C8.2",
        trial=turning,
        primary=Contrast(
            "cured by a tenth of the rate",
            "Share of runs whose validation loss gets worse at 0.1, but no longer at 0.01, "
            "trained equally far",
            claimed=MOST,
            estimator="share",
        ),
        context=(
            *(
                Contrast(
                    f"worsens at {rate}",
                    f"Share of runs whose validation loss gets worse at {rate}",
                    claimed=SELDOM if rate < max(RATES) else MOST,
                    estimator="share",
                )
                for rate in RATES
            ),
            Contrast(
                "training loss at the turn",
                "Training loss where the validation loss is lowest, at 0.1 over at 0.01",
                claimed=(0.9, 1.1),
            ),
            Contrast(
                "steps to the turn",
                "Power of the learning rate with which the steps to the turn go",
                claimed=(-1.2, -0.8),
            ),
            Contrast(
                "accuracy at the turn",
                "Validation accuracy at the turn, at 0.1 less at 0.01",
                claimed=(-0.02, 0.02),
            ),
            Contrast(
                "accuracy at the end",
                "Validation accuracy at the end, at 0.1 less at 0.01",
                claimed=(-0.02, 0.02),
            ),
            Contrast(
                "cured, same steps",
                "Share of runs whose validation loss gets worse at 0.1, but not at 0.01 within as "
                "many steps",
                claimed=MOST,
                estimator="share",
            ),
            Contrast(
                "cut at the turn",
                "Validation accuracy that a tenth of the rate from the turn on saves, within as "
                "many steps",
                claimed=WORTH_IT,
            ),
            Contrast(
                "stopped at the turn",
                "Validation accuracy that stopping at the turn adds to such a cut",
                claimed=(-0.02, 0.02),
            ),
        ),
        because="Every rate gets there, at the same training loss: a lower one only later.",
        tried_on="a small network on 500 digits, 30 % of the labels drawn anew",
        references=("prechelt1998early", "yao2007early"),
    ),
    Claim(
        "C8.4",
        trial=cycles,
        primary=Contrast(
            "cycles, noise",
            "Share of balls that end in a deeper valley, cycling rate less lowest rate, "
            "noise as large as the slope",
            claimed=MANY_MORE,
        ),
        limits=(
            Contrast(
                "cycles, less noise",
                "The same with noise half as large",
                claimed=MANY_MORE,
            ),
            Contrast(
                "cycles, no noise",
                "The same without noise, cycles up to 95 % of 2/λ",
                claimed=MANY_MORE,
            ),
        ),
        context=(
            Contrast(
                "cycles, no noise, unstable",
                "The same without noise, cycles up to twice 2/λ",
                claimed=MANY_MORE,
            ),
            Contrast(
                "falls once, noise",
                "Share of balls that end in a deeper valley, cycling rate less one that falls once",
                claimed=BETTER,
            ),
            Contrast(
                "snapshots, noise",
                "The same, where the best end of a cycle counts, not the last",
                claimed=BETTER,
            ),
            Contrast(
                "stays high, less noise",
                "Share of balls that end in a deeper valley, cycling rate less one that stays "
                "high, with noise half as large",
                claimed=BETTER,
            ),
        ),
        condition="there is noise in the gradient",
        because="It is noise times a high rate that climbs out; cycles only add snapshots to "
        "choose from.",
        tried_on="balls on random hilly landscapes of one parameter",
        references=("smith2017cyclical", "huang2017snapshot"),
    ),
)
