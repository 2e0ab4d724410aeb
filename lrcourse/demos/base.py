"""What all demos share: one module text for the browser, checked settings, a picture without it.

In the browser a demo is an ES module in ``static/``, a valid file that imports from ``./draw.js``.
A widget has to carry its whole module as one text, so `inline_imports` puts the shared drawing
module in front of it.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
from collections.abc import Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any, ClassVar, SupportsFloat

import anywidget
import traitlets

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class)\b)", re.MULTILINE)
_EXPORTED_NAME = re.compile(r"^export (?:async )?(?:function|const|class) (\w+)", re.MULTILINE)
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./draw\.js";$', re.MULTILINE)


class Setting(traitlets.Float):  # type: ignore[type-arg]
    """A number in a closed interval that the reader can change.

    The interval travels to the browser, where it bounds the slider: it is written down once.

    Parameters
    ----------
    default : float
        Value of a demo made without this argument.
    low, high : float
        Smallest and largest value allowed.

    Raises
    ------
    traitlets.TraitError
        On assignment of anything but a number in the interval; the message has the trait's name
        and the value received.

    Examples
    --------
    >>> from lrcourse.demos import QuadraticBowl
    >>> QuadraticBowl(momentum=1.5)
    Traceback (most recent call last):
    ...
    traitlets.traitlets.TraitError: momentum must be a number from 0.0 to 0.99, got 1.5
    """

    def __init__(self, default: float, *, low: float, high: float) -> None:
        super().__init__(float(default))
        self.low, self.high = float(low), float(high)
        self.tag(sync=True, setting=True)

    def validate(self, obj: Any, value: Any) -> float:
        """Return `value` as a float, or raise."""
        if not _is_number_between(value, self.low, self.high):
            raise traitlets.TraitError(
                f"{self.name} must be a number from {self.low} to {self.high}, got {value!r}"
            )
        return float(value)

    @property
    def limits(self) -> list[float]:
        """The interval, as the browser is told it."""
        return [self.low, self.high]


class Point(traitlets.TraitType):  # type: ignore[type-arg]
    """A point of the plane in a box around the origin that the reader can drag.

    Parameters
    ----------
    default : tuple of float
        Value of a demo made without this argument.
    reach : tuple of float
        Largest absolute value of each coordinate.

    Raises
    ------
    traitlets.TraitError
        On assignment of anything but two numbers in the box; the message has the trait's name and
        the value received.

    Examples
    --------
    >>> from lrcourse.demos import QuadraticBowl
    >>> QuadraticBowl(start=(9, 1))
    Traceback (most recent call last):
    ...
    traitlets.traitlets.TraitError: start must be two numbers within ±5.0 and ±3.0, got (9, 1)
    """

    def __init__(self, default: tuple[float, float], *, reach: tuple[float, float]) -> None:
        super().__init__((float(default[0]), float(default[1])))
        self.reach = (float(reach[0]), float(reach[1]))
        self.tag(sync=True, setting=True)

    def validate(self, obj: Any, value: Any) -> tuple[float, float]:
        """Return `value` as a pair of floats, or raise."""
        if (
            not isinstance(value, tuple | list)
            or len(value) != 2
            or not all(_is_number_between(v, -r, r) for v, r in zip(value, self.reach, strict=True))
        ):
            raise traitlets.TraitError(
                f"{self.name} must be two numbers within ±{self.reach[0]} and ±{self.reach[1]}, "
                f"got {value!r}"
            )
        return float(value[0]), float(value[1])

    @property
    def limits(self) -> list[list[float]]:
        """The intervals of both coordinates, as the browser is told them."""
        return [[-r, r] for r in self.reach]


class Choice(traitlets.TraitType):  # type: ignore[type-arg]
    """One of a few words that the reader can choose.

    Parameters
    ----------
    default : str
        Value of a demo made without this argument.
    options : sequence of str
        The words, as they stand in a link: without spaces.

    Raises
    ------
    traitlets.TraitError
        On assignment of anything else; the message has the trait's name and the value received.

    Examples
    --------
    >>> from lrcourse.demos import BudgetCurve
    >>> BudgetCurve(metric="luck")
    Traceback (most recent call last):
    ...
    traitlets.traitlets.TraitError: metric must be one of val_loss, val_accuracy, train_loss, \
