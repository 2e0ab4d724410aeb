"""The batched sweep against the plain torch loop: ``python -m benchmarks.sweep [--quick]``.

One core, one thread each. In every round both sides run one after the other, so that a busy
machine slows both; the table has medians over rounds. The plain loop trains a slice of the runs and
is scaled to all of them; the sweep trains all. That both find the same is checked on the slice, in
float64, before anything is timed. CPU time is measured: on a shared machine it says more than the
clock on the wall, which is printed beside it.

*Bound* is the ratio that a perceptron's sweep would reach if it did nothing but its matrix
products, by NumPy, cut as the sweep cuts them, on arrays that are in the cache: what no sweep on
NumPy can exceed on this machine. The wider the layers, the nearer the plain loop is to it already.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from lrcourse.datasets import Dataset, digits, reversal, wave1d
from lrcourse.models import MLP, ConvNet, Model, Transformer
from lrcourse.optimizers import SGD, Adam
from lrcourse.training import mini_batches, streams, sweep
from lrcourse.training._product import Product


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    name: str
    model: Model
    data: Dataset
    net: Callable[[Model], torch.nn.Module]
    rates: Any
    seeds: int
    steps: int
    batch: int
    adam: bool
    slice: int  # runs that the plain loop trains in a round
    goal: float | None

    @property
    def optimizer(self) -> Any:
        """The rule of the sweep."""
        return Adam() if self.adam else SGD(momentum=0.9)


def plain(case: Case, lr: float, seed: int, steps: int, dtype: torch.dtype) -> torch.Tensor:
    """Train one run as a tutorial would, and return its losses."""
    net = case.net(case.model).to(dtype)
    generators = streams(seed)
    with torch.no_grad():
        values = case.model.init(generators.init).values()
        for weight, value in zip(net.parameters(), values, strict=True):
            weight.copy_(torch.tensor(value))
    x, y = torch.tensor(case.data.inputs, dtype=dtype), torch.tensor(case.data.targets).long()
    optimizer = (
        torch.optim.Adam(net.parameters(), lr=lr)
        if case.adam
        else torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    )
    loss_of = torch.nn.CrossEntropyLoss()
    order = mini_batches(len(x), case.batch, steps, rng=generators.batches)
    batches = torch.tensor(np.ascontiguousarray(order))
    losses = torch.empty(steps, dtype=dtype)
    for step, rows in enumerate(batches):
        optimizer.zero_grad()
        loss = loss_of(net(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
        losses[step] = loss.detach()
    return losses


def batched(case: Case, rates: Any, seeds: int, steps: int, dtype: str) -> Any:
    """Train all runs at once. No evaluation: the plain loop makes none either."""
    return sweep(
        case.model,
        case.data,
        case.optimizer,
        rates,
        seeds=seeds,
        steps=steps,
        batch_size=case.batch,
        dtype=dtype,  # type: ignore[arg-type]
        checkpoints=(),
        jobs=1,
        progress=False,
    )


def check(case: Case) -> float:
    """Return the largest difference between the losses of both sides over 20 steps, in float64."""
    rates = np.asarray(case.rates)[[0, len(case.rates) // 3]]
    ours = batched(case, rates, 2, 20, "float64").loss
    theirs = [
        plain(case, float(lr), seed, 20, torch.float64).numpy() for lr in rates for seed in (0, 1)
    ]
    worst = float(np.abs(ours - np.stack(theirs)).max())
    if not worst < 1e-9:
        raise SystemExit(f"{case.name}: the two sides differ by {worst:.2g}")
    return worst


def products(case: Case, runs: int) -> float:
    """Return the CPU seconds of a perceptron's matrix products alone, for this many runs."""
    assert isinstance(case.model, MLP)
    rng, beside, steps = np.random.default_rng(0), 8, case.steps // 4

    def values(*shape: int) -> Any:
        return rng.normal(size=(1, beside, *shape)).astype(np.float32)

    todo: list[Product] = []
    for layer, (below, above) in enumerate(itertools.pairwise(case.model.sizes)):
        weight, hidden, delta = (
            values(above, below),
            values(below, case.batch),
            values(above, case.batch),
        )
        todo.append(Product.of(weight, hidden, np.empty_like(delta)))
        todo.append(Product.of(delta, hidden.swapaxes(2, 3), np.empty_like(weight)))
        if layer > 0:
            todo.append(Product.of(weight.swapaxes(2, 3), delta, np.empty_like(hidden)))

    def multiply() -> None:
        for _ in range(steps):
            for product in todo:
                product.compute()

    with threadpool_limits(1):
        multiply()
        seconds, _ = timed(multiply)
    return seconds * case.steps / steps * runs / beside


