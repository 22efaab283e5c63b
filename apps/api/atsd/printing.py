"""Metrics, entities and groups as the data API prints them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from apps.algebra.series import fold
from apps.algebra.source import EntityInfo, MetricInfo
from apps.catalog.models import EntityGroup
from apps.catalog.patterns import matcher
from apps.dialects.atsd.dates import format_iso

__all__ = ["TagsShown", "iso_of", "print_entity", "print_fields", "print_group", "print_metric"]


def iso_of(moment: datetime) -> str:
    """A stored date, in UTC and to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:23] + "Z"


class TagsShown:
    """Which tags a list prints: ``tags=name,pat*``; none unless asked, all when a single object is got."""

    def __init__(self, text: str | None, *, everything: bool = False) -> None:
        self._everything = everything and text is None
        patterns = [part.strip().lower() for part in (text or "").split(",") if part.strip()]
        self._rules = [matcher(pattern) for pattern in patterns[:1000]]

    def of(self, tags: Mapping[str, str]) -> dict[str, str]:
        if self._everything:
            return dict(tags)
        if not self._rules:
            return {}
        return {
            name: value
            for name, value in tags.items()
            if any(rule.fullmatch(fold(name)) for rule in self._rules)
        }


def print_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with their dates as texts, absent ones left out."""
    return {
        name: iso_of(value) if isinstance(value, datetime) else value
        for name, value in fields.items()
        if value is not None
    }


def _print(fields: Mapping[str, Any], tags: dict[str, str], last_ns: int | None) -> dict[str, Any]:
    printed = print_fields(fields) | {"tags": tags}
    if last_ns is not None:
        printed["lastInsertDate"] = format_iso(last_ns)
    return printed


def print_metric(metric: MetricInfo, shown: TagsShown, last_ns: int | None) -> dict[str, Any]:
    return _print(metric.fields, shown.of(metric.tags), last_ns)


def print_entity(entity: EntityInfo, shown: TagsShown, last_ns: int | None) -> dict[str, Any]:
    return _print(entity.fields, shown.of(entity.tags), last_ns)


def print_group(group: EntityGroup, shown: TagsShown) -> dict[str, Any]:
    printed: dict[str, Any] = {"name": group.name, "enabled": group.enabled}
    if group.expression:
        printed["expression"] = group.expression
    return printed | {"tags": shown.of(group.tags)}
