"""WITH INTERPOLATE: rows at regular times, series by series, through the algebra's interpolation.

``DETAIL`` keeps the times there are and fills what an outer join left open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from apps.algebra.periods import Align, Period, period_grid
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.transforms.filling import fill_between
from apps.algebra.transforms.interpolate import interpolate
from apps.errors import ExecutionFault
from apps.relations.arithmetic import doubles
from apps.relations.casts import texts, times
from apps.relations.columns import Column, Table, objects
from apps.relations.context import Context
from apps.relations.ordering import groups_of

__all__ = ["Interpolation", "fill_detail", "interpolate_rows"]

Function = Literal["linear", "previous"]


@dataclass(frozen=True, slots=True)
class Interpolation:
    """``period`` None is DETAIL; ``fill`` None omits, ``edge`` takes the nearest value, else a constant."""

    period: Period | None
    function: Function = "linear"
    boundary: Literal["inner", "outer"] = "inner"
    fill: float | Literal["edge"] | None = None
    align: Align = "calendar"
    zone: str = "UTC"


def interpolate_rows(
    table: Table,
    rule: Interpolation,
    context: Context,
    *,
    series: Sequence[str],
    intervals: Sequence[tuple[int, int]] = (),
    time: str = "time",
    value: str = "value",
    text: str | None = None,
    zone: str | None = None,
) -> Table:
    """A row per grid point of each interval ``[start, end)`` and series.

    ``series`` names the columns that tell series apart; what else stands beside time, value and text is taken
    from a series' first row. Rows outside the intervals are neighbours that OUTER may use. Without intervals
    everything from the first row to the last is one, widened to the grid. ``zone`` names a column with a zone
    for each series (``entity.timeZone``).
    """
    if rule.period is None:
        raise ValueError("DETAIL keeps the rows it is given")
    stamps = times(table[time]).values
    groups = groups_of([table[name] for name in series], table.rows, (stamps,)) if table.rows else None
    bounds = (int(stamps.min()), int(stamps.max())) if table.rows else (0, 0)
    parts: list[_Part] = []
    made = 0
    for rows in [] if groups is None else _runs(groups.order, groups.lo, groups.hi):
        own = rule if zone is None else _in_zone(rule, table[zone].take(rows[:1]))
        for start_ns, end_ns in intervals or [_whole(bounds, own, context)]:
            part = _part(table, rows, stamps, own, start_ns, end_ns, value, text, context)
            made += len(part.times_ns)
            context.work.room(made, len(table.columns), "the interpolated rows")
            parts.append(part)
    return _assembled(table, parts, time, value, text, context)


def _runs(order: np.ndarray, lo: np.ndarray, hi: np.ndarray) -> Iterator[np.ndarray]:
    for start, stop in zip(lo.tolist(), hi.tolist(), strict=True):
        yield order[start:stop]


def _in_zone(rule: Interpolation, zone: Column) -> Interpolation:
    name = texts(zone).tolist()[0]
    return rule if name is None else replace(rule, zone=name)


def _whole(bounds: tuple[int, int], rule: Interpolation, context: Context) -> tuple[int, int]:
    """From the grid point at or before the first row to the one at or after the last."""
    first, last = bounds
    grid = period_grid(
        rule.period, first, last + 1, align=rule.align, zone=rule.zone, first="keep",
        max_points=context.work.max_rows,
    )  # fmt: skip
    if len(grid) == 0:
        return first, last + 1
    end = last if grid.starts[-1] == last else int(grid.ends[-1])
    return min(first, int(grid.starts[0])), end + 1


@dataclass(frozen=True, eq=False)
class _Part:
    """The made rows of one series in one interval; ``row`` is the series' first row in the table."""

    row: int
    times_ns: np.ndarray
    values: np.ndarray
    texts: np.ndarray | None


def _part(
    table: Table, rows: np.ndarray, stamps: np.ndarray, rule: Interpolation, start_ns: int, end_ns: int,
    value: str, text: str | None, context: Context,
) -> _Part:  # fmt: skip
    at = stamps[rows]
    column = table[value].take(rows)
    raw = np.where(column.nulls, np.nan, doubles(column))
    if len(at) > 1 and not (at[1:] > at[:-1]).all():
        raise ExecutionFault(
            "a series has two rows of the same time", hint="interpolate each series by itself, before a join"
        )
    made = interpolate(
        Series(SeriesKey("", ""), Samples(at, raw)),
        period=rule.period, start_ns=start_ns, end_ns=end_ns, function=rule.function, align=rule.align,
        boundary=rule.boundary, fill=rule.fill, zone=rule.zone, max_points=context.work.max_rows,
    )  # fmt: skip
    grid = made.samples.times_ns
    words = None if text is None else _carried(table[text].take(rows), at, grid, rule, start_ns, end_ns)
    return _Part(int(rows[0]), grid, made.samples.values, words)


