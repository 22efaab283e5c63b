"""Entities: list, create, read, replace, update, rename, delete, and what belongs to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.algebra.source import EntityInfo
from apps.api.atsd.answers import AtsdView, missing, no_content
from apps.api.atsd.lists import LIST_PARAMETERS, ListQuery, query_parameter
from apps.api.atsd.meta_schema import ENTITY, GROUP, METRIC, RENAME, listed
from apps.api.atsd.metrics import new_name_of
from apps.api.atsd.params import flag_param, objects_of, text_param
from apps.api.atsd.printing import TagsShown, print_entity, print_group, print_metric
from apps.api.atsd.query_schema import ErrorBody
from apps.catalog import listing, services
from apps.catalog.selectors import catalog
from apps.dialects.atsd.expressions import compile_metric_filter
from apps.dialects.atsd.incoming import fold_entity
from apps.dialects.atsd.meta_fields import ENTITY_FIELDS, read_fields
from apps.queries.filters import entity_rule

__all__ = [
    "EntityDetail",
    "EntityGroups",
    "EntityList",
    "EntityMetrics",
    "EntityRename",
    "existing_entity",
]


def existing_entity(name: str) -> EntityInfo:
    """The entity of an address; 400 for what can't be a name, 404 for one that is not there.

    Of several that differ only in case, it is the one that is written so.
    """
    fold_entity(name)
    found = catalog().entity(name.strip())
    if found is None:
        raise missing("ENTITY", name)
    return found


class EntityList(AtsdView):
    rights_model = "entity"

    @extend_schema(
        operation_id="entities_list",
        parameters=[
            *LIST_PARAMETERS,
            query_parameter("addInsertTime", "print lastInsertDate (default true)"),
        ],
        responses={200: listed(ENTITY)},
    )
    def get(self, request: Request) -> Response:
        """All entities that pass the filters, by name."""
        query = ListQuery.of(request)
        accepts = entity_rule(query.expression, query.now_ns) if query.expression else None
        with_times = flag_param(request, "addInsertTime", True)
        found = query.select(listing.entities(), accepts, listing.newest_by_entity, with_times=with_times)
        return Response(
            [print_entity(entity, query.tags, time_ns if with_times else None) for entity, time_ns in found]
        )

    @extend_schema(
        operation_id="entities_create",
        request={"application/json": ENTITY},
        responses={204: OpenApiResponse(description="stored"), 400: ErrorBody},
    )
    def post(self, request: Request) -> Response:
        """Create entities, or replace those that exist."""
        checked = [_named_fields(item) for item in objects_of(request.data, "entities")]
        for name, fields in checked:
            services.put_entity(name, fields)
        return no_content()


def _named_fields(item: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    return fold_entity(item.get("name")), read_fields(item, ENTITY_FIELDS)


class EntityDetail(AtsdView):
    rights_model = "entity"

    @extend_schema(
        operation_id="entities_get",
        parameters=[query_parameter("tags", "names or patterns of tags to print (default all)")],
        responses={200: ENTITY, 404: ErrorBody},
    )
    def get(self, request: Request, name: str) -> Response:
        """One entity with all its fields."""
        entity = existing_entity(name)
        shown = TagsShown(text_param(request, "tags"), everything=True)
        return Response(print_entity(entity, shown, catalog().newest_ns(entity=entity.name)))

    @extend_schema(
        operation_id="entities_put",
        request={"application/json": ENTITY},
        responses={204: OpenApiResponse(description="stored"), 400: ErrorBody},
    )
    def put(self, request: Request, name: str) -> Response:
        """Create the entity, or replace all its fields."""
        services.put_entity(fold_entity(name), read_fields(request.data, ENTITY_FIELDS))
        return no_content()

    @extend_schema(
        operation_id="entities_patch",
        request={"application/json": ENTITY},
        responses={204: OpenApiResponse(description="stored"), 400: ErrorBody, 404: ErrorBody},
    )
    def patch(self, request: Request, name: str) -> Response:
        """Change the given fields; the others stay, tags are merged."""
        entity = existing_entity(name)
        services.patch_entity(entity.name, read_fields(request.data, ENTITY_FIELDS))
        return no_content()

    @extend_schema(
        operation_id="entities_delete",
        responses={204: OpenApiResponse(description="deleted"), 404: ErrorBody},
    )
    def delete(self, request: Request, name: str) -> Response:
        """Delete the entity with its series and samples."""
        services.delete_entity(existing_entity(name).name)
        return no_content()


class EntityRename(AtsdView):
    rights_model = "entity"
    rights: ClassVar = {"POST": ("change",)}

    @extend_schema(
        operation_id="entities_rename",
        request={"application/json": RENAME},
        responses={204: OpenApiResponse(description="renamed"), 400: ErrorBody, 404: ErrorBody},
    )
    def post(self, request: Request, name: str) -> Response:
        """Give the entity another name; data and settings stay."""
        entity = existing_entity(name)
        services.rename_entity(entity.name, new_name_of(request.data, fold_entity, "entity"))
        return no_content()


class EntityMetrics(AtsdView):
    rights_model = "metric"

    @extend_schema(
        operation_id="entities_metrics",
        parameters=[
            *LIST_PARAMETERS,
            query_parameter("useEntityInsertTime", "lastInsertDate of this entity's series only"),
        ],
        responses={200: listed(METRIC), 404: ErrorBody},
    )
    def get(self, request: Request, name: str) -> Response:
        """Metrics that the entity has series of."""
        entity = existing_entity(name).name
        query = ListQuery.of(request)
        accepts = compile_metric_filter(query.expression, now_ns=query.now_ns) if query.expression else None
        own_times = flag_param(request, "useEntityInsertTime", False)
        names = sorted({ref.key.metric for ref in catalog().series_of_entity(entity)})
        metrics = [metric for metric in map(catalog().metric, names) if metric is not None]
        found = query.select(
            metrics,
            accepts,
            lambda wanted: listing.newest_by_metric(wanted, entity=entity if own_times else None),
        )
        return Response([print_metric(metric, query.tags, time_ns) for metric, time_ns in found])


class EntityGroups(AtsdView):
    rights_model = "entitygroup"

    @extend_schema(
        operation_id="entities_groups",
        parameters=[query_parameter("tags", "names or patterns of tags to print")],
        responses={200: listed(GROUP), 404: ErrorBody},
    )
    def get(self, request: Request, name: str) -> Response:
        """Groups that the entity belongs to."""
        entity = existing_entity(name).name
        shown = TagsShown(text_param(request, "tags"))
        return Response([print_group(group, shown) for group in listing.groups_of(entity)])
