"""One metric or one entity: its fields, what its series are told apart by, and some of the series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from apps.catalog.models import Entity, Metric
from apps.portal.inventory import PER_PAGE, BoundedPaginator, series_rows

#: Series from which tags and neighbours are counted.
SERIES_SEEN = 2000
VALUES_SHOWN = 12


@dataclass(frozen=True)
class TagSummary:
    """A tag's name and its commonest values with the number of series of each."""

    name: str
    values: list[tuple[str, int]]
    more: int


@dataclass(frozen=True)
class Profile:
    """What the page of a metric or an entity shows."""

    kind: str
    name: str
    label: str
    fields: list[tuple[str, Any]]
    own_tags: Mapping[str, str]
    tags: list[TagSummary]
    neighbours: list[tuple[str, int]]
    seen_all: bool
    page: Any
    rows: list[Any]


def metric_profile(metric: Metric, words: str, number: str) -> Profile:
    """A metric with its settings."""
    fields = [
        ("Unit", metric.units),
        ("Data type", metric.get_data_type_display()),
        ("Description", metric.description),
        ("Interpolation", metric.get_interpolate_display()),
        ("Time zone", metric.time_zone),
        ("Keeps samples for", f"{metric.retention_days} days" if metric.retention_days else "ever"),
        ("Filter", metric.filter),
        ("Smallest valid value", metric.min_value),
        ("Largest valid value", metric.max_value),
        ("Takes samples", "yes" if metric.enabled and metric.persistent else "no"),
    ]
    return _profile("metric", metric, fields, metric.series.all(), "entity__name", words, number)


def entity_profile(entity: Entity, words: str, number: str) -> Profile:
    """An entity with its settings."""
    fields = [
        ("Time zone", entity.time_zone),
        ("Interpolation", entity.get_interpolate_display() if entity.interpolate else ""),
        ("Takes samples", "yes" if entity.enabled else "no"),
        ("Known since", f"{entity.created_at:%Y-%m-%d %H:%M} UTC"),
    ]
    return _profile("entity", entity, fields, entity.series.all(), "metric__name", words, number)


def _profile(
    kind: str,
    one: Metric | Entity,
    fields: list[tuple[str, Any]],
    series: QuerySet,
    other: str,
    words: str,
    number: str,
) -> Profile:
    seen = list(series.order_by().values_list(other, "tags")[: SERIES_SEEN + 1])
    found = series.select_related("metric", "entity")
    of_other = other.removesuffix("__name")
    for word in words.split()[:8]:
        found = found.filter(Q(**{f"{of_other}__folded__contains": word.lower()}) | Q(tags__icontains=word))
    paginator = BoundedPaginator(found, PER_PAGE)
    order = (other, "pk") if paginator.found <= SERIES_SEEN else ("entity_id", "tags_hash")
    paginator.object_list = found.order_by(*order)
    page = paginator.get_page(number or 1)
    return Profile(
        kind=kind,
        name=one.name,
        label=one.label,
        fields=[(name, value) for name, value in fields if value not in ("", None)],
        own_tags=one.tags,
        tags=_tags([tags for _, tags in seen[:SERIES_SEEN]]),
        neighbours=Counter(name for name, _ in seen[:SERIES_SEEN]).most_common(VALUES_SHOWN),
        seen_all=len(seen) <= SERIES_SEEN,
        page=page,
        rows=series_rows(page.object_list),
    )


def _tags(all_tags: list[Mapping[str, str]]) -> list[TagSummary]:
    counts: dict[str, Counter[str]] = {}
    for tags in all_tags:
        for name, value in tags.items():
            counts.setdefault(name, Counter())[value] += 1
    return [
        TagSummary(name, values.most_common(VALUES_SHOWN), max(0, len(values) - VALUES_SHOWN))
        for name, values in sorted(counts.items())
    ]
