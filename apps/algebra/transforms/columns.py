"""The samples of a group's members as they meet: cut to the window, filled, truncated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from apps.algebra.aggregators import known_samples
from apps.algebra.buckets import bucket_bounds
from apps.algebra.periods import Grid, Period, check_points, occupied_grid, period_grid
from apps.algebra.series import Series, SeriesKey, fold
from apps.algebra.summaries import join as join_summaries
from apps.algebra.transforms.filling import fill_between

__all__ = ["Column", "Meeting", "gather", "gather_summaries", "group_key", "meet", "split_groups"]


def group_key(key: SeriesKey, by: tuple[str, ...] | None, entity_name: str) -> SeriesKey:
    """The key of the group a series falls into; tags it lacks are left out."""
    if by is None:
        return SeriesKey(key.metric, entity_name)
    kept = tuple(pair for pair in key.tags if pair[0] in by or fold(pair[0]) in by)
    return SeriesKey(key.metric, key.entity, kept)


def split_groups(
    members: tuple[Series, ...], by: tuple[str, ...] | None, entity_name: str = "*"
) -> dict[tuple[SeriesKey, tuple], list[Series]]:
    """Series by group, in order of first appearance; other metrics or other histories never mix.

    Tags whose names differ only in case are one; what is first seen names it.
    """
    groups: dict[tuple[SeriesKey, tuple], list[Series]] = {}
    shown: dict[tuple[SeriesKey, tuple], tuple[SeriesKey, tuple]] = {}
    for series in members:
        key = group_key(series.key, by, entity_name)
        folded = key._replace(tags=tuple((fold(name), value) for name, value in key.tags))
        group = shown.setdefault((folded, series.applied), (key, series.applied))
        groups.setdefault(group, []).append(series)
    return groups


@dataclass(frozen=True, eq=False)
class Column:
    """The samples of one member that count, and the part of time they span."""

    key: SeriesKey
    times_ns: np.ndarray
    values: np.ndarray
    filled: int = 0
    summaries: np.ndarray | None = None

    def insert(self, times_ns: np.ndarray, values: np.ndarray) -> Column:
        """With further samples at times it does not have."""
        if len(times_ns) == 0:
            return self
        times = np.concatenate([self.times_ns, times_ns])
        order = np.argsort(times, kind="stable")
        merged = np.concatenate([self.values, values])[order]
        summaries = self.summaries
        if summaries is not None:
            joined = join_summaries([summaries, None], [len(summaries), len(times_ns)])
            assert joined is not None
            summaries = joined[order]
        return Column(self.key, times[order], merged, self.filled + len(times_ns), summaries)


@dataclass(frozen=True, eq=False)
class Meeting:
    """Members of one group with the periods (or instants) at which they meet, and what that took."""

    columns: list[Column]
    grid: Grid
    missing: int = 0
    head: int = 0
    truncated: int = 0

    @property
    def filled(self) -> int:
        return sum(column.filled for column in self.columns)


def meet(
    parts: list[Series],
    *,
    start_ns: int,
    end_ns: int,
    period: Period | None,
    align: str,
    zone: str,
    interpolate: str,
    fill_value: float | None,
    extend: bool,
    truncate: bool,
    max_points: int,
) -> Meeting:
    """Cut members to the window, fill each where it has no sample, cut the ends they do not share."""
    columns, missing = _columns(parts, start_ns, end_ns)
    if period is None:
        columns, times, truncated = _by_time(columns, interpolate, fill_value, extend, truncate, max_points)
        return Meeting(columns, Grid(times, times + 1), missing, 0, truncated)
    grid = _grid(columns, period, start_ns, end_ns, align, zone, interpolate, extend, max_points)
    columns, grid, head, truncated = _by_period(
        columns, grid, interpolate, fill_value, extend, truncate, max_points
    )
    return Meeting(columns, grid, missing, head, truncated)


def _columns(parts: list[Series], start_ns: int, end_ns: int) -> tuple[list[Column], int]:
    columns, missing = [], 0
    for part in parts:
        window = part.samples.between(start_ns, end_ns)
        times, values, without = known_samples(window.times_ns, window.values)
        missing += without
        if len(times):
            summaries = window.summaries
            if summaries is not None and without:
                summaries = summaries[~np.isnan(window.values)]
            columns.append(Column(part.key, times, values, summaries=summaries))
    return columns, missing


def gather(columns: list[Column]) -> tuple[np.ndarray, np.ndarray]:
    """All samples in order of time; at equal times the series keep their order."""
    if len(columns) == 1:
        return columns[0].times_ns, columns[0].values
    if _same_times(columns):
        times = np.repeat(columns[0].times_ns, len(columns))
        return times, np.stack([column.values for column in columns], axis=1).reshape(-1)
    times = np.concatenate([column.times_ns for column in columns])
    order = np.argsort(times, kind="stable")
    return times[order], np.concatenate([column.values for column in columns])[order]


def gather_summaries(columns: list[Column]) -> np.ndarray | None:
    """What the samples that :func:`gather` gives were rolled up from; None if none were."""
    if all(column.summaries is None for column in columns):
        return None
    if len(columns) == 1:
        return columns[0].summaries
    joined = join_summaries(
        [column.summaries for column in columns], [len(column.times_ns) for column in columns]
    )
    assert joined is not None
    times = np.concatenate([column.times_ns for column in columns])
    return joined[np.argsort(times, kind="stable")]


def _same_times(columns: list[Column]) -> bool:
    """Series written together share their times: then nothing needs sorting."""
    first = columns[0].times_ns
    return all(np.array_equal(first, column.times_ns) for column in columns[1:])


def _union(columns: list[Column]) -> np.ndarray:
    """All times that occur, once each."""
    if _same_times(columns):
        return columns[0].times_ns
    times = np.concatenate([column.times_ns for column in columns])
    times.sort(kind="stable")  # made of few rising runs, which the stable sort merges
    fresh = np.ones(len(times), bool)
    np.not_equal(times[1:], times[:-1], out=fresh[1:])
    return times[fresh]


def _by_time(
    columns: list[Column],
    mode: str,
    value: float | None,
    extend: bool,
    truncate: bool,
    max_points: int,
) -> tuple[list[Column], np.ndarray, int]:
    """Without periods: the union of all times, each series filled at times it lacks."""
    if not columns:
        return columns, np.empty(0, np.int64), 0
    union = _union(columns)
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
    column: Column, union: np.ndarray, mode: str, value: float | None, extend: bool
) -> Column:
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
    columns: list[Column],
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
        step, held = period.fixed_ns, sum(len(column.times_ns) for column in columns)
        if period.is_calendar or step < 1 or (high - low) // step <= held:
            return period_grid(
                period, start_ns, end_ns, align=align, zone=zone, anchor_ns=low,
                cover=(low, high), max_points=max_points,
            )  # fmt: skip
        return occupied_grid(
            period, start_ns, end_ns, _union(columns), align=align, zone=zone, max_points=max_points
        )
    return period_grid(
        period, start_ns, end_ns, align=align, zone=zone, anchor_ns=low,
        cover=None if extend else (low, high), max_points=max_points,
    )  # fmt: skip


def _by_period(
    columns: list[Column],
    grid: Grid,
    mode: str,
    value: float | None,
    extend: bool,
    truncate: bool,
    max_points: int,
) -> tuple[list[Column], Grid, int, int]:
    """With periods: each series filled in its empty periods, at their starts."""
    head, kept = 0, []
    for column in columns:
        lo = int(np.searchsorted(column.times_ns, grid.starts[0])) if len(grid) else len(column.times_ns)
        head += lo
        if lo < len(column.times_ns):
            rest = None if column.summaries is None else column.summaries[lo:]
            kept.append(Column(column.key, column.times_ns[lo:], column.values[lo:], summaries=rest))
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
    column: Column, grid: Grid, mode: str, value: float | None, extend: bool
) -> Column:
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
