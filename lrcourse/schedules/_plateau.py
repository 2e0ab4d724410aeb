"""A learning rate that follows a metric instead of the step."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

from lrcourse import _validate
from lrcourse.schedules._schedule import choice, rate, rate_up_to

Direction = Literal["min", "max"]
Threshold = Literal["rel", "abs"]


@dataclass(frozen=True)
class PlateauState:
    """What a plateau rule remembers between two metrics.

    Parameters
    ----------
    lr : float
        Learning rate to train with now.
    best : float
        Best metric so far; infinite before the first.
    bad : int
        Metrics in a row that were no improvement, since the last reduction or cool-down.
    cooldown : int
        Metrics left for which nothing counts as bad.

    Examples
    --------
    >>> Plateau(0.1).init()
    PlateauState(lr=0.1, best=inf, bad=0, cooldown=0)
    """

    lr: float
    best: float
    bad: int
    cooldown: int


@dataclass(frozen=True)
class Plateau:
    r"""Reduce the learning rate when a metric has stopped improving.

    .. math:: \eta \leftarrow \max(\eta\,f, \eta_{\min}) \quad
        \text{after more than \textit{patience} metrics in a row without improvement}

    An improvement is a metric below ``best * (1 - threshold)`` (relative) or ``best - threshold``
    (absolute), and mirrored for ``mode="max"``. State is explicit: `update` returns a new one and
    changes nothing, least of all an optimiser.

    Unit: one per metric, usually an epoch. Boundary: ``bad > patience``, so with patience 0 the
    first metric without improvement already reduces; Keras and optax use ``bad >= patience``, and
    reduce one metric earlier. Equal to ``torch.optim.lr_scheduler.ReduceLROnPlateau``, except that
    a metric that is not a number raises an error here, and counts as no improvement there.

    Parameters
    ----------
    lr : float
        Initial learning rate η, not negative.
    factor : float
        f in (0, 1).
    patience : int
        Metrics without improvement that are tolerated, 0 or more.
    threshold : float
        How much better counts as better, not negative; below 1 if relative.
    threshold_mode : {"rel", "abs"}
        Whether the threshold is relative to the best metric.
    cooldown : int
        Metrics to wait after a reduction before counting again, 0 or more.
    min_lr : float
        Lowest learning rate, in [0, `lr`].
    mode : {"min", "max"}
        Whether the metric should fall or rise.
    eps : float
        A reduction by no more than this is not made.

    Raises
    ------
    TypeError, ValueError
        If an argument is not of its kind, or out of range.

    References
    ----------
    Y. Bengio, "Practical recommendations for gradient-based training of deep architectures", 2012,
    arXiv:1206.5533, for the advice to adjust by what is seen.

    Examples
    --------
    >>> rule = Plateau(0.1, factor=0.5, patience=1)
    >>> state = rule.init()
    >>> for val_loss in [3.0, 2.0, 2.0, 2.0]:
    ...     state = rule.update(state, val_loss)
    ...     print(state.lr)
    0.1
    0.1
    0.1
    0.05
    """

    lr: float
    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    threshold_mode: Threshold = "rel"
    cooldown: int = 0
    min_lr: float = 0.0
    mode: Direction = "min"
    eps: float = 1e-8

    def __post_init__(self) -> None:
        lr = rate("lr", self.lr)
        factor = _validate.positive("factor", self.factor)
        if factor >= 1:
            raise ValueError(f"factor must be in (0, 1), got {self.factor!r}")
        choice("threshold_mode", self.threshold_mode, ("rel", "abs"))
        choice("mode", self.mode, ("min", "max"))
        threshold = rate("threshold", self.threshold)
        if self.threshold_mode == "rel" and threshold >= 1:
            raise ValueError(f"threshold must be below 1 if relative, got {self.threshold!r}")
        for name, value in {
            "lr": lr,
            "factor": factor,
            "patience": _validate.integer("patience", self.patience, minimum=0),
            "threshold": threshold,
            "cooldown": _validate.integer("cooldown", self.cooldown, minimum=0),
            "min_lr": rate_up_to("min_lr", self.min_lr, "lr", lr),
            "eps": rate("eps", self.eps),
        }.items():
            object.__setattr__(self, name, value)

    def init(self) -> PlateauState:
        """Return the state before the first metric."""
        worst = math.inf if self.mode == "min" else -math.inf
        return PlateauState(self.lr, worst, bad=0, cooldown=0)

    def update(self, state: PlateauState, metric: float) -> PlateauState:
        """Return the state after one more metric.

        Parameters
        ----------
        state : PlateauState
            From `init` or the last `update`; unchanged.
        metric : float
            Such as the validation loss of an epoch.

        Returns
        -------
        PlateauState
            With the learning rate to train with from now on.

        Raises
        ------
        TypeError
            If `state` is no state, or `metric` no number.
        ValueError
            If `metric` is NaN.
        """
        if not isinstance(state, PlateauState):
            raise TypeError(f"state must be a PlateauState, got {state!r}")
        value = _validate.numeric_array("metric", metric)
        if value.ndim != 0:
            raise TypeError(f"metric must be one number, got {metric!r}")
        if math.isnan(value):
            raise ValueError(f"metric must be a number, got {metric!r}")
        better = self._is_better(float(value), state.best)
        best = float(value) if better else state.best
        cooling = state.cooldown > 0
        bad = 0 if better or cooling else state.bad + 1
        if bad > self.patience:
            return PlateauState(self._reduced(state.lr), best, bad=0, cooldown=self.cooldown)
        return replace(state, best=best, bad=bad, cooldown=max(state.cooldown - 1, 0))

    def _is_better(self, metric: float, best: float) -> bool:
        if self.threshold_mode == "rel":
            sign = -1 if self.mode == "min" else 1
            limit = best * (1 + sign * self.threshold)
        else:
            limit = best - self.threshold if self.mode == "min" else best + self.threshold
        return metric < limit if self.mode == "min" else metric > limit

    def _reduced(self, lr: float) -> float:
        lower = max(lr * self.factor, self.min_lr)
        return lower if lr - lower > self.eps else lr
