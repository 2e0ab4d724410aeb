"""Ask Keras, optax, timm and fastai for their learning rates, and write them down.

The tests of the schedules compare with these files, so that they need none of the libraries. Run in
an environment of its own, with this repository on the path:

    pip install jax optax keras torch numpy
    pip install --no-deps timm fastai fastcore
    PYTHONPATH=. python -m benchmarks.golden.schedules lrcourse/schedules/golden

All compute in float64 where they can. timm is loaded without its models; of fastai only the
functions that make the curves, taken from its installed source: both would else import torchvision
and much more.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import sys
import types
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

STEPS = 60
LR = 0.1
# Falls, stalls, falls a little, stalls, rises: every branch of a plateau rule.
METRICS = [3.0, 2.0, 1.5, *[1.5] * 9, 1.4, 1.39995, *[1.45] * 14, 1.2, *[1.3] * 12]


def from_keras() -> dict[str, list[float]]:
    """Return the rates of Keras' schedules, in float64."""
    import keras

    keras.config.set_floatx("float64")
    kind = keras.optimizers.schedules
    cases: dict[str, Callable[[int], Any]] = {
        "StepDecay": kind.ExponentialDecay(LR, 10, 0.5, staircase=True),
        "Piecewise": kind.PiecewiseConstantDecay([10, 30], [0.1, 0.03, 0.01]),
        "Exponential": kind.ExponentialDecay(LR, 10, 0.5),
        "Polynomial": kind.PolynomialDecay(LR, 40, 0.001, power=2.0),
        "CosineAnnealing": kind.CosineDecay(LR, 40, alpha=0.01),
        "CosineWarmRestarts": kind.CosineDecayRestarts(LR, 10, t_mul=2.0, alpha=0.01),
        "warmup": kind.CosineDecay(0.0, 40, alpha=0.01, warmup_target=LR, warmup_steps=10),
    }
    values = {name: [float(case(t)) for t in range(STEPS)] for name, case in cases.items()}
    values["Plateau"] = _keras_plateau(cooldown=0)
    values["Plateau, cooldown"] = _keras_plateau(cooldown=2)
    return values


def _keras_plateau(cooldown: int) -> list[float]:
    import keras

    rule = keras.callbacks.ReduceLROnPlateau(
        factor=0.5, patience=3, mode="min", min_delta=1e-4, cooldown=cooldown, min_lr=1e-3
    )
    model = types.SimpleNamespace(optimizer=keras.optimizers.SGD(LR))
    rule.set_model(model)
    rates = []
    for epoch, metric in enumerate(METRICS):
        rule.on_epoch_end(epoch, {"val_loss": metric})
        rates.append(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)))
    return rates


def from_optax() -> dict[str, list[float]]:
    """Return the rates of optax' schedules, in float64."""
    import optax

    cases: dict[str, Callable[[int], Any]] = {
        "Constant": optax.constant_schedule(LR),
        "StepDecay": optax.exponential_decay(LR, 10, 0.5, staircase=True),
        "MultiStep": optax.piecewise_constant_schedule(LR, {10: 0.5, 30: 0.5}),
        "Exponential": optax.exponential_decay(LR, 10, 0.5),
        "Polynomial": optax.polynomial_schedule(LR, 0.001, 2.0, 40),
        "CosineAnnealing": optax.cosine_decay_schedule(LR, 40, alpha=0.01),
        "LinearWarmup": optax.linear_schedule(0.0, LR, 10),
        "warmup": optax.warmup_cosine_decay_schedule(0.0, LR, 10, 40, end_value=0.001),
        "OneCycle": optax.cosine_onecycle_schedule(40, LR, pct_start=0.3),
    }
    values = {name: [float(case(t)) for t in range(STEPS)] for name, case in cases.items()}
    values["Plateau"] = _optax_plateau(cooldown=0)
    values["Plateau, cooldown"] = _optax_plateau(cooldown=2)
    return values


def _optax_plateau(cooldown: int) -> list[float]:
    import jax.numpy as jnp
    import optax

    rule = optax.contrib.reduce_on_plateau(
        factor=0.5, patience=3, rtol=1e-4, cooldown=cooldown, min_scale=1e-2
    )
    params = jnp.zeros(())
    state = rule.init(params)
    rates = []
    for metric in METRICS:
        _, state = rule.update(params, state, value=metric)
        rates.append(LR * float(state.scale))
    return rates


