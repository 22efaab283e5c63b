"""Computing roll-ups over the store: points of periods, and the series that hold earlier ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from apps.algebra.scripting import script_runner
from apps.algebra.series import GAP, TEXT, Samples, Series, SeriesKey
from apps.algebra.streams import Destination, saved_tags
from apps.algebra.times import NS_PER_DAY, NS_PER_MS
from apps.algebra.transforms.stream_points import points, stream_labels
from apps.catalog.models import Metric
from apps.catalog.names import check_name
from apps.catalog.selectors import catalog
from apps.dialects.kairos.names import TagFilter, series_key, shown_tags
from apps.dialects.kairos.nodes import MetricQuery
from apps.dialects.kairos.plan import select
from apps.dialects.kairos.rollups import (
    SAVED_FROM,
    RollupDefinition,
    RollupQuery,
    over_periods,
    parse_rollups,
)
from apps.queries.kairos import run_metric_query
from apps.store.source import StoreSource

__all__ = ["newest_rolled_up", "raw_kept_from", "read_rollups", "rolled_up_series", "run_rollup"]

#: Series whose times are held at once while looking for periods with points.
_AT_A_TIME = 64


def read_rollups(value: Any, *, now_ns: int, every_reason: bool = False) -> RollupDefinition:
    """The checked definition of a task; Rejected otherwise. Scripts and names are looked at too.

    KairosDB's clients are told what is wrong at the first step that fails, ``every_reason`` tells all.
    """
    return parse_rollups(
        value,
        now_ms=now_ns // NS_PER_MS,
        check_script=lambda script, role: script_runner().check(script, role),
        check_metric=lambda name: check_name(name, "metric name"),
        every_reason=every_reason,
    )


def run_rollup(rollup: RollupQuery, edges_ns: np.ndarray, *, now_ns: int) -> list[tuple[SeriesKey, Samples]]:
    """The points of consecutive periods, given by their edges, as they are to be stored.

    A series may occur several times. Nothing is written. Limits of a query apply (LimitFault).
    """
    if rollup.separable or len(edges_ns) == 2:
        return _computed(rollup, int(edges_ns[0]), int(edges_ns[-1]), now_ns)
    found: list[tuple[SeriesKey, Samples]] = []
    for at in _occupied(rollup, edges_ns):
        found += _computed(rollup, int(edges_ns[at]), int(edges_ns[at + 1]), now_ns)
    return found


def rolled_up_series(rollup: RollupQuery) -> list[tuple[SeriesKey, int]]:
    """The series that may hold earlier points of a roll-up: tagged as its groups are, and no others."""
    group_tags = set(rollup.query.group_tags or ())
    wanted = TagFilter({name: values for name, values in rollup.query.tags if name in group_tags})
    found = []
    for ref in _saved(rollup):
        tags = shown_tags(ref.key)
        own = {name for name in tags if name != SAVED_FROM}
        if own <= group_tags and (own < group_tags or wanted.accepts(ref.key)):
            found.append((ref.key, ref.id))
    return found


def newest_rolled_up(rollup: RollupQuery) -> int | None:
    """The time of the newest point that was ever saved from the same metric; None if there is none."""
    newest = StoreSource().last_times([ref.id for ref in _saved(rollup)])
    return max((time_ns for time_ns in newest if time_ns is not None), default=None)


def raw_kept_from(rollup: RollupQuery, now_ns: int) -> int | None:
    """From when on the queried metric's points are kept; None if they are never let go."""
    days = Metric.objects.filter(name=rollup.source)
    kept = days.values_list("retention_days", flat=True).first()
    return now_ns - kept * NS_PER_DAY if kept else None


# --- Inside ---


def _saved(rollup: RollupQuery) -> list[Any]:
    query = MetricQuery(rollup.save_as, "", tags=((SAVED_FROM, (rollup.source,)),))
    return list(select(query, catalog()))


def _computed(
    rollup: RollupQuery, start_ns: int, end_ns: int, now_ns: int
) -> list[tuple[SeriesKey, Samples]]:
    streams = run_metric_query(over_periods(rollup, start_ns, end_ns), now_ns=now_ns)
    within = (start_ns + rollup.shift_ns, end_ns + rollup.shift_ns)
    stored = (_to_store(rollup, stream, *within) for stream in streams)
    return [one for one in stored if len(one[1])]


def _to_store(rollup: RollupQuery, stream: Series, start_ns: int, end_ns: int) -> tuple[SeriesKey, Samples]:
    held = points(stream)
    # What is no number can't be asked for again; what lies outside belongs to another period.
    sound = np.isfinite(held.values)
    if held.kinds is not None:
        sound |= held.kinds == TEXT
        sound &= held.kinds != GAP
    sound &= (held.times_ns >= start_ns) & (held.times_ns < end_ns)
    tags = saved_tags(stream_labels(stream), Destination(rollup.save_as))
    return series_key(rollup.save_as, tags), held if sound.all() else held.take(sound)


def _occupied(rollup: RollupQuery, edges_ns: np.ndarray) -> list[int]:
    """The periods in which the queried series have points, in order."""
    ids = [ref.id for ref in select(rollup.query, catalog())]
    held = np.zeros(len(edges_ns) - 1, bool)
    source = StoreSource()
    for at in range(0, len(ids), _AT_A_TIME):
        some = ids[at : at + _AT_A_TIME]
        for samples in source.read(some, int(edges_ns[0]), int(edges_ns[-1])):
            held[np.searchsorted(edges_ns, samples.times_ns, side="right") - 1] = True
    return np.flatnonzero(held).tolist()
