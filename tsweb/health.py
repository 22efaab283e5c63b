"""Is the server able to serve? For supervisors and load balancers; no credentials needed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from apps.queries.health import failing_stores


def ready(request: HttpRequest) -> HttpResponse:
    """200 when both databases answer, 503 otherwise."""
    if failing_stores():
        return HttpResponse("not ready\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")
