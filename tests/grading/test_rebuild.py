"""What is known of an instructor's notebook before a submission is looked at."""

import nbformat

from lrcourse.grading.course import Course
from lrcourse.grading.rebuild import Exercise


def test_what_tests_import_is_found_also_where_no_statement_says_so(course):
    (source,) = Course.open(course).sources("numbers").values()
    cells = [
        nbformat.v4.new_code_cell(text, metadata={"nbgrader": meta})
        for text, meta in (
            ("import numpy as np\nfrom json import loads\nfrom . import here", {"locked": True}),
            ("def f(x):\n    ### BEGIN SOLUTION\n    import wave\n    ### END SOLUTION", {}),
            ("%time\nimport shelve", {"locked": True}),
            ("np.testing.assert_equal(f(np.pi), 1)\nother.part.whole", {"locked": True}),
        )
    ]
    for number, cell in enumerate(cells):
        solution = "SOLUTION" in cell.source
        cell.metadata["nbgrader"] = {
            "grade": False,
            "grade_id": f"cell{number}",
            "locked": not solution,
            "schema_version": 3,
            "solution": solution,
            "task": False,
        }
    source.cells = cells
    assert Exercise.from_source("small", source).modules == {"numpy", "numpy.testing", "json"}
