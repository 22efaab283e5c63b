"""Functions of times. A number is milliseconds since 1970, a text a date literal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from apps.algebra.periods import Period, check_step
from apps.algebra.times import (
    NS_PER_DAY,
    NS_PER_MS,
    UNIT_NS,
    floor_local,
    local_to_utc,
    shift_local,
    utc_to_local,
)
from apps.errors import ArgumentFault
from apps.relations.arithmetic import doubles
from apps.relations.casts import texts, times
from apps.relations.columns import Column, constant, nulls, objects, text_codes
from apps.relations.date_patterns import date_pattern, day_of_year, iso_week
from apps.relations.date_texts import iso_texts, read_date
from apps.relations.functions.registry import Asked, function

__all__ = ["each_zone", "literal", "one_zone"]

_UNITS = {spelling: unit for unit in UNIT_NS for spelling in (unit, f"{unit}s")} | {"ms": "millisecond"}
_ISO_PATTERN = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"


def literal(column: Column, what: str) -> str | float | int:
    """The value of an argument that is the same in every row."""
    if len(column) == 0:
        return ""
    if not column.is_constant or column.unknown[0]:
        raise ArgumentFault(f"{what} is a literal")
    return column.take(slice(0, 1)).tolist()[0]


def one_zone(asked: Asked, zone: Column | None) -> str:
    """The zone that a literal names, the query's without one."""
    found = asked.context.zone if zone is None else str(literal(zone, "a time zone"))
    return found or asked.context.zone


def each_zone(asked: Asked, zone: Column | None) -> Iterator[tuple[str, np.ndarray | slice]]:
    """The zones of a column (``entity.timeZone``) with the rows of each; the query's where there is none."""
    if zone is None or zone.type == "null" or asked.rows == 0:
        yield asked.context.zone, slice(None)
        return
    if zone.is_constant:
        yield (asked.context.zone if zone.unknown[0] else str(texts(zone).texts[0])), slice(None)
        return
    coded = text_codes(texts(zone))
    places = np.where(coded.nulls, -1, coded.values)
    for place in np.unique(places):
        name = asked.context.zone if place < 0 else coded.dictionary[place]
        yield name, np.flatnonzero(places == place)


