"""Which entities a property or message query means: by name, pattern, group and expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apps.algebra.series import fold
from apps.catalog.patterns import has_wildcard, literal_of, matcher
from apps.catalog.selectors import catalog
from apps.dialects.atsd.dates import Interval, format_iso, parse_unit, resolve_interval
from apps.dialects.atsd.incoming import text_of
from apps.dialects.atsd.meta_fields import number
from apps.errors import ArgumentFault
from apps.queries.filters import entity_rule

__all__ = ["accepts_entity", "interval_of", "single_entity", "text_field"]

NO_ENTITY = "entity or entities or entityGroup or entityExpression must not be empty"


def text_field(item: Mapping[str, Any], name: str) -> str | None:
    """A text of the query; empty or null counts as not given."""
    value = item.get(name)
    return text_of(name, value) if value not in (None, "") else None


def _patterns(item: Mapping[str, Any]) -> list[str] | None:
    entity = text_field(item, "entity")
    if entity is not None:
        return [entity.strip().lower()]
    names = item.get("entities")
    names = [names] if isinstance(names, str) else names
    if not names:
        return None
    if not isinstance(names, list):
        raise ArgumentFault("entities must be an array of names", code="bad-type")
    return [text_of("entities", name).strip().lower() for name in names[:10_000]]


def single_entity(item: Mapping[str, Any]) -> str | None:
    """The one entity that is named without wildcards, so that an index can find it."""
    patterns = _patterns(item)
    if patterns is not None and len(patterns) == 1 and not has_wildcard(patterns[0]):
        return literal_of(patterns[0])
    return None


def accepts_entity(item: Mapping[str, Any], now_ns: int) -> Callable[[str], bool]:
    """A test of entity names, remembering what it found."""
    patterns, group = _patterns(item), text_field(item, "entityGroup")
    expression = text_field(item, "entityExpression")
    if patterns is None and group is None and expression is None:
        raise ArgumentFault(NO_ENTITY, code="no-entity")
    rules = [matcher(pattern) for pattern in patterns or ()]
    members = catalog().group_members(group) if patterns is None and group else None
    rule = entity_rule(expression, now_ns) if expression else None
    known: dict[str, bool] = {}

    def decide(name: str) -> bool:
        if patterns is not None and not any(one.fullmatch(fold(name)) for one in rules):
            return False
        if members is not None and name not in members:
            return False
        if rule is None:
            return True
        entity = catalog().entity(name)
        return entity is not None and rule(entity)

    def accepts(name: str) -> bool:
        if name not in known:
            known[name] = decide(name)
        return known[name]

    return accepts


def interval_of(item: Mapping[str, Any], now_ns: int, *, required: bool) -> tuple[int, int]:
    """The selection interval; without one, all of time where none is required."""
    given = [
        text_field(item, name) if isinstance(item.get(name), str) else _from_ms(item.get(old), old)
        for name, old in (("startDate", "startTime"), ("endDate", "endTime"))
    ]
    interval = item.get("interval")
    if interval is None and not required:
        start = given[0] or "1970-01-01T00:00:00Z"
        return resolve_interval(start, given[1] or "2262-01-01T00:00:00Z", None, now_ns=now_ns)
    return resolve_interval(given[0], given[1], _interval(interval), now_ns=now_ns)


def _interval(value: Any) -> Interval | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not isinstance(value.get("unit"), str):
        raise ArgumentFault('interval must be {"count": n, "unit": "HOUR"}', code="bad-type")
    return Interval(number(value.get("count"), "interval.count"), parse_unit(value["unit"]))


def _from_ms(value: Any, name: str) -> str | None:
    """Milliseconds as an ISO date, for clients that send times as numbers."""
    if value is None:
        return None
    time_ms = max(-9_000_000_000_000, min(9_000_000_000_000, number(value, name)))
    return format_iso(round(time_ms) * 1_000_000)