def _carried(
    column: Column, at: np.ndarray, grid: np.ndarray, rule: Interpolation, start_ns: int, end_ns: int
) -> np.ndarray:
    """The text of the row before each grid point; with ``fill`` edge the first text also before it."""
    words = objects(column.tolist())
    if rule.boundary == "inner":
        inside = slice(*np.searchsorted(at, [start_ns, end_ns]))
        at, words = at[inside], words[inside]
    place = np.searchsorted(at, grid, side="right") - 1
    out = words[np.maximum(place, 0)] if len(words) else np.full(len(grid), None)
    if rule.fill != "edge":
        out[place < 0] = None
    return out


def _assembled(
    table: Table, parts: list[_Part], time: str, value: str, text: str | None, context: Context
) -> Table:
    parts = [part for part in parts if len(part.times_ns)]
    row = np.repeat(
        np.array([part.row for part in parts], np.int64),
        np.array([len(part.times_ns) for part in parts], np.int64),
    )
    stamps = np.concatenate([part.times_ns for part in parts]) if parts else np.zeros(0, np.int64)
    values = np.concatenate([part.values for part in parts]) if parts else np.zeros(0)
    columns = {}
    for name, column in table.columns.items():
        if name == time:
            is_ms = column.type not in ("timestamp", "date")
            columns[name] = Column("bigint", stamps // 1_000_000) if is_ms else Column("timestamp", stamps)
        elif name == value:
            columns[name] = Column("double", values)
        elif name == text:
            words = np.concatenate([part.texts for part in parts]) if parts else np.zeros(0, object)
            columns[name] = Column("varchar", words).masked(np.equal(words, None).astype(bool))
        else:
            columns[name] = column.take(row)
    out = Table(columns, len(row), table.series, table.time)
    context.work.did("interpolate", table.rows, out.rows, f"{len(parts)} series and intervals")
    return out


def fill_detail(
    table: Table,
    rule: Interpolation,
    context: Context,
    *,
    series: Sequence[str],
    values: Sequence[str],
    present: dict[str, str] | None = None,
    time: str = "time",
) -> Table:
    """The same rows, with the values that a joined table lacks taken from its own neighbours in time.

    ``present`` names for a value the column that is NULL where its table had no row (default: the value
    itself). Before the first and after the last value it stays NULL unless ``fill`` says otherwise; PREVIOUS
    goes one row on. A series that has no value at all stays NULL, unless the fill is NaN.
    """
    context.work.room(table.rows, len(table.columns) + len(values), "the filled rows")
    if table.rows == 0:
        return table
    stamps = times(table[time]).values
    groups = groups_of([table[name] for name in series], table.rows, (stamps,))
    columns = {}
    for name in values:
        column = table[name]
        lacking = table[(present or {}).get(name, name)].nulls
        out, gone = np.where(column.nulls, np.nan, doubles(column)), column.nulls.copy()
        for rows in _runs(groups.order, groups.lo, groups.hi):
            context.work.check()
            found, still = _detail(stamps[rows], out[rows], lacking[rows], rule)
            out[rows] = found
            gone[rows] = np.where(lacking[rows], still, gone[rows])
        columns[name] = replace(Column("double", out), missing=gone if gone.any() else None)
    context.work.did("interpolate detail", table.rows, table.rows)
    return table.with_columns(columns)


def _detail(
    at: np.ndarray, values: np.ndarray, lacking: np.ndarray, rule: Interpolation
) -> tuple[np.ndarray, np.ndarray]:
    """Values with what was lacking filled in, and which still are NULL."""
    known = np.flatnonzero(~lacking & ~np.isnan(values))
    out, gone = values.copy(), lacking.copy()
    constant = None if rule.fill in (None, "edge") else float(rule.fill)
    if len(known) == 0:
        if constant is not None and np.isnan(constant):
            gone[:] = False
        return out, gone
    wanted = np.flatnonzero(lacking)
    after = np.searchsorted(known, wanted)
    inner = (after > 0) & (after < len(known))
    left, right = known[after[inner] - 1], known[after[inner]]
    out[wanted[inner]] = fill_between(
        at[wanted[inner]], (at[left], values[left]), (at[right], values[right]), rule.function, None
    )
    gone[wanted[inner]] = False
    if rule.function == "previous" and known[-1] + 1 < len(at) and lacking[known[-1] + 1]:
        out[known[-1] + 1], gone[known[-1] + 1] = values[known[-1]], False
    rest = np.flatnonzero(gone)
    if rule.fill == "edge":
        out[rest] = np.where(rest < known[0], values[known[0]], values[known[-1]])
        gone[rest] = False
    elif constant is not None:
        out[rest], gone[rest] = constant, False
    return out, gone
