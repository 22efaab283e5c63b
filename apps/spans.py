"""Places in a text: half-open character ranges, lines and columns, excerpts."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Position", "Span", "TextMap"]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``[start, end)`` of a text, counted from 0."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span runs forward from 0, not {self.start}..{self.end}")

    def cover(self, other: Span) -> Span:
        """The smallest span that holds both."""
        return Span(min(self.start, other.start), max(self.end, other.end))

    def shift(self, by: int) -> Span:
        """The same length, ``by`` characters further right."""
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True)
class Position:
    """A place as a person names it: line and column, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class TextMap:
    """A text with an index of its lines, so that spans become lines and columns in O(log n)."""

    text: str

    @cached_property
    def line_starts(self) -> list[int]:
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def position(self, offset: int) -> Position:
        """Line and column of a character offset (an offset past the end counts as the end)."""
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def line_span(self, line: int) -> Span:
        """The characters of a line (from 1), without its line feed."""
        start = self.line_starts[line - 1]
        stop = self.line_starts[line] - 1 if line < len(self.line_starts) else len(self.text)
        return Span(start, stop)

    def excerpt(self, span: Span, width: int = 80) -> str:
        """The first line of a span, cut to ``width`` characters."""
        line = self.line_span(self.position(span.start).line)
        text = self.text[span.start : min(span.end, line.end)]
        return text if len(text) <= width else text[: width - 1] + "…"
