"""Searching series by words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from apps.algebra.source import EntityInfo, MetricInfo, SeriesRef
from apps.catalog.models import Entity, Metric, Series, Tag
from apps.catalog.patterns import has_wildcard, literal_of, matcher
from apps.catalog.selectors import entity_info, metric_info

__all__ = ["Hit", "matching_series", "search_series"]

MAX_WORDS = 10
#: So many hits are ranked; more of them come in order of names.
_RANKED = 5_000
#: Names listed in a statement; a word that matches more is looked up by a query inside the query.
_LISTED = 1_000
_TAGS = "tag_text"


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
    rules = [matcher(word if has_wildcard(word) else f"*{word}*") for word in words]
    found = matching_series(words)
    total = found.count()
    if total <= _RANKED:
        hits = list(_hits(found.select_related("metric", "entity"), rules))
        hits.sort(key=lambda hit: (-hit.score, hit.ref.key.metric, hit.ref.key.entity, hit.ref.key.tags))
        return hits[offset : offset + limit], len(hits)
    return list(_hits(_by_name(found, offset, limit), rules)), total


def matching_series(words: Sequence[str]) -> QuerySet[Series]:
    """Series that hold every word in a name, label or tag of metric, entity or series.

    Words are looked up among metrics, entities and tags, which are few; the series then follow by index.
    """
    found = Series.objects.all()
    for word in words[:MAX_WORDS]:
        found = found.filter(_holds(word.replace("\0", "\N{REPLACEMENT CHARACTER}")))
    return found


def _holds(word: str) -> Q:
    metrics = _rows(Metric, word, ("folded", "label", _TAGS))
    entities = _rows(Entity, word, ("folded", "label", _TAGS))
    tags = _rows(Tag, word, ("folded", "value"))
    linked = Series.tag_set.through.objects.filter(tag_id__in=tags).values("series_id")
    conditions = [
        Q(**{f"{column}__in": rows})
        for column, rows in (("metric_id", metrics), ("entity_id", entities))
        if not isinstance(rows, list) or rows
    ]
    if not isinstance(tags, list) or tags:
        conditions.append(Q(pk__in=linked))
    return reduce(or_, conditions) if conditions else Q(pk__in=[])


def _rows(model: Any, word: str, columns: Sequence[str]) -> list[int] | QuerySet:
    """Numbers of the rows of which a column holds the word; a query when there are many."""
    condition = Q()
    for column in columns:
        condition |= _like(column, word)
    rows = model.objects.annotate(**{_TAGS: Cast("tags", TextField())}) if _TAGS in columns else model.objects
    found = rows.filter(condition).order_by().values_list("pk", flat=True)
    few = list(found[: _LISTED + 1])
    return found if len(few) > _LISTED else few


def _like(column: str, word: str) -> Q:
    text = literal_of(word)
    if not has_wildcard(word):
        # Inside JSON quotes are escaped, and some databases escape everything beyond ASCII too.
        texts = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
        terms = [Q(**{f"{column}__icontains": form}) for form in (texts if column == _TAGS else (text,))]
        return reduce(or_, terms)
    if column == _TAGS:
        # Names and values of JSON stand between quotes.
        quoted = _expression(word, any_char='[^"]')
        return Q(**{f"{column}__iregex": f'"{quoted}"'})
    return Q(**{f"{column}__iregex": f"^{_expression(word, any_char='.')}$"})


def _expression(word: str, *, any_char: str) -> str:
    """A pattern as a regular expression of either database."""
    wild = {"*": f"{any_char}*", "?": any_char}
    return "".join(wild.get(char) or (char if char.isalnum() else f"\\{char}") for char in word)


def _hits(found: Iterable[Series], rules: Sequence[re.Pattern[str]]) -> Iterator[Hit]:
    metrics: dict[str, MetricInfo] = {}
    entities: dict[str, EntityInfo] = {}
    for row in found:
        metric = metrics.setdefault(row.metric.name, metric_info(row.metric))
        entity = entities.setdefault(row.entity.name, entity_info(row.entity))
        names = (row.metric.folded, row.entity.folded)
        more = [metric.label.lower(), entity.label.lower()]
        more += [text for tags in (metric.tags, entity.tags, row.tags) for text in _texts(tags)]
        score = 0.0
        for rule in rules:
            if any(rule.fullmatch(text) for text in names):
                score += 2.0
            elif any(rule.fullmatch(text) for text in more):
                score += 1.0
            else:
                break
        else:
            yield Hit(SeriesRef(row.pk, row.key), metric, entity, score)


def _texts(tags: object) -> list[str]:
    pairs = tags.items() if isinstance(tags, dict) else ()
    return [text.lower() for pair in pairs for text in pair]


def _by_name(found: QuerySet[Series], offset: int, limit: int) -> list[Series]:
    """A cut of very many hits in order of metric and entity: metric by metric, so that little is sorted."""
    cut: list[Series] = []
    left = offset
    metrics = (
        Metric.objects.filter(pk__in=found.values("metric_id")).order_by("name").values_list("pk", flat=True)
    )
    for metric_id in metrics.iterator():
        own = found.filter(metric_id=metric_id)
        if left and (count := own.count()) <= left:
            left -= count
            continue
        ordered = own.order_by("entity__name", "pk").select_related("metric", "entity")
        cut += ordered[left : left + limit - len(cut)]
        left = 0
        if len(cut) >= limit:
            break
    return cut
