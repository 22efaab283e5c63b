"""Saving a series of a chart as a metric, over HTTP: a proposal, a dry run, the task.

``POST /api/charts/save-as-metric/propose`` takes ``config``, ``widget``, ``section`` (the "position" of the
``[series]``) and ``choices``, and answers the lines of the text that the series comes from ("query"), names
and settings to begin with, and "reasons" why it can't be saved, each with "field", "message" and "hint".

``POST /api/charts/save-as-metric/dry-run`` takes a definition and a stretch of time::

    {"config", "widget", "section", "choices", "metric", "name", "unit", "label", "entity", "tags",
     "every": "1 hour", "zone", "late_data": true, "start": ms or ISO, "end": …}

It answers {"refused": [reasons]}, or the points that would be stored, how many of those drawn they equal,
and a picture of them. Nothing is written.

``POST /api/charts/save-as-metric`` takes the definition and, if history is wanted, ``"backfill": {"start",
"end"}``; 201 with the task's "key" and "url", or 400 with all reasons under "errors". The task belongs to
the caller and runs with the caller's rights, no longer than they last. ``GET`` and ``PUT
/api/charts/save-as-metric/<key>`` give and replace the definition of such a task.
"""

from __future__ import annotations

import time
from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.api.chart_body import json_body, time_of, width_of
from apps.api.charts_saving_schema import DRY_RUN, PROPOSED, REFUSED, SAVED, DefinitionBody, ProposeBody
from apps.api.permissions import MayRead, MayWrite
from apps.errors import ArgumentFault, TsError
from apps.queries.chart_metric import refused
from apps.queries.chart_metric_shown import (
    metric_widget_json,
    proposal_json,
    reason_json,
    saved_series_json,
)
from apps.queries.chart_window import Reason
from apps.tasks.chart_parts import KIND
from apps.tasks.chart_saving import dry_run, save_chart_metric
from apps.tasks.models import Task
from apps.tasks.services import find_task, run_soon, start_backfill

__all__ = ["DryRunMetric", "ProposeMetric", "SaveMetric", "SavedMetric"]

_WINDOW = ("start", "end", "backfill", "width", "now")
_NS_PER_MS = 1_000_000


class _Saving(APIView):
    parser_classes = ()
    permission_classes: ClassVar[list[type[BasePermission]]] = [MayRead]

    def error_body(self, fault: TsError) -> dict[str, Any]:
        """All reasons of a refusal, each as an error of its own."""
        told = fault.data.get("reasons")
        if told:
            return {"errors": [reason_json(Reason(**one)) for one in told]}
        return {"errors": [{"code": fault.code, "message": fault.message, "hint": fault.hint}]}


class ProposeMetric(_Saving):
    @extend_schema(
        operation_id="charts_metric_propose",
        tags=["charts"],
        summary="Look at a series of a chart that is to be saved as a metric",
        request={"application/json": ProposeBody},
        responses={200: PROPOSED, 400: REFUSED},
    )
    def post(self, request: Request) -> HttpResponse:
        given = _given(request)
        found = proposal_json(
            given["config"],
            _number(given, "widget"),
            _number(given, "section"),
            choices=_choices(given),
            now_ns=_now(given),
        )
        return _answer(found)


class DryRunMetric(_Saving):
    @extend_schema(
        operation_id="charts_metric_dry_run",
        tags=["charts"],
        summary="Show what saving a series as a metric would store; nothing is written",
        request={"application/json": DefinitionBody},
        responses={200: DRY_RUN, 400: REFUSED},
    )
    def post(self, request: Request) -> HttpResponse:
        given = _given(request)
        now_ns = _now(given)
        start_ns, end_ns = time_of(given, "start"), time_of(given, "end")
        if start_ns is None or end_ns is None:
            raise refused([Reason("start", "which stretch of time? 'start' and 'end' are missing")])
        try:
            done = dry_run(_definition(given), start_ns, end_ns, now_ns=now_ns)
        except TsError as fault:
            told = fault.data.get("reasons")
            if not told:
                raise
            return _answer({"refused": [reason_json(Reason(**one)) for one in told]})
        widget = metric_widget_json(
            done.metric, done.series, done.computed_from_ns, done.end_ns,
            now_ns=now_ns, width_px=width_of(given),
        )  # fmt: skip
        return _answer(
            {
                "refused": [],
                "metric": done.metric.metric,
                "sampling": str(done.metric.sampling),
                "zone": done.metric.zone,
                "periods": done.periods,
                "points": done.points,
                "start": done.start_ns // _NS_PER_MS,
                "end": done.end_ns // _NS_PER_MS,
                "computed_from": done.computed_from_ns // _NS_PER_MS,
                "drawn": done.drawn,
                "equal": done.equal,
                "series": saved_series_json(done.series),
                "widget": widget,
            }
        )


