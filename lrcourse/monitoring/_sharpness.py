"""The largest eigenvalue of the Hessian, from products with vectors alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from lrcourse import _validate

if TYPE_CHECKING:
    import torch


# Products for which the estimate must stand still: the largest eigenvalue may be hidden from a
# random start, and until it shows, the second looks converged.
PATIENCE = 10


class SharpnessError(RuntimeError):
    """The iteration did not reach its tolerance; the message says how far it came."""


def sharpness(
    loss: Callable[[], torch.Tensor],
    params: Iterable[torch.Tensor],
    *,
    tolerance: float = 1e-3,
    max_iterations: int = 100,
    seed: int = 0,
) -> float:
    r"""Return the largest eigenvalue of the Hessian of a loss: λ in the stability limit 2/λ.

    *Largest* is meant algebraically. An eigenvalue of −10 beside one of 1 makes a power iteration
    settle on −10; the Lanczos iteration used here finds the 1. At a point where every direction
    curves down the value is negative.

    Each iteration costs one Hessian-vector product, about two gradients, and keeps one vector of
    the size of the parameters in float64.

    Parameters
    ----------
    loss : callable
        Takes nothing and returns the loss as a scalar tensor; called once. Put a model with
        drop-out or batch statistics into the mode in which you mean to measure.
    params : iterable of tensors
        What the Hessian is taken with respect to, such as ``model.parameters()``. They need
        ``requires_grad``; their ``.grad`` is left alone.
    tolerance : float
        The iteration stops once, for ten products in a row, the residual
        :math:`\|Hv - \theta v\|` is at most this share of :math:`|\theta|`, or at the rounding
        error of the parameters' precision, and the estimate has moved by no more. Some eigenvalue
        is then within that distance, and θ is mostly much closer: its error goes with the square.
        That it is the largest cannot be proved from products; a smaller tolerance makes it surer.
    max_iterations : int
        Hessian-vector products at most, at least 1.
    seed : int
        Seed of the random start vector.

    Returns
    -------
    float
        In units of loss per squared parameter.

    Raises
    ------
    SharpnessError
        If the tolerance is not reached within `max_iterations`; an estimate is in the message.
    TypeError
        If `loss` is not callable or gives no scalar tensor, or `params` holds no tensors.
    ValueError
        If `params` is empty, one does not require a gradient, or the loss or a product with the
        Hessian is not finite.

    References
    ----------
    C. Lanczos, 1950; products: B. A. Pearlmutter, "Fast exact multiplication by the Hessian", 1994;
    residual bound: B. N. Parlett, "The symmetric eigenvalue problem", 1980, section 13.2.

    Examples
    --------
    >>> import torch
    >>> w = torch.tensor([1.0, 1.0], requires_grad=True)
    >>> round(sharpness(lambda: (w[0] ** 2 - 20 * w[1] ** 2) / 2, [w]), 4)  # eigenvalues 1 and -20
    1.0
    """
    import torch

    tolerance = _validate.positive("tolerance", tolerance)
    max_iterations = _validate.integer("max_iterations", max_iterations, minimum=1)
    seed = _validate.integer("seed", seed, minimum=0)
    leaves = _leaves(params)
    multiply = _hessian(loss, leaves)
    if multiply is None:  # the gradient is constant
        return 0.0
    size = sum(leaf.numel() for leaf in leaves)
    precision = max(torch.finfo(leaf.dtype).eps for leaf in leaves)
    rng = torch.Generator().manual_seed(seed)
    vector = torch.randn(size, generator=rng, dtype=torch.float64).to(leaves[0].device)
    basis = [vector / vector.norm()]
    diagonal: list[float] = []
    off_diagonal: list[float] = []
    still, before = 0, math.nan
    while True:
        product = multiply(basis[-1])
        diagonal.append(float(product @ basis[-1]))
        if not math.isfinite(diagonal[-1]):
            raise ValueError(f"loss must have a finite Hessian, got a curvature of {diagonal[-1]}")
        for _ in range(2):  # once is not enough when much cancels
            for known in basis:
                product = product - (product @ known) * known
        rest = float(product.norm())
        values, vectors = np.linalg.eigh(
            np.diag(diagonal) + np.diag(off_diagonal, 1) + np.diag(off_diagonal, -1)
        )
        top, residual = float(values[-1]), rest * abs(float(vectors[-1, -1]))
        rounding = 10 * precision * float(np.abs(values).max())
        close = max(tolerance * abs(top), rounding)
        still = still + 1 if residual <= close and abs(top - before) <= close else 0
        before = top
        if still >= min(PATIENCE, max_iterations - 1) or len(basis) == size or rest == 0:
            return top
        if len(basis) == max_iterations:
            raise SharpnessError(
                f"no convergence within max_iterations={max_iterations}: the estimate {top:.4g} "
                f"has a residual of {residual:.2g}, and tolerance={tolerance:.2g} asks for "
                f"{tolerance * abs(top):.2g}"
            )
        off_diagonal.append(rest)
        basis.append(product / rest)


def _leaves(params: Iterable[torch.Tensor]) -> list[torch.Tensor]:
    import torch

    leaves = [params] if isinstance(params, torch.Tensor) else list(params)
    if not leaves:
        raise ValueError(f"params must hold at least one tensor, got {leaves!r}")
    for leaf in leaves:
        if not isinstance(leaf, torch.Tensor):
            raise TypeError(f"params must be tensors, got {leaf!r}")
        if not leaf.requires_grad:
            raise ValueError(f"params must require gradients, got {leaf!r}")
    return leaves


def _hessian(loss: Any, leaves: list[torch.Tensor]) -> Callable[[Any], Any] | None:
    """Return the product with the Hessian on flat float64 vectors, or None if it is 0."""
    import torch

    if not callable(loss):
        raise TypeError(f"loss must be callable, got {loss!r}")
    with torch.enable_grad():
        value = loss()
        if not isinstance(value, torch.Tensor) or value.numel() != 1:
            raise TypeError(f"loss must give a scalar tensor, got {value!r}")
        if not torch.isfinite(value).item():
            raise ValueError(f"loss must be finite, got {value.item()}")
        if not value.requires_grad:
            raise ValueError(f"loss must depend on params, got {value!r}")
        grads = torch.autograd.grad(
            value.reshape(()), leaves, create_graph=True, materialize_grads=True
        )
    curved = [grad for grad in grads if grad.requires_grad]
    places = [i for i, grad in enumerate(grads) if grad.requires_grad]
    if not curved:
        return None

    def multiply(vector: torch.Tensor) -> torch.Tensor:
        parts = torch.split(vector, [leaf.numel() for leaf in leaves])
        directions = [parts[i].view_as(leaves[i]).to(leaves[i]) for i in places]
        products = torch.autograd.grad(
            curved, leaves, directions, retain_graph=True, materialize_grads=True
        )
        return torch.cat([product.reshape(-1).double() for product in products])

    return multiply
