"""``/api/v1/rollups``: tasks that roll up points on a schedule, their status, and their history on demand."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.authentication import CSRFCheck
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from apps.api.kairos.answers import ERRORS, KairosView, json_answer, no_content
from apps.api.kairos.datapoints import body_text
from apps.dialects.kairos.errors import Rejected
from apps.dialects.kairos.parse import read_json
from apps.dialects.kairos.rollups import read_id
from apps.errors import ExecutionFault, MissingFault
from apps.queries.kairos_rollups import read_rollups
from apps.tasks.models import Task
from apps.tasks.rights import visible_to
from apps.tasks.selectors import rollup_status
from apps.tasks.services import backfill_now, delete_task, find_task, put_task

__all__ = ["RollupBackfill", "RollupStatus", "RollupTask", "RollupTasks"]

KIND = "rollup"
_NS_PER_MS = 1_000_000
_DATE = re.compile(r"(\d{1,6})-(\d{1,2})-(\d{1,2})-(\d{1,2})-(\d{1,2})-(\d{1,2})-(\d{1,3})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_TASK: dict[str, Any] = {
    "type": "object",
    "required": ["name", "execution_interval", "rollups"],
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string", "minLength": 1},
        "execution_interval": {
            "type": "object",
            "required": ["value", "unit"],
            "properties": {"value": {"type": "integer", "minimum": 1}, "unit": {"type": "string"}},
        },
        "rollups": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["save_as", "query"],
                "properties": {
                    "save_as": {"type": "string", "minLength": 1},
                    "time_zone": {"type": "string"},
                    "query": {"type": "object"},
                },
            },
        },
        "late_data": {
            "type": "string",
            "enum": ["repair", "ignore"],
            "description": "whether runs compute again what points that came late have changed (repair)",
        },
    },
}
_RESOURCE: dict[str, Any] = {
    "type": "object",
    "required": ["id", "name", "attributes"],
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "attributes": {"type": "object", "properties": {"url": {"type": "string"}}},
    },
}
_STATUS: dict[str, Any] = {
    "type": "object",
    "required": ["statuses", "executing_host", "next_scheduled"],
    "properties": {
        "statuses": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "metric_name": {"type": "string"},
                    "last_executed": {"type": "string"},
                    "data_point_count": {"type": "integer"},
                    "execution_length": {"type": "integer", "description": "milliseconds"},
                    "error_message": {"type": "string"},
                    "last_execution_time": {"type": "integer"},
                },
            },
        },
        "executing_host": {"type": "string"},
        "next_scheduled": {"type": "string"},
    },
}
_GONE = OpenApiResponse(description="done")


class RollupTasks(KairosView):
    @extend_schema(operation_id="kairos_rollups", responses={200: {"type": "array", "items": _TASK}})
    def get(self, request: Request) -> HttpResponse:
        """All tasks that the caller may see, oldest first."""
        tasks = visible_to(request.user).filter(kind=KIND)
        return json_answer([value for task in tasks if (value := _value(task)) is not None])

    @extend_schema(
        operation_id="kairos_rollup_create",
        request={"application/json": _TASK},
        responses={200: _RESOURCE, 400: ERRORS},
    )
    def post(self, request: Request) -> HttpResponse:
        """Create a task; one that has the id of the body already is replaced."""
        value = _body(request)
        return json_answer(_short(_stored(value, read_id(value), request)))


class RollupTask(KairosView):
    @extend_schema(operation_id="kairos_rollup", responses={200: _TASK, 404: ERRORS})
    def get(self, request: Request, key: str) -> HttpResponse:
        """The task as it was sent, with its id."""
        return json_answer(_whole(find_task(KIND, key, request.user)))

    @extend_schema(
        operation_id="kairos_rollup_update",
        request={"application/json": _TASK},
        responses={200: _TASK, 400: ERRORS, 404: ERRORS},
    )
    def put(self, request: Request, key: str) -> HttpResponse:
        """Replace a task; whether it exists is looked at before the body."""
        find_task(KIND, key, request.user)
        task = _stored(_body(request), key, request)
        return json_answer(_whole(task) | {"attributes": _short(task)["attributes"]})

    @extend_schema(operation_id="kairos_rollup_delete", responses={204: _GONE, 404: ERRORS})
    def delete(self, request: Request, key: str) -> HttpResponse:
        """Remove a task with its status; the points it stored stay."""
        delete_task(find_task(KIND, key, request.user), request.user)
        return no_content()


class RollupStatus(KairosView):
    @extend_schema(operation_id="kairos_rollup_status", responses={200: _STATUS, 404: ERRORS})
    def get(self, request: Request, key: str) -> HttpResponse:
        """When each metric of a task was rolled up last, and how that went."""
        try:
            task = find_task(KIND, key, request.user)
        except MissingFault:
            raise MissingFault(f"Status not found for id {key}") from None
        return json_answer(rollup_status(task, now_ns=time.time_ns()))


class RollupBackfill(KairosView):
    rights: ClassVar = {"GET": ("add", "change")}

    @extend_schema(
        operation_id="kairos_rollup_backfill",
        parameters=[
            OpenApiParameter("startTime", str, required=True, description="yyyy-MM-dd-HH-mm-ss-SSS, UTC"),
            OpenApiParameter("endTime", str, description="as startTime; now when left out"),
        ],
        responses={204: _GONE, 400: ERRORS, 404: ERRORS, 500: ERRORS},
    )
    def get(self, request: Request, key: str) -> HttpResponse:
        """Roll up the periods that hold a stretch of time; answered when all is stored."""
        _refuse_links(request)
        start_ns, end_ns = _window(request)
        backfill_now(find_task(KIND, key, request.user), request.user, start_ns, end_ns)
        return no_content()


# --- Inside ---


def _body(request: Request) -> Any:
    text = body_text(request)
    if not text.strip():
        raise Rejected("roll-up json must not be null or empty")
    return read_json(text)


def _stored(value: Any, key: str | None, request: Request) -> Task:
    now_ns = time.time_ns()
    found = read_rollups(value, now_ns=now_ns)
    return put_task(KIND, key, found.name, value, every=found.every, user=request.user, now_ns=now_ns)


def _value(task: Task) -> dict[str, Any] | None:
    """A task as it was sent; None where what is stored of it is damaged."""
    try:
        found = orjson.loads(task.definition)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _whole(task: Task) -> dict[str, Any]:
    found = _value(task)
    if found is None:
        raise ExecutionFault("the definition of the task can't be read any more")
    return found


def _short(task: Task) -> dict[str, Any]:
    return {"id": task.key, "name": task.name, "attributes": {"url": f"/api/v1/rollups/{task.key}"}}


def _window(request: Request) -> tuple[int, int]:
    """Both ends in ns; the last millisecond counts in."""
    start = request.query_params.get("startTime")
    if not start:
        raise Rejected("startTime must be specified")
    start_ms = _date_ms(start)
    end = request.query_params.get("endTime")
    end_ms = _date_ms(end) if end else time.time_ns() // _NS_PER_MS
    if end_ms <= start_ms:
        raise Rejected("endTime must be greater than the startTime")
    return start_ms * _NS_PER_MS, (end_ms + 1) * _NS_PER_MS


def _date_ms(text: str) -> int:
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        *whole, ms = map(int, match.groups())
        return (datetime(*whole, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1) + ms
    except (ValueError, OverflowError):
        raise Rejected(f'Unparseable date: "{text[:100]}"') from None


def _refuse_links(request: Request) -> None:
    """The address of a backfill writes though it is read: a page elsewhere must not call it in a session."""
    if request.META.get("HTTP_AUTHORIZATION") or not request.user.is_authenticated:
        return
    check = CSRFCheck(lambda _: HttpResponse())
    plain = request._request
    method, plain.method = plain.method, "POST"
    # Signing in looked at it as a request that reads, and let it pass.
    plain.csrf_processing_done = False
    try:
        check.process_request(plain)
        reason = check.process_view(plain, None, (), {})
    finally:
        plain.method = method
    if reason:
        raise PermissionDenied(f"CSRF Failed: {reason}")
