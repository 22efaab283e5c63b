"""Buckets of times as ``time_bucket`` counts them: from an origin, in UTC or on the wall clock of a zone.

Times are int64 ns, and so are widths without months; widths of months count calendar months. Division rounds
down, also before the origin.
"""

from __future__ import annotations

import numpy as np

from apps.algebra.times import (
    MAX_TIME_NS,
    MIN_TIME_NS,
    NS_PER_DAY,
    local_to_utc,
    utc_to_local,
    zone_info,
)
from apps.errors import ArgumentFault
from apps.relations.intervals import Interval, add_interval

__all__ = ["DEFAULT_ORIGIN_NS", "bucket", "bucket_in_zone", "check_width", "local_to_utc_late"]

#: 2000-01-03, a Monday, so that weeks begin on Mondays; widths of months count from 2000-01-01.
DEFAULT_ORIGIN_NS = int(np.datetime64("2000-01-03", "ns").astype(np.int64))
_MONTH_ORIGIN_NS = int(np.datetime64("2000-01-01", "ns").astype(np.int64))
_NO_OFFSET = Interval(0, 0, 0)


def check_width(width: Interval, *, whole_days: bool = False) -> None:
    """ArgumentFault unless a width makes buckets."""
    if width.months and (width.days or width.us):
        raise ArgumentFault("month intervals cannot have day or time component")
    if width.months < 0 or (not width.months and _width_us(width) <= 0):
        raise ArgumentFault("period must be greater than 0")
    if whole_days and width.us:
        day_us = NS_PER_DAY // 1000
        if width.us % day_us == 0:
            return
        inexact = abs(width.us) < day_us and not width.days
        raise ArgumentFault(
            "interval must not have sub-day precision" if inexact else "interval must be a multiple of a day"
        )


def _width_us(width: Interval) -> int:
    return width.days * 86_400_000_000 + width.us


def bucket(
    times_ns: np.ndarray, width: Interval, *, origin_ns: int | None = None, offset: Interval = _NO_OFFSET
) -> np.ndarray:
    """The start of the bucket that holds each time; the ends of time stay where they are."""
    times = np.asarray(times_ns, np.int64)
    ends = (times <= MIN_TIME_NS) | (times >= MAX_TIME_NS)
    shifted = _moved(np.where(ends, 0, times), offset.negated())
    found = _moved(_bucket(shifted, width, origin_ns), offset)
    return np.where(ends, times, found)


def _moved(times: np.ndarray, by: Interval) -> np.ndarray:
    return times if by == _NO_OFFSET else add_interval(times, *by)


def _months(times: np.ndarray) -> np.ndarray:
    return times.astype("M8[ns]").astype("M8[M]").astype(np.int64)


def _bucket(times: np.ndarray, width: Interval, origin_ns: int | None) -> np.ndarray:
    if width.months:
        origin = int(_months(np.array([_MONTH_ORIGIN_NS if origin_ns is None else origin_ns], np.int64))[0])
        month = (_months(times) - origin) // width.months * width.months + origin
        if len(month) and month.min() < _months(np.array([MIN_TIME_NS], np.int64))[0]:
            raise ArgumentFault("timestamp out of range")
        return month.astype("M8[M]").astype("M8[ns]").astype(np.int64)
    step = _width_us(width) * 1000
    origin = DEFAULT_ORIGIN_NS if origin_ns is None else origin_ns
    if step >= 2**63:
        raise ArgumentFault("interval out of range")
    # Only the remainders of both count, so that no difference of times leaves int64.
    into = (times % step - origin % step) % step
    if len(times) and (times < MIN_TIME_NS + into).any():
        raise ArgumentFault("timestamp out of range")
    return times - into


def local_to_utc_late(local_ns: np.ndarray, zone: str) -> np.ndarray:
    """When a wall clock showed each reading: ambiguous ones at last, in a gap by the offset before."""
    early = local_to_utc(local_ns, zone)
    # Seen a day later the clock has the new offset; where that gives the same reading, it was shown twice.
    after = early + NS_PER_DAY
    late = np.asarray(local_ns, np.int64) - (utc_to_local(after, zone) - after)
    return np.where(utc_to_local(late, zone) == local_ns, np.maximum(early, late), early)


def bucket_in_zone(
    times_ns: np.ndarray,
    width: Interval,
    zone: str,
    *,
    origin_ns: int | None = None,
    offset: Interval = _NO_OFFSET,
) -> np.ndarray:
    """As :func:`bucket` on the wall clock of a zone; the offset is taken in UTC."""
    zone_info(zone)
    times = np.asarray(times_ns, np.int64)
    ends = (times <= MIN_TIME_NS) | (times >= MAX_TIME_NS)
    shifted = _moved(np.where(ends, 0, times), offset.negated())
    origin = None if origin_ns is None else int(utc_to_local(np.array([origin_ns]), zone)[0])
    local = _bucket(utc_to_local(shifted, zone), width, origin)
    found = local_to_utc_late(local, zone)
    # The second of two equal readings may lie after the time itself: its bucket is one width earlier.
    while (late := found > shifted).any():
        found = np.where(late, add_interval(found, *width.negated()), found)
    return np.where(ends, times, _moved(found, offset))
