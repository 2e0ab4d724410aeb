"""Notebooks of strangers, made harmless for the pages that show them.

nbgrader's pages (formgrader, feedback) print markdown cells and HTML outputs as they are, so a
script in an answer would run with the rights of the person who grades it. A cell in words is kept
byte for byte where the page made from it holds nothing but plain markup; else it is shown as it
was typed. Outputs lose what is not plain.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from html import unescape
from typing import Any

import nbformat
from bleach.sanitizer import Cleaner
from bs4 import BeautifulSoup
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode

# Parsers take minutes over a small text that is made for it: unclosed tags, entities, headings.
_LONGEST_MARKDOWN = 20_000
_LONGEST_HTML = 1_000_000
_MOST_TAGS_TYPED = 100
_MOST_MARKS = 10_000
_DEEPEST = 50
_TYPED = "*Shown as typed: it holds what a page must not run.*"
_UNSHOWABLE = "*This answer can't be shown safely: read the submitted file.*"

_TAGS = frozenset(
    re.findall(
        r"\w+",
        "a abbr b blockquote br caption center code col colgroup dd del details div dl dt em font"
        " h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q s samp small span strong sub"
        " summary sup table tbody td tfoot th thead tr tt u ul var",
    )
)
_PLAIN = frozenset(
    re.findall(
        r"\w+",
        "abbr align alt border checked colspan color disabled height open rowspan scope size span"
        " start title type valign width",
    )
)
# Of pygments, pandas and mistune. Others could pose as a part of formgrader, `score` for one.
_CLASS = re.compile(
    r"(?:[a-z]{1,2}[a-z\d]?|highlight|anchor-link|dataframe|task-list-item(?:-checkbox)?|\s+)*"
)
_STYLE = re.compile(
    r"(?:\s*(?:text-align|color|background-color|font-weight|font-style|font-size)"
    r"\s*:[\w\s.,#%-]*;?)*"
)
_LINK = re.compile(r"(?:https?|mailto):.*|#.*|[^:]*", re.IGNORECASE | re.DOTALL)
# No picture from elsewhere: it would tell when it is looked at, and may call any address.
_PICTURE = re.compile(
    r"data:image/(?:png|jpeg|gif|webp);base64,[\w+/=]*|(?!.*\.\.)\w(?:[\w ./-]|%20)*", re.ASCII
)
# What lets a formula link, or take the look of another part of the page.
_TEX = re.compile(r"\\(?:href|class|cssId|style|data|require)(?![A-Za-z])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_nbformat: Any = nbformat  # its functions have no types


def clean_notebook(notebook: NotebookNode, trusted: Collection[str] = ()) -> NotebookNode:
    """Copy a notebook without what could run in a page.

    Parameters
    ----------
    notebook : NotebookNode
        Of version 4.
    trusted : collection of str
        Sources of markdown cells that the instructor wrote; they are kept as they are.

    Returns
    -------
    NotebookNode

    Examples
    --------
    >>> cell = nbformat.v4.new_markdown_cell("<script>alert(1)</script>")
    >>> book = nbformat.v4.new_notebook(cells=[cell])
    >>> clean_notebook(book, trusted=[cell.source]).cells[0].source
    '<script>alert(1)</script>'
    >>> print(clean_notebook(book).cells[0].source)
    *Shown as typed: it holds what a page must not run.*
    <BLANKLINE>
    ~~~
    <script>alert(1)</script>
    ~~~
    """
    clean = deepcopy(notebook)
    clean.metadata.pop("widgets", None)
    for cell in clean.cells:
        if cell.cell_type == "code":
            cell.outputs = clean_outputs(cell.outputs)
            cell.execution_count = _whole(cell.get("execution_count"))
        elif cell.source not in trusted:
            cell.pop("attachments", None)
            cell.metadata.pop("raw_mimetype", None)
            if cell.cell_type == "markdown":
                cell.source = clean_markdown(cell.source)
    return clean


@lru_cache(maxsize=1024)
def clean_markdown(source: str) -> str:
    """Return markdown that no script can hide in: `source` itself, or a block that shows it.

    Parameters
    ----------
    source : str

    Returns
    -------
    str

    Examples
    --------
    >>> clean_markdown("Because $a<b$, **no**.")
    'Because $a<b$, **no**.'
    >>> print(clean_markdown("[here](javascript:alert(1))").splitlines()[-2])
    [here](javascript:alert(1))
    """
    if _is_harmless(source):
        return source
    source = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", source)
    longest = max(map(len, re.findall("~+", source)), default=0)
    fence = "~" * max(3, longest + 1)
    typed = f"{_TYPED}\n\n{fence}\n{source}\n{fence}"
    return typed if _is_plain(_render(typed)) else _UNSHOWABLE


def clean_html(html: str) -> str:
    """Return `html` without what could run, frame or load something; empty if that is not sure.

    Parameters
    ----------
    html : str

    Returns
    -------
    str

    Examples
    --------
    >>> clean_html('<style>p {}</style><p onclick="steal()" style="text-align: right">1</p>')
    '<p style="text-align: right">1</p>'
    """
    if len(html) > _LONGEST_HTML or _marks(html) > _MOST_MARKS:
        return ""
    try:
        soup = BeautifulSoup(html, "html.parser")
        for tag in soup(["script", "style", "title", "template"]):
            tag.decompose()  # its text would be left over as words
        if _depth(soup) > _DEEPEST:
            return ""
        clean = _cleaner(strip=True).clean(str(soup))
    except Exception:  # a parser raises many kinds for what it can't bear
        return ""
    return "" if _has_active_tex(clean) else clean


def clean_outputs(outputs: Sequence[Mapping[str, Any]]) -> list[NotebookNode]:
    """Return the outputs of a cell without what could run in a page.

    Of several forms of a result those are kept that are text, plain HTML, or a picture in bits.

    Parameters
    ----------
    outputs : sequence of mapping
        As nbformat has them; anything else is dropped.

    Returns
    -------
    list of NotebookNode

    Examples
    --------
    >>> drawn = {"image/svg+xml": "<svg onload='steal()'/>", "text/html": "<b>2</b>"}
    >>> clean_outputs([{"output_type": "display_data", "data": drawn, "metadata": {}}])[0].data
    {'text/html': '<b>2</b>'}
    """
    cleaned = (_clean_output(output) for output in outputs)
    return [output for output in cleaned if output is not None]


def _clean_output(output: Mapping[str, Any]) -> NotebookNode | None:
    make = _nbformat.v4.new_output
    kind = output.get("output_type")
    node: NotebookNode | None = None
    if kind == "stream" and output.get("name") in ("stdout", "stderr"):
        node = make("stream", name=output["name"], text=_text(output.get("text")))
    elif kind == "error":
        name, value = _text(output.get("ename")), _text(output.get("evalue"))
        lines = [_text(line) for line in output.get("traceback", ())]
        node = make("error", ename=name, evalue=value, traceback=lines)
    elif kind in ("display_data", "execute_result"):
        given = dict(output.get("data", {}))
        data = {form: _FORMS[form](_text(value)) for form, value in given.items() if form in _FORMS}
        data = {form: value for form, value in data.items() if value}
        if given and not data:
            data = {"text/plain": f"[not shown: {', '.join(map(str, given))}]"}
        node = make(kind, data=data, metadata=_sizes(output.get("metadata")))
        if kind == "execute_result":
            node["execution_count"] = _whole(output.get("execution_count"))
    return node


def _picture(text: str) -> str:
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return text


_FORMS: dict[str, Callable[[str], str]] = {
    "text/plain": str,
    "text/html": clean_html,
    "text/markdown": clean_markdown,
    "text/latex": lambda text: "" if _TEX.search(text) else text,
    "image/png": _picture,
    "image/jpeg": _picture,
}


def _sizes(metadata: object) -> dict[str, dict[str, int]]:
    """Keep the sizes of pictures: pages print the metadata of an output as they are."""
    found: dict[str, dict[str, int]] = {}
    for form in ("image/png", "image/jpeg"):
        given = metadata.get(form) if isinstance(metadata, Mapping) else None
        if isinstance(given, Mapping):
            sizes = {side: _whole(given.get(side)) for side in ("width", "height")}
            found[form] = {side: size for side, size in sizes.items() if size is not None}
    return found


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str:
    """Give the text of a value that a file may hold as a list of lines."""
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _is_harmless(source: str) -> bool:
    tags = len(re.findall("<[a-zA-Z]", source))
    if len(source) > _LONGEST_MARKDOWN or tags > _MOST_TAGS_TYPED:
        return False
    try:
        return _is_plain(_render(source))
    except Exception:  # what the renderer can't bear would break the page
        return False


def _render(source: str) -> str:
    """Give the HTML that nbgrader's pages make of markdown."""
    html: str = markdown2html_mistune(source)
    return html


