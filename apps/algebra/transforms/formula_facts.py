"""What formulas may ask about a series beside its samples: fields and tags of its metric and its entity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.algebra.expr.evaluate import Scope
from apps.algebra.expr.functions import from_json
from apps.algebra.expr.values import to_text
from apps.algebra.series import Series, any_case_tag
from apps.algebra.source import EntityInfo, MetricInfo
from apps.errors import ArgumentFault

__all__ = ["Known", "fact_functions", "plain_fields", "tag_of"]


@dataclass(frozen=True, eq=False)
class Known:
    """The metrics and entities of a formula's inputs, by name."""

    metrics: Mapping[str, MetricInfo] = field(default_factory=dict)
    entities: Mapping[str, EntityInfo] = field(default_factory=dict)


def plain_fields(info: MetricInfo | EntityInfo | None) -> dict[str, Any]:
    """The printed fields as expression values; dates as texts."""
    if info is None:
        return {}
    fields: dict[str, Any] = {"name": info.name, "label": info.label or None, **info.fields}
    fields["tags"] = dict(info.tags)
    simple = str | int | float | bool | dict | list | None
    return from_json(
        {name: value if isinstance(value, simple) else str(value) for name, value in fields.items()}
    )


def fact_functions(
    members: Mapping[str, Series], known: Known | None
) -> dict[str, Callable[[Scope, list[Any]], Any]]:
    """``meta``, ``entityTag`` and ``metricTag`` over the inputs of one result, by alias."""
    known = known or Known()

    def member(args: list[Any]) -> Series:
        name = to_text(args[0]) if args else ""
        if name not in members:
            raise ArgumentFault(f"there is no input {name!r}", hint="name the alias as a plain text")
        return members[name]

    def meta(scope: Scope, args: list[Any]) -> Any:
        key = member(args).key
        return {
            "metric": plain_fields(known.metrics.get(key.metric)),
            "entity": plain_fields(known.entities.get(key.entity)),
        }

    def entity_tag(scope: Scope, args: list[Any]) -> Any:
        info = known.entities.get(member(args).key.entity)
        return tag_of(info.tags if info else {}, args[1:2], "entityTag('alias', 'tag')")

    def metric_tag(scope: Scope, args: list[Any]) -> Any:
        info = known.metrics.get(member(args).key.metric)
        return tag_of(info.tags if info else {}, args[1:2], "metricTag('alias', 'tag')")

    return {"meta": meta, "entityTag": entity_tag, "metricTag": metric_tag}


def tag_of(tags: Mapping[str, str], args: list[Any], usage: str) -> str | None:
    """The tag that the last argument names; null where there is none."""
    if not args:
        raise ArgumentFault("this function needs the name of a tag", hint=usage)
    name = to_text(args[-1])
    return any_case_tag(tags, name)
