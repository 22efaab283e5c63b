"""Is the server able to serve? For supervisors and load balancers; no credentials needed."""

from __future__ import annotations

from django.conf import settings
from django.db import Error, connections
from django.http import HttpRequest, HttpResponse


def ready(request: HttpRequest) -> HttpResponse:
    """200 when both databases answer, 503 otherwise."""
    try:
        for alias in {"default", settings.SAMPLES_DATABASE}:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
    except Error:
        return HttpResponse("not ready\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")
