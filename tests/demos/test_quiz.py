from __future__ import annotations

import json
import re

import pytest

from lrcourse.demos.quiz import Answer, predict

RIGHT: Answer = {"answer": "It grows", "correct": True, "feedback": "By 1.1 each step."}
WRONG: Answer = {"answer": "It shrinks", "correct": False, "feedback": "Only below 2/λ."}


def html(question: str = "What does |w| do?") -> str:
    return predict(question, [WRONG, RIGHT])._repr_mimebundle_()["text/html"]


def test_it_is_the_same_in_every_build_and_differs_between_questions() -> None:
    assert html() == html()
    assert html("one") != html("two")


def test_it_asks_what_it_is_given() -> None:
    found = re.search(r"var questionsquiz\w+=(\[.*?\]);\n", html())
    assert found is not None
    assert json.loads(found[1]) == [
        {"question": "What does |w| do?", "type": "multiple_choice", "answers": [WRONG, RIGHT]}
    ]


def test_it_can_be_read_without_scripts() -> None:
    static = html().split("<script>")[0]
    for text in ("What does |w| do?", "It grows", "It shrinks"):
        assert text in static


def test_an_answer_cannot_end_the_script() -> None:
    closing: Answer = {"answer": "</script>", "correct": False, "feedback": "No."}
    page = predict("Which?", [closing, RIGHT])._repr_mimebundle_()["text/html"]
    script = page.split("<script>", 1)[1]
    assert script.count("</script>") == 1


def test_jupyterquiz_cannot_reach_mathjax() -> None:
    script = html().split("<script>", 1)[1]
    assert script.startswith("\n(function (MathJax, console) {")
    assert "})(undefined," in script


@pytest.mark.parametrize(
    ("question", "answers", "message"),
    [
        ("Which?", [RIGHT], "got 1 with 1 correct"),
        ("Which?", [WRONG, WRONG], "got 2 with 0 correct"),
        ("Which?", [RIGHT, RIGHT], "got 2 with 2 correct"),
        ("Which?", [RIGHT, {**WRONG, "feedback": ""}], "'feedback': ''"),
        ("How large is $\\eta$?", [RIGHT, WRONG], r"How large is \$"),
        ("Which?", [RIGHT, {**WRONG, "feedback": "$2$"}], r"\$2\$"),
    ],
)
def test_what_it_refuses(question: str, answers: list[Answer], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        predict(question, answers)
