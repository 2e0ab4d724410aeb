"""Train copies of a torch model, one for each learning rate and seed."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.finder._batches import Loss, Objective, endless, rewindable
from lrcourse.finder._streams import Streams, parts

if TYPE_CHECKING:
    import torch


class TorchTrainer:
    """Trains copies of a model side by side, each from where it was left.

    ``trainer(learning_rates, seeds, step)`` trains every rate with every seed up to `step` and
    returns the losses; what `tournament` needs. Runs of the same seed see the same batches and the
    same dropout masks, whatever their rate, so that rates differ in nothing else. All works on
    copies: the model, the loaders' generators and every global random stream are left as they were.

    Parameters
    ----------
    model : torch.nn.Module or callable
        A module: every run starts from a copy of it, and seeds differ in the order of the batches
        alone. Or a function without arguments that makes one: seeds differ in the initial weights
        too.
    loss : callable
        ``loss(outputs, targets)`` gives a tensor of one number.
    batches : iterable of (inputs, targets)
        A list or a loader; read again as often as it takes.
    optimizer : callable
        ``optimizer(parameters, lr=rate)``, such as ``torch.optim.Adam`` or
        ``functools.partial(torch.optim.SGD, momentum=0.9)``.
    held_out : iterable of (inputs, targets), optional
        What to score on; without it the score is the mean training loss of the last quarter of the
        steps, which favours rates that fit noise.

    Raises
    ------
    TypeError
        If `model`, `loss` or `optimizer` is not of these kinds, or a loader can be read only once.
    ValueError
        If a loader is empty, the model has nothing to train, or targets do not fit the outputs.

    Examples
    --------
    >>> import torch
    >>> inputs = torch.linspace(-1, 1, 32)[:, None]
    >>> trainer = TorchTrainer(
    ...     torch.nn.Linear(1, 1), torch.nn.MSELoss(), [(inputs, 3 * inputs)], torch.optim.SGD
    ... )
    >>> losses = trainer([0.01, 0.3, 100.0], [0], 200)
    >>> losses.shape, losses[1, 0] < losses[0, 0], losses[2, 0]
    ((3, 1), np.True_, np.float64(inf))
    """

    def __init__(
        self,
        model: torch.nn.Module | Callable[[], torch.nn.Module],
        loss: Loss,
        batches: Iterable[Any],
        optimizer: Callable[..., torch.optim.Optimizer],
        *,
        held_out: Iterable[Any] | None = None,
    ) -> None:
        import torch

        if isinstance(model, torch.nn.Module):
            Objective(model, loss)
            original = model
            self._make: Callable[[], torch.nn.Module] = lambda: copy.deepcopy(original)
        elif callable(model):
            self._make = model
        else:
            raise TypeError(f"model must be a module or a function that makes one, got {model!r}")
        if not callable(optimizer):
            raise TypeError(f"optimizer must be callable, got {optimizer!r}")
        if not callable(loss):
            raise TypeError(f"loss must be callable, got {loss!r}")
        rewindable("batches", batches)
        if held_out is not None:
            rewindable("held_out", held_out)
        self._loss = copy.deepcopy(loss) if isinstance(loss, torch.nn.Module) else loss
        self._batches, self._held_out, self._optimizer = batches, held_out, optimizer
        self._streams = Streams(batches, held_out)
        self._runs: dict[tuple[float, int], _Run] = {}

    def __call__(self, learning_rates: ArrayLike, seeds: Sequence[int], step: int) -> Array:
        """Train every rate with every seed to `step`.

        Parameters
        ----------
        learning_rates : array_like, shape (k,)
        seeds : sequence of int
        step : int
            Counted from the start of each run; a run that is further already is not trained.

        Returns
        -------
        ndarray, shape (k, number of seeds)
            The score of each run, inf where it diverged.
        """
        rates = _validate.positive_array("learning_rates", learning_rates)
        step = _validate.integer("step", step, minimum=1)
        scores = np.empty((len(rates), len(seeds)))
        state = self._streams.state()
        loaders = [part for loader in (self._batches, self._held_out) for part in parts(loader)]
        attributes = [(vars(part), dict(vars(part))) for part in loaders]
        try:
            for i, rate in enumerate(rates.tolist()):
                for j, seed in enumerate(seeds):
                    scores[i, j] = self._score(rate, seed, step)
        finally:
            self._streams.set(state)
            for present, saved in attributes:
                present.clear()
                present.update(saved)
        return scores

    def _score(self, rate: float, seed: int, step: int) -> float:
        run = self._runs.get((rate, seed))
        if run is None:
            self._streams.seed(seed)
            model = self._make()
            self._streams.seed(seed)  # batches do not depend on how many numbers a model draws
            objective = Objective(model.train(), self._loss)
            optimizer = self._optimizer(model.parameters(), lr=rate)
            stream = endless("batches", self._batches)
            run = self._runs[rate, seed] = _Run(objective, optimizer, stream, self._streams.state())
        self._streams.set(run.state)
        score = run.train(step, self._held_out)
        run.state = self._streams.state()
        return score


class _Run:
    """One model in training, with its place in the data and in every random stream."""

    def __init__(
        self,
        objective: Objective,
        optimizer: torch.optim.Optimizer,
        stream: Iterator[Any],
        state: tuple[Any, ...],
    ) -> None:
        self.state = state
        self._objective, self._optimizer, self._stream = objective, optimizer, stream
        self._losses: list[float] = []

    def train(self, step: int, held_out: Iterable[Any] | None) -> float:
        """Train up to `step` and return the score."""
        import torch

        with torch.enable_grad():
            while len(self._losses) < step:
                if self._losses and not np.isfinite(self._losses[-1]):
                    return float("inf")
                self._losses.append(self._objective.step(self._stream, self._optimizer, 1))
        recent = self._losses[-max(5, step // 4) :]
        score = float(np.mean(recent)) if held_out is None else self._objective.held_out(held_out)
        return score if np.isfinite(score) and np.isfinite(recent).all() else float("inf")
