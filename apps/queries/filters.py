"""Filters of the data API with what they may ask of the catalog: group membership and properties."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from apps.algebra.series import Samples, SeriesKey
from apps.algebra.source import EntityInfo
from apps.catalog.models import EntityGroup, Property
from apps.catalog.selectors import catalog
from apps.dialects.atsd.expressions import Resolver, compile_entity_filter, compile_predicate

__all__ = ["catalog_resolver", "entity_rule", "group_rule", "property_values", "sample_rule"]


def catalog_resolver() -> Resolver:
    """What filters may ask beyond the record itself, answered by the stored catalog."""
    return Resolver(member_of=_member_of, property_values=property_values)


def entity_rule(text: str, now_ns: int) -> Callable[[EntityInfo], bool]:
    """An entity expression of a request."""
    return compile_entity_filter(text, resolver=catalog_resolver(), now_ns=now_ns)


def group_rule(text: str) -> Callable[[EntityInfo], bool]:
    """The expression of a group. It sees only groups with listed members: no group can depend on itself."""
    resolver = Resolver(member_of=_member_of_listed, property_values=property_values)
    return compile_entity_filter(text, resolver=resolver)


def _member_of(entity: str, groups: Sequence[str]) -> bool:
    return any(entity in catalog().group_members(group) for group in groups)


def _member_of_listed(entity: str, groups: Sequence[str]) -> bool:
    return EntityGroup.objects.filter(
        name__in=groups, expression="", enabled=True, entities__name=entity
    ).exists()


def property_values(entity: str, path: str) -> list[str]:
    """Values of ``type:key=value,key=value:tag`` (keys may be left out), newest first."""
    parts = path.split(":")
    type_name, tag = parts[0].strip().lower(), parts[-1].strip().lower()
    keys = {}
    for pair in ",".join(parts[1:-1]).split(","):
        name, equals, value = pair.partition("=")
        if equals:
            keys[name.strip().lower()] = value.strip()
    if len(parts) < 2 or "\0" in path:
        return []
    rows = Property.objects.filter(entity__name=entity, type=type_name).order_by("-time_ns")
    return [
        row.tags[tag]
        for row in rows
        if tag in row.tags and all(row.key.get(name) == value for name, value in keys.items())
    ]


def sample_rule(text: str) -> Callable[[SeriesKey, Samples], np.ndarray]:
    """The filter of a metric: which incoming samples are kept; it sees value, metric, entity and tags."""
    passes = compile_predicate(text, resolver=catalog_resolver())

    def keep(key: SeriesKey, samples: Samples) -> np.ndarray:
        record = {"metric": key.metric, "entity": key.entity, "name": key.metric, "tags": key.tag_map}
        return np.array([passes(record | {"value": value}) for value in samples.values.tolist()], dtype=bool)

    return keep
