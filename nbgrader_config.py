"""nbgrader's settings: `nbgrader` commands in this folder, and `lrcourse release`, read them."""

c = get_config()  # noqa: F821 - nbgrader defines it when it runs this file

c.CourseDirectory.course_id = "lrcourse"
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "exercises"

# Everything beside a source notebook is copied into the release, unless it is named here. The text
# sources hold the solutions and the hidden tests; answers/ holds right and wrong answers.
c.CourseDirectory.ignore = [
    ".ipynb_checkpoints",
    "__pycache__",
    "*.pyc",
    "*.py",
    "*.md",
    "answers",
    "feedback",
]
