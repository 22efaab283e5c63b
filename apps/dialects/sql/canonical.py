"""The canonical text of an expression, which reads back as the same tree, and the names of columns.

Words in lower case, one blank around operators, as few parentheses as the tree needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from apps.dialects.sql import nodes
from apps.dialects.sql.parser_expressions import (
    ADDITION,
    AND,
    BETWEEN,
    COMPARISON,
    MULTIPLICATION,
    NOT,
    OR,
)
from apps.dialects.sql.words import NOT_AN_OPERAND, RESERVED, SUMMARIES, TOOLKIT, TYPE_PREFIXES, UNITS

__all__ = [
    "column_name",
    "expression_text",
    "listed",
    "name_text",
    "order_text",
    "path_text",
    "quoted",
    "type_text",
    "within",
]

_UNARY, _POSTFIX, _PRIMARY = 8, 9, 10
_WORD = re.compile(r"[^\W\d][\w$]*")
_NOT_A_FUNCTION = NOT_AN_OPERAND | {
    "cast", "extract", "period", "case", "exists", "array", "any", "all", "some", "select",
}  # fmt: skip


def expression_text(node: nodes.Expr) -> str:
    """The canonical text of an expression: ``value - lag(value)``, ``sum(value * 2)``."""
    return _render(node)[0]


def column_name(node: nodes.Expr) -> str:
    """What an unnamed column of a result is called.

    A column its own name without quotes, functions of the counter family and windows the name of the
    function, everything else its canonical text.
    """
    if isinstance(node, nodes.Column):
        return ".".join(part.text if part.quoted else part.key for part in node.path)
    if isinstance(node, nodes.Cast) and node.form in ("colons", "prefix"):
        inside = isinstance(node.operand, nodes.Column | nodes.Call)
        return column_name(node.operand) if inside else node.type.name
    if isinstance(node, nodes.Call) and (node.over is not None or _is_toolkit(node)):
        return node.name
    return expression_text(node)


def _is_toolkit(call: nodes.Call) -> bool:
    if call.name != "delta" or call.arrow or not call.arguments:
        return call.name in TOOLKIT or call.arrow
    first = call.arguments[0]
    if isinstance(first, nodes.Column):
        return first.path[-1].key in SUMMARIES
    return isinstance(first, nodes.Call) and first.name in SUMMARIES


def within(node: nodes.Expr, least: int) -> str:
    """The text of a part, in parentheses when it binds less than its place needs."""
    text, level = _render(node)
    return text if level >= least else f"({text})"


def _render(node: nodes.Expr) -> tuple[str, int]:
    """The text of a node, and how strongly it binds."""
    return _RENDERERS[type(node)](node)


# --- Names and literals -------------------------------------------------------------------------------


def quoted(text: str, sign: str = "'") -> str:
    return f"{sign}{text.replace(sign, sign * 2)}{sign}"


def name_text(name: nodes.Name, reserved: Iterable[str] = RESERVED) -> str:
    """An identifier, in quotes when it needs them or when they kept its case."""
    plain = _WORD.fullmatch(name.key) is not None and name.key not in reserved
    if plain and (not name.quoted or name.text == name.key):
        return name.key
    return quoted(name.text or name.key, '"')


def path_text(path: tuple[nodes.Name, ...]) -> str:
    """Only the first part can be taken for something else than a name."""
    return ".".join([name_text(path[0]), *(name_text(part, ()) for part in path[1:])])


def _number(node: nodes.Number) -> tuple[str, int]:
    text = node.text or repr(node.value)
    return text, _UNARY if text.startswith("-") else _PRIMARY


def _fixed(text: str) -> Callable[[Any], tuple[str, int]]:
    return lambda node: (text, _PRIMARY)


# --- Operators ----------------------------------------------------------------------------------------


def _negated(node: Any) -> str:
    return "not " if node.negated else ""


def _unary(node: nodes.Unary) -> tuple[str, int]:
    # A minus before a number would be read as part of it, and two minuses begin a comment.
    number = isinstance(node.operand, nodes.Number)
    return f"-({expression_text(node.operand)})" if number else f"-{within(node.operand, _POSTFIX)}", _UNARY


def _binary(node: nodes.Binary | nodes.Compare) -> tuple[str, int]:
    if isinstance(node, nodes.Compare):
        level = COMPARISON
    else:
        level = ADDITION if node.operator in "+-" else MULTIPLICATION
    right = within(node.right, level + 1)
    if node.operator == "*" and isinstance(node.left, nodes.Number) and right in UNITS:
        # Two times a column called hour, not two hours.
        right = f"({right})"
    return f"{within(node.left, level)} {node.operator} {right}", level


def _logic(node: nodes.Logic) -> tuple[str, int]:
    level = AND if node.operator == "and" else OR
    return f" {node.operator} ".join([within(each, level + 1) for each in node.operands]), level


def _like(node: nodes.Like) -> tuple[str, int]:
    escape = "" if node.escape is None else f" escape {quoted(node.escape)}"
    pattern = within(node.pattern, ADDITION)
    return f"{within(node.operand, COMPARISON)} {_negated(node)}like {pattern}{escape}", COMPARISON


def _regex(node: nodes.Regex) -> tuple[str, int]:
    operand, pattern = within(node.operand, COMPARISON), within(node.pattern, ADDITION)
    return f"{operand} {_negated(node)}regex {pattern}", COMPARISON


def _in(node: nodes.InList | nodes.InSource | nodes.InQuery) -> tuple[str, int]:
    if isinstance(node, nodes.InSource):
        source = expression_text(node.source)
    elif isinstance(node, nodes.InList):
        source = f"({listed(node.items)})"
    else:
        source = f"({_query_text(node.query)})"
    return f"{within(node.operand, COMPARISON)} {_negated(node)}in {source}", COMPARISON


def _between(node: nodes.Between) -> tuple[str, int]:
    low = within(node.low, COMPARISON) + ("" if node.low_inclusive else " excl")
    high = within(node.high, COMPARISON) + ("" if node.high_inclusive else " excl")
    return f"{within(node.operand, BETWEEN)} {_negated(node)}between {low} and {high}", BETWEEN


def _between_query(node: nodes.BetweenQuery) -> tuple[str, int]:
    return f"{within(node.operand, BETWEEN)} {_negated(node)}between ({_query_text(node.query)})", BETWEEN


def _case(node: nodes.Case) -> tuple[str, int]:
    parts = ["case"]
    if node.subject is not None:
        parts.append(expression_text(node.subject))
    for when in node.whens:
        least = OR if node.subject is None else AND
        values = " or ".join([within(value, least) for value in when.values])
        parts.append(f"when {values} then {expression_text(when.result)}")
    if node.otherwise is not None:
        parts.append(f"else {expression_text(node.otherwise)}")
    return " ".join([*parts, "end"]), _PRIMARY


def type_text(kind: nodes.TypeName) -> str:
    return kind.name + (f"({', '.join(map(str, kind.arguments))})" if kind.arguments else "")


def _cast(node: nodes.Cast) -> tuple[str, int]:
    kind = type_text(node.type)
    if node.form == "prefix" and isinstance(node.operand, nodes.Text) and kind in TYPE_PREFIXES:
        return f"{kind} {quoted(node.operand.value)}", _PRIMARY
    if node.form in ("prefix", "colons"):
        return f"{within(node.operand, _POSTFIX)}::{kind}", _POSTFIX
    if node.form == "bare" and kind == "number":
        return f"cast({expression_text(node.operand)})", _PRIMARY
    return f"cast({expression_text(node.operand)} as {kind})", _PRIMARY


# --- Calls --------------------------------------------------------------------------------------------


def listed(found: Iterable[nodes.Expr]) -> str:
    return ", ".join([expression_text(each) for each in found])


def order_text(items: tuple[nodes.OrderItem, ...]) -> str:
    """``order by time, value desc``"""
    texts = [expression_text(item.expression) + (" desc" if item.descending else "") for item in items]
    return f"order by {', '.join(texts)}"


def _argument(node: nodes.Expr) -> str:
    """Only as an argument a length of time may be written without its star."""
    if isinstance(node, nodes.Duration) and not node.star and not node.count.text.startswith("-"):
        return f"{_number(node.count)[0]} {node.unit}"
    return expression_text(node)


def _call(node: nodes.Call) -> tuple[str, int]:
    name = node.name
    if name == "extract" and node.arguments and isinstance(node.arguments[0], nodes.Word):
        part, *rest = node.arguments
        return f"extract({expression_text(part)} from {listed(rest)})", _PRIMARY
    if node.bare and not node.arguments:
        return name, _PRIMARY
    if not _WORD.fullmatch(name) or name in _NOT_A_FUNCTION:
        name = quoted(name, '"')
    if node.schema is not None:
        name = f"{name_text(node.schema)}.{name}"
    inside = [_argument(each) for each in node.arguments]
    inside += [f"{name_text(each.name)} => {expression_text(each.value)}" for each in node.named]
    text = f"{name}({'distinct ' if node.distinct else ''}{', '.join(inside)}"
    text += f" {order_text(node.order_by)})" if node.order_by else ")"
    if node.where is not None:
        text += f" filter (where {expression_text(node.where)})"
    if node.over is not None:
        text += f" over ({_over_text(node.over)})"
    return text, _PRIMARY


def _over_text(over: nodes.Over) -> str:
    parts = [f"partition by {listed(over.partition_by)}"] if over.partition_by else []
    parts += [order_text(over.order_by)] if over.order_by else []
    return " ".join(parts)


def _period(node: nodes.Period) -> tuple[str, int]:
    parts = [f"{_number(node.count)[0]} {node.unit}"]
    if node.interpolation is not None:
        fill = "" if node.fill is None else f" {expression_text(node.fill)}"
        parts.append(node.interpolation + fill)
    parts += ["extend"] if node.extend else []
    parts += [node.align] if node.align is not None else []
    parts += [expression_text(node.zone)] if node.zone is not None else []
    qualifier = "" if node.qualifier is None else f"{name_text(node.qualifier)}."
    return f"{qualifier}period({', '.join(parts)})", _PRIMARY


def _query_text(query: Any) -> str:
    # Statements hold expressions and these hold queries; only this way round is late.
    from apps.dialects.sql.canonical_statements import statement_text

    return statement_text(query)


_RENDERERS: dict[type, Callable[[Any], tuple[str, int]]] = {
    nodes.Number: _number,
    nodes.Text: lambda node: (quoted(node.value), _PRIMARY),
    nodes.Bool: lambda node: ("true" if node.value else "false", _PRIMARY),
    nodes.Null: _fixed("null"),
    nodes.NaN: _fixed("nan"),
    nodes.Column: lambda node: (path_text(node.path), _PRIMARY),
    nodes.Star: lambda node: (f"{path_text(node.path)}.*" if node.path else "*", _PRIMARY),
    nodes.Calendar: lambda node: (node.word, _PRIMARY),
    nodes.Duration: lambda node: (f"{_number(node.count)[0]} * {node.unit}", MULTIPLICATION),
    nodes.Word: lambda node: (node.word, _PRIMARY),
    nodes.Period: _period,
    nodes.Unary: _unary,
    nodes.Binary: _binary,
    nodes.Compare: _binary,
    nodes.Logic: _logic,
    nodes.Not: lambda node: (f"not {within(node.operand, NOT)}", NOT),
    nodes.IsNull: lambda node: (
        f"{within(node.operand, COMPARISON)} is {_negated(node)}null",
        COMPARISON,
    ),
    nodes.Like: _like,
    nodes.Regex: _regex,
    nodes.InList: _in,
    nodes.InSource: _in,
    nodes.InQuery: _in,
    nodes.Between: _between,
    nodes.BetweenQuery: _between_query,
    nodes.Case: _case,
    nodes.Cast: _cast,
    nodes.Call: _call,
}
