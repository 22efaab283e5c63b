"""Periods and the grids they make: bucket starts for every alignment, bounded before allocation."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from apps.algebra.times import (
    CALENDAR_UNITS,
    MAX_TIME_NS,
    MIN_TIME_NS,
    NS_PER_DAY,
    UNIT_NS,
    floor_local,
    local_to_utc,
    shift_local,
    utc_to_local,
)
from apps.errors import ArgumentFault, LimitFault, near_names

__all__ = [
    "ALIGNMENTS", "MAX_POINTS", "Align", "Grid", "Period", "calendar_edges", "check_points", "check_step",
    "fixed_edges", "occupied_grid", "period_grid",
]  # fmt: skip

Align = Literal["calendar", "start_time", "end_time", "first_value_time"]
ALIGNMENTS: tuple[Align, ...] = ("calendar", "start_time", "end_time", "first_value_time")

#: Grid points one function may make when its caller sets no limit.
MAX_POINTS = 20_000_000

#: Steps further than this from a base lie outside the range of times, in days as in months.
_FAR = 10**6
_MAX_DAY = 106_700
#: Larger counts name no length of time that anything here could hold.
_MOST = 10**15
_LAST_NS = int(np.iinfo(np.int64).max)

_TEXT = re.compile(r"\s*(-?[0-9]+(?:\.[0-9]+)?)\s*[- *]?\s*([A-Za-z]+)\s*")
_SHORT_UNITS = {"min": "minute", "mins": "minute", "sec": "second", "secs": "second", "ms": "millisecond"}


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time as people say it: a count and a unit. Day and longer are calendar steps.

    A count may be negative or 0 (an offset, a plain difference); grids ask for at least 1.
    """

    count: float
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in UNIT_NS:
            near = near_names(self.unit, UNIT_NS)
            hint = f"did you mean {', '.join(near)}?" if near else f"units: {', '.join(UNIT_NS)}"
            raise ArgumentFault(f"there is no unit of time {self.unit[:40]!r}", hint=hint)
        if isinstance(self.count, bool) or not isinstance(self.count, int | float):
            raise ArgumentFault(f"a period counts with a number, not {self.count!r}")
        if isinstance(self.count, float) and not math.isfinite(self.count):
            raise ArgumentFault(f"a period counts with a finite number, not {self.count}")
        if abs(self.count) > _MOST:
            raise ArgumentFault(f"a period counts up to {_MOST:g}, not more")
        if isinstance(self.count, float) and self.count.is_integer():
            object.__setattr__(self, "count", int(self.count))

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``1 minute``, ``10 minutes``, ``1-DAY``, ``1.5 hour``; ArgumentFault otherwise."""
        match = _TEXT.fullmatch(text) if len(text) <= 100 else None
        if match is None:
            raise ArgumentFault(
                f"{text[:60]!r} is not a period", hint="write a count and a unit, as in 10 minute"
            )
        unit = match[2].lower()
        unit = _SHORT_UNITS.get(unit, unit)
        if unit not in UNIT_NS and unit.endswith("s") and unit[:-1] in UNIT_NS:
            unit = unit[:-1]
        return cls(float(match[1]) if "." in match[1] else int(match[1]), unit)

    @property
    def is_calendar(self) -> bool:
        """True for day and longer, whose length depends on where they stand in the calendar."""
        return self.unit in CALENDAR_UNITS

    @property
    def fixed_ns(self) -> int:
        """The nominal length: day 24 h, week 7 d, month 30 d, quarter 91 d, year 365 d."""
        return round(self.count * UNIT_NS[self.unit])

    def __str__(self) -> str:
        return f"{self.count:g} {self.unit}" if isinstance(self.count, float) else f"{self.count} {self.unit}"


@dataclass(frozen=True, eq=False)
class Grid:
    """Periods ``[starts[i], ends[i])`` in order of time, without overlap. Dense grids leave no gap."""

    starts: np.ndarray
    ends: np.ndarray

    def __len__(self) -> int:
        return len(self.starts)

    @classmethod
    def of_edges(cls, edges: np.ndarray) -> Grid:
        return cls(edges[:-1], edges[1:])

    @classmethod
    def empty(cls) -> Grid:
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))


def check_points(count: int, limit: int, what: str = "the grid") -> None:
    """LimitFault when ``count`` points pass ``limit`` (0 = no limit beyond what memory can address)."""
    allowed = limit or MAX_POINTS * 50
    if count > allowed:
        raise LimitFault(
            f"{what} would have {count} points, more than the limit of {allowed}",
            hint="shorten the interval or lengthen the period",
            data={"limit": "samples_out", "asked": int(count), "allowed": allowed},
        )


def period_grid(
    period: Period,
    start_ns: int,
    end_ns: int,
    *,
    align: Align = "calendar",
    zone: str = "UTC",
    first: Literal["discard", "keep"] = "discard",
    anchor_ns: int | None = None,
    cover: tuple[int, int] | None = None,
    max_points: int = MAX_POINTS,
) -> Grid:
    """The periods of an interval ``[start_ns, end_ns)``: those that begin in it.

    ``first="keep"`` adds the period that holds ``start_ns``. ``anchor_ns`` is the first sample's time for
    ``first_value_time``. ``cover`` builds only the part of that grid that holds times ``lo`` to ``hi``
    (inclusive). The last period keeps its full length, also past ``end_ns``.
    """
    check_step(period)
    start_ns, end_ns = max(start_ns, MIN_TIME_NS), min(end_ns, MAX_TIME_NS)
    low, high = (start_ns, end_ns - 1) if cover is None else cover
    low, high = max(low, start_ns), min(high, end_ns - 1)
    if low > high:
        return Grid.empty()
    if align == "first_value_time":
        anchor_ns = start_ns if anchor_ns is None else anchor_ns
    edges = (calendar_edges if period.is_calendar else fixed_edges)(
        period, _base(period, start_ns, end_ns, align, zone, anchor_ns), zone, low, high, max_points
    )
    # ``edges`` surround the covered part; keep the periods that hold it and that the interval admits.
    lo = max(int(np.searchsorted(edges, low, side="right")) - 1, 0)
    if first == "discard" or align == "first_value_time":
        floor = start_ns if anchor_ns is None or align != "first_value_time" else anchor_ns
        lo = max(lo, int(np.searchsorted(edges, floor, side="left")))
    hi = int(np.searchsorted(edges, high, side="right"))
    if lo >= hi:
        return Grid.empty()
    kept = edges[lo : hi + 1]
    if len(kept) < hi + 1 - lo:
        kept = np.append(kept, _LAST_NS)
    return Grid.of_edges(kept)


def occupied_grid(
    period: Period,
    start_ns: int,
    end_ns: int,
    times_ns: np.ndarray,
    *,
    align: Align = "calendar",
    zone: str = "UTC",
    first: Literal["discard", "keep"] = "discard",
    max_points: int = MAX_POINTS,
) -> Grid:
    """The periods from the first to the last of some samples (within the interval, in order of time).

    Where samples are far apart and periods short, only periods that hold samples are made.
    """
    low, high = int(times_ns[0]), int(times_ns[-1])
    step = period.fixed_ns
    if period.is_calendar or step < 1 or (high - low) // step < 4 * len(times_ns) + 1000:
        return period_grid(
            period, start_ns, end_ns, align=align, zone=zone, first=first,
            anchor_ns=low, cover=(low, high), max_points=max_points,
        )  # fmt: skip
    start_ns, end_ns = max(start_ns, MIN_TIME_NS), min(end_ns, MAX_TIME_NS)
    local = _base(period, start_ns, end_ns, align, zone, low)
    base = int(local_to_utc(np.array([local]), zone)[0])
    starts = np.unique((times_ns - base) // step) * step + base
    if first == "discard":
        starts = starts[starts >= start_ns]
    check_points(len(starts), max_points)
    return Grid(starts, starts + step)


def check_step(period: Period) -> None:
    """ArgumentFault unless a period can be stepped by: at least 1, whole for calendar units."""
    if period.is_calendar and not isinstance(period.count, int):
        raise ArgumentFault(f"{period} is not a whole number of calendar units")
    if period.fixed_ns < 1 or (period.is_calendar and period.count < 1):
        raise ArgumentFault(f"a period of {period} does not make a grid", hint="count must be at least 1")


def _base(
    period: Period, start_ns: int, end_ns: int, align: Align, zone: str, anchor_ns: int | None
) -> int:
    """The local time from which a grid's steps are counted."""
    at = {"start_time": start_ns, "end_time": end_ns, "first_value_time": anchor_ns}.get(align, start_ns)
    local = utc_to_local(np.array([at], np.int64), zone)
    if align != "calendar":
        return int(local[0])
    unit = period.unit
    if unit in ("nanosecond", "millisecond", "second", "minute"):
        return int(floor_local(local, "hour")[0])
    if unit == "hour":
        return int(floor_local(local, "day")[0])
    if unit == "day":
        return int(floor_local(local, "month")[0])
    if unit == "week":
        return int(floor_local(floor_local(local, "month"), "week")[0])
    if unit in ("month", "quarter"):
        return int(floor_local(local, "year")[0])
    return 0


