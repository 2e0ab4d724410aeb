"""The marks that keep solutions and hidden tests out of a release.

Apart from `notebooks`, so that a sandbox's processes can know them without importing Jupyter.
"""

SOLUTION_MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN_MARKS = ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