def from_timm() -> dict[str, list[float]]:
    """Return the rates of timm's schedulers, which compute in Python floats."""
    import torch

    package = importlib.util.find_spec("timm")
    assert package is not None
    assert package.submodule_search_locations is not None
    bare = types.ModuleType("timm")
    bare.__path__ = list(package.submodule_search_locations)
    sys.modules["timm"] = bare
    from timm import scheduler as kind

    cases: dict[str, tuple[Any, dict[str, Any]]] = {
        "StepDecay": (kind.StepLRScheduler, {"decay_t": 10, "decay_rate": 0.5}),
        "MultiStep": (kind.MultiStepLRScheduler, {"decay_t": [10, 30], "decay_rate": 0.5}),
        "Polynomial": (kind.PolyLRScheduler, {"t_initial": 40, "lr_min": 0.001, "power": 2.0}),
        "CosineAnnealing": (kind.CosineLRScheduler, {"t_initial": 40, "lr_min": 0.001}),
        "CosineWarmRestarts": (
            kind.CosineLRScheduler,
            {"t_initial": 10, "lr_min": 0.001, "cycle_mul": 2.0, "cycle_limit": 9},
        ),
        "warmup": (kind.CosineLRScheduler, {"t_initial": 40, "lr_min": 0.001, "warmup_t": 10}),
        "warmup, prefix": (
            kind.CosineLRScheduler,
            {"t_initial": 40, "lr_min": 0.001, "warmup_t": 10, "warmup_prefix": True},
        ),
        **{
            f"WarmupStableDecay, {name}": (
                kind.WSDLRScheduler,
                {
                    "t_initial": 40,
                    "decay_t": 20,
                    "lr_min": 0.001,
                    "decay_fn": name,
                    "warmup_t": 10,
                },
            )
            for name in ("linear", "1-sqrt", "cosine")
        },
    }
    values = {}
    for name, (make, options) in cases.items():
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=LR)
        scheduler = make(optimizer, **options)
        values[name] = [float(scheduler._get_lr(t)[0]) for t in range(STEPS)]
    return values


def from_fastai() -> dict[str, list[float]]:
    """Return the rates of fastai's ``fit_…`` methods, whose phases are found in float32."""
    import math

    from fastcore.foundation import L, store_attr
    from torch import tensor

    source = importlib.util.find_spec("fastai")
    assert source is not None
    assert source.submodule_search_locations is not None
    path = Path(source.submodule_search_locations[0], "callback", "schedule.py")
    wanted = {"_Annealer", "sched_cos", "SchedCos", "combine_scheds", "combined_cos"}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if getattr(node, "name", "") in wanted]
    import torch

    names: dict[str, Any] = {
        "L": L,
        "math": math,
        "store_attr": store_attr,
        "tensor": tensor,
        "torch": torch,
    }
    exec(compile(tree, str(path), "exec"), names)
    curve = names["combined_cos"](0.25, LR / 25, LR, LR / 1e5)
    moms = names["combined_cos"](0.25, 0.95, 0.85, 0.95)
    flat = names["combined_cos"](0.75, LR, LR, LR / 1e5)
    periods = [10, 20, 40]
    restarts = names["combine_scheds"](
        [period / sum(periods) for period in periods], [names["SchedCos"](LR, 0)] * len(periods)
    )
    return {
        "CosineWarmRestarts": [float(restarts(t / 70)) for t in range(70)],
        "WarmupStableDecay": [float(flat(t / 40)) for t in range(40)],
        "OneCycle": [float(curve(t / 40)) for t in range(40)],
        "OneCycle, momentum": [float(moms(t / 40)) for t in range(40)],
    }


def main(folder: str) -> None:
    """Write one file for each library."""
    os.environ["KERAS_BACKEND"] = "jax"
    import jax

    jax.config.update("jax_enable_x64", True)
    sources: dict[str, tuple[Callable[[], dict[str, list[float]]], Iterable[str]]] = {
        "keras": (from_keras, ("keras", "jax", "numpy")),
        "optax": (from_optax, ("optax", "jax", "numpy")),
        "timm": (from_timm, ("timm", "torch")),
        "fastai": (from_fastai, ("fastai", "fastcore", "torch")),
    }
    for library, (values, packages) in sources.items():
        data = {
            "versions": {name: version(name) for name in packages},
            "values": values(),
            "metrics": METRICS,
        }
        if library in {"timm", "fastai"}:
            del data["metrics"]
        path = Path(folder, f"{library}.json")
        path.write_text(json.dumps(data, indent=None).replace("], ", "],\n") + "\n")
        print(f"{path}: {', '.join(data['values'])}")


if __name__ == "__main__":
    main(*sys.argv[1:])
