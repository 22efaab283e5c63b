"""Filters of the data API as predicates: over entities, metrics and tags, and over samples.

``compile_*`` reads and checks the text once and gives a plain function; the functions never raise
for a record that lacks a field (a missing field is the empty text) and never take long (regular
expressions run in linear time).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from apps.algebra.expr.nodes import Binary, Call, Expr, Name, Number, Text, Unary, walk
from apps.algebra.registry import lookup
from apps.algebra.series import Samples, Series, SeriesKey
from apps.algebra.source import EntityInfo, MetricInfo
from apps.algebra.times import NS_PER_MS
from apps.dialects.atsd.dates import parse_date
from apps.dialects.atsd.grammar import parse_expression
from apps.dialects.atsd.predicates import Resolver, Scope, compile_tree
from apps.errors import ArgumentFault, SyntaxFault

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
    """``tagExpression``: over ``tags.x`` of a series; SyntaxFault for any other name."""
    found = TagFilter(text, compile_predicate(text))
    tree = parse_expression(text)
    called = {id(node.target) for node in walk(tree) if isinstance(node, Call)}
    for node in walk(tree):
        if isinstance(node, Name) and node.name.lower() != "tags" and id(node) not in called:
            raise SyntaxFault(
                f"there is no name {node.name[:60]!r}",
                span=node.span,
                hint="tags are named as in tags.host, and texts stand in quotes",
            )
    return found


def parse_sample_filter(text: str, *, now_ns: int = 0, zone: str = "UTC") -> Expr:
    """``sampleFilter``: the tree for ``filter_samples``, over ``value`` and ``date``.

    Unknown names and functions fault here, whether or not any sample is there to be tested.
    """
    tree = _timed(parse_expression(text), now_ns, zone)
    nothing = Series(SeriesKey("", ""), Samples.empty())
    lookup("filter_samples").function(nothing, expression=tree, zone=zone)
    return tree


def _timed(node: Expr, now_ns: int, zone: str) -> Expr:
    """``date > '2031-04-05T00:00:00Z'`` as a comparison of milliseconds, anywhere in a tree."""
    if isinstance(node, Unary):
        return replace(node, operand=_timed(node.operand, now_ns, zone))
    if not isinstance(node, Binary):
        return node
    left, right = node.left, node.right
    if node.operator in ("==", "!=", "<", "<=", ">", ">=") and (_is_date(left) or _is_date(right)):
        return replace(
            node, left=_milliseconds(left, now_ns, zone), right=_milliseconds(right, now_ns, zone)
        )
    return replace(node, left=_timed(left, now_ns, zone), right=_timed(right, now_ns, zone))


def _is_date(node: Expr) -> bool:
    return isinstance(node, Name) and node.name == "date"


def _milliseconds(node: Expr, now_ns: int, zone: str) -> Expr:
    if _is_date(node):
        return Name("time", node.span)
    if isinstance(node, Text):
        try:
            return Number(parse_date(node.value, now_ns, zone) / NS_PER_MS, node.span)
        except ArgumentFault as fault:
            raise SyntaxFault(fault.message, span=node.span, hint=fault.hint) from None
    return node
