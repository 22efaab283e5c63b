"""Functions of a row and those around it: LAG and its kin, numbers of rows, aggregates over windows.

Rows belong to partitions and have an order in them. Everything is done in that order, a whole column at a
time, and comes back in the order of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from apps.algebra.sliding import window_sums
from apps.errors import ArgumentFault, LimitFault
from apps.relations.aggregates import Runs, aggregate_over, find_aggregate
from apps.relations.arithmetic import doubles
from apps.relations.choice import choose
from apps.relations.columns import Column
from apps.relations.context import Context
from apps.relations.ordering import Groups, groups_of, sort_keys

__all__ = [
    "Partitions", "dense_rank", "first_value", "growing", "lag", "last_rows", "last_time", "last_value",
    "lead", "partitions", "peers", "rank", "row_number", "whole", "window_aggregate",
]  # fmt: skip

#: Rows that windows may look at altogether.
_GATHERED = 60_000_000


@dataclass(frozen=True, eq=False)
class Partitions:
    """Rows in partitions and in order; ``keys`` are the keys of that order, by row of the table.

    ``groups`` None: the table as it stands is one partition.
    """

    rows: int
    groups: Groups | None = None
    keys: tuple[np.ndarray, ...] = ()

    def sorted(self, column: Column) -> Column:
        """A column in the order of the partitions."""
        return column if self.groups is None else column.take(self.groups.order)

    def restored(self, column: Column) -> Column:
        """A column in the order of the table again."""
        if self.groups is None:
            return column
        back = np.empty(self.rows, np.int64)
        back[self.groups.order] = np.arange(self.rows)
        return column.take(back)

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """For each row, in the order of the partitions, where its partition begins and ends."""
        if self.groups is None:
            return np.zeros(self.rows, np.int64), np.full(self.rows, self.rows, np.int64)
        size = self.groups.hi - self.groups.lo
        return np.repeat(self.groups.lo, size), np.repeat(self.groups.hi, size)

    def changes(self) -> np.ndarray:
        """Whether a row, in the order of the partitions, differs in its keys from the one before."""
        new = np.zeros(self.rows, bool)
        new[:1] = True
        if self.groups is not None:
            new[self.groups.lo] = True
        for key in self.keys:
            ordered = key if self.groups is None else key[self.groups.order]
            new[1:] |= ordered[1:] != ordered[:-1]
        return new


def partitions(
    by: Sequence[Column], order: Sequence[tuple[Column, bool]], rows: int, context: Context
) -> Partitions:
    """Rows partitioned by columns and ordered by others (True: descending); the whole table without any."""
    context.work.room(rows, len(by) + len(order) + 1, "the partitions")
    keys = tuple(key for column, descending in order for key in sort_keys(column, descending))
    if not by and not keys:
        return Partitions(rows)
    groups = groups_of(by, rows, keys)
    return Partitions(rows, None if len(groups) <= 1 and groups.in_place else groups, keys)


# --- Neighbours ---------------------------------------------------------------------------------------


def lag(column: Column, where: Partitions, offset: int = 1, default: Column | None = None) -> Column:
    """The value so many rows before in the partition; ``default``, else NULL, where there is no such row."""
    if abs(offset) > 2**40:
        raise ArgumentFault("LAG and LEAD look at most 2^40 rows away")
    if where.groups is None:
        return _lag_of_one(column, offset, default)
    start, end = where.bounds()
    index = np.arange(where.rows) - offset
    there = (index >= start) & (index < end)
    found = where.sorted(column).take(np.where(there, index, 0))
    missing = ~there if found.missing is None else found.missing | ~there
    return _with_default(where.restored(found.masked(missing)), where, there, default)


def _lag_of_one(column: Column, offset: int, default: Column | None) -> Column:
    """As :func:`lag` where the table is one partition: a copy moved by some rows."""
    rows = len(column)
    values, gone = np.empty_like(column.values, subok=False), np.zeros(rows, bool)
    moved = min(abs(offset), rows)
    kept, source = slice(moved, rows), slice(0, rows - moved)
    if offset < 0:
        kept, source = source, kept
    values[kept] = column.values[source]
    edge = slice(0, moved) if offset >= 0 else slice(rows - moved, rows)
    values[edge] = column.values[0] if rows and column.dictionary is not None else np.zeros((), values.dtype)
    gone[edge] = True
    there = ~gone
    if column.missing is not None:
        gone[kept] = column.missing[source]
    found = Column(column.type, values, gone, column.dictionary, column.folded)
    if offset == 0:
        found = found.masked(column.missing)
    return _with_default(found, Partitions(rows), there, default)


def _with_default(found: Column, where: Partitions, there: np.ndarray, default: Column | None) -> Column:
    if default is None:
        return found
    if where.groups is not None:
        there = where.restored(Column("boolean", there)).values
    return choose([found, default], np.where(there, 0, 1))


def lead(column: Column, where: Partitions, offset: int = 1, default: Column | None = None) -> Column:
    """The value so many rows later in the partition."""
    return lag(column, where, -offset, default)


def first_value(column: Column, where: Partitions) -> Column:
    """The value of the partition's first row."""
    start, _ = where.bounds()
    return where.restored(where.sorted(column).take(start))


