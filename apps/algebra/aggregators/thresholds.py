"""How long and how often a signal is outside its limits.

The signal of a bucket is a line through its samples, level from the bucket's start to the first sample and
from the last sample to the bucket's end. It is in violation where it is above ``threshold_max`` or below
``threshold_min``. Instants of crossing are truncated to whole milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from apps.algebra.buckets import expand_ranges, labels_of
from apps.algebra.registry import Param, register
from apps.algebra.times import NS_PER_DAY, NS_PER_MINUTE, NS_PER_MS, local_to_utc, utc_to_local
from apps.errors import ArgumentFault

__all__ = ["threshold_count", "threshold_duration", "threshold_percent"]

Times = Annotated[np.ndarray, Param("time of each value; supplied by the caller", unit="ns")]
Starts = Annotated[np.ndarray, Param("start of each bucket; supplied by the caller", unit="ns")]
Ends = Annotated[np.ndarray, Param("end of each bucket; supplied by the caller", unit="ns")]
Low = Annotated[float | None, Param("values below it are in violation", unit="value")]
High = Annotated[float | None, Param("values above it are in violation", unit="value")]
Working = Annotated[
    tuple[int, int] | None, Param("measure only these minutes of the day, Monday to Friday", unit="minute")
]
Zone = Annotated[str, Param("IANA zone of the working minutes")]


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Stretches of violation ``[start_ms, end_ms)``: their bucket, and whether each begins an episode."""

    bucket: np.ndarray
    start_ms: np.ndarray
    end_ms: np.ndarray
    begins: np.ndarray


def _sides(values: np.ndarray, low: float | None, high: float | None) -> np.ndarray:
    """+1 above the limit, -1 below, 0 within."""
    if low is None and high is None:
        raise ArgumentFault(
            "threshold statistics need a limit", hint="give a lower limit, an upper limit or both"
        )
    side = np.zeros(len(values), np.int8)
    if high is not None:
        side[values > high] = 1
    if low is not None:
        side[values < low] = -1
    return side


def _pieces(
    values: np.ndarray,
    lo: np.ndarray,
    hi: np.ndarray,
    times_ns: np.ndarray,
    starts_ns: np.ndarray,
    ends_ns: np.ndarray,
    low: float | None,
    high: float | None,
) -> _Pieces:
    index, label = expand_ranges(lo, hi), labels_of(lo, hi)
    v, t = values[index], times_ns[index] // NS_PER_MS
    side = _sides(v, low, high)
    head = np.ones(len(index), bool)
    head[1:] = label[1:] != label[:-1]
    tail = np.ones(len(index), bool)
    tail[:-1] = head[1:]
    starts, ends = starts_ns // NS_PER_MS, ends_ns // NS_PER_MS
    # A segment runs from a sample to the next of its bucket; a head and a tail complete the bucket.
    at = np.flatnonzero(~tail)
    i = np.flatnonzero(head & (side != 0))
    rows = [(label[i], starts[label[i]], t[i], np.ones(len(i), bool), t[i], np.zeros(len(i), np.int64))]
    i = np.flatnonzero(tail & (side != 0))
    rows.append((label[i], t[i], ends[label[i]], np.zeros(len(i), bool), t[i], np.full(len(i), 2)))
    for sign, limit in ((1, high), (-1, low)):
        if limit is None:
            continue
        before, after = side[at] == sign, side[at + 1] == sign
        i = at[before | after]
        crossing = _crossings(t[i], v[i], t[i + 1], v[i + 1], limit)
        begin = np.where(side[i] == sign, t[i], crossing)
        end = np.where(side[i + 1] == sign, t[i + 1], crossing)
        rows.append((label[i], begin, end, side[i] != sign, begin, np.ones(len(i), np.int64)))
    bucket, start, end, begins, when, order = (np.concatenate(column) for column in zip(*rows, strict=True))
    sort = np.lexsort((order, when, bucket))
    return _Pieces(bucket[sort], start[sort], end[sort], begins[sort])


def _crossings(
    t0: np.ndarray, v0: np.ndarray, t1: np.ndarray, v1: np.ndarray, limit: float
) -> np.ndarray:
    """Whole milliseconds at which a line reaches ``limit`` (any instant where it never does)."""
    with np.errstate(all="ignore"):
        way = np.nan_to_num((limit - v0) * (t1 - t0) / (v1 - v0), nan=0.0, posinf=0.0, neginf=0.0)
    return t0 + np.floor(np.clip(way, 0, t1 - t0)).astype(np.int64)


