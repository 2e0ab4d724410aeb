"""Update rules over a leading runs axis, each run with its own rate and momentum, in place.

One text for NumPy arrays and torch tensors: both know ``multiply(a, b, out=c)`` and ``a += b``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from lrcourse._validate import Array

# A leaf is one weight of all runs, shape (*runs, ...); rates and momenta have shape (*runs).
Leaves = Sequence[Any]

FLUSH_EVERY = 50  # steps from one removal of the denormal numbers in the state to the next


class Rule:
    """An update rule with its state for one block of runs.

    Parameters
    ----------
    xp : module
        ``numpy`` or ``torch``.
    params : sequence of leaves
        Updated in place by `step`.
    cast : callable
        Turns a float64 array of shape (*runs) into the type of the leaves.
    options : dict
        The fields of the optimizer, ``momentum`` or ``beta1`` as arrays of shape (*runs); and
        `runs`, the number of runs axes.
    """

    depth = 0  # arrays of state for each leaf

    def __init__(
        self,
        xp: ModuleType,
        params: Leaves,
        cast: Callable[[Array], Any],
        options: dict[str, Any],
    ) -> None:
        self.xp, self.cast, self.options = xp, cast, options
        # Views with one axis behind the runs: broadcasting a rate over one long axis is fastest.
        self.axes = options["runs"]
        self.params = [self._flat(p) for p in params]
        self.state = [[xp.zeros_like(p) for p in self.params] for _ in range(self.depth)]
        self.scratch = [xp.empty_like(p) for p in self.params]
        self.constants = [self.cast(x)[..., None] for x in self.fixed()]
        self.steps = 0

    def step(self, grads: Leaves, rates: Array) -> None:
        """Update the parameters; may overwrite `grads`. `rates` is float64, shape (*runs)."""
        self.steps += 1
        self._advance(grads, rates)
        if self.steps % FLUSH_EVERY == 0:
            self._flush()

    def _advance(self, grads: Leaves, rates: Array) -> None:
        per_run = [self.cast(x)[..., None] for x in self.changing(rates)] + self.constants
        for leaf, (p, g) in enumerate(zip(self.params, grads, strict=True)):
            slots = [slot[leaf] for slot in self.state]
            self.update(p, self._flat(g), self.scratch[leaf], slots, *per_run)

    def _flush(self) -> None:
        """Set denormal numbers to 0.

        The momentum of a unit that has died shrinks to the least number and stays there; where most
        units have, a step takes six times as long.
        """
        for leaf in self.slots().values():
            leaf[...] *= self.xp.abs(leaf) >= self.xp.finfo(leaf.dtype).tiny

    def _flat(self, leaf: Any) -> Any:
        return leaf.reshape((*leaf.shape[: self.axes], -1))

    def fixed(self) -> list[Array]:
        """Return what `update` needs per run and is the same at every step."""
        return []

    def changing(self, rates: Array) -> list[Array]:
        """Return what `update` needs per run at this step, before what is fixed."""
        return [rates]

    def update(self, p: Any, g: Any, scratch: Any, slots: list[Any], *per_run: Any) -> None:
        """Update one leaf in place."""
        raise NotImplementedError

    def slots(self) -> dict[str, Any]:
        """Return the arrays of the state, (*runs, ...), not copied."""
        return {f"{n}": leaf for n, leaf in enumerate(leaf for slot in self.state for leaf in slot)}

    def resume(self, slots: dict[str, Any], steps: int) -> None:
        """Go on after so many steps, with the state that `slots` had then."""
        self.steps = steps
        for leaf, saved in zip(self.slots().values(), slots.values(), strict=True):
            leaf[...] = self.cast(saved)

    def forget(self, grads: Leaves, runs: Any) -> None:
        """Set parameters, gradients and state of some runs to 0; `runs` indexes their axes."""
        for leaf in (*self.params, *grads, *self.slots().values()):
            leaf[runs] = 0


class PlainRule(Rule):
    """Gradient descent: w ← w - η g."""

    def update(self, p: Any, g: Any, scratch: Any, slots: list[Any], *per_run: Any) -> None:
        self.xp.multiply(g, per_run[0], out=scratch)
        p -= scratch


class TorchSGDRule(Rule):
    """SGD as ``torch.optim.SGD``: the velocity is kept without the rate."""

    depth = 1

    def fixed(self) -> list[Array]:
        momentum = self.options["momentum"]
        share = np.where(momentum > 0, 1 - self.options["dampening"], 1.0)  # as torch has it
        return [momentum, share]

    def update(self, p: Any, g: Any, scratch: Any, slots: list[Any], *per_run: Any) -> None:
        (rate, momentum, share), (velocity,) = per_run, slots
        decay, dampening = self.options["weight_decay"], self.options["dampening"]
        if decay:
            self.xp.multiply(p, decay, out=scratch)
            g += scratch
        velocity *= momentum
        if dampening and self.steps > 1:  # torch starts from the whole gradient
            self.xp.multiply(g, share, out=scratch)
            velocity += scratch
        else:
            velocity += g
        if self.options["nesterov"]:
            self.xp.multiply(velocity, momentum, out=scratch)
            scratch += g
            scratch *= rate
            p -= scratch
        else:  # where the gradient was: the fewer arrays, the more runs fit the cache
            self.xp.multiply(velocity, rate, out=g)
            p -= g


class HeavyBallRule(Rule):
    """Heavy ball: the velocity is the last step, rate included."""

    depth = 1

    def fixed(self) -> list[Array]:
        return [self.options["momentum"]]

    def update(self, p: Any, g: Any, scratch: Any, slots: list[Any], *per_run: Any) -> None:
        (rate, momentum), (velocity,) = per_run, slots
        velocity *= momentum
        self.xp.multiply(g, rate, out=scratch)
        velocity -= scratch
        p += velocity


class NesterovRule(HeavyBallRule):
    """Nesterov's momentum on the look-ahead point, rate in the velocity."""

    def update(self, p: Any, g: Any, scratch: Any, slots: list[Any], *per_run: Any) -> None:
        (rate, momentum), (velocity,) = per_run, slots
        self.xp.multiply(g, rate, out=scratch)
        velocity *= momentum
        velocity -= scratch
        p -= scratch
        self.xp.multiply(velocity, momentum, out=scratch)
        p += scratch


