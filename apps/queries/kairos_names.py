"""What there is, as KairosDB's clients ask for it: names of metrics and tags, values of tags."""

from __future__ import annotations

from collections.abc import Iterable

from apps.algebra.source import EVERY_SERIES, SeriesSelector
from apps.catalog.listing import newest_by_metric
from apps.catalog.models import Entity, Tag
from apps.catalog.selectors import catalog
from apps.catalog.services import delete_series_rows
from apps.dialects.kairos.names import DEFAULT_ENTITY, ENTITY_TAG

__all__ = ["delete_points_of", "metric_names", "tag_names", "tag_values"]


def metric_names(prefix: str = "") -> list[str]:
    """Metrics that have points and begin with ``prefix``, sorted."""
    names = [name for name in catalog().all_names("metric") if name.startswith(prefix)]
    filled = newest_by_metric(names)
    return [name for name in names if name in filled]


def tag_names() -> list[str]:
    """Names of tags of all series; the entity is one where points name it."""
    names = set(catalog().all_names("tag"))
    if Entity.objects.exclude(name=DEFAULT_ENTITY).exists():
        names.add(ENTITY_TAG)
    return sorted(names)


def tag_values() -> list[str]:
    """Values of tags of all series, entities included."""
    values: Iterable[str] = Tag.objects.values_list("value", flat=True).distinct().iterator()
    entities = (name for name in catalog().all_names("entity") if name != DEFAULT_ENTITY)
    return sorted({*values, *entities})


def delete_points_of(metric: str) -> None:
    """Delete all series of a metric, forecasts included; what is said of the metric itself stays."""
    refs = catalog().find_series(SeriesSelector(metric, forecast=EVERY_SERIES, exact=True))
    if refs:
        delete_series_rows({ref.id for ref in refs})
