"""From text to tree: lines, control statements, sections. No data is read; the clock is handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.algebra.expr.evaluate import Closure
from apps.dialects.charts.control import read_blocks
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.expand import expand
from apps.dialects.charts.lex import split_lines, without_block_comments
from apps.dialects.charts.sections import Section, build_tree
from apps.spans import Span, TextMap

__all__ = ["MAX_CHARACTERS", "Ast", "parse"]

MAX_CHARACTERS = 2 * 2**20
MAX_LINES = 50_000


@dataclass(frozen=True)
class Ast:
    """A configuration that was read. ``found`` collects what there is to say about it, also later."""

    source: str
    root: Section
    found: Diagnostics
    libraries: tuple[str, ...] = ()
    scripts: Mapping[str, Closure] = field(default_factory=dict)


def parse(
    source: str,
    *,
    now_ns: int,
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> Ast:
    """Read a configuration. Never raises for what the text holds: the findings say what is wrong."""
    text_map = TextMap(source)
    found = Diagnostics(text_map)
    empty = Section("configuration", Span(0, 0), implied=True)
    if len(source) > MAX_CHARACTERS or source.count("\n") > MAX_LINES:
        found.error(
            "limit-exceeded",
            f"a configuration has at most {MAX_CHARACTERS} characters and {MAX_LINES} lines",
            Span(0, 0),
        )
        return Ast(source, empty, found)
    lines = split_lines(without_block_comments(source.replace("\r", " "), found))
    expansion = expand(read_blocks(lines, found), found, functions=functions or {}, now_ms=now_ns / 1e6)
    root = build_tree(expansion.entries, found)
    return Ast(source, root, found, tuple(expansion.libraries), expansion.scripts)
