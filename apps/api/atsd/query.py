"""``POST /api/v1/series/query``"""

from __future__ import annotations

import time

from django.http import HttpResponseBase
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.api.answers import answer_blocks
from apps.api.atsd.query_schema import ErrorBody, SeriesAnswer, SeriesQueryBody
from apps.api.permissions import MayRead
from apps.queries.run import run_atsd

__all__ = ["SeriesQuery"]

_EXAMPLE = OpenApiExample(
    "difference between consecutive samples",
    value=[
        {
            "startDate": "2018-05-20T00:00:00Z",
            "endDate": "2018-05-27T00:00:00Z",
            "entity": "hetzner",
            "metric": "outage-tickets",
            "tags": {"dc": "07"},
            "rate": {"counter": False},
        }
    ],
    request_only=True,
)


class SeriesQuery(APIView):
    """Stored series, transformed on the way: interpolate, group, rate, aggregate, smooth, downsample."""

    permission_classes = (MayRead,)
    rights_model = "series"

    @extend_schema(
        operation_id="series_query",
        tags=["series"],
        request=SeriesQueryBody(many=True),
        responses={200: SeriesAnswer(many=True), 400: OpenApiResponse(ErrorBody)},
        examples=[_EXAMPLE],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Query series."""
        return answer_blocks(run_atsd(request.data, now_ns=time.time_ns(), caller=request.user))
