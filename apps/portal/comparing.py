"""Two texts side by side, line by line, with the letters that differ marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Beyond this many lines the comparison is by line only: looking into lines is quadratic.
MAX_FINE_LINES = 2000
#: Lines around a difference that are shown.
CONTEXT = 3
MAX_FINE_LENGTH = 500

Pieces = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Side:
    """One line on one side: its number and its pieces, each with whether it differs."""

    number: int | None
    pieces: Pieces


@dataclass(frozen=True)
class Row:
    """A line of both sides. ``kind``: same, changed, added, removed or skipped (``count`` equal lines)."""

    kind: str
    left: Side
    right: Side
    count: int = 0


_NOTHING = Side(None, ())


def side_by_side(left: str, right: str) -> list[Row]:
    """The rows of a comparison; long stretches of equal lines are folded into one row."""
    before, after = left.splitlines(), right.splitlines()
    fine = max(len(before), len(after)) <= MAX_FINE_LINES
    rows: list[Row] = []
    matcher = SequenceMatcher(None, before, after, autojunk=not fine)
    groups = matcher.get_opcodes()
    for at, (kind, i1, i2, j1, j2) in enumerate(groups):
        if kind == "equal":
            rows += _equal(before, i1, i2, j1, first=at == 0, last=at == len(groups) - 1)
        else:
            rows += _different(before, after, (i1, i2), (j1, j2), fine)
    return rows


def _whole(number: int, line: str, differs: bool = False) -> Side:
    return Side(number + 1, ((line, differs),))


def _equal(before: list[str], i1: int, i2: int, j1: int, *, first: bool, last: bool) -> Iterator[Row]:
    head = 0 if first else CONTEXT
    tail = 0 if last else CONTEXT
    hidden = i2 - i1 - head - tail
    for at in range(i2 - i1):
        if hidden > 2 and head <= at < head + hidden:
            if at == head:
                yield Row("skipped", _NOTHING, _NOTHING, hidden)
            continue
        yield Row("same", _whole(i1 + at, before[i1 + at]), _whole(j1 + at, before[i1 + at]))


def _different(
    before: list[str], after: list[str], lefts: tuple[int, int], rights: tuple[int, int], fine: bool
) -> Iterator[Row]:
    both = min(lefts[1] - lefts[0], rights[1] - rights[0])
    for at in range(both):
        i, j = lefts[0] + at, rights[0] + at
        one, other = _pieces(before[i], after[j]) if fine else (((before[i], True),), ((after[j], True),))
        yield Row("changed", Side(i + 1, one), Side(j + 1, other))
    for i in range(lefts[0] + both, lefts[1]):
        yield Row("removed", _whole(i, before[i], True), _NOTHING)
    for j in range(rights[0] + both, rights[1]):
        yield Row("added", _NOTHING, _whole(j, after[j], True))


def _pieces(left: str, right: str) -> tuple[Pieces, Pieces]:
    """What differs inside two lines, when they have something in common at all."""
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    if max(len(left), len(right)) > MAX_FINE_LENGTH or matcher.ratio() < 0.5:
        return ((left, True),), ((right, True),)
    ones: list[tuple[str, bool]] = []
    others: list[tuple[str, bool]] = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        differs = kind != "equal"
        if i2 > i1:
            ones.append((left[i1:i2], differs))
        if j2 > j1:
            others.append((right[j1:j2], differs))
    return tuple(ones), tuple(others)
