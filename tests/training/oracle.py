"""The oracle: one run, alone, in plain torch.nn and torch.optim."""

from __future__ import annotations

import numpy as np
import torch

from lrcourse.models import MLP, ConvNet, Transformer
from lrcourse.training import mini_batches, streams

torch.set_num_threads(1)

ACTIVATIONS = {
    "relu": torch.nn.ReLU,
    "tanh": torch.nn.Tanh,
    "identity": torch.nn.Identity,
}


class Encoder(torch.nn.Module):
    """The transformer, from torch's own layers."""

    def __init__(self, model):
        super().__init__()
        self.tokens = torch.nn.Embedding(model.vocabulary, model.width)
        self.positions = torch.nn.Embedding(model.length, model.width)
        self.blocks = torch.nn.ModuleList(
            torch.nn.TransformerEncoderLayer(
                model.width,
                model.heads,
                4 * model.width,
                dropout=0.0,
                batch_first=True,
                norm_first=model.pre_norm,
            )
            for _ in range(model.depth)
        )
        self.norm = torch.nn.LayerNorm(model.width) if model.pre_norm else torch.nn.Identity()
        self.output = torch.nn.Linear(model.width, model.vocabulary)

    def forward(self, x):
        hidden = self.tokens(x.long()) + self.positions.weight
        for block in self.blocks:
            hidden = block(hidden)
        return self.output(self.norm(hidden)).transpose(1, 2)  # classes second


class Channel(torch.nn.Module):
    def forward(self, x):
        return x[:, None]


def plain_net(model):
    if isinstance(model, Transformer):
        return Encoder(model)
    layers = []
    if isinstance(model, ConvNet):
        layers.append(Channel())
        channels, points = 1, model.length
        for kernel in model.kernels:
            conv = torch.nn.Conv1d(channels, model.channels, kernel, stride=2, padding=kernel // 2)
            layers += [conv, torch.nn.ReLU()]
            channels, points = model.channels, (points + 1) // 2
        layers += [torch.nn.Flatten(), torch.nn.Linear(channels * points, model.classes)]
        return torch.nn.Sequential(*layers)
    assert isinstance(model, MLP)
    for i, (fan_in, fan_out) in enumerate(zip(model.sizes, model.sizes[1:], strict=False)):
        layers.append(torch.nn.Linear(fan_in, fan_out, bias=model.bias))
        if i < len(model.sizes) - 2:
            if model.layer_norm:
                layers.append(torch.nn.LayerNorm(fan_out, elementwise_affine=False))
            layers.append(ACTIVATIONS[model.activation]())
    return torch.nn.Sequential(*layers)


def train_alone(
    model, data, make_optimizer, lr, seed, steps, batch_size=None, dtype="float64", factors=None
):
    """Return the losses of one run and its trained network."""
    kind = getattr(torch, dtype)
    net = plain_net(model).to(kind)
    generators = streams(seed)
    with torch.no_grad():
        params = model.init(generators.init)
        for weight, value in zip(net.parameters(), params.values(), strict=True):
            weight.copy_(torch.tensor(value))
    x = torch.tensor(data.inputs, dtype=kind)
    classes = model.loss_name == "cross entropy"
    y = torch.tensor(data.targets)
    y = y.long() if classes else y.to(kind).reshape(len(y), -1)
    loss_of = torch.nn.CrossEntropyLoss() if classes else torch.nn.MSELoss()
    optimizer = make_optimizer(net.parameters(), lr)
    losses = []
    for step, rows in enumerate(mini_batches(len(x), batch_size, steps, rng=generators.batches)):
        if factors is not None:
            optimizer.param_groups[0]["lr"] = lr * factors[step]
        index = torch.tensor(np.array(rows))
        optimizer.zero_grad()
        loss = loss_of(net(x[index]), y[index])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses), net
