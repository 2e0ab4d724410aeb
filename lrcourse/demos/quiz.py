"""A question to answer before the result is seen.

`JupyterQuiz`_ asks the question. Alone it names its parts at random, so that no two builds of a
page are equal; it takes its colours from a light page; and where MathJax is late it raises an error
or loads another copy from a foreign host. `predict` keeps its questions and its checking, and gives
it a fixed name, a style for light and dark pages, labels for screen readers and no MathJax.

.. _JupyterQuiz: https://github.com/jmshea/jupyterquiz
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, TypedDict

__all__ = ["Answer", "Quiz", "predict"]

PAGE = Template("""\
<div class="lr-quiz">
<style>$style</style>
$container
<div class="lr-quiz-static"><p>$question</p><ul>$answers</ul></div>
</div>
</div>
<script>
(function (MathJax, console) {
$jupyterquiz
})(undefined, {log() {}, error: window.console.error});
($finish)("$name");
</script>""")


class Answer(TypedDict):
    """One answer to choose, in the form that JupyterQuiz takes."""

    answer: str
    correct: bool
    feedback: str


@dataclass(frozen=True)
class Quiz:
    """A question that Jupyter and the book show as a list of answers to choose from."""

    question: str
    answers: tuple[Answer, ...]

    def __repr__(self) -> str:
        """Return the question and its answers as plain text, for print and terminals."""
        return "\n".join([self.question, *(f"  ( ) {a['answer']}" for a in self.answers)])

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": _html(self), "text/plain": repr(self)}


def predict(question: str, answers: Sequence[Answer]) -> Quiz:
    """Ask for a prediction; the last expression of a cell shows it.

    Parameters
    ----------
    question
        What is asked. Formulas in plain characters (η, λ, ≤), not in TeX: a question reads the same
        in the book, in JupyterLab and in print.
    answers
        At least two, exactly one of them correct, each with the feedback that choosing it gives.

    Returns
    -------
    Quiz
        The question, as HTML that needs neither a kernel nor the network.

    Raises
    ------
    ValueError
        If there are fewer than two answers or not exactly one is correct, if an answer lacks a
        feedback, or if a text has a ``$``.

    Examples
    --------
    >>> predict(
    ...     "A step of η = 2.1/λ on L(w) = λw²/2. What does |w| do?",
    ...     [
    ...         {"answer": "It shrinks", "correct": False, "feedback": "Only while η < 2/λ."},
    ...         {"answer": "It grows", "correct": True, "feedback": "By 1.1 each step."},
    ...     ],
    ... )
    A step of η = 2.1/λ on L(w) = λw²/2. What does |w| do?
      ( ) It shrinks
      ( ) It grows
    """
    correct = sum(answer.get("correct") is True for answer in answers)
    if len(answers) < 2 or correct != 1:
        raise ValueError(
            f"answers must be at least 2 with 1 correct, got {len(answers)} with {correct} correct"
        )
    for answer in answers:
        if not answer.get("answer") or not answer.get("feedback"):
            raise ValueError(f"answers must each have an answer and a feedback, got {answer!r}")
    for text in [question, *(a[key] for a in answers for key in ("answer", "feedback"))]:
        if "$" in text:
            raise ValueError(f"formulas must be in plain characters, not in TeX, got {text!r}")
    return Quiz(question, tuple(answers))


def _html(quiz: Quiz) -> str:
    from jupyterquiz.dynamic import loader, renderer  # type: ignore[import-untyped]

    # A JavaScript identifier, for JupyterQuiz makes a variable of it.
    name = "quiz" + sha256(repr(quiz).encode()).hexdigest()[:12]
    question: Mapping[str, Any] = {
        "question": quiz.question,
        "type": "multiple_choice",
        "answers": quiz.answers,
    }
    prefix, static, url = loader.load_questions_script([question], name)
    script = renderer.build_script(prefix, static, url, name, load_js=True)
    return PAGE.substitute(
        style=_resource("quiz.css"),
        container=renderer.render_div(
            name,
            shuffle_questions=False,
            shuffle_answers=False,
            preserve_responses=False,
            num=1,
            max_width=1000,
            border_radius=6,
            question_alignment="left",
        ),
        question=quiz.question,
        answers="".join(f"<li>{answer['answer']}</li>" for answer in quiz.answers),
        # "</" would end the script element, wherever it stands.
        jupyterquiz=script.replace("</", r"<\/"),
        finish=_resource("quiz.js"),
        name=escape(name),
    )


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8").strip()
