"""The engine of every other model: one ``torch.func.vmap`` of its gradient over the runs.

Imports torch, and so is imported late. Runs are flattened to one axis, seed by seed: a nested vmap
would be slower, and some losses refuse it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lrcourse._validate import Array
from lrcourse.training._block import Engine, Job, Past, Rows
from lrcourse.training._rules import make_rule

CHUNK = 256  # rows evaluated at once


class VmappedEngine(Engine):
    """The runs of a block as stacked weights, (runs, ...)."""

    def __init__(self, job: Job) -> None:
        self.job, self.model = job, job.model
        self.variants = job.shape[1]
        self.device = torch.device(job.device or "cpu")
        self.dtype = getattr(torch, job.dtype)
        self.train = self._move(job.train)
        self.params = {
            name: self._tensor(value).expand(*job.shape, *value.shape[2:]).flatten(0, 1).clone()
            for name, value in job.init.items()
        }
        self.leaves = list(self.params.values())
        self.grads: dict[str, torch.Tensor] = {}
        # The variants of one seed see the same batch: without a runs axis it is never repeated.
        axes = (0, None, None) if job.shape[0] == 1 else (0, 0, 0)
        self.slopes = torch.func.vmap(torch.func.grad_and_value(self._loss), in_dims=axes)
        self.judge = torch.func.vmap(self._judge, in_dims=axes)
        self.rule = make_rule(job.optimizer, job.momenta.ravel(), torch, self.leaves, self._tensor)

    def gradients(self, step: int) -> NDArray[Any]:
        batch = [
            (x[rows[step]], y[rows[step]])
            for (x, y), rows in zip(self.train, self.job.batches, strict=True)
        ]
        with torch.no_grad():
            grads, losses = self.slopes(self.params, *self._spread(batch))
        self.grads = grads
        return np.asarray(losses.cpu().numpy().reshape(self.job.shape))

    def update(self, rates: Array) -> None:
        self.rule.step([self.grads[name] for name in self.params], rates.ravel())

    def forget(self, runs: NDArray[np.bool_]) -> None:
        flat = torch.as_tensor(runs.ravel(), device=self.device)
        self.rule.forget(list(self.grads.values()), flat)

    def evaluate(self, rows: Sequence[Rows]) -> tuple[NDArray[Any], NDArray[Any] | None]:
        sets = self._move(rows)
        n = len(rows[0].targets)
        total = np.zeros((2, *self.job.shape))
        for start in range(0, n, CHUNK):
            part = slice(start, start + CHUNK)
            chunk = [(x[part], y[part]) for x, y in sets]
            with torch.no_grad():
                values = torch.stack(self.judge(self.params, *self._spread(chunk)))
            share = len(chunk[0][1]) / n
            total += share * values.double().cpu().numpy().reshape(total.shape)
        return total[0], total[1] if self._classes else None

    def weights(self) -> dict[str, NDArray[Any]]:
        return self._by_seed(self.params)

    def slots(self) -> dict[str, NDArray[Any]]:
        return self._by_seed(self.rule.slots())

    def resume(self, past: Past) -> None:
        slots = {name: np.concatenate(values) for name, values in past.slots.items()}
        self.rule.resume(slots, past.steps)

    @property
    def _classes(self) -> bool:
        return self.model.loss_name == "cross entropy"

    def _loss(self, params: Any, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.model.loss(self.model.forward(params, x), y)

    def _judge(self, params: Any, x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, ...]:
        outputs = self.model.forward(params, x)
        loss = self.model.loss(outputs, y)
        if not self._classes:
            return loss, torch.zeros_like(loss)
        return loss, (outputs.argmax(dim=-1) == y).to(loss.dtype).mean()

    def _spread(self, by_seed: list[tuple[torch.Tensor, torch.Tensor]]) -> list[torch.Tensor]:
        """Return inputs and targets, with a runs axis if there is more than one seed."""
        if len(by_seed) == 1:
            return list(by_seed[0])
        return [
            torch.stack(part).repeat_interleave(self.variants, dim=0)
            for part in zip(*by_seed, strict=True)
        ]

    def _by_seed(self, values: dict[str, torch.Tensor]) -> dict[str, NDArray[Any]]:
        """Return copies with the axes of seeds and variants apart."""
        return {
            name: value.cpu().numpy().reshape(*self.job.shape, *value.shape[1:]).copy()
            for name, value in values.items()
        }

    def _move(self, rows: Sequence[Rows]) -> list[tuple[torch.Tensor, torch.Tensor]]:
        return [
            (
                self._tensor(r.inputs),
                torch.as_tensor(r.targets, device=self.device)
                if self._classes
                else self._tensor(r.targets),
            )
            for r in rows
        ]

    def _tensor(self, value: Array) -> torch.Tensor:
        return torch.tensor(value, dtype=self.dtype, device=self.device)