train_accuracy, got 'luck'
    """

    def __init__(self, default: str, *, options: Sequence[str]) -> None:
        super().__init__(default)
        self.options = tuple(options)
        self.tag(sync=True, setting=True)

    def validate(self, obj: Any, value: Any) -> str:
        """Return `value`, or raise."""
        if not isinstance(value, str) or value not in self.options:
            raise traitlets.TraitError(
                f"{self.name} must be one of {', '.join(self.options)}, got {value!r}"
            )
        return value

    @property
    def limits(self) -> list[str]:
        """The words, as the browser is told them."""
        return list(self.options)


class Demo(anywidget.AnyWidget):
    """Base class of the demos.

    A subclass declares its settings (`Setting`, `Point`, `Choice`) and gives `figure` and
    `alt_text`; its ES module is ``static/<module>.js``. Anything else the module is to read (a
    precomputed grid, say) is an ordinary trait tagged ``sync=True``.

    Parameters
    ----------
    **settings
        First values of the settings. *Reset* in the browser comes back to them.

    Raises
    ------
    TypeError
        If a keyword is not a setting of this demo.
    traitlets.TraitError
        If a setting is out of its range.

    Examples
    --------
    >>> from lrcourse.demos import QuadraticBowl
    >>> bowl = QuadraticBowl(momentum=0.9)
    >>> bowl.learning_rate = 0.3
    >>> bowl
    QuadraticBowl(condition_number=10.0, learning_rate=0.3, momentum=0.9, start=(-4.0, 2.0))
    """

    module: ClassVar[str]
    """Name of the ES module in ``static/``, without ``.js``."""

    _esm: ClassVar[str]
    _css: ClassVar[str]

    _initial = traitlets.Dict().tag(sync=True)
    _limits = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # Adding a trait to a widget makes a subclass of its class, which has its module already.
        if "module" in cls.__dict__:
            cls._esm = inline_imports(static_text(f"{cls.module}.js"), static_text("draw.js"))
            cls._css = static_text("demo.css")
        super().__init_subclass__(**kwargs)

    def __init__(self, **settings: Any) -> None:
        names = self.trait_names(setting=True)
        for name in settings:
            if name not in names:
                raise TypeError(
                    f"{type(self).__name__} has no setting {name!r}; it has {', '.join(names)}"
                )
        super().__init__(**settings)
        self._initial = self.settings()
        self._limits = {name: trait.limits for name, trait in self.traits(setting=True).items()}

    def settings(self) -> dict[str, Any]:
        """Return the present value of each setting."""
        return {name: getattr(self, name) for name in sorted(self.trait_names(setting=True))}

    def figure(self) -> Figure:
        """Return the picture of the present state, for pages without JavaScript and for print."""
        raise NotImplementedError

    def alt_text(self) -> str:
        """Say in words what `figure` shows, computed from the present state."""
        raise NotImplementedError

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={value!r}" for name, value in self.settings().items())
        return f"{type(self).__name__}({values})"

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the live view, and beside it the static picture as HTML and as PNG."""
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        png = base64.b64encode(self._png()).decode("ascii")
        data["image/png"] = png
        data["text/html"] = (
            f'<img class="demo-fallback" alt="{html.escape(self.alt_text())}" '
            f'src="data:image/png;base64,{png}">'
            f'<script type="{WIDGET_VIEW}">{json.dumps(data[WIDGET_VIEW])}</script>'
        )
        return data, metadata

    def _png(self) -> bytes:
        buffer = io.BytesIO()
        self.figure().savefig(buffer, format="png")
        return buffer.getvalue()


def static_text(name: str) -> str:
    """Return the text of a file in ``static/``."""
    return (resources.files("lrcourse.demos") / "static" / name).read_text(encoding="utf-8")


def inline_imports(module: str, drawing: str) -> str:
    """Return `module` with the module ``draw.js`` that it imports from put in front of it.

    The drawing module becomes a function that returns its exports, so that its private names
    cannot clash with those of the demo.

    Parameters
    ----------
    module, drawing : str
        Texts of two ES modules.

    Returns
    -------
    str
        One ES module with the exports of `module` and no import.

    Raises
    ------
    ValueError
        If `module` imports anything else, or a name that `drawing` does not export.

    Examples
    --------
    >>> print(inline_imports('import { add } from "./draw.js";', "export const add = 1;"))
    const draw = (() => {
    const add = 1;
    return { add };
    })();
    const { add } = draw;
    """
    exported = _EXPORTED_NAME.findall(drawing)
    for names in _IMPORT.findall(module):
        for name in filter(None, (n.strip() for n in names.split(","))):
            if name not in exported:
                raise ValueError(f"draw.js does not export {name!r}")
    body = _IMPORT.sub(r"const {\1} = draw;", module)
    stray = re.search(r"^import\b.*", body, re.MULTILINE)
    if stray:
        raise ValueError(f"a demo may only import from ./draw.js, got {stray.group()!r}")
    shared = _EXPORT.sub("", drawing)
    return f"const draw = (() => {{\n{shared}\nreturn {{ {', '.join(exported)} }};\n}})();\n{body}"


def _is_number_between(value: object, low: float, high: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, SupportsFloat):
        return False
    return low <= float(value) <= high
