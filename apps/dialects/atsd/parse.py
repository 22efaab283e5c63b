"""Reading a series query: JSON values to a typed tree. No look-ups, no clock; errors name the place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from apps.algebra.times import zone_info
from apps.dialects.atsd.dates import Interval, format_iso, parse_unit
from apps.dialects.atsd.expressions import (
    Resolver,
    compile_entity_filter,
    compile_tag_filter,
    parse_sample_filter,
)
from apps.dialects.atsd.fields import MAX_WHOLE, Fields, fault_at
from apps.dialects.atsd.names import DEFAULT_ORDER
from apps.dialects.atsd.nodes import Ast, Query, Selection, Stage
from apps.dialects.atsd.stages import READERS
from apps.errors import ArgumentFault, LimitFault, TsError

__all__ = ["MAX_QUERIES", "parse", "read_tags"]

MAX_QUERIES = 1_000
NS_PER_MS = 1_000_000

Value = TypeVar("Value")


def parse(source: Any, *, resolver: Resolver | None = None, now_ns: int = 0) -> Ast:
    """The typed tree of a request body (a list of query objects, or one object).

    ``resolver`` is kept for the entity filters, which are evaluated later; ``now_ns`` is what dates in
    expressions are reckoned from.
    """
    objects = [source] if isinstance(source, dict) else source
    if not isinstance(objects, list):
        raise ArgumentFault("the request must be an array of query objects")
    if len(objects) > MAX_QUERIES:
        raise LimitFault(
            f"the request holds {len(objects)} queries, more than the limit of {MAX_QUERIES}",
            hint="send it in several requests",
        )
    return Ast(
        tuple(
            _query(Fields(one, f"[{number}]"), resolver or Resolver(), now_ns)
            for number, one in enumerate(objects)
        )
    )


def _placed(fields: Fields, name: str, read: Callable[[], Value]) -> Value:
    """What ``read`` gives; a fault in it is placed at the field, and says so."""
    try:
        return read()
    except TsError as fault:
        place = f"{fields.place}.{name}"
        at = f" (character {fault.span.start + 1})" if fault.span else ""
        fault.message = f"{place}: {fault.message}{at}"
        raise fault_at(fault, place) from None


def _query(fields: Fields, resolver: Resolver, now_ns: int) -> Query:
    for name in ("forecast", "evaluate"):
        if fields.has(name):
            what = "offered yet" if name == "forecast" else "supported"
            raise ArgumentFault(f"{name} is not {what}", data={"place": f"{fields.place}.{name}"})
    selection = _selection(fields, resolver, now_ns)
    zone = fields.text("timezone")
    if zone is not None:
        _placed(fields, "timezone", lambda: zone_info(zone))
    sample_filter = fields.text("sampleFilter")
    return Query(
        place=fields.place,
        selection=selection,
        kind=str(fields.choice("type", ("history", "forecast", "forecast_deviation"), "history")).upper(),
        start=_date(fields, "startDate", "startTime"),
        end=_date(fields, "endDate", "endTime"),
        interval=_interval(fields),
        zone=zone,
        sample_filter=_placed(
            fields,
            "sampleFilter",
            lambda: parse_sample_filter(sample_filter, now_ns=now_ns, zone=zone or "UTC"),
        )
        if sample_filter
        else None,
        stages=_stages(fields),
        limit=max(0, fields.whole("limit")),
        ascending=fields.choice("direction", ("asc", "desc"), "desc") == "asc",
        series_limit=max(0, fields.whole("seriesLimit")),
        last_only=fields.flag("cache"),
        request_id=fields.text("requestId"),
        forecast_name=fields.text("forecastName"),
        iso=fields.choice("timeFormat", ("iso", "milliseconds"), "iso") == "iso",
        add_meta=fields.flag("addMeta"),
    )


def _date(fields: Fields, name: str, milliseconds: str) -> str | None:
    """A date as sent; older clients send Unix milliseconds under another name."""
    value = fields.raw(name)
    if value is not None and value != "":
        return value if isinstance(value, str) else json.dumps(value)
    if fields.has(milliseconds):
        unix_ms = fields.whole(milliseconds)
        if abs(unix_ms) > MAX_WHOLE // 1024:
            raise fields.wrong(milliseconds, f"is out of range: {unix_ms}")
        return format_iso(unix_ms * NS_PER_MS)
    return None


def _interval(fields: Fields) -> Interval | None:
    inner = fields.object("interval")
    if inner is None:
        return None
    count, unit = inner.number("count"), inner.text("unit")
    if count is None or unit is None:
        raise inner.wrong("count" if count is None else "unit", "is required")
    if abs(count) > MAX_WHOLE:
        raise inner.wrong("count", f"is out of range: {count:g}")
    return Interval(count, _placed(inner, "unit", lambda: parse_unit(unit)))


def _selection(fields: Fields, resolver: Resolver, now_ns: int) -> Selection:
    metric = fields.text("metric")
    if metric is None:
        raise ArgumentFault("metric must not be empty", data={"place": f"{fields.place}.metric"})
    entity, entities = fields.text("entity"), fields.texts("entities")
    entities = tuple(name.strip().lower() for name in entities or () if name.strip()) or None
    group, expression = fields.text("entityGroup"), fields.text("entityExpression")
    if not (entity or entities or group or expression):
        raise ArgumentFault(
            "entity or entities or entityGroup or entityExpression must not be empty",
            data={"place": fields.place},
        )
    tag_text = fields.text("tagExpression")
    return Selection(
        metric=metric.strip().lower(),
        entities=(entity.strip().lower(),) if entity else entities,
        listed=not entity and entities is not None,
        entity_group=None if entity or entities else group,
        entity_filter=_placed(
            fields,
            "entityExpression",
            lambda: compile_entity_filter(expression, resolver=resolver, now_ns=now_ns),
        )
        if expression
        else None,
        tags=read_tags(fields),
        exact_tags=fields.flag("exactMatch"),
        tag_filter=_placed(fields, "tagExpression", lambda: compile_tag_filter(tag_text))
        if tag_text
        else None,
        min_insert=fields.text("minInsertDate"),
        max_insert=fields.text("maxInsertDate"),
    )


def read_tags(fields: Fields) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """``tags`` as sorted pairs of folded name and accepted patterns; null values are dropped."""
    if fields.raw("tags") is None:
        return ()
    inner = fields.object("tags")
    assert inner is not None
    found: dict[str, tuple[str, ...]] = {}
    for name, value in fields.raw("tags").items():
        items = value if isinstance(value, list) else [value]
        texts = []
        for item in items:
            if isinstance(item, dict | list):
                raise inner.wrong(str(name)[:60], "must be a text or a list of texts")
            if item is not None:
                texts.append(str(item).lower() if isinstance(item, bool) else str(item))
        if texts:
            folded = str(name).strip().lower()
            found[folded] = (*found.get(folded, ()), *texts)
    return tuple(sorted(found.items()))


def _stages(fields: Fields) -> tuple[Stage, ...]:
    """The stages that the query names, in the order in which they run."""
    found: list[Stage] = []
    for name in DEFAULT_ORDER:
        inner = fields.object(name)
        if inner is not None:
            stage = READERS[name](inner)
            if stage is not None:
                found.append(stage)
    asked = fields.texts("transformationOrder")
    if not asked:
        return tuple(sorted(found, key=lambda stage: stage.order))
    wanted = [name.strip().lower() for name in asked]
    rank = {name: number for number, name in reversed(list(enumerate(wanted)))}
    return tuple(sorted(found, key=lambda stage: rank.get(stage.name, len(wanted))))
