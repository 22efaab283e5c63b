"""Times and lengths of time as pages tell them: near ones roughly, exact ones with their zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from apps.algebra.periods import Period
from apps.algebra.times import local_to_utc, parse_iso, utc_to_local

__all__ = ["ago", "every", "exact", "field_text", "length", "read_field", "short_length"]

_NS_PER_S = 1_000_000_000
_STEPS = ((86_400, "day"), (3_600, "h"), (60, "min"), (1, "s"))
_OFTEN = {"minute": "Every minute", "hour": "Hourly", "day": "Daily", "week": "Weekly", "month": "Monthly",
          "year": "Yearly"}  # fmt: skip


def length(length_ns: int | float) -> str:
    """``84 ms``, ``1.2 s``, ``3 min 4 s``, ``2 h 5 min``, ``3 days``."""
    if length_ns < _NS_PER_S:
        return f"{round(length_ns / 1e6):d} ms"
    seconds = length_ns / _NS_PER_S
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for at, (size, name) in enumerate(_STEPS):
        if whole < size:
            continue
        first = _counted(whole // size, name)
        rest = 0
        if at + 1 < len(_STEPS):
            under, under_name = _STEPS[at + 1]
            rest = whole % size // under
            return f"{first} {_counted(rest, under_name)}" if rest and whole // size < 10 else first
        return first
    return "0 s"


def short_length(length_ns: int | float) -> str:
    """A length by its largest unit alone."""
    whole = round(length_ns / _NS_PER_S)
    for size, name in _STEPS:
        if whole >= size:
            return _counted(whole // size, name)
    return "0 s"


def ago(time_ns: int, now_ns: int) -> str:
    """``12 s ago``, ``in 5 min``, ``now``."""
    apart_ns = now_ns - time_ns
    if abs(apart_ns) < _NS_PER_S:
        return "now"
    text = short_length(abs(apart_ns))
    return f"{text} ago" if apart_ns > 0 else f"in {text}"


def exact(time_ns: int) -> str:
    """``2024-05-14 10:40:00 UTC``; beyond the calendar, a dash."""
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=time_ns // _NS_PER_S)
    except OverflowError:
        return "–"
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def every(period: Period) -> str:
    """``Hourly``, ``Every 10 minutes``."""
    if period.count == 1 and period.unit in _OFTEN:
        return _OFTEN[period.unit]
    return f"Every {period}{'' if period.count == 1 else 's'}"


def field_text(time_ns: int, zone: str) -> str:
    """``2024-05-14 10:40`` on the clock of a zone, with seconds where they are not zero."""
    local = int(utc_to_local(np.array([time_ns]), zone)[0])
    return str(np.datetime64(local // _NS_PER_S, "s")).replace("T", " ").removesuffix(":00")


def read_field(text: str, zone: str) -> int:
    """The instant that a date, with a time or without, names in a zone; a TsError when it names none."""
    text = "T".join(text.split())
    if len(text) == len("2024-05-14"):
        text += "T00:00"
    if len(text) == len("2024-05-14T10:40"):
        text += ":00"
    return int(local_to_utc(np.array([parse_iso(f"{text}Z")]), zone)[0])


def _counted(count: int, name: str) -> str:
    return f"{count} {name}s" if name == "day" and count != 1 else f"{count} {name}"
