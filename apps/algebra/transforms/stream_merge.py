"""Stored series as streams: split by type, grouped by tags, merged in order of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Annotated

import numpy as np

from apps.algebra.registry import Param, register
from apps.algebra.series import BOOL, INT, TEXT, Samples, Series, SeriesKey, concat_samples
from apps.algebra.streams import GroupEntry, StreamLabels, StreamType, TagGroups
from apps.algebra.summaries import without_counters
from apps.algebra.transforms.stream_points import walked

__all__ = ["limit_streams", "merge_streams"]


@register("merge_streams", shape="set")
def merge_streams(
    members: tuple[Series, ...],
    *,
    name: Annotated[str | None, Param("name of the metric; none = the series' own")] = None,
    by: Annotated[tuple[str, ...] | None, Param("tags to group by; none = all series together")] = None,
    limit: Annotated[int, Param("most points of each series, in the order asked for; 0 = all")] = 0,
    newest_first: Annotated[bool, Param("the order asked for falls in time")] = False,
    entity_tag: Annotated[str, Param("tag that shows the entity")] = "entity",
    default_entity: Annotated[str, Param("entity that is not shown as a tag")] = "default",
) -> list[Series]:
    """Several series as streams: one for each type of points and each combination of tag values.

    In: any number of series of one metric, read with their kinds.
    Out: streams in order of type (number, text), then of the tags' names and values; all points kept, in
        order of time, equal times in order of value; with labels.
    Missing: a series without points gives nothing, not even tags. NaN samples are points. No points at all
        give one empty stream.
    Errors: none.
    Source: KairosDB queries: tag filter, group_by tag, limit, order. Differences: none.
    Example: a: 1, 2 and b: 10 at 0, 1 s and 0 s -> 1, 10, 2.
    """
    groups: dict[tuple[StreamType, tuple[str, ...]], list[tuple[SeriesKey, dict[str, str], Samples]]]
    groups = defaultdict(list)
    for series in members:
        tags = _shown_tags(series.key, entity_tag, default_entity)
        values = tuple(tags.get(tag, "") for tag in by or ())
        for kind, samples in _by_type(series.samples):
            if limit > 0:
                samples = samples.take(slice(-limit, None) if newest_first else slice(0, limit))
            if len(samples):
                groups[kind, values].append((series.key, tags, samples))
    metric = name if name is not None else members[0].key.metric if members else ""
    if not groups:
        return [_stream(metric, "number", None, [], newest_first)]

    def order(group: tuple[StreamType, tuple[str, ...]]) -> tuple[str, str, tuple[str, ...]]:
        kind, values = group
        return kind, "".join(part for pair in zip(by or (), values, strict=True) for part in pair), values

    return [
        _stream(metric, group[0], _tag_group(by, group[1]), groups[group], newest_first)
        for group in sorted(groups, key=order)
    ]


@register("limit_streams", shape="series")
def limit_streams(
    series: Series, *, count: Annotated[int, Param("most points to keep; 0 = all", minimum=0)]
) -> Series:
    """The first points of a stream in the order asked for.

    In: one stream.
    Out: up to `count` of its points, oldest first in memory, all columns unchanged.
    Missing: NaN samples and marks of gaps count.
    Errors: none.
    Source: KairosDB "limit" of a metric, applied to each group. Differences: none.
    Example: 1, 2, 3 with count 2 -> 1, 2; newest first -> 2, 3.
    """
    if count == 0 or len(series) <= count:
        return series
    backwards = walked(series).step == -1
    return series.with_samples(series.samples.take(slice(-count, None) if backwards else slice(0, count)))


def _shown_tags(key: SeriesKey, entity_tag: str, default_entity: str) -> dict[str, str]:
    tags = dict(key.tags)
    if key.entity != default_entity:
        tags[entity_tag] = key.entity
    return tags


def _tag_group(by: tuple[str, ...] | None, values: tuple[str, ...]) -> GroupEntry | None:
    return GroupEntry(TagGroups(by), values=values) if by else None


def _by_type(samples: Samples) -> Iterator[tuple[StreamType, Samples]]:
    """The numbers and the texts among samples, each with the columns that mean something to them."""
    if samples.kinds is None:
        yield "number", samples.numeric()
        return
    text = samples.kinds == TEXT
    for kind, chosen in (("number", ~text), ("text", text)):
        if not chosen.any():
            continue
        part = samples if chosen.all() else samples.take(chosen)
        if kind == "number":
            # Texts beside numbers are annotations, which these protocols do not know.
            part = Samples(part.times_ns, part.values, part.kinds, part.ints, None, part.summaries)
        yield kind, part


def _stream(
    metric: str,
    kind: StreamType,
    tag_group: GroupEntry | None,
    parts: Sequence[tuple[SeriesKey, dict[str, str], Samples]],
    newest_first: bool,
) -> Series:
    """One group as a series: who its members are, their points in order, and what it says of itself."""
    held: dict[str, set[str]] = defaultdict(set)
    for _, tags, _ in parts:
        for tag, value in tags.items():
            held[tag].add(value)
    labels = StreamLabels(
        metric, metric, tuple((tag, tuple(sorted(held[tag]))) for tag in sorted(held)), kind, kind,
        tag_group=tag_group, newest_first=newest_first,
    )  # fmt: skip
    members = tuple(key for key, _, _ in parts)
    if len(members) == 1:
        key = members[0]
    else:
        entities = {one.entity for one in members}
        shared = set(members[0].tags).intersection(*(one.tags for one in members)) if members else set()
        key = SeriesKey(metric, entities.pop() if len(entities) == 1 else "*", tuple(sorted(shared)))
    return Series(key, _in_order([samples for _, _, samples in parts]), members=members, labels=labels)


def _in_order(parts: list[Samples]) -> Samples:
    """All points in order of time, equal times in order of value."""
    if len(parts) <= 1:
        return parts[0] if parts else Samples.empty()
    first = parts[0].times_ns
    if all(one.is_plain for one in parts) and all(np.array_equal(first, one.times_ns) for one in parts[1:]):
        # Series written together meet at every time: rows of values, each sorted on its own.
        rows = np.sort(np.stack([one.values for one in parts], axis=1), axis=1)
        return Samples(np.repeat(first, len(parts)), rows.reshape(-1))
    whole = concat_samples(parts)
    if whole.summaries is not None:
        whole = replace(whole, summaries=without_counters(whole.summaries))
    order = np.argsort(whole.times_ns, kind="stable")
    times = whole.times_ns[order]
    same = times[1:] == times[:-1]
    if same.any():
        _sort_ties(whole, order, same)
    return whole.take(order)


def _sort_ties(whole: Samples, order: np.ndarray, same: np.ndarray) -> None:
    """Put the points of each run of equal times in order of value, in place."""
    tied = np.zeros(len(order), bool)
    tied[1:] = same
    tied[:-1] |= same
    run = np.zeros(len(order), np.int64)
    np.cumsum(~same, out=run[1:])
    at = np.flatnonzero(tied)
    chosen = order[at]
    if whole.kinds is not None and bool(np.all(whole.kinds == TEXT)):
        keys = [np.unique(whole.texts[chosen], return_inverse=True)[1]]
    else:
        keys = [whole.values[chosen]]
        if whole.ints is not None:
            # Beyond 2^53 only the integers tell neighbours apart.
            exact = np.isin(whole.kinds[chosen], (INT, BOOL))
            keys.insert(0, np.where(exact, whole.ints[chosen], 0))
    order[at] = chosen[np.lexsort((*keys, run[at]))]
