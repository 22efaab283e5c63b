"""Expressions: precedence climbing over the operators, from OR down to the minus before a number."""

from __future__ import annotations

from abc import abstractmethod

from apps.dialects.sql import nodes
from apps.dialects.sql.clauses import Select
from apps.dialects.sql.lexer import Token
from apps.dialects.sql.parser_calls import CallParser
from apps.dialects.sql.words import (
    ADDITION,
    AND,
    BARE_CALLS,
    BETWEEN,
    CALENDAR,
    COMPARISON,
    COMPARISONS,
    MULTIPLICATION,
    NOT,
    NOT_AN_OPERAND,
    OR,
    TYPE_PREFIXES,
    TYPES,
    UNITS,
)
from apps.errors import LimitFault

__all__ = ["ExpressionParser"]

#: Operators in a row, without parentheses between them.
_MAX_CHAIN = 120
_LEVELS = (
    {"or": OR, "and": AND, "between": BETWEEN, "is": COMPARISON, "like": COMPARISON, "regex": COMPARISON}
    | {"in": COMPARISON, "+": ADDITION, "-": ADDITION, "*": MULTIPLICATION, "/": MULTIPLICATION}
    | {"%": MULTIPLICATION}
    | dict.fromkeys(COMPARISONS, COMPARISON)
)
_ELSEWHERE = {
    "==": "equality is written with one =",
    "||": "write CONCAT(a, b)",
    "ilike": "LIKE is case-sensitive; write LOWER(x) LIKE 'pattern'",
    "rlike": "write REGEX 'pattern'",
    "similar": "write REGEX 'pattern'",
    "regexp": "write REGEX 'pattern'",
    "collate": "texts compare by code points",
    "->>": "an accessor follows one arrow: summary -> rate()",
    "at": "the zone is an argument: date_format(time, pattern, 'zone'), or WITH TIMEZONE = 'zone'",
}


