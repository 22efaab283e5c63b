"""Metrics: list, read, create or replace, update, rename, delete, and their series."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.algebra.source import MetricInfo
from apps.api.atsd.answers import AtsdView, missing, no_content
from apps.api.atsd.lists import LIST_PARAMETERS, ListQuery, query_parameter
from apps.api.atsd.meta_schema import METRIC, RENAME, listed
from apps.api.atsd.params import flag_param, text_param
from apps.api.atsd.printing import TagsShown, print_metric
from apps.api.atsd.query_schema import ErrorBody
from apps.catalog import listing, services
from apps.catalog.selectors import catalog
from apps.dialects.atsd.expressions import compile_metric_filter
from apps.dialects.atsd.incoming import fold_metric
from apps.dialects.atsd.meta_fields import METRIC_FIELDS, read_fields
from apps.errors import ArgumentFault

__all__ = ["MetricDetail", "MetricList", "MetricRename", "existing_metric"]


def existing_metric(name: str) -> MetricInfo:
    """The metric of an address; 400 for what can't be a name, 404 for one that is not there.

    Of several that differ only in case, it is the one that is written so.
    """
    fold_metric(name)
    found = catalog().metric(name.strip())
    if found is None:
        raise missing("METRIC", name)
    return found


class MetricList(AtsdView):
    rights_model = "metric"

    @extend_schema(
        operation_id="metrics_list",
        parameters=[
            *LIST_PARAMETERS,
            query_parameter("addInsertTime", "print lastInsertDate (default true)"),
        ],
        responses={200: listed(METRIC)},
    )
    def get(self, request: Request) -> Response:
        """All metrics that pass the filters, by name."""
        query = ListQuery.of(request)
        accepts = compile_metric_filter(query.expression, now_ns=query.now_ns) if query.expression else None
        with_times = flag_param(request, "addInsertTime", True)
        found = query.select(listing.metrics(), accepts, listing.newest_by_metric, with_times=with_times)
        return Response(
            [print_metric(metric, query.tags, time_ns if with_times else None) for metric, time_ns in found]
        )


class MetricDetail(AtsdView):
    rights_model = "metric"

    @extend_schema(
        operation_id="metrics_get",
        parameters=[query_parameter("tags", "names or patterns of tags to print (default all)")],
        responses={200: METRIC, 404: ErrorBody},
    )
    def get(self, request: Request, name: str) -> Response:
        """One metric with all its fields."""
        metric = existing_metric(name)
        shown = TagsShown(text_param(request, "tags"), everything=True)
        return Response(print_metric(metric, shown, catalog().newest_ns(metric=metric.name)))

    @extend_schema(
        operation_id="metrics_put",
        request={"application/json": METRIC},
        responses={204: OpenApiResponse(description="stored"), 400: ErrorBody},
    )
    def put(self, request: Request, name: str) -> Response:
        """Create the metric, or replace all its fields."""
        services.put_metric(fold_metric(name), read_fields(request.data, METRIC_FIELDS))
        return no_content()

    @extend_schema(
        operation_id="metrics_patch",
        request={"application/json": METRIC},
        responses={204: OpenApiResponse(description="stored"), 400: ErrorBody, 404: ErrorBody},
    )
    def patch(self, request: Request, name: str) -> Response:
        """Change the given fields; the others stay, tags are merged."""
        metric = existing_metric(name)
        services.patch_metric(metric.name, read_fields(request.data, METRIC_FIELDS))
        return no_content()

    @extend_schema(
        operation_id="metrics_delete",
        responses={204: OpenApiResponse(description="deleted"), 404: ErrorBody},
    )
    def delete(self, request: Request, name: str) -> Response:
        """Delete the metric with its series and samples."""
        services.delete_metric(existing_metric(name).name)
        return no_content()


class MetricRename(AtsdView):
    rights_model = "metric"
    rights: ClassVar = {"POST": ("change",)}

    @extend_schema(
        operation_id="metrics_rename",
        request={"application/json": RENAME},
        responses={204: OpenApiResponse(description="renamed"), 400: ErrorBody, 404: ErrorBody},
    )
    def post(self, request: Request, name: str) -> Response:
        """Give the metric another name; data and settings stay."""
        metric = existing_metric(name)
        services.rename_metric(metric.name, new_name_of(request.data, fold_metric, "metric"))
        return no_content()


def new_name_of(body: Any, fold: Any, kind: str) -> str:
    """The name in a rename body."""
    if not isinstance(body, dict) or "name" not in body:
        raise ArgumentFault('the body must be {"name": "new name"}', code="bad-type")
    name = fold(body["name"])
    taken = catalog().metric(name) if kind == "metric" else catalog().entity(name)
    if taken is not None:
        raise ArgumentFault(f"{kind} '{name}' already exists")
    return name
