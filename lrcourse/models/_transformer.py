"""A tiny transformer that reads a sequence and writes one of the same length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lrcourse import _validate
from lrcourse.models._model import Model, Params

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Transformer(Model):
    r"""An encoder: embeddings of token and position, blocks of attention and MLP, a linear output.

    A block is that of ``torch.nn.TransformerEncoderLayer`` without dropout. With ``pre_norm`` the
    layer norm comes before attention and MLP, inside the residual branch, and once more before the
    output; without it, after the sum, as in the first transformers, which need a warm-up.

    Initial weights are normal with deviation :math:`\sqrt{1/\text{fan-in}}`, embeddings with
    deviation 1; initial biases are 0 and the norms the identity. The loss is the cross entropy,
    a mean over the tokens.

    Parameters
    ----------
    vocabulary, length : int
        Number of different tokens, and tokens a sequence.
    width : int
        Size of an embedding, a multiple of `heads`.
    heads, depth : int
        Attention heads a block, and blocks.
    pre_norm : bool

    Raises
    ------
    TypeError, ValueError
        If a number is not a positive integer, or the width is not a multiple of the heads.

    References
    ----------
    A. Vaswani et al., "Attention is all you need", 2017. R. Xiong et al., "On layer normalization
    in the transformer architecture", ICML 2020.

    Examples
    --------
    >>> import numpy as np
    >>> params = Transformer().init(np.random.default_rng(0))
    >>> params["block0_attention_weight"].shape  # queries, keys, values, as torch stacks them
    (48, 16)
    """

    vocabulary: int = 10
    length: int = 8
    width: int = 16
    heads: int = 2
    depth: int = 1
    pre_norm: bool = True

    def __post_init__(self) -> None:
        for name in ("vocabulary", "length", "width", "heads", "depth"):
            _validate.integer(name, getattr(self, name), minimum=1)
        if self.width % self.heads:
            raise ValueError(f"width must be a multiple of {self.heads} heads, got {self.width!r}")
        _validate.flag("pre_norm", self.pre_norm)

    @property
    def inputs(self) -> int:
        """Number of input columns: the length of a sequence."""
        return self.length

    @property
    def outputs(self) -> int:
        """Number of classes: the vocabulary."""
        return self.vocabulary

    def init(self, rng: np.random.Generator) -> Params:
        """Return initial values, named by what they do and shaped as ``torch.nn`` has them.

        Parameters
        ----------
        rng : numpy.random.Generator
            The source of all randomness.

        Returns
        -------
        dict of ndarray
        """
        rng = _validate.generator("rng", rng)
        width = self.width
        params: Params = {
            "tokens": rng.normal(size=(self.vocabulary, width)),
            "positions": rng.normal(size=(self.length, width)),
        }

        def layer(name: str, fan_out: int, fan_in: int) -> None:
            params[f"{name}_weight"] = fan_in**-0.5 * rng.normal(size=(fan_out, fan_in))
            params[f"{name}_bias"] = np.zeros(fan_out)

        def norm(name: str) -> None:
            params[f"{name}_weight"], params[f"{name}_bias"] = np.ones(width), np.zeros(width)

        for block in (f"block{depth}" for depth in range(self.depth)):
            layer(f"{block}_attention", 3 * width, width)
            layer(f"{block}_mix", width, width)
            layer(f"{block}_up", 4 * width, width)
            layer(f"{block}_down", width, 4 * width)
            norm(f"{block}_norm1")
            norm(f"{block}_norm2")
        if self.pre_norm:
            norm("norm")
        layer("output", self.vocabulary, width)
        return params

    def forward(self, params: Mapping[str, torch.Tensor], inputs: torch.Tensor) -> torch.Tensor:
        """Return outputs of shape (n, length, vocabulary) in torch, for tokens (n, length)."""
        import torch
        import torch.nn.functional as F

        def layer(name: str, hidden: torch.Tensor) -> torch.Tensor:
            return F.linear(hidden, params[f"{name}_weight"], params[f"{name}_bias"])

        def norm(name: str, hidden: torch.Tensor) -> torch.Tensor:
            weight, bias = params[f"{name}_weight"], params[f"{name}_bias"]
            return F.layer_norm(hidden, (self.width,), weight, bias)

        def attend(block: str, hidden: torch.Tensor) -> torch.Tensor:
            per_head = layer(f"{block}_attention", hidden)
            per_head = per_head.reshape(*hidden.shape[:-1], 3, self.heads, -1)
            query, key, value = per_head.permute(2, 0, 3, 1, 4)  # each (n, heads, length, size)
            scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
            mixed = torch.softmax(scores, dim=-1) @ value
            return layer(f"{block}_mix", mixed.transpose(1, 2).flatten(2))

        def think(block: str, hidden: torch.Tensor) -> torch.Tensor:
            return layer(f"{block}_down", torch.relu(layer(f"{block}_up", hidden)))

        vocabulary = torch.arange(self.vocabulary, device=inputs.device)
        hot = (inputs[..., None] == vocabulary).to(params["tokens"].dtype)  # vmap has no one_hot
        hidden = hot @ params["tokens"] + params["positions"]
        for block in (f"block{depth}" for depth in range(self.depth)):
            if self.pre_norm:
                hidden = hidden + attend(block, norm(f"{block}_norm1", hidden))
                hidden = hidden + think(block, norm(f"{block}_norm2", hidden))
            else:
                hidden = norm(f"{block}_norm1", hidden + attend(block, hidden))
                hidden = norm(f"{block}_norm2", hidden + think(block, hidden))
        return layer("output", norm("norm", hidden) if self.pre_norm else hidden)

    def _target_shape(self) -> tuple[int, ...]:
        return (self.length,)
