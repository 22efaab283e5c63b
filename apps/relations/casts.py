"""One type as another: the conversions that operators do by themselves, and CAST.

A text where a number is wanted is read, NaN when it is none. A time where a number is wanted is its
milliseconds; a text where a time is wanted is a date literal.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from apps.algebra.times import NS_PER_DAY, NS_PER_MS
from apps.errors import ArgumentFault
from apps.relations.columns import (
    FLOATS,
    INTEGERS,
    INTERVAL,
    NUMBERS,
    RANGE,
    TYPES,
    Column,
    nulls,
    objects,
    repeated,
    text_codes,
)
from apps.relations.date_texts import iso_texts, parse_date
from apps.relations.intervals import Interval, interval_text, parse_interval
from apps.relations.numbers import number_text, number_texts, read_number

__all__ = [
    "as_type", "cast", "common_type", "decoded", "map_texts", "numbers", "range_of_text", "texts", "times",
    "value_text",
]  # fmt: skip

_TIMES = ("timestamp", "date")


def map_texts(column: Column, one: Callable[[str], str]) -> Column:
    """A function of each text, asked once for each that is distinct."""
    coded = text_codes(column)
    return replace(coded, dictionary=objects([one(text) for text in coded.dictionary]), folded=False)


def decoded(column: Column, one: Callable[[str], Any], dtype: Any) -> np.ndarray:
    """A value of each text, asked once for each that is distinct."""
    coded = text_codes(column)
    made = [one(text) for text in coded.dictionary]
    values = objects(made) if dtype is object else np.array(made, dtype)
    return values[coded.values] if len(values) else np.zeros(len(column), dtype)


def numbers(column: Column) -> Column:
    """A column as numbers: integers stay as they are, everything else becomes double."""
    if column.type in NUMBERS:
        return column
    if column.type == "null":
        return nulls(len(column), "double")
    if column.type == "boolean":
        return Column("bigint", column.values.astype(np.int64), column.missing)
    if column.type == "varchar":
        return Column("double", decoded(column, read_number, np.float64), column.missing)
    if column.type in _TIMES:
        return Column("bigint", column.values // NS_PER_MS, column.missing)
    if column.type == "java_object":
        read = [_number_of(value) for value in column.values]
        return Column("double", np.array(read, np.float64), column.missing)
    raise ArgumentFault(f"a {column.type} is no number")


def _number_of(value: Any) -> float:
    if isinstance(value, str):
        return read_number(value)
    return np.nan if value is None else float(value)


def value_text(value: Any) -> str:
    """A value of a java_object column as a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value)


def texts(column: Column) -> Column:
    """A column as texts: numbers print as ``#.##``, times as ISO; NaN becomes NULL."""
    if column.type == "varchar":
        return column
    if column.type == "null":
        return nulls(len(column), "varchar")
    if column.type in NUMBERS:
        codes, dictionary = number_texts(column.values)
        missing = column.unknown
        return Column("varchar", codes, missing if missing.any() else None, dictionary)
    if column.type == "boolean":
        return Column("varchar", column.values.astype(np.int64), column.missing, objects(["false", "true"]))
    if column.type == "timestamp":
        return Column("varchar", iso_texts(column.values), column.missing)
    if column.type == "date":
        return Column("varchar", objects([text[:10] for text in iso_texts(column.values)]), column.missing)
    missing = column.unknown
    write = _WRITERS[column.type]
    made = [None if gone else write(value) for value, gone in zip(column.values, missing, strict=True)]
    return Column("varchar", objects(made), missing if missing.any() else None)


def _range_text(value: Any) -> str:
    start, end = iso_texts(np.array([value["start_ns"], value["end_ns"]]))
    return "empty" if value["end_ns"] <= value["start_ns"] else f"[{start},{end})"


def _summary_text(value: Any) -> str:
    fields = dict(zip(value.dtype.names, value.item(), strict=True))
    return json.dumps({name: None if one != one else one for name, one in fields.items()})


_WRITERS: dict[str, Callable[[Any], str]] = {
    "java_object": value_text,
    "interval": lambda value: interval_text(Interval(*value.item())),
    "range": _range_text,
    "summary": _summary_text,
}


