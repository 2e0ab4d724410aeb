"""One cycle over the whole training: up, down, and out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import NDArray

from lrcourse import _validate
from lrcourse._validate import Array
from lrcourse.schedules._schedule import Schedule, choice, evaluate, rate

Shape = Literal["cos", "linear"]


@dataclass(frozen=True)
class OneCycle(Schedule):
    r"""The one-cycle policy, for the learning rate and for the momentum.

    With :math:`\eta_0 = \eta_{max}/\text{div}` and :math:`\eta_T = \eta_0/\text{final div}`, the
    rate goes through phases, each half a cosine or a straight line:

    ============  ==============================================================================
    two phases    η₀ → η_max until step pT − 1, then η_max → η_T until step T − 1
    three phases  η₀ → η_max until pT − 1, η_max → η₀ until 2pT − 2, η₀ → η_T until T − 1
    ============  ==============================================================================

    The momentum mirrors it: from `max_momentum` down to `base_momentum` at the peak and back; in
    the third phase it stays at `max_momentum`. Smith's paper has three linear phases; fastai made
    it two cosines. Momentum is given by ``schedule.momentum(step)``; nobody sets it for you.

    Unit: step. Boundary: a phase includes its last step; the last value is that of step T − 1, the
    last of ``total_steps`` updates, and is kept, where torch raises an error after one step more.
    optax reaches it one step later, at T. Bit for bit equal to
    ``torch.optim.lr_scheduler.OneCycleLR`` up to T − 1.

    Parameters
    ----------
    max_lr : float
        Peak learning rate, not negative.
    total_steps : int
        T, at least 3.
    pct_start : float
        Share p of the steps in which the rate rises: more than 1/T and less than 1; with three
        phases at most 1/2.
    shape : {"cos", "linear"}
        Of each phase; torch's ``anneal_strategy``.
    div_factor : float
        Peak over first rate, at least 1.
    final_div_factor : float
        First over last rate, positive.
    three_phase : bool
        Whether the rate first comes back to where it began.
    base_momentum, max_momentum : float
        Momentum at the peak and at both ends, in [0, 1).

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or out of range.

    References
    ----------
    L. N. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large
    learning rates", 2017, arXiv:1708.07120; L. N. Smith, "A disciplined approach to neural network
    hyper-parameters", 2018, arXiv:1803.09820.

    Examples
    --------
    >>> schedule = OneCycle(1.0, total_steps=20, pct_start=0.25, div_factor=10, final_div_factor=10)
    >>> [round(schedule(step), 12) for step in (0, 4, 19, 1000)]
    [0.1, 1.0, 0.01, 0.01]
    >>> schedule.momentum(0), schedule.momentum(4), schedule.momentum(19)
    (0.95, 0.85, 0.95)
    """

    max_lr: float
    total_steps: int
    pct_start: float = 0.3
    shape: Shape = "cos"
    div_factor: float = 25.0
    final_div_factor: float = 1e4
    three_phase: bool = False
    base_momentum: float = 0.85
    max_momentum: float = 0.95

    def __post_init__(self) -> None:
        steps = _validate.integer("total_steps", self.total_steps, minimum=3)
        share = _validate.finite("pct_start", self.pct_start)
        if not isinstance(self.three_phase, bool):
            raise TypeError(f"three_phase must be True or False, got {self.three_phase!r}")
        if not (share * steps > 1 and share < 1) or (self.three_phase and share > 0.5):
            limit = "at most 1/2" if self.three_phase else "less than 1"
            raise ValueError(
                f"pct_start must be more than 1 / total_steps = {1 / steps:.3g} and {limit}, "
                f"got {self.pct_start!r}"
            )
        if _validate.finite("div_factor", self.div_factor) < 1:
            raise ValueError(f"div_factor must be at least 1, got {self.div_factor!r}")
        self._set(
            max_lr=rate("max_lr", self.max_lr),
            total_steps=steps,
            pct_start=share,
            shape=choice("shape", self.shape, ("cos", "linear")),
            div_factor=float(self.div_factor),
            final_div_factor=_validate.positive("final_div_factor", self.final_div_factor),
            base_momentum=_validate.fraction("base_momentum", self.base_momentum),
            max_momentum=_validate.fraction("max_momentum", self.max_momentum),
        )
        if self.base_momentum > self.max_momentum:
            raise ValueError(
                f"base_momentum must be at most max_momentum = {self.max_momentum}, "
                f"got {self.base_momentum}"
            )

    @overload
    def momentum(self, step: int | np.integer[Any]) -> float: ...
    @overload
    def momentum(self, step: NDArray[Any] | Sequence[Any]) -> Array: ...
    def momentum(self, step: Any) -> Any:
        """Return the momentum at a step, or at an array of them."""
        low, high = self.base_momentum, self.max_momentum
        levels = (high, low, high, high) if self.three_phase else (high, low, high)
        return evaluate(lambda t, xp: self._through(levels, t, xp), step)

    def _rate(self, t: Any, xp: Any) -> Any:
        first = self.max_lr / self.div_factor
        last = first / self.final_div_factor
        back = (first,) if self.three_phase else ()
        return self._through((first, self.max_lr, *back, last), t, xp)

    def _through(self, levels: tuple[float, ...], t: Any, xp: Any) -> Any:
        """Return what each phase anneals from one level to the next; the latest phase first."""
        peak = self.pct_start * self.total_steps - 1
        back = (2 * self.pct_start * self.total_steps - 2,) if self.three_phase else ()
        ends = (0.0, peak, *back, self.total_steps - 1)
        t = xp.minimum(t, self.total_steps - 1)
        value = self._anneal(levels[-2], levels[-1], (t - ends[-2]) / (ends[-1] - ends[-2]), xp)
        for i in range(len(ends) - 3, -1, -1):
            share = (t - ends[i]) / (ends[i + 1] - ends[i])
            earlier = self._anneal(levels[i], levels[i + 1], share, xp)
            value = xp.where(t <= ends[i + 1], earlier, value)
        return value

    def _anneal(self, start: float, end: float, share: Any, xp: Any) -> Any:
        if self.shape == "cos":
            return end + (start - end) / 2.0 * (xp.cos(math.pi * share) + 1)
        return (end - start) * share + start
