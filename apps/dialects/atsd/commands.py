"""ATSD's network commands: one line, one command.

    series e:pump-3 m:flow=10.5 t:line="north west" d:2031-04-05T06:00:00Z

A pure parser without a clock: a command without a time has ``time_ns = None`` and its reader decides. The
command endpoint and the loader share it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from apps.dialects.atsd.command_fields import KEYWORD, MAX_COMMAND_CHARS, keyword_span, read_fields
from apps.dialects.atsd.command_kinds import READERS, CommandSample, ParsedCommand
from apps.errors import SyntaxFault, TsError, near_names

__all__ = [
    "MAX_COMMAND_CHARS",
    "CommandFailure",
    "CommandSample",
    "ParsedCommand",
    "parse_command",
    "parse_commands",
    "split_commands",
]


@dataclass(frozen=True, slots=True)
class CommandFailure:
    """A command that can't be read: its line (from 1), its text cut short, and the fault."""

    line: int
    text: str
    fault: TsError


# --- Lines --------------------------------------------------------------------------------------------------


def split_commands(text: str) -> Iterator[tuple[int, str]]:
    """Line numbers (from 1) and commands; a quoted value may run over lines, empty lines are left out.

    A command with a quote that never closes is handed out alone, so it can't swallow those after it.
    """
    lines = re.split(r"\r\n|\n|\r", text)
    at = 0
    while at < len(lines):
        line, number = lines[at], at + 1
        at += 1
        if not line.strip():
            continue
        if line.count('"') % 2:
            joined = _joined_lines(lines, number - 1)
            if joined > 1:
                whole = "\n".join(lines[number - 1 : number - 1 + joined])
                if _is_readable(whole):
                    at = number - 1 + joined
                    line = whole
        yield number, line


def _joined_lines(lines: list[str], start: int) -> int:
    """How many lines from ``start`` have an even number of quotes together; 0 when none do."""
    quotes = chars = 0
    for offset in range(len(lines) - start):
        line = lines[start + offset]
        quotes += line.count('"')
        chars += len(line) + 1
        if quotes % 2 == 0:
            return offset + 1
        if chars > MAX_COMMAND_CHARS:
            break
    return 0


def _is_readable(text: str) -> bool:
    try:
        read_fields(text)
    except TsError:
        return False
    return True


def parse_commands(text: str) -> Iterator[tuple[int, ParsedCommand | CommandFailure]]:
    """Every command of a text with the number of its line; what can't be read comes as a failure."""
    for number, line in split_commands(text):
        try:
            yield number, parse_command(line)
        except TsError as fault:
            yield number, CommandFailure(number, line[:200], fault)


# --- One command --------------------------------------------------------------------------------------------


def parse_command(line: str) -> ParsedCommand:
    """Read one command; SyntaxFault or ArgumentFault with the span of what is wrong in ``line``."""
    head = KEYWORD.match(line)
    if head is not None and head[1].lower() == "debug":
        # It asks for the same command with an answer; one level only, so no depth can be forced.
        line = " " * head.end() + line[head.end() :]
    keyword, fields = read_fields(line)
    reader = READERS.get(keyword)
    if reader is None:
        near = near_names(keyword, READERS)
        raise SyntaxFault(
            f"unknown command '{keyword[:40]}'",
            code="unknown-command",
            span=keyword_span(line),
            hint=f"did you mean {near[0]}?" if near else f"there are {', '.join(READERS)}",
        )
    try:
        return reader(fields)
    except TsError as fault:
        raise fault.at(keyword_span(line)) from None
