"""Searching series by words in the names, labels and tags of metric, entity and series."""

from __future__ import annotations

import time
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.atsd.answers import AtsdView
from apps.api.atsd.lists import json_object, query_parameter
from apps.api.atsd.params import limit_param, text_param
from apps.api.atsd.printing import TagsShown
from apps.api.atsd.query_schema import ErrorBody
from apps.catalog.search import Hit, search_series
from apps.dialects.atsd.meta_fields import whole

__all__ = ["Search"]

DEFAULT_LIMIT = 1000


class Search(AtsdView):
    rights_model = "series"

    @extend_schema(
        operation_id="search",
        parameters=[
            query_parameter("query", "words; * and ? are wildcards"),
            query_parameter("limit", "at most so many rows (1000)", type_=int),
            query_parameter("offset", "rows to leave out first", type_=int),
            query_parameter("metricTags", "metric tags to print"),
            query_parameter("metricFields", "metric fields to print"),
            query_parameter("entityTags", "entity tags to print"),
            query_parameter("entityFields", "entity fields to print"),
        ],
        responses={200: json_object, 400: ErrorBody},
    )
    def get(self, request: Request) -> Response:
        """Series that contain every word, those with the words in their names first."""
        started_s = time.perf_counter()
        query = text_param(request, "query") or ""
        offset = max(0, whole(text_param(request, "offset") or 0, "offset"))
        limit = limit_param(request, DEFAULT_LIMIT) or DEFAULT_LIMIT
        hits, total = search_series(query[:500], offset=offset, limit=limit)
        shown = _Shown(request)
        return Response(
            {
                "query": query,
                "recordsTotal": total,
                "recordsFiltered": len(hits),
                "time": round((time.perf_counter() - started_s) * 1000),
                "data": [shown.row(hit) for hit in hits],
            }
        )


class _Shown:
    def __init__(self, request: Request) -> None:
        self.metric_tags = TagsShown(text_param(request, "metricTags"))
        self.entity_tags = TagsShown(text_param(request, "entityTags"))
        self.metric_fields = _names(text_param(request, "metricFields"))
        self.entity_fields = _names(text_param(request, "entityFields"))

    def row(self, hit: Hit) -> list[Any]:
        metric, entity = hit.metric, hit.entity
        return [
            metric.name,
            metric.label,
            {name: metric.fields[name] for name in self.metric_fields if name in metric.fields},
            self.metric_tags.of(metric.tags),
            entity.name,
            entity.label,
            {name: entity.fields[name] for name in self.entity_fields if name in entity.fields},
            self.entity_tags.of(entity.tags),
            dict(hit.ref.key.tags),
            hit.score,
        ]


def _names(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()][:100]
