"""What all views of the family share: the envelope of errors, the headers, compressed answers."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.views import View
from rest_framework.exceptions import NotAuthenticated
from rest_framework.views import APIView

from apps.api.kairos.addresses import ANSWER_HEADERS
from apps.api.permissions import MayRead, MayWrite
from apps.errors import ExecutionFault, LimitFault, TsError

__all__ = [
    "CONTENT_TYPE",
    "ERRORS",
    "KairosQueryView",
    "KairosView",
    "both_forms",
    "error_body",
    "json_answer",
    "messages_of",
    "no_content",
]

CONTENT_TYPE = "application/json; charset=UTF-8"
#: The shape of an error, for the OpenAPI document.
ERRORS: dict[str, Any] = {
    "type": "object",
    "required": ["errors"],
    "properties": {"errors": {"type": "array", "items": {"type": "string"}}},
}


def messages_of(fault: TsError) -> list[str]:
    """What a fault has to say: all of ``data["messages"]`` when it found several things, else its message."""
    return list(fault.data.get("messages") or [fault.message])


def error_body(fault: TsError) -> dict[str, Any]:
    return {"errors": messages_of(fault)}


def json_answer(value: Any, status: int = 200) -> HttpResponse:
    """An answer whose JSON is made whole."""
    return HttpResponse(orjson.dumps(value), content_type=CONTENT_TYPE, status=status)


def no_content() -> HttpResponse:
    """Done, nothing to say. Old clients look for a content type all the same."""
    return HttpResponse(status=204, content_type="application/json")


class KairosView(APIView):
    """A view that reads for GET and writes otherwise; see :class:`KairosQueryView` for POSTed questions.

    Views return Django's responses (``json_answer``, ``answer_blocks``), never the framework's. Faults are
    answered as ``{"errors": [...]}``: 400, or 500 for an ExecutionFault and a limit that a query exceeded.
    """

    permission_classes = (MayWrite,)
    rights_model = "series"
    error_body = staticmethod(error_body)

    def handle_exception(self, exc: Exception) -> HttpResponse:
        answer = super().handle_exception(exc)
        status, body = answer.status_code, answer.data
        if isinstance(exc, ExecutionFault) or (isinstance(exc, LimitFault) and status != 413):
            status = 500
        if isinstance(exc, NotAuthenticated):
            body = {"errors": ["sign in to do this: HTTP Basic or a token"]}
        told = json_answer(body, status)
        for name in ("WWW-Authenticate", "Retry-After"):
            if name in answer.headers:
                told[name] = answer.headers[name]
        return told

    def finalize_response(
        self, request: HttpRequest, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        whole = super().finalize_response(request, response, *args, **kwargs)
        for name, value in ANSWER_HEADERS.items():
            whole[name] = value
        return _compressed(request, whole)


class KairosQueryView(KairosView):
    """A question, also where it is sent with POST."""

    permission_classes = (MayRead,)


def both_forms(address: str, view: type[View]) -> list[tuple[str, Any]]:
    """An address as it is and with a slash at its end; a redirect would break clients that post."""
    return [(address, view.as_view()), (f"{address}/", view.as_view(schema=None))]


# --- Inside ---

_LEVEL = 1


def _compressed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    if response.status_code in (204, 304) or "Content-Encoding" in response.headers:
        return response
    patch_vary_headers(response, ["Accept-Encoding"])
    if not _takes_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        return response
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = _deflated(response.streaming_content)
        response.headers.pop("Content-Length", None)
    elif isinstance(response, HttpResponse) and response.content:
        response.content = b"".join(_deflated([response.content]))
    else:
        return response
    response["Content-Encoding"] = "gzip"
    return response


def _deflated(blocks: Iterable[bytes]) -> Iterator[bytes]:
    engine = zlib.compressobj(_LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    for block in blocks:
        if packed := engine.compress(block):
            yield packed
    yield engine.flush()


def _takes_gzip(accepted: str) -> bool:
    """Whether the header allows gzip; ``gzip;q=0`` forbids it."""
    for part in accepted.lower().split(","):
        coding, _, quality = part.partition(";")
        if coding.strip() in {"gzip", "x-gzip", "*"}:
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
