"""Server-side conditions over entities, tags and samples: the words AND, OR, NOT, LIKE, IN, BETWEEN."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apps.algebra.expr import nodes
from apps.algebra.expr.check import check
from apps.algebra.expr.evaluate import Scope, evaluate
from apps.algebra.expr.values import truthy
from apps.algebra.source import EntityInfo, MetricInfo
from apps.dialects.charts.formula import POWER, FormulaParser
from apps.errors import TsError
from apps.spans import Span

__all__ = ["entity_condition", "metric_condition", "parse_condition", "tag_condition"]

_WORDS = {"and": ("&&", 2), "or": ("||", 1)}


class _ConditionParser(FormulaParser):
    """The expression grammar with the words of conditions; ``=`` compares."""

    def operators(self, least: int) -> nodes.Expr:
        start = self.token.start
        left = self.negated() if self.word() == "not" else self.unary()
        while True:
            word = self.word()
            if word in ("like", "in", "between", "regex", "not") and least <= 4:
                left = self.worded(left, start)
                continue
            operator, power = self.operator(word)
            if power < least:
                return left
            self.next()
            self.deeper()
            left = nodes.Binary(operator, left, self.operators(power + 1), self.span_from(start))
            self.depth -= 1

    def word(self) -> str:
        return self.token.text.lower() if self.token.kind == "name" else ""

    def operator(self, word: str) -> tuple[str, int]:
        """The operator that stands here and how strongly it binds; 0 when there is none."""
        if word in _WORDS:
            return _WORDS[word]
        sign = self.token.text if self.token.kind == "sign" else ""
        return ("==", 4) if sign == "=" else (sign, POWER.get(sign, 0))

    def negated(self) -> nodes.Expr:
        token = self.next()
        self.deeper()
        operand = self.operators(3)
        self.depth -= 1
        return nodes.Unary("!", operand, self.span_from(token.start))

    def worded(self, left: nodes.Expr, start: int) -> nodes.Expr:
        word = self.next().text.lower()
        negative = word == "not"
        if negative:
            word = self.next().text.lower()
        found: nodes.Expr
        if word == "like":
            found = nodes.Binary("like", left, self.operators(5), self.span_from(start))
        elif word == "regex":
            found = nodes.Binary("regex", left, self.operators(5), self.span_from(start))
        elif word == "in":
            opened = self.expect("(")
            items = nodes.Array(self.items(")", opened), self.span_from(opened.start))
            found = nodes.Binary("in", left, items, self.span_from(start))
        elif word == "between":
            low = self.operators(5)
            if self.token.text.lower() != "and":
                raise self.unexpected("AND is expected here")
            self.next()
            high = self.operators(5)
            span = self.span_from(start)
            above = nodes.Binary(">=", left, low, span)
            found = nodes.Binary("&&", above, nodes.Binary("<=", left, high, span), span)
        else:
            self.at -= 1
            raise self.unexpected("LIKE, IN or BETWEEN is expected after NOT")
        return nodes.Unary("!", found, found.span) if negative else found


def parse_condition(source: str, base: int = 0, fixed: Span | None = None) -> nodes.Expr:
    """A condition such as ``tags.site = 'north' AND name LIKE 'p-*'``."""
    try:
        tree = _ConditionParser(source, base, fixed).whole_expression()
        check(tree)
    except TsError as error:
        if fixed is not None:
            error.span = fixed
        raise
    return tree


class _Blank(dict[str, Any]):
    """Fields of which those that are not there are empty text."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, "")


def _holds(tree: nodes.Expr, names: dict[str, Any]) -> bool:
    return bool(truthy(evaluate(tree, Scope(names=names, work=100_000))))


def tag_condition(tree: nodes.Expr) -> Callable[[Mapping[str, str]], bool]:
    """A predicate over the tags of a series."""
    return lambda tags: _holds(tree, {"tags": _Blank(tags)})


def metric_condition(tree: nodes.Expr) -> Callable[[MetricInfo], bool]:
    """A predicate over a metric."""

    def test(metric: MetricInfo) -> bool:
        names = {"name": metric.name, "label": metric.label, "tags": _Blank(metric.tags)}
        return _holds(tree, {**names, "units": metric.unit, "dataType": metric.data_type})

    return test


def entity_condition(tree: nodes.Expr) -> Callable[[EntityInfo], bool]:
    """A predicate over an entity."""

    def test(entity: EntityInfo) -> bool:
        names = {"name": entity.name, "label": entity.label, "tags": _Blank(entity.tags)}
        return _holds(tree, names)

    return test
