"""Dates of the data API: ISO texts, calendar expressions ("endtime" syntax) and the selection interval.

``now_ns`` and the zone are arguments, nothing here reads a clock. Results are nanoseconds UTC, held
within what int64 nanoseconds can name; the queryable years beyond that simply find nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from apps.algebra import times
from apps.algebra.times import MAX_TIME_NS, MIN_TIME_NS, NS_PER_DAY, NS_PER_MS, UNIT_NS
from apps.errors import ArgumentFault

__all__ = ["Interval", "format_iso", "parse_date", "parse_iso", "parse_unit", "resolve_interval"]

_EPOCH = datetime(1970, 1, 1)
_ISO_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T.*", re.DOTALL)
_LITERAL = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?: ([0-9]{2}:[0-9]{2})(:[0-9]{2})?)?")
_EXPRESSION = re.compile(
    r"([a-z_]+)((?:\s*[+-]\s*[0-9]{1,12}(?:\.[0-9]{1,9})?\s*\*?\s*[a-z]+){0,20})\s*"
)
_TERM = re.compile(r"([+-])\s*([0-9]+(?:\.[0-9]+)?)\s*\*?\s*([a-z]+)")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_STEPS = {"previous": -1, "current": 0, "next": 1}
_SYNONYMS = {
    "today": "current_day",
    "yesterday": "previous_day",
    "tomorrow": "next_day",
    "first_day": "current_month",
}


def parse_unit(text: str) -> str:
    """The canonical unit of ``MINUTE``, ``minutes``, ``Minute``; ArgumentFault for an unknown one."""
    folded = text.strip().lower()
    folded = folded if folded in UNIT_NS else folded.removesuffix("s")
    if folded not in UNIT_NS:
        raise ArgumentFault(
            f"Unknown time unit: {text[:40]}",
            hint="one of " + ", ".join(unit.upper() for unit in UNIT_NS),
        )
    return folded


def format_iso(time_ns: int) -> str:
    """``2031-04-05T06:07:08.009Z``."""
    # For one time the arithmetic of columns would cost fifty times as much as this.
    moment = _EPOCH + timedelta(milliseconds=int(time_ns) // NS_PER_MS)
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def parse_iso(text: str) -> int:
    """An ISO date with seconds and zone; digits past milliseconds are cut off."""
    return times.parse_iso(text, step_ns=NS_PER_MS)


def _moved(time_ns: int, count: float, unit: str, zone: str) -> int:
    """Calendar-aware addition with month ends clamped; parts of a calendar unit count as its usual length."""
    if count == int(count):
        return times.add_units(time_ns, int(count), unit, zone=zone)
    return times.clamp_time(time_ns + round(count * UNIT_NS[unit]))


# --- Calendar keywords ------------------------------------------------------------------------------------


def _weekday(midnight_ns: int, zone: str) -> int:
    """0 for Monday."""
    local = int(times.utc_to_local(np.array([midnight_ns], np.int64), zone)[0])
    return (local // NS_PER_DAY + 3) % 7


def _seek(midnight_ns: int, step: int, zone: str, wanted: Callable[[int], bool]) -> int:
    """The nearest midnight from here on whose weekday is wanted."""
    for _ in range(7):
        if wanted(_weekday(midnight_ns, zone)):
            break
        midnight_ns = times.add_units(midnight_ns, step, "day", zone=zone)
    return midnight_ns


def _special_day(word: str, now_ns: int, zone: str) -> int | None:
    """``previous_working_day``, ``first_vacation_day`` and their kin; Monday to Friday are working days."""
    match = re.fullmatch(r"(current|previous|next|first|last)_(working|vacation)_day", word)
    if match is None:
        return None
    working = match[2] == "working"

    def wanted(weekday: int) -> bool:
        return (weekday < 5) == working

    today = times.floor_unit(now_ns, "day", zone)
    month = times.floor_unit(now_ns, "month", zone)
    after = times.add_units(month, 1, "month", zone=zone)
    begin, offset, step = {
        "current": (today, 0, -1),
        "previous": (today, -1, -1),
        "next": (today, 1, 1),
        "first": (month, 0, 1),
        "last": (after, -1, -1),
    }[match[1]]
    return _seek(times.add_units(begin, offset, "day", zone=zone), step, zone, wanted)


def _keyword(word: str, now_ns: int, zone: str) -> int | None:
    """The instant that a keyword names, None when there is no such keyword."""
    if word == "now":
        return now_ns
    for number, name in enumerate(_WEEKDAYS):
        if word in (name, name[:3]):
            today = times.floor_unit(now_ns, "day", zone)
            return _seek(today, -1, zone, number.__eq__)
    step, _, unit = _SYNONYMS.get(word, word).partition("_")
    if step in _STEPS and unit in UNIT_NS and unit not in ("nanosecond", "millisecond", "second"):
        begin = times.floor_unit(now_ns, unit, zone)
        return times.add_units(begin, _STEPS[step], unit, zone=zone)
    return _special_day(word, now_ns, zone)


def _local_literal(text: str, zone: str) -> int | None:
    """``yyyy-MM-dd``, ``yyyy-MM-dd HH:mm`` or ``yyyy-MM-dd HH:mm:ss`` on the zone's wall clock."""
    match = _LITERAL.fullmatch(text)
    if match is None:
        return None
    local = times.parse_iso(f"{match[1]}T{match[2] or '00:00'}{match[3] or ':00'}Z")
    return int(times.local_to_utc(np.array([local], np.int64), zone)[0])


