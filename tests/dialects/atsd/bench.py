"""A data API without a server: samples in memory, a catalog of plain dictionaries."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.algebra.execute import execute_each
from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import EntityInfo, Limits, MemorySource, MetricInfo, SeriesRef, SeriesSelector
from apps.dialects.atsd.dates import parse_iso
from apps.dialects.atsd.matching import wildcard_pattern
from apps.dialects.atsd.parse import parse
from apps.dialects.atsd.plan import plan
from apps.dialects.atsd.render import render

NOW_NS = parse_iso("2031-03-15T10:20:30Z")


def at(text: str) -> int:
    """``09:00:10`` of 2031-04-05, or a whole ISO date."""
    return parse_iso(text if "T" in text else f"2031-04-05T{text}Z")


def samples(pairs: Mapping[str, float]) -> Samples:
    return Samples.of([at(text) for text in pairs], list(pairs.values()))


def _accepts(patterns: Sequence[str], text: str) -> bool:
    return any(re.fullmatch(wildcard_pattern(pattern), text) for pattern in patterns)


@dataclass
class StaticCatalog:
    """What a catalog answers, from dictionaries. Series are numbered in the order in which they came."""

    keys: list[SeriesKey] = field(default_factory=list)
    metrics: dict[str, MetricInfo] = field(default_factory=dict)
    entities: dict[str, EntityInfo] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    last_times: dict[int, int] = field(default_factory=dict)

    def find_series(self, selector: SeriesSelector) -> list[SeriesRef]:
        found = [
            SeriesRef(number, key)
            for number, key in enumerate(self.keys)
            if key.metric == selector.metric and self._matches(number, key, selector)
        ]
        return sorted(found, key=lambda ref: (ref.key.entity, ref.key.tags))

    def _matches(self, number: int, key: SeriesKey, selector: SeriesSelector) -> bool:
        tags = key.tag_map
        if selector.entities is not None and not _accepts(selector.entities, key.entity):
            return False
        if selector.entity_group and key.entity not in self.groups.get(selector.entity_group, ()):
            return False
        if selector.entity_filter and not selector.entity_filter(self.entities[key.entity]):
            return False
        for name, accepted in selector.tags:
            if name not in tags or not _accepts(accepted, tags[name]):
                return False
        if selector.exact_tags and set(tags) != {name for name, _ in selector.tags}:
            return False
        last = self.last_times.get(number)
        if selector.min_insert_ns is not None and (last is None or last < selector.min_insert_ns):
            return False
        if selector.max_insert_ns is not None and (last is None or last >= selector.max_insert_ns):
            return False
        return selector.tag_filter is None or selector.tag_filter(tags)

    def metric(self, name: str) -> MetricInfo | None:
        return self.metrics.get(name.lower())

    def entity(self, name: str) -> EntityInfo | None:
        return self.entities.get(name.lower())

    def has_tag_name(self, name: str) -> bool:
        return any(name in key.tag_map for key in self.keys)

    def metric_names(self, near: str, limit: int = 20) -> list[str]:
        return sorted(self.metrics)[:limit]

    def entity_names(self, near: str, limit: int = 20) -> list[str]:
        return sorted(self.entities)[:limit]


@dataclass
class Bench:
    """Series in memory and a catalog that knows them."""

    catalog: StaticCatalog = field(default_factory=StaticCatalog)
    stored: dict[int, Samples] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)

    def add(self, metric: str, entity: str, columns: Samples, **tags: str) -> Bench:
        number = len(self.catalog.keys)
        self.catalog.keys.append(SeriesKey.of(metric, entity, tags))
        self.catalog.metrics.setdefault(metric, MetricInfo(metric))
        self.catalog.entities.setdefault(entity, EntityInfo(entity))
        self.stored[number] = columns
        if len(columns):
            self.catalog.last_times[number] = int(columns.times_ns[-1])
        return self

    def answer(self, *queries: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What the endpoint would print, read back."""
        planned = plan(parse(list(queries)), now_ns=NOW_NS, catalog=self.catalog)
        outcomes = execute_each(planned.nodes, MemorySource(self.stored), self.limits)
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        text = b"".join(render([outcome.series for outcome in outcomes], planned, self.catalog))
        return json.loads(text)

    def values(self, **query: Any) -> dict[str, float | None]:
        """Time of day -> value of the only output series, over the whole of 2031-04-05 unless told."""
        (series,) = self.answer({**DAY, "metric": "m", "entity": "e", **query})
        return by_time(series)


DAY = {"startDate": "2031-04-05T00:00:00Z", "endDate": "2031-04-06T00:00:00Z"}


def by_time(series: Mapping[str, Any]) -> dict[str, float | None]:
    return {sample["d"][11:19]: sample["v"] for sample in series["data"]}
