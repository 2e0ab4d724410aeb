"""Write the golden trajectories of the rules that torch does not have.

The references are published packages, none of which the course depends on. Install them beside
torch in an environment of their own and run, from the root of the repository:

    pip install --no-deps schedulefree==1.4.1 lion-pytorch==0.2.5
    python benchmarks/golden/optimizers.py
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from lion_pytorch import Lion
from schedulefree import AdamWScheduleFree, SGDScheduleFree

TARGET = Path(__file__).resolve().parents[2] / "tests" / "optimizers" / "golden"
STEPS = 300
KEPT = [1, 2, 3, 5, 10, 30, 100, 200, 300]  # steps whose points are stored
LR = 0.02
# A gradient that keeps moving: where it vanishes, dividing by its size blows rounding up.
FREQUENCIES = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)

LION = [
    {},
    {"betas": [0.95, 0.98]},
    {"betas": [0.9, 0.99], "weight_decay": 0.3},
    {"betas": [0.0, 0.5], "weight_decay": 0.05},
]
SCHEDULE_FREE = [
    {},
    {"weight_decay": 0.1},
    {"r": 1.0, "weight_lr_power": 0.0},
    {"warmup_steps": 50},
    {"warmup_steps": 50, "weight_decay": 0.05, "r": 0.5, "weight_lr_power": 1.0},
]
CASES = {
    "lion": (Lion, LION),
    "schedule_free_sgd": (
        SGDScheduleFree,
        [{"momentum": m, **case} for m in (0.9, 0.5) for case in SCHEDULE_FREE],
    ),
    "schedule_free_adamw": (
        AdamWScheduleFree,
        [
            {"betas": b, "eps": e, **case}
            for b, e in (([0.9, 0.999], 1e-8), ([0.6, 0.95], 1e-3))
            for case in SCHEDULE_FREE
        ],
    ),
}


def run(make, options, start):
    """Return the points at which gradients are taken and those to evaluate, after kept steps."""
    point = torch.nn.Parameter(torch.tensor(start))
    optimizer = make([point], lr=LR, **options)
    if hasattr(optimizer, "train"):
        optimizer.train()
    gradient_points, evaluation_points = [], []
    for step in range(1, STEPS + 1):
        point.grad = (point / 2 + torch.cos(step * FREQUENCIES)).detach()
        optimizer.step()
        if step in KEPT:
            gradient_points.append(point.detach().tolist())
            if hasattr(optimizer, "eval"):
                optimizer.eval()
                evaluation_points.append(point.detach().tolist())
                optimizer.train()
    return {"gradient_points": gradient_points, "evaluation_points": evaluation_points}


def main():
    """Write one file a rule."""
    start = np.random.default_rng(0).uniform(-1.5, 1.5, size=4).round(6).tolist()
    packages = ("schedulefree", "lion-pytorch", "torch")
    for name, (make, options) in CASES.items():
        golden = {
            "source": {package: version(package) for package in packages},
            "reference": f"{make.__module__}.{make.__qualname__}",
            "gradient": "w / 2 + cos(t f), t = 1, 2, ..., f = (1, 2, 3, 4)",
            "start": start,
            "lr": LR,
            "steps": KEPT,
        }
        runs = [json.dumps({"options": case, **run(make, case, start)}) for case in options]
        lines = [f'"{key}": {json.dumps(value)}' for key, value in golden.items()]
        lines.append('"runs": [\n' + ",\n".join(runs) + "\n]")
        text = "{\n" + ",\n".join(lines) + "\n}"
        (TARGET / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    main()
