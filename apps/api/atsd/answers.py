"""What the views of ATSD's write and meta API share: errors as ATSD words them, names in addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.permissions import MayWrite
from apps.errors import MissingFault, TsError

__all__ = ["AtsdView", "NameConverter", "error_text", "missing", "named", "no_content"]

ILLEGAL_ARGUMENT = "IllegalArgumentException"
NOT_IN_DICTIONARY = "com.axibase.tsd.service.DictionaryNotFoundException"


def error_text(fault: TsError) -> str:
    """``<exception>: <message>``, the form in which ATSD's clients expect errors."""
    return f"{fault.data.get('exception', ILLEGAL_ARGUMENT)}: {fault.message}"


def missing(kind: str, name: str) -> MissingFault:
    """There is no metric, entity or group of that name."""
    return MissingFault(f"{kind} not found for name: '{name}'", data={"exception": NOT_IN_DICTIONARY})


def no_content() -> Response:
    return Response(status=status.HTTP_204_NO_CONTENT)


class AtsdView(APIView):
    """A view of the write and meta API: reading for GET, writing for the rest, on one model."""

    permission_classes = (MayWrite,)
    rights_model = "series"


class NameConverter:
    """A name in an address; it may hold slashes (sent as ``%2F``) and anything else."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def _raw_segments(request: HttpRequest) -> list[str] | None:
    """The path's segments as they were sent, each decoded on its own; None when the server doesn't tell."""
    raw = request.META.get("REQUEST_URI")
    if not raw:
        return None
    path = re.sub(r"^[a-z]+://[^/]*", "", raw).partition("?")[0]
    return [unquote(segment) for segment in path.split("/")]


def named(view: type[APIView], instead: type[APIView], suffix: str) -> Callable[..., HttpResponse]:
    """``view`` for ``…/{name}/suffix``, but ``instead`` when the suffix is really the end of a name.

    Servers decode ``%2F`` before the address is matched, so ``/metrics/disk%2Fseries`` looks like the
    series of the metric ``disk``. The raw address, where the server keeps it, tells them apart.
    """
    main, other = view.as_view(), instead.as_view()
    depth = suffix.count("/") + 1

    @wraps(main)
    def choose(request: HttpRequest, name: str, **more: str) -> HttpResponse:
        segments = _raw_segments(request)
        if segments is not None and not more and segments[-depth:] != suffix.split("/"):
            return other(request, name=f"{name}/{suffix}")
        return main(request, name=name, **more)

    return choose
