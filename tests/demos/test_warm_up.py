"""The warm-up demo in Python: the sweeps, the sharpness, its words, its picture."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
import traitlets

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
    warm_up_runs,
)
from lrcourse.demos.warm_up import LEARNED
from lrcourse.monitoring import sharpness
from lrcourse.optimizers import GradientDescent
from lrcourse.training import streams, sweep


def first_seed() -> int:
    return int(warm_up_runs("large", 0).runs["seed"].iloc[0])


def test_the_rate_rises_evenly_from_above_zero_and_then_falls() -> None:
    for share, length in zip(rates().T, WARMUPS.values(), strict=True):
        assert share.max() == share[length] == 1.0
        np.testing.assert_allclose(
            share[:length], np.linspace(1 / max(length, 1), 1, length, endpoint=False)
        )
        assert (np.diff(share[length:]) < 0).all()
        assert 0 < share[-1] < 0.01


def test_the_sharpness_is_that_of_monitoring() -> None:
    data = images(first_seed())
    inputs = torch.tensor(data.inputs, dtype=torch.float32)
    for start in GAINS:
        model = network(start)
        targets = torch.tensor(model.targets_of(data))
        runs = [model.init(np.random.default_rng(seed)) for seed in range(3)]
        together = {k: np.stack([run[k] for run in runs]).astype(np.float32) for k in runs[0]}
        for found, run in zip(sharpnesses(model, together, data), runs, strict=True):
            module = model.module(run)
            one = sharpness(
                lambda module=module, model=model, targets=targets: model.loss(
                    module(inputs), targets
                ),
                module.parameters(),
            )
            assert found == pytest.approx(one, rel=5e-3)


@pytest.mark.parametrize("word", WARMUPS)
def test_a_run_made_alone_has_the_loss_and_the_ratio_of_the_demo(word: str) -> None:
    place, mark = 3, MARKS.index(8)
    demo = WarmUp(start="large")
    column = list(WARMUPS).index(word)
    seed = first_seed()
    alone = sweep(
        network("large"),
        images(seed),
        GradientDescent(),
        [PEAKS[place]],
        steps=8,
        seeds=[seed],
        schedule=rates()[:8, column],
        keep_params=True,
        progress=False,
    )
    np.testing.assert_array_equal(demo.losses()[column, place, :8], alone.loss[0])
    assert alone.params is not None
    lam = sharpnesses(network("large"), alone.params, images(seed))[0]
    ratio = PEAKS[place] * rates()[8, column] * lam / 2
    assert demo.ratios()[column, place, mark] == pytest.approx(ratio, rel=1e-2)


def test_all_runs_of_a_start_begin_equally_sharp() -> None:
    for start in GAINS:
        first = WarmUp(start=start).ratios()[:, :, 0]
        rate = rates()[0][:, None] * np.array(PEAKS)
        np.testing.assert_allclose(first / rate, (first / rate)[0, 0], rtol=1e-6)


@pytest.mark.parametrize("start", GAINS)
def test_the_browser_gets_the_runs_to_half_a_step(start: str) -> None:
    demo = WarmUp(start=start)
    values = {"loss": demo.losses(), "ratio": demo.ratios(), "final": demo.final_losses()}
    for name, grid in values.items():
        packed = demo.runs["grids"][start][name]
        back = unpack(packed)
        np.testing.assert_array_equal(np.isnan(back), np.isnan(grid))
        known = np.isfinite(grid)
        assert np.abs(np.log(back[known] / grid[known])).max() < packed["step"] * 0.5001
        assert packed["step"] < 2e-3
    assert demo.runs["peaks"] == list(PEAKS)
    assert values["loss"].shape == (len(WARMUPS), len(PEAKS), STEPS)
    assert values["final"].shape[2] == REPLICATES


def test_only_from_the_sharp_start_does_a_warm_up_make_larger_peaks_learnable() -> None:
    largest = {
        (start, word): WarmUp(start=start, warmup=word).learnable[1]
        for start in GAINS
        for word in WARMUPS
    }
    assert largest["large", "short"] > 3 * largest["large", "none"]
    assert largest["large", "long"] > 3 * largest["large", "none"]
    for start in ("small", "usual"):
        for word in ("short", "long"):
            assert largest[start, word] < 2 * largest[start, "none"]


@pytest.mark.parametrize("start", GAINS)
@pytest.mark.parametrize("word", WARMUPS)
def test_no_run_fails_between_the_learnable_peaks(start: str, word: str) -> None:
    demo = WarmUp(start=start, warmup=word)
    low, high = (PEAKS.index(peak) for peak in demo.learnable)
    worst = demo.final_losses()[list(WARMUPS).index(word)].max(axis=1)
    assert (worst[low : high + 1] < LEARNED).all()
    for beyond in (low - 1, high + 1):
        assert not (0 <= beyond < len(PEAKS) and worst[beyond] < LEARNED)
    for peak, value in zip(PEAKS, worst, strict=True):
        demo.peak = peak
        assert (demo.fate == "diverged") == np.isnan(value)
        assert (demo.fate == "learned") == (value < LEARNED)


def test_fate_tells_too_small_from_too_large() -> None:
    assert WarmUp(start="usual", peak=0.01).fate == "too small"
    seen = set()
    for start in GAINS:
        for word in WARMUPS:
            demo = WarmUp(start=start, warmup=word)
            low, high = demo.learnable
            for peak in PEAKS:
                demo.peak = peak
                seen.add(demo.fate)
                assert demo.fate != "too small" or peak < low
                assert demo.fate != "too large" or peak > high
    # Which of the largest peaks diverge, and which end somewhere, is up to rounding.
    assert seen == {"diverged", "learned", "too small", "too large"}


def test_the_nearest_trained_peak_is_taken() -> None:
    assert WarmUp(peak=0.19).peak_rate == 0.18


@pytest.mark.parametrize("value", ["hot", "", None, 1])
@pytest.mark.parametrize(("name", "options"), [("start", GAINS), ("warmup", WARMUPS)])
def test_a_bad_choice_raises_with_its_name_and_value(
    name: str, options: dict[str, float], value: object
) -> None:
    message = re.escape(f"{name} must be one of {', '.join(options)}, got {value!r}")
    with pytest.raises(traitlets.TraitError, match=message):
        WarmUp(**{name: value})


@pytest.mark.parametrize("seed", [-1, 0.5, "1", None])
def test_a_bad_seed_raises(seed: object) -> None:
    with pytest.raises((TypeError, ValueError), match="seed"):
        WarmUp(seed=seed)


def test_another_seed_trains_other_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from lrcourse.demos import warm_up

    asked = []

    def runs(start: str, seed: int) -> object:
        asked.append((start, seed))
        return warm_up_runs(start, 0)

    monkeypatch.setattr(warm_up, "warm_up_runs", runs)
    demo = WarmUp()
    demo.seed = 1
    assert asked == [(start, seed) for seed in (0, 1) for start in GAINS]


def test_the_first_weights_are_those_of_the_seed() -> None:
    model, seed = network("usual"), first_seed()
    params = {k: v[None].astype(np.float32) for k, v in model.init(streams(seed).init).items()}
    lam = sharpnesses(model, params, images(seed))[0]
    demo = WarmUp(start="usual")
    assert demo.ratios()[0, 0, 0] == pytest.approx(PEAKS[0] * lam / 2, rel=1e-4)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "diverge"),
        ({"warmup": "short"}, "10 steps of warm-up"),
        ({"start": "small", "peak": 2, "warmup": "long"}, "small initial weights"),
    ],
)
def test_every_state_has_a_picture_and_words(settings: dict[str, object], words: str) -> None:
    demo = WarmUp(**settings)
    figure = demo.figure()
    figure.canvas.draw()
    assert f"peak {demo.peak_rate:g}" in figure.get_suptitle()
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)
    assert words in demo.alt_text()
