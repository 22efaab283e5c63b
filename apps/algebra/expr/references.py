"""Which aliases a formula names, in which call and where. Read off the tree, nothing is evaluated."""

from __future__ import annotations

from dataclasses import dataclass

from apps.algebra.expr import nodes
from apps.spans import Span

__all__ = [
    "FACT_FUNCTIONS",
    "LIBRARY_FUNCTIONS",
    "PERIOD_FUNCTIONS",
    "SERIES_FUNCTIONS",
    "Reference",
    "is_constant",
    "is_periodic",
    "references",
]

#: Statistics over the calendar period that contains a time, by their names in formulas.
PERIOD_FUNCTIONS: dict[str, str] = {
    "avg": "avg", "average": "avg", "max": "max", "maximum": "max", "min": "min", "minimum": "min",
    "sum": "sum", "count": "count", "median": "median", "first": "first", "last": "last",
    "delta": "delta", "counter": "counter", "percentile": "percentile",
    "min_value_time": "min_value_time", "max_value_time": "max_value_time",
    "threshold_count": "threshold_count", "threshold_duration": "threshold_duration",
    "threshold_percent": "threshold_percent",
}  # fmt: skip

#: Functions that tell what is known of a series; they need none of its samples.
FACT_FUNCTIONS = frozenset({"meta", "entityTag", "metricTag"})

#: Functions that take an alias, and which argument it is.
SERIES_FUNCTIONS: dict[str, int] = {
    "value": 0,
    "detail": 0,
    "previous": 0,
    "movavg": 0,
    "getValueWithOffset": 0,
    "getValueForDate": 0,
    "getMaximumValue": 0,
    **dict.fromkeys(FACT_FUNCTIONS, 0),
    **{name: 1 if name == "percentile" else 0 for name in PERIOD_FUNCTIONS},
}

#: The econometric library, under whatever name a configuration imports it; the alias comes first.
LIBRARY_FUNCTIONS = frozenset(
    {
        "MonthlyChange", "ChangeFromYearAgo", "ChangeByOffset", "MonthlyPercentChange",
        "PercentChangeFromYearAgo", "PercentChangeByOffset", "CompoundedAnnualRateOfChange",
        "ContinuouslyCompoundedRateOfChange", "ContinuouslyCompoundedAnnualRateOfChange",
        "NaturalLog", "Index", "IndexMax", "ValueForDate",
    }
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Reference:
    """One call that names an alias. ``alias`` is None when the argument is not a plain text."""

    alias: str | None
    function: str
    call: nodes.Call
    span: Span


def references(tree: nodes.Node, libraries: frozenset[str] = frozenset()) -> list[Reference]:
    """The calls that name an alias, in the order of the text; ``libraries`` are names of imports."""
    found: list[Reference] = []
    for node in nodes.walk(tree):
        if not isinstance(node, nodes.Call):
            continue
        target = node.target
        if isinstance(target, nodes.Name) and target.name in SERIES_FUNCTIONS:
            name, at = target.name, SERIES_FUNCTIONS[target.name]
        elif (
            isinstance(target, nodes.Member)
            and isinstance(target.target, nodes.Name)
            and target.target.name in libraries
        ):
            name, at = target.name, 0
        else:
            continue
        argument = node.arguments[at] if at < len(node.arguments) else None
        if isinstance(argument, nodes.Text):
            found.append(Reference(argument.value, name, node, argument.span))
        else:
            found.append(Reference(None, name, node, argument.span if argument else node.span))
    return found


def is_periodic(found: list[Reference]) -> bool:
    """Whether every reference is a statistic of a period, so that there is one point per period."""
    sampled = [one for one in found if one.function not in FACT_FUNCTIONS]
    return bool(sampled) and all(
        one.function in PERIOD_FUNCTIONS and isinstance(one.call.target, nodes.Name) for one in sampled
    )


def is_constant(found: list[Reference]) -> bool:
    """Whether no sample is named, so that the formula is one value across the window."""
    return all(one.function in FACT_FUNCTIONS for one in found)
