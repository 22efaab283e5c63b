"""Dates inside formulas: what the clock and the zone decide is put in before the formula runs."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from apps.algebra.expr import nodes
from apps.algebra.transforms.formula_intervals import parse_interval
from apps.dialects.charts.dates import parse_date, shift_clock
from apps.errors import ArgumentFault, LimitFault, TsError
from apps.spans import Span

__all__ = ["with_fixed_dates"]

NS_PER_MS = 1_000_000
#: Functions with a date, and which argument it is.
_DATED = {"getValueForDate": 1, "Index": 1, "ValueForDate": 1, "NaturalLog": 1}
#: Functions of a library that compare with an earlier value: the distance, and which argument may be a date.
_CHANGES: dict[str, tuple[str | None, int]] = {
    "MonthlyChange": ("1 month", 1),
    "MonthlyPercentChange": ("1 month", 1),
    "ChangeFromYearAgo": ("1 year", 1),
    "PercentChangeFromYearAgo": ("1 year", 1),
    "CompoundedAnnualRateOfChange": ("1 year", 1),
    "ContinuouslyCompoundedRateOfChange": ("1 year", 1),
    "ContinuouslyCompoundedAnnualRateOfChange": ("1 year", 1),
    "ChangeByOffset": (None, 2),
    "PercentChangeByOffset": (None, 2),
}


def with_fixed_dates(
    tree: nodes.Node, *, now_ns: int, zone: str, libraries: frozenset[str] = frozenset()
) -> nodes.Node:
    """The tree with every date as a number of ms. Raises TsError for a text that is no date."""
    if not any(isinstance(one, nodes.Call) and _named(one, libraries) for one in nodes.walk(tree)):
        return tree
    try:
        return _Fixer(now_ns, zone, libraries).fixed(tree)
    except RecursionError:
        raise LimitFault("a formula with dates has too many parts", hint="split it into series") from None


def _named(call: nodes.Call, libraries: frozenset[str]) -> str | None:
    """The name of a function that may hold a date; None for other calls."""
    target = call.target
    if isinstance(target, nodes.Name) and target.name in ("getValueForDate", "getDateWithOffset"):
        return target.name
    if isinstance(target, nodes.Member) and isinstance(target.target, nodes.Name):
        known = target.name in _DATED or target.name in _CHANGES
        return target.name if known and target.target.name in libraries else None
    return None


class _Fixer:
    def __init__(self, now_ns: int, zone: str, libraries: frozenset[str]) -> None:
        self.now_ns, self.zone, self.libraries = now_ns, zone, libraries

    def fixed(self, node: Any) -> Any:
        """A node with its dates fixed, innermost first; trees are not deep."""
        if isinstance(node, tuple):
            return tuple(self.fixed(one) for one in node)
        if not is_dataclass(node) or isinstance(node, Span):
            return node
        if isinstance(node, nodes.Call) and self.is_lag(node):
            alias, date = node.arguments[0], node.arguments[1]
            name = nodes.Name("getValueWithOffset", node.target.span)
            return nodes.Call(name, (alias, date.arguments[0]), node.span)
        changes = {one.name: self.fixed(getattr(node, one.name)) for one in fields(node)}
        done = replace(node, **changes)
        return self.call(done) if isinstance(done, nodes.Call) else done

    def is_lag(self, node: nodes.Call) -> bool:
        """``getValueForDate(a, getDateWithOffset(interval))``: the value that long ago."""
        if _named(node, self.libraries) != "getValueForDate" or len(node.arguments) != 2:
            return False
        date = node.arguments[1]
        inner = isinstance(date, nodes.Call) and _named(date, self.libraries) == "getDateWithOffset"
        return inner and len(date.arguments) == 1

    def call(self, node: nodes.Call) -> nodes.Expr:
        name = _named(node, self.libraries)
        if name is None:
            return node
        if name == "getDateWithOffset":
            return self.offset(node)
        if name in _CHANGES:
            return self.change(node, *_CHANGES[name])
        at = _DATED[name]
        if at >= len(node.arguments):
            return node
        arguments = list(node.arguments)
        arguments[at] = self.number(arguments[at])
        return nodes.Call(node.target, tuple(arguments), node.span)

    def change(self, node: nodes.Call, interval: str | None, at: int) -> nodes.Call:
        """At a fixed date a change needs the earlier date too; it is put in as a further argument."""
        if at >= len(node.arguments):
            return node
        date = self.number(node.arguments[at])
        if not isinstance(date, nodes.Number):
            return node
        distance = interval
        if distance is None:
            given = node.arguments[1]
            if not isinstance(given, nodes.Text):
                return node
            distance = given.value
        earlier = nodes.Number(self.back(date.value, distance), date.span)
        return nodes.Call(node.target, (*node.arguments[:at], date, earlier), node.span)

    def number(self, node: nodes.Expr) -> nodes.Expr:
        if not isinstance(node, nodes.Text):
            return node
        try:
            time_ns = parse_date(_with_zone(node.value), now_ns=self.now_ns, zone=self.zone)
        except TsError as error:
            error.span = node.span
            raise
        return nodes.Number(float(time_ns // NS_PER_MS), node.span)

    def offset(self, node: nodes.Call) -> nodes.Expr:
        texts = node.arguments
        if not texts or not isinstance(texts[0], nodes.Text):
            raise ArgumentFault(
                "getDateWithOffset needs an interval as a plain text", span=node.span,
                hint="getDateWithOffset('1 year', 'current_month')",
            )  # fmt: skip
        if len(texts) < 2:
            raise ArgumentFault(
                "getDateWithOffset needs a date here", span=node.span,
                hint="getDateWithOffset('1 year', 'now'), or getValueWithOffset('alias', '1 year')",
            )  # fmt: skip
        date = self.number(texts[1])
        if not isinstance(date, nodes.Number):
            raise ArgumentFault("the date must be a text or a number", span=texts[1].span)
        return nodes.Number(self.back(date.value, texts[0].value), node.span)

    def back(self, time_ms: float, interval: str) -> float:
        if not abs(time_ms) < 9.2e12:
            raise ArgumentFault("this number of milliseconds is no date", hint="write it as '2018-06-01'")
        period, sign = parse_interval(interval)
        count = -sign * int(period.count)
        return float(shift_clock(int(time_ms) * NS_PER_MS, count, period.unit, self.zone) // NS_PER_MS)


def _with_zone(text: str) -> str:
    """An ISO time without a zone is taken in UTC, as formulas always read it."""
    plain = text.strip()
    return f"{plain}Z" if "T" in plain[10:11] and plain[-1:].isdigit() and not _has_zone(plain) else plain


def _has_zone(text: str) -> bool:
    return "+" in text or "-" in text[11:]
