"""Whether the numbers of a drawn series depend on the window they are drawn in, and how far they look around.

What is stored for good must not: the number at a time has to be the same however time is cut into windows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from apps.algebra.expr import nodes
from apps.algebra.expr.references import (
    FACT_FUNCTIONS,
    PERIOD_FUNCTIONS,
    Reference,
    is_constant,
    references,
)
from apps.algebra.periods import Period
from apps.algebra.plan import Apply, Node, Read
from apps.algebra.times import NS_PER_DAY, NS_PER_HOUR, utc_to_local
from apps.algebra.transforms.formula_intervals import period_of

__all__ = [
    "Reach",
    "Reason",
    "clock_keeps",
    "counted_nodes",
    "looks_around",
    "nodes_of",
    "periods_of",
    "reach_of",
    "signature",
    "window_reasons",
]  # fmt: skip

#: Statistics of a period that know the samples of that period only.
_OF_ONE_PERIOD = frozenset(
    {"detail", "min", "max", "avg", "sum", "count", "first", "last", "percentile", "median",
     "standard_deviation", "median_abs_dev", "slope", "intercept", "wavg", "wtavg", "min_value_time",
     "max_value_time", "threshold_count"}
)  # fmt: skip
#: Calls of a formula that ask for the whole window.
_OF_THE_WINDOW = frozenset({"getMaximumValue", "IndexMax"})
#: Calls that look at samples of their own time, or count samples backwards.
_BY_SAMPLES = frozenset({"value", "detail", "previous", "movavg"}) | FACT_FUNCTIONS | set(PERIOD_FUNCTIONS)
_LOCAL = frozenset({"clip", "filter_samples", "merge", "rate", "replace_value", "shift"})
_BELOW_HOUR = frozenset({"nanosecond", "millisecond", "second", "minute"})
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something can't be stored, and what to write instead. ``field``: of the definition."""

    field: str
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """How many samples around its own time a number depends on.

    ``thin``: it counts samples of something that may leave some out, so that stored samples can't be counted
    in their place (see :func:`counted_nodes`).
    """

    before: int = 0
    after: int = 0
    thin: bool = False


def nodes_of(node: Node) -> Iterator[Node]:
    """All nodes of a plan, each once."""
    seen: set[int] = set()
    stack = [node]
    while stack:
        top = stack.pop()
        if id(top) in seen:
            continue
        seen.add(id(top))
        yield top
        if isinstance(top, Apply):
            stack.extend(top.inputs)


def window_reasons(node: Node, zone: str) -> list[Reason]:
    """What makes the numbers of a plan depend on the window; none if they don't."""
    found = [reason for one in nodes_of(node) if isinstance(one, Apply) for reason in _reasons(one)]
    found += [reason for period in periods_of(node) if (reason := _grid_reason(period, zone))]
    units = {period.unit for period in periods_of(node)}
    if "week" in units and units & _MONTHS.keys():
        found.append(
            Reason("config", "weeks and months begin at different times", "use one of the two in this series")
        )
    return list(dict.fromkeys(found))


def periods_of(node: Node) -> list[Period]:
    """The calendar periods whose starts carry numbers of a plan, shortest first."""
    found: set[Period] = set()
    for one in nodes_of(node):
        if not isinstance(one, Apply):
            continue
        params = dict(one.params)
        if one.function in ("aggregate", "group", "interpolate") and params.get("period") is not None:
            found.add(params["period"])
        if one.function == "formula":
            calls = _calls(params)
            found |= {period_of(call) for call in calls if _is_of_period(call)}
            if params.get("match") == "grid" and params.get("match_period") is not None:
                found.add(params["match_period"])
    return sorted(found, key=lambda period: (period.fixed_ns, str(period)))


