"""Deleting the points that a query means."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request

from apps.api.kairos.answers import ERRORS, KairosView, no_content
from apps.api.kairos.datapoints import body_text
from apps.queries.kairos import select_kairos
from apps.store.lateness import remove_points

__all__ = ["DatapointsDelete"]

_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["metrics"],
    "properties": {"start_absolute": {"type": "integer"}, "metrics": {"type": "array", "items": {}}},
}


class DatapointsDelete(KairosView):
    rights: ClassVar = {"POST": ("delete",)}

    @extend_schema(
        operation_id="kairos_datapoints_delete",
        request={"application/json": _BODY},
        responses={204: OpenApiResponse(description="done, also when nothing matched"), 400: ERRORS},
    )
    def post(self, request: Request) -> HttpResponse:
        """Delete the points of a query's metrics, tags and time range."""
        for one in select_kairos(body_text(request).encode(), now_ns=time.time_ns()):
            remove_points([ref.id for ref in one.refs], one.start_ns, one.end_ns)
        return no_content()
