"""The warm-up demo in Python: what it reads from the runs, the sharpness, words, picture."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lrcourse.demos import WarmUp
from lrcourse.demos._grid import unpack
from lrcourse.demos._warm_up_runs import (
    GAINS,
    MARKS,
    PEAKS,
    REPLICATES,
    STEPS,
    WARMUPS,
    images,
    network,
    rates,
    sharpnesses,
)
from lrcourse.monitoring import sharpness
from lrcourse.training import streams


def test_the_rate_rises_to_its_peak_in_the_warm_up_and_then_falls() -> None:
    shares = rates()
    assert shares.shape == (STEPS, len(WARMUPS))
    for column, length in zip(shares.T, WARMUPS.values(), strict=True):
        assert column.max() == 1
        assert column[0] == (1 / length if length else 1)
        assert (np.diff(column[:length]) > 0).all()
        assert (np.diff(column[max(length, 1) :]) < 0).all()


def test_sharpness_of_many_runs_is_that_of_each() -> None:
    model, data = network("usual"), images(3)
    starts = [model.init(streams(seed).init) for seed in (1, 2)]
    together = sharpnesses(
        model,
        {name: np.stack([s[name] for s in starts]).astype("float32") for name in starts[0]},
        data,
    )
    inputs = torch.tensor(data.inputs, dtype=torch.float32)
    targets = torch.tensor(model.targets_of(data))

    def alone(start: dict[str, np.ndarray]) -> float:
        module = model.module(start).float()
        return sharpness(lambda: model.loss(module(inputs), targets), module.parameters())

    np.testing.assert_allclose(together, [alone(start) for start in starts], rtol=0.02)


def test_a_larger_start_is_sharper_and_a_warm_up_lets_it_learn_at_larger_peaks() -> None:
    first = [WarmUp(start=start).ratios()[0, 0, 0] for start in GAINS]
    assert first == sorted(first)
    reach = [WarmUp(start="large", warmup=length).learnable[1] for length in WARMUPS]
    assert max(reach[1:]) > 3 * reach[0]


def test_the_ratio_is_rate_times_sharpness_over_two() -> None:
    demo = WarmUp()
    ratios = demo.ratios()
    assert ratios.shape == (len(WARMUPS), len(PEAKS), len(MARKS))
    # At the first step all have one sharpness: the ratio goes with the rate.
    shares = rates()[0]
    expected = np.outer(shares, PEAKS) / PEAKS[0] * ratios[0, 0, 0]
    np.testing.assert_allclose(ratios[:, :, 0], expected, rtol=1e-6)


@pytest.mark.parametrize("start", GAINS)
def test_the_browser_gets_every_number_to_half_a_step(start: str) -> None:
    demo = WarmUp(start=start)
    for name, values in (
        ("loss", demo.losses()),
        ("ratio", demo.ratios()),
        ("final", demo.final_losses()),
    ):
        packed = demo.runs["grids"][start][name]
        finite = np.where(np.isfinite(values), values, np.nan)
        np.testing.assert_allclose(unpack(packed), finite, rtol=packed["step"] * 0.51 + 1e-12)


def test_fates() -> None:
    found = {WarmUp(start="large", peak=peak).fate for peak in PEAKS}
    assert {"learned", "diverged"} <= found
    demo = WarmUp(start="large", peak=PEAKS[-1])
    assert demo.fate == "diverged"
    assert np.isnan(demo.final_losses()[0, -1]).any()
    assert f"of {REPLICATES} runs diverge" in demo.alt_text()


@pytest.mark.parametrize("seed", [-1, 0.5, "1", None])
def test_a_bad_seed_raises(seed: object) -> None:
    with pytest.raises((TypeError, ValueError), match="seed"):
        WarmUp(seed=seed)


@pytest.mark.parametrize("settings", [{}, {"warmup": "long"}, {"start": "small", "peak": 2}])
def test_every_state_has_a_picture(settings: dict[str, object]) -> None:
    demo = WarmUp(**settings)
    figure = demo.figure()
    figure.canvas.draw()
    assert demo.fate in figure.get_suptitle()
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)
