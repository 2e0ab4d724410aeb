"""Figures for pages that are light or dark, wide or narrow, seen or heard.

A `Picture` carries its description with it, and takes the colour of the text around it. What is
drawn in `INK` becomes the page's own text colour; the other colours stand out on both backgrounds.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from lrcourse import _validate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#010203"  # no one's favourite colour: in the page's SVG it is replaced by currentColor
RED = "#d1495b"
TEAL = "#00868b"
AMBER = "#b07c00"
VIOLET = "#8a63d2"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
COLOURS = (TEAL, RED, VIOLET, AMBER)
_SLACK = 0.03  # inches: a letter's box has blanks around it
# From low to high; unlike viridis, no end of it vanishes on a light page or on a dark one.
SEQUENCE = (VIOLET, "#3a7fc4", TEAL, "#6f8f1f", AMBER, "#d9622b")


@contextmanager
def style() -> Iterator[None]:
    """Draw figures in the style of the course while the context lasts.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> with style():
    ...     figure, axes = plt.subplots()
    >>> axes.spines["top"].get_visible()
    False
    >>> plt.close(figure)
    """
    import matplotlib.pyplot as plt
    from cycler import cycler

    settings: Any = {
        "axes.edgecolor": INK,
        "axes.facecolor": "none",
        "axes.formatter.min_exponent": 4,
        "axes.formatter.use_mathtext": True,
        "axes.grid": True,
        "axes.labelcolor": INK,
        "axes.prop_cycle": cycler(color=COLOURS),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "figure.dpi": 144,
        "figure.facecolor": "none",
        "figure.figsize": (5.4, 3.6),
        "figure.constrained_layout.use": True,
        "font.size": 11,
        "grid.alpha": 0.15,
        "grid.color": INK,
        "legend.frameon": False,
        "lines.linewidth": 1.8,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "svg.fonttype": "path",
        "svg.hashsalt": "lrcourse",
    }
    with plt.rc_context(settings):
        yield


def number(value: float, digits: int = 2) -> str:
    """Return a number as people write it: plain, or with a power of ten where it is far from 1.

    Parameters
    ----------
    value : float
    digits : int
        Significant digits, at least 1.

    Returns
    -------
    str

    Raises
    ------
    TypeError, ValueError
        If `value` is no number, or `digits` is not an integer of at least 1.

    Examples
    --------
    >>> number(0.2734), number(1.2e-6), number(-31400.0)
    ('0.27', '1.2 × 10⁻⁶', '-3.1 × 10⁴')
    """
    value = float(_validate.numeric_array("value", value))
    digits = _validate.integer("digits", digits, minimum=1)
    if value == 0 or 1e-4 <= abs(value) < 1e4 or not np.isfinite(value):
        return np.format_float_positional(float(f"{value:.{digits}g}"), trim="-")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}"


class Picture:
    """A figure with its description in words.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn within `style`; closed by this.
    alt : str
        What the figure shows, for those who do not see it: numbers computed, not typed.

    Raises
    ------
    TypeError
        If `figure` is no figure.
    ValueError
        If `alt` is empty, or something of the figure sticks out of it and would be cut off.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> with style():
    ...     figure, axes = plt.subplots()
    >>> Picture(figure, alt="An empty plot.")
    Picture('An empty plot.')
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        if not hasattr(figure, "savefig"):
            raise TypeError(f"figure must be a matplotlib figure, got {figure!r}")
        if not alt.strip():
            raise ValueError(f"alt must describe the figure, got {alt!r}")
        import matplotlib.pyplot as plt

        self.alt = alt
        with style():
            self._svg = _bytes(figure, "svg").decode()
            _check_room(figure)
            self._png = _bytes(figure, "png")
        plt.close(figure)

    def __repr__(self) -> str:
        return f"Picture({self.alt!r})"

    def _repr_html_(self) -> str:
        root, rest = self._svg[self._svg.index("<svg") :].split(">", 1)
        view = re.search(r'viewBox="[^"]*"', root)
        assert view is not None
        rest = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>", "", rest, flags=re.DOTALL)
        name = hashlib.sha256(self._svg.encode()).hexdigest()[:8]  # ids are unique on the page
        rest = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", rest)
        rest = rest.replace(INK, "currentColor").replace("xlink:href", "href")
        return (
            f'<svg class="lr-picture" role="img" aria-label="{escape(self.alt, quote=True)}" '
            f'{view[0]} style="max-width: 100%; stroke-linejoin: round">{rest}'
        )

    def _repr_png_(self) -> bytes:
        return self._png


def _check_room(figure: Figure) -> None:
    """Refuse what is cut off at the edge; the layout makes room for labels, but not for all."""
    width, height = figure.get_size_inches()
    box = figure.get_tightbbox()
    beyond = {
        "left": -box.x0,
        "right": box.x1 - width,
        "bottom": -box.y0,
        "top": box.y1 - height,
    }
    side = max(beyond, key=lambda side: beyond[side])
    if beyond[side] > _SLACK:
        raise ValueError(
            f"figure must have room for all that it shows, got {beyond[side]:.2f} inches "
            f"beyond its {side} edge"
        )


def _bytes(figure: Figure, kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "svg":
        figure.savefig(buffer, format=kind, metadata={"Date": None})
    else:  # for paper, where no page is dark
        figure.savefig(buffer, format=kind, facecolor="white")
    return buffer.getvalue()
