"""What a step of a schedule costs, beside torch's ``scheduler.step()``.

    python -m benchmarks.schedules

Both are first checked to give the same rates. Then they are timed in turns, so that a busy machine
slows both, and the median of the rounds is shown. The last column is the whole array of steps at
once, divided by its length.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch.optim import lr_scheduler as kinds

from lrcourse.schedules import (
    Constant,
    CosineAnnealing,
    CosineWarmRestarts,
    Cyclic,
    Exponential,
    LinearToZero,
    MultiStep,
    OneCycle,
    Schedule,
    StepDecay,
    warmup,
)

STEPS = 2000
ROUNDS = 9
MANY = np.arange(1_000_000)


def sequential(optimizer: Any) -> Any:
    """Return torch's linear warm-up and cosine, one after the other."""
    parts = [
        kinds.LinearLR(optimizer, 0.1, total_iters=100),
        kinds.CosineAnnealingLR(optimizer, STEPS),
    ]
    return kinds.SequentialLR(optimizer, parts, [100])


PAIRS: dict[str, tuple[Schedule, Callable[[Any], Any]]] = {
    "constant": (Constant(0.1), lambda o: kinds.LambdaLR(o, lambda _: 1.0)),
    "step": (StepDecay(0.1, 100, 0.9), lambda o: kinds.StepLR(o, 100, 0.9)),
    "multi-step": (
        MultiStep(0.1, (500, 1000), 0.1),
        lambda o: kinds.MultiStepLR(o, [500, 1000], 0.1),
    ),
    "exponential": (Exponential(0.1, 0.999), lambda o: kinds.ExponentialLR(o, 0.999)),
    "linear to zero": (LinearToZero(0.1, STEPS), lambda o: kinds.PolynomialLR(o, STEPS, 1.0)),
    "cosine": (CosineAnnealing(0.1, STEPS), lambda o: kinds.CosineAnnealingLR(o, STEPS)),
    "warm restarts": (
        CosineWarmRestarts(0.1, 100, 2),
        lambda o: kinds.CosineAnnealingWarmRestarts(o, 100, 2),
    ),
    "cyclic": (Cyclic(0.01, 0.1, 100), lambda o: kinds.CyclicLR(o, 0.01, 0.1, 100)),
    "one-cycle": (OneCycle(0.1, STEPS), lambda o: kinds.OneCycleLR(o, 0.1, STEPS)),
    "warm-up, cosine": (warmup(CosineAnnealing(0.1, STEPS), 100, start=0.01), sequential),
}


def optimizer() -> torch.optim.Optimizer:
    """Return an optimiser that has taken a step, as torch wants it before a scheduler does."""
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)


def torch_run(make: Callable[[Any], Any]) -> tuple[list[float], float]:
    """Return the rates of torch's scheduler, and the seconds its steps took."""
    chosen = optimizer()
    scheduler = make(chosen)
    chosen.step()
    group, rates = chosen.param_groups[0], []
    begin = time.perf_counter()
    for _ in range(STEPS - 1):
        rates.append(group["lr"])
        scheduler.step()
    seconds = time.perf_counter() - begin
    return [*rates, group["lr"]], seconds


def our_run(schedule: Schedule) -> tuple[list[float], float]:
    """Return the rates of the schedule, and the seconds its calls took."""
    rates = []
    begin = time.perf_counter()
    for step in range(STEPS - 1):
        rates.append(schedule(step))
    seconds = time.perf_counter() - begin
    return [*rates, schedule(STEPS - 1)], seconds


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)
    print(
        f"{'ns per step':16} {'torch':>8} {'lrcourse':>9} {'ratio':>6} {'1e6 at once':>12}  equal"
    )
    for name, (schedule, make) in PAIRS.items():
        timings: dict[str, list[float]] = {"torch": [], "ours": [], "array": []}
        for _ in range(ROUNDS):
            theirs, seconds = torch_run(make)
            timings["torch"].append(seconds / (STEPS - 1))
            ours, seconds = our_run(schedule)
            timings["ours"].append(seconds / (STEPS - 1))
            begin = time.perf_counter()
            at_once = schedule(MANY)
            timings["array"].append((time.perf_counter() - begin) / len(MANY))
        if not np.allclose(ours, theirs, rtol=1e-10, atol=1e-16):
            raise AssertionError(f"{name} differs from torch")
        if not np.array_equal(at_once[:STEPS], ours):
            raise AssertionError(f"{name} differs from itself on an array")
        equal = "bitwise" if ours == theirs else "to 1e-10"
        torch_ns, our_ns, array_ns = (1e9 * statistics.median(t) for t in timings.values())
        ratio = torch_ns / our_ns
        print(f"{name:16} {torch_ns:8.0f} {our_ns:9.0f} {ratio:6.1f} {array_ns:12.1f}  {equal}")


if __name__ == "__main__":
    main()
