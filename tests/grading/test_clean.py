"""What strangers wrote is harmless in the pages that show it, and honest work looks as before."""

import os
import re
import time
from pathlib import Path

import nbformat
import nbgrader
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from traitlets.config import Config

from lrcourse.grading.clean import clean_html, clean_markdown, clean_notebook, clean_outputs

TEMPLATES = Path(nbgrader.__file__).parent / "server_extensions/formgrader/templates"

HONEST = r"""# A title: "x" & it's <3

a < b && c > d, 1<2, `a<b>` [link](http://x.org/?a=1&b=2 "title") ![plot "q"](my%20plot.png) **b**

- [ ] task
- [x] done

| a | b |
|:--|--:|
| 1 | $x_1<y & z$ |

> quote ~~struck~~ https://x.org <https://y.org>

```python
def f(x): return "a<b" & 'c'
```

~~~
plain <script>
~~~

$$\begin{align} a &= b < c \\ d &> \frac{1}{2}\end{align}$$

line<br>two <b>bold</b> <sub>1</sub> &copy; é 漢

---
"""

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<IMG SRC='x' OnError=alert(1)>",
    "# <svg onload=alert(1)>",
    "<div onmouseover=alert(1) ",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x][y]\n\n[y]: vbscript:alert(1)",
    "<javascript:alert(1)>",
    "```mermaid\n<img src=x onerror=alert(1)>\n```",
    "<style>* {display: none}</style>",
    "<!-- comment -->",
    "<?php ?>",
    "<![CDATA[x]]>",
    "<form action=//evil.org><button>Full credit</button></form>",
    "<meta http-equiv=refresh content='0;url=//evil.org'>",
    "<base href=//evil.org>",
    "<p class='score' id='test_a'>9</p>",
    "<p style='position:fixed;top:0'>over it all</p>",
    "<p style='background:url(//evil.org)'>x</p>",
    "<p data-toggle=tooltip data-html=true title='<b>'>x</p>",
    "![x](https://evil.org/seen.png)",
    "![x](/logout)",
    "![x](../../logout)",
    "![x](%2e%2e/logout)",
    "![x](attachment:gone.png)",
    r"$\href{javascript:alert(1)}{x}$",
    r"<div>$\&#104;ref{javascript:alert(1)}{x}$</div>",
    r"$$\require{html}\cssId{test_a}{1}$$",
    "\\begin{a}\n~~~\n\\end{a}<script>alert(1)</script>",
    "x" * 60_000,
]

# What looks alike, and is words to nbgrader's renderer.
INERT = [
    "<svg/onload=alert(1)>",
    "[x](java\tscript:alert(1))",
    "~~~\nopen <fence",
    "~~~~\n```\n<iframe src=//evil.org></iframe>",
    "$$\n~~~\n<script>alert(1)</script>",
    r"`\href{javascript:alert(1)}{x}`",
    r"$\&#104;ref{javascript:alert(1)}{x}$",
]

# Tags and attributes that no template of nbgrader writes in the body of a notebook.
LIVE = re.compile(
    r"<(?:svg|iframe|form|meta|base|object|embed|style)\b|<[a-z][^<>]*\s(?:on\w+\s*=|"
    r"(?:href|src)\s*=\s*[\"']?\s*(?:javascript|vbscript|data:text|\S*evil\.org))",
    re.IGNORECASE,
)


def page(book, template):
    """Give what the real template of formgrader or feedback makes of the cells of `book`."""
    for cell in book.cells:
        cell.metadata["nbgrader"] = {
            "schema_version": 3,
            "grade_id": "words",
            "grade": True,
            "solution": True,
            "task": False,
            "locked": False,
            "points": 1,
            "score": 0,
            "comment": None,
        }
    config = Config()
    config.HTMLExporter.template_name = template
    config.HTMLExporter.extra_template_basedirs = [os.fspath(TEMPLATES)]
    config.HTMLExporter.extra_template_paths = [
        os.fspath(TEMPLATES.parent / "static/node_modules/bootstrap/dist/css")
    ]
    known = {"base_url": "", "index": 0, "total": 1, "submission_id": "x", "notebook_path": "x"}
    known["nbgrader"] = {"score": 0, "max_score": 1, "late_penalty": 0, "notebook": "x"}
    text, _ = HTMLExporter(config=config).from_notebook_node(book, resources=known)
    return text[text.index('id="notebook-container"') :]


