"""Searching series by words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from apps.algebra.source import EntityInfo, MetricInfo, SeriesRef, SeriesSelector
from apps.catalog import listing
from apps.catalog.patterns import has_wildcard, matcher
from apps.catalog.selectors import catalog

__all__ = ["Hit", "search_series"]

MAX_WORDS = 10


@dataclass(frozen=True)
class Hit:
    """A series that contains every word; ``score`` is higher for words in names than in labels and tags."""

    ref: SeriesRef
    metric: MetricInfo
    entity: EntityInfo
    score: float


def search_series(query: str, *, offset: int, limit: int) -> tuple[list[Hit], int]:
    """Hits in order of score, then names, cut to ``[offset, offset + limit)``; and how many there are."""
    words = query.lower().split()[:MAX_WORDS]
    hits = list(_hits(words))
    hits.sort(key=lambda hit: (-hit.score, hit.ref.key.metric, hit.ref.key.entity, hit.ref.key.tags))
    return hits[offset : offset + limit], len(hits)


def _hits(words: list[str]) -> Iterator[Hit]:
    rules = [matcher(word if has_wildcard(word) else f"*{word}*") for word in words]
    entities: dict[str, EntityInfo | None] = {}
    for metric in listing.metrics():
        about_metric = [metric.label.lower(), *_texts(metric.tags)]
        for ref in catalog().find_series(SeriesSelector(metric.name)):
            name = ref.key.entity
            if name not in entities:
                entities[name] = catalog().entity(name)
            entity = entities[name]
            if entity is None:
                continue
            names = (metric.name, name)
            more = [*about_metric, entity.label.lower(), *_texts(entity.tags), *_texts(ref.key.tag_map)]
            score = 0.0
            for rule in rules:
                if any(rule.fullmatch(text) for text in names):
                    score += 2.0
                elif any(rule.fullmatch(text) for text in more):
                    score += 1.0
                else:
                    break
            else:
                yield Hit(ref, metric, entity, score)


def _texts(tags: object) -> list[str]:
    pairs = tags.items() if isinstance(tags, dict) else ()
    return [text.lower() for pair in pairs for text in pair]
