"""The base class: settings are checked, modules are composed, a picture stands in for the view."""

from __future__ import annotations

import base64
import re
import subprocess
import sys

import pytest
import traitlets

from lrcourse.demos import Demo, QuadraticBowl
from lrcourse.demos.base import WIDGET_VIEW, inline_imports, static_text


@pytest.mark.parametrize("value", [-0.1, 1, float("nan"), float("inf"), "0.5", None, True, [0.5]])
def test_a_bad_setting_raises_with_its_name_and_value(value: object) -> None:
    message = re.escape(f"momentum must be a number from 0.0 to 0.99, got {value!r}")
    with pytest.raises(traitlets.TraitError, match=message):
        QuadraticBowl(momentum=value)
    bowl = QuadraticBowl(momentum=0.5)
    with pytest.raises(traitlets.TraitError, match=message):
        bowl.momentum = value
    assert bowl.momentum == 0.5


@pytest.mark.parametrize("value", [(1,), (1, 2, 3), (6, 0), (0, float("nan")), "12", 3, None])
def test_a_bad_point_raises_with_its_name_and_value(value: object) -> None:
    message = re.escape(f"start must be two numbers within ±5.0 and ±3.0, got {value!r}")
    with pytest.raises(traitlets.TraitError, match=message):
        QuadraticBowl(start=value)


def test_an_unknown_setting_raises() -> None:
    with pytest.raises(TypeError, match=r"QuadraticBowl has no setting 'lr'; it has .*momentum"):
        QuadraticBowl(lr=0.1)


def test_the_browser_is_told_the_limits_and_the_first_state() -> None:
    bowl = QuadraticBowl(learning_rate=0.3)
    bowl.learning_rate = 0.4
    state = bowl.get_state()
    assert state["_initial"]["learning_rate"] == 0.3
    assert state["learning_rate"] == 0.4
    assert state["_limits"] == {
        "condition_number": [1, 100],
        "learning_rate": [0.001, 4],
        "momentum": [0, 0.99],
        "start": [[-5, 5], [-3, 3]],
    }


def test_the_bundle_has_a_view_a_picture_and_its_words() -> None:
    bowl = QuadraticBowl(learning_rate=0.21)
    data, _ = bowl._repr_mimebundle_()
    png = base64.b64decode(data["image/png"])
    assert png.startswith(b"\x89PNG")
    assert len(png) < 80_000
    page = data["text/html"]
    assert page.index("<img") < page.index("<script")
    assert bowl.alt_text() in page
    assert data[WIDGET_VIEW]["model_id"] in page


def test_each_instance_carries_one_module_without_imports() -> None:
    bowl = QuadraticBowl()
    assert not re.search(r"^import\b", bowl._esm, re.MULTILINE)
    assert bowl._esm.count("export default") == 1
    assert bowl.get_state()["_esm"] == QuadraticBowl._esm
    assert bowl.get_state()["_css"] == static_text("demo.css")


def test_private_names_of_the_drawing_module_stay_private() -> None:
    drawing = "const SIZE = 1;\nexport function size() { return SIZE; }"
    module = 'import { size } from "./draw.js";\nconst SIZE = 2;\nexport default size() + SIZE;'
    text = inline_imports(module, drawing)
    assert "return { size };" in text
    assert text.index("})();") < text.index("const SIZE = 2;")
    assert "export function size" not in text


@pytest.mark.parametrize(
    "line", ['import { size } from "./other.js";', 'import * as d from "./draw.js";', 'import "x";']
)
def test_other_imports_are_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"may only import from \./draw\.js, got 'import"):
        inline_imports(line, "")


def test_a_name_that_the_drawing_module_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"draw\.js does not export 'nothing'"):
        inline_imports('import { nothing } from "./draw.js";', "export const size = 1;")


def test_the_base_class_leaves_the_picture_to_its_subclasses() -> None:
    with pytest.raises(NotImplementedError):
        Demo().figure()
    with pytest.raises(NotImplementedError):
        Demo().alt_text()


def test_import_is_light() -> None:
    code = "import sys, lrcourse.demos; print({'matplotlib', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