class AdamRule(Rule):
    """Adam, with the weight decay in the gradient."""

    depth = 3  # the third, the largest square, only for AMSGrad
    coupled = True

    def fixed(self) -> list[Array]:
        return [1 - self.options["beta1"]]

    def changing(self, rates: Array) -> list[Array]:
        shrink = 1 - rates * self.options["weight_decay"]
        return [rates / (1 - self.options["beta1"] ** self.steps), shrink]

    def update(self, p: Any, g: Any, scratch: Any, slots: list[Any], *per_run: Any) -> None:
        (rate, shrink, fresh), (mean, square, largest) = per_run, slots
        xp, beta2, decay = self.xp, self.options["beta2"], self.options["weight_decay"]
        if decay and self.coupled:
            xp.multiply(p, decay, out=scratch)
            g += scratch
        elif decay:
            p *= shrink
        xp.subtract(g, mean, out=scratch)
        scratch *= fresh
        mean += scratch
        square *= beta2
        xp.multiply(g, g, out=scratch)
        scratch *= 1 - beta2
        square += scratch
        if self.options["amsgrad"]:
            xp.maximum(largest, square, out=largest)
            square = largest
        xp.sqrt(square, out=scratch)
        scratch /= (1 - beta2**self.steps) ** 0.5
        scratch += self.options["epsilon"]
        xp.divide(mean, scratch, out=scratch)
        scratch *= rate
        p -= scratch


class AdamWRule(AdamRule):
    """AdamW: the weight decay shrinks the weights by (1 - η λ) before the step."""

    coupled = False


class SteppedRule(Rule):
    """Any elementwise optimizer, by its own `step`: slower, since it makes new arrays."""

    def __init__(
        self, xp: ModuleType, params: Leaves, cast: Callable[[Array], Any], options: dict[str, Any]
    ) -> None:
        super().__init__(xp, params, cast, options)
        self.optimizer = options["optimizer"]
        self.states = [self.optimizer.init(p) for p in self.params]

    def _advance(self, grads: Leaves, rates: Array) -> None:
        rate = self.cast(rates)[..., None]
        for leaf, (p, g) in enumerate(zip(self.params, grads, strict=True)):
            state = self.states[leaf]
            p[...], self.states[leaf] = self.optimizer.step(p, self._flat(g), state, rate)

    def slots(self) -> dict[str, Any]:
        states = [state if isinstance(state, tuple) else (state,) for state in self.states]
        arrays = [part for state in states for part in state if not isinstance(part, int)]
        return {f"{n}": array for n, array in enumerate(arrays)}

    def resume(self, slots: dict[str, Any], steps: int) -> None:
        self.steps = steps
        saved = iter(slots.values())

        def past(part: Any) -> Any:  # a state is one array, or several and a count of the steps
            return steps if isinstance(part, int) else self.cast(next(saved))

        self.states = [
            type(state)(*map(past, state)) if isinstance(state, tuple) else past(state)
            for state in self.states
        ]


# By the name of the optimizer's class: its rule, and the field that `momenta` sets.
RULES: dict[str, tuple[type[Rule], str | None]] = {
    "GradientDescent": (PlainRule, None),
    "SGD": (TorchSGDRule, "momentum"),
    "HeavyBall": (HeavyBallRule, "momentum"),
    "Nesterov": (NesterovRule, "momentum"),
    "Adam": (AdamRule, "beta1"),
    "AdamW": (AdamWRule, "beta1"),
    "RMSProp": (SteppedRule, None),
    "Adagrad": (SteppedRule, None),
    "Lion": (SteppedRule, None),
}


def momentum_field(optimizer: Any) -> str | None:
    """Return the name of the optimizer's field that a sweep over momenta sets, if any.

    Raises
    ------
    TypeError
        If the optimizer is not one that runs can be trained side by side with.
    """
    kind = type(optimizer)
    if kind.__name__ not in RULES or not kind.__module__.startswith("lrcourse.optimizers"):
        raise TypeError(f"optimizer must be one of {', '.join(RULES)}, got {optimizer!r}")
    return RULES[kind.__name__][1]


def make_rule(
    optimizer: Any,
    momenta: Array,
    xp: ModuleType,
    params: Leaves,
    cast: Callable[[Array], Any],
) -> Rule:
    """Return the rule of an optimizer; `momenta` (*runs) takes the place of its own momentum."""
    rule, field = RULES[type(optimizer).__name__]
    options = {"optimizer": optimizer, "runs": momenta.ndim, **vars(optimizer)}
    if field is not None:
        options[field] = np.asarray(momenta, dtype=np.float64)
    return rule(xp, params, cast, options)
