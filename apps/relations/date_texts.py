"""Dates as literals of SQL write them, read and printed.

``yyyy-MM-ddTHH:mm:ss[.f](Z|±hh[:]mm)`` and, on the wall clock of a zone, any shorter form down to ``yyyy``;
``infinity`` and ``-infinity`` are the ends of what int64 nanoseconds can name.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import numpy as np

from apps.algebra.times import (
    MAX_TIME_NS,
    MIN_TIME_NS,
    NS_PER_SECOND,
    clamp_time,
    format_iso_ms,
    local_to_utc,
)
from apps.errors import ArgumentFault

__all__ = ["iso_texts", "parse_date", "read_date"]

_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2})"
    r"(?:[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r"\s*(?:([Zz])|(?:UTC|GMT)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?)?)?)?)?"
)
_EPOCH = datetime(1970, 1, 1)


def read_date(text: str, zone: str = "UTC") -> int | None:
    """The time of a date literal in ns UTC, None when it is none."""
    text = text.strip()
    if text in ("infinity", "-infinity"):
        return MIN_TIME_NS if text.startswith("-") else MAX_TIME_NS
    match = _DATE.fullmatch(text) if len(text) <= 50 else None
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[i] or (i < 4)) for i in range(1, 7))
    try:
        whole = datetime(year, month, day, hour, minute, second) - _EPOCH
    except ValueError:
        return None
    seconds = whole // timedelta(seconds=1)
    fraction = int((match[7] or "0").ljust(9, "0"))
    if match[9]:
        east = int(match[10]) * 3600 + int(match[11] or 0) * 60
        if east > 18 * 3600 or int(match[11] or 0) > 59:
            return None
        seconds += east if match[9] == "-" else -east
    time_ns = clamp_time(seconds * NS_PER_SECOND + fraction)
    if match[8] or match[9]:
        return time_ns
    return int(local_to_utc(np.array([time_ns]), zone)[0])


def parse_date(text: str, zone: str = "UTC") -> int:
    """As :func:`read_date`; ArgumentFault when the text is no date."""
    time_ns = read_date(text, zone)
    if time_ns is None:
        raise ArgumentFault(f"Invalid date value: '{text[:80]}'", code="bad-date")
    return time_ns


def iso_texts(times_ns: np.ndarray) -> np.ndarray:
    """``2031-04-05T06:07:08.009Z`` for each time, as objects."""
    out = np.empty(len(times_ns), object)
    out[:] = format_iso_ms(times_ns)
    return out