def fixed_edges(
    period: Period, base_local: int, zone: str, low: int, high: int, max_points: int
) -> np.ndarray:
    """Edges of equal lengths, from the last at or before ``low`` to the first after ``high``."""
    base, step = int(local_to_utc(np.array([base_local]), zone)[0]), period.fixed_ns
    first, last = (low - base) // step, (high - base) // step + 1
    check_points(last - first, max_points)
    # Only the outermost edges can leave int64; those between lie within the covered part.
    ends = [max(-_LAST_NS, min(base + k * step, _LAST_NS)) for k in (first, last)]
    begin = base + (first + 1) * step
    if step < 2**62:
        inner = np.arange(last - first - 1, dtype=np.int64)
        inner = inner * step + begin if len(inner) else inner
    else:  # a step that int64 may not hold: one or two edges, if any
        inner = np.array([begin + k * step for k in range(last - first - 1)], np.int64)
    return np.concatenate([ends[:1], inner, ends[1:]])


def calendar_edges(
    period: Period, base_local: int, zone: str, low: int, high: int, max_points: int
) -> np.ndarray:
    """Edges of calendar steps from the base, with one spare step on either side."""
    low_local, high_local = (int(t) for t in utc_to_local(np.array([low, high], np.int64), zone))
    count = int(period.count)
    if period.unit in ("day", "week"):
        # Counted in whole days, so that no length of step overflows nanoseconds.
        step = count * (7 if period.unit == "week" else 1)
        base, lo, hi = (time // NS_PER_DAY for time in (base_local, low_local, high_local))
    else:
        step = count * {"month": 1, "quarter": 3, "year": 12}[period.unit]
        base, lo, hi = (
            int(np.datetime64(time, "ns").astype("M8[M]").astype(np.int64))
            for time in (base_local, low_local, high_local)
        )
    first, last = (lo - base) // step - 1, (hi - base) // step + 2
    check_points(last - first, max_points)
    bounded = [max(-_FAR, min(k * step, _FAR)) for k in range(first, last + 1)]
    counts = np.array(bounded, np.int64)
    if period.unit in ("day", "week"):
        days = np.clip(base + counts, -_MAX_DAY, _MAX_DAY)
        local = days * NS_PER_DAY + base_local % NS_PER_DAY
    else:
        local = shift_local(base_local, counts, "month")
    utc = local_to_utc(local, zone)
    # A day that a zone skipped has no length: its two edges coincide.
    keep = np.ones(len(utc), bool)
    keep[1:] = utc[1:] > np.maximum.accumulate(utc)[:-1]
    return utc[keep]
