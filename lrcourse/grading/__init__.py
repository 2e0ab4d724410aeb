"""Assignments as text, released, checked and graded in nbgrader's formats.

The subpackage stands alone: it uses nothing else of lrcourse and knows no subject.

======================== ==========================================================
`expect`                 assertions that teach, for test cells (needs NumPy alone)
`notebooks`              the text of an assignment as nbgrader's source notebook
`release`                source notebooks as the learners' notebooks
`bundle`                 one zip an assignment, to hand out
`check`                  what a learner's notebook gets in its visible tests, and why
`progress`               which claims a learner has mastered, and what is next
`answers`                right and wrong answers, to test the tests with
`bench`                  what the tests give to each of these answers
`collect`                downloads from a learning management system
`grade`                  points for what strangers handed in, run apart from the tests
`feedback`               a page for each graded notebook
`export`                 grades for Canvas, Moodle and spreadsheets
`statistics`             how hard the questions were
`leaks`                  lines of solutions and hidden tests in what is published
======================== ==========================================================
"""