def times(column: Column, zone: str = "UTC") -> Column:
    """A column as times: numbers are milliseconds; ArgumentFault for a text that is no date."""
    if column.type in _TIMES:
        return replace(column, type="timestamp")
    if column.type == "null":
        return nulls(len(column), "timestamp")
    if column.type == "varchar":
        coded = text_codes(column)
        used = np.unique(coded.values[~coded.nulls]) if coded.missing is not None else None
        read = np.zeros(len(coded.dictionary), np.int64)
        for place in range(len(read)) if used is None else used:
            read[place] = parse_date(coded.dictionary[place], zone)
        return Column("timestamp", read[coded.values] if len(read) else coded.values, column.missing)
    found = numbers(column)
    if found.type in INTEGERS:
        clipped = np.clip(found.values, -(2**63) // NS_PER_MS + 1, (2**63 - 1) // NS_PER_MS)
        return Column("timestamp", clipped * NS_PER_MS, found.missing)
    gone = found.unknown | ~(np.abs(found.values) < 2**63 // NS_PER_MS)
    kept = np.where(gone, 0.0, found.values)
    return Column("timestamp", np.rint(kept * 1000).astype(np.int64) * 1000).masked(gone)


def range_of_text(text: str) -> tuple[int, int]:
    """``[a,b)`` as half-open ns; other brackets move an end by 1 µs, an absent end is open."""
    from_text = text.strip()
    if from_text == "empty":
        return 0, 0
    low, comma, high = from_text[1:-1].partition(",")
    if len(from_text) < 3 or from_text[0] not in "[(" or from_text[-1] not in "])" or not comma:
        raise ArgumentFault(f"malformed range literal: {text[:60]!r}", hint="write '[2024-01-01,2024-01-02)'")
    start = parse_date(low.strip(' "') or "-infinity") + (1000 if from_text[0] == "(" and low.strip() else 0)
    end = parse_date(high.strip(' "') or "infinity") + (1000 if from_text[-1] == "]" and high.strip() else 0)
    if end < start:
        raise ArgumentFault("range lower bound must be less than or equal to range upper bound")
    return start, end


# --- CAST ---------------------------------------------------------------------------------------------


def cast(column: Column, type: str, zone: str = "UTC") -> Column:
    """CAST to one of the types, or to ``number``; an unreadable number is NaN, a bad date a fault."""
    if type == column.type:
        return column
    if len(column) > 1 and column.is_constant:
        return repeated(cast(column.take(slice(0, 1)), type, zone), len(column))
    if type == "number":
        found = numbers(column)
        return found if column.type in _TIMES else as_type(found, "double")
    if type == "varchar":
        return texts(column)
    if type in INTEGERS:
        return _whole(numbers(column), type)
    if type in FLOATS:
        return as_type(numbers(column), type)
    if type == "timestamp":
        return times(column, zone)
    if type == "date":
        found = times(column, zone)
        return Column("date", found.values // NS_PER_DAY * NS_PER_DAY, found.missing)
    if column.type == "null" and type != "summary":
        return nulls(len(column), type)
    if type == "boolean":
        return _boolean(column)
    if column.type == "varchar" and type in ("interval", "range"):
        read: Callable[[str], tuple[int, ...]] = parse_interval if type == "interval" else range_of_text
        dtype = INTERVAL if type == "interval" else RANGE
        coded = text_codes(column)
        made = np.zeros(len(coded.dictionary), dtype)
        for place in np.unique(coded.values[~coded.nulls]):
            made[place] = tuple(read(coded.dictionary[place]))
        return Column(type, made[coded.values] if len(made) else np.zeros(len(column), dtype), column.missing)
    if type == "java_object":
        return as_type(column, type)
    raise ArgumentFault(f"cannot cast type {column.type} to {type}")


_LIMITS = {"smallint": 15, "integer": 31, "bigint": 63}


def _whole(column: Column, type: str) -> Column:
    """Numbers rounded half to even; out of range is a fault, NaN is NULL."""
    bound = 2 ** _LIMITS[type]
    if column.type in INTEGERS:
        values, gone = column.values, column.nulls
    else:
        gone = column.unknown
        rounded = np.rint(np.where(gone, 0.0, column.values))
        if (np.abs(rounded) > bound).any() or (rounded == bound).any():
            raise ArgumentFault(f"{type} out of range")
        values = rounded.astype(np.int64)
    if bound < 2**63 and ((values < -bound) | (values >= bound))[~gone].any():
        raise ArgumentFault(f"{type} out of range")
    return Column(type, values).masked(gone)


def _boolean(column: Column) -> Column:
    if column.type != "varchar":
        found = numbers(column)
        return Column("boolean", found.values != 0).masked(found.unknown)
    words = {"true": 1, "t": 1, "yes": 1, "on": 1, "1": 1, "false": 0, "f": 0, "no": 0, "off": 0, "0": 0}
    read = decoded(column, lambda text: words.get(text.strip().lower(), -1), np.int64)
    return Column("boolean", read == 1).masked(column.nulls | (read < 0))


# --- Bringing types together --------------------------------------------------------------------------


def common_type(types: Sequence[str]) -> str:
    """The type that values of several have together: equal ones stay, numbers widen, others are mixed."""
    known = sorted({type for type in types if type != "null"})
    if not known:
        return "null"
    if len(known) == 1:
        return known[0]
    if all(type in INTEGERS for type in known):
        return max(known, key=INTEGERS.index)
    if all(type in NUMBERS for type in known):
        return "double"
    return "timestamp" if set(known) <= set(_TIMES) else "java_object"


def as_type(column: Column, type: str) -> Column:
    """A column in a wider type (as :func:`common_type` gives it)."""
    if column.type == type:
        return column
    if column.type == "null":
        return nulls(len(column), type)
    if type == "java_object":
        return Column(type, objects(_plain(column)), column.missing)
    if type in FLOATS:
        return Column(type, column.values.astype(np.float64), column.missing)
    if TYPES[type] == column.values.dtype:
        return replace(column, type=type)
    raise ArgumentFault(f"a {column.type} is no {type}")


def _plain(column: Column) -> list[Any]:
    if column.type in (*_TIMES, "interval", "range", "summary"):
        return texts(column).tolist()
    return column.tolist()
