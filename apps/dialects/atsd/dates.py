"""Dates of the data API: ISO texts, calendar expressions ("endtime" syntax) and the selection interval.

``now_ns`` and the zone are arguments, nothing here reads a clock. Results are nanoseconds UTC.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from apps.algebra.periods import Period
from apps.errors import ArgumentFault

__all__ = [
    "MAX_NS",
    "MIN_NS",
    "format_iso",
    "parse_date",
    "parse_iso",
    "parse_unit",
    "resolve_interval",
    "zone_named",
]

NS_PER_MS = 1_000_000
NS_PER_SECOND = 1_000_000_000
#: What int64 nanoseconds can name (1677 … 2262). The queryable range is wider; nothing is stored outside.
MIN_NS = -(2**63) + 1
MAX_NS = 2**63 - 1
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()
LAST_INSTANT_NS = 253_402_300_799_999 * NS_PER_MS  # 9999-12-31T23:59:59.999Z
FIRST_INSTANT_NS = -30_610_224_000_000 * NS_PER_MS  # 1000-01-01T00:00:00.000Z

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)", re.ASCII
)
_LITERAL = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d)(?::(\d\d))?)?", re.ASCII)
_EXPRESSION = re.compile(r"([a-z_]+)((?:\s*[+-]\s*\d{1,12}(?:\.\d{1,9})?\s*\*?\s*[a-z]+)*)", re.ASCII)
_TERM = re.compile(r"([+-])\s*(\d+(?:\.\d+)?)\s*\*?\s*([a-z]+)", re.ASCII)

FIXED_NS = {
    "millisecond": NS_PER_MS,
    "second": NS_PER_SECOND,
    "minute": 60 * NS_PER_SECOND,
    "hour": 3600 * NS_PER_SECOND,
}
_CALENDAR_DAYS = {"day": 1, "week": 7}
_CALENDAR_MONTHS = {"month": 1, "quarter": 3, "year": 12}
UNITS = ("nanosecond", *FIXED_NS, *_CALENDAR_DAYS, *_CALENDAR_MONTHS)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name; ArgumentFault for an unknown one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ArgumentFault(
            f"Unknown time zone: {name[:80]}", hint="use an IANA name such as Europe/Berlin"
        ) from None


def parse_unit(text: str) -> str:
    """The canonical unit of ``MINUTE``, ``minutes``, ``Minute``; ArgumentFault for an unknown one."""
    folded = text.strip().lower()
    folded = folded if folded in UNITS else folded.removesuffix("s")
    if folded not in UNITS:
        raise ArgumentFault(
            f"Unknown time unit: {text[:40]}",
            hint="one of " + ", ".join(unit.upper() for unit in UNITS),
        )
    return folded


def format_iso(time_ns: int) -> str:
    """``2031-04-05T06:07:08.009Z``."""
    moment = _EPOCH + dt.timedelta(milliseconds=time_ns // NS_PER_MS)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_iso(text: str) -> int:
    """An ISO date with seconds and zone; digits past milliseconds are cut off."""
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise ArgumentFault(f"not an ISO date: {text[:80]!r}", hint="2031-04-05T06:07:08Z")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    try:
        moment = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        raise ArgumentFault(f"there is no such date: {text[:80]!r}") from None
    offset_s = 0
    if match[8] != "Z":
        digits = match[8][1:].replace(":", "")
        hours, minutes = int(digits[:2]), int(digits[2:])
        if hours > 23 or minutes > 59:
            raise ArgumentFault(f"there is no such offset: {match[8]}")
        offset_s = (hours * 3600 + minutes * 60) * (-1 if match[8][0] == "-" else 1)
    millis = int((match[7] or "").ljust(3, "0")[:3])
    return (_whole_seconds(moment) - offset_s) * NS_PER_SECOND + millis * NS_PER_MS


def _whole_seconds(moment: dt.datetime) -> int:
    delta = moment - _EPOCH
    return delta.days * 86_400 + delta.seconds


def _to_ns(wall: dt.datetime, zone: ZoneInfo) -> int:
    """A wall-clock time of a zone; a time that the clock skips counts as that much later."""
    moment = wall.replace(tzinfo=zone, fold=0)
    return _whole_seconds(moment.astimezone(dt.UTC)) * NS_PER_SECOND + wall.microsecond * 1000


def _to_wall(time_ns: int, zone: ZoneInfo) -> tuple[dt.datetime, int]:
    """The wall clock of a zone to the microsecond, and the nanoseconds below it."""
    micros, rest = divmod(time_ns, 1000)
    return (_EPOCH + dt.timedelta(microseconds=micros)).astimezone(zone).replace(tzinfo=None), rest


def _month_start(day: dt.date, months: int) -> dt.date:
    index = day.year * 12 + day.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def _add(time_ns: int, count: float, unit: str, zone: ZoneInfo) -> int:
    """Calendar-aware addition; month ends are clamped; results stay within the queryable range."""
    if unit == "nanosecond":
        return time_ns + round(count)
    if unit in FIXED_NS:
        return _bounded(time_ns + round(count * FIXED_NS[unit]))
    if count != int(count):
        return _bounded(time_ns + round(count * Period(1, unit).fixed_ns))
    wall, rest = _to_wall(_bounded(time_ns), zone)
    try:
        if unit in _CALENDAR_DAYS:
            moved = wall + dt.timedelta(days=int(count) * _CALENDAR_DAYS[unit])
        else:
            first = _month_start(wall.date(), int(count) * _CALENDAR_MONTHS[unit])
            last_day = calendar.monthrange(first.year, first.month)[1]
            moved = wall.replace(year=first.year, month=first.month, day=min(wall.day, last_day))
        return _bounded(_to_ns(moved, zone) + rest)
    except (ValueError, OverflowError):
        return LAST_INSTANT_NS if count > 0 else FIRST_INSTANT_NS


def _bounded(time_ns: int) -> int:
    return max(FIRST_INSTANT_NS, min(LAST_INSTANT_NS, time_ns))


# --- Calendar keywords ------------------------------------------------------------------------------------


def _is_working(day: dt.date) -> bool:
    return day.weekday() < 5


def _seek(day: dt.date, step: int, wanted: Callable[[dt.date], bool]) -> dt.date:
    while not wanted(day):
        day += dt.timedelta(days=step)
    return day


def _special_day(word: str, today: dt.date) -> dt.date | None:
    """``previous_working_day``, ``first_vacation_day`` and their kin."""
    match = re.fullmatch(r"(current|previous|next|first|last)_(working|vacation)_day", word)
    if match is None:
        return None
    wanted = _is_working if match[2] == "working" else (lambda day: not _is_working(day))
    one = dt.timedelta(days=1)
    match match[1]:
        case "current":
            return _seek(today, -1, wanted)
        case "previous":
            return _seek(today - one, -1, wanted)
        case "next":
            return _seek(today + one, 1, wanted)
        case "first":
            return _seek(_month_start(today, 0), 1, wanted)
    return _seek(_month_start(today, 1) - one, -1, wanted)


_SYNONYMS = {
    "today": "current_day",
    "yesterday": "previous_day",
    "tomorrow": "next_day",
    "first_day": "current_month",
}


def _day_of(word: str, today: dt.date) -> dt.date | None:
    """The day whose midnight a keyword names."""
    word = _SYNONYMS.get(word, word)
    for number, name in enumerate(_WEEKDAYS):
        if word in (name, name[:3]):
            return _seek(today, -1, lambda day: day.weekday() == number)
    step_word, _, unit = word.partition("_")
    step = {"previous": -1, "current": 0, "next": 1}.get(step_word)
    if step is None or unit.endswith("_day"):
        return _special_day(word, today)
    match unit:
        case "day":
            return today + dt.timedelta(days=step)
        case "week":
            return today + dt.timedelta(days=7 * step - today.weekday())
        case "month":
            return _month_start(today, step)
        case "quarter":
            return _month_start(today, 3 * step - (today.month - 1) % 3)
        case "year":
            return _month_start(today, 12 * step - (today.month - 1))
    return None


def _keyword(word: str, now_ns: int, zone: ZoneInfo) -> int | None:
    if word == "now":
        return now_ns
    step_word, _, unit = word.partition("_")
    step = {"previous": -1, "current": 0, "next": 1}.get(step_word)
    if step is not None and unit in ("minute", "hour"):
        # An hour starts where the zone's clock says so; half-hour offsets make that visible.
        wall, rest = _to_wall(now_ns, zone)
        below = wall.second * NS_PER_SECOND + wall.microsecond * 1000 + rest
        below += wall.minute * FIXED_NS["minute"] if unit == "hour" else 0
        return now_ns - below + step * FIXED_NS[unit]
    day = _day_of(word, _to_wall(now_ns, zone)[0].date())
    return None if day is None else _to_ns(dt.datetime(day.year, day.month, day.day), zone)


def _literal(text: str, zone: ZoneInfo) -> int | None:
    match = _LITERAL.fullmatch(text)
    if match is None:
        return None
    try:
        return _to_ns(dt.datetime(*(int(part or 0) for part in match.groups())), zone)
    except ValueError:
        return None


def parse_date(text: str, now_ns: int, zone: str = "UTC", *, literal: bool = True) -> int:
    """An ISO date, a calendar expression or (``literal``) a local ``yyyy-MM-dd[ HH:mm[:ss]]``.

    The selection interval of a series query does not take the local form, rule expressions do.
    """
    text = text.strip()
    if len(text) > 200:
        raise ArgumentFault(f"a date of {len(text)} characters can't be read")
    if _ISO.fullmatch(text):
        return parse_iso(text)
    place = zone_named(zone)
    if literal and (found := _literal(text, place)) is not None:
        return found
    match = _EXPRESSION.fullmatch(text.lower())
    at = _keyword(match[1], now_ns, place) if match else None
    if match is None or at is None:
        raise ArgumentFault(
            f"not a date: {text[:80]!r}", hint="2031-04-05T06:07:08Z or current_day - 1 * hour"
        )
    for sign, count, unit in _TERM.findall(match[2]):
        at = _add(at, float(sign + count), parse_unit(unit), place)
    return at


# --- The selection interval -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Interval:
    """``{"count": n, "unit": "UNIT"}`` of a query; counts may be fractions for units of fixed length."""

    count: float
    unit: str


def _endpoint(text: str, name: str, now_ns: int, zone: str) -> int:
    try:
        return _bounded(parse_date(text, now_ns, zone, literal=False))
    except ArgumentFault as fault:
        raise ArgumentFault(
            f"Wrong {name} syntax: {text[:200]}", code="bad-date", hint=fault.hint
        ) from None


def resolve_interval(
    start: str | None, end: str | None, interval: Interval | None, *, now_ns: int, zone: str = "UTC"
) -> tuple[int, int]:
    """``[start_ns, end_ns)`` from any two of the three, or the interval alone (until now)."""
    start_ns = None if start is None else _endpoint(start, "startDate", now_ns, zone)
    end_ns = None if end is None else _endpoint(end, "endDate", now_ns, zone)
    if interval is None and (start_ns is None or end_ns is None):
        raise ArgumentFault(
            "Insufficient parameters. One of the following combinations is required: interval, "
            "interval + startDate, interval + endDate, startDate + endDate"
        )
    if start_ns is None or end_ns is None:
        assert interval is not None
        place = zone_named(zone)
        if start_ns is not None:
            end_ns = _add(start_ns, interval.count, interval.unit, place)
        else:
            floor_ns = 0 if end_ns is None else FIRST_INSTANT_NS
            end_ns = now_ns if end_ns is None else end_ns
            start_ns = max(floor_ns, _add(end_ns, -interval.count, interval.unit, place))
    if start_ns >= end_ns:
        raise ArgumentFault("End Date must be greater than Start Date")
    start_ns, end_ns = max(MIN_NS, min(MAX_NS - 1, start_ns)), max(MIN_NS + 1, min(MAX_NS, end_ns))
    return start_ns, max(end_ns, start_ns + 1)
