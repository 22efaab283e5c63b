"""Answers of KairosDB: queries, their results and the groups that these are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from apps.algebra.series import Series
from apps.algebra.streams import BinGroups, GroupEntry, StreamLabels, TagGroups, TimeGroups, ValueGroups
from apps.algebra.transforms.stream_points import stream_labels
from apps.dialects.kairos.encode import encode_points, refuse_unwritable
from apps.dialects.kairos.nodes import MetricQuery

__all__ = ["Answer", "render", "render_tags"]


@dataclass(frozen=True)
class Answer:
    """What one metric of a query came to."""

    query: MetricQuery
    sample_size: int
    results: tuple[Series, ...]


def render(answers: Sequence[Answer]) -> Iterator[bytes]:
    """The answer to a query, in blocks. ExecutionFault before the first for a value that can't be written."""
    for answer in answers:
        for one in answer.results:
            refuse_unwritable(one.samples)
    return _blocks(answers)


def _blocks(answers: Sequence[Answer]) -> Iterator[bytes]:
    yield b'{"queries":['
    for number, answer in enumerate(answers):
        comma = b"," if number else b""
        yield comma + b'{"sample_size":%d,"results":[' % answer.sample_size
        written = [one for one in answer.results if len(one)]
        for place, one in enumerate(written):
            if place:
                yield b","
            # The head without its closing brace, then the points.
            yield orjson.dumps(_head(one, answer.query))[:-1] + b',"values":['
            newest_first = stream_labels(one).newest_first
            yield from map(bytes, encode_points(one.samples, newest_first=newest_first))
            yield b"]}"
        yield b"]}"
    yield b"]}"


def _head(one: Series, query: MetricQuery) -> dict[str, Any]:
    labels = stream_labels(one)
    head: dict[str, Any] = {"name": labels.name}
    if query.alias is not None:
        head["alias"] = query.alias
    head["group_by"] = _groups(labels)
    if not query.exclude_tags:
        head["tags"] = {name: list(values) for name, values in labels.tags}
    return head


def _groups(labels: StreamLabels) -> list[dict[str, Any]]:
    shown = [_group(entry) for entry in labels.group_entries]
    return [*shown, {"name": "type", "type": labels.type}]


def _group(entry: GroupEntry) -> dict[str, Any]:
    match entry.by:
        case TagGroups(tags):
            group = dict(zip(tags, entry.values, strict=True))
            return {"name": "tag", "tags": list(tags), "group": group}
        case TimeGroups(count, unit, group_count):
            return {
                "name": "time",
                "range_size": {"value": count, "unit": f"{unit.upper()}S"},
                "group_count": group_count,
                "group": {"group_number": entry.number},
            }
        case ValueGroups(size):
            return {"name": "value", "range_size": size, "group": {"group_number": entry.number}}
        case BinGroups(bins):
            shown = [int(one) if one.is_integer() else one for one in map(float, bins)]
            return {"name": "bin", "bins": shown, "group": {"bin_number": entry.number}}


def render_tags(metrics: Iterable[tuple[MetricQuery, Iterable[Mapping[str, str]]]]) -> dict[str, Any]:
    """The answer to a query of tags: of each metric every tag with its distinct values, all sorted."""
    return {
        "queries": [
            {"results": [{"name": query.name, "tags": _distinct(series), "values": []}]}
            for query, series in metrics
        ]
    }


def _distinct(series: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    held: dict[str, set[str]] = {}
    for tags in series:
        for name, value in tags.items():
            held.setdefault(name, set()).add(value)
    return {name: sorted(held[name]) for name in sorted(held)}
