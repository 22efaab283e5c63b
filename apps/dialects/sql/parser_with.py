"""The WITH items of a SELECT: row numbers, interpolation, newest times, zone and calendar."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from apps.dialects.sql import clauses, nodes
from apps.dialects.sql.lexer import Token
from apps.dialects.sql.parser_expressions import ExpressionParser
from apps.dialects.sql.trees import walk
from apps.dialects.sql.words import COMPARISONS

__all__ = ["WithParser"]

_SWAPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}
_TIMES = ("time", "datetime")
_INTERPOLATE_HINT = (
    "INTERPOLATE(count unit or DETAIL, LINEAR or PREVIOUS or AUTO, INNER or OUTER, TRUE or FALSE or VALUE n, "
    "CALENDAR or START_TIME, time zone), in this order"
)


class WithParser(ExpressionParser):
    """``WITH item [, item …]``, once or several times."""

    def sees_with_items(self) -> bool:
        """Whether WITH begins items, and not the WITH [NO] DATA of a view."""
        if not self.sees("with"):
            return False
        return not (self.sees_after(1, "data") or (self.sees_after(1, "no") and self.sees_after(2, "data")))

    def with_items(self) -> tuple[clauses.WithItem, ...]:
        found: list[clauses.WithItem] = []
        while self.sees_with_items():
            self.advance()
            found.append(self._with_item())
            while self.take(","):
                found.append(self._with_item())
        return tuple(found)

    def _with_item(self) -> clauses.WithItem:
        start = self.peek().start
        if self.sees("row_number") and self.sees_after(1, "("):
            return self._row_number()
        if self.sees("interpolate") and self.sees_after(1, "("):
            return self._interpolate()
        if self.sees("timezone") and self.sees_after(1, "="):
            zone = self._setting("a time zone in quotes: WITH TIMEZONE = 'UTC'")
            return clauses.Timezone(zone, at=self.span_from(start))
        if self.sees("workday_calendar") and self.sees_after(1, "="):
            key = self._setting("the key of a calendar in quotes: WITH WORKDAY_CALENDAR = 'usa'")
            return clauses.WorkdayCalendar(key, at=self.span_from(start))
        if self.sees_after(1, "as"):
            raise self.no_viable("WITH name AS (SELECT …) stands before the first SELECT")
        return self._last_time()

    def _setting(self, hint: str) -> str:
        self.advance()
        self.advance()
        return self.text_literal(hint).value

    # --- Newest times ----------------------------------------------------------------------------------

    def _last_time(self) -> clauses.LastTime:
        """``time >= last_time - 1 * HOUR``; the operands may be swapped."""
        hint = (
            "WITH takes ROW_NUMBER, INTERPOLATE, TIMEZONE, WORKDAY_CALENDAR, or time >= last_time - 1 * HOUR"
        )
        if not self.sees_name():
            raise self.no_viable(hint)
        found = self.expression()
        if isinstance(found, nodes.Compare) and found.operator in _SWAPPED:
            for operator, time, bound in (
                (found.operator, found.left, found.right),
                (_SWAPPED[found.operator], found.right, found.left),
            ):
                if _is_column(time, *_TIMES) and any(_is_column(each, "last_time") for each in walk(bound)):
                    return clauses.LastTime(operator, bound, at=found.at)
        shown = self.source.written(found.at)[:40]
        raise self.source.syntax(found.at, f"no viable alternative at input '{shown}'", hint)

    # --- Row numbers -----------------------------------------------------------------------------------

    def _row_number(self) -> clauses.RowNumber:
        word = self.advance()
        opened = self.expect("(")
        partition: list[nodes.Expr] = []
        if not self.sees("order", ")"):
            partition.append(self.expression())
            while self.take(","):
                partition.append(self.expression())
        order = self.order_by() if self.sees("order") else ()
        self.expect(")", opened)
        operator, count, unit = self._row_condition()
        if unit is not None:
            self._needs_time_order(word, order)
        at = self.span_from(word.start)
        return clauses.RowNumber(tuple(partition), order, operator, count, unit, at=at)

    def _row_condition(self) -> tuple[str, nodes.Number, str | None]:
        token = self.take(*COMPARISONS)
        if token is not None:
            if self.peek().kind != "number":
                raise self.mismatched("INTEGER_LITERAL")
            return "!=" if token.key == "<>" else token.key, self.number(), None
        if not self.take("between"):
            raise self.mismatched("'<='", "ROW_NUMBER(…) <= n, > 0, or BETWEEN n PRECEDING AND CURRENT ROW")
        count = self.positive_count()
        unit = None if self.sees("preceding") else self.unit()
        self.expect_words("preceding", "and", "current", "row")
        return "preceding", count, unit

    def _needs_time_order(self, word: Token, order: tuple[nodes.OrderItem, ...]) -> None:
        if not order or order[0].descending or not _is_column(order[0].expression, *_TIMES):
            raise self.source.row_number_order(word.at)

    # --- Interpolation ---------------------------------------------------------------------------------

    def _interpolate(self) -> clauses.Interpolate:
        start = self.advance().start
        opened = self.expect("(")
        count = unit = None
        detail = self.take("detail") is not None
        if not detail:
            count = self.positive_count()
            unit = self.unit()
        found = clauses.Interpolate(count, unit)
        done = 0
        while self.take(","):
            done, fields = self._interpolate_option(done, detail=detail)
            found = replace(found, **fields)
        self.expect(")", opened)
        return replace(found, at=self.span_from(start))

    def _interpolate_option(self, done: int, *, detail: bool) -> tuple[int, dict[str, Any]]:
        """The option that comes next, and its place in the order; ``done`` is the place of the one before."""
        token = self.peek()
        place, fields = self._interpolate_fields()
        if place <= done:
            raise self.source.syntax(
                token.at, f"mismatched input '{token.shown}' expecting ')'", _INTERPOLATE_HINT
            )
        if detail and "align" in fields:
            hint = "DETAIL keeps the times of the samples, so there is nothing to align"
            raise self.source.syntax(token.at, f"mismatched input '{token.shown}' expecting ')'", hint)
        return place, fields

    def _interpolate_fields(self) -> tuple[int, dict[str, Any]]:
        if self.sees("linear", "previous", "auto"):
            return 1, {"function": self.advance().key}
        if self.sees("inner", "outer"):
            return 2, {"boundary": self.advance().key}
        if self.sees("true", "yes", "false", "no"):
            return 3, {"fill": "edge" if self.advance().key in ("true", "yes") else "omit"}
        if self.sees("value", "nan"):
            self.take("value")
            return 3, {"fill": "value", "fill_value": self.fill_value()}
        if self.sees("calendar", "start_time"):
            return 4, {"align": self.advance().key}
        return 5, {"zone": self.zone(_INTERPOLATE_HINT)}


def _is_column(node: object, *keys: str) -> bool:
    return isinstance(node, nodes.Column) and node.path[-1].key in keys
