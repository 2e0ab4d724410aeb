"""Learning-rate finders against the truth: ``python -m benchmarks.finder [--quick]``.

The truth of a task is a full sweep: constant rates × seeds, trained to the horizon, judged on
held-out loss. A rate is good if its loss is within a factor 1.1 of the best; `inside` counts the
suggestions between the lowest and the highest good rate. Each finder is asked with fresh seeds. The
regret of a suggestion is the loss of the nearest rate of the sweep over the best one; no suggestion
counts as none, not as a regret.

Tournaments come in four rows. *Held-out loss* is scored on the truth's own held-out data, with
other seeds: data that the others never see; *in short* is the same with three survivors instead of
four and without the neighbours of the best rates, at less cost. *Own split* holds out a fifth of
the training set, and *training loss* scores the training loss of the last quarter of the steps,
with a tolerance of 2 % of the loss before training: both use what the others use, and no more.

Two rows are no finders. *Full sweep, other seeds* names the best rate of a second full sweep. It
says what the truth is worth: where that rate has a regret, a finder that sees other seeds may have
it too. (The transformer solves its task, its best losses are near 0, and a single seed may decide a
mean.) Training loss has an optimum of its own: *full sweep, least training loss* is the regret, in
held-out loss, of the rate whose training loss is the least of the whole sweep. A line below the
table says how near the tournament on training loss comes to that least training loss.

CPU seconds are those of this process, of one thread, medians over all tasks; the ratio to fastai is
the median over the trials on MLPs, each against fastai on the same task and seed.

The peers are no dependencies of the package. They are measured where they can be imported:
an environment of its own, with ``pip install -e '.[torch]' torch-lr-finder pytorch-ignite fastai
itsdangerous lightning``; one that is absent is named below the table.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

from lrcourse.datasets import (
    Dataset,
    Split,
    breast_cancer,
    diabetes,
    digits,
    reversal,
    spirals,
    wave1d,
)
from lrcourse.finder import RULES, SweepTrainer, lr_range_test, suggest, tournament
from lrcourse.models import MLP, ConvNet, Model, Transformer, logistic
from lrcourse.optimizers import SGD, Adam
from lrcourse.training import streams, sweep

BATCH = 32
TRAINING = "tournament, training loss"
LEAST = "full sweep, least training loss"
OTHER = "full sweep, other seeds"


@dataclass(frozen=True)
class Task:
    """What to train; `slow` ones run by torch and are left out of the quick table."""

    name: str
    model: Model
    data: Split
    optimizer: Any
    slow: bool = False

    def torch_optimizer(self, module: torch.nn.Module, lr: float = 1e-7) -> torch.optim.Optimizer:
        """Return torch's own optimiser; the rate matters only to finders that start from it."""
        if isinstance(self.optimizer, Adam):
            return torch.optim.Adam(module.parameters(), lr=lr)
        return torch.optim.SGD(module.parameters(), lr=lr, momentum=self.optimizer.momentum)

    def scene(self, seed: int) -> tuple[torch.nn.Module, DataLoader[Any]]:
        """Return a fresh module and a shuffling loader."""
        torch.manual_seed(seed)
        module = self.model.module(self.model.init(streams(seed).init))
        train = self.data.train
        inputs = torch.tensor(train.inputs, dtype=torch.float32)
        targets = torch.tensor(self.model.targets_of(train))
        if targets.dtype == torch.float64:
            targets = targets.float()
        order = torch.Generator().manual_seed(seed)
        pairs = TensorDataset(inputs, targets)
        return module, DataLoader(pairs, BATCH, shuffle=True, drop_last=True, generator=order)


def split(data: Dataset) -> Split:
    """Return a third of the data as validation set, inputs standardised by the rest."""
    return data.split(1 / 3, rng=np.random.default_rng(0)).standardised()


def friedman() -> Dataset:
    """Return Friedman's first function with noise, targets of variance 1."""
    from sklearn.datasets import make_friedman1

    inputs, targets = make_friedman1(1000, noise=1.0, random_state=0)
    return Dataset("Friedman 1", inputs, (targets - targets.mean()) / targets.std())


