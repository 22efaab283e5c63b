"""What clients read of the server: its version and clock. ATSD's and KairosDB's ask at the same address."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.api.atsd.lists import json_object
from apps.api.atsd.params import now_ns
from apps.api.kairos.answers import CONTENT_TYPE, KairosView, messages_of
from apps.dialects.atsd.dates import format_iso
from apps.dialects.atsd.render import render_error
from apps.dialects.kairos.names import VERSION
from apps.errors import TsError

__all__ = ["Version"]


def _in_both_words(fault: TsError) -> dict[str, Any]:
    return {**render_error(fault), "errors": messages_of(fault)}


class Version(KairosView):
    error_body = staticmethod(_in_both_words)

    @extend_schema(operation_id="version", responses={200: json_object})
    def get(self, request: Request) -> HttpResponse:
        """Build, zone and clock. Versions of what it is built from are nobody's business."""
        clock_ns = now_ns()
        told = orjson.dumps(
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
            option=orjson.OPT_APPEND_NEWLINE,
        )
        return HttpResponse(told, content_type=CONTENT_TYPE)
