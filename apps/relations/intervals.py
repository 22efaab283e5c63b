"""Lengths of time as PostgreSQL has them: months, days and microseconds, each counted by itself."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

import numpy as np

from apps.algebra.times import MAX_TIME_NS, MIN_TIME_NS, NS_PER_DAY, shift_local
from apps.errors import ArgumentFault

__all__ = ["Interval", "add_interval", "interval_text", "parse_interval"]

_US_PER_DAY = 86_400_000_000
_DAYS_PER_MONTH = 30
#: Units by spelling: which of the three fields they count, and how many of it one is.
_UNITS: dict[str, tuple[str, int]] = {
    spelling: (name, size)
    for name, size, spellings in (
        ("us", 1, "us usec usecs microsecond microseconds"),
        ("us", 1000, "ms msec msecs millisecond milliseconds"),
        ("us", 1_000_000, "s sec secs second seconds"),
        ("us", 60_000_000, "m min mins minute minutes"),
        ("us", 3_600_000_000, "h hr hrs hour hours"),
        ("days", 1, "d day days"),
        ("days", 7, "w week weeks"),
        ("months", 1, "mon mons month months"),
        ("months", 12, "y yr yrs year years"),
        ("months", 120, "decade decades"),
        ("months", 1200, "century centuries"),
    )
    for spelling in spellings.split()
}
_PART = re.compile(
    r"\s*(?:([+-]?)([0-9]{1,9}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?(?![0-9:.])"
    r"|([+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,12})?|\.[0-9]{1,12}))\s*([a-zA-Z]+))\s*"
)
#: Fields beyond these can't be added to any time.
_MOST = {"months": 20_000, "days": 10_000_000, "us": 2**62 // 1000}


class Interval(NamedTuple):
    """Months, days and microseconds; any of them may be negative."""

    months: int
    days: int
    us: int

    def negated(self) -> Interval:
        return Interval(-self.months, -self.days, -self.us)


def parse_interval(text: str) -> Interval:
    """``15 min``, ``1 hour 30 min``, ``1.5 days``, ``-2 weeks``, ``01:30:00``; ArgumentFault otherwise."""
    fault = ArgumentFault(
        f"invalid input syntax for type interval: {text[:60]!r}",
        code="bad-interval",
        hint="write 15 min or 1 day",
    )
    source = text.strip()
    ago = source.lower().endswith(" ago")
    source = source[:-4] if ago else source
    if not source or len(source) > 200:
        raise fault
    total = {"months": Decimal(0), "days": Decimal(0), "us": Decimal(0)}
    at = 0
    while at < len(source):
        match = _PART.match(source, at)
        if match is None:
            raise fault
        at = match.end()
        if match[2] is not None:
            us = (int(match[2]) * 60 + int(match[3])) * 60 + int(match[4] or 0)
            us = us * 1_000_000 + int((match[5] or "0").ljust(6, "0"))
            total["us"] += -us if match[1] == "-" else us
            continue
        unit = _UNITS.get(match[7].lower())
        if unit is None:
            raise fault
        try:
            _add(total, unit[0], Decimal(match[6]) * unit[1])
        except InvalidOperation:
            raise fault from None
    found = Interval(*(int(total[name]) for name in ("months", "days", "us")))
    if any(abs(part) > _MOST[name] for name, part in zip(("months", "days", "us"), found, strict=True)):
        raise ArgumentFault(f"interval out of range: {text[:60]!r}")
    return found.negated() if ago else found


def _add(total: dict[str, Decimal], name: str, amount: Decimal) -> None:
    """Whole units count as they are; what is left over becomes smaller ones (a month has 30 days)."""
    whole = Decimal(int(amount))
    rest = amount - whole
    total[name] += whole if name != "us" else Decimal(round(amount))
    if rest and name == "months":
        _add(total, "days", rest * _DAYS_PER_MONTH)
    elif rest and name == "days":
        _add(total, "us", rest * _US_PER_DAY)


def interval_text(interval: Interval) -> str:
    """As PostgreSQL prints it: ``1 year 2 mons 3 days 04:05:06``."""
    years, months = divmod(abs(interval.months), 12)
    sign = "-" if interval.months < 0 else ""
    parts = [
        f"{sign}{count} {name}{'' if count == 1 else 's'}"
        for count, name in ((years, "year"), (months, "mon"))
        if count
    ]
    if interval.days:
        parts.append(f"{interval.days} day{'' if abs(interval.days) == 1 else 's'}")
    if interval.us or not parts:
        seconds, us = divmod(abs(interval.us), 1_000_000)
        clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        clock += f".{us:06d}".rstrip("0") if us else ""
        parts.append(f"-{clock}" if interval.us < 0 else clock)
    return " ".join(parts)


def add_interval(
    times_ns: np.ndarray, months: np.ndarray | int, days: np.ndarray | int, us: np.ndarray | int
) -> np.ndarray:
    """Times moved by intervals in UTC: months first (a day that is lacking becomes the last), then the rest.

    The ends of time stay where they are; ArgumentFault when another time would pass them.
    """
    times = np.asarray(times_ns, np.int64)
    ends = (times <= MIN_TIME_NS) | (times >= MAX_TIME_NS)
    moved = shift_local(times, months, "month") if np.any(months) else times
    rest = np.asarray(days, np.float64) * NS_PER_DAY + np.asarray(us, np.float64) * 1000
    rough = moved.astype(np.float64) + rest
    if ((~ends) & ((rough < MIN_TIME_NS) | (rough > MAX_TIME_NS))).any():
        raise ArgumentFault("timestamp out of range")
    with np.errstate(over="ignore"):
        exact = moved + np.asarray(days, np.int64) * NS_PER_DAY + np.asarray(us, np.int64) * 1000
    return np.where(ends, times, exact)
