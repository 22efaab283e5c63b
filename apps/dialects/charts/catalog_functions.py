"""Functions that ask the catalog while control statements run: getTags, getSeries and their siblings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.algebra.expr.evaluate import Scope
from apps.algebra.expr.values import UNDEFINED, to_text
from apps.algebra.source import CatalogReader, SeriesRef, SeriesSelector
from apps.errors import ArgumentFault

__all__ = ["catalog_functions"]

MAX_SERIES = 10_000


def _text(args: list[Any], at: int) -> str | None:
    value = args[at] if at < len(args) else UNDEFINED
    return None if value in (None, UNDEFINED, "") else to_text(value)


def catalog_functions(catalog: CatalogReader | None) -> dict[str, Callable[[Scope, list[Any]], Any]]:
    """The functions, bound to a catalog; without one they find nothing."""

    def matching(scope: Scope, metric: str | None, entity: str | None) -> list[SeriesRef]:
        if metric is None:
            raise ArgumentFault("this function needs a metric", hint="getTags('metric', 'tag')")
        if catalog is None:
            return []
        entities = None if entity is None or entity == "*" else (entity.lower(),)
        selector = SeriesSelector(metric.lower(), entities=entities, limit=MAX_SERIES)
        found = catalog.find_series(selector)
        scope.spend(len(found))
        return found

    def get_tags(scope: Scope, args: list[Any]) -> list[Any]:
        tag = (_text(args, 1) or "").lower()
        found = matching(scope, _text(args, 0), _text(args, 2))
        return sorted({ref.key.tag_map[tag] for ref in found if tag in ref.key.tag_map})

    def get_series(scope: Scope, args: list[Any]) -> list[Any]:
        found = matching(scope, _text(args, 0), _text(args, 1))
        return [
            {"metric": ref.key.metric, "entity": ref.key.entity, "tags": dict(ref.key.tags)} for ref in found
        ]

    def not_offered(name: str) -> Callable[[Scope, list[Any]], Any]:
        def call(scope: Scope, args: list[Any]) -> Any:
            raise ArgumentFault(f"{name} is not offered yet", hint="list the names in the text")

        return call

    return {
        "getTags": get_tags,
        "getSeries": get_series,
        "getMetrics": not_offered("getMetrics"),
        "getEntities": not_offered("getEntities"),
    }