def _is_plain(html: str) -> bool:
    """Whether cleaning `html` would change nothing.

    Comparing with the cleaner's own output, and not with a parse of `html`, leaves no gap between
    two parsers, and refuses a tag that is cut off and would swallow what follows it in a page.
    """
    if _marks(html) > _MOST_MARKS:
        return False
    html = re.sub(r" ?/>", ">", html)  # the one way in which the renderer's style differs
    return _cleaner(strip=False).clean(html) == html and not _has_active_tex(html)


def _has_active_tex(html: str) -> bool:
    """Whether formulas in clean `html` hold a command that `_TEX` names; in code none is read."""
    words = re.sub(r"<(pre|code)\b.*?</\1>", "", html, flags=re.DOTALL)
    return _TEX.search(unescape(words)) is not None


def _marks(html: str) -> int:
    return html.count("<") + html.count("&")


def _depth(soup: BeautifulSoup) -> int:
    depths = {id(soup): 0}
    for tag in soup.find_all(True):
        depths[id(tag)] = depths[id(tag.parent)] + 1
    return max(depths.values())


@lru_cache(maxsize=2)
def _cleaner(*, strip: bool) -> Cleaner:
    return Cleaner(
        tags=_TAGS,
        attributes=_may_stay,
        protocols={"http", "https", "mailto", "data"},
        strip=strip,
        css_sanitizer=_AsChecked(),
    )


def _may_stay(tag: str, name: str, value: str) -> bool:
    """Say whether a tag may have an attribute with a value."""
    value = unescape(value)
    if name in ("href", "src"):
        rule = {("a", "href"): _LINK, ("img", "src"): _PICTURE}.get((tag, name))
        return bool(rule and rule.fullmatch(value))
    if name == "id":
        return bool(re.fullmatch(r"h\d", tag))
    if name in ("class", "style"):
        return bool((_CLASS if name == "class" else _STYLE).fullmatch(value))
    return name in _PLAIN


class _AsChecked:
    """Leave a style as it is: `_may_stay` has read it."""

    def sanitize_css(self, style: str) -> str:
        return style
