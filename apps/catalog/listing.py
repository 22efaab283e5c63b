"""Lists of the catalog for the meta API: metrics, entities, groups, and when each last got a sample."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from apps.algebra.series import fold
from apps.algebra.source import EntityInfo, MetricInfo
from apps.catalog.models import Entity, EntityGroup, Message, Metric, Property
from apps.catalog.newest import newest_times
from apps.catalog.selectors import ENTITY_COLUMNS, METRIC_COLUMNS, catalog, entity_of, metric_of

__all__ = ["entities", "group", "groups", "groups_of", "metrics", "newest_by_entity", "newest_by_metric"]


def metrics() -> Iterator[MetricInfo]:
    """Every metric, by name."""
    rows = Metric.objects.order_by("name").values_list(*METRIC_COLUMNS)
    return map(metric_of, rows.iterator())


def entities() -> Iterator[EntityInfo]:
    """Every entity, by name."""
    rows = Entity.objects.order_by("name").values_list(*ENTITY_COLUMNS)
    return map(entity_of, rows.iterator())


def groups() -> list[EntityGroup]:
    """Every group, by name."""
    return list(EntityGroup.objects.order_by("name"))


def group(name: str) -> EntityGroup | None:
    """The group of that name; case matters."""
    return EntityGroup.objects.filter(name=name).first()


def groups_of(entity: str) -> list[EntityGroup]:
    """The groups that an entity belongs to, computed ones included."""
    return [row for row in groups() if entity in catalog().group_members(row.name)]


def newest_by_metric(names: Collection[str], *, entity: str | None = None) -> dict[str, int]:
    """Time of the newest sample of each metric that has one, optionally of one entity only."""
    return newest_times("metric", names, entity=entity)


def newest_by_entity(names: Collection[str]) -> dict[str, int]:
    """Time of the newest sample of each entity that has one."""
    return newest_times("entity", names)


def properties(*, type_name: str | None = None, entity: str | None = None) -> Iterator[Property]:
    """Stored properties of a type, of an entity, or of both; with their entity at hand."""
    rows = Property.objects.select_related("entity").order_by("entity__name", "type", "key_hash")
    if type_name is not None:
        rows = rows.filter(type=type_name)
    if entity is not None:
        rows = rows.filter(entity__folded=fold(entity))
    return rows.iterator()


def property_types(entity: str) -> list[str]:
    """The types of which an entity has properties."""
    rows = Property.objects.filter(entity__folded=fold(entity)).order_by("type")
    return list(rows.values_list("type", flat=True).distinct())


def messages(start_ns: int, end_ns: int, *, entity: str | None = None, **exactly: str) -> Iterator[Message]:
    """Messages of ``[start_ns, end_ns)``, newest first; ``exactly`` are fields with one wanted value."""
    rows = Message.objects.select_related("entity").filter(time_ns__gte=start_ns, time_ns__lt=end_ns)
    if entity is not None:
        rows = rows.filter(entity__folded=fold(entity))
    return rows.filter(**exactly).order_by("-time_ns", "-id").iterator()