class SaveMetric(_Saving):
    permission_classes: ClassVar[list[type[BasePermission]]] = [MayWrite]
    rights: ClassVar = {"POST": ("view", "add", "change")}

    @extend_schema(
        operation_id="charts_metric_save",
        tags=["charts"],
        summary="Store a series of a chart as a metric from now on, and its history if wanted",
        request={"application/json": DefinitionBody},
        responses={201: SAVED, 400: REFUSED},
    )
    def post(self, request: Request) -> HttpResponse:
        given = _given(request)
        now_ns = time.time_ns()
        window = _backfill(given)
        value = _definition(given)
        # The key is this server's to give: a task is changed at its own address.
        value.pop("id", None)
        task = save_chart_metric(value, request.user, now_ns=now_ns)
        return _saved(task, request, window, now_ns)


class SavedMetric(_Saving):
    permission_classes: ClassVar[list[type[BasePermission]]] = [MayWrite]
    rights: ClassVar = {"PUT": ("view", "add", "change")}

    @extend_schema(
        operation_id="charts_metric_definition",
        tags=["charts"],
        summary="The definition of a task that stores a series of a chart",
        responses={200: DefinitionBody, 404: REFUSED},
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        return _answer(orjson.loads(find_task(KIND, key, request.user).definition))

    @extend_schema(
        operation_id="charts_metric_change",
        tags=["charts"],
        summary="Give such a task another definition; what it stored stays",
        request={"application/json": DefinitionBody},
        responses={200: SAVED, 400: REFUSED, 404: REFUSED},
    )
    def put(self, request: Request, key: str) -> HttpResponse:
        task = find_task(KIND, key, request.user)
        given = _given(request)
        now_ns = time.time_ns()
        window = _backfill(given)
        task = save_chart_metric(_definition(given), request.user, key=task.key, now_ns=now_ns)
        return _saved(task, request, window, now_ns)


# --- Inside ---


def _saved(task: Task, request: Request, window: tuple[int, int] | None, now_ns: int) -> HttpResponse:
    """The answer to a task that was stored; its history begins, and its first run is due."""
    backfill = None
    if window is not None:
        backfill = start_backfill(task, request.user, *window, now_ns=now_ns).pk
    run_soon(task, request.user, now_ns=now_ns)
    url = reverse("portal:task", kwargs={"key": task.key})
    status = 200 if request.method == "PUT" else 201
    return _answer({"key": task.key, "name": task.name, "url": url, "backfill": backfill}, status=status)


def _given(request: Request) -> dict[str, Any]:
    given = json_body(request)
    if len(given["config"].encode("utf-8", "surrogatepass")) > settings.TSWEB_MAX_CONFIG_BYTES:
        limit = settings.TSWEB_MAX_CONFIG_BYTES
        raise ArgumentFault(f"the configuration may have {limit} bytes at most", code="body-too-large")
    return given


def _definition(given: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in given.items() if name not in _WINDOW}


def _now(given: dict[str, Any]) -> int:
    now_ns = time_of(given, "now")
    return time.time_ns() if now_ns is None else now_ns


def _number(given: dict[str, Any], name: str) -> int:
    value = given.get(name, 0)
    if type(value) is int and 0 <= value < 10_000:
        return value
    raise ArgumentFault(f"{name!r} must be a whole number from 0 up", code="bad-parameter")


def _choices(given: dict[str, Any]) -> dict[str, str]:
    value = given.get("choices") or {}
    if isinstance(value, dict) and all(isinstance(one, str) for one in value.values()):
        return value
    raise ArgumentFault("'choices' must be an object of texts", code="bad-parameter")


def _backfill(given: dict[str, Any]) -> tuple[int, int] | None:
    """The stretch of history that is wanted."""
    value = given.get("backfill")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise refused([Reason("backfill", "'backfill' must be an object with start and end")])
    start_ns, end_ns = time_of(value, "start"), time_of(value, "end")
    if start_ns is None or end_ns is None or start_ns >= end_ns:
        raise refused([Reason("backfill", "a backfill has a start before its end")])
    return start_ns, end_ns


def _answer(value: dict[str, Any], status: int = 200) -> HttpResponse:
    response = HttpResponse(orjson.dumps(value), status=status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response