def last_value(column: Column, where: Partitions) -> Column:
    """The value of the last row with keys equal to this one's; of the partition without an order."""
    _, hi = peers(where) if where.keys else where.bounds()
    return where.restored(where.sorted(column).take(hi - 1))


# --- Numbers of rows ----------------------------------------------------------------------------------


def row_number(where: Partitions) -> Column:
    """1 for the first row of each partition, then on."""
    start, _ = where.bounds()
    return where.restored(Column("bigint", np.arange(where.rows) - start + 1))


def rank(where: Partitions) -> Column:
    """The number of the first row with equal keys, so that ties leave a gap behind them."""
    start, _ = where.bounds()
    at = np.maximum.accumulate(np.where(where.changes(), np.arange(where.rows), 0))
    return where.restored(Column("bigint", at - start + 1))


def dense_rank(where: Partitions) -> Column:
    """How many different keys there are up to this row."""
    start, _ = where.bounds()
    seen = np.cumsum(where.changes())
    return where.restored(Column("bigint", seen - (seen[start] if where.rows else 0) + 1))


# --- Windows ------------------------------------------------------------------------------------------

Bounds = tuple[np.ndarray, np.ndarray]


def whole(where: Partitions) -> Bounds:
    """Each row's whole partition."""
    return where.bounds()


def growing(where: Partitions) -> Bounds:
    """From the first row of the partition to this one."""
    return where.bounds()[0], np.arange(1, where.rows + 1)


def peers(where: Partitions) -> Bounds:
    """From the first row of the partition to the last one that equals this one in the order's keys."""
    start, end = where.bounds()
    firsts = np.flatnonzero(where.changes())
    after = np.append(firsts[1:], where.rows)
    stop = np.repeat(after, after - firsts) if len(firsts) else end
    return start, np.minimum(stop, end)


def last_rows(where: Partitions, count: int) -> Bounds:
    """The last rows of the partition up to this one, so many with it."""
    if count < 1:
        raise ArgumentFault("a window has at least one row")
    start, end = growing(where)
    return np.maximum(start, end - min(count, where.rows + 1)), end


def last_time(where: Partitions, times_ns: np.ndarray, length_ns: int) -> Bounds:
    """Rows of the partition later than this one's time minus a length; the order is by ascending time."""
    start, end = where.bounds()
    ordered = times_ns if where.groups is None else times_ns[where.groups.order]
    lo = np.empty(where.rows, np.int64)
    firsts = np.array([0]) if where.groups is None else where.groups.lo
    stops = np.array([where.rows]) if where.groups is None else where.groups.hi
    for first, stop in zip(firsts.tolist(), stops.tolist(), strict=True):
        part = ordered[first:stop]
        lo[first:stop] = first + np.searchsorted(part, part - length_ns, side="right")
    return np.maximum(lo, start), np.minimum(np.arange(1, where.rows + 1), end)


