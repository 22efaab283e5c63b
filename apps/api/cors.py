"""Answers to browsers that ask what other sites may do (``OPTIONS``), the same for every API address."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.api.kairos.addresses import preflight_headers

__all__ = ["Preflight"]

_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Origin, X-Requested-With, Content-Type, Accept, Authorization",
}


class Preflight:
    """Answers ``OPTIONS`` under ``/api/`` at once. Other answers carry no such headers, but for KairosDB's
    addresses: no site may read them with the visitor's session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method == "OPTIONS" and request.path_info.startswith("/api/"):
            wanted = request.META.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "")
            names = request.META.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
            headers = _HEADERS | preflight_headers(request.path_info, wanted, names)
            return HttpResponse(headers=headers, content_type="application/json")
        return self.get_response(request)
