"""What clients read of the server: its version and clock. ATSD's and KairosDB's ask at the same address."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.atsd.answers import AtsdView
from apps.api.atsd.lists import json_object
from apps.api.atsd.params import now_ns
from apps.api.kairos.addresses import ANSWER_HEADERS
from apps.dialects.atsd.dates import format_iso
from apps.dialects.kairos.names import VERSION

__all__ = ["Version"]


class Version(AtsdView):
    @extend_schema(operation_id="version", responses={200: json_object})
    def get(self, request: Request) -> Response:
        """Build, zone and clock. Versions of what it is built from are nobody's business."""
        clock_ns = now_ns()
        return Response(
            {
                "version": VERSION,
                "buildInfo": {"revisionNumber": "1", "buildNumber": "1", "buildId": "tsweb"},
                "license": {"forecastEnabled": False, "hbaseServers": 0, "productVersion": "tsweb"},
                "date": {
                    "timeZone": {"name": "Etc/UTC", "offsetMinutes": 0},
                    "currentDate": format_iso(clock_ns),
                    "currentTime": clock_ns // 1_000_000,
                },
            },
            headers=ANSWER_HEADERS,
        )
