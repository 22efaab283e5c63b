"""Entity groups: list, read, replace, update, delete, and their members."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.atsd.answers import AtsdView, missing, no_content
from apps.api.atsd.lists import LIST_PARAMETERS, ListQuery, query_parameter
from apps.api.atsd.meta_schema import ENTITY, GROUP, NAMES, listed
from apps.api.atsd.params import MAX_ITEMS, flag_param, limit_param, now_ns, text_param
from apps.api.atsd.printing import TagsShown, print_entity, print_group
from apps.api.atsd.query_schema import ErrorBody
from apps.catalog import listing, services
from apps.catalog.models import EntityGroup
from apps.catalog.selectors import catalog
from apps.dialects.atsd.expressions import compile_predicate
from apps.dialects.atsd.incoming import fold_entity, fold_group
from apps.dialects.atsd.meta_fields import GROUP_FIELDS, read_fields
from apps.errors import ArgumentFault
from apps.queries.filters import entity_rule

__all__ = ["GroupAdd", "GroupDetail", "GroupEntities", "GroupList", "GroupRemove", "GroupSet"]

_CHANGED = {
    204: OpenApiResponse(description="stored"),
    400: ErrorBody,
    404: ErrorBody,
}


def existing_group(name: str) -> EntityGroup:
    found = listing.group(fold_group(name))
    if found is None:
        raise missing("ENTITY_GROUP", name)
    return found


class GroupList(AtsdView):
    rights_model = "entitygroup"

    @extend_schema(
        operation_id="entity_groups_list",
        parameters=[
            query_parameter("expression", "keep those for which it is true"),
            query_parameter("tags", "names or patterns of tags to print"),
            query_parameter("limit", "at most so many; 0 = all", type_=int),
        ],
        responses={200: listed(GROUP)},
    )
    def get(self, request: Request) -> Response:
        """All groups that pass the filter, by name."""
        expression = text_param(request, "expression")
        accepts = compile_predicate(expression, now_ns=now_ns()) if expression else None
        shown = TagsShown(text_param(request, "tags"))
        found = []
        for group in listing.groups():
            record = {"name": group.name, "enabled": group.enabled, "tags": group.tags}
            if accepts is None or accepts(record | {"expression": group.expression}):
                found.append(print_group(group, shown))
        return Response(found[: limit_param(request) or None])


class GroupDetail(AtsdView):
    rights_model = "entitygroup"

    @extend_schema(operation_id="entity_groups_get", responses={200: GROUP, 404: ErrorBody})
    def get(self, request: Request, name: str) -> Response:
        """One group with all its fields."""
        shown = TagsShown(text_param(request, "tags"), everything=True)
        return Response(print_group(existing_group(name), shown))

    @extend_schema(
        operation_id="entity_groups_put",
        request={"application/json": GROUP},
        responses={204: OpenApiResponse(description="stored"), 400: ErrorBody},
    )
    def put(self, request: Request, name: str) -> Response:
        """Create the group, or replace all its fields; listed members stay."""
        services.put_group(fold_group(name), read_fields(request.data, GROUP_FIELDS))
        return no_content()

    @extend_schema(
        operation_id="entity_groups_patch",
        request={"application/json": GROUP},
        responses={204: OpenApiResponse(description="stored"), 400: ErrorBody, 404: ErrorBody},
    )
    def patch(self, request: Request, name: str) -> Response:
        """Change the given fields; tags with an empty value are deleted."""
        group = existing_group(name)
        fields = read_fields(request.data, GROUP_FIELDS, keep_null_tags=True)
        services.patch_group(group.name, fields)
        return no_content()

    @extend_schema(
        operation_id="entity_groups_delete",
        responses={204: OpenApiResponse(description="deleted"), 404: ErrorBody},
    )
    def delete(self, request: Request, name: str) -> Response:
        """Delete the group; its entities stay."""
        services.delete_group(existing_group(name).name)
        return no_content()


class GroupEntities(AtsdView):
    rights_model = "entitygroup"

    @extend_schema(
        operation_id="entity_groups_entities",
        parameters=LIST_PARAMETERS,
        responses={200: listed(ENTITY), 404: ErrorBody},
    )
    def get(self, request: Request, name: str) -> Response:
        """Members of the group, by name."""
        group = existing_group(name)
        query = ListQuery.of(request)
        accepts = entity_rule(query.expression, query.now_ns) if query.expression else None
        names = sorted(catalog().group_members(group.name))
        members = [entity for entity in map(catalog().entity, names) if entity is not None]
        found = query.select(members, accepts, listing.newest_by_entity)
        return Response([print_entity(entity, query.tags, time_ns) for entity, time_ns in found])


class _GroupMembers(AtsdView):
    rights_model = "entitygroup"
    rights: ClassVar = {"POST": ("change",)}
    mode = ""

    def post(self, request: Request, name: str) -> Response:
        """Change the members of a group that has no expression."""
        group = existing_group(name)
        if group.expression:
            raise ArgumentFault(
                f"Cannot modify entities for entity group '{group.name}'. Reset expression field first.",
                code="group-has-expression",
            )
        create = flag_param(request, "createEntities", True)
        names = _names_of(request.data)
        if not create and self.mode != "delete":
            for entity in names:
                if catalog().entity(entity) is None:
                    raise missing("ENTITY", entity)
        services.change_group_members(group.name, names, mode=self.mode, create_entities=create)
        return no_content()


_CREATE = query_parameter("createEntities", "make entities that are not there (default true)")


@extend_schema_view(
    post=extend_schema(
        operation_id="entity_groups_add",
        request={"application/json": NAMES},
        parameters=[_CREATE],
        responses=_CHANGED,
    )
)
class GroupAdd(_GroupMembers):
    mode = "add"


@extend_schema_view(
    post=extend_schema(
        operation_id="entity_groups_set",
        request={"application/json": NAMES},
        parameters=[_CREATE],
        responses=_CHANGED,
    )
)
class GroupSet(_GroupMembers):
    mode = "set"


@extend_schema_view(
    post=extend_schema(
        operation_id="entity_groups_remove", request={"application/json": NAMES}, responses=_CHANGED
    )
)
class GroupRemove(_GroupMembers):
    mode = "delete"


def _names_of(body: Any) -> list[str]:
    if not isinstance(body, list):
        raise ArgumentFault("the body must be an array of entity names", code="bad-type")
    if len(body) > MAX_ITEMS:
        raise ArgumentFault(f"{len(body)} names, more than {MAX_ITEMS}", code="too-many")
    return [fold_entity(item.get("name") if isinstance(item, dict) else item) for item in body]