def parse_date(text: str, now_ns: int, zone: str = "UTC", *, literal: bool = True) -> int:
    """An ISO date, a calendar expression or (``literal``) a local ``yyyy-MM-dd[ HH:mm[:ss]]``.

    The selection interval of a series query does not take the local form, rule expressions do.
    """
    text = text.strip()
    if len(text) > 400:
        raise ArgumentFault(f"a date of {len(text)} characters can't be read")
    times.zone_info(zone)
    if _ISO_SHAPE.fullmatch(text):
        return parse_iso(text)
    if literal and (found := _local_literal(text, zone)) is not None:
        return found
    match = _EXPRESSION.fullmatch(text.lower())
    at = _keyword(match[1], now_ns, zone) if match else None
    if match is None or at is None:
        raise ArgumentFault(
            f"not a date: {text[:80]!r}", hint="2031-04-05T06:07:08Z or current_day - 1 * hour"
        )
    for sign, count, unit in _TERM.findall(match[2]):
        at = _moved(at, float(sign + count), parse_unit(unit), zone)
    return at


# --- The selection interval -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Interval:
    """``{"count": n, "unit": "UNIT"}`` of a query; the unit in its canonical form."""

    count: float
    unit: str


def _endpoint(text: str, name: str, now_ns: int, zone: str) -> int:
    try:
        return parse_date(text, now_ns, zone, literal=False)
    except ArgumentFault as fault:
        raise ArgumentFault(
            f"Wrong {name} syntax: {text[:200]}", code="bad-date", hint=fault.hint
        ) from None


def _beyond_range(start: str | None, end: str | None, start_ns: int, end_ns: int) -> bool:
    """Whether both ends lie beyond the same end of the int64 range, in the right order."""
    if start_ns != end_ns or start_ns not in (MIN_TIME_NS, MAX_TIME_NS):
        return False
    return start is None or end is None or start.strip() < end.strip()


def resolve_interval(
    start: str | None, end: str | None, interval: Interval | None, *, now_ns: int, zone: str = "UTC"
) -> tuple[int, int]:
    """``[start_ns, end_ns)`` from any two of the three, or the interval alone (until now)."""
    start_ns = None if start is None else _endpoint(start, "startDate", now_ns, zone)
    end_ns = None if end is None else _endpoint(end, "endDate", now_ns, zone)
    if start_ns is None or end_ns is None:
        if interval is None:
            raise ArgumentFault(
                "Insufficient parameters. One of the following combinations is required: interval, "
                "interval + startDate, interval + endDate, startDate + endDate"
            )
        if start_ns is not None:
            end_ns = _moved(start_ns, interval.count, interval.unit, zone)
        elif end_ns is not None:
            start_ns = _moved(end_ns, -interval.count, interval.unit, zone)
        else:
            end_ns = now_ns
            start_ns = max(0, _moved(now_ns, -interval.count, interval.unit, zone))
    if _beyond_range(start, end, start_ns, end_ns) and (interval is None or interval.count > 0):
        return start_ns, start_ns + 1
    if start_ns >= end_ns:
        raise ArgumentFault("End Date must be greater than Start Date")
    return start_ns, end_ns
