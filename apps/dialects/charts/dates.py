"""Date expressions: a keyword or a literal, then steps such as ``- 15 min`` on the wall clock of a zone.

Steps apply from left to right to wall-clock components: a fraction is cut off, months that are too short
roll into the next, and 24 hours are a day on the clock whatever the clock did in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np

from apps.algebra.times import (
    MAX_TIME_NS,
    MIN_TIME_NS,
    NS_PER_DAY,
    UNIT_NS,
    clamp_time,
    floor_local,
    local_to_utc,
    shift_local,
    utc_to_local,
)
from apps.errors import ArgumentFault, near_names

__all__ = ["parse_date", "shift_clock"]

_UNITS = {**{unit: unit for unit in UNIT_NS if unit != "nanosecond"}, "min": "minute", "sec": "second"}
_STEP = re.compile(r"\s*([+-])\s*(\d+(?:\.\d+)?)\s*\*?\s*([a-z]+)")
_STEPS = re.compile(r"(?:\s*[+-]\s*\d{1,9}(?:\.\d{1,9})?\s*\*?\s*[a-z]+)*\s*$")
_ZONE = r"(?P<zone>Z|[+-]\d\d:?\d\d)"
_CLOCK = r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,9}))?)?"
_DAY = r"(?P<year>\d{4})-(?P<month>\d\d?)-(?P<day>\d\d?)"
_LITERALS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_DAY}T{_CLOCK}{_ZONE}",
        rf"{_DAY}\s+{_CLOCK}(?:\s*(?P<zone>Z|[+-]\d\d(?::?\d\d)?)(?![\d*]|\s*\*?\s*[a-z]))?",
        _DAY,
        r"(?P<year>\d{4})-(?P<month>\d\d?)",
        r"(?P<month>\d\d)-(?P<day>\d\d)",
        r"(?P<year>\d{4})",
        _CLOCK,
        r"(?P<day>\d\d?)",
    )
]


_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip


def _named_month(text: str) -> str | None:
    """``May 2016`` and ``12 May 2016`` as they are written today."""
    found = re.fullmatch(r"\s*(?:(\d{1,2})\s+)?([A-Za-z]{3,9})\.?,?\s+(\d{4})\s*", text[:40])
    month = next((at for at, name in enumerate(_MONTHS, 1) if found and name.startswith(found[2].lower())), 0)
    if not found or not month:
        return None
    return f"{found[3]}-{month:02d}" + (f"-{int(found[1]):02d}" if found[1] else "")


#: A date with T as other programs print it, without the zone that it needs here.
_ZONELESS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?")


def _fault(text: str, hint: str | None = None) -> ArgumentFault:
    named = _named_month(text)
    if named is not None:
        message = f"{text[:60]!r} is no date that is read"
        return ArgumentFault(message, code="bad-date", hint=f"write {named}", fix=named)
    if _ZONELESS.fullmatch(text):
        message = f"{text[:60]!r} has no zone, which a date with T needs"
        return ArgumentFault(message, code="bad-date", hint=f"write {text}Z", fix=f"{text}Z")
    return ArgumentFault(
        f"{text[:60]!r} is not a date",
        code="bad-date",
        hint=hint or "write 2018-06-01 12:00, a keyword such as current_day, or either with - 1 day",
    )


def _floor(unit: str, steps: int) -> Callable[[int], int]:
    def at(local: int) -> int:
        start = floor_local(np.array([local]), unit)
        return int(shift_local(start, steps, unit)[0])

    return at


def _weekday(number: int) -> Callable[[int], int]:
    """The latest such day, today included; Monday is 0."""

    def at(local: int) -> int:
        day = local // NS_PER_DAY
        return (day - (day + 3 - number) % 7) * NS_PER_DAY

    return at


def _is_working(day: int) -> bool:
    return (day + 3) % 7 < 5


def _search(working: bool, start: int, step: int) -> Callable[[int], int]:
    """The first working (or free) day from ``start`` days off today, going by ``step``."""

    def at(local: int) -> int:
        day = local // NS_PER_DAY + start
        while _is_working(day) != working:
            day += step
        return day * NS_PER_DAY

    return at


def _in_month(working: bool | None, last: bool) -> Callable[[int], int]:
    """The first or last (working, free or any) day of the month."""

    def at(local: int) -> int:
        month = floor_local(np.array([local]), "month")
        edge = int(shift_local(month, 1, "month")[0]) - NS_PER_DAY if last else int(month[0])
        day = edge // NS_PER_DAY
        while working is not None and _is_working(day) != working:
            day += -1 if last else 1
        return day * NS_PER_DAY

    return at


_PERIODS = ("minute", "hour", "day", "week", "month", "quarter", "year")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

KEYWORDS: dict[str, Callable[[int], int]] = {
    **{name: lambda local: local for name in ("now", "time", "date")},
    **{
        f"{prefix}_{unit}": _floor(unit, steps)
        for unit in _PERIODS
        for prefix, steps in (("previous", -1), ("current", 0), ("next", 1))
    },
    **{day: _weekday(number) for number, day in enumerate(_DAYS)},
    **{day[:3]: _weekday(number) for number, day in enumerate(_DAYS)},
    "today": _floor("day", 0),
    "yesterday": _floor("day", -1),
    "tomorrow": _floor("day", 1),
    "current_working_day": _search(True, 0, -1),
    "previous_working_day": _search(True, -1, -1),
    "next_working_day": _search(True, 1, 1),
    "previous_vacation_day": _search(False, -1, -1),
    "next_vacation_day": _search(False, 1, 1),
    "first_day": _in_month(None, False),
    "last_day": _in_month(None, True),
    "first_working_day": _in_month(True, False),
    "last_working_day": _in_month(True, True),
    "first_vacation_day": _in_month(False, False),
    "last_vacation_day": _in_month(False, True),
}


def shift_clock(time_ns: int, count: int, unit: str, zone: str) -> int:
    """A time moved on the wall clock of a zone; month ends roll over."""
    local = utc_to_local(np.array([clamp_time(time_ns)]), zone)
    return _to_utc(_step_local(int(local[0]), count, unit), zone)


def _step_local(local: int, count: int, unit: str) -> int:
    if unit in ("month", "quarter", "year"):
        bounded = max(-20_000, min(count, 20_000))
        return int(shift_local(np.array([local]), bounded, unit, clamp=False)[0])
    return clamp_time(local + count * UNIT_NS[unit])


def _to_utc(local: int, zone: str) -> int:
    return clamp_time(int(local_to_utc(np.array([clamp_time(local)]), zone)[0]))


def parse_date(text: str, *, now_ns: int, zone: str = "UTC") -> int:
    """The time of a date expression in ns UTC. ArgumentFault (``bad-date``) when it can't be read."""
    words = text.strip().lower()
    wrapped = re.fullmatch(r"date\(\s*[\"'](.*)[\"']\s*\)", words)
    if wrapped:
        words = wrapped.group(1).strip()
    if not words or len(words) > 300:
        raise _fault(text)
    now_local = int(utc_to_local(np.array([now_ns]), zone)[0])
    local, rest, fixed_ns = _base(words, text, now_local)
    if fixed_ns is not None:  # a zone in the literal fixes the instant; steps then use the wall clock
        local = int(utc_to_local(np.array([clamp_time(fixed_ns)]), zone)[0])
        if not rest.strip():
            return clamp_time(fixed_ns)
    if not _STEPS.fullmatch(rest):
        raise _fault(text)
    for found in _STEP.finditer(rest):
        unit = _UNITS.get(found[3])
        if unit is None:
            near = near_names(found[3], _UNITS)
            raise _fault(text, f"did you mean {near[0]}?" if near else f"units: {', '.join(_UNITS)}")
        count = int(float(found[2]))
        local = _step_local(local, -count if found[1] == "-" else count, unit)
    return _to_utc(local, zone)


