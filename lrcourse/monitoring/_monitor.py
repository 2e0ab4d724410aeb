"""A notebook for a training loop: write each step down, ask what it amounts to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lrcourse import _validate
from lrcourse.monitoring._classify import Diagnosis, classify
from lrcourse.monitoring._early_stopping import EarlyStopping, EarlyStoppingState, scalar
from lrcourse.monitoring._stability_ratio import lr_to_stability_ratio

if TYPE_CHECKING:
    import pandas as pd

    from lrcourse.plotting import Picture

COLUMNS = ("step", "lr", "loss", "val_loss", "sharpness")


class Monitor:
    """Record a run and say what it does. It changes nothing in the run.

    Parameters
    ----------
    early_stopping : EarlyStopping, optional
        The rule that is checked whenever a `val_loss` is recorded.
    momentum : float
        β of the optimiser, in [0, 1): it moves the stability limit.
    nesterov : bool
        Whether the momentum is Nesterov's; heavy ball otherwise.

    Attributes
    ----------
    stopping : EarlyStoppingState or None
        Best value, best step, best weights, and whether to stop; None without a rule.

    Raises
    ------
    TypeError
        If `early_stopping` is no such rule.
    ValueError
        If `momentum` is outside [0, 1).

    Examples
    --------
    >>> monitor = Monitor(early_stopping=EarlyStopping(patience=2))
    >>> weight, lr = 8.0, 0.5
    >>> for step in range(20):
    ...     monitor.record(step, loss=weight**2 / 2, lr=lr, val_loss=(weight - 1) ** 2 / 2)
    ...     if monitor.should_stop:
    ...         break
    ...     weight -= lr * weight
    >>> monitor.stopping.best_step, step
    (3, 5)
    >>> print(monitor.diagnose())
    converged: the loss settled at 0.000977 times its start
    """

    def __init__(
        self,
        *,
        early_stopping: EarlyStopping | None = None,
        momentum: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        if early_stopping is not None and not isinstance(early_stopping, EarlyStopping):
            raise TypeError(f"early_stopping must be an EarlyStopping, got {early_stopping!r}")
        self.early_stopping = early_stopping
        self.stopping: EarlyStoppingState | None = early_stopping.init() if early_stopping else None
        self.momentum = _validate.fraction("momentum", momentum)
        self.nesterov = _validate.flag("nesterov", nesterov)
        self._history: dict[str, list[float]] = {name: [] for name in COLUMNS}

    def record(
        self,
        step: int,
        *,
        loss: Any,
        lr: Any,
        val_loss: Any = None,
        sharpness: Any = None,
        weights: Any = None,
    ) -> None:
        """Write one step down.

        Parameters
        ----------
        step : int
            Counts up, at any distance; steps or epochs, as long as it is always the same.
        loss : float or scalar tensor
            Training loss. NaN and inf are recorded; at the first step they raise.
        lr : float
            Learning rate of this step.
        val_loss : float or scalar tensor, optional
            Checked for early stopping when it is given.
        sharpness : float, optional
            When it was measured.
        weights : state_dict, array, tensor or a tree of them, optional
            Copied when `val_loss` is the best so far; otherwise only looked at.

        Raises
        ------
        TypeError
            If a value is not one number.
        ValueError
            If `step` does not count up, `lr` is negative or not finite, or the first loss is not
            finite.
        """
        step = _validate.integer("step", step, minimum=0)
        steps = self._history["step"]
        if steps and step <= steps[-1]:
            raise ValueError(f"step must count up, got {step!r} after {steps[-1]!r}")
        row = {"step": step, "loss": scalar("loss", loss)}
        if not steps and not math.isfinite(row["loss"]):
            raise ValueError(f"loss must be finite at the first step, got {loss!r}")
        row["lr"] = _validate.non_negative("lr", scalar("lr", lr))
        for name, value in (("val_loss", val_loss), ("sharpness", sharpness)):
            row[name] = math.nan if value is None else scalar(name, value)
        if self.early_stopping and self.stopping and val_loss is not None:
            self.stopping = self.early_stopping.update(
                self.stopping, step, row["val_loss"], weights
            )
        for name in COLUMNS:
            self._history[name].append(row[name])

    @property
    def should_stop(self) -> bool:
        """Whether early stopping says so; False without a rule."""
        return self.stopping is not None and self.stopping.should_stop

    def diagnose(self) -> Diagnosis:
        """Say what the run did so far, as `classify` does; before four steps, "undecided".

        Returns
        -------
        Diagnosis

        Raises
        ------
        ValueError
            If a loss was negative: `classify` needs losses whose best value is 0 or above.
        """
        losses = self._history["loss"]
        if len(losses) < 4:
            return Diagnosis("undecided", f"{len(losses)} of at least 4 losses are recorded")
        return classify(
            losses,
            learning_rate=self._history["lr"],
            sharpness=self._history["sharpness"],
            momentum=self.momentum,
            nesterov=self.nesterov,
        )

    def table(self) -> pd.DataFrame:
        """Return the history, one row a step.

        Returns
        -------
        DataFrame
            Columns step, lr, loss, val_loss, sharpness and stability_ratio (the rate as a share of
            the critical one); NaN where nothing was recorded.
        """
        import pandas as pd

        frame = pd.DataFrame(self._history, columns=list(COLUMNS)).astype({"step": "int64"})
        frame["stability_ratio"] = self._ratios() if len(frame) else []
        return frame.astype(dict.fromkeys(frame.columns.drop("step"), "float64"))

    def plot(self, *, unit: str = "step") -> Picture:
        """Draw losses, learning rate and, where it was measured, the share of the stability limit.

        Parameters
        ----------
        unit : str
            What was counted, for the axis: ``"step"`` or ``"epoch"``.

        Returns
        -------
        Picture
            With a description in words.

        Raises
        ------
        ValueError
            If nothing was recorded.
        """
        from lrcourse.monitoring._picture import picture

        if not self._history["step"]:
            raise ValueError(f"plot needs at least one recorded step, got {self!r}")
        return picture(self, unit)

    def __repr__(self) -> str:
        return f"<Monitor of {len(self._history['step'])} steps>"

    def _ratios(self) -> Any:
        return lr_to_stability_ratio(
            self._history["lr"],
            self._history["sharpness"],
            momentum=self.momentum,
            nesterov=self.nesterov,
        )
