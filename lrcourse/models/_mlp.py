"""Fully connected networks, from linear regression to deep perceptrons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from lrcourse import _validate
from lrcourse.models._model import Loss, Model, Params

if TYPE_CHECKING:
    import torch

Activation = Literal["relu", "tanh", "identity"]
LAYER_NORM_EPSILON = 1e-5  # as torch.nn.LayerNorm has it


@dataclass(frozen=True)
class MLP(Model):
    r"""A multilayer perceptron.

    A layer is :math:`W h + b`, as in ``torch.nn.Linear``; between two layers come the layer norm,
    if any, and the activation. Initial weights are normal with deviation
    :math:`g\sqrt{2/\text{fan-in}}` before a ReLU and :math:`g\sqrt{1/\text{fan-in}}` elsewhere;
    initial biases are 0.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, widths of the hidden layers, outputs; without a hidden layer the model is linear.
    activation : {"relu", "tanh", "identity"}
    gain : float
        The factor g on every initial weight, above 0.
    layer_norm : bool
        Normalise the pre-activations of every hidden layer over its units, without weights of its
        own: ``torch.nn.LayerNorm(width, elementwise_affine=False)``.
    bias : bool
    objective : {"cross entropy", "squared error"}
        The loss; the second is the mean over examples and outputs, as ``F.mse_loss`` has it.

    Raises
    ------
    TypeError, ValueError
        If a size is not a positive integer, there are fewer than two, or an option is unknown.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015, equation 10.

    Examples
    --------
    >>> import numpy as np
    >>> model = MLP((64, 32, 10))
    >>> params = model.init(np.random.default_rng(0))
    >>> {name: value.shape for name, value in params.items()}
    {'weight0': (32, 64), 'bias0': (32,), 'weight1': (10, 32), 'bias1': (10,)}
    """

    sizes: tuple[int, ...]
    activation: Activation = "relu"
    gain: float = 1.0
    layer_norm: bool = False
    bias: bool = True
    objective: Loss = "cross entropy"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", tuple(self.sizes))
        if len(self.sizes) < 2:
            raise ValueError(f"sizes must name inputs and outputs, got {self.sizes!r}")
        for size in self.sizes:
            _validate.integer("sizes", size, minimum=1)
        _validate.positive("gain", self.gain)
        for name, value, known in (
            ("activation", self.activation, get_args(Activation)),
            ("objective", self.objective, get_args(Loss)),
        ):
            if value not in known:
                raise ValueError(f"{name} must be one of {known}, got {value!r}")

    @property
    def inputs(self) -> int:
        """Number of input columns."""
        return self.sizes[0]

    @property
    def outputs(self) -> int:
        """Number of outputs, or of classes."""
        return self.sizes[-1]

    @property
    def loss_name(self) -> Loss:
        """The loss that is minimised, a mean over the examples."""
        return self.objective

    @property
    def layers(self) -> int:
        """Number of weight matrices."""
        return len(self.sizes) - 1

    def init(self, rng: np.random.Generator) -> Params:
        """Return initial values: ``weight0`` (out, in), ``bias0`` (out,), ``weight1`` and so on.

        Parameters
        ----------
        rng : numpy.random.Generator
            The source of all randomness.

        Returns
        -------
        dict of ndarray
        """
        rng = _validate.generator("rng", rng)
        params: Params = {}
        for layer, (fan_in, fan_out) in enumerate(zip(self.sizes, self.sizes[1:], strict=False)):
            rectified = self.activation == "relu" and layer < self.layers - 1
            deviation = self.gain * ((2.0 if rectified else 1.0) / fan_in) ** 0.5
            params[f"weight{layer}"] = deviation * rng.normal(size=(fan_out, fan_in))
            if self.bias:
                params[f"bias{layer}"] = np.zeros(fan_out)
        return params

    def forward(self, params: Mapping[str, torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
        """Return outputs of shape (n, outputs) in torch, for inputs of shape (n, d)."""
        import torch
        import torch.nn.functional as F

        hidden = inputs
        for layer in range(self.layers):
            hidden = F.linear(hidden, params[f"weight{layer}"], params.get(f"bias{layer}"))
            if layer == self.layers - 1:
                break
            if self.layer_norm:
                hidden = F.layer_norm(hidden, hidden.shape[-1:], eps=LAYER_NORM_EPSILON)
            if self.activation == "relu":
                hidden = torch.relu(hidden)
            elif self.activation == "tanh":
                hidden = torch.tanh(hidden)
        return hidden


def logistic(inputs: int, classes: int) -> MLP:
    """Return (multinomial) logistic regression: an `MLP` without a hidden layer.

    Parameters
    ----------
    inputs, classes : int

    Returns
    -------
    MLP

    Raises
    ------
    TypeError, ValueError
        If a number is not a positive integer, or there are fewer than two classes.

    Examples
    --------
    >>> logistic(30, 2).sizes
    (30, 2)
    """
    return MLP((inputs, _validate.integer("classes", classes, minimum=2)))


def linear(inputs: int, outputs: int = 1) -> MLP:
    """Return linear regression: an `MLP` without a hidden layer, under the squared error.

    Parameters
    ----------
    inputs, outputs : int

    Returns
    -------
    MLP

    Raises
    ------
    TypeError, ValueError
        If a number is not a positive integer.

    Examples
    --------
    >>> linear(10).objective
    'squared error'
    """
    return MLP((inputs, outputs), objective="squared error")


def two_layer_linear(inputs: int, hidden: int, outputs: int = 1, *, gain: float = 1.0) -> MLP:
    r"""Return :math:`f(x) = W_1 W_0 x` under the squared error: linear, but not in its weights.

    The smallest network whose curvature changes while it trains, and so the usual setting of the
    catapult and of the edge of stability.

    Parameters
    ----------
    inputs, hidden, outputs : int
    gain : float
        Factor on every initial weight, above 0.

    Returns
    -------
    MLP

    Raises
    ------
    TypeError, ValueError
        If a number is not a positive integer, or `gain` is not positive.

    References
    ----------
    A. Lewkowycz et al., "The large learning rate phase of deep learning: the catapult mechanism",
    2020, arXiv:2003.02218.

    Examples
    --------
    >>> two_layer_linear(1, 8).activation
    'identity'
    """
    return MLP(
        (inputs, hidden, outputs),
        activation="identity",
        gain=gain,
        bias=False,
        objective="squared error",
    )
