"""Schedules for a torch optimiser."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from lrcourse import _validate
from lrcourse.schedules._schedule import Schedule
from lrcourse.schedules._serialise import to_dict

if TYPE_CHECKING:
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler


def as_torch(
    schedule: Schedule | Sequence[Schedule], optimizer: Optimizer, *, step: int = 0
) -> LRScheduler:
    """Return a torch scheduler that sets the optimiser's learning rate from a schedule.

    It is used as torch's own: ``scheduler.step()`` after each ``optimizer.step()``. The rates are
    the schedule's; the optimiser's own ``lr`` is overwritten. Since a schedule has no memory, a run
    can be resumed at any step without a checkpoint (``step=N``), and loading a checkpoint also sets
    the optimiser's rate, which torch's schedulers leave to the optimiser's checkpoint. Only the
    learning rate is set: the momentum of a `OneCycle` is yours to apply.

    Parameters
    ----------
    schedule : Schedule or sequence of Schedule
        One for all parameter groups, or one for each.
    optimizer : torch.optim.Optimizer
        Its learning rate is set at once.
    step : int
        The step that comes next, from 0 on.

    Returns
    -------
    torch.optim.lr_scheduler.LRScheduler
        Its ``state_dict()`` is plain data.

    Raises
    ------
    TypeError
        If an argument is not of its kind.
    ValueError
        If the schedules are not one for each group, `step` is negative, or a checkpoint of another
        schedule is loaded.

    Examples
    --------
    >>> import torch
    >>> from lrcourse.schedules import LinearToZero
    >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = as_torch(LinearToZero(0.1, total_steps=4), optimizer)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> [round(rate, 3) for rate in rates]
    [0.1, 0.075, 0.05, 0.025, 0.0]
    """
    import torch

    if not isinstance(optimizer, torch.optim.Optimizer):
        raise TypeError(f"optimizer must be a torch optimizer, got {optimizer!r}")
    groups = len(optimizer.param_groups)
    schedules = tuple(schedule) if isinstance(schedule, Sequence) else (schedule,) * groups
    if not all(isinstance(part, Schedule) for part in schedules):
        raise TypeError(f"schedule must be a schedule or a sequence of them, got {schedule!r}")
    if len(schedules) != groups:
        raise ValueError(
            f"schedule must be one for each of {groups} parameter groups, got {schedule!r}"
        )
    scheduler: LRScheduler = _scheduler_class()(
        schedules, optimizer, _validate.integer("step", step, minimum=0)
    )
    return scheduler


@cache
def _scheduler_class() -> Any:
    """Return the class, made when torch is there."""
    from torch.optim.lr_scheduler import LRScheduler

    class ScheduleLR(LRScheduler):
        def __init__(self, schedules: tuple[Schedule, ...], optimizer: Any, step: int) -> None:
            self.schedules = schedules
            super().__init__(optimizer)
            self._go_to(step)

        def get_lr(self) -> list[Any]:
            if len(self.schedules) != len(self.optimizer.param_groups):
                raise ValueError(
                    f"optimizer must keep its {len(self.schedules)} parameter groups, "
                    f"got {len(self.optimizer.param_groups)}"
                )
            return [schedule(self.last_epoch) for schedule in self.schedules]

        def state_dict(self) -> dict[str, Any]:
            return {"step": self.last_epoch, "schedules": [to_dict(s) for s in self.schedules]}

        def load_state_dict(self, state_dict: dict[str, Any]) -> None:
            own = self.state_dict()["schedules"]
            if state_dict["schedules"] != own:
                raise ValueError(
                    f"state_dict must be of the schedule {own}, got {state_dict['schedules']}"
                )
            self._go_to(_validate.integer("state_dict['step']", state_dict["step"], minimum=0))

        def _go_to(self, step: int) -> None:
            self.last_epoch = step - 1
            self._update_lr()

    return ScheduleLR
