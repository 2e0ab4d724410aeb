"""The linear network in the browser against lrcourse, the runs of the trained one, the words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from lrcourse.demos import EdgeOfStability
from lrcourse.demos._edge_runs import PRODUCTS

pytestmark = pytest.mark.slow

PAGE = "book/03-divergence-catapult-edge.html"

OpenPage = Callable[..., Any]


def open_edge(open_page: OpenPage, root: str, query: str = "", layout: str = "desktop") -> Locator:
    page = open_page(root, f"{PAGE}#edge-of-stability?{query}", layout)
    edge = page.locator("#edge-of-stability")
    expect(edge.locator("a.action")).to_be_visible()
    return edge


def embedded_model(book: Path) -> dict[str, Any]:
    """Return the state of the only demo of the built page, with its buffers."""
    script = re.search(
        r'<script type="application/vnd\.jupyter\.widget-state\+json">(.*?)</script>',
        (book / PAGE).read_text(encoding="utf-8"),
        re.DOTALL,
    )
    assert script
    models = json.loads(script.group(1))["state"].values()
    (model,) = (model for model in models if "runs" in model["state"])
    return model


LOAD = """
    for (const { path, data } of buffers) {
        const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
        const parent = path.slice(0, -1).reduce((node, key) => node[key], state);
        parent[path.at(-1)] = new DataView(bytes.buffer);
    }
    const blob = new Blob([state._esm], { type: "text/javascript" });
    const demo = await import(URL.createObjectURL(blob));
"""


def test_the_linear_network_is_that_of_lrcourse(open_page: OpenPage, book: Path) -> None:
    rng = np.random.default_rng(3)
    products = np.concatenate([10 ** rng.uniform(-1, np.log10(3.5), 40), rng.uniform(2, 6, 20)])
    found = open_page(book.as_uri(), PAGE).evaluate(
        f"""async ([{{ state, buffers }}, products]) => {{
            {LOAD}
            return products.map((product) => demo.linearRun(state.runs.linear, product));
        }}""",
        [embedded_model(book), products.tolist()],
    )
    edge = EdgeOfStability()
    for product, run in zip(products, found, strict=True):
        edge.learning_rate = product
        losses, ratios = edge.losses(), edge.ratios()
        # Once a run is lost, its last numbers before infinity are anything.
        told = np.nan_to_num(losses, nan=np.inf) < 1e12
        here = np.array(run["losses"], dtype=float)
        np.testing.assert_allclose(here[told], losses[told], rtol=1e-9, atol=1e-9)
        there = np.array(run["ratios"], dtype=float)
        np.testing.assert_allclose(there[told], ratios[told], rtol=1e-9)
        assert run["regime"] == edge.diagnosis.regime


def test_the_trained_runs_are_those_of_lrcourse(open_page: OpenPage, book: Path) -> None:
    model = embedded_model(book)
    found = open_page(book.as_uri(), PAGE).evaluate(
        f"""async ({{ state, buffers }}) => {{
            {LOAD}
            return demo.trainedRuns(state.runs.trained);
        }}""",
        model,
    )
    edge = EdgeOfStability(network="trained")
    assert len(found) == len(PRODUCTS)
    for product, run in zip(PRODUCTS, found, strict=True):
        edge.learning_rate = product
        packed = edge.runs["trained"]
        for name, values in (("loss", edge.losses()), ("sharpness", edge.ratios())):
            shown = np.array(run["losses" if name == "loss" else "ratios"], dtype=float)
            shown[~np.isfinite(values)] = np.nan
            expected = np.where(np.isfinite(values), values, np.nan)
            np.testing.assert_allclose(shown, expected, rtol=packed[name]["step"] * 0.51)
        assert run["regime"] == edge.diagnosis.regime


@pytest.mark.parametrize(
    ("query", "word", "facts"),
    [
        ("learning_rate=1.5&network=linear", "Converges", ["0.75 × 2/η", "as on a bowl"]),
        ("learning_rate=3&network=linear", "Catapult", ["the loss rises", "times flatter"]),
        ("learning_rate=4.5&network=linear", "Diverges", ["2.25 × 2/η", "without bound"]),
        ("learning_rate=0.1&network=trained", "Below the edge", ["had not met 2/η"]),
        ("learning_rate=0.6&network=trained", "Edge of stability", ["holds it there", "raise it"]),
        ("learning_rate=2.4&network=trained", "Edge of stability", ["above the limit"]),
        ("learning_rate=3&network=trained", "Above the edge", ["come down to"]),
        ("learning_rate=6&network=trained", "Diverges", ["is lost within"]),
    ],
)
def test_says_in_words_which_regime_it_is(
    open_page: OpenPage, book: Path, query: str, word: str, facts: list[str]
) -> None:
    status = open_edge(open_page, book.as_uri(), query).get_by_role("status")
    expect(status.locator("strong")).to_contain_text(word)
    for fact in facts:
        expect(status).to_contain_text(fact)


def test_no_state_speaks_of_what_is_no_number(open_page: OpenPage, book: Path) -> None:
    for network in ("linear", "trained"):
        edge = open_edge(open_page, book.as_uri(), f"network={network}&learning_rate=0.1")
        slider = edge.get_by_role("slider")
        words = set()
        for _ in range(130):
            text = edge.get_by_role("status").inner_text()
            labels = edge.locator("svg").evaluate_all("all => all.map((svg) => svg.ariaLabel)")
            assert not re.search("NaN|undefined|Infinity", text + "".join(labels))
            words.add(text.split(".")[0])
            slider.press("ArrowRight")
        assert len(words) >= 3, words


def test_a_key_goes_from_run_to_run_of_the_trained_network(open_page: OpenPage, book: Path) -> None:
    edge = open_edge(open_page, book.as_uri(), "network=trained&learning_rate=0.6")
    slider = edge.get_by_role("slider")
    for product in PRODUCTS[9:]:
        slider.press("ArrowRight")
        said = float((slider.get_attribute("aria-valuetext") or "").split()[0])
        assert said == pytest.approx(product, rel=5e-3)
    slider.press("Home")
    edge.get_by_role("radio", name="two linear layers").check()
    slider.press("ArrowRight")
    said = float((slider.get_attribute("aria-valuetext") or "").split()[0])
    assert PRODUCTS[0] < said < PRODUCTS[1] * 0.9


def test_the_network_is_chosen_with_the_keyboard(
    open_page: OpenPage, book: Path, layout: str
) -> None:
    edge = open_edge(open_page, book.as_uri(), layout=layout)
    options = edge.get_by_role("group", name="Network").get_by_role("radio")
    expect(options.first).to_be_checked()
    options.first.focus()
    edge.page.keyboard.press("ArrowRight")
    expect(options.nth(1)).to_be_checked()
    expect(edge.locator("a.action")).to_have_attribute("href", re.compile("network=trained"))
    expect(edge.get_by_role("status")).to_contain_text("sharpness")
    assert edge.locator("figure").count() == 4  # drawn anew, and not once more
    edge.get_by_role("button", name="Reset").click()
    expect(options.first).to_be_checked()


def test_bad_words_in_a_link_do_no_harm(open_page: OpenPage, book: Path) -> None:
    edge = open_edge(open_page, book.as_uri(), "network=luck&learning_rate=99")
    expect(edge.locator("a.action")).to_have_attribute(
        "href", "#edge-of-stability?learning_rate=6&network=linear"
    )
