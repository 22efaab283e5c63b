"""Lines of a configuration: comments taken out, every line with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.dialects.charts.diagnostics import Diagnostics
from apps.spans import Span

__all__ = ["Line", "split_lines", "without_block_comments"]


@dataclass(frozen=True, slots=True)
class Line:
    """One line without surrounding blanks; ``start`` is where ``text`` begins in the whole."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def span(self) -> Span:
        return Span(self.start, self.start + len(self.text))

    def part(self, start: int, end: int) -> Span:
        """The place of ``text[start:end]``."""
        return Span(self.start + start, self.start + end)


def without_block_comments(text: str, found: Diagnostics) -> str:
    """The text with ``/* … */`` blanked out, every other character where it was."""
    parts: list[str] = []
    at = 0
    while True:
        start = text.find("/*", at)
        if start < 0:
            break
        end = text.find("*/", start + 2)
        if end < 0:
            if text.rfind("\n", 0, start) == start - 1 or not text[:start].strip():
                found.warning(
                    "comment-not-closed", "this comment is not closed", Span(start, start + 2),
                    hint="end it with */",
                )  # fmt: skip
            break
        parts.append(text[at:start])
        parts.append(re.sub(r"[^\n]", " ", text[start : end + 2]))
        at = end + 2
    parts.append(text[at:])
    return "".join(parts)


def split_lines(text: str) -> list[Line]:
    """All lines, blank ones included; carriage returns and blanks at the ends are dropped."""
    lines: list[Line] = []
    at = 0
    for raw in text.split("\n"):
        body = raw.strip()
        lead = len(raw) - len(raw.lstrip()) if body else 0
        lines.append(Line(body, at + lead))
        at += len(raw) + 1
    return lines