def _base(words: str, text: str, now_local: int) -> tuple[int, str, int | None]:
    """The local time an expression starts from, what follows it, and the instant if a zone names it."""
    keyword = re.match(r"[a-z_]+", words)
    if keyword:
        rule = KEYWORDS.get(keyword[0])
        if rule is None:
            near = near_names(keyword[0], KEYWORDS, limit=1)
            raise _fault(text, f"did you mean {near[0]}?" if near else None)
        return rule(now_local), words[keyword.end() :], None
    for pattern in _LITERALS:
        found = pattern.match(words)
        if found and re.match(r"\s*(?:$|[+-])", words[found.end() :]):
            rest = words[found.end() :]
            if re.match(r"-\d", rest) and not _STEPS.fullmatch(rest):
                continue
            parts = found.groupdict()
            local = _literal(parts, now_local, text)
            return local, rest, _instant(parts, local)
    raise _fault(text)


def _literal(parts: dict[str, str | None], now_local: int, text: str) -> int:
    now = np.datetime64(now_local, "ns").astype("M8[s]").astype(object)
    assert isinstance(now, datetime)
    clock_only = parts.get("hour") is not None and parts.get("day") is None
    year = int(parts.get("year") or now.year)
    month_text, day_text = parts.get("month"), parts.get("day")
    month = int(month_text) if month_text else (1 if parts.get("year") else now.month)
    day = int(day_text) if day_text else (now.day if clock_only else 1)
    month = max(1, min(month, 12))
    first = date(max(1, year), month, 1)
    following = (first + timedelta(days=31)).replace(day=1) if year < 9999 else first
    days = (following - first).days or 31
    midnight = np.datetime64(f"{max(1, year):04d}-{month:02d}-01", "D") + (max(1, min(day, days)) - 1)
    whole = int(midnight.astype(np.int64)) * NS_PER_DAY
    seconds = (int(parts.get("hour") or 0) * 60 + int(parts.get("minute") or 0)) * 60
    seconds += int(parts.get("second") or 0)
    fraction = (parts.get("fraction") or "").ljust(9, "0")[:9]
    result = whole + seconds * UNIT_NS["second"] + int(fraction or 0)
    if not MIN_TIME_NS <= result <= MAX_TIME_NS:
        raise _fault(text, "years run from 1678 to 2261")
    return result


def _instant(parts: dict[str, str | None], local: int) -> int | None:
    zone = parts.get("zone")
    if not zone:
        return None
    if zone in ("z", "Z"):
        return local
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = (int(digits[:2]) * 60 + int(digits[2:4])) * UNIT_NS["minute"]
    return local + offset if zone[0] == "-" else local - offset