def _like(column: Column, times_ns: np.ndarray, missing: np.ndarray | None) -> Column:
    """Times in the form that they came in: times, milliseconds or ISO texts."""
    if column.type in ("timestamp", "date"):
        return Column("timestamp", times_ns, missing)
    if column.type == "varchar":
        return Column("varchar", iso_texts(times_ns), missing)
    return Column("bigint", times_ns // NS_PER_MS, missing)


def _unit(text: str) -> str:
    unit = _UNITS.get(text.lower())
    if unit is None:
        raise ArgumentFault(f"Unknown time unit: {text[:40]}", hint=f"one of {', '.join(UNIT_NS)}")
    return unit


# --- Texts --------------------------------------------------------------------------------------------


@function("date_format", least=1, most=3)
def date_format(
    asked: Asked, time: Column, pattern: Column | None = None, zone: Column | None = None
) -> Column:
    """A time as a text, by default ISO with milliseconds: date_format(0, 'yyyy', 'UTC') is '1970'."""
    if time.type == "null":
        return nulls(asked.rows, "varchar")
    found = times(time, asked.context.zone)
    given = None if pattern is None or pattern.type == "null" else str(literal(pattern, "a date pattern"))
    if given is None and zone is None:
        return Column("varchar", iso_texts(found.values), found.missing)
    shape = date_pattern(given or _ISO_PATTERN)
    out = np.empty(asked.rows, object)
    for name, rows in each_zone(asked, zone):
        values, at = found.values[rows], np.arange(asked.rows)[rows]
        for block in asked.context.work.blocks(len(values)):
            out[at[block]] = objects(shape.write(values[block], name))
    return Column("varchar", out, found.missing)


@function("date_parse", least=1, most=3)
def date_parse(
    asked: Asked, text: Column, pattern: Column | None = None, zone: Column | None = None
) -> Column:
    """The milliseconds a text names, NULL for none: date_parse('1970-01-01T00:00:01Z') is 1000."""
    coded = text_codes(texts(text))
    given = None if pattern is None or pattern.type == "null" else str(literal(pattern, "a date pattern"))
    out, gone = np.zeros(asked.rows, np.int64), coded.nulls.copy()
    for name, rows in each_zone(asked, zone):

        def read(one: str, name: str = name) -> int | None:
            return read_date(one, name) if given is None else date_pattern(given).read(one, name)

        places, back = np.unique(coded.values[rows], return_inverse=True)
        found = [read(coded.dictionary[place]) for place in places.tolist()]
        values = np.array([0 if time is None else time for time in found], np.int64)
        missing = np.array([time is None for time in found], bool)
        out[rows] = values[back] if len(values) else 0
        gone[rows] |= missing[back] if len(values) else False
    return Column("bigint", out // NS_PER_MS).masked(gone)


# --- Calendar -----------------------------------------------------------------------------------------


_BASES = {
    "nanosecond": "hour", "millisecond": "hour", "second": "hour", "minute": "hour", "hour": "day",
    "day": "month", "month": "year", "quarter": "year",
}  # fmt: skip


def _rounded(local: np.ndarray, period: Period) -> np.ndarray:
    """The start of the calendar period that holds each local time; counted from the unit above."""
    check_step(period)
    count = int(period.count)
    if period.unit in ("month", "quarter", "year"):
        step = count * {"month": 1, "quarter": 3, "year": 12}[period.unit]
        month = local.astype("M8[ns]").astype("M8[M]").astype(np.int64)
        base = month // 12 * 12 if period.unit != "year" else np.zeros_like(month)
        return ((month - base) // step * step + base).astype("M8[M]").astype("M8[ns]").astype(np.int64)
    if period.unit == "week":
        base = floor_local(floor_local(local, "month"), "week")
    else:
        base = floor_local(local, _BASES[period.unit])
    step = period.fixed_ns
    return (local - base) // step * step + base


@function("date_round", least=3, most=4)
def date_round(asked: Asked, time: Column, count: Column, unit: Column, zone: Column | None = None) -> Column:
    """The start of the calendar period that holds a time: date_round(time, 5, 'minute')."""
    if asked.rows == 0:
        return _like(time, np.zeros(0, np.int64), None)
    length = doubles(count)[:1].tolist()[0] if literal(count, "a count") is not None else 0.0
    period = Period(length, _unit(str(literal(unit, "a unit"))))
    found = times(time, asked.context.zone)
    out = np.empty(asked.rows, np.int64)
    for name, rows in each_zone(asked, zone):
        out[rows] = local_to_utc(_rounded(utc_to_local(found.values[rows], name), period), name)
    return _like(time, out, found.missing)


@function("dateadd", "date_add", least=3, most=4)
def dateadd(asked: Asked, part: Column, count: Column, time: Column, zone: Column | None = None) -> Column:
    """A time moved on the calendar, in the form it came in: DATEADD('month', 1, datetime)."""
    unit = _unit(str(literal(part, "a unit")))
    found = times(time, asked.context.zone)
    steps = np.trunc(doubles(count))
    bound = 2.0**62 / UNIT_NS[unit]
    missing = found.nulls | count.unknown | np.isnan(steps)
    if (np.abs(np.where(missing, 0, steps)) > bound).any():
        raise ArgumentFault("DATEADD moves further than times reach")
    whole = np.where(missing, 0, steps).astype(np.int64)
    out = np.empty(asked.rows, np.int64)
    for name, rows in each_zone(asked, zone):
        if unit in ("day", "week", "month", "quarter", "year"):
            moved = shift_local(utc_to_local(found.values[rows], name), whole[rows], unit)
            out[rows] = local_to_utc(moved, name)
        else:
            out[rows] = found.values[rows] + whole[rows] * UNIT_NS[unit]
    return _like(time, out, missing if missing.any() else None)


_PARTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "year": lambda local: _months(local) // 12 + 1970,
    "quarter": lambda local: _months(local) % 12 // 3 + 1,
    "month": lambda local: _months(local) % 12 + 1,
    "day": lambda local: (local - floor_local(local, "month")) // NS_PER_DAY + 1,
    "hour": lambda local: local // UNIT_NS["hour"] % 24,
    "minute": lambda local: local // UNIT_NS["minute"] % 60,
    "second": lambda local: local // UNIT_NS["second"] % 60,
    "millisecond": lambda local: local // UNIT_NS["millisecond"] % 1000,
    "dayofweek": lambda local: (local // NS_PER_DAY + 3) % 7 + 1,
    "dayofyear": day_of_year,
    "weekofyear": iso_week,
}
_PART_NAMES = {"dow": "dayofweek", "isodow": "dayofweek", "doy": "dayofyear", "week": "weekofyear"}


def _months(local: np.ndarray) -> np.ndarray:
    return local.astype("M8[ns]").astype("M8[M]").astype(np.int64)


def _part(asked: Asked, part: str, time: Column, zone: Column | None) -> Column:
    name = part.lower()
    if name == "epoch":
        found = times(time, asked.context.zone)
        return Column("double", found.values / 1e9, found.missing)
    read = _PARTS.get(_PART_NAMES.get(name, name))
    if read is None:
        raise ArgumentFault(f"a time has no part {part[:40]!r}", hint=f"one of {', '.join(_PARTS)}")
    found = times(time, asked.context.zone)
    out = np.empty(asked.rows, np.int64)
    for where, rows in each_zone(asked, zone):
        out[rows] = read(utc_to_local(found.values[rows], where))
    return Column("bigint", out, found.missing)


@function("extract", "date_part", least=2, most=3)
def extract(asked: Asked, part: Column, time: Column, zone: Column | None = None) -> Column:
    """A part of a time on the calendar: EXTRACT('dayofweek', time) is 1 on Mondays."""
    return _part(asked, str(literal(part, "a part of a time")), time, zone)


def _named(name: str) -> None:
    def body(asked: Asked, time: Column, zone: Column | None = None) -> Column:
        return _part(asked, name, time, zone)

    body.__doc__ = f"The {name} of a time on the calendar."
    function(name, least=1, most=2)(body)


for _name in _PARTS:
    _named(_name)


@function("endtime", least=1, most=2)
def endtime(asked: Asked, expression: Column, zone: Column | None = None) -> Column:
    """Milliseconds of a calendar expression: ENDTIME('current_day - 1 * hour', 'US/Pacific')."""
    where = one_zone(asked, zone)
    written = str(literal(expression, "a calendar expression"))
    return constant(asked.context.instant(written, where) // NS_PER_MS, asked.rows, "bigint")


@function("now", least=0)
def now(asked: Asked) -> Column:
    """The time of the query in milliseconds."""
    return constant(asked.context.now_ns // NS_PER_MS, asked.rows, "bigint")


@function("current_timestamp", least=0)
def current_timestamp(asked: Asked) -> Column:
    """The time of the query."""
    return constant(asked.context.now_ns // NS_PER_MS * NS_PER_MS, asked.rows, "timestamp")


@function("dbtimezone", least=0)
def dbtimezone(asked: Asked) -> Column:
    """The name of the query's time zone."""
    return constant(asked.context.zone, asked.rows, "varchar")


# --- Working days -------------------------------------------------------------------------------------


def _day_kinds(asked: Asked, days: np.ndarray, calendar: Column | None, working: bool) -> np.ndarray:
    """For each day (counted from 1970) whether it is from Monday to Friday, or worked by a calendar."""
    weekday = (days + 3) % 7 < 5
    given = calendar is not None and calendar.type != "null"
    name = literal(calendar, "a calendar") if given else asked.context.calendar
    if not working or not name:
        return weekday
    found = asked.context.lookups.calendar(str(name))
    if found is None:
        raise ArgumentFault(f"Workday calendar not found: {str(name)[:60]}")
    worked = np.array(sorted(found.worked), "M8[D]").astype(np.int64)
    free = np.array(sorted(found.free), "M8[D]").astype(np.int64)
    return (weekday | np.isin(days, worked)) & ~np.isin(days, free)


def _is_day(
    asked: Asked, time: Column, calendar: Column | None, zone: Column | None, working: bool
) -> Column:
    found = times(time, asked.context.zone)
    out = np.empty(asked.rows, bool)
    for name, rows in each_zone(asked, zone):
        days = utc_to_local(found.values[rows], name) // NS_PER_DAY
        out[rows] = _day_kinds(asked, days, calendar, working)
    return Column("boolean", out, found.missing)


@function("is_weekday", least=1, most=3)
def is_weekday(
    asked: Asked, time: Column, calendar: Column | None = None, zone: Column | None = None
) -> Column:
    """Whether a time falls on Monday to Friday."""
    return _is_day(asked, time, calendar, zone, False)


@function("is_workday", least=1, most=3)
def is_workday(
    asked: Asked, time: Column, calendar: Column | None = None, zone: Column | None = None
) -> Column:
    """Whether a time falls on a working day of a calendar (Monday to Friday without one)."""
    return _is_day(asked, time, calendar, zone, True)


#: Days that WORKDAY may move by, and days between the arguments of WORKDAY_COUNT.
_MOST_DAYS = 40_000


def _moved_day(asked: Asked, time: Column, count: Column, calendar: Column | None, working: bool) -> Column:
    """The midnight of the n-th working day after (before) the day of a time; 0 is the day or the next one."""
    found = times(time, asked.context.zone)
    lost = count.unknown | np.isnan(doubles(count))
    steps = np.where(lost, 0, np.trunc(doubles(count)))
    if (np.abs(steps) > _MOST_DAYS).any():
        raise ArgumentFault(f"a number of days is at most {_MOST_DAYS}")
    day = utc_to_local(found.values, asked.context.zone) // NS_PER_DAY
    missing = found.nulls | lost
    if asked.rows == 0:
        return _like(time, day, None)
    reach = int(np.abs(steps).max()) * 3 + 60
    days = np.arange(day.min() - reach, day.max() + reach + 1)
    if len(days) > 10**6:
        raise ArgumentFault("the times lie too far apart for working days")
    listed = days[_day_kinds(asked, days, calendar, working)]
    here = np.searchsorted(listed, day, side="left")
    on = listed[np.minimum(here, len(listed) - 1)] == day
    # Before a day that isn't worked stands the last worked one, after it the next.
    place = here + steps.astype(np.int64) - ((steps > 0) & ~on)
    out = local_to_utc(listed[np.clip(place, 0, len(listed) - 1)] * NS_PER_DAY, asked.context.zone)
    return _like(time, out, missing if missing.any() else None)


@function("workday", least=2, most=3)
def workday(asked: Asked, time: Column, count: Column, calendar: Column | None = None) -> Column:
    """The start of the working day so many working days away: WORKDAY(time, 1) is the next one."""
    return _moved_day(asked, time, count, calendar, True)


@function("weekday", least=2, most=3)
def weekday(asked: Asked, time: Column, count: Column, calendar: Column | None = None) -> Column:
    """The start of the day so many days from Monday to Friday away."""
    return _moved_day(asked, time, count, calendar, False)


@function("workday_count", least=2, most=3)
def workday_count(asked: Asked, start: Column, end: Column, calendar: Column | None = None) -> Column:
    """How many working days lie between two times, the first day included, the last not."""
    first, last = times(start, asked.context.zone), times(end, asked.context.zone)
    low = utc_to_local(first.values, asked.context.zone) // NS_PER_DAY
    high = utc_to_local(last.values, asked.context.zone) // NS_PER_DAY
    if asked.rows == 0:
        return Column("bigint", low)
    days = np.arange(min(low.min(), high.min()), max(low.max(), high.max()) + 1)
    before = np.concatenate([[0], np.cumsum(_day_kinds(asked, days, calendar, True))])
    counts = before[high - days[0]] - before[low - days[0]]
    return Column("bigint", counts.astype(np.int64)).masked(first.nulls | last.nulls)


@function("to_timestamp")
def to_timestamp(asked: Asked, seconds: Column) -> Column:
    """The time so many seconds after 1970."""
    ms = doubles(seconds) * 1000
    return times(Column("double", ms, seconds.missing))
