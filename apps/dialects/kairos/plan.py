"""From a typed KairosDB query to plans of the algebra: one chain of functions over streams per metric."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.algebra import transforms as _registered
from apps.algebra.plan import Apply, Node, Read, apply
from apps.algebra.registry import lookup
from apps.algebra.source import CatalogReader, SeriesRef, SeriesSelector
from apps.algebra.streams import TimeGroups
from apps.algebra.times import MAX_TIME_NS, NS_PER_MS, clamp_time
from apps.dialects.kairos.errors import Rejected
from apps.dialects.kairos.names import DEFAULT_ENTITY, ENTITY_TAG, REGEX_PREFIX, TagFilter
from apps.dialects.kairos.nodes import Bounds, MetricQuery, Step
from apps.errors import TsError

__all__ = ["MetricPlan", "plan_metric", "select", "window_ns"]

#: Importing the transforms registers the functions that plans name.
REGISTERED = _registered
_OPEN_NS = 2**63 - 1


@dataclass(frozen=True)
class MetricPlan:
    """How one metric of a query is computed.

    ``merged``: its streams before anything else, whose lengths add up to the sample size. ``result``: what
    to answer. ``saves``: each aggregator that saves, with the node whose streams are to be written.
    """

    query: MetricQuery
    merged: Node
    result: Node
    saves: tuple[tuple[Step, Node], ...] = ()


def window_ns(bounds: Bounds) -> tuple[int, int]:
    """The half-open interval of bounds in whole milliseconds that both count in; no end is the last one."""
    start = clamp_time((bounds.start_ms or 0) * NS_PER_MS)
    if bounds.end_ms is None or (bounds.end_ms + 1) * NS_PER_MS > MAX_TIME_NS:
        return start, _OPEN_NS
    return start, clamp_time((bounds.end_ms + 1) * NS_PER_MS)


def select(query: MetricQuery, catalog: CatalogReader) -> tuple[SeriesRef, ...]:
    """The stored series that a query wants."""
    entities = None
    tags = []
    for name, values in query.tags:
        if any(one.startswith(REGEX_PREFIX) for one in values):
            continue
        literals = tuple(_literal(one) for one in values)
        if name == ENTITY_TAG:
            # What is shown as the entity may also be a tag of that name beside the default entity.
            entities = (*literals, DEFAULT_ENTITY)
        else:
            tags.append((name, literals))
    found = catalog.find_series(SeriesSelector(query.name, entities=entities, tags=tuple(tags), exact=True))
    if not query.tags:
        return tuple(found)
    wanted = TagFilter(dict(query.tags))
    return tuple(ref for ref in found if wanted.accepts(ref.key))


def _literal(value: str) -> str:
    """A text as a pattern that matches nothing else."""
    return "".join(f"\\{one}" if one in "*?\\" else one for one in value)


def plan_metric(query: MetricQuery, refs: Sequence[SeriesRef], *, now_ms: int) -> MetricPlan:
    """The plan over the series selected. ``query.bounds`` must have a start."""
    start_ns, end_ns = window_ns(query.bounds)
    merged = apply(
        "merge_streams", Read(tuple(refs), start_ns, end_ns, exact=True), name=query.name,
        by=query.group_tags, limit=query.limit, newest_first=query.newest_first, entity_tag=ENTITY_TAG,
        default_entity=DEFAULT_ENTITY,
    )  # fmt: skip
    node = merged
    if query.groupers:
        started = tuple(
            replace(one, start_ns=start_ns) if isinstance(one, TimeGroups) else one for one in query.groupers
        )
        node = apply("group_streams", node, groupers=started)
    if query.limit:
        node = apply("limit_streams", node, count=query.limit)
    saves = []
    for step in query.steps:
        node = _applied(step, node, query, now_ms)
        if step.function == "stream_save":
            saves.append((step, node))
    return MetricPlan(query, merged, node, tuple(saves))


def _applied(step: Step, node: Node, query: MetricQuery, now_ms: int) -> Apply:
    start_ns, end_ns = window_ns(query.bounds)
    params: dict[str, Any] = dict(step.params)
    known = lookup(step.function, "transform").params
    if step.function == "stream_align":
        params = _alignment(params, query, now_ms)
    elif "start_ns" in known:
        params["start_ns"] = start_ns
    if step.function == "stream_gaps":
        # Nobody expects points of the future.
        params["end_ns"] = min(end_ns, clamp_time((now_ms + 1) * NS_PER_MS))
    if "zone" in known:
        params["zone"] = step.zone or query.zone
    if step.origin_ms is not None and "origin_ns" in known:
        params["origin_ns"] = clamp_time(step.origin_ms * NS_PER_MS)
    try:
        return apply(step.function, node, **params)
    except TsError as fault:
        raise Rejected(f"{step.place} {fault.message}") from None


def _alignment(params: dict[str, Any], query: MetricQuery, now_ms: int) -> dict[str, Any]:
    """The window of a metric, and the one it is laid on: exact ms, an open end is now."""

    def first(*times_ms: int | None) -> int:
        return clamp_time(next(time for time in times_ms if time is not None) * NS_PER_MS)

    own, whole = query.bounds, query.query_bounds
    return {
        "to_end": params["to_end"],
        "start_ns": first(own.start_ms, 0),
        "end_ns": first(own.end_ms, now_ms),
        "reference_start_ns": first(params["reference_start_ms"], whole.start_ms, own.start_ms, 0),
        "reference_end_ns": first(params["reference_end_ms"], whole.end_ms, now_ms),
    }
