"""Times as files write them, to nanoseconds."""

from __future__ import annotations

import re
from calendar import timegm
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from apps.errors import ArgumentFault

__all__ = ["UNITS", "read_time"]

_SECOND_NS = 1_000_000_000
#: Names of time formats that count from 1970, with the nanoseconds of one step.
UNITS = {"s": _SECOND_NS, "ms": 1_000_000, "us": 1_000, "ns": 1}
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)


@lru_cache(maxsize=65_536)
def read_time(text: str, time_format: str) -> tuple[int, bool]:
    """Nanoseconds, and whether they are a wall-clock reading that still needs a zone.

    ``time_format`` is ``iso``, one of ``s ms us ns``, or a pattern of ``datetime.strptime``.
    """
    text = text.strip()
    try:
        if time_format in UNITS:
            return _in_range(int(Decimal(text) * UNITS[time_format])), False
        return _read_iso(text) if time_format == "iso" else _read_pattern(text, time_format)
    except (ValueError, OverflowError, InvalidOperation):
        raise ArgumentFault(f"{text[:40]!r} is not a time in the format {time_format!r}") from None


def _read_iso(text: str) -> tuple[int, bool]:
    match = _ISO.fullmatch(text)
    if match is None:
        raise ValueError
    numbers = [int(part or 0) for part in match.groups()[:6]]
    seconds = timegm(datetime(*numbers).timetuple())
    zone = match[8]
    if zone and zone != "Z":
        shift = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
        seconds -= shift if zone[0] == "+" else -shift
    return _in_range(seconds * _SECOND_NS + int((match[7] or "0").ljust(9, "0"))), zone is None


def _read_pattern(text: str, pattern: str) -> tuple[int, bool]:
    moment = datetime.strptime(text, pattern)
    seconds = timegm(moment.utctimetuple() if moment.tzinfo else moment.timetuple())
    return _in_range(seconds * _SECOND_NS + moment.microsecond * 1_000), moment.tzinfo is None


def _in_range(time_ns: int) -> int:
    if not -(2**63) <= time_ns < 2**63:
        raise OverflowError
    return time_ns
