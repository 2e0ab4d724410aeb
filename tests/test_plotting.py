"""Pictures: colours of the page, ids of their own, a description, the same bytes each time."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest

mpl.use("Agg")
import matplotlib.pyplot as plt

from lrcourse.plotting import COLOURS, INK, SEQUENCE, Picture, number, style


def picture(alt="Loss against step, falling.", height=1.0):
    with style():
        figure, axes = plt.subplots()
        axes.plot([0, 1, 2], [height, 0.5, 0.2], label="loss")
        axes.set(xlabel="step", ylabel="loss")
        axes.legend()
    return Picture(figure, alt=alt)


def test_the_picture_is_valid_svg_with_its_description():
    root = ET.fromstring(picture(alt='He said "η < 2/λ".')._repr_html_())
    assert root.get("role") == "img"
    assert root.get("aria-label") == 'He said "η < 2/λ".'


def test_ink_takes_the_colour_of_the_page():
    html = picture()._repr_html_()
    assert INK not in html
    assert "currentColor" in html


def test_two_pictures_on_a_page_share_no_id():
    first, second = picture()._repr_html_(), picture(height=2.0)._repr_html_()
    ids = [set(re.findall(r'\bid="([^"]*)"', html)) for html in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for html, own in zip((first, second), ids, strict=True):
        used = re.findall(r'(?:href="#|url\(#)([^")]*)', html)
        assert used
        assert set(used) <= own


def test_the_same_figure_gives_the_same_bytes():
    assert picture()._repr_html_() == picture()._repr_html_()


def test_paper_gets_a_png():
    assert picture()._repr_png_().startswith(b"\x89PNG")


def test_the_figure_is_closed():
    before = plt.get_fignums()
    picture()
    assert plt.get_fignums() == before


def test_nothing_of_a_picture_may_be_cut_off():
    with style():
        figure, axes = plt.subplots()
        axes.set_xlabel("a label that is longer than the figure is wide " * 2)
    with pytest.raises(ValueError, match="inches beyond its right edge"):
        Picture(figure, alt="A plot.")


def test_a_picture_needs_a_description():
    with style():
        figure, _ = plt.subplots()
    with pytest.raises(ValueError, match=r"alt must describe the figure, got ' '"):
        Picture(figure, alt=" ")
    plt.close(figure)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (float("inf"), "inf"),
        (366.0, "370"),
        (-9999.0, "-10000"),
        (1e-4, "0.0001"),
        (9.9e-5, "9.9 × 10⁻⁵"),
    ],
)
def test_numbers_far_from_1_have_a_power_of_ten(value, text):
    assert number(value) == text


def luminance(colour):
    channels = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in colour]
    return sum(w * v for w, v in zip((0.2126, 0.7152, 0.0722), channels, strict=True))


def test_lines_stand_out_on_a_light_page_and_on_a_dark_one():
    between = mpl.colors.LinearSegmentedColormap.from_list("", SEQUENCE)
    drawn = [mpl.colors.to_rgb(colour) for colour in COLOURS]
    drawn += [between(share)[:3] for share in (0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1)]
    dark = luminance(mpl.colors.to_rgb("#14181e"))
    for colour in drawn:
        assert 1.05 / (luminance(colour) + 0.05) >= 3, colour
        assert (luminance(colour) + 0.05) / (dark + 0.05) >= 3, colour
