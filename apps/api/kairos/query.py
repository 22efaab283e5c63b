"""``/api/v1/datapoints/query`` and ``/query/tags``: JSON in the body, or in an address as ``?query=``."""

from __future__ import annotations

import time
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from apps.api.answers import answer_blocks
from apps.api.kairos.answers import CONTENT_TYPE, ERRORS, KairosQueryView, json_answer
from apps.api.kairos.datapoints import body_text
from apps.api.permissions import may
from apps.queries.kairos import run_kairos, run_kairos_tags

__all__ = ["DatapointsQuery", "TagsQuery", "query_text"]

_LENGTH: dict[str, Any] = {
    "type": "object",
    "properties": {"value": {"type": "integer", "minimum": 0}, "unit": {"type": "string"}},
}
_NAMED: dict[str, Any] = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
_METRIC: dict[str, Any] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "tags": {"type": "object"},
        "group_by": {"type": "array", "items": _NAMED},
        "aggregators": {"type": "array", "items": _NAMED},
        "exclude_tags": {"type": "boolean"},
        "limit": {"type": "integer", "minimum": 0},
        "order": {"type": "string", "enum": ["asc", "desc"]},
        "alias": {"type": "string"},
        "time_override": {"type": "object"},
    },
}
_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["metrics"],
    "properties": {
        "start_absolute": {"type": "integer", "description": "ms since 1970, included"},
        "start_relative": _LENGTH,
        "end_absolute": {"type": "integer", "description": "ms since 1970, included"},
        "end_relative": _LENGTH,
        "time_zone": {"type": "string"},
        "cache_time": {"type": "integer", "minimum": 0},
        "metrics": {"type": "array", "items": _METRIC},
    },
}
_RESULT: dict[str, Any] = {
    "type": "object",
    "required": ["name", "values"],
    "properties": {
        "name": {"type": "string"},
        "alias": {"type": "string"},
        "group_by": {"type": "array", "items": _NAMED},
        "tags": {"type": "object"},
        "values": {"type": "array", "items": {"type": "array", "items": {}}},
    },
}


def _answer(**more: Any) -> dict[str, Any]:
    one = {"type": "object", "properties": {**more, "results": {"type": "array", "items": _RESULT}}}
    return {"type": "object", "properties": {"queries": {"type": "array", "items": one}}}


_ANSWER, _TAGS_ANSWER = _answer(sample_size={"type": "integer"}), _answer()
_REFUSALS = {
    400: OpenApiResponse(ERRORS, "the query is not valid"),
    500: OpenApiResponse(ERRORS, "the points themselves, or a limit, make it fail"),
}
_IN_ADDRESS = OpenApiParameter("query", OpenApiTypes.STR, description="the query as JSON")
_EXAMPLE = OpenApiExample(
    "sum per second",
    value={
        "start_absolute": 1704067200000,
        "end_absolute": 1704067202000,
        "metrics": [
            {
                "name": "temp",
                "aggregators": [{"name": "sum", "sampling": {"value": 1, "unit": "seconds"}}],
            }
        ],
    },
    request_only=True,
)


def query_text(request: Request) -> str:
    """The JSON of a query, whatever the content type says."""
    return request.query_params.get("query", "") if request.method == "GET" else body_text(request)


class DatapointsQuery(KairosQueryView):
    """Stored points, merged into streams by type and tags, grouped and aggregated on the way."""

    @extend_schema(
        operation_id="datapoints_query_get",
        tags=["datapoints"],
        parameters=[_IN_ADDRESS],
        responses={200: _ANSWER, **_REFUSALS},
    )
    def get(self, request: Request) -> HttpResponseBase:
        """Query points, the query in the address."""
        # What a link may ask for must not write.
        return self._answered(request, may_write=False)

    @extend_schema(
        operation_id="datapoints_query",
        tags=["datapoints"],
        request={"application/json": _BODY},
        responses={200: _ANSWER, **_REFUSALS},
        examples=[_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Query points."""
        return self._answered(request, may_write=may(request.user, ("add", "change")))

    def _answered(self, request: Request, *, may_write: bool) -> HttpResponseBase:
        blocks = run_kairos(
            query_text(request), now_ns=time.time_ns(), caller=request.user, may_write=may_write
        )
        return answer_blocks(blocks, CONTENT_TYPE)


class TagsQuery(KairosQueryView):
    """Tags of the series that have points in a window."""

    @extend_schema(
        operation_id="datapoints_query_tags_get",
        tags=["datapoints"],
        parameters=[_IN_ADDRESS],
        responses={200: _TAGS_ANSWER, **_REFUSALS},
    )
    def get(self, request: Request) -> HttpResponse:
        """Query tags, the query in the address."""
        return self._answered(request)

    @extend_schema(
        operation_id="datapoints_query_tags",
        tags=["datapoints"],
        request={"application/json": _BODY},
        responses={200: _TAGS_ANSWER, **_REFUSALS},
    )
    def post(self, request: Request) -> HttpResponse:
        """Query tags."""
        return self._answered(request)

    def _answered(self, request: Request) -> HttpResponse:
        return json_answer(
            run_kairos_tags(query_text(request), now_ns=time.time_ns(), caller=request.user)
        )
