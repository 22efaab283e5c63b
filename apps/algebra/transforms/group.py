"""Several series merged into one by a statistic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from apps.algebra.aggregators import Statistic, known_samples, summarise
from apps.algebra.buckets import bucket_bounds
from apps.algebra.periods import MAX_POINTS, Grid, Period, check_points, occupied_grid, period_grid
from apps.algebra.registry import Param, register
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.times import zone_info
from apps.algebra.transforms.aggregate import unit_of
from apps.algebra.transforms.filling import check_fill, fill_between
from apps.algebra.transforms.group_explain import explain_group
from apps.algebra.transforms.params import (
    Alignment,
    By,
    Decimal,
    End,
    Extend,
    FillMode,
    FillValue,
    MaxPoints,
    OptionalPeriod,
    Start,
    Statistics,
    Zone,
    one_or_more,
)
from apps.errors import Note

__all__ = ["group", "group_key", "split_groups"]


def group_key(key: SeriesKey, by: tuple[str, ...] | None, entity_name: str) -> SeriesKey:
    """The key of the group a series falls into; tags it lacks are left out."""
    if by is None:
        return SeriesKey(key.metric, entity_name)
    return SeriesKey(key.metric, key.entity, tuple(pair for pair in key.tags if pair[0] in by))


def split_groups(
    members: tuple[Series, ...], by: tuple[str, ...] | None, entity_name: str = "*"
) -> dict[tuple[SeriesKey, tuple], list[Series]]:
    """Series by group, in order of first appearance; other metrics or other histories never mix."""
    groups: dict[tuple[SeriesKey, tuple], list[Series]] = {}
    for series in members:
        groups.setdefault((group_key(series.key, by, entity_name), series.applied), []).append(series)
    return groups


@dataclass(frozen=True, eq=False)
class _Column:
    """The samples of one member that count, and the part of time they span."""

    key: SeriesKey
    times_ns: np.ndarray
    values: np.ndarray
    filled: int = 0

    def insert(self, times_ns: np.ndarray, values: np.ndarray) -> _Column:
        """With further samples at times it does not have."""
        if len(times_ns) == 0:
            return self
        times = np.concatenate([self.times_ns, times_ns])
        order = np.argsort(times, kind="stable")
        merged = np.concatenate([self.values, values])[order]
        return _Column(self.key, times[order], merged, self.filled + len(times_ns))


@register("group", shape="set", explain=explain_group)
def group(
    members: tuple[Series, ...],
    *,
    statistics: Statistics,
    start_ns: Start,
    end_ns: End,
    by: By = None,
    period: OptionalPeriod = None,
    align: Alignment = "calendar",
    zone: Zone = "UTC",
    interpolate: FillMode = "none",
    fill_value: FillValue = None,
    extend: Extend = False,
    truncate: Annotated[bool, Param("only times at which every series has begun and none has ended")] = False,
    entity_name: Annotated[str, Param("the entity printed for the one group of all series")] = "*",
    decimal: Decimal = False,
    max_points: MaxPoints = MAX_POINTS,
) -> list[Series]:
    """Several series merged into one by a statistic over their values at each time or period.

    In: any number of series; those of equal metric, history and group key go together.
    Out: one series per group and statistic, at all times of its members or at the starts of periods.
    Missing: NaN samples and series without samples are left out, then each is filled by `interpolate`.
    Errors: LimitFault for too many points; ArgumentFault when fill mode value has no constant.
    Source: ATSD "group". Differences: KairosDB groups before aggregating; SQL groups rows.
    Example: 1, 2 at 0, 10 s and 10, 30 at 0, 20 s, sum -> 11, 2, 30 at 0, 10, 20 s.
    """
    statistics = one_or_more(statistics)
    check_fill(interpolate, fill_value)
    zone_info(zone)
    out: list[Series] = []
    wanted = [one for one in statistics if one.name != "detail"]
    for (key, _), parts in split_groups(members, by, entity_name).items():
        columns, missing = _columns(parts, start_ns, end_ns)
        if period is None:
            columns, times, truncated = _by_time(
                columns, interpolate, fill_value, extend, truncate, max_points
            )
            grid, head = Grid(times, times + 1), 0
        else:
            grid = _grid(columns, period, start_ns, end_ns, align, zone, interpolate, extend, max_points)
            columns, grid, head, truncated = _by_period(
                columns, grid, interpolate, fill_value, extend, truncate, max_points
            )
        results, starts = _statistics(wanted, columns, grid, decimal)
        filled = sum(column.filled for column in columns)
        notes = _notes(missing=missing, head=head, filled=filled, truncated=truncated)
        model = replace(
            parts[0], key=key, members=tuple(column.key for column in columns),
            notes=_united(parts), samples=Samples.empty(),
        )  # fmt: skip
        for one in statistics:
            if one.name == "detail":
                out.extend(part.with_applied("group", statistic=one, period=period) for part in parts)
                continue
            shaped = replace(
                model.with_applied("group", statistic=one, period=period), unit=unit_of(one, model.unit)
            )
            have = ~np.isnan(results[one])
            out.append(shaped.with_samples(Samples(starts[have], results[one][have]), *notes))
    return out


def _united(parts: list[Series]) -> tuple[Note, ...]:
    """The notes that members bring along, equal codes added up."""
    notes: dict[str, Note] = {}
    for note in (note for part in parts for note in part.notes):
        known = notes.get(note.code)
        notes[note.code] = note if known is None else replace(note, count=known.count + note.count)
    return tuple(notes.values())


def _columns(parts: list[Series], start_ns: int, end_ns: int) -> tuple[list[_Column], int]:
    columns, missing = [], 0
    for part in parts:
        window = part.samples.between(start_ns, end_ns)
        times, values, without = known_samples(window.times_ns, window.values)
        missing += without
        if len(times):
            columns.append(_Column(part.key, times, values))
    return columns, missing


def _statistics(
    wanted: list[Statistic], columns: list[_Column], grid: Grid, decimal: bool
) -> tuple[dict[Statistic, np.ndarray], np.ndarray]:
    if not columns:
        empty = np.empty(0, np.float64)
        return dict.fromkeys(wanted, empty), np.empty(0, np.int64)
    times = np.concatenate([column.times_ns for column in columns])
    values = np.concatenate([column.values for column in columns])
    if len(columns) > 1:
        order = np.argsort(times, kind="stable")  # at equal times the series keep their order
        times, values = times[order], values[order]
    lo, hi = bucket_bounds(times, grid.starts, grid.ends)
    context = {"times_ns": times, "starts_ns": grid.starts, "ends_ns": grid.ends, "carry": False}
    return summarise(wanted, values, lo, hi, decimal=decimal, context=context), grid.starts


def _by_time(
    columns: list[_Column],
    mode: str,
    value: float | None,
    extend: bool,
    truncate: bool,
    max_points: int,
) -> tuple[list[_Column], np.ndarray, int]:
    """Without periods: the union of all times, each series filled at times it lacks."""
    if not columns:
        return columns, np.empty(0, np.int64), 0
    union = np.unique(np.concatenate([column.times_ns for column in columns]))
    if mode != "none" or extend:
        check_points(len(union) * len(columns), max_points * 10, "the merged series")
        columns = [_fill_column(column, union, mode, value, extend) for column in columns]
    truncated = 0
    if truncate:
        low = max(int(column.times_ns[0]) for column in columns)
        high = min(int(column.times_ns[-1]) for column in columns)
        kept = union[(union >= low) & (union <= high)]
        truncated, union = len(union) - len(kept), kept
    return columns, union, truncated


def _fill_column(
    column: _Column, union: np.ndarray, mode: str, value: float | None, extend: bool
) -> _Column:
    times, values = column.times_ns, column.values
    at = np.searchsorted(times, union, side="right") - 1
    lacks = times[np.maximum(at, 0)] != union
    inside = np.flatnonzero(lacks & (at >= 0) & (at < len(times) - 1))
    add_ns, add = [], []
    if mode != "none" and inside.size:
        left, right = at[inside], at[inside] + 1
        add_ns.append(union[inside])
        add.append(
            fill_between(
                union[inside], (times[left], values[left]), (times[right], values[right]), mode, value
            )
        )
    if extend:
        for outside, edge in ((union < times[0], values[0]), (union > times[-1], values[-1])):
            add_ns.append(union[outside])
            add.append(np.full(int(outside.sum()), value if mode == "value" else edge, np.float64))
    if not add:
        return column
    return column.insert(np.concatenate(add_ns), np.concatenate(add))


def _grid(
    columns: list[_Column],
    period: Period,
    start_ns: int,
    end_ns: int,
    align: str,
    zone: str,
    mode: str,
    extend: bool,
    max_points: int,
) -> Grid:
    if not columns:
        return Grid.empty()
    low = min(int(column.times_ns[0]) for column in columns)
    high = max(int(column.times_ns[-1]) for column in columns)
    if mode == "none" and not extend:
        times = np.unique(np.concatenate([column.times_ns for column in columns]))
        return occupied_grid(
            period, start_ns, end_ns, times, align=align, zone=zone, max_points=max_points
        )
    return period_grid(
        period, start_ns, end_ns, align=align, zone=zone, anchor_ns=low,
        cover=None if extend else (low, high), max_points=max_points,
    )  # fmt: skip


def _by_period(
    columns: list[_Column],
    grid: Grid,
    mode: str,
    value: float | None,
    extend: bool,
    truncate: bool,
    max_points: int,
) -> tuple[list[_Column], Grid, int, int]:
    """With periods: each series filled in its empty periods, at their starts."""
    head, kept = 0, []
    for column in columns:
        lo = int(np.searchsorted(column.times_ns, grid.starts[0])) if len(grid) else len(column.times_ns)
        head += lo
        if lo < len(column.times_ns):
            kept.append(_Column(column.key, column.times_ns[lo:], column.values[lo:]))
    if mode != "none" or extend:
        check_points(len(grid) * len(kept), max_points * 10, "the merged series")
        kept = [_fill_periods(column, grid, mode, value, extend) for column in kept]
    truncated = 0
    if truncate and kept:
        first = [int(np.searchsorted(grid.starts, c.times_ns[0], side="right")) - 1 for c in kept]
        last = [int(np.searchsorted(grid.starts, c.times_ns[-1], side="right")) for c in kept]
        part = slice(max(first), max(min(last), max(first)))
        cut = Grid(grid.starts[part], grid.ends[part])
        truncated, grid = len(grid) - len(cut), cut
    return kept, grid, head, truncated


def _fill_periods(
    column: _Column, grid: Grid, mode: str, value: float | None, extend: bool
) -> _Column:
    lo, hi = bucket_bounds(column.times_ns, grid.starts, grid.ends)
    occupied = np.flatnonzero(hi > lo)
    add_ns, add = [], []
    if mode != "none":
        gaps = np.setdiff1d(
            np.arange(occupied[0], occupied[-1]), occupied, assume_unique=True
        )  # empty periods between two that hold samples
        before = np.searchsorted(occupied, gaps) - 1
        left, right = occupied[before], occupied[before + 1]
        add_ns.append(grid.starts[gaps])
        add.append(
            fill_between(
                grid.starts[gaps],
                (grid.starts[left], column.values[hi[left] - 1]),
                (grid.starts[right], column.values[lo[right]]),
                mode,
                value,
            )
        )
    if extend:
        before, after = slice(0, occupied[0]), slice(occupied[-1] + 1, None)
        for part, edge in ((before, column.values[0]), (after, column.values[-1])):
            add_ns.append(grid.starts[part])
            add.append(np.full(len(grid.starts[part]), value if mode == "value" else edge, np.float64))
    return column.insert(np.concatenate(add_ns), np.concatenate(add)) if add else column


_PHRASES = {
    "missing": "{} samples without a value were left out",
    "head": "{} samples of a period that began before the window were left out",
    "filled": "{} values were filled in where a series had none",
    "truncated": "{} times were cut at the ends, where not every series has samples",
}


def _notes(**counts: int) -> list[Note]:
    codes = {"head": "head-discarded"}
    return [
        Note(codes.get(name, name), _PHRASES[name].format(count), count)
        for name, count in counts.items()
        if count
    ]
