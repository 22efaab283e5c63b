"""Filters of the data API as predicates: over entities, metrics and tags, and over samples.

``compile_*`` reads and checks the text once and gives a plain function; the functions never raise
for a record that lacks a field (a missing field is the empty text) and never take long (regular
expressions run in linear time).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.algebra.expr.nodes import Expr
from apps.algebra.source import EntityInfo, MetricInfo
from apps.dialects.atsd.grammar import parse_expression
from apps.dialects.atsd.predicates import Resolver, Scope, compile_tree

__all__ = [
    "EntityFilter",
    "MetricFilter",
    "Resolver",
    "TagFilter",
    "compile_entity_filter",
    "compile_metric_filter",
    "compile_predicate",
    "compile_tag_filter",
    "parse_sample_filter",
]

Predicate = Callable[[Mapping[str, Any]], bool]


def compile_predicate(text: str, *, resolver: Resolver | None = None, now_ns: int = 0) -> Predicate:
    """A predicate over a record of fields; ``tags`` in it, when present, is a mapping."""
    test = compile_tree(parse_expression(text))
    scope = Scope(resolver or Resolver(), now_ns)
    return lambda record: bool(test(record, scope))


@dataclass(frozen=True)
class EntityFilter:
    """Accepts entities. A class, not a closure, so that equal texts make equal selectors."""

    text: str
    predicate: Predicate

    def __call__(self, entity: EntityInfo) -> bool:
        record = {"name": entity.name, "label": entity.label, "timezone": entity.time_zone}
        record |= {key.lower(): value for key, value in entity.fields.items()}
        return self.predicate(record | {"name": entity.name, "tags": entity.tags})


@dataclass(frozen=True)
class MetricFilter:
    """Accepts metrics."""

    text: str
    predicate: Predicate

    def __call__(self, metric: MetricInfo) -> bool:
        record = {
            "name": metric.name, "label": metric.label, "units": metric.unit,
            "datatype": metric.data_type, "interpolate": metric.interpolate,
            "timezone": metric.time_zone,
        }  # fmt: skip
        record |= {key.lower(): value for key, value in metric.fields.items()}
        return self.predicate(record | {"name": metric.name, "tags": metric.tags})


@dataclass(frozen=True)
class TagFilter:
    """Accepts the tags of a series."""

    text: str
    predicate: Predicate

    def __call__(self, tags: Mapping[str, str]) -> bool:
        return self.predicate({"tags": tags})


def compile_entity_filter(
    text: str, *, resolver: Resolver | None = None, now_ns: int = 0
) -> EntityFilter:
    """``entityExpression``, group ``expression``: over the entity's fields and ``tags.x``."""
    return EntityFilter(text, compile_predicate(text, resolver=resolver, now_ns=now_ns))


def compile_metric_filter(text: str, *, now_ns: int = 0) -> MetricFilter:
    """``expression`` over metrics: their fields and ``tags.x``."""
    return MetricFilter(text, compile_predicate(text, now_ns=now_ns))


def compile_tag_filter(text: str) -> TagFilter:
    """``tagExpression``: over ``tags.x`` of a series."""
    return TagFilter(text, compile_predicate(text))


def parse_sample_filter(text: str) -> Expr:
    """``sampleFilter``: the tree for ``filter_samples``, over ``value`` and ``date``."""
    return parse_expression(text)
