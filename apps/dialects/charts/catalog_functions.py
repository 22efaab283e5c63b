"""Functions that ask the catalog while control statements run: getTags, getSeries and their siblings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from apps.algebra.expr.evaluate import Scope
from apps.algebra.expr.values import UNDEFINED, Moment, to_text
from apps.algebra.series import fold
from apps.algebra.source import CatalogReader, SeriesRef, SeriesSelector
from apps.algebra.times import format_iso_ms
from apps.dialects.charts.dates import parse_date
from apps.dialects.charts.filters import entity_condition, metric_condition, parse_condition
from apps.errors import ArgumentFault

__all__ = ["catalog_functions"]

Function = Callable[[Scope, list[Any]], Any]

MAX_SERIES = 10_000
#: Functions of drop-downs that ask for properties, which are not drawn from here.
_PROPERTIES = ("requestPropertiesValues", "requestPropertiesOptions")


def _value(args: list[Any], at: int) -> Any:
    value = args[at] if at < len(args) else UNDEFINED
    return None if value in (None, UNDEFINED, "") else value


def _text(args: list[Any], at: int) -> str | None:
    value = _value(args, at)
    return None if value is None else to_text(value)


def catalog_functions(catalog: CatalogReader | None, *, now_ns: int = 0) -> dict[str, Function]:
    """The functions, bound to a catalog; without one they find nothing."""
    asked = _Asked(catalog, now_ns)
    return {
        "getTags": asked.get_tags,
        "getSeries": asked.get_series,
        "getMetrics": asked.get_metrics,
        "getEntities": asked.get_entities,
        "getEntitiesForGroup": lambda scope, args: asked.get_entities(scope, args[:1]),
        "templateTags": lambda scope, args: asked.get_tags(scope, [*args[:1], *args[2:3], *args[1:2]]),
        "requestMetricsSeriesValues": asked.series_values("metric"),
        "requestMetricsSeriesOptions": asked.series_options("metric"),
        "requestEntitiesMetricsValues": asked.series_values("entity"),
        "requestEntitiesMetricsOptions": asked.series_options("entity"),
        **{name: _not_offered(name) for name in _PROPERTIES},
    }


def _not_offered(name: str) -> Function:
    def call(scope: Scope, args: list[Any]) -> Any:
        raise ArgumentFault(
            f"{name} asks for properties, which drop-downs do not list here", code="not-offered",
            hint="write the options into the text",
        )  # fmt: skip

    return call


class _Asked:
    """The catalog as the functions see it. What they find is paid for from the scope's work."""

    def __init__(self, catalog: CatalogReader | None, now_ns: int) -> None:
        self.catalog, self.now_ns = catalog, now_ns

    def date(self, value: Any) -> int | None:
        if value is None:
            return None
        if isinstance(value, Moment):
            value = value.time_ms
        if isinstance(value, float):
            return int(value) * 1_000_000
        return parse_date(to_text(value), now_ns=self.now_ns)

    def matching(self, scope: Scope, metric: str | None, args: list[Any], at: int) -> list[SeriesRef]:
        """Series of a metric; entity, bounds of the newest sample, server and parameters follow at ``at``."""
        if metric is None:
            raise ArgumentFault("this function needs a metric", hint="getTags('metric', 'tag')")
        self.refuse_server(args, at + 3)
        if self.catalog is None:
            return []
        entity = _text(args, at)
        selector = SeriesSelector(
            metric.lower(),
            entities=None if entity is None or entity == "*" else (entity.lower(),),
            min_insert_ns=self.date(_value(args, at + 1)),
            max_insert_ns=self.date(_value(args, at + 2)),
            limit=MAX_SERIES,
        )
        found = self.catalog.find_series(selector)
        scope.spend(len(found))
        return found

    def refuse_server(self, args: list[Any], at: int) -> None:
        if _text(args, at) is not None:
            raise ArgumentFault(
                "another server is not asked from here", code="not-offered",
                hint="leave the address out, or put null in its place",
            )  # fmt: skip

    def get_tags(self, scope: Scope, args: list[Any]) -> list[str]:
        tag = (_text(args, 1) or "").lower()
        if not tag:
            raise ArgumentFault("getTags needs a metric and a tag", hint="getTags('metric', 'tag')")
        found = self.matching(scope, _text(args, 0), args, 2)
        return sorted({value for ref in found for name, value in ref.key.tags if fold(name) == fold(tag)})

    def get_series(self, scope: Scope, args: list[Any]) -> list[Any]:
        return self.described(self.matching(scope, _text(args, 0), args, 1))

    def described(self, refs: list[SeriesRef]) -> list[Any]:
        newest = self.catalog.last_insert_ns(refs) if self.catalog is not None and refs else []
        return [
            {
                "metric": ref.key.metric,
                "entity": ref.key.entity,
                "tags": dict(ref.key.tags),
                "lastInsertDate": None if time_ns is None else _iso(time_ns),
            }
            for ref, time_ns in zip(refs, newest, strict=True)
        ]

    def get_metrics(self, scope: Scope, args: list[Any]) -> list[str]:
        entity, rule = _text(args, 0), _text(args, 1)
        if entity is None:
            raise ArgumentFault("getMetrics needs an entity", hint="getMetrics('entity')")
        self.refuse_server(args, 3)
        found = self.catalog.metrics_of_entity(entity.lower()) if self.catalog is not None else []
        test = metric_condition(parse_condition(rule)) if rule else None
        scope.spend(len(found))
        return sorted(info.name for info in found if test is None or test(info))

    def get_entities(self, scope: Scope, args: list[Any]) -> list[str]:
        group, rule = _text(args, 0), _text(args, 1)
        if group is None:
            raise ArgumentFault("getEntities needs an entity group", hint="getEntities('group')")
        self.refuse_server(args, 3)
        found = self.catalog.entities_of_group(group) if self.catalog is not None else []
        test = entity_condition(parse_condition(rule)) if rule else None
        scope.spend(len(found))
        return sorted(info.name for info in found if test is None or test(info))

    # --- drop-downs ---------------------------------------------------------------------------

    def rows(self, scope: Scope, kind: str, name: str | None) -> list[Any]:
        """Without a name those of the widget's own metric or entity."""
        name = name or scope.names.get(f"widget {kind}")
        if name is None:
            raise ArgumentFault(
                f"this function needs the name of {'an entity' if kind == 'entity' else 'a metric'}",
                hint=f"add {kind} = … to the widget, or name it in the function",
            )
        if kind == "metric":
            return self.described(self.matching(scope, name, [], 1))
        found = self.catalog.metrics_of_entity(name.lower()) if self.catalog is not None else []
        scope.spend(len(found))
        return [{"name": info.name, "label": info.label, "tags": dict(info.tags)} for info in found]

    def series_values(self, kind: str) -> Function:
        """``(field path, callback, name, unique)``: the field of every row."""

        def call(scope: Scope, args: list[Any]) -> list[Any]:
            path, change = _text(args, 0), _value(args, 1)
            rows = self.rows(scope, kind, _text(args, 2))
            if path is None:
                return _list(rows if change is None else scope.call(change, [rows]))
            found = [_field(row, path) for row in rows]
            texts = [to_text(one) for one in found if one is not None]
            texts = texts if _value(args, 3) is False else sorted(set(texts))
            return texts if change is None else _list(scope.call(change, [texts]))

        return call

    def series_options(self, kind: str) -> Function:
        """``(value path, text path or paths, callback, name, unique)``: values and what is shown for them."""

        def call(scope: Scope, args: list[Any]) -> list[Any]:
            path, texts, change = _text(args, 0) or "", _value(args, 1), _value(args, 2)
            rows = self.rows(scope, kind, _text(args, 3))
            if change is not None:
                return _list(scope.call(change, [rows]))
            listed = texts if isinstance(texts, list) else [texts]
            paths = [to_text(one) for one in listed if one is not None]
            shown: dict[str, str] = {}
            for row in rows:
                value, words = _field(row, path), [_field(row, step) for step in paths]
                said = [to_text(one) for one in words if one not in (None, "")]
                if value is not None:
                    shown.setdefault(to_text(value), " - ".join(said) or to_text(value))
            return [{"value": value, "text": text} for value, text in shown.items()]

        return call


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _field(row: Any, path: str) -> Any:
    for step in path.split("."):
        row = row.get(step) if isinstance(row, Mapping) else None
    return row


def _iso(time_ns: int) -> str:
    return str(format_iso_ms(np.array([time_ns], np.int64))[0])
