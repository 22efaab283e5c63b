"""Calls: arguments by place and by name, FILTER and OVER, the arrow form, PERIOD and EXTRACT."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import Any

from apps.dialects.sql import nodes
from apps.dialects.sql.parser_base import ParserBase
from apps.dialects.sql.words import UNITS, WORD_ARGUMENTS

__all__ = ["CallParser"]

_ALIGNMENTS = ("calendar", "start_time", "end_time", "first_value_time")
_FILLS = ("none", "previous", "next", "linear")


class CallParser(ParserBase):
    """Whatever has parentheses after its name."""

    @abstractmethod
    def expression(self) -> nodes.Expr:
        """A whole expression."""

    @abstractmethod
    def primary(self) -> nodes.Expr:
        """An operand without operators around it."""

    def call(
        self, name: nodes.Name, schema: nodes.Name | None = None, first: nodes.Expr | None = None
    ) -> nodes.Call:
        """From the parenthesis on; ``first`` is the argument before the arrow."""
        with self.deeper(9):
            return self._call(name, schema, first)

    def _call(self, name: nodes.Name, schema: nodes.Name | None, first: nodes.Expr | None) -> nodes.Call:
        opened = self.expect("(")
        arguments: list[nodes.Expr] = [] if first is None else [first]
        named: list[nodes.Named] = []
        distinct = self.take("distinct") is not None
        order_by: tuple[nodes.OrderItem, ...] = ()
        if distinct or not self.sees(")"):
            self._arguments(name, arguments, named)
            order_by = self.order_by() if self.sees("order") else ()
        self.expect(")", opened)
        start = name.at.start if schema is None else schema.at.start
        start = start if first is None else first.at.start
        where, over = self._filter(), self._over()
        return nodes.Call(
            name.key, tuple(arguments), tuple(named), distinct, order_by, where, over,
            schema=schema, arrow=first is not None, name_at=name.at, at=self.span_from(start),
        )  # fmt: skip

    def arrow(self, first: nodes.Expr, start: int) -> nodes.Call:
        """``summary -> accessor(…)``: the same as ``accessor(summary, …)``."""
        hint = "an accessor with its parentheses follows the arrow: summary -> rate()"
        if not self.sees_name():
            raise self.mismatched("IDENTIFIER", hint)
        name = self.as_name(self.advance())
        schema = None
        if self.take("."):
            schema, name = name, self.part_of_name()
        if not self.sees("("):
            raise self.mismatched("'('", hint)
        return self.call(name, schema, first)

    def _arguments(self, name: nodes.Name, found: list[nodes.Expr], named: list[nodes.Named]) -> None:
        while True:
            if self.sees_after(1, "=>", ":="):
                named.append(self._named())
            elif named:
                raise self.no_viable("arguments without a name stand before those with one")
            else:
                found.append(self._argument(name, len(found)))
            if not self.take(","):
                return

    def _named(self) -> nodes.Named:
        if self.peek().kind not in ("word", "quoted"):
            raise self.mismatched("IDENTIFIER")
        name = self.as_name(self.advance())
        self.advance()
        return nodes.Named(name, self.expression(), at=self.span_from(name.at.start))

    def _argument(self, function: nodes.Name, place: int) -> nodes.Expr:
        token = self.peek()
        if token.key == "*":
            if function.key != "count" or place:
                raise self.no_viable("only COUNT takes a star")
            self.advance()
            return nodes.Star(at=token.at)
        word = self._word_argument(function.key, place)
        if word is not None:
            return word
        if token.kind == "number" and self.peek(1).key in UNITS and self.sees_after(2, ",", ")"):
            count = self.number()
            return nodes.Duration(count, self.unit(), False, at=self.span_from(token.start))
        return self.expression()

    def _word_argument(self, function: str, place: int) -> nodes.Word | None:
        """A bare word where the function takes one."""
        where, words = WORD_ARGUMENTS.get(function, (-1, None))
        if (where is None and place == 0) or (where is not None and where != place):
            return None
        token = self.peek()
        alone = token.kind == "word" and self.sees_after(1, ",", ")")
        if alone and (words is None or token.key in words):
            self.advance()
            return nodes.Word(token.key, at=token.at)
        if words is None:
            raise self.mismatched("DATE_PART", "a part such as YEAR, MONTH, DAY or HOUR")
        return None

    def _filter(self) -> nodes.Expr | None:
        if self.sees("within") and self.sees_after(1, "group"):
            raise self.no_viable("write PERCENTILE(p, expression) or MEDIAN(expression)")
        if not (self.sees("filter") and self.sees_after(1, "(")):
            return None
        self.advance()
        opened = self.advance()
        self.expect("where")
        found = self.expression()
        self.expect(")", opened)
        return found

    def _over(self) -> nodes.Over | None:
        if not self.sees("over"):
            return None
        start = self.advance().start
        if not self.sees("("):
            raise self.mismatched("'('", "a window is written at its place: OVER (PARTITION BY … ORDER BY …)")
        opened = self.advance()
        partition: list[nodes.Expr] = []
        if self.take("partition"):
            self.expect("by")
            partition.append(self.expression())
            while self.take(","):
                partition.append(self.expression())
        order = self.order_by() if self.sees("order") else ()
        if self.sees("rows", "range", "groups"):
            raise self.no_viable(
                "OVER has no frames; WITH ROW_NUMBER(… ORDER BY time) BETWEEN n PRECEDING AND CURRENT ROW "
                "makes aggregates sliding"
            )
        self.expect(")", opened)
        return nodes.Over(tuple(partition), order, at=self.span_from(start))

    def order_by(self) -> tuple[nodes.OrderItem, ...]:
        """From ORDER on."""
        self.expect_words("order", "by")
        found = [self._order_item()]
        while self.take(","):
            found.append(self._order_item())
        return tuple(found)

    def _order_item(self) -> nodes.OrderItem:
        start = self.peek().start
        expression = self.expression()
        word = self.take("asc", "desc")
        if self.sees("nulls"):
            raise self.no_viable("NULL is the lowest value: first with ASC, last with DESC")
        return nodes.OrderItem(expression, word is not None and word.key == "desc", at=self.span_from(start))

    # --- Calls with a grammar of their own -------------------------------------------------------------

    def extract(self) -> nodes.Call:
        """``EXTRACT(part FROM time [, zone])``"""
        name = self.as_name(self.advance())
        opened = self.expect("(")
        part = self.peek()
        if part.kind != "word" or not self.sees_after(1, "from"):
            raise self.mismatched("DATE_PART", "EXTRACT(YEAR FROM time)")
        self.advance()
        self.advance()
        arguments: list[nodes.Expr] = [nodes.Word(part.key, at=part.at), self.expression()]
        if self.take(","):
            arguments.append(self.expression())
        self.expect(")", opened)
        return nodes.Call("extract", tuple(arguments), name_at=name.at, at=self.span_from(name.at.start))

    def period(self, qualifier: nodes.Name | None = None) -> nodes.Period:
        """``PERIOD(count unit [, option …])``, options in any order."""
        word = self.advance()
        start = word.start if qualifier is None else qualifier.at.start
        opened = self.expect("(")
        count = self.positive_count()
        unit = self.unit()
        options: dict[str, Any] = {}
        while self.take(","):
            self._period_option(options)
        self.expect(")", opened)
        plain = nodes.Period(count, unit, qualifier=qualifier, at=self.span_from(start))
        return replace(plain, **options)

    def _period_option(self, options: dict[str, Any]) -> None:
        token = self.peek()
        found: dict[str, Any]
        if self.sees("extend"):
            found = {"extend": True}
            self.advance()
        elif self.sees(*_FILLS):
            found = {"interpolation": self.advance().key}
        elif self.sees("value"):
            self.advance()
            found = {"interpolation": "value", "fill": self.fill_value()}
        elif self.sees(*_ALIGNMENTS):
            found = {"align": self.advance().key}
        else:
            found = {"zone": self.zone(
                "options of PERIOD are NONE, PREVIOUS, NEXT, LINEAR, VALUE n, EXTEND, CALENDAR, START_TIME, "
                "END_TIME, FIRST_VALUE_TIME and a time zone in quotes"
            )}  # fmt: skip
        for key in found:
            if key in options:
                raise self.source.syntax(
                    token.at, f"extraneous input '{token.shown}'", "PERIOD has an option of this kind already"
                )
        options.update(found)

    def fill_value(self) -> nodes.Expr:
        """The number after VALUE."""
        token = self.peek()
        if self.take("nan"):
            return nodes.NaN(at=token.at)
        return self.number(self.take("-"))

    def zone(self, hint: str) -> nodes.Expr:
        """A time zone: in quotes, ``entity.timeZone`` or ``metric.timeZone``."""
        if self.peek().kind == "text":
            return self.text_literal()
        if self.peek().kind == "word" and self.sees_after(1, "."):
            found = self.primary()
            if isinstance(found, nodes.Column) and found.path[-1].key == "timezone":
                return found
            raise self.source.syntax(
                found.at, f"mismatched input '{self.source.written(found.at)[:40]}' expecting TIMEZONE", hint
            )
        raise self.mismatched("PERIOD_OPTION", hint)
