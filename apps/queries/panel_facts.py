"""The series of a panel: last values, and what expressions about them decide (alerts, sizes, totals)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.algebra.expr.evaluate import Scope, evaluate
from apps.algebra.expr.nodes import Node
from apps.algebra.expr.values import to_number, to_text, truthy
from apps.algebra.series import Series
from apps.dialects.charts.chartplan import WidgetPlan
from apps.errors import ArgumentFault, TsError, near_names
from apps.figures.css import NO_LOOK, Look, look_of
from apps.figures.format import ValueFormat, number_format
from apps.figures.panel import PanelSeries
from apps.figures.settings import number
from apps.queries.chart_edges import source_keys
from apps.queries.chart_facts import state_functions
from apps.queries.chart_series import Section, facts, label_of
from apps.queries.chart_text import Facts, series_functions, value_format

__all__ = ["Found", "PanelScope", "look_by", "panel_series", "style_look"]

#: One expression about a last value or a cell is worth this much work.
_WORK = 50_000


@dataclass(frozen=True, eq=False)
class Found:
    """A computed series and the section it came from."""

    section: Section
    series: Series

    @property
    def facts(self) -> Facts:
        return facts(self.section, self.series)


class PanelScope:
    """Evaluates expressions of one widget: about a series, about a cell, about the widget."""

    def __init__(self, found: Sequence[Found], now_ns: int) -> None:
        self.found = found
        self.now_ms = now_ns / 1e6
        self.facts = {id(one): one.facts for one in found}
        self.lasts = [f.value for f in self.facts.values() if f.value is not None]
        self.sections = list({id(one.section): one.section for one in found}.values())
        self.by_alias = {one.section.plan.alias: one for one in reversed(found) if one.section.plan.alias}

    def of(
        self,
        tree: Node,
        one: Found | None = None,
        *,
        calls: Mapping[str, Callable[..., Any]] | None = None,
        **names: Any,
    ) -> Any:
        """The value of an expression. ``one``: the series it is about; ``calls``, ``names``: what it adds."""
        known: dict[str, Any] = {}
        own: Mapping[str, Callable[..., Any]] = {}
        if one is not None:
            known = dict(self.facts[id(one)].names)
            known["this"] = {"last": {"v": known["value"], "t": known["time"]}}
            own = series_functions(one.series, self.lasts)
        told = state_functions(
            self.facts[id(one)] if one is not None else None,
            self._facts_of,
            one.section.catalog if one is not None else None,
        )
        functions: dict[str, Callable[..., Any]] = {**own, **told, "series": told["value"]}
        functions |= {name: self._of_alias(name, own.get(name)) for name in _STATISTICS}
        functions |= {"percentile": self._percentile(one), **(calls or {})}
        scripts = self.sections[0].plan.scripts if self.sections else {}
        seen = {**scripts, **known, **names}
        scope = Scope(names=seen, functions=functions, work=_WORK, rows=1, now_ms=self.now_ms)
        return evaluate(tree, scope)

    def _facts_of(self, alias: str) -> Facts:
        return self.facts[id(self._named([alias]))]

    def _named(self, args: list[Any]) -> Found:
        name = to_text(args[0]) if args else ""
        found = self.by_alias.get(name)
        if found is None:
            near = near_names(name, self.by_alias, limit=1)
            raise ArgumentFault(
                f"there is no series with the alias {name[:40]!r}",
                hint=f"did you mean {near[0]}?" if near else None,
            )
        return found

    def _of_alias(self, name: str, own: Callable[..., Any] | None) -> Callable[..., Any]:
        """``max('1 day')`` of the series itself; ``max('alias', '1 day')`` of another."""

        def call(scope: Scope, args: list[Any]) -> Any:
            if args and isinstance(args[0], str) and args[0] in self.by_alias:
                other = self.by_alias[args[0]].series
                return series_functions(other, self.lasts)[name](scope, args[1:])
            if own is None:
                raise ArgumentFault(f"{name}() needs the alias of a series here")
            return own(scope, args)

        return call

    def _percentile(self, one: Found | None) -> Callable[..., Any]:
        """``percentile(95)`` of the series itself, ``percentile(95, 'alias')`` of another."""

        def call(scope: Scope, args: list[Any]) -> float | None:
            found = self._named(args[1:]) if len(args) > 1 else one
            percent = to_number(args[0]) if args else float("nan")
            if found is None or not 0 <= percent <= 100:
                raise ArgumentFault("percentile takes a number from 0 to 100 and the alias of a series")
            values = found.series.values
            values = values[np.isfinite(values)]
            return float(np.percentile(values, percent)) if values.size else None

        return call

    def number(self, tree: Node, one: Found | None = None) -> float:
        """The expression as a number; NaN when it is none."""
        return to_number(self.of(tree, one))


_STATISTICS = ("min", "max", "avg", "mean", "sum", "count", "median", "first", "last")


def look_by(
    expressions: Mapping[str, Node],
    settings: Mapping[str, str],
    evaluate_with: Callable[..., Any],
    *,
    condition: str = "alert-expression",
    style: str = "alert-style",
) -> Look:
    """The look of an alert that is on; no look while it is off or has no style."""
    tree = expressions.get(condition)
    if tree is None:
        return NO_LOOK
    alert = evaluate_with(tree)
    if not truthy(alert):
        return NO_LOOK
    return style_look(expressions, settings, style, lambda css: evaluate_with(css, alert=alert))


def style_look(
    expressions: Mapping[str, Node], settings: Mapping[str, str], name: str, evaluate_with: Callable[..., Any]
) -> Look:
    """The look that a setting gives, as CSS or as an expression that comes to CSS."""
    tree = expressions.get(name)
    if tree is None:
        return look_of(settings.get(name))
    css = evaluate_with(tree)
    return look_of(css) if isinstance(css, str) else NO_LOOK


def panel_series(
    one: Found, widget: WidgetPlan, scope: PanelScope, report: Callable[[TsError], None], *, enabled: bool
) -> PanelSeries:
    """A series with its last value, its alert and its size."""
    plan, series = one.section.plan, one.series
    samples = series.samples.numeric()
    known = np.flatnonzero(np.isfinite(samples.values))
    keys = source_keys(plan.node) if plan.node is not None else frozenset()
    key = series.key if series.key in keys else next(iter(keys)) if len(keys) == 1 else None
    look, size = NO_LOOK, number(plan.settings, "size")
    condition, style = _alert_settings(one, widget)
    try:
        look = look_by(
            plan.expressions,
            plan.settings,
            lambda tree, **names: scope.of(tree, one, **names),
            condition=condition,
            style=style,
        )
        if "size" in plan.expressions:
            size = scope.number(plan.expressions["size"], one)
    except TsError as error:
        report(error)
    if size is None:
        size = number(widget.settings, "default-size", 1.0) or 1.0
    own = not plan.derived or bool(series.key.metric)
    return PanelSeries(
        label=label_of(one.section, series, widget.zone),
        identity=_identity(one),
        times_ns=samples.times_ns,
        values=samples.values,
        form=_form(plan.settings, widget.zone),
        last=float(samples.values[known[-1]]) if known.size else float("nan"),
        last_ns=int(samples.times_ns[known[-1]]) if known.size else None,
        settings=plan.settings,
        unit=series.unit or plan.unit,
        metric=(series.key.metric or plan.metric) if own else None,
        entity=(series.key.entity or plan.entity) if own else None,
        tags=series.key.tag_map,
        alias=plan.alias,
        hue_of=(key.metric, key.entity, key.tags) if key else None,
        look=look,
        size=size,
        column=plan.column,
        column_label=_column_label(one, widget),
        link=plan.link,
        enabled=enabled,
        properties=plan.properties,
        summaries=samples.summaries,
    )


def _alert_settings(one: Found, widget: WidgetPlan) -> tuple[str, str]:
    """Which settings decide an alert and its look: those of nodes or links first, where a graph has some."""
    plan = one.section.plan
    if widget.type != "graph":
        return "alert-expression", "alert-style"
    of_node = plan.alias is not None and any(part.own.get("series") == plan.alias for part in widget.nodes)
    kind = "node" if of_node else "link"
    condition = f"{kind}-alert-expression" if f"{kind}-alert-expression" in plan.expressions else None
    style = f"{kind}-alert-style"
    given = style in plan.expressions or bool(plan.settings.get(style))
    return condition or "alert-expression", style if given else "alert-style"


def _column_label(one: Found, widget: WidgetPlan) -> str | None:
    """What ``column-label-format`` calls the bar that a series stands in."""
    pattern = one.section.plan.settings.get("column-label-format")
    if widget.type != "bar" or not pattern:
        return None
    return label_of(one.section, one.series, widget.zone, pattern=pattern)


def _identity(one: Found) -> tuple[Any, ...]:
    key, plan = one.series.key, one.section.plan
    return (key.metric, key.entity, key.tags, plan.alias or plan.label or plan.position)


def _form(settings: Mapping[str, str], zone: str) -> ValueFormat:
    return value_format(settings.get("format"), zone) or number_format("") or ValueFormat(str)
