"""Properties: what is known of entities, under types and keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.atsd.answers import AtsdView, no_content
from apps.api.atsd.entities import existing_entity
from apps.api.atsd.entity_filter import accepts_entity, interval_of, single_entity, text_field
from apps.api.atsd.lists import json_object
from apps.api.atsd.meta_schema import PROPERTY, listed
from apps.api.atsd.params import date_of, now_ns, objects_of
from apps.api.atsd.printing import TagsShown, print_entity
from apps.api.atsd.query_schema import ErrorBody
from apps.catalog import listing, services
from apps.catalog.models import Property
from apps.catalog.selectors import catalog
from apps.dialects.atsd.dates import format_iso
from apps.dialects.atsd.expressions import compile_predicate
from apps.dialects.atsd.incoming import ENTITY_TAGS, fold_entity, fold_tags, fold_type
from apps.dialects.atsd.meta_fields import boolean, read_tags, whole
from apps.errors import ArgumentFault

__all__ = [
    "EntityPropertyTypes",
    "PropertyDelete",
    "PropertyInsert",
    "PropertyOfType",
    "PropertyQuery",
    "PropertyTypes",
]

#: Tags of the entity itself, offered as a property.
Printed = dict[str, Any]


class PropertyInsert(AtsdView):
    rights_model = "property"
    rights: ClassVar = {"POST": ("add", "change")}

    @extend_schema(
        operation_id="properties_insert",
        request={"application/json": listed(PROPERTY)},
        responses={204: OpenApiResponse(description="stored"), 400: ErrorBody},
    )
    def post(self, request: Request) -> Response:
        """Store properties; single tags of a stored record are overwritten."""
        clock_ns = now_ns()
        checked = [_checked(item, clock_ns) for item in objects_of(request.data, "properties")]
        for entity, type_name, key, tags, time_ns in checked:
            if type_name == ENTITY_TAGS:
                services.patch_entity(entity, {"tags": tags}, create=True)
            else:
                services.insert_property(entity, type_name, key, tags, time_ns=time_ns)
        return no_content()


def _checked(item: Mapping[str, Any], clock_ns: int) -> tuple[str, str, dict[str, str], dict[str, str], int]:
    tags = {name: value for name, value in read_tags(item.get("tags") or {}).items() if value is not None}
    if not tags:
        raise ArgumentFault("a property needs at least one tag", code="no-tags")
    date = item.get("date", item.get("timestamp"))
    time_ns = clock_ns if date is None else date_of(date, "date", clock_ns)
    return (
        fold_entity(item.get("entity")),
        fold_type(item.get("type")),
        dict(fold_tags(item.get("key"))),
        tags,
        time_ns,
    )


class PropertyQuery(AtsdView):
    rights_model = "property"
    rights: ClassVar = {"POST": ("view",)}

    @extend_schema(
        operation_id="properties_query",
        request=list[dict[str, Any]],
        responses={200: listed(PROPERTY), 400: ErrorBody},
    )
    def post(self, request: Request) -> Response:
        """Properties that match; the answers of several queries one after the other."""
        clock_ns = now_ns()
        found: list[Printed] = []
        for item in objects_of(request.data, "queries"):
            found.extend(_answer(item, clock_ns))
        return Response(found)


def _answer(item: Mapping[str, Any], clock_ns: int) -> list[Printed]:
    type_name = fold_type(item.get("type"))
    accepts = accepts_entity(item, clock_ns)
    start_ns, end_ns = interval_of(item, clock_ns, required=True)
    if type_name == ENTITY_TAGS:
        return _entity_tags(item, accepts)
    rows = [
        row for row in _matching(item, type_name, accepts, required=True) if start_ns <= row.time_ns < end_ns
    ]
    if boolean(item.get("last") or False, "last") and rows:
        offset_ms = max(0, whole(item.get("offset") or 0, "offset"))
        newest_ns = max(row.time_ns for row in rows) - offset_ms * 1_000_000
        rows = [row for row in rows if row.time_ns >= newest_ns]
    printed = [print_property(row) for row in rows]
    if boolean(item.get("merge") or False, "merge"):
        printed = _merged(rows)
    if boolean(item.get("addMeta") or False, "addMeta"):
        shown = TagsShown(None, everything=True)
        for one in printed:
            entity = catalog().entity(one["entity"])
            one["meta"] = {"entity": print_entity(entity, shown, None) if entity else None}
    limit = whole(item.get("limit") or 0, "limit")
    return printed[:limit] if limit > 0 else printed


def _matching(
    item: Mapping[str, Any], type_name: str, accepts: Callable[[str], bool], *, required: bool
) -> Iterable[Property]:
    key = dict(fold_tags(item.get("key")))
    exact = boolean(item.get("exactMatch") or False, "exactMatch")
    expression = text_field(item, "keyTagExpression") if required else None
    passes = compile_predicate(expression, now_ns=0) if expression else None
    for row in listing.properties(type_name=type_name, entity=single_entity(item)):
        if not accepts(row.entity.name) or not _key_matches(row.key, key, exact):
            continue
        record = {"entity": row.entity.name, "type": row.type, "keys": row.key, "tags": row.tags}
        if passes is None or passes(record):
            yield row


def _key_matches(stored: Mapping[str, str], wanted: Mapping[str, str], exact: bool) -> bool:
    if exact:
        return dict(stored) == dict(wanted)
    return all(stored.get(name) == value for name, value in wanted.items())


def print_property(row: Property) -> Printed:
    return {
        "type": row.type,
        "entity": row.entity.name,
        "key": row.key,
        "tags": row.tags,
        "date": format_iso(row.time_ns),
    }


def _merged(rows: list[Property]) -> list[Printed]:
    """One record for each entity and type: tags of later records over those of earlier ones."""
    found: dict[tuple[str, str], Printed] = {}
    for row in sorted(rows, key=lambda row: row.time_ns):
        one = found.setdefault((row.entity.name, row.type), print_property(row) | {"key": {}, "tags": {}})
        one["tags"] = one["tags"] | row.key | row.tags
        one["date"] = format_iso(row.time_ns)
    return list(found.values())


def _entity_tags(item: Mapping[str, Any], accepts: Callable[[str], bool]) -> list[Printed]:
    name = single_entity(item)
    if name is None:
        candidates = list(listing.entities())
    else:
        found = catalog().entity(name)
        candidates = [found] if found else []
    return [
        {
            "type": ENTITY_TAGS,
            "entity": entity.name,
            "key": {},
            "tags": dict(entity.tags),
            "date": print_entity(entity, TagsShown(None), None)["versionDate"],
        }
        for entity in candidates
        if entity.tags and accepts(entity.name)
    ]


class PropertyDelete(AtsdView):
    rights_model = "property"
    rights: ClassVar = {"POST": ("delete",)}

    @extend_schema(
        operation_id="properties_delete",
        request=list[dict[str, Any]],
        responses={200: json_object, 400: ErrorBody},
    )
    def post(self, request: Request) -> Response:
        """Delete properties that match, and say how many there were."""
        clock_ns = now_ns()
        wanted: dict[int, Property] = {}
        for item in objects_of(request.data, "filters"):
            type_name = fold_type(item.get("type"))
            start_ns, end_ns = interval_of(item, clock_ns, required=False)
            for row in _matching(item, type_name, accepts_entity(item, clock_ns), required=False):
                if start_ns <= row.time_ns < end_ns:
                    wanted[row.pk] = row
        return Response({"deleted": services.delete_properties(list(wanted.values()))})


class PropertyTypes(AtsdView):
    rights_model = "property"

    @extend_schema(operation_id="properties_types", responses={200: list[str], 404: ErrorBody})
    def get(self, request: Request, name: str) -> Response:
        """Types of which the entity has properties."""
        entity = existing_entity(name)
        types = listing.property_types(entity.name)
        return Response(types + ([ENTITY_TAGS] if entity.tags else []))


@extend_schema_view(get=extend_schema(operation_id="entities_property_types"))
class EntityPropertyTypes(PropertyTypes):
    """The same at the entity's address."""


class PropertyOfType(AtsdView):
    rights_model = "property"

    @extend_schema(operation_id="properties_get", responses={200: listed(PROPERTY), 404: ErrorBody})
    def get(self, request: Request, name: str, type_name: str) -> Response:
        """Properties of one type of the entity."""
        entity = existing_entity(name)
        folded = fold_type(type_name)
        if folded == ENTITY_TAGS:
            return Response(_entity_tags({"entity": entity.name}, lambda _: True))
        rows = listing.properties(type_name=folded, entity=entity.name)
        return Response([print_property(row) for row in rows])