def reach_of(node: Node) -> Reach:
    """How far the numbers of a plan look around, in samples of what it reads."""
    done: dict[int, Reach] = {}
    stack = [node]
    while stack:
        top = stack[-1]
        inputs = top.inputs if isinstance(top, Apply) else ()
        waiting = [one for one in inputs if id(one) not in done]
        if waiting:
            stack.extend(waiting)
            continue
        stack.pop()
        own = looks_around(top)
        below = [done[id(one)] for one in inputs]
        counts = own.before or own.after
        # A grid between samples is empty where a whole window is between two of them.
        thin = counts and (_is_gridded(top) or any(not is_straight(one) for one in inputs))
        done[id(top)] = Reach(
            own.before + max((one.before for one in below), default=0),
            own.after + max((one.after for one in below), default=0),
            bool(thin) or any(one.thin for one in below),
        )
    return done[id(node)]


def looks_around(node: Node) -> Reach:
    """How many samples of its inputs one function looks back and ahead."""
    if not isinstance(node, Apply):
        return Reach()
    params = dict(node.params)
    match node.function:
        case "rate":
            return Reach(1)
        case "replace_value":
            return Reach(int(_names(params["tree"]) & {"previousValue", "previousTime"} != set()))
        case "smooth":
            return Reach(max((params.get("count") or 1) - 1, 0))
        case "interpolate":
            return Reach(1, 1)
        case "formula":
            return _formula_reach(params, len(node.inputs))
    return Reach()


def counted_nodes(node: Node) -> list[Node]:
    """The nodes of a plan whose samples some function counts, and that may leave samples out."""
    found: dict[int, Node] = {}
    for one in nodes_of(node):
        own = looks_around(one)
        if isinstance(one, Apply) and (own.before or own.after):
            found |= {id(inner): inner for inner in one.inputs if not is_straight(inner)}
            found |= {id(one): one} if _is_gridded(one) else {}
    return list(found.values())


def is_straight(node: Node) -> bool:
    """Whether a node has the samples that are stored, none left out: those can be counted beforehand."""
    while isinstance(node, Apply) and node.function in ("clip", "merge", "shift"):
        (node,) = node.inputs
    return not isinstance(node, Apply)


def signature(node: Node) -> Any:
    """A plan without its windows and clock, to be compared: equal for plans that compute the same."""
    if isinstance(node, Read):
        return ("read", tuple(ref.id for ref in node.series), node.unit)
    if not isinstance(node, Apply):
        return ("given",)
    params = tuple((name, _plain(value)) for name, value in node.params if name not in _MOVING)
    return (node.function, params, tuple(signature(one) for one in node.inputs))


# --- Inside ---

_MOVING = frozenset({"start_ns", "end_ns", "now_ns", "known", "scripts", "text"})


def _is_gridded(node: Node) -> bool:
    return isinstance(node, Apply) and node.function == "interpolate"


def _plain(value: Any) -> Any:
    if isinstance(value, nodes.Node):
        return nodes.dump(value)
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    return str(value)


def _names(tree: nodes.Node) -> set[str]:
    return {one.name for one in nodes.walk(tree) if isinstance(one, nodes.Name)}


def _calls(params: dict[str, Any]) -> list[Reference]:
    return references(params["tree"], frozenset(params.get("libraries") or ()))


def _is_of_period(call: Reference) -> bool:
    return call.function in PERIOD_FUNCTIONS and isinstance(call.call.target, nodes.Name)


def _formula_reach(params: dict[str, Any], inputs: int) -> Reach:
    several = inputs > 1 or any(mode for mode, _ in params.get("missing") or ())
    before = after = int(several)
    for call in _calls(params):
        argument = call.call.arguments[1] if len(call.call.arguments) > 1 else None
        count = int(argument.value) if isinstance(argument, nodes.Number) else 1
        if call.function == "previous":
            before = max(before, max(count, 0) + int(several))
        elif call.function == "movavg":
            before = max(before, count + int(several))
        elif call.function not in _BY_SAMPLES:
            before, after = max(before, 1), max(after, 1)
    return Reach(before, after)