class _WorkingTime:
    """Milliseconds of working time since a first day, as a function of time."""

    def __init__(self, start_ms: int, end_ms: int, minutes: tuple[int, int], zone: str) -> None:
        opens, closes = minutes
        if not 0 <= opens < closes <= 1440:
            raise ArgumentFault(f"working minutes {opens} to {closes} are not a part of a day")
        edge = utc_to_local(np.array([start_ms, end_ms], np.int64) * NS_PER_MS, zone)
        days = np.arange(edge[0] // NS_PER_DAY, edge[1] // NS_PER_DAY + 1)
        days = days[(days + 3) % 7 < 5]
        self.opens, self.closes = (
            local_to_utc(days * NS_PER_DAY + minute * NS_PER_MINUTE, zone) // NS_PER_MS
            for minute in (opens, closes)
        )
        self.before = np.concatenate([[0], np.cumsum(self.closes - self.opens)])

    def __call__(self, time_ms: np.ndarray) -> np.ndarray:
        if len(self.opens) == 0:
            return np.zeros(len(time_ms), np.int64)
        day = np.searchsorted(self.opens, time_ms, side="right") - 1
        held = np.maximum(day, 0)
        inside = np.minimum(time_ms, self.closes[held]) - self.opens[held]
        return np.where(day < 0, 0, self.before[held] + inside)


def _clock(
    starts_ns: np.ndarray, ends_ns: np.ndarray, working: tuple[int, int] | None, zone: str
) -> Callable[[np.ndarray], np.ndarray]:
    if working is None or len(starts_ns) == 0:
        return lambda time_ms: time_ms
    return _WorkingTime(int(starts_ns[0]) // NS_PER_MS, int(ends_ns[-1]) // NS_PER_MS, working, zone)


@register("threshold_duration", family="aggregator", shape="kernel")
def threshold_duration(
    values: np.ndarray,
    lo: np.ndarray,
    hi: np.ndarray,
    *,
    times_ns: Times,
    starts_ns: Starts,
    ends_ns: Ends,
    threshold_min: Low = None,
    threshold_max: High = None,
    working_minutes: Working = None,
    zone: Zone = "UTC",
) -> np.ndarray:
    """Time a bucket's signal spends outside its limits, in milliseconds.

    In: values without NaN with their times, index bounds and times of the buckets.
    Out: one duration per bucket, ms.
    Missing: an empty bucket has no value (NaN); the signal is level outside its samples.
    Errors: ArgumentFault without any limit.
    Source: ATSD THRESHOLD_DURATION. Differences: none; crossings truncated to whole ms.
    Example: 4, 10, 7 at 0, 20, 40 s of a minute, max 8 -> 13.333 s to 33.333 s, 20000.
    """
    pieces = _pieces(values, lo, hi, times_ns, starts_ns, ends_ns, threshold_min, threshold_max)
    clock = _clock(starts_ns, ends_ns, working_minutes, zone)
    spent = (clock(pieces.end_ms) - clock(pieces.start_ms)).astype(np.float64)
    out = np.bincount(pieces.bucket, weights=spent, minlength=len(lo)).astype(np.float64)
    out[hi <= lo] = np.nan
    return out


@register("threshold_count", family="aggregator", shape="kernel")
def threshold_count(
    values: np.ndarray,
    lo: np.ndarray,
    hi: np.ndarray,
    *,
    times_ns: Times,
    starts_ns: Starts,
    ends_ns: Ends,
    threshold_min: Low = None,
    threshold_max: High = None,
    working_minutes: Working = None,
    zone: Zone = "UTC",
) -> np.ndarray:
    """How often a bucket's signal leaves its limits; being outside at the start counts.

    In: values without NaN with their times, index bounds and times of the buckets.
    Out: one number of episodes per bucket.
    Missing: an empty bucket has no value (NaN). With working minutes, episodes outside them do not count.
    Errors: ArgumentFault without any limit.
    Source: ATSD THRESHOLD_COUNT. Differences: none.
    Example: 4, 10, 7 in one minute, max 8 -> 1.
    """
    pieces = _pieces(values, lo, hi, times_ns, starts_ns, ends_ns, threshold_min, threshold_max)
    begins = pieces.begins
    if working_minutes is not None and len(begins):
        clock = _clock(starts_ns, ends_ns, working_minutes, zone)
        episode = np.cumsum(begins) - 1
        worked = np.bincount(episode, weights=clock(pieces.end_ms) - clock(pieces.start_ms))
        begins = begins & (worked[episode] > 0)
    out = np.bincount(pieces.bucket, weights=begins, minlength=len(lo)).astype(np.float64)
    out[hi <= lo] = np.nan
    return out


@register("threshold_percent", family="aggregator", shape="kernel")
def threshold_percent(
    values: np.ndarray,
    lo: np.ndarray,
    hi: np.ndarray,
    *,
    times_ns: Times,
    starts_ns: Starts,
    ends_ns: Ends,
    threshold_min: Low = None,
    threshold_max: High = None,
    working_minutes: Working = None,
    zone: Zone = "UTC",
) -> np.ndarray:
    """Share of a bucket's time that its signal spends within its limits, in percent.

    In: values without NaN with their times, index bounds and times of the buckets.
    Out: one share per bucket, 0 to 100 %, of the full length of the bucket (of its working time, if limited).
    Missing: an empty bucket has no value (NaN); a bucket without working time neither.
    Errors: ArgumentFault without any limit.
    Source: ATSD THRESHOLD_PERCENT. Differences: its caption speaks of violation, its numbers of compliance.
    Example: 4, 10, 7 at 0, 20, 40 s of a minute, max 8 -> 66.6667.
    """
    outside = threshold_duration(
        values, lo, hi, times_ns=times_ns, starts_ns=starts_ns, ends_ns=ends_ns,
        threshold_min=threshold_min, threshold_max=threshold_max,
        working_minutes=working_minutes, zone=zone,
    )  # fmt: skip
    clock = _clock(starts_ns, ends_ns, working_minutes, zone)
    length = (clock(ends_ns // NS_PER_MS) - clock(starts_ns // NS_PER_MS)).astype(np.float64)
    return 100 * (1 - outside / np.where(length > 0, length, np.nan))