class ExpressionParser(CallParser):
    """The operators and the operands."""

    @abstractmethod
    def query(self) -> Select:
        """A SELECT with its WITH, up to the parenthesis that closes it."""

    def expression(self) -> nodes.Expr:
        if self.sees_after(1, ",", ")") and self.peek().kind in ("number", "text"):
            # Most of a long list is this, and it needn't go through all levels.
            return self.primary()
        found = self.operators(OR)
        key = self.peek().key
        # "at" alone is an alias like any other.
        if key in _ELSEWHERE and (key != "at" or (self.sees_after(1, "time") and self.sees_after(2, "zone"))):
            raise self.no_viable(_ELSEWHERE[key])
        return found

    def operators(self, least: int) -> nodes.Expr:
        """An expression of operators that bind at least so strongly."""
        with self.deeper(3):
            return self._operators(least)

    def _operators(self, least: int) -> nodes.Expr:
        start = self.peek().start
        if least <= NOT and self.sees("not"):
            self.advance()
            left: nodes.Expr = nodes.Not(self.operators(NOT), at=self.span_from(start))
        else:
            left = self.operand()
        ceiling, chain = MULTIPLICATION, 0
        while True:
            level = self._level()
            if level < least or level > ceiling:
                break
            left = self._extended(left, level, start)
            ceiling, chain = level, chain + 1
            if chain > _MAX_CHAIN:
                raise LimitFault(
                    f"more than {_MAX_CHAIN} operators in a row",
                    span=self.span_from(start),
                    hint="use IN (…) for many values, parentheses or CONCAT for many terms",
                )
        return left

    def _level(self) -> int:
        """How strongly the operator that comes next binds; 0 when none does."""
        key = self.peek().key
        if key == "not":
            return {"between": BETWEEN}.get(self.peek(1).key, COMPARISON) if self._negates() else 0
        return _LEVELS.get(key, 0)

    def _negates(self) -> bool:
        return self.sees_after(1, "between", "like", "regex", "in")

    def _extended(self, left: nodes.Expr, level: int, start: int) -> nodes.Expr:
        """What ``left`` becomes with the operator that comes next."""
        if level in (OR, AND):
            return self._logic(left, level, start)
        negated = self.take("not") is not None
        operator = self.advance()
        if level == BETWEEN:
            return self._between(left, negated, start)
        if operator.key in COMPARISONS:
            sign = "!=" if operator.key == "<>" else operator.key
            return nodes.Compare(sign, left, self.operators(ADDITION), at=self.span_from(start))
        if operator.key == "is":
            return self._is_null(left, start)
        if operator.key == "like":
            return self._like(left, negated, start)
        if operator.key == "regex":
            return nodes.Regex(left, self.operators(ADDITION), negated, at=self.span_from(start))
        if operator.key == "in":
            return self._in(left, negated, start)
        return self._arithmetic(left, operator, level, start)

    def _logic(self, left: nodes.Expr, level: int, start: int) -> nodes.Logic:
        key = "or" if level == OR else "and"
        operands = [left]
        while self.take(key):
            operands.append(self.operators(level + 1))
        return nodes.Logic(key, tuple(operands), at=self.span_from(start))

    def _arithmetic(self, left: nodes.Expr, operator: Token, level: int, start: int) -> nodes.Expr:
        if operator.key == "*" and isinstance(left, nodes.Number) and self._sees_unit():
            return nodes.Duration(left, self.unit(), at=self.span_from(start))
        right = self.operators(level + 1)
        return nodes.Binary(operator.key, left, right, at=self.span_from(start))

    def _sees_unit(self) -> bool:
        token = self.peek()
        return token.kind == "word" and token.key in UNITS and not self.sees_after(1, "(", ".")

    def _is_null(self, left: nodes.Expr, start: int) -> nodes.IsNull:
        negated = self.take("not") is not None
        if not self.take("null"):
            hint = "IS NULL holds for NaN too" if self.sees("nan") else "only IS NULL and IS NOT NULL exist"
            raise self.mismatched("NULL", hint)
        return nodes.IsNull(left, negated, at=self.span_from(start))

    def _like(self, left: nodes.Expr, negated: bool, start: int) -> nodes.Like:
        pattern = self.operators(ADDITION)
        escape = None
        if self.take("escape"):
            sign = self.text_literal()
            if len(sign.value) != 1:
                raise self.source.syntax(sign.at, "ESCAPE takes one character")
            escape = sign.value
        return nodes.Like(left, pattern, escape, negated, at=self.span_from(start))

    def _in(self, left: nodes.Expr, negated: bool, start: int) -> nodes.Expr:
        if not self.sees("("):
            source = self.operand()
            if not isinstance(source, nodes.Column | nodes.Call):
                raise self.source.syntax(
                    source.at,
                    f"mismatched input '{self.source.written(source.at)[:40]}' expecting '('",
                    "IN takes a list in parentheses, collection('name'), metrics('entity') or entity.groups",
                )
            return nodes.InSource(left, source, negated, at=self.span_from(start))
        opened = self.advance()
        if self.sees_query():
            query = self.query()
            self.expect(")", opened)
            return nodes.InQuery(left, query, negated, at=self.span_from(start))
        items = [self.expression()]
        while self.take(","):
            items.append(self.expression())
        self.expect(")", opened)
        return nodes.InList(left, tuple(items), negated, at=self.span_from(start))

    def _between(self, left: nodes.Expr, negated: bool, start: int) -> nodes.Expr:
        if self.sees("(") and self.sees_query(1):
            opened = self.advance()
            query = self.query()
            self.expect(")", opened)
            return nodes.BetweenQuery(left, query, negated, at=self.span_from(start))
        low = self.operators(COMPARISON)
        low_inclusive = self._inclusive()
        self.expect("and")
        high = self.operators(COMPARISON)
        high_inclusive = self._inclusive()
        at = self.span_from(start)
        return nodes.Between(left, low, high, low_inclusive, high_inclusive, negated, at=at)

    def _inclusive(self) -> bool:
        word = self.take("incl", "excl")
        return word is None or word.key == "incl"

    # --- Operands --------------------------------------------------------------------------------------

    def operand(self) -> nodes.Expr:
        start = self.peek().start
        minus = self.take("-")
        if minus is not None:
            # -1::t negates what the cast gives, so only a number on its own takes its sign along.
            if self.peek().kind == "number" and not self.sees_after(1, "::", "->"):
                return self.number(minus)
            with self.deeper(1):
                return nodes.Unary(self.operand(), at=self.span_from(start))
        while self.take("+"):
            continue
        if self.sees("-"):
            with self.deeper(1):
                return self.operand()
        return self._postfix(self.primary(), start)

    def _postfix(self, found: nodes.Expr, start: int) -> nodes.Expr:
        chain = 0
        while self.sees("::", "->"):
            if self.advance().key == "::":
                kind = self.type_name()
                found = nodes.Cast(found, kind, "colons", at=self.span_from(start))
            else:
                found = self.arrow(found, start)
            chain += 1
            if chain > _MAX_CHAIN:
                raise LimitFault(f"more than {_MAX_CHAIN} casts in a row", span=self.span_from(start))
        return found

    def primary(self) -> nodes.Expr:
        token = self.peek()
        if token.kind == "number":
            return self.number()
        if token.kind == "text":
            return self.text_literal()
        if token.key == "(":
            return self._parenthesis()
        if token.kind == "word":
            return self._word(token)
        if token.kind == "quoted":
            return self.path()
        raise self.no_viable(_ELSEWHERE.get(token.key))

    def _parenthesis(self) -> nodes.Expr:
        if self.sees_query(1):
            self.advance()
            raise self.no_viable("a subquery stands in FROM, IN (…) or time BETWEEN (…)")
        opened = self.advance()
        with self.deeper(4):
            found = self.expression()
        if self.sees(","):
            raise self.mismatched("')'", "a list stands only after IN")
        self.expect(")", opened)
        return found

    def _word(self, token: Token) -> nodes.Expr:
        key, called = token.key, self.sees_after(1, "(")
        if key in ("null", "nan", "true", "false") and not called:
            self.advance()
            if key in ("null", "nan"):
                return nodes.Null(at=token.at) if key == "null" else nodes.NaN(at=token.at)
            return nodes.Bool(key == "true", at=token.at)
        if key == "case":
            with self.deeper(6):
                return self._case()
        if called and key in ("cast", "extract", "period"):
            with self.deeper(6):
                return {"cast": self._cast, "extract": self.extract, "period": self.period}[key]()
        if key in TYPE_PREFIXES and self.peek(1).kind == "text":
            return self._typed_text()
        if key in ("exists", "array", "any", "all", "some") and called:
            raise self.no_viable("there are no subqueries in conditions except IN (…) and time BETWEEN (…)")
        if key == "select":
            raise self.no_viable("a subquery stands in parentheses, in FROM, IN (…) or time BETWEEN (…)")
        if key in NOT_AN_OPERAND:
            raise self.no_viable(f'a column with this name stands in double quotes: "{token.text}"')
        if key in CALENDAR and not self.sees_after(1, "(", "."):
            self.advance()
            return nodes.Calendar(key, at=token.at)
        if key in BARE_CALLS and not called:
            self.advance()
            return nodes.Call(key, bare=True, name_at=token.at, at=token.at)
        return self.path()

    def _typed_text(self) -> nodes.Cast:
        """``INTERVAL '15 min'``, and the form of the standard, ``INTERVAL '15' MINUTE``."""
        word = self.advance()
        kind = nodes.TypeName(TYPES[word.key], at=word.at)
        text = self.text_literal()
        if word.key == "interval" and text.value.isdecimal() and self._sees_unit():
            value = f"{text.value} {self.unit()}"
            text = nodes.Text(value, at=self.span_from(text.at.start))
        return nodes.Cast(text, kind, "prefix", at=self.span_from(word.start))

    def path(self) -> nodes.Expr:
        """``value``, ``tags.dc``, or a call when a parenthesis follows."""
        parts = [self.as_name(self.advance())]
        while self.sees("."):
            if self.sees_after(1, "*"):
                raise self.no_viable("columns with a star stand alone in SELECT")
            self.advance()
            if self.sees("period") and self.sees_after(1, "("):
                return self.period(self._only(parts))
            parts.append(self.part_of_name())
        if not self.sees("("):
            return nodes.Column(tuple(parts), at=self.span_from(parts[0].at.start))
        schema = self._only(parts[:-1]) if len(parts) > 1 else None
        return self.call(parts[-1], schema)

    def _only(self, parts: list[nodes.Name]) -> nodes.Name:
        """The table of PERIOD, or the schema of a function: one name before the dot."""
        if len(parts) > 1:
            at = parts[0].at.cover(parts[-1].at)
            shown = ".".join(part.text for part in parts)[:40]
            raise self.source.syntax(
                at, f"no viable alternative at input '{shown}'", "one name may stand here"
            )
        return parts[0]

    def _case(self) -> nodes.Case:
        start = self.advance().start
        subject = None if self.sees("when") else self.expression()
        whens = []
        while self.sees("when"):
            whens.append(self._when(simple=subject is not None))
        if not whens:
            raise self.mismatched("WHEN")
        otherwise = self.expression() if self.take("else") else None
        if not self.take("end"):
            raise self.mismatched("END", "CASE … ends with END")
        return nodes.Case(subject, tuple(whens), otherwise, at=self.span_from(start))

    def _when(self, *, simple: bool) -> nodes.When:
        start = self.advance().start
        if simple:
            values = [self.operators(AND)]
            while self.take("or"):
                values.append(self.operators(AND))
        else:
            values = [self.expression()]
        self.expect("then")
        return nodes.When(tuple(values), self.expression(), at=self.span_from(start))

    def _cast(self) -> nodes.Cast:
        start = self.advance().start
        opened = self.expect("(")
        operand = self.expression()
        kind, form = nodes.TypeName("number"), "bare"
        if self.take("as"):
            kind, form = self.type_name(), "cast"
        self.expect(")", opened)
        return nodes.Cast(operand, kind, form, at=self.span_from(start))
