"""The series of a metric, and the values of their tags."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.algebra.source import SeriesRef, SeriesSelector
from apps.api.atsd.answers import AtsdView
from apps.api.atsd.lists import query_parameter
from apps.api.atsd.metrics import existing_metric
from apps.api.atsd.params import date_param, flag_param, limit_param, now_ns, text_param
from apps.api.atsd.printing import TagsShown, print_entity, print_metric
from apps.api.atsd.query_schema import ErrorBody
from apps.catalog.selectors import catalog
from apps.dialects.atsd.dates import format_iso
from apps.dialects.atsd.incoming import text_of

__all__ = ["MetricSeries", "MetricSeriesTags"]

DEFAULT_LIMIT = 1000
_PARAMETERS = [
    query_parameter("entity", "name or pattern of the entity"),
]


def _selector(request: Request, metric: str, **more: Any) -> SeriesSelector:
    entity = text_param(request, "entity")
    tags: dict[str, list[str]] = {}
    for key, values in request.query_params.lists():
        if key.startswith("tags.") and len(key) > 5:
            for text in (key, *values):
                text_of(key[:60], text)
            tags.setdefault(key[5:].strip().lower(), []).extend(values)
    return SeriesSelector(
        metric,
        entities=(entity.lower(),) if entity else None,
        tags=tuple((name, tuple(values)) for name, values in tags.items()),
        **more,
    )


class MetricSeries(AtsdView):
    rights_model = "series"

    @extend_schema(
        operation_id="metrics_series",
        parameters=[
            *_PARAMETERS,
            query_parameter("minInsertDate", "newest sample at or after"),
            query_parameter("maxInsertDate", "newest sample before"),
            query_parameter("addMeta", "print metric and entity too"),
            query_parameter("limit", "at most so many series (default 1000, 0 = all)", type_=int),
        ],
        responses={200: list[dict[str, Any]], 404: ErrorBody},
    )
    def get(self, request: Request, name: str) -> Response:
        """Series of the metric with their newest times; ``tags.<name>=pattern`` selects by tag."""
        metric = existing_metric(name)
        clock_ns = now_ns()
        selector = _selector(
            request,
            metric.name,
            min_insert_ns=date_param(request, "minInsertDate", clock_ns),
            max_insert_ns=date_param(request, "maxInsertDate", clock_ns),
            limit=limit_param(request, DEFAULT_LIMIT),
        )
        add_meta = flag_param(request, "addMeta", False)
        refs = catalog().find_series(selector)
        times = catalog().last_insert_ns(refs)
        return Response(
            [_print_series(ref, time_ns, add_meta) for ref, time_ns in zip(refs, times, strict=True)]
        )


def _print_series(ref: SeriesRef, time_ns: int | None, add_meta: bool) -> dict[str, Any]:
    printed: dict[str, Any] = {
        "metric": ref.key.metric,
        "entity": ref.key.entity,
        "tags": ref.key.tag_map,
    }
    if time_ns is not None:
        printed["lastInsertDate"] = format_iso(time_ns)
    if add_meta:
        shown = TagsShown(None, everything=True)
        metric, entity = catalog().metric(ref.key.metric), catalog().entity(ref.key.entity)
        printed["meta"] = {
            "metric": print_metric(metric, shown, None) if metric else None,
            "entity": print_entity(entity, shown, None) if entity else None,
        }
    return printed


class MetricSeriesTags(AtsdView):
    rights_model = "series"

    @extend_schema(
        operation_id="metrics_series_tags",
        parameters=[*_PARAMETERS, query_parameter("tags", "names of the tags wanted, with commas")],
        responses={200: dict[str, list[str]], 404: ErrorBody},
    )
    def get(self, request: Request, name: str) -> Response:
        """Each tag name with its values, sorted, over the series of the metric."""
        metric = existing_metric(name)
        wanted = text_param(request, "tags")
        shown = TagsShown(wanted, everything=True)
        values: dict[str, set[str]] = {}
        for ref in catalog().find_series(_selector(request, metric.name)):
            for tag, value in shown.of(ref.key.tag_map).items():
                values.setdefault(tag, set()).add(value)
        return Response({tag: sorted(values[tag]) for tag in sorted(values)})
