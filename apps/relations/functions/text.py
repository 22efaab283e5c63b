"""Functions of texts. Positions count from 1; NULL gives NULL, except that CONCAT takes it for ''."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from apps.errors import LimitFault
from apps.relations.arithmetic import doubles
from apps.relations.casts import decoded, map_texts, texts
from apps.relations.columns import Column, nulls, objects
from apps.relations.functions.registry import Asked, function

__all__: list[str] = []

#: Characters that one function may make in a row, and in a column.
MAX_TEXT = 1_000_000
MAX_COLUMN_TEXT = 200_000_000


@function("upper")
def upper(asked: Asked, text: Column) -> Column:
    """A text in capitals."""
    return map_texts(texts(text), str.upper)


@function("lower")
def lower(asked: Asked, text: Column) -> Column:
    """A text in small letters."""
    return map_texts(texts(text), str.lower)


@function("trim")
def trim(asked: Asked, text: Column) -> Column:
    """A text without blanks at its ends."""
    return map_texts(texts(text), str.strip)


@function("length", "char_length")
def length(asked: Asked, text: Column) -> Column:
    """How many characters a text has."""
    found = texts(text)
    return Column("bigint", decoded(found, len, np.int64), found.missing)


def _by_rows(asked: Asked, one: Callable[..., Any], *columns: Column) -> tuple[list[Any], np.ndarray]:
    """A function of plain values row by row, in blocks; a constant column is read once."""
    missing = np.zeros(asked.rows, bool)
    for column in columns:
        missing |= column.unknown
    out: list[Any] = []
    made = 0
    for block in asked.context.work.blocks(asked.rows):
        parts = [column.take(block).tolist() for column in columns]
        gone = missing[block].tolist()
        rows = zip(gone, *parts, strict=True)
        found = [None if lost else one(*values) for lost, *values in rows]
        made += sum(len(value) for value in found if isinstance(value, str))
        _check_length(made)
        out += found
    return out, missing


def _check_length(made: int) -> None:
    if made > MAX_COLUMN_TEXT:
        raise LimitFault(f"the texts of a column have more than {MAX_COLUMN_TEXT} characters together")


def _text_column(asked: Asked, one: Callable[..., str], first: Column, *rest: Column) -> Column:
    """A text from a text and more; with constants for the rest each distinct text is asked once."""
    if asked.rows and all(column.is_constant for column in rest):
        if any(column.unknown[0] for column in rest):
            return nulls(asked.rows, "varchar")
        given = [column.take(slice(0, 1)).tolist()[0] for column in rest]
        made = 0

        def counted(text: str) -> str:
            nonlocal made
            found = one(text, *given)
            made += len(found)
            _check_length(made)
            return found

        return map_texts(first, counted)
    values, missing = _by_rows(asked, one, first, *rest)
    return Column("varchar", objects(values), missing if missing.any() else None)


@function("replace", least=3)
def replace(asked: Asked, text: Column, old: Column, new: Column) -> Column:
    """Every occurrence of one text replaced by another: REPLACE('a-b', '-', '+') is 'a+b'."""

    def one(text: str, old: str, new: str) -> str:
        if not old:
            return text
        if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
            raise LimitFault(f"a text would have more than {MAX_TEXT} characters")
        return text.replace(old, new)

    return _text_column(asked, one, texts(text), texts(old), texts(new))


@function("concat", least=1, most=-1)
def concat(asked: Asked, *parts: Column) -> Column:
    """Texts and numbers one after the other; NULL and NaN are ''."""
    written = [texts(part) for part in parts]
    _check_length(sum(int(decoded(column, len, np.int64)[~column.nulls].sum()) for column in written))
    plain = []
    for column in written:
        values = column.texts
        plain.append(np.where(column.nulls, "", values) if column.missing is not None else values)
    out: list[str] = []
    for block in asked.context.work.blocks(asked.rows):
        out += map("".join, zip(*(values[block].tolist() for values in plain), strict=True))
    return Column("varchar", objects(out))


@function("locate", least=2, most=3)
def locate(asked: Asked, needle: Column, text: Column, start: Column | None = None) -> Column:
    """Where a text first occurs in another, from 1; 0 when it does not: LOCATE('b', 'abc') is 2."""
    columns = [texts(needle), texts(text)]
    if start is not None:
        columns.append(Column("double", doubles(start), start.missing))

    def one(needle: str, text: str, start: float = 1.0) -> int:
        return text.find(needle, max(int(start), 1) - 1) + 1 if abs(start) < 1e15 else 0

    made, missing = _by_rows(asked, one, *columns)
    values = np.array([0 if place is None else place for place in made], np.int64)
    return Column("bigint", values, missing if missing.any() else None)


@function("substr", "substring", least=2, most=3)
def substr(asked: Asked, text: Column, start: Column, length: Column | None = None) -> Column:
    """A part of a text from a position; a length of 0 or none is the rest: SUBSTR('abcd', 2, 2) is 'bc'."""
    columns = [Column("double", doubles(part), part.missing) for part in (start, length) if part is not None]

    def one(text: str, start: float, length: float = 0.0) -> str:
        first = len(text) if abs(start) > len(text) + 1 and start > 0 else max(int(start), 1) - 1
        if start < 0:
            first = max(len(text) + int(max(start, -len(text))), 0)
        return text[first:] if length < 1 or length > len(text) else text[first : first + int(length)]

    return _text_column(asked, one, texts(text), *columns)
