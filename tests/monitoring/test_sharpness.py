"""The Lanczos iteration against dense Hessians, on networks and on spectra made to trap it."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from lrcourse.datasets import wave1d
from lrcourse.models import MLP
from lrcourse.monitoring import SharpnessError, lr_to_stability_ratio, sharpness
from lrcourse.optimizers import critical_learning_rate
from lrcourse.training import streams

torch.set_num_threads(1)


def bowl(spectrum, dtype=torch.float64, seed=0):
    """Return a loss with these Hessian eigenvalues in random directions, and its parameters."""
    size = len(spectrum)
    rng = torch.Generator().manual_seed(seed)
    basis, _ = torch.linalg.qr(torch.randn(size, size, generator=rng, dtype=torch.float64))
    hessian = (basis * torch.tensor(spectrum, dtype=torch.float64)) @ basis.T
    hessian = ((hessian + hessian.T) / 2).to(dtype)
    w = torch.randn(size, generator=rng, dtype=torch.float64).to(dtype).requires_grad_()
    return (lambda: w @ hessian @ w / 2), [w]


def network(sizes, seed, activation, dtype):
    torch_rng = torch.random.get_rng_state()
    torch.manual_seed(seed)
    layers = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [torch.nn.Linear(inputs, outputs, dtype=dtype), activation()]
    model = torch.nn.Sequential(*layers[:-1])
    x, y = torch.randn(30, sizes[0], dtype=dtype), torch.randn(30, sizes[-1], dtype=dtype)
    torch.random.set_rng_state(torch_rng)
    return model, lambda: 0.5 * ((model(x) - y) ** 2).sum(1).mean()


def dense_eigenvalues(loss, params):
    grads = torch.autograd.grad(loss(), params, create_graph=True)
    flat = torch.cat([g.reshape(-1) for g in grads])
    rows = [
        torch.cat(
            [
                h.reshape(-1)
                for h in torch.autograd.grad(
                    entry, params, retain_graph=True, materialize_grads=True
                )
            ]
        )
        for entry in flat
    ]
    hessian = torch.stack(rows).double()
    return torch.linalg.eigvalsh((hessian + hessian.T) / 2)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("activation", [torch.nn.Tanh, torch.nn.ReLU])
@pytest.mark.parametrize(("dtype", "rtol"), [(torch.float64, 1e-5), (torch.float32, 1e-4)])
def test_equals_the_dense_hessian_of_a_network(seed, activation, dtype, rtol):
    model, loss = network([5, 8, 8, 3], seed, activation, dtype)
    params = list(model.parameters())
    expected = float(dense_eigenvalues(loss, params)[-1])
    assert sharpness(loss, model.parameters()) == pytest.approx(expected, rel=rtol)


@pytest.mark.parametrize(
    "spectrum",
    [
        [1.0, -10.0, 0.5],  # the modulus of -10 is larger
        [-3.0, -2.0, -1.0],  # every direction curves down
        [5.0, 5.0, 5.0, 1.0],  # a repeated eigenvalue
        [1e-3, -1e3],
        [0.0, 0.0, -4.0],
        [2.0],
        [7.0, 7.0],
        list(np.linspace(-50, 49, 60)),
        [1.0, 0.999, 0.998, *np.linspace(-1, 0.9, 40)],
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_largest_means_largest_not_largest_in_modulus(spectrum, seed):
    loss, params = bowl(spectrum, seed=seed)
    scale = 1e-3 * abs(max(spectrum)) if max(spectrum) else 1e-9
    assert sharpness(loss, params, seed=seed) == pytest.approx(max(spectrum), abs=scale)


@pytest.mark.parametrize("seed", range(3))
def test_an_outlier_among_twenty_thousand_is_found(seed):
    # A random vector is an eigenvector of the bulk, as far as its residual can tell.
    curvature = torch.ones(20_000)
    curvature[123] = 1.05
    w = torch.zeros(20_000, requires_grad=True)
    found = sharpness(lambda: (curvature * w * w).sum() / 2, [w], seed=seed)
    assert found == pytest.approx(1.05, rel=1e-3)


def test_it_fails_honestly():
    loss, params = bowl(list(np.linspace(0, 1, 200)))
    with pytest.raises(SharpnessError, match=r"max_iterations=3: the estimate .*tolerance=0.001"):
        sharpness(loss, params, max_iterations=3)
    with pytest.raises(SharpnessError, match=r"tolerance=1e-12 asks for"):
        sharpness(loss, params, max_iterations=20, tolerance=1e-12)


def test_the_error_is_within_the_residual():
    spectrum = list(np.linspace(0, 1, 300) ** 3)
    loss, params = bowl(spectrum)
    for tolerance in (1e-1, 1e-2, 1e-3, 1e-6):
        found = sharpness(loss, params, tolerance=tolerance)
        assert abs(found - 1) <= tolerance


def test_it_leaves_gradients_weights_and_global_randomness_alone():
    model, loss = network([4, 5, 2], 0, torch.nn.Tanh, torch.float64)
    loss().backward()
    grads = [p.grad.clone() for p in model.parameters()]
    weights = [p.detach().clone() for p in model.parameters()]
    before = torch.random.get_rng_state()
    with torch.no_grad():  # as in an evaluation block
        first = sharpness(loss, model.parameters())
    assert sharpness(loss, model.parameters()) == first
    assert torch.equal(torch.random.get_rng_state(), before)
    for p, grad, weight in zip(model.parameters(), grads, weights, strict=True):
        assert torch.equal(p.grad, grad)
        assert torch.equal(p.detach(), weight)


def test_a_linear_loss_has_no_curvature():
    w = torch.ones(3, requires_grad=True)
    assert sharpness(w.sum, [w]) == 0
    v = torch.ones(2, requires_grad=True)  # takes no part in the loss
    assert sharpness(lambda: 3 * (w * w).sum() / 2, [v, w]) == pytest.approx(3)
    u = torch.ones((), requires_grad=True)  # takes a linear part
    assert sharpness(lambda: (w * w).sum() / 2 + u, [u, w]) == pytest.approx(1)


def test_one_tensor_will_do():
    w = torch.ones(3, requires_grad=True)
    assert sharpness((w * w).sum, w) == pytest.approx(2)


class TestBadInput:
    w = torch.ones(2, requires_grad=True)

    @pytest.mark.parametrize(
        ("loss", "params", "error", "words"),
        [
            (3.0, [w], TypeError, "loss must be callable, got 3.0"),
            (lambda: 3.0, [w], TypeError, "loss must give a scalar tensor, got 3.0"),
            (lambda: TestBadInput.w, [w], TypeError, "loss must give a scalar tensor, got tensor"),
            (lambda: TestBadInput.w.sum() / 0, [w], ValueError, "loss must be finite, got inf"),
            (lambda: torch.tensor(1.0), [w], ValueError, "loss must depend on params, got tensor"),
            (torch.ones(2).sum, [], ValueError, r"params must hold .* got \[\]"),
            (torch.ones(2).sum, [2.0], TypeError, "params must be tensors, got 2.0"),
            (
                torch.ones(2).sum,
                [torch.ones(1)],
                ValueError,
                r"params must require gradients, got tensor",
            ),
            (
                lambda: (TestBadInput.w - 1).abs().pow(1.5).sum(),
                [w],
                ValueError,
                "loss must have a finite Hessian, got",
            ),
        ],
    )
    def test_loss_and_params(self, loss, params, error, words):
        with pytest.raises(error, match=words):
            sharpness(loss, params)

    @pytest.mark.parametrize(
        ("option", "value"), [("tolerance", 0), ("max_iterations", 0), ("seed", -1)]
    )
    def test_options(self, option, value):
        with pytest.raises(ValueError, match=f"{option} must be .*got {value}"):
            sharpness(self.w.sum, [self.w], **{option: value})


class TestStabilityRatio:
    @pytest.mark.parametrize("nesterov", [False, True])
    @pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
    def test_it_is_1_at_the_critical_rate(self, momentum, nesterov):
        for curvature in (0.1, 7.0):
            lr = critical_learning_rate(curvature, momentum=momentum, nesterov=nesterov)
            ratio = lr_to_stability_ratio(lr, curvature, momentum=momentum, nesterov=nesterov)
            assert ratio == pytest.approx(1)

    def test_without_momentum_it_is_half_the_product(self):
        assert lr_to_stability_ratio(0.3, 4.0) == pytest.approx(0.6)

    def test_negative_and_unknown_curvature(self):
        ratios = lr_to_stability_ratio([0.1, 0.1], [-4.0, math.nan])
        assert ratios[0] == pytest.approx(-0.2)
        assert math.isnan(ratios[1])

    def test_bad_input_is_named(self):
        with pytest.raises(ValueError, match=r"learning_rate must not be negative, got -0.1"):
            lr_to_stability_ratio(-0.1, 1.0)
        with pytest.raises(ValueError, match=r"learning_rate and sharpness must .*\(2,\) and \(3,"):
            lr_to_stability_ratio([0.1, 0.2], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("seed", [7, 8])
def test_a_largest_eigenvalue_that_shows_late_is_waited_for(seed):
    """From these starts the second one looks converged to a thousandth before the first shows."""
    waves = wave1d(100, seed=seed)
    model = MLP((40, 4, 10), activation="tanh", gain=0.5, objective="squared error")
    net = model.module(model.init(streams(seed).init), dtype="float64")
    x = torch.tensor(waves.inputs)
    y = torch.nn.functional.one_hot(torch.tensor(waves.targets).long(), 10).double()

    def loss():
        return ((net(x) - y) ** 2).mean()

    params = list(net.parameters())
    largest = float(dense_eigenvalues(loss, params)[-1])
    assert sharpness(loss, params) == pytest.approx(largest, rel=1e-3)