@pytest.fixture(scope="module", params=["formgrade", "feedback"])
def template(request):
    """Return the name of one of the pages that show notebooks."""
    return request.param


def test_honest_markdown_is_kept_to_the_letter():
    assert clean_markdown(HONEST) == HONEST


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_markdown_is_shown_as_typed(source):
    assert clean_markdown(source).startswith("*Shown as typed")
    assert source in clean_markdown(source)


@pytest.mark.parametrize("source", INERT)
def test_words_about_scripts_are_kept(source):
    assert clean_markdown(source) == source


def test_what_no_page_can_show_is_marked():
    assert (
        clean_markdown("<b\x00 onclick=alert(1)>").splitlines()[-2] == "<b\ufffd onclick=alert(1)>"
    )


@pytest.mark.parametrize(
    "costly",
    [
        "# a\n" * 12_000,
        "\\begin{a}" * 2_200,
        "<b>" * 6_000,
        "&lt;" * 5_000,
        "<b>" * 90 + "<p>" * 900,
    ],
)
def test_a_costly_text_takes_no_long(costly):
    start = time.process_time()
    clean_markdown(costly)
    clean_html(costly)
    assert time.process_time() - start < 5


def test_the_pages_run_nothing_of_what_was_typed(template):
    book = new_notebook(cells=[new_markdown_cell(source) for source in HOSTILE + INERT])
    assert LIVE.search(page(clean_notebook(book), template)) is None
    # The check can fail: as it was typed the same notebook is live.
    book.cells = [cell for cell in book.cells if "attachment:" not in cell.source]
    assert LIVE.search(page(book, template))


MARKS = [
    *"<>&\"'`~$[]()!#|*\\/=:;\n \ta",
    "~~~",
    "```",
    "$$",
    "    ",
    "- ",
    "<!--",
    "-->",
    "mermaid",
]
MARKS += ["script", "img ", "onerror=", "javascript:", "\\begin{a}", "\\end{a}"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(MARKS), max_size=40).map("".join))
def test_no_mixture_of_marks_gets_through(source):
    clean = clean_markdown(source)
    assert clean_markdown(clean) == clean
    # An independent parser finds no tag that runs or loads, and no attribute with code.
    for tag in BeautifulSoup(markdown2html_mistune(clean), "html.parser").find_all(True):
        assert tag.name not in ("script", "iframe", "svg", "style", "object", "form", "link")
        for name, value in tag.attrs.items():
            assert not name.startswith("on")
            assert "javascript:" not in value


def test_html_keeps_tables_and_loses_the_rest():
    table = (
        '<table border="1" class="dataframe"><thead><tr style="text-align: right;">'
        "<th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
    )
    pandas = f"<div><style scoped>.dataframe {{}}</style>{table}</div>"
    assert clean_html(pandas) == f"<div>{table}</div>"
    assert clean_html("<b>x</b><script>alert(1)</script>") == "<b>x</b>"
    assert clean_html("<div onclick=alert(1) ") in ("", "&lt;div onclick=alert(1) ")
    assert clean_html(r"$\href{javascript:alert(1)}{x}$") == ""
    assert clean_html("<b>" * 100_000) == ""
    assert clean_html("x" * 1_000_001) == ""


