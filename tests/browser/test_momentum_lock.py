"""The lock's arithmetic in the browser against lrcourse, the lock itself, and what is said."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from lrcourse.demos import MomentumLock

pytestmark = pytest.mark.slow

PAGE = "book/09-momentum.html"

OpenPage = Callable[..., Page]


def open_lock(open_page: OpenPage, root: str, query: str = "", layout: str = "desktop") -> Locator:
    lock = open_page(root, f"{PAGE}#momentum-lock?{query}", layout).locator("#momentum-lock")
    expect(lock.locator("a.action")).to_be_visible()
    return lock


def embedded_module(book: Path) -> str:
    """Return the ES module of the demo as the built page carries it."""
    script = re.search(
        r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>',
        (book / PAGE).read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert script
    models = json.loads(script.group(1))["state"].values()
    return next(m["state"]["_esm"] for m in models if "stepsToGoal" in str(m["state"]))


def random_settings(count: int) -> list[dict[str, Any]]:
    rng = np.random.default_rng(2019)
    return [
        {
            "learning_rate": float(10 ** rng.uniform(np.log10(3e-4), np.log10(4))),
            "momentum": float(rng.choice([0.0, rng.uniform(0, 0.99)])),
            "condition_number": float(10 ** rng.uniform(np.log10(4), np.log10(300))),
            "lock": str(rng.choice(["on", "off"])),
            "noise": str(rng.choice(["on", "off"])),
        }
        for _ in range(count)
    ]


def number(text: str) -> float:
    return float(text.replace("Infinity", "inf"))


def assert_same(found: np.ndarray, expected: np.ndarray) -> None:
    """Compare the steps at which nothing is beyond all bounds; they must be the same steps."""
    within, shown = (
        (np.abs(values.reshape(len(values), -1)) < 1e100).all(axis=1)
        for values in (expected, found)
    )
    np.testing.assert_array_equal(shown, within)
    np.testing.assert_allclose(found[within], expected[within], rtol=1e-9, atol=1e-9)


def test_the_browser_computes_what_lrcourse_computes(open_page: OpenPage, book: Path) -> None:
    settings = random_settings(24)
    results = open_page(book.as_uri(), PAGE).evaluate(
        """async ([text, settings]) => {
            const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
            const lock = await import(url);
            return settings.map((s) => ({
                words: lock.regimes(s),
                critical: lock.criticalRate(s.momentum),
                arms: Object.entries(lock.arms(s)).map(([name, arm]) => {
                    const run = lock.simulate(s, arm);
                    return {
                        name, arm,
                        path: Array.from(run.w1, (x, t) => [String(x), String(run.w2[t])]),
                        loss: Array.from(run.loss, String),
                        late: String(lock.lateLoss(run)),
                        floor: String(lock.noiseFloor(s, arm)),
                        steps: lock.stepsToGoal(s, arm),
                        radius: lock.spectralRadius(s, arm),
                    };
                }),
            }));
        }""",
        [embedded_module(book), settings],
    )
    for setting, result in zip(settings, results, strict=True):
        lock = MomentumLock(**setting)
        assert result["words"] == lock.regimes()
        assert result["critical"] == pytest.approx(lock.critical_learning_rate, rel=1e-12)
        assert [arm["name"] for arm in result["arms"]] == list(lock.arms)
        for found in result["arms"]:
            arm = found["name"]
            np.testing.assert_allclose(found["arm"], lock.arms[arm], rtol=1e-12)
            path = np.array([[number(x) for x in point] for point in found["path"]])
            assert_same(path, lock.paths(arm)[:, 0])
            assert_same(np.array([number(x) for x in found["loss"]]), lock.losses(arm))
            assert_same(np.array([number(found["late"])]), np.array([lock.late_loss(arm)]))
            np.testing.assert_allclose(number(found["floor"]), lock.noise_floor(arm), rtol=1e-9)
            assert found["steps"] == lock.steps_to_goal(arm)
            # Where the roots meet, the last digits of one under a root are seven digits of it.
            assert found["radius"] == pytest.approx(lock.spectral_radius(arm), abs=1e-7)
    words = {word for result in results for word in result["words"]}
    assert words == {"over-damped", "oscillating", "diverging"}
    assert {setting["noise"] for setting in settings} == {"on", "off"}


def settings_of(lock: Locator) -> dict[str, str]:
    href = lock.locator("a.action").get_attribute("href") or ""
    return dict(part.split("=") for part in href.split("?")[1].split("&"))


def effective_rate(lock: Locator) -> float:
    now = settings_of(lock)
    return float(now["learning_rate"]) / (1 - float(now["momentum"]))


def test_locked_the_momentum_moves_the_rate(open_page: OpenPage, root: str, layout: str) -> None:
    lock = open_lock(open_page, root, "learning_rate=0.03&momentum=0.9", layout)
    slider = lock.locator('[data-setting="momentum"]')
    for key in ["Home", "PageUp", "End", *["ArrowLeft"] * 9]:
        slider.press(key)
        assert effective_rate(lock) == pytest.approx(0.3, rel=1e-4)
    now = settings_of(lock)
    assert float(now["momentum"]) == pytest.approx(0.9)
    assert float(now["learning_rate"]) == pytest.approx(
        MomentumLock(learning_rate=0.03).locked_rate(0.9), rel=1e-4
    )


def test_free_the_momentum_moves_the_effective_rate(open_page: OpenPage, book: Path) -> None:
    lock = open_lock(open_page, book.as_uri(), "lock=off&momentum=0&learning_rate=0.03")
    lock.locator('[data-setting="momentum"]').press("End")
    assert settings_of(lock)["learning_rate"] == "0.03"
    assert effective_rate(lock) == pytest.approx(3)


def test_the_lock_holds_at_the_end_of_the_range(open_page: OpenPage, book: Path) -> None:
    """No learning rate is large enough for this effective rate without momentum."""
    lock = open_lock(open_page, book.as_uri(), "momentum=0.9&learning_rate=2")
    lock.locator('[data-setting="momentum"]').press("Home")
    assert float(settings_of(lock)["momentum"]) == pytest.approx(0.8)
    assert float(settings_of(lock)["learning_rate"]) == pytest.approx(4)


def test_a_link_with_the_lock_on_is_taken_as_it_is(open_page: OpenPage, book: Path) -> None:
    lock = open_lock(open_page, book.as_uri(), "lock=on&momentum=0.5&learning_rate=0.7")
    expect(lock.locator("a.action")).to_have_attribute(
        "href",
        "#momentum-lock?condition_number=30&learning_rate=0.7&lock=on&momentum=0.5&noise=off",
    )


@pytest.mark.parametrize(
    ("query", "word", "facts"),
    [
        ("", "Oscillating", ["η/(1−β)\u00a0=\u00a00.300", "The flat direction is over-damped"]),
        ("momentum=0&learning_rate=0.5", "Over-damped", ["In both directions"]),
        ("learning_rate=3.81", "Diverging", ["Steps to a hundredth: never with momentum"]),
        ("learning_rate=0.3", "Oscillating", ["never without at the same effective rate"]),
        ("momentum=0&learning_rate=0.0003", "Over-damped", ["more than 3000 with momentum"]),
        ("learning_rate=0.3&noise=on", "Oscillating", ["it diverges without at the same"]),
    ],
)
def test_says_what_came_of_it(
    open_page: OpenPage, book: Path, query: str, word: str, facts: list[str]
) -> None:
    status = open_lock(open_page, book.as_uri(), query).get_by_role("status")
    expect(status.locator("strong")).to_contain_text(word)
    text = status.text_content() or ""
    for fact in facts:
        assert fact in text


def test_the_steps_told_are_those_of_lrcourse(open_page: OpenPage, book: Path) -> None:
    status = open_lock(open_page, book.as_uri(), "condition_number=100").get_by_role("status")
    lock = MomentumLock(condition_number=100)
    expect(status).to_contain_text(
        f"Steps to a hundredth: {lock.steps_to_goal()} with momentum, "
        f"{lock.steps_to_goal('same-rate')} without at the same effective rate, "
        f"{lock.steps_to_goal('best-plain')} without at its best rate."
    )


def test_noise_draws_its_floors_and_its_own_bars(open_page: OpenPage, book: Path) -> None:
    lock = open_lock(open_page, book.as_uri())
    floors = lock.locator("path.floor")
    assert [floor.get_attribute("d") for floor in floors.all()] == ["", ""]
    lock.get_by_role("radio", name="none").press("ArrowRight")
    assert all(floor.get_attribute("d") for floor in floors.all())
    expect(lock.locator("figcaption", has_text="Loss left")).to_be_visible()
    assert lock.locator("figure").count() == 4  # drawn anew, and not once more


@pytest.mark.parametrize(
    "query",
    [
        "learning_rate=4&momentum=0.99&condition_number=300",
        "learning_rate=4&momentum=0&condition_number=4&noise=on",
    ],
)
def test_a_wild_path_stays_in_the_picture(open_page: OpenPage, book: Path, query: str) -> None:
    lock = open_lock(open_page, book.as_uri(), query)
    data = lock.locator("path").evaluate_all("paths => paths.map((p) => p.getAttribute('d'))")
    numbers = [float(n) for d in data for n in re.findall(r"-?\d+\.?\d*", d or "")]
    assert max(map(abs, numbers)) < 500
    assert not any("NaN" in d or "Infinity" in d for d in data if d)


def test_bad_values_in_a_link_do_no_harm(open_page: OpenPage, book: Path) -> None:
    query = "learning_rate=abc&momentum=7&condition_number=&lock=ajar&noise=loud"
    lock = open_lock(open_page, book.as_uri(), query)
    expect(lock.locator("a.action")).to_have_attribute(
        "href",
        "#momentum-lock?condition_number=30&learning_rate=0.03&lock=on&momentum=0.99&noise=off",
    )
