"""``GET /api/v1/series/{format}/{entity}/{metric}``"""

from __future__ import annotations

import re
import time
from urllib.parse import unquote

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.api.answers import answer_blocks
from apps.api.atsd.csv_insert import SeriesCsvInsert
from apps.api.atsd.query_schema import ErrorBody, SeriesAnswer
from apps.api.permissions import MayRead
from apps.errors import ArgumentFault
from apps.queries.run import run_atsd_single

__all__ = ["SeriesCsv", "SeriesJson", "split_names"]

_PARAMETERS = [
    OpenApiParameter("startDate", str, description="ISO date or calendar expression, inclusive"),
    OpenApiParameter("endDate", str, description="ISO date or calendar expression, exclusive"),
    OpenApiParameter("interval", str, description="count and unit: 1-DAY"),
    OpenApiParameter("aggregate", str, description="statistic: AVG"),
    OpenApiParameter("period", str, description="count and unit: 1-HOUR"),
    OpenApiParameter("align", str, description="CALENDAR, START_TIME, END_TIME, FIRST_VALUE_TIME"),
    OpenApiParameter("limit", int, description="the last so many samples of each series"),
    OpenApiParameter("timeFormat", str, enum=["iso", "milliseconds"]),
]


def split_names(request: Request, names: str) -> tuple[str, str]:
    """Entity and metric of an address. A slash inside a name is sent as ``%2F``; where the server keeps the
    address as sent, that tells it from the slash between the names."""
    raw = request.META.get("REQUEST_URI") or ""
    path = re.sub(r"^[a-z]+://[^/]*", "", raw).partition("?")[0]
    parts = path.split("/series/", 1)[-1].split("/")
    if path and len(parts) == 3:
        return unquote(parts[1]), unquote(parts[2])
    entity, slash, metric = names.partition("/")
    if not slash or not entity or not metric:
        raise ArgumentFault("the address must name an entity and a metric")
    return entity, metric


def _answer(
    request: Request, names: str, format_name: str, content_type: str
) -> HttpResponseBase:
    entity, metric = split_names(request, names)
    blocks = run_atsd_single(
        format_name,
        entity,
        metric,
        dict(request.query_params.lists()),
        now_ns=time.time_ns(),
        caller=request.user,
    )
    return answer_blocks(blocks, content_type)


class SeriesJson(APIView):
    """Samples of one metric and entity as JSON. ``t:<tag>=value`` parameters select by tag."""

    permission_classes = (MayRead,)
    rights_model = "series"

    @extend_schema(
        operation_id="series_get_json",
        parameters=_PARAMETERS,
        responses={200: SeriesAnswer(many=True), 400: OpenApiResponse(ErrorBody)},
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        """Read series as JSON; ``name`` is entity/metric."""
        return _answer(request, name, "json", "application/json;charset=UTF-8")


class SeriesCsv(SeriesCsvInsert):
    """One address, two uses: GET reads ``entity/metric`` as CSV, POST inserts CSV for an entity."""

    @extend_schema(
        operation_id="series_get_csv",
        parameters=[*_PARAMETERS, OpenApiParameter("columns", str, description="columns, by comma")],
        responses={(200, "text/csv"): OpenApiTypes.STR, 400: OpenApiResponse(ErrorBody)},
    )
    def get(self, request: Request, name: str) -> HttpResponseBase:
        """Read series as CSV; ``name`` is entity/metric."""
        return _answer(request, name, "csv", "text/csv;charset=UTF-8")
