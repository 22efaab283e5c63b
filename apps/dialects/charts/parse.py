"""From text to blocks: lines and control statements. No look-ups, no clock."""

from __future__ import annotations

from dataclasses import dataclass

from apps.dialects.charts.control import Item, read_blocks
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.lex import split_lines, without_block_comments
from apps.spans import Span, TextMap

__all__ = ["MAX_CHARACTERS", "MAX_LINES", "Ast", "parse"]

MAX_CHARACTERS = 2 * 2**20
MAX_LINES = 50_000


@dataclass(frozen=True)
class Ast:
    """A configuration that was read. ``found`` collects what there is to say about it, also later."""

    source: str
    items: tuple[Item, ...]
    found: Diagnostics


def parse(source: str) -> Ast:
    """Read a configuration. Never raises for what the text holds: the findings say what is wrong."""
    found = Diagnostics(TextMap(source))
    if len(source) > MAX_CHARACTERS or source.count("\n") > MAX_LINES:
        found.error(
            "limit-exceeded",
            f"a configuration has at most {MAX_CHARACTERS} characters and {MAX_LINES} lines",
            Span(0, 0),
        )
        return Ast(source, (), found)
    lines = split_lines(without_block_comments(source.replace("\r", " "), found))
    return Ast(source, read_blocks(lines, found), found)