def window_aggregate(
    name: str,
    columns: Sequence[Column],
    where: Partitions,
    bounds: Bounds,
    context: Context,
    *,
    times_ns: np.ndarray | None = None,
    parameter: Any = None,
) -> Column:
    """An aggregate over each row's window (bounds in the order of the partitions)."""
    context.work.check()
    if name == "ema":
        return where.restored(_ema(where.sorted(columns[0]), where, parameter))
    found = find_aggregate(name, len(columns))
    ordered = tuple(where.sorted(column) for column in columns)
    if times_ns is not None and where.groups is not None:
        times_ns = times_ns[where.groups.order]
    lo, hi = bounds
    quick = _quick(name, ordered, lo, hi)
    if quick is None:
        _check_windows(lo, hi, name, context)
        quick = aggregate_over(found, Runs(ordered, lo, hi, times_ns, None, parameter))
    return where.restored(quick)


_ANY_LENGTH = ("count", "first", "last", "first_value", "last_value", "delta")


def _check_windows(lo: np.ndarray, hi: np.ndarray, name: str, context: Context) -> None:
    asked = int(np.maximum(hi - lo, 0).sum())
    if name not in _ANY_LENGTH and asked > _GATHERED:
        raise LimitFault(
            f"the windows of {name} would look at {asked} rows, more than the limit of {_GATHERED}",
            hint="use smaller windows or partitions",
            data={"limit": "window_rows", "asked": asked, "allowed": _GATHERED},
        )


def _quick(name: str, columns: tuple[Column, ...], lo: np.ndarray, hi: np.ndarray) -> Column | None:
    """Sums and means of any windows and extremes of growing ones in linear time; None for others."""
    if name not in ("sum", "avg", "min", "max") or len(hi) == 0:
        return None
    column = columns[0]
    if column.type not in ("double", "float", "decimal", "bigint", "integer", "smallint"):
        return None
    if name in ("min", "max") and (column.type in ("bigint", "integer", "smallint")):
        return None
    known = ~column.unknown
    before = np.concatenate([[0], np.cumsum(known)])
    values, low, high = doubles(column)[known], before[lo], before[hi]
    filled = high > low
    out = np.full(len(lo), np.nan)
    if name in ("min", "max"):
        if not np.array_equal(hi, np.arange(1, len(hi) + 1)) or (lo[1:] > lo[:-1])[lo[1:] != hi[:-1]].any():
            return None
        extremes = pd.Series(np.where(known, doubles(column), np.nan)).groupby(lo, sort=False)
        found = extremes.cummin() if name == "min" else extremes.cummax()
        out = found.ffill().to_numpy()
    elif filled.any():
        # Bounds of one partition after the other never fall, as sliding sums ask.
        low, high = low[filled], high[filled]
        if (np.diff(low) < 0).any() or (np.diff(high) < 0).any():
            return None
        with np.errstate(all="ignore"):
            sums = window_sums(values, low, high)
        out[filled] = sums if name == "sum" else sums / (high - low)
    return Column("double", out).masked(~filled)


def _ema(column: Column, where: Partitions, factor: Any) -> Column:
    """``s = a * v + (1 - a) * s before``, from the first value of the partition on; unknown rows keep s."""
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 < factor <= 1:
        raise ArgumentFault("EMA takes a factor above 0 and up to 1, and an expression")
    start, _ = where.bounds()
    known = np.flatnonzero(~column.unknown)
    values = pd.Series(doubles(column)[known])
    part = start[known]
    smooth = values.groupby(part, sort=False).ewm(alpha=factor, adjust=False).mean()
    out = pd.Series(np.full(len(column), np.nan))
    out.iloc[known] = smooth.to_numpy()
    found = out.groupby(start, sort=False).ffill().to_numpy()
    return Column("double", found).masked(np.isnan(found) & column.unknown)
