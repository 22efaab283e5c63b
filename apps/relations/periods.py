"""PERIOD in GROUP BY: which period a time falls into, and periods that no row fell into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from apps.algebra.periods import Align, Grid, Period, occupied_grid, period_grid
from apps.algebra.transforms.filling import check_fill, fill_between
from apps.errors import ArgumentFault
from apps.relations.arithmetic import doubles
from apps.relations.casts import texts
from apps.relations.columns import NUMBERS, Column, Table, text_codes
from apps.relations.context import Context
from apps.relations.ordering import groups_of

__all__ = ["Periods", "fill_periods", "period_of"]

Fill = Literal["none", "previous", "next", "linear", "value"]


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of a query: ``PERIOD(1 HOUR, END_TIME)`` over ``[start_ns, end_ns)``, None where unbounded.

    Calendar periods count the one that holds the lower bound, though it begins earlier.
    """

    period: Period
    align: Align = "calendar"
    start_ns: int | None = None
    end_ns: int | None = None
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if self.align == "start_time" and self.start_ns is None:
            raise ArgumentFault("PERIOD with START_TIME needs a lower bound of time")
        if self.align == "end_time" and self.end_ns is None:
            raise ArgumentFault("PERIOD with END_TIME needs an upper bound of time")

    def bounds(self, low: int, high: int) -> tuple[int, int]:
        """The interval of the grid; without bounds it holds the rows from ``low`` to ``high``."""
        start = max(low, 0) if self.start_ns is None else self.start_ns
        return start, high + 1 if self.end_ns is None else self.end_ns

    def occupied(self, times_ns: np.ndarray, limit: int) -> Grid:
        """The periods that hold some times (ascending), and those between them unless they are too many."""
        start, end = self.bounds(int(times_ns[0]), int(times_ns[-1]))
        inside = times_ns[np.searchsorted(times_ns, start) : np.searchsorted(times_ns, end)]
        if len(inside) == 0:
            return Grid.empty()
        return occupied_grid(
            self.period, start, end, inside, align=self.align, zone=self.zone, first=self.first,
            max_points=limit,
        )  # fmt: skip

    def all(self, low: int, high: int, limit: int) -> Grid:
        """All periods of the interval; those before the first row's, too, if there is a lower bound."""
        start, end = self.bounds(low, high)
        return period_grid(
            self.period, start, end, align=self.align, zone=self.zone, first=self.first, anchor_ns=low,
            max_points=limit,
        )  # fmt: skip

    @property
    def first(self) -> Literal["discard", "keep"]:
        return "keep" if self.align == "calendar" else "discard"


def period_of(
    times: Column,
    periods: Periods,
    context: Context,
    *,
    zones: Column | None = None,
    series: Column | None = None,
) -> Column:
    """The start of the period that holds each time; NULL for times in no period, whose rows are to go.

    ``zones`` (``entity.timeZone``) gives rows a zone of their own. Periods from the first value on are
    counted for each of the ``series`` by itself.
    """
    out, gone = np.zeros(len(times), np.int64), times.nulls.copy()
    anchored = series if periods.align == "first_value_time" else None
    for zone, rows in _parts(len(times), zones, anchored, periods.zone):
        context.work.check()
        rows = rows[~gone[rows]]
        if len(rows) == 0:
            continue
        values = times.values[rows]
        ordered = values if (values[1:] >= values[:-1]).all() else np.sort(values)
        grid = replace(periods, zone=zone).occupied(ordered, context.work.max_rows)
        if len(grid) == 0:
            gone[rows] = True
            continue
        place = np.searchsorted(grid.starts, values, side="right") - 1
        held = (place >= 0) & (values < grid.ends[np.maximum(place, 0)])
        out[rows], gone[rows] = grid.starts[np.maximum(place, 0)], ~held
    return Column("timestamp", out).masked(gone)


def _parts(
    rows: int, zones: Column | None, series: Column | None, zone: str
) -> Iterator[tuple[str, np.ndarray]]:
    """The rows of each zone and series together."""
    keys = [column for column in (zones, series) if column is not None]
    if not keys or rows == 0:
        yield zone, np.arange(rows)
        return
    named = None if zones is None else text_codes(texts(zones))
    groups = groups_of(keys, rows)
    for lo, hi in zip(groups.lo.tolist(), groups.hi.tolist(), strict=True):
        part = groups.order[lo:hi]
        own = zone
        if named is not None and not named.nulls[part[0]]:
            own = named.dictionary[named.values[part[0]]]
        yield own, part


