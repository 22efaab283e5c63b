"""Intervals, ranges and buckets of times, as PostgreSQL and TimescaleDB have them."""

from __future__ import annotations

import numpy as np

from apps.algebra.times import MAX_TIME_NS, MIN_TIME_NS
from apps.errors import ArgumentFault
from apps.relations.buckets import bucket, bucket_in_zone, check_width
from apps.relations.casts import cast, numbers, texts, times
from apps.relations.columns import INTEGERS, NUMBERS, RANGE, Column, constant, nulls
from apps.relations.functions.registry import Asked, function
from apps.relations.intervals import Interval, add_interval

__all__: list[str] = []

_NO_OFFSET = Interval(0, 0, 0)


def _interval(column: Column | None, what: str) -> Interval | None:
    """An argument that is one interval; a text is read as one. None for NULL."""
    if column is None or column.type == "null" or len(column) == 0:
        return None
    found = cast(column, "interval")
    if not found.is_constant:
        raise ArgumentFault(f"{what} is the same for all rows")
    return None if found.nulls[0] else Interval(*(int(part) for part in found.values[0].item()))


def _origin(asked: Asked, column: Column | None) -> int | None:
    if column is None or column.type == "null" or len(column) == 0:
        return None
    found = times(column, "UTC")
    if not found.is_constant:
        raise ArgumentFault("an origin is the same for all rows")
    return None if found.nulls[0] else int(found.values[0])


def _is_zone(column: Column) -> bool:
    """Whether a text argument names a zone: it does unless it begins as dates and intervals do."""
    if column.type != "varchar" or len(column) == 0 or not column.is_constant:
        return False
    text = str(column.texts[0]).strip()
    return text[:1].isalpha() and text.lower() != "infinity"


@function("time_bucket", least=2, most=5)
def time_bucket(asked: Asked, width: Column, time: Column, *rest: Column) -> Column:
    """The start of the bucket that holds a time (or a whole number): time_bucket('15 min', ts).

    Then an origin or an offset; or a zone, and after it an origin and an offset, either of which may be NULL.
    """
    if width.type in INTEGERS and time.type in NUMBERS:
        return _whole_bucket(asked, width, time, *rest)
    if "null" in (width.type, time.type):
        return nulls(asked.rows, "timestamp")
    if asked.rows == 0:
        return Column("date" if time.type == "date" else "timestamp", np.zeros(0, np.int64))
    step = _interval(width, "a width")
    if step is None:
        return nulls(asked.rows, "timestamp")
    check_width(step, whole_days=time.type == "date")
    found = times(time, "UTC")
    zone, origin, offset = _options(asked, rest)
    if zone is None and rest and origin is None and offset is None:
        return nulls(asked.rows, "timestamp")
    values = np.where(found.nulls, 0, found.values)
    offset = offset or _NO_OFFSET
    if zone is None:
        out = bucket(values, step, origin_ns=origin, offset=offset)
    else:
        out = bucket_in_zone(values, step, zone, origin_ns=origin, offset=offset)
    return Column("date" if time.type == "date" else "timestamp", out, found.missing)


def _options(asked: Asked, rest: tuple[Column, ...]) -> tuple[str | None, int | None, Interval | None]:
    """The zone, the origin and the offset among the arguments after the time."""
    if rest and _is_zone(rest[0]):
        zone = str(rest[0].texts[0])
        origin = _origin(asked, rest[1] if len(rest) > 1 else None)
        return zone, origin, _interval(rest[2] if len(rest) > 2 else None, "an offset")
    if len(rest) > 1:
        raise ArgumentFault("time_bucket takes an origin or an offset, not both, unless a zone comes first")
    if not rest or rest[0].type == "null":
        return None, None, None
    if rest[0].type == "interval":
        return None, None, _interval(rest[0], "an offset")
    if rest[0].type == "varchar":
        try:
            return None, _origin(asked, rest[0]), None
        except ArgumentFault:
            return None, None, _interval(rest[0], "an offset")
    return None, _origin(asked, rest[0]), None


def _whole_bucket(asked: Asked, width: Column, time: Column, *rest: Column) -> Column:
    if len(rest) > 1:
        raise ArgumentFault("time_bucket of whole numbers takes a width, a number and an offset")
    step, value = width.values, cast(time, "bigint")
    offset = cast(numbers(rest[0]), "bigint") if rest else constant(0, asked.rows)
    missing = width.nulls | value.nulls | offset.nulls
    if (step <= 0)[~missing].any():
        raise ArgumentFault("period must be greater than 0")
    step = np.where(missing, 1, step)
    into = (value.values % step - offset.values % step) % step
    if (value.values < np.iinfo(np.int64).min + into)[~missing].any():
        raise ArgumentFault("timestamp out of range")
    type = time.type if time.type in INTEGERS else "bigint"
    return Column(type, value.values - into).masked(missing)


@function("time_bucket_range", least=2, most=3)
def time_bucket_range(asked: Asked, width: Column, time: Column, zone: Column | None = None) -> Column:
    """The bucket of a time, its end not included: time_bucket_range('15 min', ts); in UTC without a zone."""
    given = () if zone is None or zone.type == "null" else (zone,)
    start = time_bucket(asked, width, time, *given)
    out = np.zeros(asked.rows, RANGE)
    out["start_ns"] = start.values
    step = _interval(width, "a width")
    if step is not None and asked.rows:
        if given:
            name = str(texts(given[0]).texts[0])
            later = add_interval(np.where(start.nulls, 0, times(time, "UTC").values), *step)
            out["end_ns"] = bucket_in_zone(later, step, name)
        else:
            out["end_ns"] = add_interval(np.where(start.nulls, 0, start.values), *step)
    return Column("range", out, start.missing)


@function("tstzrange", "tsrange", least=2, most=3)
def tstzrange(asked: Asked, start: Column, end: Column, bounds: Column | None = None) -> Column:
    """The times from one up to another; NULL leaves an end open, bounds are '[)' unless given."""
    shape = "[)" if bounds is None or asked.rows == 0 else str(texts(bounds).texts[0])
    if len(shape) != 2 or shape[0] not in "[(" or shape[1] not in "])":
        raise ArgumentFault("invalid range bound flags", hint="one of [), [], (], ()")
    low, high = times(start, asked.context.zone), times(end, asked.context.zone)
    out = np.zeros(asked.rows, RANGE)
    out["start_ns"] = np.where(low.nulls, MIN_TIME_NS, low.values + (1000 if shape[0] == "(" else 0))
    out["end_ns"] = np.where(high.nulls, MAX_TIME_NS, high.values + (1000 if shape[1] == "]" else 0))
    if (out["end_ns"] < out["start_ns"] - 1000).any():
        raise ArgumentFault("range lower bound must be less than or equal to range upper bound")
    return Column("range", out)


@function("range_lower")
def range_lower(asked: Asked, span: Column) -> Column:
    """The first time of a range, NULL when it has no beginning."""
    values = cast(span, "range")
    start = values.values["start_ns"].copy()
    return Column("timestamp", start).masked(values.nulls | (start <= MIN_TIME_NS))


@function("range_upper")
def range_upper(asked: Asked, span: Column) -> Column:
    """The time after a range, NULL when it has no end."""
    values = cast(span, "range")
    end = values.values["end_ns"].copy()
    return Column("timestamp", end).masked(values.nulls | (end >= MAX_TIME_NS))