def tasks() -> list[Task]:
    """Return eight tasks that finders were designed on, and four that they were not."""
    figures, curves = split(digits()), split(wave1d(1200, seed=0))
    sequences = reversal(900, seed=0).split(1 / 3, rng=np.random.default_rng(0))
    mlp = MLP((64, 64, 10))
    scaled = diabetes()
    scaled = Dataset("diabetes", scaled.inputs, scaled.targets / scaled.targets.std())
    return [
        Task("digits MLP, SGD", mlp, figures, SGD()),
        Task("digits MLP, momentum", mlp, figures, SGD(momentum=0.9)),
        Task("digits MLP, Adam", mlp, figures, Adam()),
        Task("breast cancer logistic", logistic(30, 2), split(breast_cancer()), SGD(momentum=0.9)),
        Task(
            "Friedman MLP, Adam",
            MLP((10, 32, 1), objective="squared error"),
            split(friedman()),
            Adam(),
        ),
        Task("digits ConvNet, momentum", ConvNet(64), figures, SGD(momentum=0.9), slow=True),
        Task("waves ConvNet, momentum", ConvNet(), curves, SGD(momentum=0.9), slow=True),
        Task("reversal transformer, Adam", Transformer(), sequences, Adam(), slow=True),
        Task("spirals MLP, SGD", MLP((2, 64, 64, 3)), split(spirals(900, seed=0, arms=3)), SGD()),
        Task("waves MLP, SGD", MLP((40, 64, 64, 10)), curves, SGD()),
        Task(
            "digits deep tanh, momentum",
            MLP((64, 48, 48, 48, 48, 10), activation="tanh"),
            figures,
            SGD(momentum=0.9),
        ),
        Task(
            "diabetes linear",
            MLP((10, 1), objective="squared error"),
            split(scaled),
            SGD(),
        ),
    ]


@dataclass(frozen=True)
class Truth:
    """Mean loss of each rate at the horizon; inf where a seed diverged."""

    rates: Any
    losses: Any

    @property
    def best(self) -> float:
        """The rate with the least loss."""
        return float(self.rates[self.losses.argmin()])

    def regret(self, rate: float) -> float:
        """Return the loss at the nearest rate over the best."""
        nearest = np.abs(np.log(self.rates / rate)).argmin()
        return float(self.losses[nearest] / self.losses.min())

    def off(self, rate: float) -> float:
        """Return by which factor a rate misses the good ones, 1 inside."""
        good = self.rates[self.losses <= 1.1 * self.losses.min()]
        return float(max(good[0] / rate, rate / good[-1], 1.0))


def truths(task: Task, horizon: int, rates: int, seeds: range) -> tuple[Truth, Truth]:
    """Return the full sweep, judged on held-out loss and on training loss."""
    grid = np.geomspace(1e-5, 31.6, rates)
    result = sweep(
        task.model,
        task.data,
        task.optimizer,
        grid,
        steps=horizon,
        seeds=seeds,
        batch_size=BATCH,
        progress=False,
    )

    def judged(metric: str) -> Truth:
        losses = result.metrics[metric][:, -1].reshape(rates, len(seeds))
        return Truth(grid, np.where(np.isfinite(losses), losses, np.inf).mean(axis=1))

    return judged("val_loss"), judged("train_loss")


Found = dict[str, float | None]


def range_test(task: Task, seed: int) -> Found:
    """Ask all rules about one range test."""
    module, loader = task.scene(seed)
    found = lr_range_test(module, task.model.loss, loader, task.torch_optimizer(module))
    answers = {name: suggest(found, name) for name in RULES}
    return {f"range test: {name}": s.learning_rate if s else None for name, s in answers.items()}


def race(
    task: Task, data: Any, seed: int, horizon: int, *, share: float = 0.0, **options: Any
) -> float | None:
    """Return the winner of a tournament; losses tie up to a share of the loss before training."""
    trainer = SweepTrainer(task.model, data, task.optimizer, batch_size=BATCH)
    tolerance = share * trainer([0.0], (seed,), 1).item() if share else 0.0
    return tournament(
        trainer, horizon=horizon, seeds=(seed,), tolerance=tolerance, **options
    ).learning_rate


def held_out(task: Task, seed: int, horizon: int) -> Found:
    """Ask the tournament, with the truth's own held-out data."""
    return {"tournament, held-out loss": race(task, task.data, seed, horizon)}


def in_short(task: Task, seed: int, horizon: int) -> Found:
    """Ask the tournament for less: three survivors, no neighbours of the best rates."""
    found = race(task, task.data, seed, horizon, survivors=3, enclose=False)
    return {"tournament, in short": found}