def test_hostile_outputs(template):
    script = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    bundle = {
        "text/html": script,
        "text/markdown": script,
        "text/latex": r"$\href{javascript:alert(1)}{x}$",
        "application/javascript": "alert(1)",
        "image/svg+xml": "<svg onload=alert(1)></svg>",
        "image/png": '" onerror=alert(1)',
        "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
        "text/plain": script,
    }
    outputs = [
        {
            "output_type": "stream",
            "name": "stdout",
            "text": f"\x1b[31m{script}\x1b]8;;javascript:x",
        },
        {"output_type": "stream", "name": "stdin", "text": script},
        {"output_type": "stream", "name": "stderr", "text": [script, script]},
        {"output_type": "error", "ename": script, "evalue": script, "traceback": [script]},
        {"output_type": "nonsense", "data": bundle},
    ]
    outputs += [
        {"output_type": "display_data", "data": {form: value}, "metadata": {form: {"isolated": 1}}}
        for form, value in bundle.items()
    ]
    outputs.append(
        {
            "output_type": "execute_result",
            "execution_count": "1]<script>alert(1)</script>",
            "data": {"image/png": "iVBORw0KGgo="},
            "metadata": {
                "image/png": {"width": "1 onerror=alert(1)", "height": 20},
                "filenames": {"image/png": "x.png"},
            },
        }
    )
    cell = new_code_cell(script)
    cell.outputs = outputs
    cell.execution_count = "1]<script>alert(1)</script>"
    book = new_notebook(metadata={"widgets": {"x": script}})
    book.cells = [nbformat.from_dict(cell)]
    clean = clean_notebook(book)
    nbformat.validate(clean)
    assert "widgets" not in clean.metadata
    kept = [list(output.get("data", {"-": 0})) for output in clean.cells[0].outputs]
    dropped = kept.count(["text/plain"])
    assert kept[:3] == [["-"], ["-"], ["-"]]
    assert ["image/svg+xml"] not in kept
    assert dropped == 6  # HTML and markdown have a harmless rest; one was plain text already
    assert clean.cells[0].outputs[-1].metadata == {"image/png": {"height": 20}}
    html = page(clean, template)
    assert LIVE.search(html) is None
    assert "<script>alert" not in html


def test_the_page_is_live_without_cleaning(template):
    cell = new_code_cell("1")
    cell.outputs = [
        nbformat.v4.new_output("display_data", data={"text/html": "<svg onload=alert(1)>"})
    ]
    assert LIVE.search(page(new_notebook(cells=[cell]), template))


def test_honest_outputs_are_kept():
    outputs = [
        nbformat.v4.new_output("stream", name="stdout", text="1 < 2\n"),
        nbformat.v4.new_output("execute_result", data={"text/plain": "2.5"}, execution_count=3),
        nbformat.v4.new_output(
            "display_data",
            data={"image/png": "iVBORw0KGgo=\n", "text/plain": "<Figure>"},
            metadata={"image/png": {"width": 10, "height": 20}},
        ),
        nbformat.v4.new_output(
            "display_data", data={"text/latex": r"$\frac{1}{2}$", "text/markdown": HONEST}
        ),
        nbformat.v4.new_output("error", ename="E", evalue="v", traceback=["\x1b[31ma<b\x1b[0m"]),
    ]
    assert clean_outputs(outputs) == outputs


def test_only_strangers_words_are_cleaned():
    lesson = "<iframe src='https://video.org'></iframe>"
    picture = {"a.png": {"image/png": "iVBORw0KGgo="}}
    cells = [
        new_markdown_cell(lesson, attachments=picture),
        new_markdown_cell(f"{lesson} ", attachments=picture),
        new_raw_cell(lesson, metadata={"raw_mimetype": "text/html"}),
    ]
    book = new_notebook(cells=cells)
    first, second, raw = clean_notebook(book, trusted={lesson}).cells
    assert first == cells[0]
    assert second.source.startswith("*Shown as typed")
    assert "attachments" not in second
    assert raw.source == lesson
    raw_alone = clean_notebook(new_notebook(cells=[cells[2]])).cells[0]
    assert "raw_mimetype" not in raw_alone.metadata
    assert book.cells[1].source == f"{lesson} "  # the original is left alone
