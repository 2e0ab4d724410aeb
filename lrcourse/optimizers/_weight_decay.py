"""The two places where weight decay can enter a step."""

from __future__ import annotations

from typing import Any

from lrcourse.optimizers._tree import tree_map


def add_penalty(grads: Any, params: Any, weight_decay: float) -> Any:
    r"""Return the gradient of the loss with the penalty :math:`\tfrac{\lambda}{2} \|w\|^2`.

    *Coupled* decay: what the rule does to gradients, it does to the decay too.

    Examples
    --------
    >>> add_penalty([1.0], [10.0], 0.5)
    [6.0]
    """
    if weight_decay == 0:
        return grads
    return tree_map(lambda g, p: g + weight_decay * p, grads, params)


def shrink(params: Any, lr: Any, weight_decay: float) -> Any:
    r"""Return the parameters times :math:`1 - \eta\lambda`.

    *Decoupled* decay: the rule's gradient statistics never see it.

    Examples
    --------
    >>> shrink([10.0], 0.5, 0.5)
    [7.5]
    """
    if weight_decay == 0:
        return params
    return tree_map(lambda p: (1 - lr * weight_decay) * p, params)
