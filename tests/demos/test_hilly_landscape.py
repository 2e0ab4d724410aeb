"""The balls in Python: the trial's landscapes, the theorem of small steps, words and picture."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.claims.trials._tables import generators
from lrcourse.demos import HillyLandscape
from lrcourse.demos.hilly_landscape import BALLS, LANDSCAPES, STEPS
from lrcourse.landscapes import Fourier

RANDOM = [name for name in LANDSCAPES if name.startswith("random")]


def test_the_random_landscapes_are_the_first_of_the_trial() -> None:
    for name, rng in zip(RANDOM, generators(0), strict=False):
        drawn, shown = Fourier.random(rng=rng), LANDSCAPES[name]
        assert isinstance(shown, Fourier)
        np.testing.assert_array_equal(drawn.amplitudes, shown.amplitudes)
        np.testing.assert_array_equal(drawn.phases, shown.phases)


@pytest.mark.parametrize("landscape", list(LANDSCAPES))
def test_small_steps_keep_every_ball_in_its_valley(landscape: str) -> None:
    hills = HillyLandscape(landscape=landscape, learning_rate=0.05)
    path = hills.path()
    assert path.shape == (STEPS // 5 + 1, BALLS)
    assert (np.diff(path, axis=1) > -1e-12).all()  # no two balls change places
    np.testing.assert_array_equal(hills.curve.basin(path[0]), hills.curve.basin(path[-1]))
    assert hills.result == "no gain"
    assert hills.shares()[-1] == hills.share_at_start
    assert "100% are in the valley where they started" in hills.alt_text()


@pytest.mark.parametrize("landscape", RANDOM)
def test_the_share_at_the_start_is_the_width(landscape: str) -> None:
    hills = HillyLandscape(landscape=landscape)
    everywhere = np.linspace(0, 2 * np.pi, 20_001)[:-1]
    width = (hills.curve.basin(everywhere) == hills.curve.global_basin).mean()
    assert hills.share_at_start == pytest.approx(width, abs=2 / BALLS)


def test_the_steps_are_those_of_the_formula() -> None:
    hills = HillyLandscape(learning_rate=0.3, schedule="decay")
    curve, points = hills.curve, 2 * np.pi * (np.arange(BALLS) + 0.5) / BALLS
    first = 0.3 * 2 / curve.hessian(curve.minima()).max()
    assert hills.rate == pytest.approx(first)
    for step in range(STEPS):
        points = points - first * (1 - step / STEPS) * curve.gradient(points)
    np.testing.assert_allclose(hills.path()[-1], points, rtol=1e-9)


def test_noise_is_as_large_as_it_says() -> None:
    settings = {"landscape": "needle", "learning_rate": 0.01}
    quiet, noisy = (HillyLandscape(**settings, noise=noise).path()[1] for noise in (0, 0.5))
    hills = HillyLandscape(**settings)
    slopes = hills.curve.gradient(hills.path()[0]).std()
    expected = 0.5 * slopes * hills.rate * np.sqrt(5)  # five steps
    assert (noisy - quiet).std() == pytest.approx(expected, rel=0.15)


@pytest.mark.parametrize(
    ("settings", "result"),
    [
        ({"learning_rate": 1, "noise": 1, "schedule": "decay"}, "gain"),
        ({"landscape": "rippled-bowl", "learning_rate": 4, "schedule": "decay"}, "gain"),
        ({"landscape": "needle", "learning_rate": 4, "schedule": "decay"}, "loss"),
        (
            {"landscape": "random-6", "learning_rate": 1.5, "noise": 1, "schedule": "decay"},
            "loss",
        ),
        ({"learning_rate": 0.9}, "no gain"),
    ],
)
def test_the_links_of_the_chapter_show_what_it_says(
    settings: dict[str, object], result: str
) -> None:
    hills = HillyLandscape(**settings)
    assert hills.result == result
    assert f"steps: {result}." in hills.alt_text()


@pytest.mark.parametrize("landscape", list(LANDSCAPES))
def test_every_state_has_a_picture(landscape: str) -> None:
    hills = HillyLandscape(landscape=landscape, learning_rate=8, noise=2)
    figure = hills.figure()
    figure.canvas.draw()
    assert f"{hills.share_at_start:.0%} of the balls start" in figure.get_suptitle()
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in figure.axes)


def test_the_browser_gets_all_landscapes() -> None:
    landscapes = HillyLandscape().get_state()["_landscapes"]
    assert list(landscapes) == list(LANDSCAPES)
    for name, land in landscapes.items():
        assert land["minima"][land["deepest"]] == LANDSCAPES[name].global_minimum()