def own_split(task: Task, seed: int, horizon: int) -> Found:
    """Ask the tournament, with a fifth of the training set held out."""
    data = task.data.train.split(1 / 5, rng=np.random.default_rng(seed))
    return {"tournament, own split": race(task, data, seed, horizon)}


def training_loss(task: Task, seed: int, horizon: int) -> Found:
    """Ask the tournament without any held-out data."""
    return {TRAINING: race(task, task.data.train, seed, horizon, share=0.02)}


def torch_lr_finder(task: Task, seed: int) -> Found:
    """Ask torch-lr-finder for its steepest gradient."""
    import matplotlib as mpl
    from torch_lr_finder import LRFinder

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    module, loader = task.scene(seed)
    finder = LRFinder(module, task.torch_optimizer(module), task.model.loss, device="cpu")
    finder.range_test(loader, end_lr=10, num_iter=100)
    answer = finder.plot(suggest_lr=True)
    plt.close("all")
    return {"torch-lr-finder": answer[1] if isinstance(answer, tuple) else None}


def ignite(task: Task, seed: int) -> Found:
    """Ask ignite's FastaiLRFinder."""
    from ignite.engine import create_supervised_trainer
    from ignite.handlers import FastaiLRFinder

    module, loader = task.scene(seed)
    optimizer = task.torch_optimizer(module)
    trainer = create_supervised_trainer(module, optimizer, task.model.loss)
    finder = FastaiLRFinder()
    saved = {"model": module, "optimizer": optimizer}
    with finder.attach(trainer, to_save=saved, num_iter=100, end_lr=10.0) as session:
        session.run(loader)
    try:
        return {"ignite": float(finder.lr_suggestion())}
    except RuntimeError:  # its way to say that there is nothing to suggest
        return {"ignite": None}


def fastai(task: Task, seed: int) -> Found:
    """Ask fastai's four rules."""
    from fastai.callback.schedule import minimum, slide, steep, valley
    from fastai.data.core import DataLoaders
    from fastai.learner import Learner
    from fastai.optimizer import OptimWrapper

    module, loader = task.scene(seed)
    kind = torch.optim.Adam
    if not isinstance(task.optimizer, Adam):
        kind = partial(torch.optim.SGD, momentum=task.optimizer.momentum)
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(
            DataLoaders(loader, loader),
            module,
            loss_func=task.model.loss,
            opt_func=partial(OptimWrapper, opt=kind),
            path=folder,
        )
        with learner.no_bar():
            answers = learner.lr_find(
                show_plot=False, suggest_funcs=(valley, slide, minimum, steep)
            )
    return {f"fastai {name}": value for name, value in answers._asdict().items()}


def lightning(task: Task, seed: int) -> Found:
    """Ask Lightning's lr_find."""
    import lightning as L
    from lightning.pytorch.tuner import Tuner

    module, loader = task.scene(seed)

    class Wrapped(L.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.module, self.lr = module, 1e-3

        def training_step(self, batch: Any, _: int) -> torch.Tensor:
            return task.model.loss(self.module(batch[0]), batch[1])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return task.torch_optimizer(self.module, self.lr)

    with tempfile.TemporaryDirectory() as folder:
        trainer = L.Trainer(
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            default_root_dir=folder,
            max_steps=200,
        )
        found = Tuner(trainer).lr_find(Wrapped(), train_dataloaders=loader)
    return {"Lightning": found.suggestion() if found else None}


PEERS: dict[str, Callable[[Task, int], Found]] = {
    "torch-lr-finder": torch_lr_finder,
    "ignite": ignite,
    "fastai": fastai,
    "lightning": lightning,
}


def quietly(finder: Callable[[Task, int], Found], task: Task, seed: int) -> tuple[Found, float]:
    """Return a finder's answers and the time that it took, and keep its talk off the table."""
    sink = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(sink):
        warnings.simplefilter("ignore")
        with contextlib.redirect_stderr(sink):
            start = time.process_time()
            found = finder(task, seed)
            return found, time.process_time() - start


@dataclass
class Row:
    """What one finder suggested, trial by trial."""

    regrets: list[float] = field(default_factory=list)
    off: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)  # of the time to fastai's, on MLPs
    none: int = 0

    def add(self, truth: Truth, rate: float | None) -> None:
        """Judge one suggestion."""
        if rate is None:
            self.none += 1
        else:
            self.regrets.append(truth.regret(rate))
            self.off.append(truth.off(rate))

    def __str__(self) -> str:
        regrets, off = np.array(self.regrets), np.array(self.off)
        seconds = f"{np.median(self.seconds):.2f}" if self.seconds else ""
        ratio = f"{np.median(self.ratios):.2f}" if self.ratios else ""
        if not len(regrets):
            return f"{'':54}{self.none:9d}{seconds:>9}{ratio:>9}"
        return (
            f"{(off <= 1).mean():9.0%}{(regrets <= 1.1).mean():9.0%}{(regrets <= 1.5).mean():9.0%}"
            f"{np.median(regrets):9.2f}{np.quantile(regrets, 0.9, method='higher'):9.2f}"
            f"{(off >= 10).mean():9.0%}{self.none:9d}{seconds:>9}{ratio:>9}"
        )


