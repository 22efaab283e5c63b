"""Transformations of one series, in order: what the settings ask for, as canonical functions.

Each stage knows what it needs of its input so that its result is right in the whole window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from apps.algebra.aggregators import Statistic
from apps.algebra.expr import nodes
from apps.algebra.periods import Period
from apps.algebra.plan import Node, apply
from apps.algebra.times import MIN_TIME_NS, NS_PER_DAY, clamp_time
from apps.dialects.charts.dates import shift_clock
from apps.dialects.charts.lookback import Need, aligned
from apps.dialects.charts.window import Window
from apps.spans import Span

__all__ = ["Context", "Stage", "build_stages", "needs_of", "plain_statistics"]

_CARRIED = frozenset({"delta", "counter"})


@dataclass(frozen=True)
class Context:
    """What stages are built with: the window, and whether samples before it may be read."""

    window: Window
    lookback: bool


@dataclass(frozen=True)
class Stage:
    """One canonical function with its parameters; ``windowed`` functions get start and end."""

    function: str
    params: dict[str, Any]
    span: Span

    @property
    def windowed(self) -> bool:
        return self.function in ("aggregate", "group", "interpolate")

    def need(self, need: Need, context: Context) -> Need:
        """What this stage needs of its input when ``need`` is wanted of its result."""
        params = self.params
        if self.function == "shift":
            return _shifted(need, params["offset"], context.window.zone)
        if not context.lookback:
            return need
        match self.function:
            case "rate" | "downsample":
                return need.earlier(1)
            case "replace_value":
                return need.earlier(1) if _looks_back(params["tree"]) else need
            case "smooth":
                if params.get("count"):
                    return need.earlier(params["count"] - 1)
                interval = params.get("interval")
                return need if interval is None else _back(need, interval, context.window.zone)
            case "interpolate":
                return replace(need, before=max(1, need.before), after=1)
            case "aggregate":
                return self._aggregate_need(need, context)
        return need

    def _aggregate_need(self, need: Need, context: Context) -> Need:
        start, end = self.bounds(need, context)
        carried = any(one.name in _CARRIED for one in self.params["statistics"])
        return Need(start, end, 1 if carried else 0, 0)

    def bounds(self, need: Need, context: Context) -> tuple[int, int]:
        """Start and end of the stage's own window: whole periods, as many before as are asked for."""
        period = self.params.get("period")
        start, end = need.start_ns, need.end_ns
        calendar = self.params.get("align", "calendar") == "calendar"
        if self.function != "aggregate" or period is None or not context.lookback or not calendar:
            return start, end
        if need.before and start > MIN_TIME_NS:
            start = clamp_time(start - need.before * period.fixed_ns)
        start, end = aligned(start, end, period, context.window.zone)
        return start, min(end, max(context.window.last_ns, need.end_ns))

    def build(self, node: Node, need: Need, context: Context) -> Node:
        params = dict(self.params)
        if self.windowed:
            params["start_ns"], params["end_ns"] = self.bounds(need, context)
        return apply(self.function, node, span=self.span, **params)


def _looks_back(tree: nodes.Node) -> bool:
    names = {node.name for node in nodes.walk(tree) if isinstance(node, nodes.Name)}
    return bool(names & {"previousValue", "previousTime"})


def _back(need: Need, period: Period, zone: str) -> Need:
    count = int(period.count) if float(period.count).is_integer() else 0
    if not count:
        return replace(need, start_ns=clamp_time(need.start_ns - period.fixed_ns))
    return replace(need, start_ns=shift_clock(need.start_ns, -count, period.unit, zone))


def _shifted(need: Need, offset: Period, zone: str) -> Need:
    """The interval that a shift moves onto the wanted one; a day wider where clock changes bend the way."""
    count = int(offset.count)
    start = shift_clock(need.start_ns, -count, offset.unit, zone)
    end = shift_clock(need.end_ns, -count, offset.unit, zone)
    if offset.is_calendar and zone != "UTC":
        start, end = clamp_time(start - NS_PER_DAY), clamp_time(end + NS_PER_DAY)
    return Need(start, end, need.before, need.after)


def needs_of(stages: list[Stage], need: Need, context: Context) -> list[Need]:
    """What is wanted of the result of each stage, and first of all of what goes into the first one."""
    wanted = [need]
    for stage in reversed(stages):
        wanted.append(stage.need(wanted[-1], context))
    return wanted[::-1]


def build_stages(node: Node, stages: list[Stage], needs: list[Need], context: Context) -> Node:
    """The stages on top of a node."""
    for stage, need in zip(stages, needs[1:], strict=True):
        node = stage.build(node, need, context)
    return node


def plain_statistics(stages: list[Stage]) -> tuple[tuple[Statistic, ...], Period | None]:
    """What the aggregation among the stages computes, if there is one."""
    for stage in stages:
        if stage.function == "aggregate":
            return stage.params["statistics"], stage.params.get("period")
    return (), None
