"""Assignments as text, released, checked and graded in nbgrader's formats.

The subpackage stands alone: it uses nothing else of lrcourse and knows no subject.

======================== ==========================================================
`expect`                 assertions that teach, for test cells (needs NumPy alone)
`notebooks`              the text of an assignment as nbgrader's source notebook
`release`                source notebooks as the learners' notebooks
`check`                  what a learner's notebook gets in its visible tests, and why
`answers`                right and wrong answers, to test the tests with
`leaks`                  lines of solutions and hidden tests in what is published
======================== ==========================================================
"""
