"""Which cell of a stranger's notebook stands for which cell of the instructor's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lrcourse.grading._exercise_cell import ExerciseCell
from lrcourse.grading.intake import SubmittedCell

# Student code is never parsed in this process: Python's parser can be made to crash.
_DEFINES = re.compile(r"^(?:(?:async[ \t]+)?def|class)[ \t]+([^\W\d]\w*)", re.MULTILINE)
_ASSIGNS = re.compile(r"^([^\W\d]\w*)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)


@dataclass
class Match:
    """What was found; positions count the cells of both notebooks from 0.

    Attributes
    ----------
    places : dict of int to int
        Submitted cell to the instructor's cell that it stands for.
    sources : dict of int to int
        Instructor's cell to the submitted cell whose source goes into it.
    elsewhere : set of int
        Instructor's cells whose answer stands in other cells of the student.
    added : list of int
        Submitted cells that the student added.
    notes : list of str
    """

    places: dict[int, int] = field(default_factory=dict)
    sources: dict[int, int] = field(default_factory=dict)
    elsewhere: set[int] = field(default_factory=set)
    added: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def match(cells: Sequence[ExerciseCell], submitted: Sequence[SubmittedCell]) -> Match:
    """Match a stranger's cells with the instructor's.

    Parameters
    ----------
    cells : sequence of ExerciseCell
        The instructor's.
    submitted : sequence of SubmittedCell
        The stranger's.

    Returns
    -------
    Match
    """
    matching = _Matching(cells, submitted)
    matching.by_grade_id()
    matching.by_cell_id()
    matching.by_source()
    matching.by_defined_names()
    matching.by_position("code")
    matching.by_position("markdown")
    matching.edited_code()
    matching.finish()
    return matching.match


def tidy(source: str) -> str:
    r"""Return `source` without blank ends of lines and of the whole.

    Examples
    --------
    >>> tidy("\nx = 1  \n\n")
    'x = 1'
    """
    return "\n".join(line.rstrip() for line in source.strip().split("\n"))


def defined(source: str) -> frozenset[str]:
    r"""Return the names of functions and classes on the outermost level of `source`.

    Examples
    --------
    >>> sorted(defined("def f(x):\n    y = x\nclass A: pass\nz = 1"))
    ['A', 'f']
    """
    return frozenset(_DEFINES.findall(source))


def bound(source: str) -> frozenset[str]:
    r"""Return all names that the outermost level of `source` defines or assigns.

    Examples
    --------
    >>> sorted(bound("def f(x):\n    y = x\nz: int = 1\nf(x) == z"))
    ['f', 'z']
    """
    return defined(source) | frozenset(_ASSIGNS.findall(source))


class _Matching:
    """The state of matching, one method a rule; earlier rules are surer than later ones."""

    def __init__(self, cells: Sequence[ExerciseCell], submitted: Sequence[SubmittedCell]) -> None:
        self.cells = cells
        self.submitted = submitted
        self.match = Match()
        self.free = dict.fromkeys(range(len(submitted)))  # a set that keeps its order
        self.present: set[int] = set()  # instructor's cells of which some copy was handed in
        self.stubs: dict[int, int] = {}  # instructor's cell to the last copy without an answer
        self.texts = [tidy(cell.source) for cell in submitted]
        self.released = [tidy(cell.released) for cell in cells]
        self.tagged = {
            text for cell, text in zip(cells, self.released, strict=True) if cell.grade_id
        }

        self.tests = {
            text
            for cell, text in zip(cells, self.released, strict=True)
            if cell.role in ("tests", "inside")
        }

    def by_grade_id(self) -> None:
        """Match the cells that carry nbgrader's tag."""
        places = {cell.grade_id: place for place, cell in enumerate(self.cells) if cell.grade_id}
        copies: dict[int, list[int]] = {}
        for number, cell in enumerate(self.submitted):
            if cell.grade_id in places:
                copies.setdefault(places[cell.grade_id], []).append(number)
        for place, numbers in sorted(copies.items()):
            if len(numbers) > 1:
                self._note(place, f"is there {len(numbers):,} times")
            self._claim(place, numbers)

    def by_cell_id(self) -> None:
        """Match the cells that kept their id and lost nbgrader's tag, or never had one."""
        places = {cell.id: place for place, cell in enumerate(self.cells)}
        for number in list(self.free):
            place = places.get(self.submitted[number].cell_id or "")
            if place is None or place in self.present:
                continue
            if self.cells[place].grade_id:
                self._claim(place, [number])
                if number in self.match.places:
                    self._note(place, "has lost nbgrader's metadata: it was known by its cell id")
            elif self.submitted[number].kind == self.cells[place].kind:
                if self.texts[number] == self.released[place]:
                    self._settle(number, place)
                elif self.cells[place].kind == "code":
                    self._fill(number, place)

    def by_source(self) -> None:
        """Match the cells that read as they were released, the first with the first."""
        places: dict[tuple[str, str], list[int]] = {}
        for place, cell in enumerate(self.cells):
            if place not in self.present:
                places.setdefault((cell.kind, self.released[place]), []).append(place)
        for number in list(self.free):
            same = places.get((self.submitted[number].kind, self.texts[number]))
            if same and self.texts[number]:
                place = same.pop(0)
                if self.cells[place].answer:
                    self._claim(place, [number])
                else:
                    self._settle(number, place)

    def by_defined_names(self) -> None:
        """Find answers in cells without a tag that define what the released cell defines."""
        names = {number: bound(self.submitted[number].source) for number in self._free("code")}
        for number in self.match.sources.values():
            names[number] = bound(self.submitted[number].source)
        for place in self._unanswered("code"):
            wanted = self.cells[place].defines
            if not wanted:
                continue
            whole = [number for number in self.free if wanted <= names.get(number, frozenset())]
            if whole:
                self._recover(whole[-1], place, f"it defines {', '.join(sorted(wanted))}")
                continue
            parts = [number for number, bound_ in names.items() if wanted & bound_]
            together = frozenset[str]().union(*(names[number] for number in parts))
            # A released cell left in its place undoes what came before it.
            if wanted <= together and max(parts) > self.stubs.get(place, -1):
                self.match.elsewhere.add(place)
                self._note(place, "is empty: its answer stands in other cells")

    def by_position(self, kind: str) -> None:
        """Take the only cell without a tag between two known ones for the only answer missing."""
        for (before, after), numbers in self._gaps(kind).items():
            places = [
                place
                for place in self._unanswered(kind)
                if before < place < after
                and place not in self.match.elsewhere
                and (place not in self.present or kind == "markdown")
            ]
            if len(places) == len(numbers) == 1:
                self._recover(numbers[0], places[0], "it stands in its place")

    def edited_code(self) -> None:
        """Put edited demonstrations in the place of the instructor's, where that is plain."""
        for (before, after), numbers in self._gaps("code").items():
            places = [
                place
                for place in range(before + 1, after)
                if place not in self.present
                and self.cells[place].kind == "code"
                and not self.cells[place].grade_id
            ]
            if len(places) == len(numbers):
                for number, place in zip(numbers, places, strict=True):
                    self._fill(number, place)

    def finish(self) -> None:
        """Tell added cells from copies; note what is missing or out of order."""
        texts = self.tagged.union(
            text
            for cell, text in zip(self.cells, self.released, strict=True)
            if cell.kind != "code"
        )
        self.match.added = [
            number for number in self.free if self.texts[number] and self.texts[number] not in texts
        ]
        for place, cell in enumerate(self.cells):
            if cell.grade_id and place not in self.present | self.match.elsewhere:
                self._note(place, "is missing: it was put back as it was released")
        order = [self.match.places[number] for number in sorted(self.match.places)]
        if order != sorted(order):
            self.match.notes.append("the cells are in another order: the instructor's was used")

    def _claim(self, place: int, numbers: list[int]) -> None:
        """Choose among the copies of an instructor's tagged cell."""
        self.present.add(place)
        released = self.released[place]
        if not self.cells[place].answer:
            same = [number for number in numbers if self.texts[number] == released]
            self._settle((same or numbers)[-1], place)
            if not same:
                self._note(place, "was changed: the instructor's was used")
            return  # a changed copy stays free: it may have become the student's own
        answers = [n for n in numbers if self.texts[n] not in {"", released} | self.tests]
        of_kind = [n for n in answers if self.submitted[n].kind == self.cells[place].kind]
        stubs = [number for number in numbers if self.texts[number] == released]
        if stubs:
            self.stubs[place] = stubs[-1]
        for number in set(numbers).difference(answers):
            del self.free[number]
        if answers:
            # As in a run from top to bottom; earlier copies stay free, for they may hold helpers.
            self._fill((of_kind or answers)[-1], place)
            if not of_kind:
                self._note(place, f"was turned into a {self.submitted[answers[-1]].kind} cell")
        elif self.cells[place].kind == "code":
            self.match.places[numbers[-1]] = place
        # An answer in words without words is no landmark: the words may stand next to it.

    def _recover(self, number: int, place: int, reason: str) -> None:
        for stub in [other for other, where in self.match.places.items() if where == place]:
            del self.match.places[stub]
        self._fill(number, place)
        self._note(place, f"was answered in a cell without nbgrader's metadata: {reason}")

    def _fill(self, number: int, place: int) -> None:
        self._settle(number, place)
        self.match.sources[place] = number

    def _settle(self, number: int, place: int) -> None:
        self.match.places[number] = place
        self.present.add(place)
        self.free.pop(number, None)

    def _note(self, place: int, what: str) -> None:
        self.match.notes.append(f"cell {self.cells[place].grade_id!r} {what}")

    def _free(self, kind: str) -> list[int]:
        """Give the cells of a kind that may be somebody's answer."""
        return [
            number
            for number in self.free
            if self.submitted[number].kind == kind
            and self.texts[number]
            and self.texts[number] not in self.tagged
        ]

    def _unanswered(self, kind: str) -> list[int]:
        return [
            place
            for place, cell in enumerate(self.cells)
            if cell.answer and cell.kind == kind and place not in self.match.sources
        ]

    def _gaps(self, kind: str) -> dict[tuple[int, int], list[int]]:
        """Group free cells by the instructor's cells known before and after them."""
        gaps: dict[tuple[int, int], list[int]] = {}
        around = neighbours(self.match.places, len(self.submitted), len(self.cells))
        for number in self._free(kind):
            gaps.setdefault(around[number], []).append(number)
        return gaps


def neighbours(places: dict[int, int], submitted: int, cells: int) -> list[tuple[int, int]]:
    """Return for each submitted cell the instructor's cells that are known before and after it.

    Examples
    --------
    >>> neighbours({1: 0, 2: 4}, submitted=4, cells=6)
    [(-1, 0), (-1, 4), (0, 6), (4, 6)]
    """
    before, last = [], -1
    for number in range(submitted):
        before.append(last)
        last = places.get(number, last)
    after, last = [], cells
    for number in reversed(range(submitted)):
        after.append(last)
        last = places.get(number, last)
    return list(zip(before, reversed(after), strict=True))
