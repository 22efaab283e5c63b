"""Texts of control statements: where a brace closes, lists and rows taken apart, values put in."""

from __future__ import annotations

from typing import Any

from apps.algebra.expr.evaluate import Closure
from apps.algebra.expr.values import Moment, is_column, number_text, to_text
from apps.dialects.charts.formula_tokens import REGEX
from apps.dialects.charts.lex import Line
from apps.errors import ArgumentFault

__all__ = ["as_text", "closing", "joined", "split_csv", "split_list"]

#: After these a value comes, so that / begins a regular expression.
_BEFORE_VALUES = "(,=:?&|![{;"
#: Each / looks this far for its end.
_LONGEST_REGEX = 200


def closing(text: str, opened: int) -> int:
    """Where the brace at ``opened`` is closed; -1 when it is not. What is quoted or a pattern is skipped."""
    depth, quote, before, at = 0, "", "", opened
    end = min(len(text), opened + 20_000)
    while at < end:
        sign = text[at]
        if quote:
            if sign == quote and text[at - 1] != "\\":
                quote = ""
        elif sign == "/" and before and before in _BEFORE_VALUES:
            regex = REGEX.match(text, at, min(end, at + _LONGEST_REGEX))
            if regex is not None:
                at, before = regex.end(), sign
                continue
        elif sign in "'\"`":
            quote = sign
        elif sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
            if not depth:
                return at
        before = before if sign.isspace() else sign
        at += 1
    return -1


def joined(lines: tuple[Line, ...]) -> str:
    """Lines as one text in which every character stands as far from the first as in the whole."""
    parts: list[str] = []
    at = lines[0].start
    for line in lines:
        gap = max(0, line.start - at)
        parts.append(("\n" + " " * (gap - 1)) if gap else "")
        parts.append(line.text)
        at = max(at, line.end)
    return "".join(parts)


def split_list(text: str) -> list[str]:
    """Parts between commas, trimmed; a backslash takes a comma or backslash as it is."""
    if "\\" not in text:
        return [part.strip() for part in text.split(",")]
    parts: list[str] = []
    current: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in (",", "\\"):
            at += 1
            current.append(text[at])
        elif text[at] == ",":
            parts.append("".join(current))
            current = []
        else:
            current.append(text[at])
        at += 1
    return [part.strip() for part in (*parts, "".join(current))]


def split_csv(text: str) -> list[str]:
    """Cells of a row: double quotes protect commas and blanks."""
    if '"' not in text:
        return [cell.strip() for cell in text.split(",")]
    cells, current, quoted = [], "", False
    for sign in text:
        if sign == '"':
            quoted = not quoted
        if sign == "," and not quoted:
            cells.append(current)
            current = ""
        else:
            current += sign
    return [cell.strip().strip('"') for cell in (*cells, current)]


def as_text(value: Any) -> str:
    """A value as it is put into the text."""
    if isinstance(value, float):
        return number_text(round(value, 12))
    if isinstance(value, Closure | Moment) or is_column(value):
        raise ArgumentFault("a function or a date can't be put into the text")
    if isinstance(value, dict):
        raise ArgumentFault("an object can't be put into the text", hint="name one of its fields")
    return to_text(value)