def main() -> None:
    """Print one row a finder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer rates, seeds and tasks")
    parser.add_argument("--first-seed", type=int, default=100, help="of the finders' seeds")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    rates, seeds, trials, horizon = (27, 3, 2, 400) if arguments.quick else (53, 8, 6, 400)
    ours = [partial(f, horizon=horizon) for f in (held_out, in_short, own_split, training_loss)]
    finders: list[Callable[[Task, int], Found]] = [range_test, *ours]
    chosen = [task for task in tasks() if not (arguments.quick and task.slow)]
    absent: dict[str, str] = {}
    for finder in finders:
        quietly(finder, chosen[0], 0)  # imports are not what is timed
    for name, peer in PEERS.items():
        try:
            quietly(peer, chosen[0], 0)
        except ImportError as error:
            absent[name] = str(error)
        else:
            finders.append(peer)
    rows: dict[str, Row] = {}
    near = Row()
    for task in chosen:
        truth, fit = truths(task, horizon, rates, range(seeds))
        other, _ = truths(task, horizon, rates, range(seeds, 2 * seeds))
        good = truth.rates[truth.losses <= 1.1 * truth.losses.min()]
        least, again = fit.best, other.best
        rows.setdefault(LEAST, Row()).add(truth, least)
        rows.setdefault(OTHER, Row()).add(truth, again)
        print(
            f"{task.name}: good from {good[0]:.2g} to {good[-1]:.2g}, least training loss at "
            f"{least:.2g}, best with other seeds {again:.2g} (regret {truth.regret(again):.2f})",
            flush=True,
        )
        for seed in range(arguments.first_seed, arguments.first_seed + trials):
            answers = [quietly(finder, task, seed) for finder in finders]
            yardstick = [seconds for found, seconds in answers if "fastai valley" in found]
            for found, seconds in answers:
                for name, rate in found.items():
                    row = rows.setdefault(name, Row())
                    row.add(truth, rate)
                    row.seconds.append(seconds)
                    if yardstick and not task.slow:
                        row.ratios.append(seconds / yardstick[0])
                    if name == TRAINING:
                        near.add(fit, rate)
            missed = {
                name: f"{rate:.2g} (regret {truth.regret(rate):.2f})"
                for found, _ in answers
                for name, rate in found.items()
                if name.startswith("tournament") and rate and truth.regret(rate) > 1.5
            }
            for name, answer in missed.items():
                print(f"  seed {seed}, {name}: {answer}", flush=True)
    show(rows)
    print(
        f"\n{TRAINING}, regret in training loss: median {np.median(near.regrets):.2f}; "
        f"in held-out loss, the least training loss itself has {np.median(rows[LEAST].regrets):.2f}"
    )
    for name, reason in absent.items():
        print(f"not measured: {name} ({reason})")


def show(rows: dict[str, Row]) -> None:
    """Print the table, the best median first."""
    head = ("finder", "inside", "≤1.1×", "≤1.5×", "median", "p90", "off ≥10×", "none", "CPU s")
    print(("\n{:36}" + "{:>9}" * 9).format(*head, "÷ fastai"))
    for name, row in sorted(rows.items(), key=lambda item: np.median(item[1].regrets or [np.inf])):
        print(f"{name:36}{row}")


if __name__ == "__main__":
    main()
