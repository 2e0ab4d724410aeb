"""Up and down between two learning rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from lrcourse import _validate
from lrcourse.schedules._schedule import Schedule, choice, decay, rate, rate_up_to

Mode = Literal["triangular", "triangular2", "exp_range"]


@dataclass(frozen=True)
class Cyclic(Schedule):
    r"""Triangles between a base and a maximal learning rate.

    .. math:: \eta_t = \eta_{base} + (\eta_{max} - \eta_{base})\,\Lambda_t\,s_t

    where the triangle Λ rises from 0 to 1 in `step_size_up` steps and falls back to 0 in
    `step_size_down`, and the height s is

    ===============  ==========================================
    triangular       1
    triangular2      :math:`2^{-i}` in cycle i = 0, 1, …
    exp_range        :math:`\gamma^t`
    ===============  ==========================================

    Unit: step. Boundary: the maximum is at ``step == step_size_up``, and the base, at a multiple of
    the cycle's length, belongs to the next cycle. It never ends. Bit for bit equal to
    ``torch.optim.lr_scheduler.CyclicLR``.

    Parameters
    ----------
    base_lr : float
        Lowest learning rate, in [0, `max_lr`].
    max_lr : float
        Highest learning rate, not negative.
    step_size_up : int
        Steps from the base to the top, at least 1.
    step_size_down : int, optional
        Steps from the top to the base, at least 1; as many as up if not given.
    mode : {"triangular", "triangular2", "exp_range"}
        How the height changes.
    gamma : float
        Factor γ of ``exp_range``, in (0, 1].

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or out of range.

    References
    ----------
    L. N. Smith, "Cyclical learning rates for training neural networks", 2017, arXiv:1506.01186.

    Examples
    --------
    >>> schedule = Cyclic(0.1, 0.5, step_size_up=4, mode="triangular2")
    >>> schedule(0), schedule(4), schedule(8), round(schedule(12), 12)
    (0.1, 0.5, 0.1, 0.3)
    """

    base_lr: float
    max_lr: float
    step_size_up: int
    step_size_down: int | None = None
    mode: Mode = "triangular"
    gamma: float = 1.0

    def __post_init__(self) -> None:
        top = rate("max_lr", self.max_lr)
        up = _validate.integer("step_size_up", self.step_size_up, minimum=1)
        down = up if self.step_size_down is None else self.step_size_down
        self._set(
            base_lr=rate_up_to("base_lr", self.base_lr, "max_lr", top),
            max_lr=top,
            step_size_up=up,
            step_size_down=_validate.integer("step_size_down", down, minimum=1),
            mode=choice("mode", self.mode, ("triangular", "triangular2", "exp_range")),
            gamma=decay("gamma", self.gamma),
        )

    def _rate(self, t: Any, xp: Any) -> Any:
        assert self.step_size_down is not None
        length = self.step_size_up + self.step_size_down
        top = self.step_size_up / length
        cycle = xp.floor(1 + t / length)
        position = 1.0 + t / length - cycle
        height = xp.where(position <= top, position / top, (position - 1) / (top - 1))
        rise = (self.max_lr - self.base_lr) * height
        if self.mode == "triangular2":
            return self.base_lr + rise * xp.power(0.5, cycle - 1)
        if self.mode == "exp_range":
            return self.base_lr + rise * xp.power(self.gamma, t)
        return self.base_lr + rise