def timed(function: Callable[[], object]) -> tuple[float, float]:
    """Return CPU and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    function()
    return time.process_time() - cpu, time.perf_counter() - wall


def mlp_net(model: Model) -> torch.nn.Module:
    """Return the perceptron of layers of torch."""
    assert isinstance(model, MLP)
    layers: list[torch.nn.Module] = []
    for fan_in, fan_out in zip(model.sizes, model.sizes[1:], strict=False):
        layers += [torch.nn.Linear(fan_in, fan_out), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def conv_net(model: Model) -> torch.nn.Module:
    """Return the convolutional network of layers of torch."""
    assert isinstance(model, ConvNet)
    layers: list[torch.nn.Module] = [torch.nn.Unflatten(1, (1, model.length))]
    channels, points = 1, model.length
    for kernel in model.kernels:
        layers.append(torch.nn.Conv1d(channels, model.channels, kernel, 2, kernel // 2))
        layers.append(torch.nn.ReLU())
        channels, points = model.channels, (points + 1) // 2
    layers += [torch.nn.Flatten(), torch.nn.Linear(channels * points, model.classes)]
    return torch.nn.Sequential(*layers)


class TransformerNet(torch.nn.Module):
    """The transformer of layers of torch."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        assert isinstance(model, Transformer)
        self.tokens = torch.nn.Embedding(model.vocabulary, model.width)
        self.positions = torch.nn.Embedding(model.length, model.width)
        self.block = torch.nn.TransformerEncoderLayer(
            model.width,
            model.heads,
            4 * model.width,
            dropout=0.0,
            batch_first=True,
            norm_first=model.pre_norm,
        )
        self.norm = torch.nn.LayerNorm(model.width)
        self.output = torch.nn.Linear(model.width, model.vocabulary)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return outputs with the classes second, as the loss of torch wants them."""
        hidden = self.block(self.tokens(x.long()) + self.positions.weight)
        return self.output(self.norm(hidden)).transpose(1, 2)


def cases() -> list[Case]:
    """Return the rows of the table."""
    pixels = digits().standardised()
    pixels = pixels.split(0.2, rng=np.random.default_rng(0)).train  # 1,438 rows
    wide, narrow = np.geomspace(1e-4, 0.3, 64), np.geomspace(1e-4, 1e-2, 48)
    small, large = MLP((64, 32, 10)), MLP((64, 128, 128, 10))
    waves, sequences = wave1d(2000, seed=0), reversal(2000, seed=0)
    conv, attention = ConvNet(), Transformer()
    return [
        Case("MLP 64-32-10, batch 64", small, pixels, mlp_net, wide, 8, 440, 64, False, 4, 13),
        Case("MLP 64-32-10, batch 32", small, pixels, mlp_net, wide, 8, 880, 32, False, 4, 19),
        Case(
            "MLP 64-128-128-10, batch 64", large, pixels, mlp_net, wide, 1, 440, 64, False, 4, 3.5
        ),
        Case("ConvNet, batch 64", conv, waves, conv_net, narrow, 1, 40, 64, True, 16, 4),
        Case(
            "transformer, batch 64",
            attention,
            sequences,
            TransformerNet,
            narrow,
            1,
            40,
            64,
            True,
            16,
            None,
        ),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, an eighth of the runs")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rounds = 1 if options.quick else options.rounds
    print(
        f"{rounds} round(s); the plain loop trains a slice of the runs and is scaled to all.\n"
        "Ratio of CPU seconds: median (lowest to highest) over the rounds; wall: the same, median."
    )
    head = f"{'':30}{'runs':>5}{'slice':>6}{'plain s':>9}{'sweep s':>9}{'ratio':>7}"
    print(f"{head}{'range':>14}{'wall':>7}{'bound':>7}{'goal':>6}{'differ by':>11}")
    for case in cases():
        seeds = max(1, case.seeds // 8) if options.quick else case.seeds
        runs = len(case.rates) * seeds
        worst = check(case)
        spread = np.asarray(case.rates)[np.linspace(0, len(case.rates) - 1, case.slice).astype(int)]

        def loop(case: Case = case, spread: Any = spread) -> None:
            for lr in spread:
                plain(case, float(lr), 0, case.steps, torch.float32)

        def ours(case: Case = case, seeds: int = seeds) -> None:
            batched(case, case.rates, seeds, case.steps, "float32")

        scale = runs / case.slice
        pairs, bounds = [], []
        for _ in range(rounds):
            pairs.append((timed(loop), timed(ours)))
            if isinstance(case.model, MLP):
                bounds.append(scale * pairs[-1][0][0] / products(case, runs))
        seconds = np.array(pairs)  # round, side, cpu or wall
        ratios = scale * seconds[:, 0] / seconds[:, 1]
        cpu, wall = np.median(ratios, axis=0)
        theirs, own = scale * np.median(seconds[:, 0, 0]), np.median(seconds[:, 1, 0])
        low, high = ratios[:, 0].min(), ratios[:, 0].max()
        goal = "" if case.goal is None else f"{case.goal:g}"
        numbers = f"{runs:5}{case.slice:6}{theirs:9.1f}{own:9.2f}{cpu:7.1f}"
        numbers += f"{f'{low:.1f} to {high:.1f}':>14}{wall:7.1f}"
        bound = f"{np.median(bounds):.1f}" if bounds else ""
        print(f"{case.name:30}{numbers}{bound:>7}{goal:>6}{worst:11.1g}", flush=True)


if __name__ == "__main__":
    main()
