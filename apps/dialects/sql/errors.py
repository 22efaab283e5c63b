"""Errors of SQL in the words that clients of ATSD know: lines from 1, positions in a line from 0."""

from __future__ import annotations

import re

from apps.errors import ArgumentFault, SyntaxFault
from apps.spans import Span, TextMap

__all__ = ["BAD_TABLE", "Source"]

BAD_TABLE = (
    "Mismatched input or invalid table name. "
    "Identifiers containing special characters must be enclosed in double quotes."
)


_FIRST = re.compile(r"""[\w$]+|'[^'\n]{0,80}'|"[^"\n]{0,80}"|\S""")


class Source:
    """The text that is read, and the errors that point into it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._map = TextMap(text)

    def place(self, span: Span) -> str:
        """``line 1 position 14``"""
        found = self._map.position(span.start)
        return f"line {found.line} position {found.column - 1}"

    def written(self, span: Span) -> str:
        """The text of a span on one line."""
        return " ".join(self.text[span.start : span.end].split())

    def first_word(self, span: Span) -> str:
        """The word, text or sign that a span begins with."""
        found = _FIRST.match(self.text, span.start)
        return found.group() if found else ""

    def syntax(self, span: Span, detail: str, hint: str | None = None) -> SyntaxFault:
        """The text can't be read at this place."""
        return SyntaxFault(f"Syntax error at {self.place(span)}: {detail}", span=span, hint=hint)

    def near(self, span: Span, message: str, hint: str | None = None) -> ArgumentFault:
        """Readable, and not possible: ``<message> at line 1 position 7 near "value"``."""
        near = self.first_word(span)
        return ArgumentFault(f'{message} at {self.place(span)} near "{near}"', span=span, hint=hint)

    # --- What the grammar knows ------------------------------------------------------------------------

    def bad_table(self, span: Span, hint: str | None = None) -> SyntaxFault:
        return SyntaxFault(BAD_TABLE, span=span, hint=hint, code="bad-table-name")

    def no_value_for(self, span: Span, column: str) -> ArgumentFault:
        return ArgumentFault(f"IllegalArgumentException: No value specified for column '{column}'", span=span)

    def where_not_boolean(self, span: Span, expression: str) -> ArgumentFault:
        return self.near(
            span,
            f"Invalid WHERE clause expression: {expression}",
            hint="WHERE takes a condition: a > 1",
        )

    def not_boolean(self, span: Span, expression: str) -> ArgumentFault:
        hint = "AND, OR and NOT take conditions: a > 1"
        return self.near(span, f"Invalid expression: '{expression}'", hint=hint)

    def row_number_order(self, span: Span) -> ArgumentFault:
        return self.near(span, "row_number with time window requires ordering by time or datetime ascending")

    def unexpected_on(self, span: Span, expression: str, hint: str) -> ArgumentFault:
        return self.near(span, f"Unexpected ON clause expression: '{expression}'", hint=hint)

    def self_join(self, span: Span, metric: str) -> ArgumentFault:
        return ArgumentFault(f"Self join is not supported (metric: {metric})", span=span)

    def invalid_identifier(self, span: Span, name: str, hint: str | None = None) -> ArgumentFault:
        return ArgumentFault(f"Invalid identifier '{name}'", span=span, code="unknown-name", hint=hint)

    def ambiguous(self, span: Span, column: str, tables: list[str]) -> ArgumentFault:
        hint = f"write {' or '.join(f'{table}.{column}' for table in tables[:3])}"
        return self.near(span, f"Column '{column}' ambiguously defined", hint=hint)

    def invalid_subquery(self, span: Span) -> ArgumentFault:
        return self.near(span, "Invalid subquery", hint="a subquery selects at least one column")

    def duplicate_column(self, span: Span, column: str) -> ArgumentFault:
        return self.near(span, f"Duplicate column name: {column}", hint="give one of them an alias")

    def literal_column(self, span: Span, column: str) -> ArgumentFault:
        """``column`` is ``entity`` or ``tags``, which name series and can't be a constant."""
        return self.near(span, f"Invalid expression for {column} column")

    # --- What whoever resolves names knows -------------------------------------------------------------

    def invalid_grouping(self, span: Span, column: str) -> ArgumentFault:
        """A selected column that is neither grouped nor aggregated, in a query with GROUP BY."""
        return ArgumentFault(
            f'Invalid grouping for column "{column}". Remove the column from the SELECT clause, apply an '
            "aggregation function to the column, or add the column to the GROUP BY clause. "
            f'Error at {self.place(span)} near "{column}"',
            span=span,
        )

    def aggregate_beside_column(self, span: Span, column: str) -> ArgumentFault:
        """The same without any GROUP BY."""
        return ArgumentFault(
            "SELECT expression cannot include both an aggregation function and a column not referenced in "
            f'GROUP BY clause. at {self.place(span)} near "{column}"',
            span=span,
        )

    def invalid_date(self, span: Span, text: str) -> ArgumentFault:
        return ArgumentFault(f"Invalid date value: '{text}'", span=span)

    def date_conditions(self, span: Span) -> ArgumentFault:
        """Time conditions that leave nothing. The blank at the start is part of the known text."""
        return self.near(span, " Invalid date conditions")
