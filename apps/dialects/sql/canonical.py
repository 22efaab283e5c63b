"""The canonical text of expressions and queries, which reads back as the same tree; the names of columns.

Words in lower case, one blank around operators, as few parentheses as the tree needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from apps.dialects.sql import clauses, nodes
from apps.dialects.sql.nodes import Name
from apps.dialects.sql.spelling import (
    WORD,
    name_text,
    names_text,
    path_text,
    quoted,
    table_name_text,
    type_text,
)
from apps.dialects.sql.words import (
    ADDITION,
    AND,
    BETWEEN,
    COMPARISON,
    MULTIPLICATION,
    NOT,
    NOT_AN_OPERAND,
    OR,
    SUMMARIES,
    TOOLKIT,
    TYPE_PREFIXES,
    UNITS,
)

__all__ = ["column_name", "expression_text", "listed", "select_text"]

_UNARY, _POSTFIX, _PRIMARY = 8, 9, 10
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


def _within(node: nodes.Expr, least: int) -> str:
    """The text of a part, in parentheses when it binds less than its place needs."""
    text, level = _render(node)
    return text if level >= least else f"({text})"


def _render(node: nodes.Expr) -> tuple[str, int]:
    """The text of a node, and how strongly it binds."""
    return _RENDERERS[type(node)](node)


# --- Names and literals -------------------------------------------------------------------------------


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
    return f"-({expression_text(node.operand)})" if number else f"-{_within(node.operand, _POSTFIX)}", _UNARY


def _binary(node: nodes.Binary | nodes.Compare) -> tuple[str, int]:
    if isinstance(node, nodes.Compare):
        level = COMPARISON
    else:
        level = ADDITION if node.operator in "+-" else MULTIPLICATION
    right = _within(node.right, level + 1)
    if node.operator == "*" and isinstance(node.left, nodes.Number) and right in UNITS:
        # Two times a column called hour, not two hours.
        right = f"({right})"
    return f"{_within(node.left, level)} {node.operator} {right}", level


def _logic(node: nodes.Logic) -> tuple[str, int]:
    level = AND if node.operator == "and" else OR
    return f" {node.operator} ".join([_within(each, level + 1) for each in node.operands]), level


def _like(node: nodes.Like) -> tuple[str, int]:
    escape = "" if node.escape is None else f" escape {quoted(node.escape)}"
    pattern = _within(node.pattern, ADDITION)
    return f"{_within(node.operand, COMPARISON)} {_negated(node)}like {pattern}{escape}", COMPARISON


def _regex(node: nodes.Regex) -> tuple[str, int]:
    operand, pattern = _within(node.operand, COMPARISON), _within(node.pattern, ADDITION)
    return f"{operand} {_negated(node)}regex {pattern}", COMPARISON


def _in(node: nodes.InList | nodes.InSource | nodes.InQuery) -> tuple[str, int]:
    if isinstance(node, nodes.InSource):
        source = expression_text(node.source)
    elif isinstance(node, nodes.InList):
        source = f"({listed(node.items)})"
    else:
        source = f"({select_text(node.query)})"
    return f"{_within(node.operand, COMPARISON)} {_negated(node)}in {source}", COMPARISON


def _between(node: nodes.Between) -> tuple[str, int]:
    low = _within(node.low, COMPARISON) + ("" if node.low_inclusive else " excl")
    high = _within(node.high, COMPARISON) + ("" if node.high_inclusive else " excl")
    return f"{_within(node.operand, BETWEEN)} {_negated(node)}between {low} and {high}", BETWEEN


def _between_query(node: nodes.BetweenQuery) -> tuple[str, int]:
    return f"{_within(node.operand, BETWEEN)} {_negated(node)}between ({select_text(node.query)})", BETWEEN


def _case(node: nodes.Case) -> tuple[str, int]:
    parts = ["case"]
    if node.subject is not None:
        parts.append(expression_text(node.subject))
    for when in node.whens:
        least = OR if node.subject is None else AND
        values = " or ".join([_within(value, least) for value in when.values])
        parts.append(f"when {values} then {expression_text(when.result)}")
    if node.otherwise is not None:
        parts.append(f"else {expression_text(node.otherwise)}")
    return " ".join([*parts, "end"]), _PRIMARY


def _cast(node: nodes.Cast) -> tuple[str, int]:
    kind = type_text(node.type)
    if node.form == "prefix" and isinstance(node.operand, nodes.Text) and kind in TYPE_PREFIXES:
        return f"{kind} {quoted(node.operand.value)}", _PRIMARY
    if node.form in ("prefix", "colons"):
        return f"{_within(node.operand, _POSTFIX)}::{kind}", _POSTFIX
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
    if not WORD.fullmatch(name) or name in _NOT_A_FUNCTION:
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


# --- SELECT -------------------------------------------------------------------------------------------


def _alias(name: Name | None, columns: tuple[Name, ...] = ()) -> str:
    return "" if name is None else f" as {name_text(name)}{names_text(columns)}"


def _table(node: clauses.TableRef) -> str:
    if isinstance(node, clauses.TableName):
        return table_name_text(node.name) + _alias(node.alias)
    if isinstance(node, clauses.SubQuery):
        return f"({select_text(node.query)}){_alias(node.alias, node.columns)}"
    return expression_text(node.call) + _alias(node.alias, node.columns)


def _join(node: clauses.Join) -> str:
    words = ["outer"] if node.outer else []
    words += ["join using entity" if node.using_entity else "join", _table(node.table)]
    words += [f"on {expression_text(node.on)}"] if node.on is not None else []
    return " ".join(words)


def _row_number(node: clauses.RowNumber) -> str:
    inside = [listed(node.partition_by)] if node.partition_by else []
    inside += [order_text(node.order_by)] if node.order_by else []
    count = expression_text(node.count)
    if node.operator == "preceding":
        unit = f" {node.unit}" if node.unit else ""
        condition = f"between {count}{unit} preceding and current row"
    else:
        condition = f"{node.operator} {count}"
    return f"row_number({' '.join(inside)}) {condition}"


def _interpolate(node: clauses.Interpolate) -> str:
    parts = ["detail"] if node.count is None else [f"{expression_text(node.count)} {node.unit}"]
    parts += [word for word in (node.function, node.boundary) if word is not None]
    if node.fill == "value" and node.fill_value is not None:
        parts.append(f"value {expression_text(node.fill_value)}")
    elif node.fill is not None:
        parts.append("true" if node.fill == "edge" else "false")
    parts += [node.align] if node.align is not None else []
    parts += [expression_text(node.zone)] if node.zone is not None else []
    return f"interpolate({', '.join(parts)})"


def _with(items: tuple[clauses.WithItem, ...]) -> list[str]:
    texts = {
        clauses.RowNumber: _row_number,
        clauses.Interpolate: _interpolate,
        clauses.LastTime: lambda item: f"time {item.operator} {_within(item.bound, ADDITION)}",
        clauses.Timezone: lambda item: f"timezone = {quoted(item.zone)}",
        clauses.WorkdayCalendar: lambda item: f"workday_calendar = {quoted(item.key)}",
    }
    return [f"with {', '.join([texts[type(item)](item) for item in items])}"] if items else []


def _cte(node: clauses.Cte) -> str:
    return f"{name_text(node.name)}{names_text(node.columns)} as ({select_text(node.query)})"


def select_text(node: clauses.Select) -> str:
    """The canonical text of a query, on one line."""
    parts = [f"with {', '.join([_cte(cte) for cte in node.ctes])}"] if node.ctes else []
    items = [expression_text(item.expression) + _alias(item.alias) for item in node.items]
    parts.append(f"select {'distinct ' if node.distinct else ''}{', '.join(items)}")
    if node.source is not None:
        parts += [f"from {_table(node.source)}", *[_join(join) for join in node.joins]]
    parts += [f"where {expression_text(node.where)}"] if node.where is not None else []
    parts += _with(node.with_rows)
    parts += [f"group by {listed(node.group_by)}"] if node.group_by else []
    parts += [f"having {expression_text(node.having)}"] if node.having is not None else []
    parts += _with(node.with_groups)
    parts += [order_text(node.order_by)] if node.order_by else []
    parts += [f"limit {node.limit}"] if node.limit is not None else []
    parts += [f"offset {node.offset}"] if node.offset is not None else []
    parts += [f"option ({option.name} {option.value})" for option in node.options]
    return " ".join(parts)


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
    nodes.Not: lambda node: (f"not {_within(node.operand, NOT)}", NOT),
    nodes.IsNull: lambda node: (
        f"{_within(node.operand, COMPARISON)} is {_negated(node)}null",
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
