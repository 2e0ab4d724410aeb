"""The bowl in Python: its words, its path, its picture."""

from __future__ import annotations

import numpy as np
import pytest

from lrcourse.demos import QuadraticBowl


@pytest.mark.parametrize(
    ("settings", "regime"),
    [
        ({"learning_rate": 0.1, "condition_number": 10}, "monotone"),
        ({"learning_rate": 0.11, "condition_number": 10}, "oscillating"),
        ({"learning_rate": 0.2, "condition_number": 10}, "oscillating"),
        ({"learning_rate": 0.21, "condition_number": 10}, "diverging"),
        ({"learning_rate": 0.21, "condition_number": 10, "start": (4, 0)}, "diverging"),
        ({"learning_rate": 0.21, "condition_number": 10, "momentum": 0.1}, "oscillating"),
        # Monotone in the steep direction needs η ≤ (1 − √β)²/λ₁.
        ({"learning_rate": 0.0089, "condition_number": 1, "momentum": 0.82}, "monotone"),
        ({"learning_rate": 0.0091, "condition_number": 1, "momentum": 0.82}, "oscillating"),
    ],
)
def test_the_regime_is_that_of_the_worst_direction(
    settings: dict[str, object], regime: str
) -> None:
    bowl = QuadraticBowl(**settings)
    assert bowl.regime == regime
    assert f"{regime}." in bowl.alt_text()


def test_the_path_without_momentum_is_the_closed_form() -> None:
    bowl = QuadraticBowl(learning_rate=0.15, condition_number=8, start=(-3, 1.5))
    t = np.arange(101)
    np.testing.assert_allclose(bowl.path()[:, 0], -3 * (1 - 0.15) ** t, rtol=1e-12)
    np.testing.assert_allclose(bowl.path()[:, 1], 1.5 * (1 - 0.15 * 8) ** t, rtol=1e-12)
    np.testing.assert_allclose(
        bowl.losses(), 0.5 * (bowl.path()[:, 0] ** 2 + 8 * bowl.path()[:, 1] ** 2), rtol=1e-12
    )


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"learning_rate": 4, "condition_number": 100},
        {"learning_rate": 4, "condition_number": 100, "momentum": 0.99, "start": (0, 0)},
        {"condition_number": 1, "learning_rate": 1},
    ],
)
def test_every_state_has_a_picture(settings: dict[str, object]) -> None:
    bowl = QuadraticBowl(**settings)
    figure = bowl.figure()
    figure.canvas.draw()
    assert f"η = {bowl.learning_rate:.3g}" in figure.get_suptitle()
    assert all(axes.get_xlabel() for axes in figure.axes)
