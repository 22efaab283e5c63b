"""Expressions about one series as a whole: how its values read, what it is called, whether it is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from apps.algebra.aggregators import Statistic, summarise
from apps.algebra.expr.evaluate import Scope, evaluate
from apps.algebra.expr.nodes import Node
from apps.algebra.expr.values import to_number, to_text, truthy
from apps.algebra.periods import Period
from apps.algebra.series import Series
from apps.dialects.charts.formats import FORMAT_FUNCTIONS
from apps.dialects.charts.formula import parse_formula
from apps.errors import ArgumentFault, TsError
from apps.figures.format import ValueFormat, number_format, plain_number

__all__ = ["Facts", "decide", "expression_label", "facts_of", "series_functions", "value_format"]

#: One text is worth this much work; a label is not a program.
_WORK = 20_000


@lru_cache(maxsize=256)
def value_format(text: str | None, zone: str) -> ValueFormat | None:
    """What the ``format`` setting means: a named form, or an expression over ``value``.

    None when it is neither; a value that the expression can't put into words is written plainly.
    """
    named = number_format(text, zone)
    if named is not None or not text:
        return named
    try:
        tree = parse_formula(text)
    except TsError:
        return None

    def write(value: float) -> str:
        scope = Scope(names={"value": value}, functions=_format_functions(value, zone), work=_WORK, rows=1)
        try:
            result = evaluate(tree, scope)
        except TsError:
            return plain_number(value)
        return plain_number(float(result)) if isinstance(result, int | float) else to_text(result)

    return ValueFormat(lambda value: write(value) if np.isfinite(value) else plain_number(value))


def _format_functions(value: float, zone: str) -> dict[str, Callable[..., Any]]:
    """``fixed(2)`` of the value and ``fixed(value / 1000, 2)`` of anything."""

    def function(name: str) -> Callable[..., Any]:
        def call(scope: Scope, args: list[Any]) -> str:
            amount, digits = (args[0], args[1]) if len(args) > 1 else (value, args[0] if args else 0)
            form = number_format(f"{name}({int(to_number(digits))})", zone)
            if form is None:
                raise ArgumentFault(f"{name} takes a number of digits from -99 to 99")
            return form.text(to_number(amount))

        return call

    return {name: function(name) for name in FORMAT_FUNCTIONS}


@dataclass(frozen=True)
class Facts:
    """What expressions about a series may name: its last sample, who it is, its samples."""

    value: float | None
    previous: float | None
    time_ms: float | None
    metric: str | None
    entity: str | None
    alias: str | None
    tags: Mapping[str, str]
    series: Series

    @property
    def names(self) -> dict[str, Any]:
        """The variables."""
        return {
            "value": self.value,
            "previous": self.previous,
            "time": self.time_ms,
            "metric": self.metric,
            "entity": self.entity,
            "alias": self.alias,
            "tags": dict(self.tags),
        }


def facts_of(series: Series, metric: str | None, entity: str | None, alias: str | None) -> Facts:
    """The facts of a series, from its last two samples with a value."""
    known = np.flatnonzero(~np.isnan(series.values))
    last = series.values[known[-2:]].tolist()
    return Facts(
        value=last[-1] if last else None,
        previous=last[0] if len(last) > 1 else None,
        time_ms=float(series.times_ns[known[-1]] // 1_000_000) if last else None,
        metric=metric,
        entity=entity,
        alias=alias,
        tags=series.key.tag_map,
        series=series,
    )


def decide(
    tree: Node,
    facts: Facts,
    last_values: Sequence[float],
    now_ns: int,
    functions: Mapping[str, Callable[..., Any]] | None = None,
    scripts: Mapping[str, Any] | None = None,
) -> bool:
    """Whether a condition about a series holds. ``last_values`` are those of all series of the widget.

    ``functions``: what it may call beside statistics of its samples and ranks; ``scripts``: what the
    configuration defines.
    """
    functions = {**series_functions(facts.series, last_values), **(functions or {})}
    names = {**(scripts or {}), **facts.names}
    names["this"] = {"last": {"t": facts.time_ms, "v": facts.value}, "lastRequestTime": now_ns / 1e6}
    scope = Scope(names=names, functions=functions, work=_WORK, rows=1, now_ms=now_ns / 1e6)
    return bool(truthy(evaluate(tree, scope)))


def series_functions(series: Series, last_values: Sequence[float]) -> dict[str, Callable[..., Any]]:
    """What an expression about one series may call: statistics of its samples, ranks in its widget."""
    ranked = sorted(last_values, reverse=True)
    functions = dict(_statistics(series))
    functions["top"] = lambda scope, args: _ranked(ranked, args)
    functions["bottom"] = lambda scope, args: _ranked(ranked[::-1], args)
    return functions


def _ranked(ranked: Sequence[float], args: list[Any]) -> float | None:
    """The n-th of the ranking; the last one when there are fewer."""
    place = int(to_number(args[0])) if args and to_number(args[0]) >= 1 else 1
    return ranked[min(place, len(ranked)) - 1] if ranked else None


_STATISTICS: dict[str, Callable[[np.ndarray], float]] = {
    "min": np.min,
    "max": np.max,
    "avg": np.mean,
    "average": np.mean,
    "mean": np.mean,
    "minimum": np.min,
    "maximum": np.max,
    "sum": np.sum,
    "count": np.size,
    "median": np.median,
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
}
_MEANS = ("avg", "average", "mean")


def _statistics(series: Series) -> dict[str, Callable[..., Any]]:
    """``max()`` over all samples, ``max('1 day')`` over those of the last day before the newest one."""

    def function(name: str, statistic: Callable[[np.ndarray], float]) -> Callable[..., Any]:
        def call(scope: Scope, args: list[Any]) -> float | None:
            kept, times_ns = ~np.isnan(series.values), series.times_ns
            if args and isinstance(args[0], str) and len(times_ns):
                kept &= times_ns > int(times_ns[-1]) - Period.parse(args[0]).fixed_ns
            values, summaries = series.values[kept], series.samples.summaries
            if name in _MEANS and summaries is not None:
                return _mean_of_means(values, summaries[kept])
            return float(statistic(values)) if values.size else None

        return call

    def percentile(scope: Scope, args: list[Any]) -> float | None:
        share = to_number(args[0]) if args else 50.0
        if not 0 <= share <= 100:
            raise ArgumentFault("a percentile lies between 0 and 100", hint="percentile(95)")
        return function("percentile", lambda values: float(np.percentile(values, share)))(scope, args[1:])

    return {**{name: function(name, one) for name, one in _STATISTICS.items()}, "percentile": percentile}


def _mean_of_means(values: np.ndarray, summaries: np.ndarray) -> float | None:
    """The mean of rolled-up samples, as of every other statistic over them."""
    one = Statistic("avg")
    bounds = np.array([0]), np.array([len(values)])
    found = float(summarise([one], values, *bounds, context={"summaries": summaries})[one][0])
    return None if np.isnan(found) else found


def expression_label(pattern: str, facts: Facts, words: Mapping[str, Any]) -> str | None:
    """The label that ``javascript: expression`` gives; None when it can't be read or fails.

    ``words``: what a pattern may say beside the facts: statistics, period, tagValue and so on.
    """
    try:
        tree = parse_formula(pattern.split(":", 1)[1])
        return to_text(evaluate(tree, Scope(names={**words, **facts.names}, work=_WORK, rows=1)))
    except TsError:
        return None

