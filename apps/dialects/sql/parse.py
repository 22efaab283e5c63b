"""From a text to a tree: one statement, or one expression."""

from __future__ import annotations

from typing import Any

from apps.dialects.sql.checks import check_statement
from apps.dialects.sql.errors import Source
from apps.dialects.sql.lexer import MAX_LENGTH, split_statements
from apps.dialects.sql.nodes import Expr
from apps.dialects.sql.parser_statements import StatementParser
from apps.dialects.sql.statements import Statement
from apps.dialects.sql.trees import children
from apps.errors import LimitFault
from apps.spans import Span

__all__ = ["MAX_LEVELS", "MAX_NODES", "parse_expression", "parse_statement", "split_statements"]

#: Levels of one tree: functions over trees call themselves, and so many calls are safe.
MAX_LEVELS = 128
#: Nodes of one tree.
MAX_NODES = 150_000


def parse_statement(text: str, within: Span | None = None) -> Statement:
    """The one statement of a text, or of the part of it given by ``within``. Raises TsError with its place.

    Places count in the whole text, so that errors of the second statement of a console stand where it stands.
    """
    source = Source(text)
    found = _parser(source, within).statement()
    _check_size(found)
    check_statement(found, source)
    return found


def parse_expression(text: str) -> Expr:
    """An expression alone."""
    parser = _parser(Source(text), None)
    found = parser.expression()
    parser.finish()
    _check_size(found)
    return found


def _parser(source: Source, within: Span | None) -> StatementParser:
    within = within or Span(0, len(source.text))
    length = within.end - within.start
    if length > MAX_LENGTH:
        raise LimitFault(
            f"the statement has {length} characters, more than the limit of {MAX_LENGTH}",
            span=Span(within.start + MAX_LENGTH, within.end),
        )
    return StatementParser(source, within)


def _check_size(tree: Any) -> None:
    """Nodes and levels, without recursion; operators in a row make levels that the parser didn't count."""
    count = 0
    stack = [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        count += 1
        if depth > MAX_LEVELS:
            raise LimitFault(f"the statement is nested more than {MAX_LEVELS} levels deep", span=node.at)
        if count > MAX_NODES:
            raise LimitFault(f"the statement has more than {MAX_NODES} parts", span=node.at)
        stack.extend((child, depth + 1) for child in children(node))