def _reasons(node: Apply) -> Iterator[Reason]:
    params = dict(node.params)
    match node.function:
        case "formula":
            yield from _formula_reasons(params)
        case "aggregate" | "group":
            yield from _period_reasons(node.function, params)
        case "interpolate":
            if params.get("boundary", "inner") != "outer":
                yield Reason(
                    "config", "interpolation begins at the first sample of the window",
                    "interpolate-boundary = outer",
                )  # fmt: skip
            if params.get("fill") is not None:
                yield Reason(
                    "config", "interpolate-fill fills up to the window's edges", "interpolate-fill = false"
                )
        case "smooth":
            if params["statistic"] == "ema":
                yield Reason(
                    "config", "an exponential mean remembers every sample of the window",
                    "smooth = wavg with smooth-count or smooth-interval",
                )  # fmt: skip
        case "downsample":
            yield Reason(
                "config", "which samples downsample keeps depends on where the window begins",
                "leave out downsample, or write period and statistics",
            )  # fmt: skip
        case "limit_samples":
            yield Reason("config", "limit keeps the last samples of the window", "leave out limit")
        case one if one not in _LOCAL:
            yield Reason("config", f"{one} is not known to be the same in every window")


def _period_reasons(function: str, params: dict[str, Any]) -> Iterator[Reason]:
    prefix = "group-" if function == "group" else ""
    if params.get("period") is None:
        yield Reason(
            "config", "without a period there is one number for the whole window", f"{prefix}period = 1 hour"
        )
    if params.get("align", "calendar") != "calendar":
        yield Reason(
            "config", f"align = {str(params['align']).upper()} counts periods from the edges of the window",
            "align = CALENDAR",
        )  # fmt: skip
    if params.get("interpolate", "none") != "none" or params.get("extend"):
        yield Reason(
            "config", "empty periods are filled between the first and the last sample of the window",
            f"leave out {prefix}interpolate",
        )  # fmt: skip
    for one in params["statistics"]:
        if one.name in ("delta", "counter"):
            yield Reason(
                "config", f"{one.name} begins anew in the first period of a window",
                f"a series with value = {one.name}('alias', '{params.get('period') or '1 hour'}')",
            )  # fmt: skip
        elif one.name not in _OF_ONE_PERIOD:
            yield Reason(
                "config", f"{one.name} depends on what was before the window",
                "statistics = avg, min, max, sum, count, threshold_count …",
            )  # fmt: skip


def _formula_reasons(params: dict[str, Any]) -> Iterator[Reason]:
    calls = _calls(params)
    if not params["names"] or is_constant(calls):
        yield Reason(
            "config", "a constant is a line across the window: it has no samples of its own",
            "name a series in the formula, as in value('alias')",
        )  # fmt: skip
    for name in dict.fromkeys(call.function for call in calls if call.function in _OF_THE_WINDOW):
        yield Reason("config", f"{name} is that of the window", "max('alias', '1 day') is that of a period")


def _grid_reason(period: Period, zone: str) -> Reason | None:
    """Why periods begin at other times in another window: they are counted from the unit above."""
    unit, count = period.unit, period.count
    if unit in _MONTHS:
        months = count * _MONTHS[unit]
        steady, instead = unit == "year" or 12 % months == 0, "1, 2, 3, 4 or 6 month"
    elif unit in ("day", "week"):
        steady, instead = count == 1, f"1 {unit}"
    else:
        above = NS_PER_HOUR if unit in _BELOW_HOUR else NS_PER_DAY
        steady = period.fixed_ns > 0 and above % period.fixed_ns == 0
        instead = "one of which an hour, or a day, holds a whole number"
        if steady and not clock_keeps(zone, period.fixed_ns):
            return Reason(
                "config", f"periods of {period} begin at other hours after the clock changes in {zone}",
                "period = 1 hour or 1 day, or time-zone = UTC",
            )  # fmt: skip
    if steady:
        return None
    return Reason("config", f"where periods of {period} begin depends on the window", f"period = {instead}")


@lru_cache(maxsize=256)
def clock_keeps(zone: str, step_ns: int) -> bool:
    """Whether the changes of a zone's clock since 1970 are whole steps."""
    times = np.arange(0, 80 * 366, 7, dtype=np.int64) * NS_PER_DAY
    offsets = (utc_to_local(times, zone) - times) % step_ns
    return bool((offsets == offsets[0]).all())

