"""Fourteen learning rates for the price of one: ``python -m benchmarks.fourteen [--rounds N]``.

A sweep of fourteen rates to the full horizon against one training in a plain torch loop: a
perceptron 64-64-10 on the digits, batches of 32, momentum, 400 steps; one core, one thread,
float32. In every round all sides run one after the other, so that a busy machine slows all; the
table has medians over rounds. First it is checked in float64 that each of the fourteen runs has, to
the last step, the losses of the plain loop at its rate.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch

from benchmarks.sweep import Case, batched, mlp_net, plain, timed
from lrcourse.datasets import digits
from lrcourse.models import MLP
from lrcourse.training import sweep

GOAL = 1.1  # CPU seconds of the sweep, in those of one plain training
RATES = np.geomspace(1e-3, 0.1, 14)
CASE = Case(
    name="MLP 64-64-10, batch 32",
    model=MLP((64, 64, 10)),
    data=digits().standardised(),
    net=mlp_net,
    rates=RATES,
    seeds=1,
    steps=400,
    batch=32,
    adam=False,
    slice=1,
    goal=GOAL,
)


def check() -> float:
    """Return the largest difference between the losses of the two sides, in float64."""
    ours = batched(CASE, RATES, 1, CASE.steps, "float64").loss
    theirs = [plain(CASE, float(lr), 0, CASE.steps, torch.float64).numpy() for lr in RATES]
    worst = float(np.abs(ours - np.stack(theirs)).max())
    if not worst < 1e-6:  # also if it is NaN
        raise SystemExit(f"the two sides differ by {worst:.2g}")
    return worst


def judged() -> None:
    """Train all rates and judge each on the whole training set, as `sweep` does by itself."""
    sweep(
        CASE.model,
        CASE.data,
        CASE.optimizer,
        RATES,
        steps=CASE.steps,
        batch_size=CASE.batch,
        progress=False,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    worst = check()
    sides = {
        "one rate, plain torch": lambda: plain(CASE, 0.05, 0, CASE.steps, torch.float32),
        "fourteen, sweep": lambda: batched(CASE, RATES, 1, CASE.steps, "float32"),
        "fourteen, and judged": judged,
    }
    seconds = np.array([[timed(side)[0] for side in sides.values()] for _ in range(rounds)])
    ratios = seconds / seconds[:, :1]
    print(f"{CASE.name}, {CASE.steps} steps; {rounds} round(s), medians; goal: at most {GOAL:g}.")
    print(f"All fourteen equal the plain loop in float64 to {worst:.1g} over all steps.")
    print(f"{'':24}{'CPU ms':>8}{'ratio':>7}{'range':>15}")
    for i, name in enumerate(sides):
        low, high = ratios[:, i].min(), ratios[:, i].max()
        middle, ratio = np.median(1e3 * seconds[:, i]), np.median(ratios[:, i])
        print(f"{name:24}{middle:8.0f}{ratio:7.2f}{f'{low:.2f} to {high:.2f}':>15}")


if __name__ == "__main__":
    main()
