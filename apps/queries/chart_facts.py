"""What an expression about a series as a whole may ask: other series by alias, kept facts of who it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.algebra.expr.evaluate import Scope
from apps.algebra.expr.values import to_text
from apps.algebra.source import CatalogReader
from apps.algebra.transforms.formula_facts import plain_fields, tag_of
from apps.catalog.selectors import catalog as stored_catalog
from apps.errors import ArgumentFault
from apps.queries.chart_text import Facts

__all__ = ["state_functions"]


def state_functions(
    own: Facts | None, named: Callable[[str], Facts], catalog: CatalogReader | None = None
) -> dict[str, Callable[[Scope, list[Any]], Any]]:
    """``value('alias')``, ``meta()``, ``entityTag('t')``, ``metricTag('t')``; the last three also by alias.

    ``named`` gives the series of an alias, or raises what to tell when there is none.
    """

    def about(args: list[Any], alias_at: int | None) -> Facts:
        if alias_at is not None:
            return named(to_text(args[alias_at]))
        if own is None:
            raise ArgumentFault("this function needs the alias of a series here")
        return own

    def kept() -> CatalogReader:
        return catalog if catalog is not None else stored_catalog()

    def value(scope: Scope, args: list[Any]) -> float | None:
        if not args:
            return about(args, None).value
        return about(args, 0).value

    def meta(scope: Scope, args: list[Any]) -> Any:
        one = about(args, 0 if args else None)
        return {
            "metric": plain_fields(kept().metric(one.metric) if one.metric else None),
            "entity": plain_fields(kept().entity(one.entity) if one.entity else None),
        }

    def entity_tag(scope: Scope, args: list[Any]) -> str | None:
        one = about(args, 0 if len(args) > 1 else None)
        info = kept().entity(one.entity) if one.entity else None
        return tag_of(info.tags if info else {}, args, "entityTag('tag')")

    def metric_tag(scope: Scope, args: list[Any]) -> str | None:
        one = about(args, 0 if len(args) > 1 else None)
        info = kept().metric(one.metric) if one.metric else None
        return tag_of(info.tags if info else {}, args, "metricTag('tag')")

    return {"value": value, "meta": meta, "entityTag": entity_tag, "metricTag": metric_tag}
