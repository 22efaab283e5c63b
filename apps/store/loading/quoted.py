"""Rows of delimited texts, where a quoted cell may hold line ends and a quote may be open by mistake."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator

__all__ = ["QuotedRows"]


class _Lines:
    """Lines that can be taken back: those of the current row."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.ended_inside = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._lines, None)
        if line is None:
            self.ended_inside = bool(self.taken)
            raise StopIteration
        self.taken.append(line)
        return line

    def take_back(self) -> None:
        """All lines of the row but its first are read again."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


class QuotedRows:
    """Cells of one row after the other; ``line`` is the number of the first line of the last one.

    A quote that nobody closes runs on over the lines below it, to the next quote or to the end of the file.
    So whoever refuses a row calls ``refuse``: only its first line is lost, and what follows is read anew.
    """

    def __init__(self, lines: Iterable[str], delimiter: str = ",") -> None:
        self._lines = _Lines(lines)
        self._reader = csv.reader(self._lines, delimiter=delimiter)
        self.line = 0
        self._next = 1

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        """The next row; csv.Error where a cell is too long or a quote is still open at the end."""
        self.line = self._next
        self._lines.taken.clear()
        try:
            cells = next(self._reader)
            if self._lines.ended_inside:
                raise csv.Error("a quote is opened and not closed")
        finally:
            self._next = self.line + len(self._lines.taken)
        return cells

    def refuse(self) -> None:
        """The current row is not one: read its second and further lines as rows of their own."""
        self._lines.take_back()
        self._lines.ended_inside = False
        self._next = self.line + 1
