"""No typed number in what a reader reads: what was measured reaches the text by `glue`.

Digits may stand in maths, code, citations, names of claims and dates. What else has one is listed
here, with its reason.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[2] / "book"
PAGES = sorted(
    page.relative_to(BOOK).as_posix()
    for page in BOOK.rglob("*.md")
    if ".ipynb_checkpoints" not in page.parts
)

# page: {words around the number, as they stand there: why it is no measurement}
ASKED = "what a question supposes, and what follows from it by arithmetic"
NAMED = "the numbers that the claim itself names"
EXCEPTIONS: dict[str, dict[str, str]] = {
    "01-what-a-step-is.md": {
        "with a learning rate of 0.001. Each pixel is a number from 0 to 16.": ASKED,
        "if 0.001 were small": ASKED,
        "here 0.001 is too large": ASKED,
        "On raw digits 0.001 is above": NAMED,
        "now 0.1 is safe": NAMED,
        "0.001 is small, 0.1 is large": NAMED,
        "The number 0.001 has a history": NAMED,
        "0.001 safe *and* 0.1 dangerous": NAMED,
    },
    "03-divergence-catapult-edge.md": {"one and a half times 2/λ": ASKED},
    "06-too-small.md": {
        "needs 40 steps": ASKED,
        "divide the learning rate by 30": ASKED,
        "About 220: the square root of 30": ASKED,
        "About 1200: 30 times": ASKED,
        "each is now 30 times shorter": ASKED,
    },
    "07-schedules.md": {
        "0.2 is best": ASKED,
        "At 0.2:": ASKED,
        "At 0.5 or so: clearly above 0.2": ASKED,
        "At 0.1: a schedule": ASKED,
    },
    "08-the-finder.md": {
        "*Minimum ÷ 10* wanders": "the name of a rule",
        "at a rate of 1 it turns": ASKED,
        "About 1: just before": ASKED,
        "About 0.3: the turn": ASKED,
        "About 0.001: everything": ASKED,
    },
    "10-warm-up.md": {
        "at a learning rate of 0.2.": ASKED,
        "from 0.02 to 0.2 over the first 10 steps": ASKED,
        "has arrived at 0.2?": ASKED,
        "only 10 steps later": ASKED,
    },
    "09-momentum.md": {
        "Momentum is typically between 0.5 and 0.9": NAMED,
        "learning rate 0.07": ASKED,
        "switch on momentum 0.9": ASKED,
        "after 400 steps?": ASKED,
        "With momentum 0.9 each slope": ASKED,
    },
    "11-monitoring.md": {
        "You train at rate 0.1.": ASKED,
        "until step 200, and": ASKED,
        "at 0.01 and ten times": ASKED,
        "Go on falling: 0.1 was": ASKED,
        "Turn at step 200 again After 200 small": ASKED,
        "at about step 2000": ASKED,
    },
    "appendix/conventions-atlas.md": {
        "from 0.1 to 0.001.": "the setting at which all libraries are compared",
        "a boundary at 10, an end at 40": "the setting at which all libraries are compared",
        "**+1** one step early, **−1** one": "signs in the table that they explain",
    },
    "appendix/your-own-loop.md": {"L. N. Smith, 2017": "a reference"},
}

FENCE = re.compile(r"^ *(`{3,}|:{3,}) *(\{([\w:-]+)\})?(\w*).*$")
LITERAL = {"code-cell", "eval-rst", "math"}  # directives that hold no prose
NOT_PROSE = [
    r"(?s)\A---\n.*?\n---\n",  # header
    r"(?s)\$\$.*?\$\$",
    r"(?s)\$[^$]+\$",
    r"(?s)\{[\w:-]+\}`[^`]*`",  # roles: citations, glue, references
    r"(?s)(`+)[^`]+?\1",
    r"\]\([^)]*\)",  # where a link goes
    r"(?s)<[^>]*>",
    r"(?m)^\([\w-]+\)=$",
    r"(?m)^%.*$",
    r"(?m)^ *\d+\. ",  # places in a list
    r"\bC\d\.\d\b",  # names of claims
    r"\b\d{1,2} (January|February|March|April|May|June|July|August|September|October|November"
    r"|December) \d{4}\b",
    r"\b(L[12]|float(32|64)|[12]-D)\b",  # names that end or begin with a digit
]


def unfenced(source: str) -> str:
    """Return a page without its code, and without the first and last lines of its directives."""
    kept: list[str] = []
    literal: str | None = None  # the fence that ends what is being left out
    options = False
    for line in source.splitlines():
        fence = FENCE.match(line)
        if literal is not None:
            literal = None if line.strip() == literal else literal
            continue
        options = options and re.match(r"^ *:[\w-]+:", line) is not None
        if fence and not options:
            marks, directive, name, language = fence.groups()
            opens = bool(directive or language)
            if opens and (language or name in LITERAL):
                literal = marks
            options = opens
        elif not options:
            kept.append(line)
    return "\n".join(kept)


def prose(source: str) -> str:
    """Return what is left of a page when all that is not prose is taken out."""
    text = re.sub(NOT_PROSE[0], " ", source)
    text = unfenced(text)
    for pattern in NOT_PROSE[1:]:
        text = re.sub(pattern, " ", text)
    return text


def questions(source: str) -> str:
    """Return the texts of the quizzes: they are code, and prose all the same."""
    cells = re.findall(r"(?ms)^```\{code-cell\}[^\n]*\n(.*?)^```$", source)
    texts = []
    for cell in cells:
        code = re.sub(r"(?m)^:.*$", "", cell)
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "predict":
                inside = [c for c in ast.walk(node) if isinstance(c, ast.Constant)]
                texts += [c.value for c in inside if isinstance(c.value, str)]
    return "\n".join(texts)


def typed_numbers(source: str, allowed: dict[str, str]) -> list[str]:
    """Return each number in the prose of a page that is not allowed, with the words around it."""
    text = re.sub(r"\s+", " ", f"{prose(source)}\n{prose(questions(source))}")
    for words in allowed:
        text = text.replace(words, " ")
    return [text[max(0, m.start() - 40) : m.end() + 30] for m in re.finditer(r"\d[\d.,]*", text)]


@pytest.mark.parametrize("page", PAGES)
def test_no_number_is_typed(page: str) -> None:
    source = (BOOK / page).read_text(encoding="utf-8")
    assert typed_numbers(source, EXCEPTIONS.get(page, {})) == []


@pytest.mark.parametrize("page", EXCEPTIONS)
def test_no_exception_is_left_over(page: str) -> None:
    source = (BOOK / page).read_text(encoding="utf-8")
    text = re.sub(r"\s+", " ", f"{prose(source)}\n{prose(questions(source))}")
    assert [words for words in EXCEPTIONS[page] if words not in text] == []


@pytest.mark.parametrize(
    "text",
    [
        "It is 3 times as fast.",
        "## Step 4",
        "```{glue:figure} x\n:name: fig-1\n\nAll 20 runs.\n```",
        ":::{admonition} Why 7?\n:class: note\nBecause of 8.\n:::",
        "| a | 0.5 |",
        "```{code-cell} ipython3\n:tags: [remove-input]\n\npredict('Is it 5?', [])\n```",
        "{glue:text}`x` of 12",
        "since 1986",
        "```{glue:figure} x\n\nA caption.\n```\n\nLeave it at 0.\n\n```{note}\nNothing.\n```",
    ],
)
def test_a_typed_number_is_found(text: str) -> None:
    assert typed_numbers(text, {})


@pytest.mark.parametrize(
    "text",
    [
        "---\njupytext: 1.16\n---\n",
        "$x_1 = 2$ and\n$$\ny = 3\n$$",
        "{glue:text}`first-10` steps {cite}`smith2017cyclical`, `Adam(0.9)`, C4.1",
        "```bash\nlrcourse claims run C5.1 --seed 7\n```",
        "```{code-cell} ipython3\nx = 3\nprint('5 times')\n```",
        "```{glue:figure} fig-3\n:name: fig-3\n\nAll runs.\n```",
        '<a href="#demo?rate=0.1">a larger rate</a>, [the next](02-page.md)',
        "(claim-c5-1)=",
        "read on 23 November 2026",
    ],
)
def test_what_is_no_prose_is_left_alone(text: str) -> None:
    assert typed_numbers(text, {}) == []
