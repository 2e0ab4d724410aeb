"""What each library means by the name of a schedule: the conventions, as data.

Every row is tested against values that the library itself computed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Relation = Literal["same", "same until the end", "shifted", "different"]

LIBRARIES = ("torch", "keras", "optax", "timm", "fastai", "torchtitan")


@dataclass(frozen=True)
class Convention:
    """How one library defines one schedule, compared with this package.

    Parameters
    ----------
    schedule : str
        Name of the class or function here.
    library : str
        One of `LIBRARIES`.
    name : str
        What it is called there.
    unit : str
        What a step is there unless told otherwise.
    boundary : str
        Which side a boundary belongs to there.
    first, last : str
        Value at step 0, and the last value with the step at which it is reached.
    past_end : str
        What happens after.
    relation : {"same", "same until the end", "shifted", "different"}
        Whether its values are those of the class here.
    shift : int
        If shifted: its value at step t is the value here at t + `shift`.
    note : str
        What to look out for.

    Examples
    --------
    >>> row = next(row for row in ATLAS if row.library == "keras" and row.relation == "shifted")
    >>> row.name, row.boundary, row.shift
    ('PiecewiseConstantDecay', 'step > boundary', -1)
    """

    schedule: str
    library: str
    name: str
    unit: str
    boundary: str
    first: str
    last: str
    past_end: str
    relation: Relation = "same"
    shift: int = 0
    note: str = ""


TORCH = "call of step()"
KERAS = "optimizer step"
OPTAX = "optimizer step"
TIMM = "epoch"
FASTAI = "share of the training"
NONE = "none"
CLAMPS = "stays"
GOES_ON = "never ends"


def _row(
    schedule: str,
    library: str,
    name: str,
    boundary: str = NONE,
    *,
    first: str = "lr",
    last: str = NONE,
    past_end: str = GOES_ON,
    relation: Relation = "same",
    shift: int = 0,
    note: str = "",
) -> Convention:
    units = {"torch": TORCH, "keras": KERAS, "optax": OPTAX, "timm": TIMM, "fastai": FASTAI}
    unit = units.get(library, "step")
    return Convention(
        schedule, library, name, unit, boundary, first, last, past_end, relation, shift, note
    )


ATLAS: tuple[Convention, ...] = (
    _row("Constant", "torch", "ConstantLR(factor=1)", note="its default factor is 1/3 for 5 steps"),
    _row("Constant", "optax", "constant_schedule"),
    _row("StepDecay", "torch", "StepLR", "step >= k * step_size"),
    _row("StepDecay", "keras", "ExponentialDecay(staircase=True)", "step >= k * decay_steps"),
    _row("StepDecay", "optax", "exponential_decay(staircase=True)", "step >= k * transition_steps"),
    _row("StepDecay", "timm", "StepLRScheduler", "step >= k * decay_t"),
    _row("MultiStep", "torch", "MultiStepLR", "step >= milestone", last="at the last milestone"),
    _row(
        "MultiStep",
        "optax",
        "piecewise_constant_schedule",
        "step >= boundary",
        last="at the last boundary",
        note="takes factors, not values",
    ),
    _row(
        "MultiStep",
        "timm",
        "MultiStepLRScheduler",
        "step + 1 >= milestone",
        last="one before the last milestone",
        relation="shifted",
        shift=1,
        note="drops one step early",
    ),
    _row(
        "Piecewise",
        "keras",
        "PiecewiseConstantDecay",
        "step > boundary",
        first="values[0]",
        last="one after the last boundary",
        relation="shifted",
        shift=-1,
        note="drops one step late: the boundary keeps the old value",
    ),
    _row("Exponential", "torch", "ExponentialLR", note="one step only; multiplies, so it drifts"),
    _row("Exponential", "keras", "ExponentialDecay", note="rate ** (step / decay_steps)"),
    _row("Exponential", "optax", "exponential_decay", note="rate ** (step / transition_steps)"),
    _row(
        "Polynomial",
        "torch",
        "PolynomialLR",
        last="0 at total_iters",
        past_end=CLAMPS,
        note="always to 0",
    ),
    _row("Polynomial", "keras", "PolynomialDecay", last="end at decay_steps", past_end=CLAMPS),
    _row("Polynomial", "optax", "polynomial_schedule", last="end at T", past_end=CLAMPS),
    _row(
        "Polynomial",
        "timm",
        "PolyLRScheduler",
        last="lr_min at t_initial",
        past_end=CLAMPS,
        note="its default power is 0.5",
    ),
    _row(
        "CosineAnnealing",
        "torch",
        "CosineAnnealingLR",
        last="eta_min at T_max",
        past_end="rises again, back to lr at 2 T_max",
        relation="same until the end",
        note="T_max is half a period, not a length of training",
    ),
    _row(
        "CosineAnnealing",
        "keras",
        "CosineDecay",
        last="alpha * lr at decay_steps",
        past_end=CLAMPS,
        note="the end is a factor",
    ),
    _row(
        "CosineAnnealing",
        "optax",
        "cosine_decay_schedule",
        last="alpha * lr at decay_steps",
        past_end=CLAMPS,
        note="the end is a factor",
    ),
    _row(
        "CosineAnnealing",
        "timm",
        "CosineLRScheduler",
        last="lr_min at t_initial",
        past_end=CLAMPS,
    ),
    _row(
        "CosineWarmRestarts",
        "torch",
        "CosineAnnealingWarmRestarts",
        "restarts at step == period",
    ),
    _row(
        "CosineWarmRestarts",
        "keras",
        "CosineDecayRestarts",
        "restarts at step == period",
        note="its default multiplier is 2; a restart found by a logarithm",
    ),
    _row(
        "CosineWarmRestarts",
        "timm",
        "CosineLRScheduler(cycle_limit > 1)",
        "restarts at step == period",
        past_end="stays at lr_min after cycle_limit periods",
        note="its default is a single cycle",
    ),
    _row(
        "CosineWarmRestarts",
        "fastai",
        "fit_sgdr",
        "restarts at share >= period / total",
        last="towards 0 at the end of the last period",
        past_end="training is over",
        relation="different",
        note="its default multiplier is 2; compared in float32, so rounding can delay a restart",
    ),
    _row(
        "LinearWarmup",
        "torch",
        "LinearLR",
        first="start_factor * lr",
        last="lr at total_iters",
        past_end=CLAMPS,
        note="step / W; its default start is lr / 3, and 0 is not allowed",
    ),
    _row(
        "LinearWarmup",
        "optax",
        "linear_schedule",
        first="init_value",
        last="lr at transition_steps",
        past_end=CLAMPS,
        note="step / W",
    ),
    _row(
        "LinearWarmup",
        "torchtitan",
        "linear_warmup_stable_decay",
        first="lr / W",
        last="lr at W - 1",
        past_end="stays until the decay",
        relation="shifted",
        shift=1,
        note="(step + 1) / W: the first step is not wasted",
    ),
    _row(
        "warmup",
        "torch",
        "SequentialLR((LinearLR, CosineAnnealingLR))",
        "step >= milestone",
        first="start_factor * lr",
        last="eta_min at W + T_max",
        past_end="rises again",
        relation="same until the end",
    ),
    _row(
        "warmup",
        "keras",
        "CosineDecay(warmup_target, warmup_steps)",
        "step >= warmup_steps",
        first="initial_learning_rate",
        last="alpha * lr at W + decay_steps",
        past_end=CLAMPS,
        note="decay_steps without the warm-up",
    ),
    _row(
        "warmup",
        "optax",
        "warmup_cosine_decay_schedule",
        "step >= warmup_steps",
        first="init_value",
        last="end_value at decay_steps",
        past_end=CLAMPS,
        relation="different",
        note="decay_steps includes the warm-up: the cosine is W steps shorter",
    ),
    _row(
        "warmup",
        "timm",
        "CosineLRScheduler(warmup_t)",
        "step >= warmup_t",
        first="warmup_lr_init",
        last="lr_min at t_initial",
        past_end=CLAMPS,
        relation="different",
        note="without warmup_prefix=True the cosine began at 0 and is entered W steps late: a jump",
    ),
    _row("Cyclic", "torch", "CyclicLR", "top at step_size_up", first="base_lr"),
    _row(
        "OneCycle",
        "torch",
        "OneCycleLR",
        "step <= pct_start * T - 1",
        first="lr / 25",
        last="lr / 25 / 1e4 at T - 1",
        past_end="leaves the curve at T, then an error",
        relation="same until the end",
    ),
    _row(
        "OneCycle",
        "optax",
        "cosine_onecycle_schedule",
        "step < int(pct_start * T)",
        first="lr / 25",
        last="lr / 25 / 1e4 at T",
        past_end=CLAMPS,
        relation="different",
        note="peak and end one step later, so the last update is still far above the end",
    ),
    _row(
        "OneCycle",
        "fastai",
        "fit_one_cycle",
        "share < pct_start",
        first="lr / 25",
        last="lr / 1e5 at T",
        past_end="training is over",
        relation="different",
        note="pct_start is 0.25; the end is lr / 1e5, torch's lr / 25 / 1e4",
    ),
    _row(
        "WarmupStableDecay",
        "timm",
        "WSDLRScheduler",
        "step >= warmup_t",
        first="warmup_lr_init",
        last="lr_min at warmup_t + t_initial",
        past_end=CLAMPS,
        note="t_initial without the warm-up; the default cool-down is 1 - sqrt",
    ),
    _row(
        "WarmupStableDecay",
        "fastai",
        "fit_flat_cos",
        "share < pct_start",
        last="lr / 1e5 at T",
        past_end="training is over",
        note="no warm-up; a cosine over the last quarter",
    ),
    _row("Plateau", "torch", "ReduceLROnPlateau", "bad > patience"),
    _row(
        "Plateau",
        "keras",
        "ReduceLROnPlateau",
        "bad >= patience",
        relation="different",
        note="patience and cooldown each count one less; the threshold is absolute",
    ),
    _row(
        "Plateau",
        "optax",
        "contrib.reduce_on_plateau",
        "bad >= patience",
        relation="different",
        note="patience counts one less; scales the update, not the learning rate",
    ),
    _row(
        "as_torch",
        "torch",
        "any scheduler with last_epoch=N on a fresh optimizer",
        first="not the rate of step N",
        relation="different",
        note="a chained formula continues from the optimizer's rate; only state_dict resumes",
    ),
    _row(
        "as_torch",
        "torch",
        "any scheduler on an optimizer whose lr is a tensor",
        relation="different",
        note="the rate is rounded to float32: 1e-8 to 1e-6 off",
    ),
)
