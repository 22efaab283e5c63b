"""Several series merged into one by a statistic."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np

from apps.algebra.aggregators import Statistic, rolled_up_notes, summarise
from apps.algebra.buckets import bucket_bounds
from apps.algebra.periods import MAX_POINTS, Grid
from apps.algebra.registry import Param, register
from apps.algebra.series import Samples, Series
from apps.algebra.summaries import without_counters
from apps.algebra.times import zone_info
from apps.algebra.transforms.aggregate import unit_of
from apps.algebra.transforms.columns import Column, gather, gather_summaries, meet, split_groups
from apps.algebra.transforms.filling import check_fill
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
    Summaries,
    Zone,
    one_or_more,
)
from apps.errors import Note

__all__ = ["group"]


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
    summaries: Summaries = "use",
    decimal: Decimal = False,
    max_points: MaxPoints = MAX_POINTS,
) -> list[Series]:
    """Several series merged into one by a statistic over their values at each time or period.

    In: any number of series; those of equal metric, history and group key go together.
    Out: one series per group and statistic, at all times of its members or at the starts of periods.
        Rolled-up samples count as what they were rolled up from (counters in groups of one series).
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
        met = meet(
            parts, start_ns=start_ns, end_ns=end_ns, period=period, align=align, zone=zone,
            interpolate=interpolate, fill_value=fill_value, extend=extend, truncate=truncate,
            max_points=max_points,
        )  # fmt: skip
        rolled_up = gather_summaries(met.columns) if summaries == "use" else None
        if len(met.columns) > 1:
            # What counters of several series grew can't be told from a row of their values.
            rolled_up = without_counters(rolled_up)
        results, starts = _statistics(wanted, met.columns, met.grid, decimal, rolled_up)
        notes = _notes(missing=met.missing, head=met.head, filled=met.filled, truncated=met.truncated)
        model = replace(
            parts[0], key=key, members=tuple(column.key for column in met.columns),
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
            told = rolled_up_notes(one, rolled_up)
            out.append(shaped.with_samples(Samples(starts[have], results[one][have]), *notes, *told))
    return out


def _united(parts: list[Series]) -> tuple[Note, ...]:
    """The notes that members bring along, equal codes added up."""
    notes: dict[str, Note] = {}
    for note in (note for part in parts for note in part.notes):
        known = notes.get(note.code)
        notes[note.code] = note if known is None else replace(note, count=known.count + note.count)
    return tuple(notes.values())


def _statistics(
    wanted: list[Statistic], columns: list[Column], grid: Grid, decimal: bool, rolled_up: np.ndarray | None
) -> tuple[dict[Statistic, np.ndarray], np.ndarray]:
    if not columns:
        empty = np.empty(0, np.float64)
        return dict.fromkeys(wanted, empty), np.empty(0, np.int64)
    times, values = gather(columns)
    lo, hi = bucket_bounds(times, grid.starts, grid.ends)
    context = {
        "times_ns": times, "starts_ns": grid.starts, "ends_ns": grid.ends, "carry": False,
        "summaries": rolled_up,
    }  # fmt: skip
    return summarise(wanted, values, lo, hi, decimal=decimal, context=context), grid.starts


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
