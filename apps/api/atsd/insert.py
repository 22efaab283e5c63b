"""``series: insert``: all of a request or nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.atsd.answers import AtsdView, error_text, no_content
from apps.api.atsd.meta_schema import INSERT_BODY
from apps.api.atsd.query_schema import ErrorBody
from apps.api.parsers import LimitedJSONParser, parse_json, read_body
from apps.dialects.atsd.insert_body import InsertRejected, parse_insert
from apps.queries.received import has_decimals, refuse_long_decimals, worth_storing
from apps.store.ingest import insert_series

__all__ = ["SeriesInsert"]


class _KeepingParser(LimitedJSONParser):
    """Leaves the bytes at the request: exact decimals are checked in the text of the numbers."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        request = (parser_context or {})["request"]
        request.raw_body = read_body(stream, request)
        return parse_json(request.raw_body)


class SeriesInsert(AtsdView):
    parser_classes = (_KeepingParser,)
    rights_model = "series"

    def handle_exception(self, exc: Exception) -> HttpResponse:
        if isinstance(exc, InsertRejected):
            return Response(_rejection(exc), status=400)
        return super().handle_exception(exc)

    @extend_schema(
        operation_id="series_insert",
        request={"application/json": INSERT_BODY},
        responses={204: OpenApiResponse(description="stored"), 400: ErrorBody},
    )
    def post(self, request: Request) -> Response:
        """Store samples of any number of series; a request with an error stores nothing."""
        items = parse_insert(request.data)
        if has_decimals(key.metric for key, _ in items):
            refuse_long_decimals(request.raw_body)
        insert_series(worth_storing(items))
        return no_content()


def _rejection(fault: InsertRejected) -> dict[str, Any]:
    """ATSD's error of the first fault, and beside it every item that failed."""
    return {
        "error": error_text(fault),
        "failed": [{"path": item.path, "error": error_text(item.fault)} for item in fault.items],
        "failedSeries": fault.failed_count,
        "stored": 0,
    }
