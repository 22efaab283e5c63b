"""Writing data points, and deleting all those of a metric."""

from __future__ import annotations

import time
from typing import ClassVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from apps.api.kairos.answers import ERRORS, KairosView, json_answer, no_content
from apps.api.kairos.schema import DATAPOINTS_BODY
from apps.api.parsers import inflate
from apps.errors import ArgumentFault
from apps.queries.kairos_ingest import store_datapoints
from apps.queries.kairos_names import delete_points_of

__all__ = ["DataPoints", "MetricPoints", "body_text", "last_segment"]


class DataPoints(KairosView):
    @extend_schema(
        operation_id="kairos_datapoints",
        request={"application/json": DATAPOINTS_BODY},
        responses={204: OpenApiResponse(description="all points are stored"), 400: ERRORS},
    )
    def post(self, request: Request) -> HttpResponse:
        """Store data points; 400 with every problem met, and then what is right is stored all the same."""
        problems = store_datapoints(body_text(request), now_ns=time.time_ns())
        return json_answer({"errors": problems}, 400) if problems else no_content()


class MetricPoints(KairosView):
    rights: ClassVar = {"DELETE": ("delete",)}

    @extend_schema(operation_id="kairos_metric_delete", responses={204: OpenApiResponse(description="done")})
    def delete(self, request: Request, name: str) -> HttpResponse:
        """Delete every point of a metric; there may be none."""
        delete_points_of(last_segment(request, name))
        return no_content()


def body_text(request: Request) -> str:
    """The body as text, whatever its content type says; inflated when a header says that it is gzip."""
    body = request._request.read()
    meta = request.META
    kind = meta.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    encoding = meta.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding in {"gzip", "x-gzip"} or (not encoding and kind == "application/gzip"):
        body = inflate(body, settings.TSWEB_MAX_BODY_BYTES)
    elif encoding not in {"", "identity"}:
        raise ArgumentFault(f"the content encoding {encoding[:40]!r} is not understood; use gzip or none")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise ArgumentFault(f"the body is not UTF-8: {fault.reason} at byte {fault.start}") from None


def last_segment(request: Request | HttpRequest, name: str) -> str:
    """A name that ends an address. A slash behind it is no part of it, unless it was sent as ``%2F``."""
    raw = request.META.get("REQUEST_URI", "").partition("?")[0]
    return name.removesuffix("/") if not raw or raw.endswith("/") else name
