"""Whether the server is well, as KairosDB's monitors ask; anybody may."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from apps.api.kairos.answers import KairosView, json_answer, no_content
from apps.queries.health import failing_stores

__all__ = ["HealthCheck", "HealthStatus"]

_STATUS = {"type": "array", "items": {"type": "string"}}


class HealthStatus(KairosView):
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="kairos_health_status", responses={200: _STATUS})
    def get(self, request: Request) -> HttpResponse:
        """The checks by name, each OK or FAIL."""
        store = "FAIL" if failing_stores() else "OK"
        # Threads that wait for each other could not answer this request either.
        return json_answer(["JVM-Thread-Deadlock: OK", f"Datastore-Query: {store}"])


class HealthCheck(KairosView):
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="kairos_health_check", responses={204: OpenApiResponse(description="all is well")}
    )
    def get(self, request: Request) -> HttpResponse:
        """204 when every check passes, 500 otherwise."""
        return HttpResponse(status=500, content_type="application/json") if failing_stores() else no_content()
