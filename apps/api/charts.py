"""Charts over HTTP: a configuration in, figures and diagnostics out; one point in, its account out.

``POST /api/charts/explain`` takes the body of ``render`` and a point of the chart: ``time`` (ms since 1970,
or ISO text), ``widget`` (its number in the answer of ``render``, default 0), ``section`` (the "position" of
the ``[series]``, default 0) and ``member`` (which of the series that the section matched, default 0); or,
instead of the last two, ``series_index`` (the number of the entry in the "series" of ``render``). It answers

    {"series": {"label", "alias", "metric", "entity", "tags", "unit", "position", "member"},
     "time": ms, "value": v | null, "absent": reason | null,     # a reason when there is no value
     "function": name, "rule": text, "formula": text,
     "arithmetic": text,                                         # the formula with the numbers put in
     "inputs": [{"label", "alias", "metric", "entity", "tags", "time", "value", "role"}],
     "counts": {note code: samples}, "notes": [text],            # over the whole series
     "steps": [{the same without "series"}]}                     # inputs that were computed themselves

A ``time`` between two samples is answered too: value null and the reason in "absent".
"""

from __future__ import annotations

import gzip
import time
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.api.chart_body import body_text, json_of, time_of, width_of
from apps.api.charts_schema import (
    CHARTS_ERROR,
    CHECKED,
    EXPLAINED,
    RENDERED,
    ChartBody,
    ExplainBody,
)
from apps.api.permissions import may
from apps.errors import ArgumentFault, LimitFault
from apps.queries.charts import ChartRequest, check_charts, render_charts
from apps.queries.explain import ExplainRequest, explain_chart

__all__ = ["Check", "Explain", "Render"]

MAX_CHOICES = 500
#: Answers smaller than this gain nothing from compression.
_COMPRESS_FROM_BYTES = 1024
#: Beside the configuration; those of a body of plain text stand in the address.
_PARAMETERS = (
    "now", "width", "series", "start", "end", "time", "widget", "section", "member", "series_index",
)  # fmt: skip


class _Charts(APIView):
    """What both addresses share: the body, its limits and the form of errors."""

    # The body is read here: it is either JSON or the bare text of a configuration.
    parser_classes = ()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # There is one form of answer; a caller that asks for another gets this one rather than nothing.
        return super().perform_content_negotiation(request, force=True)


class Render(_Charts):
    @extend_schema(
        operation_id="charts_render",
        tags=["charts"],
        summary="Draw the widgets of a configuration",
        request={"application/json": ChartBody, "text/plain": OpenApiTypes.STR},
        responses={200: RENDERED, 400: CHARTS_ERROR},
        examples=[OpenApiExample("a chart", value={"config": "type = chart", "series": True})],
    )
    def post(self, request: Request) -> HttpResponse:
        return _answer(request, render_charts(_chart_request(request)))


class Check(_Charts):
    @extend_schema(
        operation_id="charts_check",
        tags=["charts"],
        summary="Check a configuration without reading samples",
        request={"application/json": ChartBody, "text/plain": OpenApiTypes.STR},
        responses={200: CHECKED, 400: CHARTS_ERROR},
    )
    def post(self, request: Request) -> HttpResponse:
        return _answer(request, check_charts(_chart_request(request)))


class Explain(_Charts):
    @extend_schema(
        operation_id="charts_explain",
        tags=["charts"],
        summary="Say why a point of a chart has its value, or why there is none",
        request={"application/json": ExplainBody, "text/plain": OpenApiTypes.STR},
        responses={200: EXPLAINED, 400: CHARTS_ERROR},
    )
    def post(self, request: Request) -> HttpResponse:
        given = _given(request)
        time_ns = time_of(given, "time")
        if time_ns is None:
            raise ArgumentFault("'time' is missing: which point is asked about?", code="bad-parameter")
        asked = ExplainRequest(
            _typed(given),
            time_ns,
            widget=_place(given, "widget") or 0,
            section=_place(given, "section") or 0,
            member=_place(given, "member") or 0,
            index=_place(given, "series_index"),
        )
        return _answer(request, explain_chart(asked))


