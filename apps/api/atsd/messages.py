"""Messages: texts that entities sent. Alerts are answered as empty, there is no rule engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api.atsd.answers import AtsdView, no_content
from apps.api.atsd.entity_filter import accepts_entity, interval_of, single_entity, text_field
from apps.api.atsd.meta_schema import MESSAGE, listed
from apps.api.atsd.params import date_of, now_ns, objects_of
from apps.api.atsd.query_schema import ErrorBody
from apps.catalog import listing, services
from apps.catalog.models import Message
from apps.dialects.atsd.dates import format_iso
from apps.dialects.atsd.expressions import compile_predicate
from apps.dialects.atsd.incoming import fold_entity, fold_tags
from apps.dialects.atsd.messages import SEVERITIES, message_fields, severity_of
from apps.dialects.atsd.meta_fields import read_tags, whole

__all__ = ["AlertStub", "MessageInsert", "MessageQuery", "MessageStatistics"]

DEFAULT_LIMIT = 1000


class MessageInsert(AtsdView):
    rights_model = "message"
    rights: ClassVar = {"POST": ("add",)}

    @extend_schema(
        operation_id="messages_insert",
        request={"application/json": listed(MESSAGE)},
        responses={204: OpenApiResponse(description="stored"), 400: ErrorBody},
    )
    def post(self, request: Request) -> Response:
        """Store messages."""
        clock_ns = now_ns()
        items = [_checked(item, clock_ns) for item in objects_of(request.data, "messages")]
        services.insert_messages(items)
        return no_content()


def _checked(item: Mapping[str, Any], clock_ns: int) -> tuple[str, dict[str, Any]]:
    date = item.get("date")
    tags = read_tags(item.get("tags") or {})
    fields = message_fields(
        time_ns=clock_ns if date is None else date_of(date, "date", clock_ns),
        type=item.get("type"),
        source=item.get("source"),
        severity=item.get("severity"),
        text=item.get("message"),
        tags={name.strip().lower(): value for name, value in tags.items() if value},
    )
    return fold_entity(item.get("entity")), fields


class MessageQuery(AtsdView):
    rights_model = "message"
    rights: ClassVar = {"POST": ("view",)}

    @extend_schema(
        operation_id="messages_query",
        request=list[dict[str, Any]],
        responses={200: listed(MESSAGE), 400: ErrorBody},
    )
    def post(self, request: Request) -> Response:
        """Messages that match, the newest first."""
        clock_ns = now_ns()
        found: list[dict[str, Any]] = []
        for item in objects_of(request.data, "queries"):
            found.extend(_answer(item, clock_ns))
        return Response(found)


def _answer(item: Mapping[str, Any], clock_ns: int) -> list[dict[str, Any]]:
    accepts = accepts_entity(item, clock_ns)
    start_ns, end_ns = interval_of(item, clock_ns, required=True)
    exactly = {name: value.lower() for name in ("type", "source") if (value := text_field(item, name))}
    entity = single_entity(item)
    if entity is not None:
        exactly["entity"] = entity
    severities = _severities(item)
    tags = dict(fold_tags(item.get("tags")))
    expression = text_field(item, "expression") or text_field(item, "tagExpression")
    passes = compile_predicate(expression, now_ns=clock_ns) if expression else None
    limit = whole(item.get("limit", DEFAULT_LIMIT) or 0, "limit")
    found: list[dict[str, Any]] = []
    for row in listing.messages(start_ns, end_ns, **exactly):
        if not accepts(row.entity.name) or row.severity not in severities:
            continue
        if any(row.tags.get(name) != value for name, value in tags.items()):
            continue
        printed = _print(row)
        if passes is None or passes(printed):
            found.append(printed)
        if 0 < limit <= len(found):
            break
    return found


def _severities(item: Mapping[str, Any]) -> set[int]:
    one, several, least = (item.get(name) for name in ("severity", "severities", "minSeverity"))
    if one is not None:
        return {severity_of(one)}
    if isinstance(several, list) and several:
        return {severity_of(value) for value in several[:100]}
    return set(range(0 if least is None else severity_of(least), len(SEVERITIES)))


def _print(row: Message) -> dict[str, Any]:
    return {
        "entity": row.entity.name,
        "type": row.type,
        "source": row.source,
        "severity": SEVERITIES[row.severity],
        "tags": row.tags,
        "message": row.text,
        "date": format_iso(row.time_ns),
    }


class MessageStatistics(AtsdView):
    rights_model = "message"
    rights: ClassVar = {"POST": ("view",)}

    @extend_schema(
        operation_id="messages_statistics",
        request=list[dict[str, Any]],
        responses={200: listed(MESSAGE)},
    )
    def post(self, request: Request) -> Response:
        """Counts of messages are not kept; the answer is empty."""
        return Response([])


class AlertStub(AtsdView):
    """Queries find no alerts; updates and deletes of alerts have nothing to do."""

    rights_model = "message"
    rights: ClassVar = {"POST": ("view",)}

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        """There is no rule engine, so there are no alerts."""
        return Response([])
