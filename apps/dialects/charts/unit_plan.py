"""The unit of every series of a widget, before a sample is read: of metrics, through stages and formulas."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apps.algebra.aggregators import Statistic
from apps.algebra.expr import nodes
from apps.algebra.expr.references import LIBRARY_FUNCTIONS, PERIOD_FUNCTIONS, SERIES_FUNCTIONS
from apps.algebra.transforms.aggregate import unit_of
from apps.algebra.units import RATIO, Clash, Unit, infer_unit, parse_unit, rate_unit
from apps.dialects.charts.diagnostics import Diagnostics
from apps.dialects.charts.drafts import Draft
from apps.dialects.charts.stages import Stage
from apps.spans import Span

__all__ = ["UnitPlanner"]

_CHANGES = frozenset({"MonthlyChange", "ChangeFromYearAgo", "ChangeByOffset", "ValueForDate"})


class UnitPlanner:
    """Units by draft, in the order in which series are built. A ratio is a unit without symbols."""

    def __init__(self, source: str, found: Diagnostics) -> None:
        self.source, self.found = source, found
        self.by_alias: dict[str, Unit | None] = {}
        self.texts: dict[int, str | None] = {}
        self.ratios: set[int] = set()

    def formula(self, draft: Draft) -> str | None:
        """The unit of a derived series before its stages; additions of different units are reported."""
        if draft.tree is None:
            return None
        inference = infer_unit(draft.tree, self._unit_of_call)
        self._report(inference.clashes)
        if inference.unit == RATIO:
            self.ratios.add(id(draft))
        return inference.unit.text or None if inference.unit is not None else None

    def finish(self, draft: Draft, unit: str | None, stages: list[Stage]) -> None:
        """Take a unit through the stages of a series; a stage that computes is told its result's unit."""
        ratio = id(draft) in self.ratios
        for stage in stages:
            match stage.function:
                case "rate":
                    period = stage.params["period"]
                    unit, ratio = rate_unit(unit, period), ratio and not period
                case "aggregate" | "group":
                    first, *more = stage.params["statistics"]
                    changed = unit_of(first, unit)
                    unit, ratio = None if more else changed, ratio and not more and changed == unit
                case "replace_value":
                    before = RATIO if ratio else parse_unit(unit)
                    inference = infer_unit(stage.params["tree"], _names(before))
                    self._report(inference.clashes)
                    if inference.unit != before or before is None:
                        unit = inference.unit.text or None if inference.unit else None
                    ratio = inference.unit == RATIO
                    stage.params["unit"] = unit
        (self.ratios.add if ratio else self.ratios.discard)(id(draft))
        self.texts[id(draft)] = unit
        if draft.alias is not None:
            self.by_alias[draft.alias] = RATIO if ratio else parse_unit(unit)

    def settings(self, draft: Draft, settings: Mapping[str, str]) -> Mapping[str, str]:
        """A ratio is shown in percent, unless it is told how to be shown."""
        if id(draft) not in self.ratios or settings.get("format"):
            return settings
        return {**settings, "format": "%"}

    def _unit_of_call(self, node: nodes.Node) -> Unit | None:
        if not isinstance(node, nodes.Call):
            return None
        name = node.target.name if isinstance(node.target, nodes.Name | nodes.Member) else ""
        at = SERIES_FUNCTIONS.get(name, 0)
        alias = node.arguments[at] if at < len(node.arguments) else None
        if not isinstance(alias, nodes.Text):
            return None
        unit = self.by_alias.get(alias.value)
        if isinstance(node.target, nodes.Member):
            if name not in LIBRARY_FUNCTIONS or name in _CHANGES:
                return unit if name in _CHANGES else None
            return parse_unit("%") if "Percent" in name or "Rate" in name else None
        if name in PERIOD_FUNCTIONS:
            kernel = PERIOD_FUNCTIONS[name]
            if kernel in ("count", "threshold_count", "min_value_time", "max_value_time"):
                return None
            argument = 50.0 if kernel == "percentile" else None
            if unit is None or unit == RATIO:
                return unit
            return parse_unit(unit_of(Statistic(kernel, argument), unit.text))
        return unit if name in SERIES_FUNCTIONS else None

    def _report(self, clashes: list[Clash]) -> None:
        for one in clashes:
            verb = "added to" if one.node.operator == "+" else "subtracted from"
            message = f"{one.right} is {verb} {one.left}: the units differ"
            self.found.info(
                "unit-mismatch", message, self._operator(one.node),
                hint="convert one of them first",
            )  # fmt: skip

    def _operator(self, node: nodes.Binary) -> Span:
        """The place of the operator, where the formula stands in the text as it is."""
        left, right = node.left.span.end, node.right.span.start
        if left < right <= len(self.source):
            at = self.source.find(node.operator, left, right)
            if at >= 0:
                return Span(at, at + len(node.operator))
        return node.span


def _names(unit: Unit | None) -> Callable[[nodes.Node], Unit | None]:
    """The variables of replace-value that stand for samples."""
    samples = ("value", "previousValue")
    return lambda node: unit if isinstance(node, nodes.Name) and node.name in samples else None
