"""The rules that torch does not have equal the packages of their authors' algorithms."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lrcourse.optimizers import Lion, ScheduleFreeAdamW, ScheduleFreeSGD

GOLDEN = Path(__file__).parent / "golden"
RULES = {
    "lion": Lion,
    "schedule_free_sgd": ScheduleFreeSGD,
    "schedule_free_adamw": ScheduleFreeAdamW,
}
RUNS = [
    (name, index)
    for name in RULES
    for index in range(len(json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))["runs"]))
]


def in_our_words(options):
    words = {k: v for k, v in options.items() if k not in ("betas", "eps", "warmup_steps")}
    if "betas" in options:
        words["beta1"], words["beta2"] = options["betas"]
    if "eps" in options:
        words["epsilon"] = options["eps"]
    return words


@pytest.mark.parametrize(("name", "index"), RUNS)
def test_equals_the_reference_over_300_steps(name, index):
    golden = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    run = golden["runs"][index]
    rule = RULES[name](**in_our_words(run["options"]))
    warmup_steps = run["options"].get("warmup_steps", 1)
    params = np.array(golden["start"])
    state = rule.init(params)
    compared = 0
    for step in range(1, golden["steps"][-1] + 1):
        lr = golden["lr"] * min(1.0, step / warmup_steps)
        gradient = params / 2 + np.cos(step * np.array([1.0, 2.0, 3.0, 4.0]))
        params, state = rule.step(params, gradient, state, lr)
        if step in golden["steps"]:
            np.testing.assert_allclose(params, run["gradient_points"][compared], rtol=1e-9)
            if run["evaluation_points"]:
                kept = rule.evaluation_point(state)
                np.testing.assert_allclose(kept, run["evaluation_points"][compared], rtol=1e-9)
            compared += 1
    assert compared == len(golden["steps"]) == 9


def test_lion_is_the_papers_program():
    """Chen et al. 2023, program 1, line by line."""
    rng = np.random.default_rng(1)
    lr, beta1, beta2, wd = 0.01, 0.9, 0.99, 0.2
    rule = Lion(beta1, beta2, weight_decay=wd)
    weight = params = rng.normal(size=5)
    momentum = np.zeros(5)
    state = rule.init(params)
    for _ in range(100):
        gradient = rng.normal(size=5)
        update = np.sign(gradient * (1 - beta1) + momentum * beta1)
        momentum = gradient * (1 - beta2) + momentum * beta2
        weight = weight - (update + weight * wd) * lr
        params, state = rule.step(params, gradient, state, lr)
        np.testing.assert_allclose(params, weight, rtol=1e-12)
        np.testing.assert_allclose(state, momentum, rtol=1e-12)
