"""The outermost layer: whatever goes wrong below, API paths answer JSON and nobody sees a stack trace."""

from __future__ import annotations

import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse

logger = logging.getLogger("tsweb")

API_PREFIXES = ("/api/", "/kapacitor/")
API_PATHS = {"/ping", "/write", "/query"}


def is_api_path(path: str) -> bool:
    """Whether a path belongs to an API family, whose errors are JSON."""
    return path.startswith(API_PREFIXES) or path in API_PATHS


class OutermostErrors:
    """Refuses over-long bodies before they are read, and turns bare 4xx/5xx of the API paths into JSON."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit():
            return _plain_error(request, 400, "the Content-Length header is not a number")
        if int(length) > settings.TSWEB_MAX_BODY_BYTES:
            limit_mib = settings.TSWEB_MAX_BODY_BYTES // 2**20
            return _plain_error(
                request,
                413,
                f"the body has {int(length)} bytes, more than the limit of {limit_mib} MiB; "
                "send it in several requests",
            )
        response = self.get_response(request)
        if (
            response.status_code >= 400
            and is_api_path(request.path_info)
            and response.headers.get("Content-Type", "").startswith("text/html")
        ):
            return _plain_error(request, response.status_code, _REASONS.get(response.status_code))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, SuspiciousOperation | RequestDataTooBig):
            return None
        if not is_api_path(request.path_info):
            return None
        logger.exception("unexpected error at %s", request.path_info)
        return _plain_error(request, 500, None)


_REASONS = {
    400: "the request can't be read",
    403: "this is not allowed",
    404: "there is nothing at this address",
    405: "this address does not take that method",
    413: "the body is too large",
}


def _plain_error(request: HttpRequest, status: int, message: str | None) -> HttpResponse:
    text = message or "an unexpected error; it has been logged"
    if not is_api_path(request.path_info):
        return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    if request.path_info.startswith("/api/charts/"):
        status = 400 if status == 413 else status
        return JsonResponse({"errors": [{"code": f"http-{status}", "message": text}]}, status=status)
    return JsonResponse({"error": text}, status=status)