def _place(given: dict[str, Any], name: str) -> int | None:
    """A number that counts from 0."""
    value = given.get(name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9:
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9):
        return value
    raise ArgumentFault(f"{name!r} must be a whole number from 0 up", code="bad-parameter")


def _answer(request: Request, body: bytes) -> HttpResponse:
    """The JSON, lightly compressed for callers that take it: level 1 costs little and saves most."""
    packed = len(body) >= _COMPRESS_FROM_BYTES and _takes_gzip(request.headers.get("Accept-Encoding", ""))
    response = HttpResponse(
        gzip.compress(body, compresslevel=1, mtime=0) if packed else body, content_type="application/json"
    )
    if packed:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = "no-store"
    return response


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _chart_request(request: Request) -> ChartRequest:
    return replace(_typed(_given(request)), readable=_readable(request.user))


def _given(request: Request) -> dict[str, Any]:
    body = body_text(request)
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        given = json_of(body)
    elif kind in {"text/plain", "", "application/octet-stream", "application/x-www-form-urlencoded"}:
        given = {"config": body} | {
            name: request.query_params[name]
            for name in _PARAMETERS
            if name in request.query_params
        }
    else:
        raise ArgumentFault(
            f"send application/json or text/plain, not {kind[:60]!r}", code="bad-content-type"
        )
    return given


def _typed(given: dict[str, Any]) -> ChartRequest:
    config = given["config"]
    try:
        size = len(config.encode("utf-8"))
    except UnicodeEncodeError:
        raise ArgumentFault("'config' holds half a surrogate pair", code="bad-encoding") from None
    if size > settings.TSWEB_MAX_CONFIG_BYTES:
        limit = settings.TSWEB_MAX_CONFIG_BYTES
        raise LimitFault(f"the configuration has {size} bytes, the limit is {limit}", code="body-too-large")
    now_ns = time_of(given, "now")
    start_ns, end_ns = time_of(given, "start"), time_of(given, "end")
    if start_ns is not None and end_ns is not None and start_ns >= end_ns:
        raise ArgumentFault("'start' must be before 'end'", code="bad-parameter")
    return ChartRequest(
        config=config,
        now_ns=time.time_ns() if now_ns is None else now_ns,
        width_px=width_of(given),
        start_ns=start_ns,
        end_ns=end_ns,
        with_series=_yes(given),
        only=_only(given),
        choices=_choices(given),
    )


def _only(given: dict[str, Any]) -> frozenset[int] | None:
    value = given.get("only")
    if value is None:
        return None
    whole = isinstance(value, list) and all(type(one) is int and 0 <= one < 10_000 for one in value)
    if not whole:
        raise ArgumentFault("'only' must be a list of widget numbers, counted from 0", code="bad-parameter")
    return frozenset(value)


def _choices(given: dict[str, Any]) -> dict[str, str]:
    value = given.get("choices")
    if value is None:
        return {}
    texts = isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    if not texts or len(value) > MAX_CHOICES:
        raise ArgumentFault(
            f"'choices' must be an object of at most {MAX_CHOICES} texts", code="bad-parameter"
        )
    return value


def _readable(user: object) -> frozenset[str]:
    """What beside series the caller may see: property tables and consoles show nothing else."""
    return frozenset(model for model in ("property", "message") if may(user, ("view",), model))


def _yes(given: dict[str, Any]) -> bool:
    value = given.get("series", False)
    if isinstance(value, str) and value.lower() in {"true", "false", "1", "0"}:
        return value.lower() in {"true", "1"}
    if value is None or isinstance(value, bool):
        return bool(value)
    raise ArgumentFault("'series' must be true or false", code="bad-parameter")
