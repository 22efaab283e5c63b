"""The outermost layer: whatever goes wrong below, API paths answer JSON and nobody sees a stack trace."""

from __future__ import annotations

import json
import logging

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse

from apps.api.kairos.addresses import ANSWER_HEADERS, is_kairos_path

__all__ = ["OutermostErrors", "error_answer", "is_api_path", "too_long"]

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
            return _plain_error(request, 413, too_long(int(length), settings.TSWEB_MAX_BODY_BYTES))
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


def too_long(length: int, limit: int) -> str:
    """What is said of a body over the limit; ``length`` is 0 where it came in pieces."""
    size = f"has {length} bytes" if length else "is longer than allowed"
    return f"the body {size}, more than the limit of {limit // 2**20} MiB; send it in several requests"


def error_answer(path: str, status: int, text: str) -> tuple[int, str, bytes]:
    """Status, content type and body of a refusal, in the form that callers of the path know."""
    if not is_api_path(path):
        return status, "text/plain; charset=utf-8", text.encode()
    body: dict[str, object] = {"error": text}
    if path.startswith("/api/charts/"):
        status = 400 if status == 413 else status
        body = {"errors": [{"code": f"http-{status}", "message": text}]}
    elif is_kairos_path(path):
        body = {"errors": [text]}
    return status, "application/json", json.dumps(body).encode()


def _plain_error(request: HttpRequest, status: int, message: str | None) -> HttpResponse:
    text = message or "an unexpected error; it has been logged"
    status, content_type, body = error_answer(request.path_info, status, text)
    headers = ANSWER_HEADERS if is_kairos_path(request.path_info) else {}
    return HttpResponse(body, status=status, content_type=content_type, headers=headers)