def fill_periods(
    table: Table,
    period: str,
    others: Sequence[str],
    periods: Periods,
    context: Context,
    *,
    mode: Fill = "none",
    value: float | None = None,
    extend: bool = False,
) -> Table:
    """Rows for the periods that a grouped table lacks, within each group of its other keys.

    Missing periods between two of a group get their values from both; ``extend`` adds periods from the lower
    bound and up to the upper one, with the nearest value (or the constant). Rows that are there stay.
    """
    check_fill(mode, value)
    if table.rows == 0 or (mode == "none" and not extend):
        return table
    table, label = _arranged(table, period, others)
    starts = table[period].values
    grid = periods.all(int(starts.min()), int(starts.max()), context.work.max_rows).starts
    if len(grid) == 0:
        return table
    at = np.searchsorted(grid, starts)
    low, high = _ranges(at, label, grid, periods, extend)
    size = high - low + 1
    context.work.room(int(size.sum()), len(table.columns), "the filled periods")
    group = np.repeat(np.arange(len(size)), size)
    place = np.arange(len(group)) - np.repeat(np.cumsum(size) - size, size) + low[group]
    known = label * len(grid) + at
    wanted = group * len(grid) + place
    before = np.searchsorted(known, wanted, side="right") - 1
    there = (before >= 0) & (known[np.maximum(before, 0)] == wanted)
    has_left = (before >= 0) & (label[np.maximum(before, 0)] == group)
    after = np.minimum(before + 1, table.rows - 1)
    has_right = (before + 1 < table.rows) & (label[after] == group)
    kept = np.flatnonzero(there | (mode != "none") | ~has_left | ~has_right)
    near = _Neighbours(before[kept], after[kept], there[kept], has_left[kept], has_right[kept])
    columns = {}
    for name, column in table.columns.items():
        if name == period:
            columns[name] = Column("timestamp", grid[place[kept]])
        elif name in others:
            columns[name] = column.take(np.where(near.has_left, near.before, near.after))
        else:
            columns[name] = _filled(column, near, starts, grid[place[kept]], mode, value)
    out = Table(columns, len(kept))
    context.work.did("fill periods", table.rows, out.rows)
    return out


def _arranged(table: Table, period: str, others: Sequence[str]) -> tuple[Table, np.ndarray]:
    """The rows by group and period, and the number of each row's group."""
    groups = groups_of([table[name] for name in others], table.rows, (table[period].values,))
    label = np.repeat(np.arange(len(groups)), groups.hi - groups.lo)
    return (table if groups.in_place else table.take(groups.order, table.rows)), label


def _ranges(
    at: np.ndarray, label: np.ndarray, grid: np.ndarray, periods: Periods, extend: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The first and the last period of each group, by number in the grid."""
    new = np.flatnonzero(np.concatenate([[True], label[1:] != label[:-1]]))
    low, high = at[new], at[np.append(new[1:], len(at)) - 1]
    if extend and periods.start_ns is not None:
        # A period that begins before the bound is not added, only kept where it has rows.
        low = np.minimum(low, np.searchsorted(grid, periods.start_ns, side="left"))
    if extend and periods.end_ns is not None:
        high = np.maximum(high, np.searchsorted(grid, periods.end_ns, side="left") - 1)
    return low, high


@dataclass(frozen=True, eq=False)
class _Neighbours:
    """For each wanted row the row before it (or itself, if it is ``there``) and the one after."""

    before: np.ndarray
    after: np.ndarray
    there: np.ndarray
    has_left: np.ndarray
    has_right: np.ndarray


def _filled(
    column: Column, near: _Neighbours, starts: np.ndarray, wanted: np.ndarray, mode: Fill, value: float | None
) -> Column:
    inner = ~near.there & near.has_left & near.has_right
    if mode in ("linear", "value") and column.type in NUMBERS:
        return _computed(column, near, inner, starts, wanted, mode, value)
    source = np.where(near.has_left, near.before, near.after)
    if mode == "next":
        source = np.where(inner, near.after, source)
    found = column.take(source)
    if mode in ("linear", "value"):  # neither is possible for texts and times
        return found.masked(found.nulls | ~near.there)
    return found


def _computed(
    column: Column, near: _Neighbours, inner: np.ndarray, starts: np.ndarray, wanted: np.ndarray, mode: str,
    value: float | None,
) -> Column:  # fmt: skip
    results = np.where(column.nulls, np.nan, doubles(column))
    source = np.where(near.has_left, near.before, near.after)
    found, gone = results[source], column.nulls[source]
    rows = np.flatnonzero(inner if mode == "linear" else ~near.there)
    left, right = near.before[rows], near.after[rows]
    found[rows] = fill_between(
        wanted[rows], (starts[left], results[left]), (starts[right], results[right]), mode, value
    )
    gone = gone.copy()
    lost = column.nulls[left] | column.nulls[right]
    gone[rows] = lost & np.isnan(found[rows]) if mode == "linear" else False
    return Column("double", found).masked(gone)
